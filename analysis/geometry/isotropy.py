"""Isotropy: whether the rows point everywhere alike, or to one side."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from graphemb.analysis.geometry.moments import cross_products
from graphemb.kernels.scorer import unit_rows

_AXES_AT_ONCE = 16


def average_cosine(x: np.ndarray) -> float:
    """The mean cosine of all pairs of different rows, exact in O(n d).

        A = (|sum_i u_i|^2 - sum_i |u_i|^2) / (n (n - 1)),      u_i = x_i / |x_i|

    Rows of zeros stay zero and have cosine 0 with all others. Sums are in double precision: in single precision the error grows with n.

    Source: Ethayarajh, "How contextual are contextualized word representations?", arXiv 1909.00512; the identity is elementary.

    >>> average_cosine(np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 0.0]]))
    0.3333333333333333
    """
    unit = unit_rows(x)
    n = len(unit)
    total = unit.sum(axis=0, dtype=np.float64)
    own = np.einsum("ij,ij->", unit, unit, dtype=np.float64)
    return float((total @ total - own) / (n * (n - 1)))


def partition_isotropy(x: np.ndarray, *, both_signs: bool = True) -> float:
    """How even the partition function of the rows is: its least over its greatest value on the principal axes, 0 to 1.

        I = min_a Z(a) / max_a Z(a),      Z(a) = sum_i exp(a . x_i),      a over the eigenvectors of X'X

    It depends on the lengths of the rows: exp of long rows is uneven whatever their directions, so say what was normalised.

    Source: Mu, Viswanath, "All-but-the-top", arXiv 1702.01417. Eigenvectors have no sign; the paper takes the one that a solver gives. We
    take both, which makes the figure one of the vectors alone, and lower. With ``both_signs=False`` each axis points where its mean is
    not negative, which is near what others report.

    >>> round(partition_isotropy(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])), 3)
    1.0
    """
    axes = np.linalg.eigh(cross_products(x))[1]
    logs = []
    for start in range(0, axes.shape[1], _AXES_AT_ONCE):
        along = np.asarray(x @ axes[:, start : start + _AXES_AT_ONCE].astype(x.dtype), dtype=np.float64)
        forward, backward = logsumexp(along, axis=0), logsumexp(-along, axis=0)
        logs += [forward, backward] if both_signs else [np.where(along.mean(axis=0) >= 0, forward, backward)]
    Z = np.concatenate(logs)
    return float(np.exp(Z.min() - Z.max()))
