"""Whitening: rows are turned and stretched until all directions have the same variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphemb.analysis.edits.edit import Edit, unit
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole, require_within


@dataclass(frozen=True)
class AffineMap:
    """(x - centre) M, with M (d, d).

    >>> AffineMap(np.array([[2.0]]), np.array([1.0])).apply(np.array([[4.0]])).tolist()
    [[6.0]]
    """

    matrix: np.ndarray
    centre: np.ndarray
    unit: bool = False

    @property
    def rank(self) -> int:
        return int(self.matrix.shape[0])

    def apply(self, x: np.ndarray) -> np.ndarray:
        return np.asarray((x - self.centre) @ self.matrix)


class Whitening(Edit):
    """(x - mu) M with the covariance of all rows turned into the identity: with U diag(l) U^T that covariance,

        "zca"       M = U l^-1/2 U^T      the nearest to the rows as they were
        "pca"       M = U l^-1/2          columns are principal components, the strongest first
        "cholesky"  M = L with L L^T the inverse covariance: column j is made of columns j, j + 1, ... alone

    All directions count the same afterwards: isotropic, with no hubs that a few strong directions make, but directions that were noise
    are as strong as all others. ``shrinkage`` is against that. Needs no concept.

    Source: Kessy, Lewin, Strimmer, "Optimal whitening and decorrelation", arXiv 1512.00809; of sentences Su et al., arXiv 2103.15316.

    Parameters
    ----------
    kind : which of the three
    rank : keep only so many of the strongest components. The embedding keeps its columns: "pca" leaves those beyond zero, "zca" turns
        back into the space of before; "cholesky" takes no rank
    shrinkage : l becomes l + shrinkage x the mean of l, at least 0; needed where rows are fewer than columns
    normalise : rows are brought to length one before, and after

    Raises
    ------
    DataError : a direction without any variance, and no shrinkage or rank; ParameterError : a rank above the number of columns

    >>> e = Embedding(list("abcd"), [[4.0, 1.0], [-4.0, 1.0], [4.0, -1.0], [-4.0, -1.0]])
    >>> np.cov(Whitening(shrinkage=0).fit_transform(e).vectors, rowvar=False).round(5).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    needs = "nothing"

    def __init__(
        self,
        *,
        kind: Literal["zca", "pca", "cholesky"] = "zca",
        rank: int | None = None,
        shrinkage: float = 1e-3,
        normalise: bool = False,
    ):
        self.kind = kind
        self.rank = rank
        self.shrinkage = shrinkage
        self.normalise = normalise

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> AffineMap:
        if self.kind not in ("zca", "pca", "cholesky"):
            raise ParameterError(f"kind must be 'zca', 'pca' or 'cholesky', got {self.kind!r}")
        require_within("shrinkage", self.shrinkage)
        x = unit(x) if self.normalise else x
        d = x.shape[1]
        if self.rank is not None:
            require_whole("rank", self.rank, most=d)
            if self.kind == "cholesky" and self.rank < d:
                raise ParameterError("cholesky whitening needs all components; rank goes with kind='zca' or 'pca'")
        size, axes = np.linalg.eigh(np.cov(x, rowvar=False).reshape(d, d))
        size, axes = size[::-1], axes[:, ::-1] * np.where(axes[:, ::-1].sum(axis=0) < 0, -1.0, 1.0)
        kept = d if self.rank is None else self.rank
        strong = size + self.shrinkage * size.mean()
        if strong[kept - 1] <= max(size[0], 0.0) * 1e-12:
            there = int((strong > max(size[0], 0.0) * 1e-12).sum())
            raise DataError(
                f"only {there} of the {kept} directions have any variance among {len(x):,} rows; set shrinkage above 0, or a lower rank"
            )
        self.notes_ = {"kept": kept, "smallest_variance_share": float(strong[kept - 1] / strong.sum())}
        return AffineMap(_whitener(self.kind, axes, strong, kept), x.mean(axis=0), self.normalise)


def _whitener(kind: str, axes: np.ndarray, size: np.ndarray, kept: int) -> np.ndarray:
    inverse = np.where(np.arange(len(size)) < kept, 1.0 / np.sqrt(np.maximum(size, 1e-300)), 0.0)
    if kind == "pca":
        return np.asarray(axes * inverse)
    if kind == "zca":
        return np.asarray((axes * inverse) @ axes.T)
    return np.asarray(np.linalg.cholesky((axes * inverse**2) @ axes.T))
