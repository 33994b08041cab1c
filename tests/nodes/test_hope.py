"""HOPE against dense proximity matrices."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.nodes.hope import HOPE, PROXIMITIES


def dense_proximity(A: np.ndarray, proximity: str, beta: float) -> np.ndarray:
    eye = np.eye(len(A))
    if proximity == "katz":
        return np.linalg.inv(eye - beta * A) @ (beta * A)
    if proximity == "rooted-pagerank":
        P = A / np.maximum(A.sum(axis=1, keepdims=True), 1e-300)
        return 0.15 * (np.linalg.inv(eye - 0.85 * P) - eye)
    if proximity == "common-neighbours":
        return A @ A
    total = A.sum(axis=0) + A.sum(axis=1)
    return A @ np.diag(np.where(total > 0, 1 / np.maximum(total, 1e-300), 0)) @ A


@pytest.fixture(params=["directed", "undirected", "weighted"])
def graph(request, directed_graph, community_graph) -> Graph:
    if request.param == "directed":
        return directed_graph
    if request.param == "undirected":
        return community_graph
    W = np.random.default_rng(0).random((60, 60))
    return Graph(community_graph.adjacency.toarray() * (W + W.T))


@pytest.mark.parametrize("proximity", PROXIMITIES)
@pytest.mark.parametrize("solver", ["dense", "arpack"])
def test_error_is_the_optimum_of_the_dense_proximity(graph, proximity, solver):
    hope = HOPE(dim=6, proximity=proximity, solver=solver).fit(graph)
    e = hope.embedding_
    S = dense_proximity(graph.adjacency.toarray(), proximity, e.meta["notes"].get("beta", 0))
    s = np.linalg.svd(S, compute_uv=False)
    optimum = np.sqrt((s[6:] ** 2).sum())
    assert np.linalg.norm(S - e.vectors @ e.context.T) == pytest.approx(optimum, rel=1e-4)


@pytest.mark.parametrize("proximity", ["katz", "common-neighbours", "adamic-adar"])
def test_undirected_context_is_not_counted_twice(community_graph, proximity):
    e = HOPE(dim=6, proximity=proximity).fit(community_graph).embedding_
    assert e.numbers_per_node == 6


def test_default_beta_is_half_the_inverse_spectral_radius(community_graph):
    notes = HOPE(dim=4).fit(community_graph).embedding_.meta["notes"]
    rho = np.linalg.eigvalsh(community_graph.adjacency.toarray()).max()
    assert notes["rho"] == pytest.approx(rho)
    assert notes["beta"] == pytest.approx(0.5 / rho)
    assert notes["beta_rule"] == "0.5 / spectral radius"


def test_nearly_acyclic_graph_takes_the_singular_value():
    A = np.triu(np.ones((30, 30)), 1)
    notes = HOPE(dim=4).fit(Graph(A, directed=True)).embedding_.meta["notes"]
    assert notes["rho"] == 0
    assert notes["beta"] == pytest.approx(0.5 / np.linalg.norm(A, 2))
    assert notes["beta_rule"] == "0.5 / largest singular value"


@pytest.mark.parametrize("name", ["directed_graph", "community_graph"])
def test_too_large_beta_is_refused_with_the_limit(request, name):
    graph = request.getfixturevalue(name)
    rho = abs(np.linalg.eigvals(graph.adjacency.toarray())).max()
    with pytest.raises(ParameterError, match=f"below 1 / spectral radius = {1 / rho:.6g}"):
        HOPE(dim=4, beta=1.0001 / rho).fit(graph)
    HOPE(dim=4, beta=0.9 / rho).fit(graph)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"proximity": "kats"}, UnknownNameError),
        ({"beta": 0}, ParameterError),
        ({"beta": float("nan")}, ParameterError),
        ({"alpha": 0.5}, ParameterError),
        ({"proximity": "rooted-pagerank", "alpha": 1.0}, ParameterError),
        ({"proximity": "common-neighbours", "beta": 0.1}, ParameterError),
    ],
)
def test_refused_settings(settings, error, path_graph):
    with pytest.raises(error):
        HOPE(dim=2, **settings).fit(path_graph)


@pytest.mark.parametrize("proximity", ["rooted-pagerank", "adamic-adar"])
def test_negative_weights(proximity):
    graph = Graph.from_edges([("a", "b", -1.0), ("b", "c", 2.0)])
    with pytest.raises(DataError, match="at least 0"):
        HOPE(dim=1, proximity=proximity).fit(graph)
    e = HOPE(dim=2).fit(graph).embedding_
    S = dense_proximity(graph.adjacency.toarray(), "katz", e.meta["notes"]["beta"])
    np.testing.assert_allclose(e.vectors @ e.context.T, S, atol=1e-6)


def test_randomized_solver_on_a_directed_graph(directed_graph):
    e = HOPE(dim=5, solver="randomized").fit(directed_graph).embedding_
    S = dense_proximity(directed_graph.adjacency.toarray(), "katz", e.meta["notes"]["beta"])
    optimum = np.sqrt((np.linalg.svd(S, compute_uv=False)[5:] ** 2).sum())
    assert optimum <= np.linalg.norm(S - e.vectors @ e.context.T) < 1.01 * optimum


@pytest.mark.shared
@pytest.mark.parametrize(("name", "expected"), [("ca-grqc", 0.240), ("ppi", 0.092)])
def test_reference_values_common_neighbours(real_map, name, expected):
    assert real_map(HOPE(dim=64, proximity="common-neighbours"), name) == pytest.approx(expected, abs=0.005)
