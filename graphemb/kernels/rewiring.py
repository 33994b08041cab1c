"""A random graph with the degrees of a given one."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.data.graph import Graph
from graphemb.kernels.random import RandomState, generator

TRIES = 100
"""Attempts for one swap: in a graph so dense that fewer succeed, there is nearly nothing to swap."""


def rewired(graph: Graph, *, swaps: float = 5.0, random_state: RandomState = 0) -> Graph:
    """The graph after ``swaps`` times \\|E\\| double edge swaps: every degree stays, everything else is left to chance.

    Two edges a - b and c - d drawn at random become a - d and c - b, unless that makes a self-loop or an edge that is there
    already. In a directed graph every in-degree and out-degree stays. Weights travel with the first end of their edge;
    self-loops are left out. A graph that allows no swap (a star, a complete graph) comes back as it was.

    Memory: 8 bytes an edge three times, and a hash set of the edges.

    Source: Maslov and Sneppen, "Specificity and stability in topology of protein networks", Science 296 (2002).

    >>> graph = Graph.from_edges([("a", "b"), ("c", "d"), ("d", "e"), ("e", "a")])
    >>> rewired(graph).degree().tolist() == graph.degree().tolist()
    True
    """
    rng = generator(random_state)
    plain = graph.without_self_loops()
    sources, targets, weights = (np.array(part) for part in plain.edges())
    sources, targets = sources.astype(np.int64), targets.astype(np.int64)
    if len(sources) > 1:
        _swap(sources, targets, graph.n_nodes, round(swaps * len(sources)), graph.directed, rng)
    if not graph.directed:
        sources, targets, weights = np.r_[sources, targets], np.r_[targets, sources], np.r_[weights, weights]
    adjacency = sp.csr_array((weights, (sources, targets)), shape=(graph.n_nodes, graph.n_nodes))
    return Graph(adjacency, graph.names, directed=graph.directed)


@njit(cache=True)
def _swap(sources, targets, n, wanted, directed, rng):  # type: ignore[no-untyped-def]
    """Swap in place until ``wanted`` swaps succeeded or ``TRIES`` times as many were tried."""
    m = len(sources)
    there = set()
    for e in range(m):
        there.add(_key(sources[e], targets[e], n, directed))
    done = tried = 0
    while done < wanted and tried < TRIES * wanted:
        tried += 1
        i, j = int(rng.random() * m), int(rng.random() * m)
        a, b, c, d = sources[i], targets[i], sources[j], targets[j]
        if not directed and rng.random() < 0.5:  # an undirected edge has no first end
            c, d = d, c
        if a == d or c == b:
            continue
        first, second = _key(a, d, n, directed), _key(c, b, n, directed)
        if i == j or first in there or second in there:
            continue
        there.remove(_key(a, b, n, directed))
        there.remove(_key(c, d, n, directed))
        there.add(first)
        there.add(second)
        sources[i], targets[i], sources[j], targets[j] = a, d, c, b
        done += 1
    return done


@njit(cache=True)
def _key(u, v, n, directed):  # type: ignore[no-untyped-def]
    """One number for an edge; the same for both orders of an undirected one."""
    return u * n + v if directed or u < v else v * n + u
