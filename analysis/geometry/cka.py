"""Centred kernel alignment of two matrices of the same names, with linear kernels."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.geometry.moments import column_means, cross_products
from graphemb.errors import DataError


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """How alike the inner products of two matrices (n, d) and (n, e) are, 0 to 1; whatever the rotation and scale of either.

        CKA = |Y'X|_F^2 / (|X'X|_F |Y'Y|_F),      columns centred

    Work n (d + e)^2. The largest principal axes count most. With few names per column it is high even for unrelated vectors: see
    :func:`debiased_cka`.

    Source: Kornblith, Norouzi, Lee, Hinton, "Similarity of neural network representations revisited", arXiv 1905.00414.

    Raises
    ------
    DataError : all rows of a side are equal

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    >>> round(linear_cka(x, 3 * x[:, ::-1]), 12)
    1.0
    """
    mx, my = column_means(x), column_means(y)
    xx, yy = (float(np.linalg.norm(cross_products(z, x_mean=m))) for z, m in ((x, mx), (y, my)))
    _require_spread(xx, x)
    _require_spread(yy, y)
    return float(np.linalg.norm(cross_products(x, y, x_mean=mx, y_mean=my)) ** 2 / (xx * yy))


def debiased_cka(x: np.ndarray, y: np.ndarray) -> float:
    """CKA by the unbiased estimate of HSIC: about 0 for unrelated vectors however few the names are; it may be below 0.

        HSIC_1(K, L) = (tr(K L) + (1'K1)(1'L1) / ((n-1)(n-2)) - 2 (1'K L 1) / (n-2)) / (n (n-3)),      zeros on the diagonals of K, L
        CKA = HSIC_1(K, L) / sqrt(HSIC_1(K, K) HSIC_1(L, L)),      K = XX', L = YY'

    By sums over columns in n (d + e)^2, without any n x n matrix: tr(K L) = |X'Y|_F^2 - sum_i |x_i|^2 |y_i|^2 and so on.

    Source: Song, Smola, Gretton, Bedo, Borgwardt, "Feature selection via dependence maximization", JMLR 13, 2012; used for CKA by Nguyen,
    Raghu, Kornblith, arXiv 2010.15327.

    Raises
    ------
    DataError : fewer than four names; a side that shows no variance beyond that of chance

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0], [5.0, 1.0], [0.0, 3.0]])
    >>> round(debiased_cka(x, -2 * x), 12)
    1.0
    """
    n = len(x)
    if n < 4:
        raise DataError(f"the debiased CKA needs at least 4 shared names, got {n}")
    # a shift of all rows changes nothing, and centred rows lose fewer digits
    x, y = (np.asarray(z - column_means(z)) for z in (x, y))
    xx, yy, xy = _hsic(x, x), _hsic(y, y), _hsic(x, y)
    if min(xx, yy) <= 0:
        raise DataError("one of the embeddings has no variance beyond chance, so its debiased CKA is not defined")
    return float(xy / np.sqrt(xx * yy))


def _hsic(x: np.ndarray, y: np.ndarray) -> float:
    """HSIC_1 of the linear kernels of centred rows, up to the factor 1 / (n (n - 3)) that cancels."""
    n = len(x)
    own_x, own_y = (np.einsum("ij,ij->i", z, z, dtype=np.float64) for z in (x, y))
    sums_x, sums_y = (z @ z.sum(axis=0, dtype=np.float64) - own for z, own in ((x, own_x), (y, own_y)))  # K1 and L1
    trace = np.linalg.norm(cross_products(x, y)) ** 2 - own_x @ own_y
    return float(trace + sums_x.sum() * sums_y.sum() / ((n - 1) * (n - 2)) - 2 * (sums_x @ sums_y) / (n - 2))


def _require_spread(norm: float, x: np.ndarray) -> None:
    if norm <= 1e-12 * np.einsum("ij,ij->", x, x, dtype=np.float64) or norm == 0:
        raise DataError("all rows of one of the embeddings are equal, so there is nothing to compare")
