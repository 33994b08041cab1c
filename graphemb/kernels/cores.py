"""Core numbers in linear time."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit


def core_numbers(adjacency: sp.csr_array) -> np.ndarray:
    """The largest k such that a node lies in a subgraph where all have at least k neighbours, int64 (n,).

    Nodes are peeled in order of their remaining degree, kept sorted in buckets; O(n + m) time, 32 n bytes.
    Source: Batagelj and Zaversnik, "An O(m) algorithm for cores decomposition of networks", arXiv cs/0310049.

    Parameters
    ----------
    adjacency : symmetric CSR matrix; its diagonal is ignored

    >>> triangle_and_tail = sp.csr_array(np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]]))
    >>> core_numbers(triangle_and_tail).tolist()
    [2, 2, 2, 1]
    """
    return np.asarray(_peel(adjacency.indptr, adjacency.indices))


@njit(nogil=True, cache=True)
def _peel(indptr, indices):  # type: ignore[no-untyped-def]
    n = len(indptr) - 1
    degree = np.zeros(n, np.int64)
    for u in range(n):
        for e in range(indptr[u], indptr[u + 1]):
            degree[u] += indices[e] != u
    # order: nodes by degree; place: where each stands; first[d]: where degree d begins
    first = np.zeros(degree.max() + 2 if n else 1, np.int64)
    for d in degree:
        first[d + 1] += 1
    first = np.cumsum(first)
    order, place = np.empty(n, np.int64), np.empty(n, np.int64)
    filled = first.copy()
    for u in range(n):
        place[u] = filled[degree[u]]
        order[place[u]] = u
        filled[degree[u]] += 1
    for i in range(n):
        u = order[i]
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if degree[v] > degree[u]:  # v loses u: swap it with the first of its bucket, which then begins one later
                w = order[first[degree[v]]]
                order[place[v]], order[first[degree[v]]] = w, v
                place[v], place[w] = place[w], place[v]
                first[degree[v]] += 1
                degree[v] -= 1
    return degree
