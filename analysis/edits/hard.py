"""Hard debiasing: the direction of a concept is taken out of neutral names, and sets of names are made equal but for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphemb.analysis.bias.direction import How, concept_direction
from graphemb.analysis.bias.extremes import PUBLISHED, published_specific
from graphemb.analysis.edits.edit import Edit, LinearMap, unit
from graphemb.data.concept import Located, find_names
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_names
from graphemb.errors import DataWarning
from graphemb.kernels.warn import warn


class HardDebias(Edit):
    """Neutralise and equalise. With B the directions of the concept, w_B = B^T B w and all rows of length one:

        neutral name     w <- (w - w_B) / |w - w_B|
        equalised set    mu = mean of the set, nu = mu - mu_B,   w <- nu + sqrt(1 - |nu|^2) (w_B - mu_B) / |w_B - mu_B|

    Afterwards neutral names have no part along B, and names of an equalised set differ in nothing else: every neutral name is as near to
    one as to another. Specific names (actress, king) keep their part. The sets are equalised after the others were made neutral; where
    two sets share a name the later one decides. It does not stop a classifier from telling which names had leaned to which side (Gonen
    and Goldberg, arXiv 1903.03862); :class:`~graphemb.analysis.edits.leace.LEACE` does that to linear ones.

    Source: Bolukbasi et al., "Man is to Computer Programmer as Woman is to Homemaker?", arXiv 1607.06520. Where w_B = mu_B, as with two
    names made neutral before, their formula divides by zero; we go the way of the set's groups instead.

    Parameters
    ----------
    specific : names to be left alone, or the name of a list of them; "auto" is the concept's own ``specific`` names and, for the concept
        gender, the published list ``gender-specific`` where it is found, else the names of a concept that has sets; of groups of labels
        nothing is left alone
    equalise : also make sets equal: the concept's ``equalise``, or its defining sets where it has none
    cases : look for each of these sets in lower, title and upper case too, as the authors' code does
    components, how : the directions, see :func:`graphemb.analysis.bias.direction.concept_direction`

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["she", "he", "queen", "king", "nurse"], [[1, 0, 0], [-1, 0, 0], [0.8, 0.6, 0], [-0.6, 0, 0.8], [0.6, 0, 0.8]])
    >>> royal = Concept.from_pairs("sex", [("she", "he")], equalise=[("queen", "king")])
    >>> HardDebias().fit_transform(e, royal).vectors[2:].astype(float).round(2).tolist()
    [[0.87, 0.3, 0.4], [-0.87, 0.3, 0.4], [0.0, 0.0, 1.0]]
    """

    needs = "sets"

    def __init__(
        self,
        *,
        specific: Sequence[str] | str = "auto",
        equalise: bool = True,
        cases: bool = True,
        components: int = 1,
        how: How = "auto",
    ):
        self.specific = specific
        self.equalise = equalise
        self.cases = cases
        self.components = components
        self.how = how

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "sets"
        direction = concept_direction(embedding, located, how=self.how, components=self.components)
        neutralise = LinearMap(direction.basis.T, direction.basis, unit=True)
        source, listed = specific_names(located, self.specific)
        at = exact_rows(embedding, listed, self.kind_)
        self.untouched_ = tuple(embedding.names[int(r)] for r in at)
        self.notes_ = {"specific": {"list": source, "asked": len(listed), "found": len(at)}, "how": direction.how}
        if self.equalise:
            sets = equal_sets(embedding, located, cases=self.cases)
            keep = np.isin(sets, at)
            self.replaced_ = equalised(embedding, sets, keep, neutralise, _sides(embedding, located, direction.basis))
            self.notes_ |= {"equalised_sets": len(sets)}
        return neutralise


def specific_names(located: Located, specific: Sequence[str] | str) -> tuple[str, list[str]]:
    """The names an edit leaves alone because they mean the concept, and which list they are from."""
    concept = located.concept
    if specific != "auto":
        return (specific, list(load_names(specific))) if isinstance(specific, str) else ("given", list(map(str, specific)))
    if concept.name in PUBLISHED:
        published = published_specific(concept)
        if published:
            return PUBLISHED[concept.name], list(dict.fromkeys([*concept.specific, *published]))
        warn(
            f"the published list {PUBLISHED[concept.name]!r} was not found, so the {len(concept.all_names)} names of"
            f" {concept.name!r} itself are left alone; set GRAPHEMB_DATA to where it is, or give specific=",
            DataWarning,
        )
    if not concept.sets:  # groups of labels, such as the countries of regions, are what is to be made neutral
        return f"specific names of {concept.name}", list(concept.specific)
    return f"names of {concept.name}", list(dict.fromkeys([*concept.specific, *concept.all_names]))


def exact_rows(embedding: Embedding, names: Sequence[str], kind: str | None) -> np.ndarray:
    """The rows of those names that are in the embedding just as they are written, each once, sorted."""
    at = find_names(embedding, names, kind)
    return np.unique([r for r, name in zip(at.tolist(), names, strict=True) if r >= 0 and embedding.names[r] == name]).astype(np.int64)


def equal_sets(embedding: Embedding, located: Located, *, cases: bool) -> np.ndarray:
    """Rows of the sets to be made equal that are there whole, int64 (m, groups), each once."""
    concept = located.concept
    asked = concept.equalise or concept.sets
    forms = (str, str.lower, str.title, str.upper) if cases else (str,)
    variants = concept.replace(sets=(), equalise=[tuple(map(form, members)) for members in asked for form in forms])
    found = variants.locate(embedding).equalise
    return np.array(list(dict.fromkeys(map(tuple, found.tolist()))), dtype=np.int64).reshape(-1, len(concept.groups))


def equalised(
    embedding: Embedding, sets: np.ndarray, specific: np.ndarray, neutralise: LinearMap, sides: np.ndarray
) -> dict[str, np.ndarray]:
    """By name, the vectors of length one that make each set equal but for the directions: float64 (d,).

    Parameters
    ----------
    sets : int64 (m, groups) rows of the embedding
    specific : bool (m, groups), the names that were not made neutral before
    sides : (groups, d), where the name of each group goes along the directions if it does not lean anywhere itself
    """
    basis = neutralise.up
    moved: dict[int, np.ndarray] = {}
    for members, own in zip(sets, specific, strict=True):
        x = unit(embedding.vectors[members].astype(np.float64))
        x = np.where(own[:, None], x, unit(neutralise.apply(x)))
        x = np.stack([moved.get(int(row), row_vector) for row, row_vector in zip(members, x, strict=True)])
        along = x @ basis.T @ basis
        nu = (x - along).mean(axis=0)
        lean = along - along.mean(axis=0)
        size = np.linalg.norm(lean, axis=1, keepdims=True)
        towards = np.where(size > 1e-9, lean / np.maximum(size, 1e-300), sides)
        equal = nu + np.sqrt(max(0.0, 1.0 - float(nu @ nu))) * towards
        moved |= dict(zip(map(int, members), unit(equal), strict=True))
    return {embedding.names[row]: vector for row, vector in moved.items()}


def _sides(embedding: Embedding, located: Located, basis: np.ndarray) -> np.ndarray:
    """Where each group lies along the directions, from the middle of all: (groups, d), of length one."""
    means = np.stack([unit(embedding.vectors[r].astype(np.float64)).mean(axis=0) for r in located.rows.values()])
    along = (means - means.mean(axis=0)) @ basis.T @ basis
    return unit(along)
