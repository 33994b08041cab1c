"""The biased evaluators: named apart, as biased as measured, and no closer to mAP than they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.hops import hop_sets
from graphemb.reconstruction.restore import restore
from graphemb.reconstruction.variants import VARIANTS, _balanced, literature_variants


@pytest.fixture
def noisy(community_graph: Graph) -> Embedding:
    vectors = np.linalg.eigh(community_graph.adjacency.toarray())[1][:, -4:]
    return Embedding(community_graph.names, vectors)


def values(embedding: Embedding, graph: Graph, *names: str, seed: int = 0) -> dict[str, float]:
    table = literature_variants(embedding, graph, names or None, random_state=seed)
    return dict(zip(table["variant"], table["value"], strict=True))


def test_none_is_called_map() -> None:
    assert "mAP" not in VARIANTS and "MAP" not in VARIANTS


def test_fewer_candidates_flatter(noisy: Embedding, community_graph: Graph) -> None:
    exact = restore(noisy, community_graph).to_frame().loc[0, "mAP"]
    found = values(noisy, community_graph)
    assert exact < found["mAP_pairs10"] and exact < found["AP_1to1"]
    assert found["mAP_induced1024"] == pytest.approx(exact)  # the graph has fewer nodes, so the subgraph is all of it


def test_gem_counts_each_pair_once_and_divides_by_hits() -> None:
    graph = Graph.from_edges([("a", "b"), ("b", "c"), ("a", "d")])
    scores = np.array([[0, 2, 3, -1], [2, 0, 1, 1], [3, 1, 0, 1], [-1, 1, 1, 0]], dtype=float)
    e = Embedding(graph.names.take(np.array([0, 1, 2, 3])), scores, np.eye(4))
    # a ranks c (false), b (true), and loses d (negative): 1/2; b ranks c and d, level: (1 + 1/2) / 2; c and d have no hit
    assert values(e, graph, "MAP_GEM")["MAP_GEM"] == pytest.approx((1 / 2 + 3 / 4) / 4)


def test_gem_depends_on_the_order_of_nodes(noisy: Embedding, community_graph: Graph) -> None:
    turned = community_graph.renumbered(np.random.default_rng(0).permutation(60))
    assert values(noisy, turned, "MAP_GEM") != pytest.approx(values(noisy, community_graph, "MAP_GEM"))


def test_draws_follow_the_seed(noisy: Embedding, community_graph: Graph) -> None:
    assert values(noisy, community_graph, seed=1) == values(noisy, community_graph, seed=1)
    assert values(noisy, community_graph, seed=1) != values(noisy, community_graph, seed=2)


def test_directed_graphs(directed_graph: Graph) -> None:
    perfect = Embedding(directed_graph.names, directed_graph.adjacency.toarray(), np.eye(40))
    assert values(perfect, directed_graph) == dict.fromkeys(VARIANTS, 1.0)


@pytest.mark.parametrize("density", [0.05, 0.4, 0.8])
def test_a_false_candidate_for_every_true_one(density: float) -> None:
    rng = np.random.default_rng(0)
    A = np.triu(rng.random((50, 50)) < density, 1)
    A = A | A.T
    A[0] = A[:, 0] = False  # a node without neighbours
    nodes, graph = np.arange(0, 40), Graph(A.astype(float))
    relevant = hop_sets(graph.adjacency, nodes, 1).ball(1)
    draws = np.stack([_balanced(nodes, relevant, 50, rng) for _ in range(400)])
    assert draws[:, A[:40]].all() and not draws[:, nodes, nodes].any()
    degree = A[:40].sum(axis=1)
    wanted = np.minimum(degree, 49 - degree)
    assert (draws.sum(axis=2) == degree + wanted).all()
    false = ~A[:40]
    false[nodes, nodes] = False
    expected = (wanted / np.maximum(49 - degree, 1))[:, None] * np.ones((40, 50))
    assert abs(draws.mean(axis=0) - expected)[false].max() < 0.12  # every false candidate as often as any other


def test_complete_graphs_have_no_false_candidate() -> None:
    graph = Graph(np.ones((4, 4)) - np.eye(4))
    assert values(Embedding(graph.names, np.eye(4)), graph, "AP_1to1") == {"AP_1to1": 1.0}


def test_what_is_refused(noisy: Embedding, community_graph: Graph) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'AP_1to1'"):
        literature_variants(noisy, community_graph, ["AP_1to2"])
    with pytest.raises(DataError, match="no vector for 20 of 60"):
        literature_variants(noisy.take(np.arange(40)), community_graph)
    with pytest.raises(DataError, match="no edge"):
        literature_variants(noisy, Graph(np.zeros((60, 60))))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "induced", "tenth", "hundredth", "one", "gem"),
    [("ca-grqc", 0.564, 0.667, 0.852, 0.935, 0.271), ("ppi", 0.657, 0.695, 0.884, 0.980, 0.545)],
)
def test_as_measured_elsewhere(
    name: str, induced: float, tenth: float, hundredth: float, one: float, gem: float, shared_data: Path
) -> None:
    from graphemb.data.graph_file import read_graph
    from graphemb.nodes.spectral import Spectral

    graph = read_graph(shared_data / "graphs" / name / "edges.tsv.gz")
    graph = graph.renumbered(
        np.argsort(np.asarray(graph.names).astype(int))
    )  # the order of the file's numbers, which GEM's rule depends on
    found = values(Spectral(dim=128).fit(graph).embedding_, graph)
    wanted = {"mAP_induced1024": induced, "mAP_pairs10": tenth, "mAP_pairs1": hundredth, "AP_1to1": one, "MAP_GEM": gem}
    assert found == pytest.approx(wanted, abs=0.025)
