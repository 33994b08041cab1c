"""What scores pairs of rows, block by block: the protocol, and the inner product that serves most decoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike

Map = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``map(values, rows)``: the values of some rows, turned into what is multiplied; row numbers come along."""

PAIRS_AT_ONCE = 4_096
"""Vectors of so many pairs stay near the processor while they are multiplied (measured: half the time of 65,536)."""


@runtime_checkable
class Scorer(Protocol):
    """Scores s(u -> v) of row pairs among ``n`` rows; never an n x n matrix.

    ``block`` and ``pairs`` of one pair agree to rounding only (a matrix product sums in another order), so
    whoever compares scores for equality takes both from blocks of the same shape.
    """

    n: int
    symmetric: bool
    """Whether s(u -> v) = s(v -> u) for all pairs."""

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) with ``[i, j] = s(rows[i] -> columns[j])``, written into ``out`` if given."""
        ...

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) with ``[i] = s(rows[i] -> columns[i])``."""
        ...

    def reversed(self) -> Scorer:
        """The roles swapped: its ``block(rows, columns)[i, j]`` is ``s(columns[j] -> rows[i])``."""
        ...

    def take(self, rows: np.ndarray) -> Scorer:
        """The scorer of some rows only, renumbered in the order given; what lies beside the rows stays whole."""
        ...


class InnerProduct:
    """s(u -> v) = link( query(left[u]) . key(right[v]) ), one matrix product a block.

    Parameters
    ----------
    left, right : (n, d) float32 or float64, held as they are given, so a memory-mapped matrix is not copied
    query, key : what becomes of the rows before the product (a rotation, a bilinear form); None leaves them
    link : increasing function applied to a block in place (``link(x, out=x)``), None leaves the product
    symmetric : s(u -> v) = s(v -> u)

    State: what it is given. Work per block: 2 rows x width x d operations. Memory per block: the block, and the rows
    and columns that ``query`` and ``key`` produce. Where ``left`` is float64 the product is too, and is rounded to
    float32 at the end.
    """

    def __init__(
        self,
        left: np.ndarray,
        right: np.ndarray | None = None,
        *,
        query: Map | None = None,
        key: Map | None = None,
        link: Callable[..., np.ndarray] | None = None,
        symmetric: bool = False,
    ):
        self.left, self.right = left, left if right is None else right
        self.query, self.key, self.link, self.symmetric = query, key, link, symmetric
        self.n = len(self.left)

    def queries(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), d): the left factors of the rows."""
        values = self.left[rows]
        return values if self.query is None else self.query(values, rows)

    def keys(self, columns: slice | np.ndarray) -> np.ndarray:
        """(width, d): the right factors of the columns, a view where nothing is done to a slice of them."""
        values = self.right[columns]
        if self.key is None:
            return values
        return self.key(values, np.arange(self.n)[columns] if isinstance(columns, slice) else columns)

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores; see :class:`Scorer`."""
        queries, keys = self.queries(rows), self.keys(columns)
        if queries.dtype == np.float32:
            product = np.matmul(queries, keys.T, out=out)
            return product if self.link is None else self.link(product, out=product)
        product = queries @ keys.T
        if self.link is not None:
            self.link(product, out=product)
        if out is None:
            return product.astype(np.float32)
        out[...] = product
        return out

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores, computed ``PAIRS_AT_ONCE`` at a time."""
        scores = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            product = np.einsum("ij,ij->i", self.queries(rows[part]), self.keys(columns[part]))
            scores[part] = product if self.link is None else self.link(product, out=product)
        return scores

    def reversed(self) -> InnerProduct:
        """The roles swapped; see :class:`Scorer`."""
        if self.symmetric:
            return self
        return InnerProduct(self.right, self.left, query=self.key, key=self.query, link=self.link)

    def take(self, rows: np.ndarray) -> InnerProduct:
        """The scorer of some rows, a copy of them."""
        left = self.left[rows]
        right = left if self.right is self.left else self.right[rows]
        query, key = _renumbered(self.query, rows), _renumbered(self.key, rows)
        return InnerProduct(left, right, query=query, key=key, link=self.link, symmetric=self.symmetric)


def _renumbered(change: Map | None, rows: np.ndarray) -> Map | None:
    return None if change is None else lambda values, local: change(values, rows[local])


class Symmetrised:
    """s(u, v) = (s(u -> v) + s(v -> u)) / 2 of another scorer: what undirected pairs are ranked by.

    Work: twice that of the scorer. Memory: one more block.
    """

    symmetric = True

    def __init__(self, scorer: Scorer):
        self.forward, self.backward = scorer, scorer.reversed()
        self.n = scorer.n

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores; see :class:`Scorer`."""
        scores = self.forward.block(rows, columns, out)
        scores += self.backward.block(rows, columns)
        scores *= np.float32(0.5)
        return scores

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores."""
        return (self.forward.pairs(rows, columns) + self.backward.pairs(rows, columns)) * np.float32(0.5)

    def reversed(self) -> Symmetrised:
        """Itself."""
        return self

    def take(self, rows: np.ndarray) -> Symmetrised:
        """The scorer of some rows."""
        return Symmetrised(self.forward.take(rows))


def symmetrised(scorer: Scorer) -> Scorer:
    """The scorer itself where it is symmetric, else the mean of its two directions."""
    return scorer if scorer.symmetric else Symmetrised(scorer)


def unit_rows(x: np.ndarray, dtype: DTypeLike = np.float32) -> np.ndarray:
    """The rows divided by their norms (taken in float64, so that neither tiny nor huge rows overflow); zero rows stay zero.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]), np.float64).tolist()
    [[0.6000000000000001, 0.8], [0.0, 0.0]]
    """
    norms = np.sqrt(np.einsum("ij,ij->i", x, x, dtype=np.float64))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return np.asarray(x * scale[:, None], dtype=dtype)
