"""Uniformity and alignment: how evenly rows fill the sphere, and how near those lie that belong together."""

from __future__ import annotations

import numpy as np

from graphemb.errors import DataError
from graphemb.kernels.sampling import Z95

MOST_ROWS = 4_000
"""Rows whose pairs are all compared: n x n numbers of them, 64 MiB."""
MOST_PAIRS = 100_000


def uniformity(x: np.ndarray, *, population: int | None = None, t: float = 2.0) -> tuple[float, float, float]:
    """``log mean exp(-t |x_i - x_j|^2)`` over pairs of different rows, and its 95% interval; lower is more even.

    About -2 t where rows are independent and evenly spread in many columns, 0 where all are equal. It depends on the lengths of rows.
    All pairs of the rows are compared, an n x n array, so n is at most 4,000: give a sample, and in ``population`` the number of rows it
    was drawn from. The interval is that of a U-statistic (Hoeffding), of width 0 where the rows are the population.

    Source: Wang, Isola, "Understanding contrastive representation learning through alignment and uniformity", arXiv 2005.10242.

    Raises
    ------
    DataError : fewer than two rows, or more than 4,000

    >>> round(uniformity(np.array([[1.0, 0.0], [-1.0, 0.0]]))[0], 6)
    -8.0
    """
    n = len(x)
    if not 2 <= n <= MOST_ROWS:
        raise DataError(f"uniformity compares all pairs of 2 to {MOST_ROWS:,} rows with a direction, got {n:,}")
    rows = np.asarray(x, dtype=np.float32)
    squares = np.einsum("ij,ij->i", rows, rows)
    near = rows @ rows.T
    near *= 2
    near -= squares
    near -= squares[:, None]
    np.exp(t * np.minimum(near, 0, out=near), out=near)
    np.fill_diagonal(near, 0)
    by_row = near.sum(axis=1, dtype=np.float64) / (n - 1)
    mean = float(by_row.mean())
    if mean == 0:
        raise DataError("all rows lie so far apart that exp(-2 |x - y|^2) is 0; use rows of length one")
    seen = n / max(population or n, n)
    half = Z95 * 2 * float(by_row.std(ddof=1)) * np.sqrt((1 - seen) / n) / mean
    return float(np.log(mean)), float(np.log(mean) - half), float(np.log(mean) + half)


def alignment(x: np.ndarray, pairs: np.ndarray, *, population: int | None = None) -> tuple[float, float, float]:
    """``mean |x_i - x_j|^2`` over the pairs, int64 (2, m), that belong together, and its 95% interval; lower is nearer.

    Source: Wang, Isola, arXiv 2005.10242, with their exponent 2. ``population`` is the number of pairs these were drawn from.

    >>> alignment(np.eye(2), np.array([[0], [1]]))[0]
    2.0
    """
    if not pairs.shape[1]:
        raise DataError("none of the pairs that belong together has vectors on both sides")
    gaps = x[pairs[0]].astype(np.float64) - x[pairs[1]]
    squares = np.einsum("ij,ij->i", gaps, gaps)
    m = len(squares)
    seen = m / max(population or m, m)
    half = Z95 * float(squares.std()) * np.sqrt((1 - seen) / m)
    return float(squares.mean()), float(squares.mean()) - half, float(squares.mean()) + half
