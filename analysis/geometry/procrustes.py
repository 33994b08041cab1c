"""Procrustes: the rotation and scale that lay one embedding onto another of the same names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphemb.analysis.geometry.moments import column_means, cross_products
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError


@dataclass(frozen=True)
class Alignment:
    """``(y - y_mean) @ rotation * scale + x_mean`` lies as near as it can to x; ``residual`` is what is left, 0 to 1.

    ``rotation`` is float64 (e, d), with orthonormal rows or columns, whichever are fewer.
    """

    rotation: np.ndarray
    scale: float
    x_mean: np.ndarray
    y_mean: np.ndarray
    residual: float

    def apply(self, y: np.ndarray) -> np.ndarray:
        """Rows of the second matrix, laid onto the first; float32 (n, d)."""
        return np.asarray((y - self.y_mean) @ self.rotation * self.scale + self.x_mean, dtype=np.float32)


def procrustes(x: np.ndarray, y: np.ndarray) -> Alignment:
    """The rotation R and scale s that make ``|X - s Y R|_F`` least, both centred.

        R = U V' of the singular value decomposition of Y'X,      residual = 1 - (sum of its singular values)^2 / (|X|^2 |Y|^2)

    The residual is the share of the squared length of X that stays: 0 for the same shape, and the same when X and Y change places. With
    another number of columns the narrower is thought to have columns of zeros, and R is the part of the rotation that is used.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31, 1966; Gower (1975) for the scale.

    Raises
    ------
    DataError : all rows of a side are equal

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    >>> found = procrustes(x, 2 * x @ np.array([[0.0, 1.0], [-1.0, 0.0]]) + 5)
    >>> round(found.residual, 9), round(found.scale, 9)
    (0.0, 0.5)
    """
    mx, my = column_means(x), column_means(y)
    length_x, length_y = (_squared_length(z, m) for z, m in ((x, mx), (y, my)))
    U, s, Vt = np.linalg.svd(cross_products(y, x, x_mean=my, y_mean=mx), full_matrices=False)
    total = float(s.sum())
    residual = max(0.0, 1 - total**2 / (length_x * length_y))
    return Alignment(U @ Vt, total / length_y, mx, my, residual)


def procrustes_align(embedding: Embedding, *, to: Embedding) -> Embedding:
    """The embedding turned, scaled and moved onto another by the names they share: same shape, drawn from the same side.

    Rows whose names the other lacks are carried along. Use it before two maps, years or seeds are drawn beside each other. Distances
    keep their ratios where the other has at least as many columns; else the columns that it lacks are lost. The columns of the result are
    those of ``to``, and it is scored by the dot product.

    Raises
    ------
    DataError : fewer than two shared names, or a side whose rows are all equal

    >>> first = Embedding(["a", "b", "c"], [[1, 0], [0, 1], [2, 2]])
    >>> turned = first.replace(vectors=first.vectors[:, ::-1])
    >>> bool(np.allclose(procrustes_align(turned, to=first).vectors, first.vectors, atol=1e-6))
    True
    """
    if not isinstance(to, Embedding):
        raise ParameterError(f"to must be an Embedding, got {type(to).__name__}")
    mine, theirs = embedding.align(to)
    if len(mine) < 2:
        raise DataError(f"an alignment needs at least 2 shared names, got {len(mine)}")
    found = procrustes(theirs.vectors, mine.vectors)
    note = {"shared": len(mine), "residual": found.residual, "scale": found.scale}
    meta = {**embedding.meta, "aligned": note}
    return embedding.replace(vectors=found.apply(embedding.vectors), context=None, decoder="dot", parameters=None, meta=meta)


def _squared_length(z: np.ndarray, mean: np.ndarray) -> float:
    whole = float(np.einsum("ij,ij->", z, z, dtype=np.float64))
    length = whole - len(z) * float(mean @ mean)
    if length <= 1e-12 * whole or whole == 0:
        raise DataError("all rows of one of the embeddings are equal, so nothing can be laid onto it")
    return length
