"""Edges weighed anew so that walks cross between groups of nodes: CrossWalk, and the first-order form of Fairwalk."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_whole, require_within

REACH = 5
"""Steps within which CrossWalk looks for other groups."""
AT_ONCE = 64
"""Groups whose visits are counted together: n x 64 numbers in memory."""


def fairwalk_weights(graph: Graph, groups: np.ndarray) -> Graph:
    """A directed graph in which every node gives each group among its neighbours the same share, and within it by weight:

        w'_vu = w_vu / (|R_v| sum of w_vz over the neighbours z in the group of u),      R_v the groups among the neighbours of v.

    A first-order walk on it is a Fairwalk. Out-weights of every node add up to 1.

    Source: Rahman, Surma, Backes and Zhang, "Fairwalk: Towards fair graph embedding", IJCAI 2019.

    >>> star = Graph.from_edges([("v", "a"), ("v", "b"), ("v", "c")])
    >>> fairwalk_weights(star, np.array([0, 0, 0, 1])).adjacency.toarray()[0].tolist()
    [0.0, 0.25, 0.25, 0.5]
    """
    _require_no_negative(graph)
    A = graph.adjacency
    source = np.repeat(np.arange(graph.n_nodes), np.diff(A.indptr))
    block, first, total = _blocks(source, groups[A.indices], A.data)
    present = np.bincount(source[first], minlength=graph.n_nodes)
    return _weighed(graph, A.data / (present[source] * total[block]))


def crosswalk_weights(graph: Graph, groups: np.ndarray, *, alpha: float = 0.5, exponent: float = 1.0, reach: int = REACH) -> Graph:
    """A directed graph that leads walks over the borders of groups, and to the nodes near them. With m(u) from :func:`nearness_of_others`:

        to its own group       w'_vu = (1 - alpha) w_vu m(u)^p / sum of w_vz m(z)^p over the neighbours z in it
        to each other group    w'_vu = alpha / |R_v| w_vu m(u)^p / sum of w_vz m(z)^p over the neighbours z in that group

    with R_v the other groups among the neighbours of v and p the exponent. A node whose neighbours are all of its own group, or all of
    others, gives those the whole weight. Where all m(z) are 0, w_vz counts alone. Out-weights of every node add up to 1.

    Source: Khajehnejad et al., "CrossWalk: Fairness-enhanced node representation learning", AAAI 2022, arXiv 2105.02725. Departure: m is
    exact, not the mean of sampled walks.

    Parameters
    ----------
    alpha : share of the steps that leave a group where that is possible, above 0 and below 1
    exponent : p, at least 0; larger ones lead more steps towards the border
    reach : steps in which another group must be met

    Raises
    ------
    ParameterError : a setting outside its range; DataError : negative weights

    >>> path = Graph.from_edges([("a", "b"), ("b", "c"), ("b", "d")])
    >>> crosswalk_weights(path, np.array([0, 0, 1, 1]), alpha=0.4).adjacency.toarray()[1].round(3).tolist()
    [0.6, 0.0, 0.2, 0.2]
    """
    require_positive("alpha", alpha)
    require_within("alpha", alpha, 0.0, 1 - 1e-9)
    require_within("exponent", exponent)
    _require_no_negative(graph)
    A = graph.adjacency
    source = np.repeat(np.arange(graph.n_nodes), np.diff(A.indptr))
    own, near = groups[A.indices] == groups[source], nearness_of_others(graph, groups, reach=reach) ** exponent
    block, _, total = _blocks(source, groups[A.indices], A.data * near[A.indices])
    flat = total[block] == 0
    weight = np.where(flat, A.data, A.data * near[A.indices])
    block, first, total = _blocks(source, groups[A.indices], weight)
    others = np.bincount(source[first], weights=~own[first], minlength=graph.n_nodes)
    inside = np.bincount(source[first], weights=own[first], minlength=graph.n_nodes) > 0
    leave = np.where(others > 0, np.where(inside, alpha, 1.0), 0.0)
    share = np.where(own, 1 - leave[source], leave[source] / np.maximum(others[source], 1))
    return _weighed(graph, share * weight / total[block])


def nearness_of_others(graph: Graph, groups: np.ndarray, *, reach: int = REACH) -> np.ndarray:
    """m(v), float64 (n,): of the nodes that a random walk of ``reach`` steps from v is expected to visit, the share of other groups.

    Exact, by ``reach`` products of the transition matrix with the indicators of groups; 0 where no walk leads anywhere. Work: reach x
    edges x groups.

    >>> nearness_of_others(Graph.from_edges([("a", "b"), ("b", "c")]), np.array([0, 0, 1]), reach=1).tolist()
    [0.0, 0.5, 1.0]
    """
    require_whole("reach", reach)
    n, A = graph.n_nodes, graph.adjacency
    out = np.asarray(A.sum(axis=1)).ravel()
    P = sp.diags_array(np.divide(1.0, out, out=np.zeros(n), where=out > 0)) @ A
    visits = _visits(P, np.ones((n, 1)), reach)[:, 0]
    mine = np.zeros(n)
    for first in range(0, int(groups.max(initial=0)) + 1, AT_ONCE):
        seen = _visits(P, (groups[:, None] == np.arange(first, first + AT_ONCE)).astype(np.float64), reach)
        here = np.flatnonzero((groups >= first) & (groups < first + AT_ONCE))
        mine[here] = seen[here, groups[here] - first]
    return np.clip(np.divide(visits - mine, visits, out=np.zeros(n), where=visits > 0), 0.0, 1.0)


def _visits(P: sp.sparray, marks: np.ndarray, reach: int) -> np.ndarray:
    """P x + P^2 x + ... + P^reach x."""
    seen = np.zeros_like(marks)
    for _ in range(reach):
        marks = np.asarray(P @ marks)
        seen += marks
    return seen


def _blocks(source: np.ndarray, target_group: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of a node to the same group: the number of its block by edge, an edge of each block, the weight of each."""
    key = source.astype(np.int64) * (int(target_group.max(initial=0)) + 1) + target_group
    _, first, block = np.unique(key, return_index=True, return_inverse=True)
    return block, first, np.bincount(block, weights=weight, minlength=len(first))


def _require_no_negative(graph: Graph) -> None:
    if (graph.adjacency.data < 0).any():
        raise DataError("fair walks need edge weights of at least 0; some are negative")


def _weighed(graph: Graph, weights: np.ndarray) -> Graph:
    A = graph.adjacency
    return Graph(sp.csr_array((weights, A.indices, A.indptr), shape=A.shape), graph.names, directed=True)
