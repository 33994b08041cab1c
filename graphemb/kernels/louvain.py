"""Communities by greedy modularity."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.random import RandomState, generator


def louvain(adjacency: sp.csr_array, *, resolution: float = 1.0, random_state: RandomState = 0) -> np.ndarray:
    """Community number of each node, int64 (n,), the largest community being 0; isolated nodes stand alone.

    Nodes move to the neighbouring community that raises modularity most,
    Q = (1/2m) sum_uv (a_uv - resolution k_u k_v / 2m) [c_u = c_v], until none gains; then communities become nodes, and so on.
    O(m) a round. The result depends on the order of the nodes, which ``random_state`` draws.
    Source: Blondel et al., "Fast unfolding of communities in large networks", arXiv 0803.0476.

    Parameters
    ----------
    adjacency : symmetric CSR matrix of positive weights; its diagonal is ignored

    >>> two_triangles = sp.block_diag([1 - np.eye(3), 1 - np.eye(3)], format="csr")
    >>> louvain(sp.csr_array(two_triangles)).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    rng = generator(random_state)
    n = adjacency.shape[0]
    labels = np.arange(n)
    graph = sp.csr_array(adjacency - sp.diags_array(adjacency.diagonal()), dtype=np.float64)
    total = float(graph.sum())
    while total > 0:
        strength = np.asarray(graph.sum(axis=1)).ravel()
        moved = _move(graph.indptr, graph.indices, graph.data, strength, resolution / total, rng.permutation(graph.shape[0]))
        _, moved = np.unique(moved, return_inverse=True)
        labels = moved[labels]
        if moved.max() + 1 == graph.shape[0]:
            break
        member = sp.csr_array((np.ones(len(moved)), (moved, np.arange(len(moved)))))
        graph = sp.csr_array(member @ graph @ member.T)
    by_size = np.argsort(-np.bincount(labels, minlength=1), kind="stable")
    rank = np.empty_like(by_size)
    rank[by_size] = np.arange(len(by_size))
    return np.asarray(rank[labels], dtype=np.int64)


def modularity(adjacency: sp.csr_array, labels: np.ndarray) -> float:
    """Q = (1/2m) sum_uv (a_uv - k_u k_v / 2m) [c_u = c_v] of a symmetric matrix; 0 where it is empty."""
    pairs = adjacency.tocoo()
    total = float(pairs.data.sum())
    if total == 0:
        return 0.0
    inside = float(pairs.data[labels[pairs.row] == labels[pairs.col]].sum())
    strength = np.bincount(labels, np.asarray(adjacency.sum(axis=1)).ravel())
    return inside / total - float((strength**2).sum()) / total**2


@njit(nogil=True, cache=True)
def _move(indptr, indices, data, strength, penalty, order):  # type: ignore[no-untyped-def]
    """Local moves until a whole pass gains nothing; ``penalty`` is resolution / 2m."""
    n = len(strength)
    labels, held = np.arange(n), strength.copy()  # held: summed strength of each community
    weight, touched = np.zeros(n), np.empty(n, np.int64)
    gained = True
    while gained:
        gained = False
        for u in order:
            count = 0
            for e in range(indptr[u], indptr[u + 1]):
                c = labels[indices[e]]
                if indices[e] != u:
                    if weight[c] == 0.0:
                        touched[count] = c
                        count += 1
                    weight[c] += data[e]
            own = labels[u]
            held[own] -= strength[u]
            best, most = own, weight[own] - penalty * strength[u] * held[own]
            for t in range(count):
                c = touched[t]
                gain = weight[c] - penalty * strength[u] * held[c]
                if gain > most + 1e-10:
                    best, most = c, gain
                weight[c] = 0.0
            weight[own] = 0.0
            held[best] += strength[u]
            labels[u] = best
            gained |= best != own
    return labels
