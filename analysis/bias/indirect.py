"""Indirect bias: how much of the similarity of two names is owed to the direction of a concept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import How, concept_direction, random_bases
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import Listed, Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, times_drawn
from graphemb.data.concept import Concept, Located, Missing, find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

MOST_PAIRS = 50_000
"""Pairs looked at where all pairs of targets are asked for; so many are drawn at random from more."""


def indirect_bias(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    anchors: Sequence[str] | str | None = None,
    pairs: Iterable[Sequence[str]] | None = None,
    tolerance: float = 0.01,
    how: How = "auto",
    components: int = 1,
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The share of the similarity of pairs of names that vanishes without their parts along the direction of a concept.

        beta(w, v) = ( w . v - cos(w_perp, v_perp) ) / w . v,      w = w_B + w_perp of length one, w_B its part along the direction(s)

    0 where neither name has such a part, 1 where nothing else is alike, below 0 where the parts point apart. It is undefined where |w . v|
    is below ``tolerance``, or a name lies wholly in the direction: NaN, counted as ``undefined``. ``value`` is the median over the pairs,
    as small similarities give huge shares, and its interval resamples the names. ``p`` is the share of ``draws`` directions of random pairs
    of names with as large a median.

    Source: Bolukbasi et al., "Man is to Computer Programmer as Woman is to Homemaker?", arXiv 1607.06520. Median and test are ours.

    Parameters
    ----------
    targets : names, a named list, or all names outside the concept: every pair of them, or 50,000 random ones where there are more
    anchors : names, such as softball, each paired with every target in place of that
    pairs : these pairs of names in place of all that
    how, components : see :func:`graphemb.analysis.bias.direction.concept_direction`

    Returns
    -------
    BiasResult : by pair ``first``, ``second``, ``similarity`` and ``beta``, the largest first

    Raises
    ------
    DataError : no pair whose beta is defined; UnknownNameError : a name of pairs or anchors is missing; ParameterError : both given

    >>> e = Embedding(["she", "he", "nurse", "nanny"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.8, 0.6]])
    >>> concept = Concept.from_pairs("gender", [("she", "he")])
    >>> round(indirect_bias(e, concept, pairs=[("nurse", "nanny")]).value, 3)
    -0.042
    """
    require_positive("tolerance", tolerance)
    require_whole("draws", draws, least=0)
    located = locate(embedding, concept, missing=missing)
    rng = generator(random_state)
    rows, first, second, listed = _pairs(embedding, located, targets, anchors, pairs, missing, rng)
    unit = unit_rows(embedding.vectors[rows], np.float64)
    direction = concept_direction(embedding, located, how=how, components=components)
    similarity = np.einsum("ij,ij->i", unit[first], unit[second])
    similarity[np.abs(similarity) < tolerance] = np.nan
    beta = beta_of_pairs(unit @ direction.basis.T, first, second, similarity)
    known = np.isfinite(beta)
    if not known.any():
        raise DataError(f"no similarity of the {len(beta):,} pairs reaches the tolerance {tolerance:g}, so beta is undefined")
    value = float(np.median(beta[known]))
    bases = random_bases(embedding, max(len(located.sets), 1), components, draws, rng)
    null = np.fromiter((np.nanmedian(beta_of_pairs(unit @ b.T, first, second, similarity)) for b in bases), dtype=np.float64, count=draws)
    low, high = interval(_resampled(beta, first, second, len(rows), fixed=anchors is not None, rng=rng))
    names = np.asarray(embedding.names)[rows]
    similar = np.einsum("ij,ij->i", unit[first], unit[second])
    table = pd.DataFrame({"first": names[first], "second": names[second], "similarity": similar, "beta": beta})
    return BiasResult(
        "indirect-bias",
        table.sort_values("beta", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names are alike because of {located.concept.name}",
        value,
        low,
        high,
        *chance_test(null, value),
        settings={
            "pairs": len(beta),
            "undefined": int((~known).sum()),
            "tolerance": tolerance,
            "how": direction.how,
            "components": components,
            "chance": float(null.mean()) if draws else None,
            "concept": located.report(),
            **({} if listed is None else {"targets": listed.report()}),
            "random_state": seed_in_words(random_state),
        },
    )


def beta_of_pairs(along: np.ndarray, first: np.ndarray, second: np.ndarray, similarity: np.ndarray) -> np.ndarray:
    """beta of each pair, from the parts of all names along the direction(s), (n, k); NaN where it is undefined."""
    rest = np.maximum(1 - (along**2).sum(axis=1), 0)
    across = np.sqrt(rest[first] * rest[second])
    apart = similarity - np.einsum("ij,ij->i", along[first], along[second])
    cosine = np.divide(apart, across, out=np.full(len(across), np.nan), where=across > 1e-6)
    return np.asarray((similarity - cosine) / similarity)


def _pairs(
    embedding: Embedding,
    located: Located,
    targets: Targets,
    anchors: Sequence[str] | str | None,
    pairs: Iterable[Sequence[str]] | None,
    missing: Missing,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Listed | None]:
    """Rows of the embedding, and the pairs among them as places in these rows; anchors stand first."""
    kind = located.concept.kind
    if pairs is not None:
        if anchors is not None or targets is not None:
            raise ParameterError("pairs are all that is looked at; leave anchors and targets out")
        named = [tuple(pair) for pair in pairs]
        if not named or any(len(pair) != 2 for pair in named):
            raise ParameterError("pairs must be a list of pairs of names")
        at = _all_there(embedding, [n for pair in named for n in pair], kind)
        rows, places = np.unique(at, return_inverse=True)
        return rows, places[::2], places[1::2], None
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    if anchors is not None:
        at = _all_there(embedding, [anchors] if isinstance(anchors, str) else list(anchors), kind)
        others = listed.rows[~np.isin(listed.rows, at)]
        first, second = np.repeat(np.arange(len(at)), len(others)), np.tile(np.arange(len(others)), len(at)) + len(at)
        return np.concatenate([at, others]), first, second, listed
    first, second = _among(len(listed.rows), rng)
    return listed.rows, first, second, listed


def _all_there(embedding: Embedding, names: list[str], kind: str | None) -> np.ndarray:
    at = find_names(embedding, names, kind)
    if (at < 0).any():
        name = names[int(np.flatnonzero(at < 0)[0])]
        raise UnknownNameError("name", name, embedding.names.candidates(name), place="the embedding")
    return at


def _among(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of different ones of n, or :data:`MOST_PAIRS` random ones."""
    if n < 2:
        raise DataError("pairs of targets need at least two targets; give anchors for one")
    if n * (n - 1) // 2 <= MOST_PAIRS:
        first, second = np.triu_indices(n, 1)
        return first, second
    first = rng.integers(n, size=MOST_PAIRS)
    return first, (first + rng.integers(1, n, size=MOST_PAIRS)) % n


def _resampled(
    beta: np.ndarray, first: np.ndarray, second: np.ndarray, n: int, *, fixed: bool, rng: np.random.Generator, at_once: int = 50
) -> np.ndarray:
    """Medians over resamples of the names: a pair counts as often as both its names are drawn; ``fixed`` first names are drawn once."""
    known = np.isfinite(beta)
    order = np.argsort(beta[known])
    ranked, first, second = beta[known][order], first[known][order], second[known][order]
    found = np.full(DRAWS, np.nan)
    for start in range(0, DRAWS, at_once):
        times = times_drawn(min(at_once, DRAWS - start), n, rng)
        below = np.cumsum(times[:, second] if fixed else times[:, first] * times[:, second], axis=1)
        middle = (below < below[:, -1:] / 2).sum(axis=1)
        found[start : start + len(times)] = np.where(below[:, -1] > 0, ranked[np.minimum(middle, len(ranked) - 1)], np.nan)
    return found
