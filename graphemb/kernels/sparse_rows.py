"""A sparse matrix times dense columns, compiled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.threads import in_threads

PARTS = 64
"""Runs of rows of about equal work, shared out among the threads: rows of real data are too uneven to be shared by number."""


class SparseRows:
    """alpha A X + beta B for a fixed sparse A (n, m) and dense X (m, d), in one pass over the result.

    Parameters
    ----------
    matrix : CSR, float32 or float64; X, B and the result are of its type. Indices are kept as int32
    n_jobs : threads; they do not change the result

    2 nnz d operations, rows of X read in place: several times faster than scipy's product, which goes over the result once an entry.

    >>> rows = SparseRows(sp.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]])))
    >>> rows(np.eye(2)).tolist(), rows(np.eye(2), alpha=0.0, base=np.ones((2, 2)), beta=2.0).tolist()
    ([[1.0, 2.0], [0.0, 3.0]], [[2.0, 2.0], [2.0, 2.0]])
    """

    def __init__(self, matrix: sp.csr_array, *, n_jobs: int | None = 1):
        self.shape: tuple[int, int] = matrix.shape
        self.n_jobs = n_jobs
        self._starts, self._columns = matrix.indptr.astype(np.int64, copy=False), matrix.indices.astype(np.int32, copy=False)
        self._values = matrix.data
        self._parts = _even_parts(self._starts)

    def __call__(self, X: np.ndarray, *, alpha: float = 1.0, base: np.ndarray | None = None, beta: float = 1.0) -> np.ndarray:
        """alpha A X + beta ``base`` as a new array."""
        number = self._values.dtype.type
        X = np.ascontiguousarray(X, dtype=number)
        out = np.empty((self.shape[0], X.shape[1]), dtype=number)
        added = out if base is None else np.ascontiguousarray(base, dtype=number)
        share = number(0 if base is None else beta)
        loop = _rows if X.shape[1] > 1 else _row_sums

        def rows(first: int, last: int) -> None:
            loop(self._starts, self._columns, self._values, X, number(alpha), added, share, out, self._parts[first], self._parts[last])

        in_threads(rows, len(self._parts) - 1, self.n_jobs)
        return out


def polynomial_product(coefficients: Sequence[float], inner: SparseRows, outer: SparseRows, x: np.ndarray) -> np.ndarray:
    """c_0 x + c_1 (B A) x + c_2 (B A)^2 x + ... with A ``inner`` and B ``outer``, by Horner's rule: two products a power.

    >>> half = SparseRows(sp.csr_array(np.array([[0.5]])))
    >>> polynomial_product([1.0, 4.0], half, half, np.array([[3.0]])).item()
    6.0
    """
    *rest, last = coefficients
    y = x * x.dtype.type(last)
    for c in reversed(rest):
        y = outer(inner(y), base=x, beta=c)
    return y


def _even_parts(starts: np.ndarray) -> np.ndarray:
    """Bounds of up to PARTS runs of rows: a row costs its entries, and as much as four for writing it."""
    work = starts + 4 * np.arange(len(starts))
    return np.unique(np.searchsorted(work, np.linspace(0, work[-1], PARTS + 1)))


@njit(nogil=True, fastmath={"contract"}, cache=True)
def _rows(starts, columns, values, X, alpha, base, beta, out, first, last):  # type: ignore[no-untyped-def]
    d = X.shape[1]
    for r in range(first, last):
        if beta == 0:
            for k in range(d):
                out[r, k] = 0
        else:
            for k in range(d):
                out[r, k] = beta * base[r, k]
        for p in range(starts[r], starts[r + 1]):
            j, v = columns[p], alpha * values[p]
            for k in range(d):
                out[r, k] += v * X[j, k]


@njit(nogil=True, cache=True)
def _row_sums(starts, columns, values, X, alpha, base, beta, out, first, last):  # type: ignore[no-untyped-def]
    # one column: the sum stays in a register, which is three times faster
    for r in range(first, last):
        total = beta * base[r, 0] if beta != 0 else beta
        for p in range(starts[r], starts[r + 1]):
            total += alpha * values[p] * X[columns[p], 0]
        out[r, 0] = total
