"""WEAT: do two groups of targets differ in which of two groups of attributes they lie near."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import locate_sides, names_of, unit_groups
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, resampled_means, times_drawn
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.partition_test import EXACT_UP_TO, Alternative, partition_test
from graphemb.kernels.random import RandomState, generator


def weat(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    ddof: int = 1,
    alternative: Alternative = "greater",
    draws: int = 200_000,
    exact_up_to: int = EXACT_UP_TO,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The word embedding association test: the effect size of targets X, Y on attributes A, B, with a permutation test of it.

        s(w) = mean over a in A of cos(w, a) - mean over b in B of cos(w, b)
        S = sum over X of s - sum over Y of s,      d = (mean over X of s - mean over Y of s) / std over X and Y of s

    ``value`` is d, between -2 and 2 with ``ddof=0`` and slightly wider with 1, the sample's, as published. Its p-value is the share of
    splits of the targets into groups of the same sizes whose S (whose difference of means, where the sizes differ) is at least as large:
    see :func:`graphemb.kernels.partition_test.partition_test`. The interval resamples the names within each of the four groups.

    Source: Caliskan, Bryson and Narayanan, "Semantics derived automatically from language corpora contain human-like biases", arXiv
    1608.07187. We count ties and the given split itself among the splits, so p is never 0.

    Parameters
    ----------
    concept : the attributes: two groups A and B, or the name of a concept
    targets : two groups X and Y of two names or more; the concept's own ``targets`` if None
    ddof : 1 for the sample's standard deviation, 0 for the population's
    alternative, draws, exact_up_to : of the permutation test; "greater" asks whether X goes with A

    Returns
    -------
    BiasResult : by target its ``group`` and ``association`` s, the largest first; ``statistic`` in the settings is S

    Raises
    ------
    DataError : a group is missing or has too few names; a name on both sides; all targets lie alike; ParameterError : a setting

    >>> sides = Concept("sides", {"up": ("a", "b"), "down": ("c", "d")})
    >>> e = Embedding(["a", "b", "c", "d", "good", "bad"], [[3, 1], [2, 1], [1, 3], [1, 2], [1, 0], [0, 1]])
    >>> found = weat(e, Concept("worth", {"good": ("good",), "bad": ("bad",)}), sides)
    >>> round(found.value, 3), found.p_kind
    (1.707, 'exact, 6 splits')
    """
    require_whole("ddof", ddof, 0, 1)
    sides, located = locate_sides(embedding, concept, targets, missing=missing)
    (x, y), (a, b) = unit_groups(embedding, sides), unit_groups(embedding, located)
    rng = generator(random_state)
    s = np.concatenate([x, y]) @ (a.mean(axis=0) - b.mean(axis=0))
    value = float(_effects(s[None], np.ones((1, len(x))), np.ones((1, len(y))), ddof)[0])
    if not np.isfinite(value):
        raise DataError(f"all targets of {sides.concept.name!r} lie alike to both groups of {located.concept.name!r}: no effect size")
    test = partition_test(s, len(x), alternative=alternative, draws=draws, exact_up_to=exact_up_to, random_state=rng)
    low, high = interval(_resampled(x, y, a, b, ddof, rng))
    names, labels = names_of(embedding, sides)
    table = pd.DataFrame({"name": names, "group": labels, "association": s})
    equal = len(x) == len(y)
    (first, second), (good, bad) = sides.rows, located.rows
    return BiasResult(
        "weat",
        table.sort_values("association", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"{first} go with {good}, {second} with {bad}",
        value,
        low,
        high,
        test.p,
        test.p_kind,
        settings={
            "statistic": float(s[: len(x)].sum() - s[len(x) :].sum()) if equal else test.statistic,
            "statistic is": "difference of sums" if equal else "difference of means, as the groups differ in size",
            "ddof": ddof,
            "alternative": alternative,
            "concept": located.report(),
            "targets": sides.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _effects(s: np.ndarray, times_x: np.ndarray, times_y: np.ndarray, ddof: int) -> np.ndarray:
    """Effect sizes, (draws,), of associations (draws, n), each target counted so many times; NaN where nothing varies."""
    n_x, n = times_x.shape[1], s.shape[1]
    times = np.concatenate([times_x, times_y], axis=1)
    total_x, total = (times_x * s[:, :n_x]).sum(axis=1), (times * s).sum(axis=1)
    gap = total_x / n_x - (total - total_x) / (n - n_x)
    variance = (times * (s - total[:, None] / n) ** 2).sum(axis=1) / (n - ddof)
    vary = variance > (1e-7 * np.abs(s).max(axis=1, initial=1e-30)) ** 2
    return np.divide(gap, np.sqrt(variance), out=np.full(len(s), np.nan), where=vary)


def _resampled(x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray, ddof: int, rng: np.random.Generator) -> np.ndarray:
    """Effect sizes of resamples of the names within each group, float64 (draws,)."""
    gaps = resampled_means(a, rng) - resampled_means(b, rng)
    s = gaps @ np.concatenate([x, y]).T
    return _effects(s, times_drawn(DRAWS, len(x), rng), times_drawn(DRAWS, len(y), rng), ddof)
