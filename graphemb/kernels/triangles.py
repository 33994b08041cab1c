"""Triangles at every node, and the clustering coefficient."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit


def clustering(adjacency: sp.csr_array) -> np.ndarray:
    """Share of the pairs of neighbours of each node that are linked, float64 (n,); 0 for degrees below 2.

    c(u) = 2 t(u) / (k_u (k_u - 1)) with t the triangles at u. Edges are pointed from the lower to the higher degree, which leaves
    no node more than sqrt(2 m) of them, so that hubs cost little: O(m^1.5) time, O(n + m) memory.
    Source: Latapy, "Main-memory triangle computations for very large (sparse (power-law)) graphs", TCS 2008.

    Parameters
    ----------
    adjacency : symmetric CSR matrix; its diagonal and its weights are ignored

    >>> triangle_and_tail = sp.csr_array(np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]]))
    >>> clustering(triangle_and_tail).round(3).tolist()
    [1.0, 1.0, 0.333, 0.0]
    """
    n = adjacency.shape[0]
    pairs = adjacency.tocoo()
    degree = np.bincount(pairs.row[pairs.row != pairs.col], minlength=n)
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(degree, kind="stable")] = np.arange(n)
    up = rank[pairs.row] < rank[pairs.col]
    pointed = sp.csr_array((np.ones(up.sum(), dtype=np.int8), (pairs.row[up], pairs.col[up])), shape=(n, n))
    triangles = _count(pointed.indptr, pointed.indices)
    return np.divide(2.0 * triangles, degree * (degree - 1.0), out=np.zeros(n), where=degree > 1)


@njit(nogil=True, cache=True)
def _count(indptr, indices):  # type: ignore[no-untyped-def]
    n = len(indptr) - 1
    triangles, seen = np.zeros(n, np.int64), np.full(n, -1, np.int64)
    for u in range(n):
        for e in range(indptr[u], indptr[u + 1]):
            seen[indices[e]] = u
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            for f in range(indptr[v], indptr[v + 1]):
                w = indices[f]
                if seen[w] == u:
                    triangles[u] += 1
                    triangles[v] += 1
                    triangles[w] += 1
    return triangles
