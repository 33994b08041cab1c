"""Fairwalk: each step goes to a group of neighbours first, all alike, and to a neighbour within it then."""

from __future__ import annotations

import numpy as np
from numba import njit, uint64

from graphemb.data.graph import Graph
from graphemb.kernels.fair_weights import fairwalk_weights
from graphemb.kernels.random import RandomState
from graphemb.kernels.walks import GOLDEN, Walker, cumulate, mix, next_node, uniform


class FairWalker(Walker):
    """Walks that choose the group uniformly among those of the node's neighbours, then a neighbour in it, by weight and, of second order,
    times node2vec's factor:

        P(x | t -> v) = 1 / |R_v| a_vx f(t, x) / sum of a_vz f(t, z) over the neighbours z of v in the group of x.

    Of first order these are walks on :func:`~graphemb.kernels.fair_weights.fairwalk_weights`. Settings and errors are those of
    :class:`~graphemb.kernels.walks.Walker`. Memory: 28 bytes an edge.

    Source: Rahman, Surma, Backes and Zhang, "Fairwalk: Towards fair graph embedding", IJCAI 2019.

    Parameters
    ----------
    groups : int64 (n,), the number of each node's group

    >>> star = Graph.from_edges([("v", "a"), ("v", "b"), ("v", "c")])
    >>> walks = FairWalker(star, np.array([0, 0, 0, 1]), walk_length=2).walks(0, 4_000)
    >>> bool(abs((walks[::4, 1] == 3).mean() - 1 / 2) < 0.05)
    True
    """

    def __init__(
        self,
        graph: Graph,
        groups: np.ndarray,
        *,
        walk_length: int = 80,
        p: float = 1.0,
        q: float = 1.0,
        random_state: RandomState = 0,
        n_jobs: int | None = None,
    ):
        super().__init__(fairwalk_weights(graph, groups), walk_length=walk_length, p=p, q=q, random_state=random_state, n_jobs=n_jobs)
        self._blocks = _blocks_of(graph, groups)

    def _second_order(self, numbers: np.ndarray, out: np.ndarray) -> None:
        _second_order(*self._edges, *self._blocks, *self._factors, self._seed, numbers, out)


def _blocks_of(graph: Graph, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Edges with those of a node to one group side by side: the blocks of each node, where blocks begin, ends, weights summed up."""
    A = graph.adjacency
    n = graph.n_nodes
    source = np.repeat(np.arange(n), np.diff(A.indptr))
    order = np.lexsort((A.indices, groups[A.indices], source))
    key = np.stack([source, groups[A.indices]])[:, order]
    first = np.flatnonzero(np.r_[True, (key[:, 1:] != key[:, :-1]).any(axis=0)]) if len(order) else np.empty(0, dtype=np.int64)
    starts = np.r_[first, len(order)].astype(np.int64)
    of_node = np.searchsorted(key[0, first], np.arange(n + 1)).astype(np.int64)
    return of_node, starts, A.indices[order].astype(np.int32), cumulate(starts, A.data[order].astype(np.float64))


@njit(nogil=True, cache=True)
def _second_order(indptr, indices, of_node, starts, members, cumulative, back, away, seed, numbers, out):  # type: ignore[no-untyped-def]
    for row in range(out.shape[0]):
        state = mix(seed + GOLDEN * uint64(numbers[row]))
        v = numbers[row] % (len(indptr) - 1)
        t = np.int64(-1)
        out[row, 0] = v
        for step in range(1, out.shape[1]):
            blocks = of_node[v + 1] - of_node[v]
            if blocks == 0:
                break
            state, u = uniform(state)
            block = of_node[v] + np.int64(u * blocks)
            state, x = next_node(indptr, indices, starts, members, cumulative, block, back, away, t, state)
            t, v = v, x
            out[row, step] = v
