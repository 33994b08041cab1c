"""LEACE: the smallest affine edit after which no linear classifier tells groups apart better than by their sizes."""

from __future__ import annotations

from typing import Literal

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap
from graphemb.analysis.edits.labels import Labels, LabelsFrom, labels_of
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataWarning, ParameterError
from graphemb.kernels.checks import require_within
from graphemb.kernels.warn import warn

TOLERANCE = 1e-6
"""Correlations below are rounding of single-precision vectors."""


class LEACE(Edit):
    """Least-squares concept erasure. With mu and S mean and covariance of the labelled rows, C their covariance with the labels:

        W = (S^1/2)^+,   U = an orthonormal basis of the columns of W C,   r(x) = x - W^+ U U^T W (x - mu)

    Afterwards the covariance of rows and labels is zero, so all groups have the same mean and no linear classifier does better than a
    constant; and of all affine maps that do this, r moves the labelled rows least in every quadratic norm. Rank: groups - 1. It promises
    nothing of other machines: a kernel machine mostly still tells the groups (:class:`~graphemb.analysis.edits.inlp.INLP` goes further).
    Twice is once. Where the groups differ in nothing linear, it is the identity, with a :class:`DataWarning`.

    Source: Belrose et al., "LEACE: Perfect linear concept erasure in closed form", arXiv 2306.03819. With ``tol=0.01`` it is the map of
    their package concept-erasure, whose guard of the covariance's trace is not needed: tr(r S r^T) <= tr(S).

    Parameters
    ----------
    method : "leace", or "orth": W = I, which is the orthogonal projection and moves rows further
    shrinkage : of S towards tr(S)/d I: a weight from 0 to 1, or "auto", that of Bodnar et al., arXiv 1308.2608. The erasure is
        exact with any; it decides what "least" means, and few rows need it
    labels : "groups", "biased" or "auto", see :func:`graphemb.analysis.edits.labels.labels_of`
    tol : singular values of W C up to it are taken for zero; these are correlations, times the spread of labels

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["a", "b", "c", "d"], [[2.0, 1.0], [1.0, 0.0], [-1.0, 1.0], [-2.0, 0.0]])
    >>> sides = Concept("side", {"left": ("a", "b"), "right": ("c", "d")})
    >>> erased = LEACE(shrinkage=0.0).fit_transform(e, sides).vectors.astype(float).round(6)
    >>> erased[:2].mean(axis=0).tolist() == erased[2:].mean(axis=0).tolist()
    True
    """

    def __init__(
        self,
        *,
        method: Literal["leace", "orth"] = "leace",
        shrinkage: float | Literal["auto"] = "auto",
        labels: LabelsFrom = "auto",
        tol: float = TOLERANCE,
    ):
        self.method = method
        self.shrinkage = shrinkage
        self.labels = labels
        self.tol = tol

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "groups"
        if self.method not in ("leace", "orth"):
            raise ParameterError(f"method must be 'leace' or 'orth', got {self.method!r}")
        require_within("tol", self.tol)
        labels = labels_of(embedding, located, self.labels)
        self.notes_ = labels.report()
        known = embedding.vectors[labels.rows].astype(np.float64)
        centre = known.mean(axis=0)
        cross = cross_covariance(known, labels)
        if self.method == "orth":
            scale = np.sqrt(((known - centre) ** 2).sum(axis=1).mean() / known.shape[1])
            u = column_basis(cross, self.tol * scale)
            learned = LinearMap(u, u.T, centre)
        else:
            covariance = shrunk(np.atleast_2d(np.cov(known, rowvar=False)), len(known), self.shrinkage)
            whiten, colour = square_roots(covariance)
            u = column_basis(whiten @ cross, self.tol)
            learned = LinearMap(whiten @ u, u.T @ colour, centre)
        if not learned.rank:
            warn(f"the groups of {located.concept.name!r} have the same mean already, so there is nothing to take out", DataWarning)
        return learned


def cross_covariance(x: np.ndarray, labels: Labels) -> np.ndarray:
    """The covariance of rows (m, d) with the indicators of their groups, (d, k)."""
    share = labels.sizes[:, None] / (len(x) - 1)
    return np.asarray((share * (labels.means(x) - x.mean(axis=0))).T)


def column_basis(matrix: np.ndarray, tol: float) -> np.ndarray:
    """An orthonormal basis of the columns of a (d, k) matrix, (d, r), singular values up to ``tol`` taken for zero; the largest first."""
    u, size, _ = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(u[:, size > tol])


def shrunk(covariance: np.ndarray, n: int, shrinkage: float | Literal["auto"]) -> np.ndarray:
    """The covariance S of n rows, drawn to (1 - w) S + w tr(S)/d I.

    "auto" is the weight with the least expected squared error for many rows and columns, at most 1: with S0 = tr(S)/d I

        w = |S0|^2 tr(S)^2 / (n (|S|^2 |S0|^2 - tr(S S0)^2)),      of the covariance that divides by n, which is what is returned then.

    Source: Bodnar, Gupta, Parolya, "On the strong convergence of the optimal linear shrinkage estimator for large dimensional covariance
    matrix", arXiv 1308.2608.

    >>> shrunk(np.diag([3.0, 1.0]), 10, 0.5).tolist()
    [[2.5, 0.0], [0.0, 1.5]]
    """
    d = len(covariance)
    goal = np.trace(covariance) / d
    if shrinkage != "auto":
        require_within("shrinkage", shrinkage, 0.0, 1.0)
        return np.asarray((1 - shrinkage) * covariance + shrinkage * goal * np.eye(d))
    covariance, goal = covariance * (n - 1) / n, goal * (n - 1) / n
    spread = (covariance**2).sum() - d * goal**2  # |S|^2 - tr(S S0)^2 / |S0|^2
    weight = 1.0 if spread <= 1e-12 * d * goal**2 else min((d * goal) ** 2 / (n * spread), 1.0)
    return np.asarray((1 - weight) * covariance + weight * goal * np.eye(d))


def square_roots(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W = (S^1/2)^+ and W^+ = S^1/2, both (d, d) and symmetric; eigenvalues below rounding are taken for zero."""
    size, axes = np.linalg.eigh(covariance)
    there = size > max(size[-1], 0.0) * len(size) * np.finfo(np.float64).eps
    root = np.sqrt(np.where(there, size, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=there)
    return np.asarray((axes * inverse) @ axes.T), np.asarray((axes * root) @ axes.T)
