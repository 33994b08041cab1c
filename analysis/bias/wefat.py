"""WEFAT: the association of each name with two groups of attributes, and how it goes with a figure of the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import unit_groups
from graphemb.analysis.bias.correlation import correlate
from graphemb.analysis.bias.result import BiasResult, adjusted
from graphemb.analysis.bias.scene import Listed, Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_figures
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.partition_test import KEYS_AT_ONCE, PartitionTest, random_orders, split_test
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

NUMBERS_AT_ONCE = 2**22


def wefat(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    data: Mapping[str, float] | pd.Series | str | None = None,
    draws: int = 10_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The word embedding factual association test: an effect size for every target, and their correlation with an outside figure.

        s(w) = ( mean over A of cos(w, a) - mean over B of cos(w, b) ) / std over A and B of cos(w, x)       (the sample's)

    ``p`` of a target, two-sided, deals the attributes out to two groups of the same sizes anew, ``draws`` times, the same for all targets.
    With figures, ``value`` is Pearson's correlation of s with them over the targets that have one; its ``p`` deals the figures out to the
    targets anew, its interval resamples the targets. Without, ``value`` is the mean of s, its ``p`` that of the mean under the same deals
    of attributes, its interval resamples targets and attributes. No bias is 0 for both; ``value is`` in the settings says which it is.

    Source: Caliskan, Bryson and Narayanan, "Semantics derived automatically from language corpora contain human-like biases", arXiv
    1608.07187.

    Parameters
    ----------
    concept : two groups of attributes, A and B
    targets : names, a named list, or all names outside the concept; with figures, those that have one if None
    data : outside figures: a number by name, or the name of figures, such as ``winobias-labour``

    Returns
    -------
    BiasResult : by target its ``effect`` s with ``p`` and ``q``, and its ``figure``; the furthest from 0 first

    Raises
    ------
    DataError : a group or all targets are missing; one attribute a group, which leaves no spread; fewer than three targets with a figure

    >>> e = Embedding(["she", "her", "he", "him", "nurse"], [[1, 0], [1, 0.2], [0, 1], [0.1, 1], [0.9, 0.1]])
    >>> concept = Concept("gender", {"female": ("she", "her"), "male": ("he", "him")})
    >>> round(wefat(e, concept, ["nurse"]).value, 3)
    1.726
    """
    require_whole("draws", draws, least=0)
    located = locate(embedding, concept, missing=missing, groups=2)
    figures = None if data is None else _figures(data)
    chosen = list(figures.index) if targets is None and figures is not None else targets
    listed = locate_targets(embedding, chosen, besides=located, missing=missing)
    w = unit_rows(embedding.vectors[listed.rows], np.float64)
    (a, b), rng = unit_groups(embedding, located), generator(random_state)
    x = np.concatenate([a, b])
    if len(x) < 3:
        raise DataError(f"an effect size needs at least three attributes, and {located.concept.name!r} has {len(x)} in the embedding")
    spread = (w @ x.T).std(axis=1, ddof=1)
    spread[spread < 1e-7] = np.nan  # all attributes lie alike: no effect size
    s = w @ (a.mean(axis=0) - b.mean(axis=0)) / spread
    p = _p_of_each(w, x, len(a), s * spread, draws, rng)
    table = pd.DataFrame({"name": listed.names, "effect": s, "p": p, "q": adjusted(p)})
    if figures is None:
        told, test, ends = "mean effect size", _of_mean(w, x, len(a), spread, draws, rng), interval(_resampled(w, a, b, rng))
    else:
        table["figure"] = _looked_up(figures, listed)
        told, (test, ends) = "Pearson's correlation with the figures", _of_correlation(table.dropna(), draws, rng)
    first, second = located.rows
    return BiasResult(
        "wefat",
        table.sort_values("effect", key=np.abs, ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names go with {first}, not {second}" if figures is None else f"names with higher figures go with {first}, not {second}",
        test.statistic,
        *ends,
        test.p,
        test.p_kind,
        settings={
            "value is": told,
            "figures": None if figures is None else {"name": str(figures.name), "matched": int(table["figure"].notna().sum())},
            "p of a name": f"two-sided, {draws:,} random splits of the attributes",
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _figures(data: Mapping[str, float] | pd.Series | str) -> pd.Series:
    if isinstance(data, str):
        return load_figures(data)
    found: Any = data if isinstance(data, pd.Series) else pd.Series(dict(data), name="given")
    return found.astype(float).dropna()


def _looked_up(figures: pd.Series, listed: Listed) -> np.ndarray:
    """The figure of each target; the name as the embedding has it, else as lower case."""
    lower = figures.groupby(figures.index.str.lower()).first()
    return np.array([figures.get(name, lower.get(str(name).lower(), np.nan)) for name in listed.names], dtype=np.float64)


def _p_of_each(w: np.ndarray, x: np.ndarray, m: int, found: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """By target, the share of random splits of the attributes with as large a difference of means, that given counted as one more."""
    if draws == 0:
        return np.full(len(w), np.nan)
    hits, cosines = np.ones(len(w)), w @ x.T
    step = max(1, min(KEYS_AT_ONCE // len(x), NUMBERS_AT_ONCE // len(w)))
    for orders in random_orders(len(x), draws, rng, step):
        share = np.where(orders.argsort(axis=1) < m, 1 / m, -1 / (len(x) - m))
        hits += (np.abs(cosines @ share.T) >= np.abs(found)[:, None] - 1e-12).sum(axis=1)
    return np.where(np.isfinite(found), hits / (1 + draws), np.nan)


def _of_mean(w: np.ndarray, x: np.ndarray, m: int, spread: np.ndarray, draws: int, rng: np.random.Generator) -> PartitionTest:
    known = np.isfinite(spread)
    if not known.any():
        raise DataError("all attributes lie alike to every target: no effect size")
    centre = (w[known] / spread[known, None]).mean(axis=0) @ x.T  # the mean effect is linear in the attributes

    def dealt(orders: np.ndarray) -> np.ndarray:
        values = centre[orders]
        return np.asarray(values[:, :m].mean(axis=1) - values[:, m:].mean(axis=1))

    return split_test(dealt, (m, len(x) - m), alternative="two-sided", draws=draws, at_once=KEYS_AT_ONCE, random_state=rng)


def _of_correlation(table: pd.DataFrame, draws: int, rng: np.random.Generator) -> tuple[PartitionTest, tuple[float, float]]:
    """Pearson's correlation of effects and figures, its permutation test, and its interval over resampled names."""
    found = correlate(table["effect"].to_numpy(), table["figure"].to_numpy(), rng, draws=draws)
    return PartitionTest(found.r, found.p, found.p_kind), (found.low, found.high)


def _resampled(w: np.ndarray, a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mean effect size in resamples of targets and attributes, float64 (DRAWS,)."""
    of_a, of_b = (resampled_means(np.concatenate([side @ w.T, (side @ w.T) ** 2], axis=1), rng) for side in (a, b))
    n, m, k = len(w), len(a), len(b)
    mean = (m * of_a + k * of_b) / (m + k)
    variance = np.maximum(mean[:, n:] - mean[:, :n] ** 2, 0) * (m + k) / (m + k - 1)
    s = np.divide(of_a[:, :n] - of_b[:, :n], np.sqrt(variance), out=np.full((DRAWS, n), np.nan), where=variance > 1e-12)
    drawn = rng.integers(n, size=(DRAWS, n))
    return np.asarray(np.nanmean(np.take_along_axis(s, drawn, axis=1), axis=1))
