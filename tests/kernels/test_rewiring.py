"""Double edge swaps keep degrees and little else."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.kernels.rewiring import rewired


@pytest.mark.parametrize("fixture", ["community_graph", "directed_graph"])
def test_degrees_stay_and_edges_do_not(fixture: str, request: pytest.FixtureRequest) -> None:
    graph: Graph = request.getfixturevalue(fixture)
    other = rewired(graph, random_state=3)
    assert other.n_edges == graph.n_edges and other.n_self_loops == 0 and other.directed == graph.directed
    for direction in ("out", "in"):
        np.testing.assert_array_equal(other.degree(direction), graph.degree(direction))
    kept = (other.adjacency * graph.adjacency).nnz / graph.adjacency.nnz
    assert kept < 0.5
    assert rewired(graph, random_state=3).fingerprint == other.fingerprint


def test_communities_are_gone(community_graph: Graph) -> None:
    group = np.repeat([0, 1, 2], 20)

    def within(graph: Graph) -> float:
        u, v, _ = graph.edges()
        return float(np.mean(group[u] == group[v]))

    assert within(community_graph) > 0.8
    assert within(rewired(community_graph)) < 0.5


def test_weights_and_names_stay() -> None:
    graph = Graph.from_edges([("a", "b", 2.0), ("c", "d", 3.0), ("e", "f", 4.0), ("a", "a", 9.0)])
    other = rewired(graph)
    assert list(other.names) == list(graph.names)
    assert sorted(other.edges()[2]) == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("edges", [[("a", "b")], [("hub", x) for x in "abcd"], [("a", "b"), ("b", "c"), ("c", "a")]])
def test_a_graph_without_a_swap_comes_back(edges: list[tuple[str, str]]) -> None:
    graph = Graph.from_edges(edges)
    assert rewired(graph).fingerprint == graph.fingerprint
