"""Baselines against dense formulas; the null model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.reconstruction.baselines import AdamicAdar, CommonNeighbours, TwoStepScorer
from graphemb.reconstruction.null_model import remade
from graphemb.reconstruction.restore import restore


def prepared(name: str, graph: Graph, numbers: int = 6) -> Any:
    return registry.build("baseline", name).prepare(graph, numbers, 0)


def dense(scorer: Any) -> np.ndarray:
    return np.asarray(scorer.block(np.arange(scorer.n), slice(0, scorer.n)))


@pytest.mark.parametrize("fixture", ["community_graph", "directed_graph"])
def test_every_baseline_ranks(fixture: str, request: pytest.FixtureRequest) -> None:
    graph: Graph = request.getfixturevalue(fixture)
    names = [e.name for e in registry.entries("baseline") if not (graph.directed and e.name == "positive")]
    e = Embedding(graph.names, np.random.default_rng(0).standard_normal((graph.n_nodes, 6)))
    frame = restore({"vectors": e}, graph, baselines=names).to_frame()
    assert list(dict.fromkeys(frame["method"])) == ["vectors", *names]
    assert frame["mAP"].between(0, 1).all()
    first = frame.set_index(["method", "direction"])["mAP"]
    way = "out" if graph.directed else "undirected"
    assert first["eckart-young", way] > 2 * first["random", way]


def test_degree_is_popularity_in_the_direction_asked(directed_graph: Graph) -> None:
    scorer = prepared("degree", directed_graph).scorer
    expected = np.outer(directed_graph.degree("out"), directed_graph.degree("in"))
    np.testing.assert_allclose(dense(scorer), expected)
    np.testing.assert_allclose(dense(scorer.reversed()), expected.T)


@pytest.mark.parametrize("fixture", ["community_graph", "directed_graph"])
def test_adamic_adar_weighs_paths_by_what_they_lead_through(fixture: str, request: pytest.FixtureRequest) -> None:
    graph: Graph = request.getfixturevalue(fixture)
    scorer, A = AdamicAdar().prepare(graph, 0).scorer, (graph.adjacency != 0).toarray().astype(float)
    degree = A.sum(axis=0) + (A.sum(axis=1) if graph.directed else 0)
    expected = A @ np.diag([1 / np.log(d) if d > 1 else 0 for d in degree]) @ A
    assert scorer.symmetric == (not graph.directed)
    np.testing.assert_allclose(dense(scorer), expected, rtol=1e-5)
    np.testing.assert_allclose(dense(scorer.reversed()), expected.T, rtol=1e-5)


@pytest.mark.parametrize("fixture", ["community_graph", "directed_graph"])
def test_common_neighbours_are_paths_of_length_two(fixture: str, request: pytest.FixtureRequest) -> None:
    graph: Graph = request.getfixturevalue(fixture)
    scorer, A = CommonNeighbours().prepare(graph, 0).scorer, (graph.adjacency != 0).toarray().astype(float)
    assert isinstance(scorer, TwoStepScorer) and scorer.symmetric == (not graph.directed)
    n = graph.n_nodes
    u, v = np.divmod(np.arange(n * n), n)
    some = np.array([5, 0, 3])
    for view, expected in ((scorer, A @ A), (scorer.reversed(), (A @ A).T)):
        np.testing.assert_array_equal(dense(view), expected)
        np.testing.assert_array_equal(view.block(some, slice(2, 9)), expected[some, 2:9])
        np.testing.assert_array_equal(view.pairs(u, v), expected.ravel())
        np.testing.assert_array_equal(dense(view.take(some)), expected[np.ix_(some, some)])
        np.testing.assert_array_equal(dense(view.take(some).reversed()), expected[np.ix_(some, some)].T)
        assert view.take(some).symmetric == view.symmetric


def test_rank_d_is_the_truncated_spectrum(community_graph: Graph) -> None:
    values, vectors = np.linalg.eigh(community_graph.adjacency.toarray())
    strongest = np.argsort(-abs(values))[:6]
    np.testing.assert_allclose(
        dense(prepared("eckart-young", community_graph).scorer),
        (vectors[:, strongest] * values[strongest]) @ vectors[:, strongest].T,
        atol=1e-5,
    )
    top = np.argsort(-values)[:6]
    np.testing.assert_allclose(
        dense(prepared("positive", community_graph).scorer), (vectors[:, top] * values[top]) @ vectors[:, top].T, atol=1e-5
    )


def test_rank_d_of_a_directed_graph_splits_its_numbers(directed_graph: Graph) -> None:
    contender = prepared("eckart-young", directed_graph, 6)
    assert contender.numbers_per_node == 6
    U, s, Vt = np.linalg.svd(directed_graph.adjacency.toarray())
    np.testing.assert_allclose(dense(contender.scorer), (U[:, :3] * s[:3]) @ Vt[:3], atol=1e-5)
    with pytest.raises(ParameterError, match="undirected"):
        prepared("positive", directed_graph)


def test_more_columns_than_the_rank_are_left_out(path_graph: Graph) -> None:
    star = Graph.from_edges([("hub", x) for x in "abcd"])
    assert prepared("eckart-young", star, 128).numbers_per_node == 2
    assert prepared("positive", star, 128).numbers_per_node == 1


def test_random_depends_on_the_seed_alone(community_graph: Graph) -> None:
    e = Embedding(community_graph.names, np.eye(60))
    one, two, other = (restore(e, community_graph, baselines="random", random_state=s).to_frame()["mAP"].iloc[1] for s in (1, 1, 2))
    assert one == two != other


def test_the_null_model_is_scored_on_its_own_graph(community_graph: Graph) -> None:
    from graphemb.nodes.spectral import Spectral

    e = Spectral(dim=6).fit(community_graph).embedding_
    found = restore(e, community_graph, null=2, baselines=["degree"], hops=(1, 2))
    frame = found.to_frame()
    assert frame["method"].tolist() == ["spectral"] * 2 + ["degree"] * 2 + ["spectral on rewired graph"] * 2
    assert frame["mAP"].iloc[4] > 2 * frame["chance"].iloc[4] and frame["chance"].iloc[4] == pytest.approx(frame["chance"].iloc[0])
    assert "2 graph(s) rewired" in found.settings["null model"]
    mixed = restore({"spectral": e, "mine": Embedding(e.names, e.vectors)}, community_graph, null=1)
    assert mixed.settings["without a null model"] == ["mine"]
    scorer, graph = found.scorer("spectral on rewired graph")
    assert graph.fingerprint != community_graph.fingerprint and graph.degree().tolist() == community_graph.degree().tolist()
    assert scorer.n == graph.n_nodes


def test_what_cannot_be_trained_again_has_no_null_model(community_graph: Graph) -> None:
    from graphemb.nodes.spectral import Spectral

    e = Spectral(dim=6).fit(community_graph).embedding_
    assert remade(e, community_graph) is not None
    assert remade(e.replace(meta={**e.meta, "edits": ["whitened"]}), community_graph) is None
    assert remade(e.replace(meta={"method": "of-my-own"}), community_graph) is None
    assert remade(e.replace(meta={}), community_graph) is None
