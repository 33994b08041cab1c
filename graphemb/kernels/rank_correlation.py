"""Correlation of ranks, row by row, and in resamples."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

AT_ONCE = 2**22
"""Numbers that are ranked at a time."""


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row of x with that of y, float64 (m,); ties share their mean rank, NaN where a row does not vary.

    >>> spearman(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 4.0, 9.0]])).tolist()
    [1.0]
    """
    a, b = (rankdata(v, axis=1) - (v.shape[1] + 1) / 2 for v in (x, y))
    spread = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.divide((a * b).sum(axis=1), spread, out=np.full(len(a), np.nan), where=spread > 0)


def resampled_spearman(x: np.ndarray, y: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The correlation in resamples: ``drawn`` is int64 (draws, m), the places of each. Result float64 (draws,).

    >>> resampled_spearman(np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0]), np.array([[0, 1, 2], [0, 0, 2]])).tolist()
    [-1.0, -1.0]
    """
    step = max(1, AT_ONCE // max(drawn.shape[1], 1))
    parts = [drawn[start : start + step] for start in range(0, len(drawn), step)]
    return np.concatenate([spearman(x[part], y[part]) for part in parts])
