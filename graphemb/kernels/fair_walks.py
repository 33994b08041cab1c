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
    :class:`~graphemb.kernels.walks.Walker`. Memory: 44 bytes an entry of the matrix.

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
        _second_order(*self._blocks, *self._factors, self._seed, numbers, out)


def _blocks_of(graph: Graph, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Edges with those of a node to one group side by side, as a graph in which ``next_node`` can walk.

    Its first rows are the blocks, the edges of one node to one group; then come the nodes with all their edges, so node v is row and column
    B + v, with B the number of blocks.

    Returns
    -------
    (n + 1,) where the blocks of each node begin; indptr and indices of all rows; weights added up within each block
    """
    A, n = graph.adjacency, graph.n_nodes
    source, m = np.repeat(np.arange(n), np.diff(A.indptr)), len(A.indices)
    order = np.lexsort((A.indices, groups[A.indices], source))
    node, group = source[order], groups[A.indices][order]
    first = np.flatnonzero(np.r_[True, (node[1:] != node[:-1]) | (group[1:] != group[:-1])][:m])
    starts = np.r_[first, m].astype(np.int64)
    indices = np.concatenate([A.indices[order], A.indices]).astype(np.int64) + len(first)
    of_node = np.searchsorted(node[first], np.arange(n + 1)).astype(np.int64)
    return of_node, np.r_[first, m + A.indptr].astype(np.int64), indices, cumulate(starts, A.data[order].astype(np.float64))


@njit(nogil=True, cache=True)
def _second_order(of_node, indptr, indices, cumulative, back, away, seed, numbers, out):  # type: ignore[no-untyped-def]
    n = len(of_node) - 1
    shift = of_node[n]
    for row in range(out.shape[0]):
        state = mix(seed + GOLDEN * uint64(numbers[row]))
        v = numbers[row] % n
        t = np.int64(-1)
        out[row, 0] = v
        for step in range(1, out.shape[1]):
            blocks = of_node[v + 1] - of_node[v]
            if blocks == 0:
                break
            state, u = uniform(state)
            block = of_node[v] + np.int64(u * blocks)
            state, x = next_node(indptr, indices, cumulative, back, away, t, block, state)
            t, v = v + shift, x - shift
            out[row, step] = v
