"""Truncated breadth-first search against all shortest paths."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import shortest_path

from graphemb.data.graph import Graph
from graphemb.kernels.hops import hop_sets


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.integers(1, 4), st.booleans(), st.integers(1, 3), st.booleans())
def test_rings_and_balls_are_those_of_all_shortest_paths(n: int, seed: int, hops: int, directed: bool, jobs: int, backward: bool) -> None:
    rng = np.random.default_rng(seed)
    adjacency = sp.csr_array(rng.random((n, n)) < rng.choice([1 / n, 3 / n, 0.5]))  # self-loops among them
    adjacency = adjacency if directed else adjacency.maximum(adjacency.T)
    distance = shortest_path(adjacency, unweighted=True)
    sources = rng.permutation(n)[: rng.integers(0, n + 1)]
    found = hop_sets(adjacency.tocsr(), sources, hops, reverse=adjacency.T.tocsr() if backward else None, n_jobs=jobs)
    for i, u in enumerate(sources):
        for k in range(1, hops + 1):
            assert sorted(found.ring(k).of(i)) == np.flatnonzero(distance[u] == k).tolist()
            assert sorted(found.ball(k).of(i)) == [v for v in np.flatnonzero(distance[u] <= k) if v != u]


def test_direction_is_followed(directed_graph: Graph) -> None:
    sets = hop_sets(directed_graph.adjacency, np.array([6, 5]), 2)
    assert sets.ball(2).sizes[0] == 0  # the isolated node
    assert sets.ball(2).sizes[1] == 0  # the sink


def test_unreachable_nodes_are_in_no_ring() -> None:
    two_pairs = Graph.from_edges([("a", "b"), ("c", "d")])
    sets = hop_sets(two_pairs.adjacency, np.arange(4), 3)
    assert sets.ball(3).sizes.tolist() == [1, 1, 1, 1]
    assert sets.ring(2).sizes.tolist() == [0, 0, 0, 0]


def test_renamed_sets_keep_their_bounds() -> None:
    star = Graph.from_edges([("hub", "a"), ("hub", "b")])
    renamed = hop_sets(star.adjacency, np.array([0]), 1).ball(1).renamed(np.array([7, 8, -1]))
    assert sorted(renamed.of(0).tolist()) == [-1, 8]


@pytest.mark.parametrize("n", [3000])
def test_a_long_search_grows_its_buffer(n: int) -> None:
    cycle = Graph(sp.csr_array((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n)), directed=True)
    assert hop_sets(cycle.adjacency, np.array([0]), n - 1).ball(n - 1).sizes.tolist() == [n - 1]
