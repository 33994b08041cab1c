"""The spectrum of the rows: how many axes hold their variance."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.geometry.moments import column_means, cross_products
from graphemb.errors import DataError

LEAST_SHARE = 1e-12
"""Variance below this share of the greatest is rounding."""


def principal_axes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of squares along the principal axes of the centred rows, greatest first, float64 (d,), and the axes, (d, d), as columns.

    Raises
    ------
    DataError : all rows are equal, so there is no variance
    """
    values, axes = np.linalg.eigh(cross_products(x, x_mean=column_means(x)))
    values, axes = np.maximum(values[::-1], 0.0), axes[:, ::-1]
    scale = np.einsum("ij,ij->", x, x, dtype=np.float64)
    if values[0] <= LEAST_SHARE * scale or values[0] == 0:
        raise DataError("all rows are equal, so there is no variance to divide among axes")
    return np.where(values > LEAST_SHARE * values[0], values, 0.0), axes


def participation_ratio(variances: np.ndarray) -> float:
    """``(sum l)^2 / sum l^2`` of the variances l: the number of axes, counted by how much each takes part; from 1 to d.

    >>> participation_ratio(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    return float(variances.sum() ** 2 / (variances @ variances))


def iso_score(variances: np.ndarray) -> float:
    """IsoScore: 0 where one axis has all the variance, 1 where all have the same; whatever the shift, scale and rotation.

        IsoScore = (PR - 1) / (d - 1),      PR the participation ratio

    Source: Rudman, Gillman, Rayne, Eickhoff, "IsoScore: Measuring the Uniformity of Embedding Space Utilization", arXiv 2108.07344. The
    published recipe (scale the variances l to length sqrt(d), take the distance delta from all ones over its greatest value
    sqrt(2 (d - sqrt d)), then phi = (d - delta^2 (d - sqrt d))^2 / d^2 and (d phi - 1) / (d - 1)) shortens to this, as
    d - delta^2 (d - sqrt d) = sqrt(d) sum l / |l|, so that phi = PR / d.

    Raises
    ------
    DataError : a single column, of which there is nothing to compare

    >>> iso_score(np.array([2.0, 2.0])), iso_score(np.array([2.0, 0.0]))
    (1.0, 0.0)
    """
    d = len(variances)
    if d < 2:
        raise DataError("IsoScore compares the variances of columns, and there is one column only")
    return (participation_ratio(variances) - 1) / (d - 1)


def effective_rank(variances: np.ndarray) -> float:
    """``exp(-sum p log p)`` with p the singular values s as shares of their sum; from 1 to d.

    Singular values, not their squares: s^2 is ``variances``. Source: Roy, Vetterli, "The effective rank", EUSIPCO 2007.

    >>> round(effective_rank(np.array([4.0, 4.0, 0.0])), 6)
    2.0
    """
    s = np.sqrt(variances)
    p = s[s > 0] / s.sum()
    return float(np.exp(-(p @ np.log(p))))


def top_share(variances: np.ndarray, k: int) -> float:
    """The share of the variance on the first ``k`` axes.

    >>> top_share(np.array([3.0, 1.0]), 1)
    0.75
    """
    return float(variances[:k].sum() / variances.sum())
