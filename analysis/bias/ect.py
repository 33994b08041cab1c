"""ECT: do two groups rank the same names in the same order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from graphemb.analysis.bias.association import unit_groups
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.partition_test import split_test
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.rank_correlation import spearman
from graphemb.kernels.scorer import unit_rows

NUMBERS_AT_ONCE = 2**22
MOST_RANKED = 20_000
"""Targets that the test and the interval rank thousands of times; of more, so many are drawn at random."""


def ect(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The embedding coherence test: Spearman's correlation of how near the targets lie to the means of two groups.

        ECT = Spearman( cos(mean X, t), cos(mean Y, t) ) over targets t,      all vectors of length one before the means are taken

    From -1 to 1. Unlike the others it is better when higher: 1 is a concept whose groups rank all targets alike. ``p`` is the share of ways
    to deal the names of X and Y out to two groups of the same sizes that give a correlation as low; all ways where there are at most
    ``draws``, else ``draws`` random ones. The interval resamples targets, and names within each group, which parts the groups a little:
    near 1 it may lie below the value. Of more than 20,000 targets test and interval look at so many, drawn at random.

    Source: Dev and Phillips, "Attenuating bias in word vectors", AISTATS 2019, arXiv 1901.07656.

    Returns
    -------
    BiasResult : by target its ``rank`` from each group (1 is the nearest) and their ``difference``, the furthest apart first

    Raises
    ------
    DataError : a group is missing; fewer than three targets

    >>> e = Embedding(["she", "he", "a", "b", "c"], [[1, 0.1], [0.1, 1], [1, 0.3], [1, 1], [0.3, 1]])
    >>> round(ect(e, Concept.from_pairs("gender", [("she", "he")]), ["a", "b", "c"]).value, 3)
    -1.0
    """
    located = locate(embedding, concept, missing=missing, groups=2)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    if len(listed.rows) < 3:
        raise DataError(f"a correlation needs at least three targets, and {len(listed.rows)} of {listed.asked} are in the embedding")
    t = unit_rows(embedding.vectors[listed.rows], np.float64)
    x, y = unit_groups(embedding, located)
    rng, both, m = generator(random_state), np.concatenate([x, y]), len(x)

    few = t if len(t) <= MOST_RANKED else t[rng.choice(len(t), MOST_RANKED, replace=False)]

    def dealt(orders: np.ndarray) -> np.ndarray:
        first, second = (both[part].mean(axis=1) @ few.T for part in (orders[:, :m], orders[:, m:]))
        return _spearman(first, second)

    near = [x.mean(axis=0) @ t.T, y.mean(axis=0) @ t.T]
    value = float(_spearman(near[0][None], near[1][None])[0])
    if not np.isfinite(value):
        raise DataError(f"all targets lie equally near to a group of {located.concept.name!r}, which leaves nothing to correlate")
    at_once = max(1, NUMBERS_AT_ONCE // max(len(few), both.size))
    test = split_test(dealt, (m, len(y)), alternative="less", draws=draws, at_once=at_once, random_state=rng)
    low, high = interval(_resampled(few, x, y, rng))
    ranks = [rankdata(-n) for n in near]
    columns = {f"rank, {label}": rank for label, rank in zip(located.rows, ranks, strict=True)}
    table = pd.DataFrame({"name": listed.names, **columns, "difference": ranks[1] - ranks[0]})
    first, second = located.rows
    return BiasResult(
        "ect",
        table.sort_values("difference", key=np.abs, ascending=False, kind="stable").reset_index(drop=True),
        1.0,
        f"cannot be; below it, {first} and {second} rank names differently",
        value,
        low,
        high,
        test.p,
        test.p_kind,
        settings={
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Row by row, where cosines that differ by rounding only are ties."""
    return spearman(first.round(12), second.round(12))


def _resampled(t: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The measure in resamples of targets and of the names within both groups, float64 (draws,)."""
    first, second, found = resampled_means(x, rng), resampled_means(y, rng), np.empty(DRAWS)
    step = max(1, NUMBERS_AT_ONCE // len(t))
    for start in range(0, DRAWS, step):
        part = slice(start, min(start + step, DRAWS))
        drawn = rng.integers(len(t), size=(part.stop - start, len(t)))
        found[part] = _spearman(*(np.take_along_axis(side[part] @ t.T, drawn, axis=1) for side in (first, second)))
    return found
