"""The most biased names: those that lean furthest towards either group of a concept without belonging to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.bias.scene import Targets, as_concept, locate_targets
from graphemb.data.concept import Concept, Located, Missing, find_names, without_zeros
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_names
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.scorer import unit_rows

PUBLISHED = {"gender": "gender-specific"}
"""Concepts with a published list of the names that belong to them by their meaning."""
Labels = Concept | Literal["extremes", "groups"]
FLAT = 1e-6
"""Cosines below are rounding of single-precision vectors, not a leaning."""


def biased_names(
    embedding: Embedding,
    concept: Concept | str,
    count: int = 2_500,
    *,
    neutral: Targets = None,
    pair: Sequence[str] | None = None,
    words: bool = False,
    missing: Missing = "drop",
) -> Concept:
    """The names with the highest and the lowest cosine with the direction of a concept of two groups, as a concept of the same two groups.

    Names that belong to the concept (see :func:`belonging`) are left out, so what is found leans without a reason in its meaning. Both
    groups have the same size, the most biased name first: ``count``, or fewer where fewer names lean to one of the sides.

    Source: the protocol of Gonen and Goldberg, "Lipstick on a Pig", arXiv 1903.03862, whose direction is that of one pair (she, he).

    Parameters
    ----------
    count : names a side, at least 1
    neutral : names to choose from; all of the embedding if not given
    pair : the direction is the difference of these two names, (first group, second group); that of the concept if not given
    words : only names of lower-case letters and nothing else, as in the source

    Raises
    ------
    DataError : no name is left to choose from, or none leans to one of the sides; UnknownNameError : a name of the pair is not there

    >>> e = Embedding(["she", "he", "nurse", "smith", "tree"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [-0.3, 0.8], [0.1, 1.0]])
    >>> found = biased_names(e, Concept.from_pairs("gender", [("she", "he")], groups=("female", "male")), 2)
    >>> dict(found.groups)
    {'female': ('nurse',), 'male': ('smith',)}
    """
    require_whole("count", count)
    asked = as_concept(concept)
    rows, cosines = leanings(embedding, asked, neutral=neutral, pair=pair, words=words, missing=missing)
    order = np.argsort(-cosines, kind="stable")
    side = min(count, int((cosines > FLAT).sum()), int((cosines < -FLAT).sum()))
    first, second = asked.groups
    if side == 0:
        raise DataError(
            f"of {len(rows):,} names that do not belong to {asked.name!r} none leans to {first!r}, or none to {second!r}; "
            "give more names to choose from, or the space before an edit made them equal"
        )
    names = np.asarray(embedding.names)
    chosen = {first: tuple(names[rows[order[:side]]]), second: tuple(names[rows[order[::-1][:side]]])}
    source = f"the {side:,} names a side that lean furthest along {asked.name!r}, of {len(rows):,}"
    return Concept(f"{asked.name}-biased", chosen, kind=asked.kind, source=source)


def leanings(
    embedding: Embedding,
    concept: Concept | str,
    *,
    neutral: Targets = None,
    pair: Sequence[str] | None = None,
    words: bool = False,
    missing: Missing = "drop",
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that do not belong to a concept of two groups, int64 (m,), and their cosines with its direction, float64 (m,).

    Arguments and errors are those of :func:`biased_names`; a positive cosine leans towards the first group.

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> rows, cosines = leanings(e, Concept.from_pairs("gender", [("she", "he")]))
    >>> rows.tolist(), cosines.round(3).tolist()
    ([2], [0.6])
    """
    asked = as_concept(concept)
    asked.require_groups(2, 2)
    located = asked.locate(embedding, missing=missing)
    rows = locate_targets(embedding, neutral, besides=located, missing=missing).rows
    rows = rows[~belonging(embedding, asked)[rows]]
    if words:
        names = embedding.names.values.take(pa.array(rows))
        rows = rows[pc.and_(pc.utf8_is_alpha(names), pc.utf8_is_lower(names)).to_numpy(zero_copy_only=False)]
    if not len(rows):
        raise DataError(
            f"every name to choose from belongs to {asked.name!r}, so none can be biased towards it; look at its groups instead"
        )
    return rows, unit_rows(embedding.vectors[rows], np.float64) @ leaning_direction(embedding, located, pair)


def belonging(embedding: Embedding, concept: Concept | str) -> np.ndarray:
    """Which rows belong to a concept by their meaning, in whichever case they are written, bool (n,).

    These are the names of its groups and sets, its ``specific`` ones, and those of its published list (``gender-specific`` of the concept
    gender) where that is found.

    >>> e = Embedding(["she", "He", "Queen", "nurse"], [[1.0], [2.0], [3.0], [4.0]])
    >>> belonging(e, Concept.from_pairs("sex", [("she", "he")], specific=["queen"])).tolist()
    [True, True, True, False]
    """
    asked = as_concept(concept)
    own = pa.array([name.lower() for name in (*asked.all_names, *asked.specific, *published_specific(asked))], pa.large_string())
    names = pc.utf8_lower(embedding.names.values.cast(pa.large_string()))
    found = pc.is_in(names, value_set=own).to_numpy(zero_copy_only=False)
    if asked.kind is not None and embedding.kinds is not None:
        found &= embedding.kinds == asked.kind
    return np.asarray(found)


def published_specific(concept: Concept) -> tuple[str, ...]:
    """The published list of names that belong to a concept by their meaning; empty where there is none, or it is not found."""
    if concept.name not in PUBLISHED:
        return ()
    try:
        return load_names(PUBLISHED[concept.name])
    except (DataError, UnknownNameError):
        return ()


def leaning_direction(embedding: Embedding, located: Located, pair: Sequence[str] | None = None) -> np.ndarray:
    """The direction of a concept, or of one pair of names (the difference of their unit vectors), float64 (d,) of length one.

    Raises
    ------
    DataError : the names of the pair do not differ, or one has a vector of zeros; UnknownNameError : one is not in the embedding
    """
    if pair is None:
        return concept_direction(embedding, located).first
    if isinstance(pair, str) or len(pair) != 2:
        raise DataError(f"a pair is two names, one of each group, got {pair!r}")
    at = find_names(embedding, pair, located.concept.kind)
    for name, row in zip(pair, at, strict=True):
        if row < 0:
            raise UnknownNameError("name", name, embedding.names.candidates(name), place="the embedding (pair)")
    without_zeros(embedding, at, "error")
    first, second = unit_rows(embedding.vectors[at], np.float64)
    length = np.linalg.norm(first - second)
    if length < FLAT:
        raise DataError(f"{pair[0]!r} and {pair[1]!r} have the same direction, so their difference has none")
    return np.asarray((first - second) / length)


def labelled(
    embedding: Embedding,
    concept: Concept | str,
    labels: Labels = "extremes",
    *,
    original: Embedding | None = None,
    count: int = 500,
    pair: Sequence[str] | None = None,
    words: bool = False,
    missing: Missing = "drop",
    least: int = 2,
) -> Located:
    """The labelled names that a test of what is left looks for in an embedding.

    Parameters
    ----------
    labels : "extremes", the ``count`` most biased names a side in ``original`` (this embedding if not given); "groups", the names of
        the concept's own groups; or a concept whose groups are the labels
    pair, words : as in :func:`biased_names`
    least : names that each group needs in the embedding
    """
    if labels == "extremes":
        chosen = biased_names(embedding if original is None else original, concept, count, pair=pair, words=words, missing=missing)
    elif labels == "groups" or isinstance(labels, Concept):
        chosen = labels if isinstance(labels, Concept) else as_concept(concept)
    else:
        raise ParameterError(f"labels must be 'extremes', 'groups' or a Concept, got {labels!r}")
    chosen.require_groups(2)
    return chosen.locate(embedding, missing=missing, least=least)
