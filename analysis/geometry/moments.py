"""Sums of products over all rows in double precision, a block of rows at a time."""

from __future__ import annotations

import numpy as np

BLOCK = 2**22
"""Numbers turned into double precision at a time: 32 MiB."""


def cross_products(
    x: np.ndarray, y: np.ndarray | None = None, *, x_mean: np.ndarray | None = None, y_mean: np.ndarray | None = None
) -> np.ndarray:
    """``(x - x_mean)' (y - y_mean)``, float64 (d, e); ``y`` is ``x`` if not given. Work n d e, memory 64 MiB.

    >>> cross_products(np.array([[1.0, 0.0], [1.0, 2.0]])).tolist()
    [[2.0, 2.0], [2.0, 4.0]]
    """
    other = x if y is None else y
    total = np.zeros((x.shape[1], other.shape[1]))
    step = max(1, BLOCK // max(x.shape[1], other.shape[1], 1))
    for start in range(0, len(x), step):
        left = _block(x, start, step, x_mean)
        right = left if y is None else _block(other, start, step, y_mean)
        total += left.T @ right
    return total


def column_means(x: np.ndarray) -> np.ndarray:
    """The mean row, float64 (d,)."""
    return np.asarray(x.mean(axis=0, dtype=np.float64))


def _block(x: np.ndarray, start: int, step: int, mean: np.ndarray | None) -> np.ndarray:
    block = np.asarray(x[start : start + step], dtype=np.float64)
    return block if mean is None else block - mean
