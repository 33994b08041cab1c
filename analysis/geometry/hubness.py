"""Hubness: a few names are neighbours of very many, and many are neighbours of nobody."""

from __future__ import annotations

import numpy as np
from scipy.stats import skew

from graphemb.analysis.user_bootstrap import interval, resampled_means

DRAWS = 300


def occurrences(found: np.ndarray, n: int) -> np.ndarray:
    """N_k: in how many lists of nearest neighbours, int64 (q, k) of rows, each of the n rows is; int64 (n,).

    >>> occurrences(np.array([[1], [0], [1]]), 3).tolist()
    [1, 2, 0]
    """
    return np.bincount(found.ravel(), minlength=n)


def skewness(counts: np.ndarray) -> float:
    """The third standardised moment of N_k, the usual figure of hubness; 0 where all counts are equal.

    Source: Radovanović, Nanopoulos, Ivanović, "Hubs in space", JMLR 11, 2010.

    >>> skewness(np.array([0, 0, 0, 4])) > 1
    True
    """
    return float(skew(counts)) if np.ptp(counts) else 0.0


def skewness_interval(counts: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """The 95% interval of the skewness, by resampling the names and their counts."""
    values = counts.astype(np.float64) - counts.mean()
    moments = resampled_means(np.stack([values, values**2, values**3], axis=1), rng, DRAWS)
    first, second, third = moments.T
    spread = np.maximum(second - first**2, 0) ** 1.5
    return interval(np.divide(third - 3 * first * second + 2 * first**3, spread, out=np.zeros_like(third), where=spread > 0))


def gini(counts: np.ndarray) -> float:
    """The Gini coefficient of counts: 0 where all are equal, near 1 where one has everything.

        G = sum_i (2 i - n - 1) c_i / (n sum c),      counts sorted upwards, i from 1

    >>> gini(np.array([1, 1])), gini(np.array([0, 0, 0, 4]))
    (0.0, 0.75)
    """
    n, total = len(counts), counts.sum()
    if not total:
        return 0.0
    place = 2 * np.arange(1, n + 1) - n - 1
    return float(place @ np.sort(counts).astype(np.float64) / (n * total))
