"""Eigenspace overlap: whether the columns of two matrices of the same names span the same space."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.geometry.moments import cross_products
from graphemb.errors import DataError

LEAST = 1e-6
"""Singular values below this share of the greatest are rounding of float32."""


def eigenspace_overlap(x: np.ndarray, y: np.ndarray) -> float:
    """``|U'V|_F^2 / max(rank X, rank Y)``, with U and V the left singular vectors; 1: the same space, whatever the scale of each axis.

    It says what linear models on one side lose against the other. By products of columns, in n (d + e)^2.

    Source: May, Zhang, Dao, Ré, "On the downstream performance of compressed word embeddings", arXiv 1909.01264. Not centred, as there.

    Raises
    ------
    DataError : a side of zeros

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    >>> [round(eigenspace_overlap(x, y), 9) for y in (3 * x, x[:, :1])]
    [1.0, 0.5]
    """
    left, right = _whitening(x), _whitening(y)
    between = left.T @ cross_products(x, y) @ right
    return float(np.linalg.norm(between) ** 2 / max(left.shape[1], right.shape[1]))


def _whitening(x: np.ndarray) -> np.ndarray:
    """W with ``x W = U``: the right singular vectors over the singular values, (d, rank)."""
    squares, axes = np.linalg.eigh(cross_products(x))
    if squares[-1] <= 0:
        raise DataError("all vectors of one of the embeddings are zero, so they span nothing")
    kept = squares > LEAST**2 * squares[-1]
    return np.asarray(axes[:, kept] / np.sqrt(squares[kept]))
