"""Distances of sampled pairs of rows, and whether two embeddings put them in the same order."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from graphemb.errors import DataError
from graphemb.kernels.sampling import Z95

_AT_ONCE = 2**22


def sampled_pairs(n: int, m: int, rng: np.random.Generator) -> np.ndarray:
    """``m`` pairs of different rows out of ``n``, int64 (2, m'): all of them, each once, where there are no more than ``m``.

    >>> sampled_pairs(3, 10, np.random.default_rng(0)).tolist()
    [[0, 0, 1], [1, 2, 2]]
    """
    if n * (n - 1) // 2 <= m:
        return np.stack(np.triu_indices(n, 1)).astype(np.int64)
    first = rng.integers(n, size=m)
    return np.stack([first, (first + rng.integers(1, n, size=m)) % n])


def pair_distances(x: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Euclidean distances, float64 (m,); of rows of length one they are in the order of cosines.

    >>> pair_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0], [1]])).tolist()
    [5.0]
    """
    distances = np.empty(pairs.shape[1])
    step = max(1, _AT_ONCE // max(x.shape[1], 1))
    for start in range(0, len(distances), step):
        part = slice(start, start + step)
        gaps = x[pairs[0, part]].astype(np.float64) - x[pairs[1, part]]
        distances[part] = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
    return distances


def distance_spearman(first: np.ndarray, second: np.ndarray, *, complete: bool = False) -> tuple[float, float, float]:
    """Spearman's correlation of two lists of distances, and the 95% interval of what all pairs would give (Fisher's z).

    The interval takes pairs for independent; it has width 0 where the pairs are ``complete``.

    Raises
    ------
    DataError : fewer than three pairs, or distances that are all equal

    >>> distance_spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]), complete=True)
    (1.0, 1.0, 1.0)
    """
    if len(first) < 3:
        raise DataError(f"a correlation of distances needs at least 3 pairs of names, got {len(first)}")
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        raise DataError("all distances of one side are equal, so they have no order to compare")
    value = float(np.clip(spearmanr(first, second).statistic, -1, 1))
    if complete or abs(value) > 1 - 1e-12 or len(first) < 5:
        return value, value, value
    # the variance of Fisher's z for rank correlations: Bonett and Wright, Psychometrika 65, 2000
    half = Z95 * np.sqrt((1 + value**2 / 2) / (len(first) - 3))
    return value, float(np.tanh(np.arctanh(value) - half)), float(np.tanh(np.arctanh(value) + half))
