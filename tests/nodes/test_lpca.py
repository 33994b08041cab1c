"""LPCA: exact on every kind of graph, or a certificate that says how far from it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph
from graphemb.errors import ConvergenceWarning, DataError, ParameterError, TrainingError, UnknownNameError
from graphemb.kernels.fewest_columns import SHRINK, fewer_columns, next_columns
from graphemb.nodes.lpca import LPCA
from graphemb.reconstruction.certificate import certify


def rebuilt(embedding) -> np.ndarray:
    """The graph by the rule of the certificate, n x n: small graphs only."""
    found = embedding.vectors.astype(float) @ embedding.context.astype(float).T > 0
    np.fill_diagonal(found, False)
    return found


def edges_of(graph: Graph) -> np.ndarray:
    edges = graph.adjacency.toarray() != 0
    np.fill_diagonal(edges, False)
    return edges


def star(n: int) -> Graph:
    return Graph.from_edges([(0, i) for i in range(1, n)])


GRAPHS = {
    "one node": Graph(sp.csr_array((1, 1))),
    "two nodes": Graph.from_edges([("a", "b")]),
    "two nodes, no edge": Graph(sp.csr_array((2, 2))),
    "no edges": Graph(sp.csr_array((30, 30))),
    "loops only": Graph(np.eye(4)),
    "complete": Graph(np.ones((40, 40)) - np.eye(40)),
    "complete, with loops": Graph(np.ones((12, 12))),
    "star": star(60),
    "isolated nodes": Graph(sp.block_diag([star(10).adjacency, np.zeros((5, 5))])),
    "one direction": Graph(np.triu(np.ones((25, 25)), 1), directed=True),
    "matching": Graph(np.kron(np.eye(20), [[0, 1], [1, 0]])),
}


BOTH = pytest.mark.parametrize("solver", ["full", "mined"])


@BOTH
@pytest.mark.parametrize("name", GRAPHS)
def test_odd_graphs_are_rebuilt_exactly(name, solver):
    graph = GRAPHS[name]
    e = LPCA(dim=8, solver=solver).fit(graph).embedding_
    np.testing.assert_array_equal(rebuilt(e), edges_of(graph))
    facts = e.meta["certificate"]
    assert facts["exact"] and facts["false"] == facts["missing"] == facts["undecided"] == 0
    assert facts["edges"] == edges_of(graph).sum() and facts["pairs"] == graph.n_nodes * (graph.n_nodes - 1)
    assert facts["fingerprint"] == graph.fingerprint and "U_u . V_v > 0" in facts["rule"]
    assert json.loads(json.dumps(e.meta, allow_nan=False)) == e.meta
    assert certify(e, graph).recorded == "confirmed"


@BOTH
@pytest.mark.parametrize(
    ("graph", "dim"),
    [
        (Graph.from_edges([("a", "b")], directed=True), 1),  # half of the pairs are edges, so their log-odds are 0
        (Graph.from_edges([(0, 1), (1, 2), (2, 3)]), 2),  # so are those of a path of four
        (Graph(np.kron([[0, 1], [1, 0]], np.ones((3, 3)))), 1),  # every node has three edges: the start must tell them apart
    ],
    ids=["one edge of two", "path of four", "bipartite"],
)
def test_no_column_starts_where_it_cannot_move(graph, dim, solver):
    e = LPCA(dim=dim, solver=solver).fit(graph).embedding_
    np.testing.assert_array_equal(rebuilt(e), edges_of(graph))


@BOTH
def test_communities_and_directed_graphs_are_rebuilt(community_graph, directed_graph, solver):
    for graph in (community_graph, directed_graph):
        e = LPCA(dim=16, solver=solver).fit(graph).embedding_
        np.testing.assert_array_equal(rebuilt(e), edges_of(graph))
        assert e.decoder == "source-target" and e.meta["notes"]["solver"] == solver
        assert len(e.meta["notes"]["losses"]) < 50  # it stops by itself


def test_nodes_without_edges_on_a_side_have_zero_vectors(directed_graph):
    e = LPCA(dim=8).fit(directed_graph).embedding_
    A = directed_graph.adjacency.toarray()
    np.testing.assert_array_equal(e.vectors.any(axis=1), A.any(axis=1))
    np.testing.assert_array_equal(e.context.any(axis=1), A.any(axis=0))


@pytest.mark.parametrize("weight", [-2.0, 1e-12, 1e6])
def test_weights_do_not_count(community_graph, weight):
    plain = LPCA(dim=16).fit(community_graph).embedding_
    weighted = Graph(community_graph.adjacency * weight)
    e = LPCA(dim=16).fit(weighted).embedding_
    np.testing.assert_array_equal(e.vectors, plain.vectors)
    assert e.meta["certificate"]["exact"] and e.meta["certificate"]["fingerprint"] == weighted.fingerprint


def test_too_few_columns_are_told_with_counts(community_graph):
    with pytest.warns(ConvergenceWarning, match=r"[1-9]\d* missing of 554 edges") as caught:
        e = LPCA(dim=1, epochs=2).fit(community_graph).embedding_
    assert caught[0].filename == __file__
    facts = e.meta["certificate"]
    assert not facts["exact"] and facts["missing"] == (edges_of(community_graph) & ~rebuilt(e)).sum()
    assert certify(e, community_graph).recorded == "confirmed"


def test_small_graphs_take_all_pairs(community_graph):
    assert LPCA(16).fit(community_graph).embedding_.meta["notes"]["solver"] == "full"


@BOTH
def test_threads_do_not_change_the_numbers(community_graph, solver):
    one, two = (LPCA(dim=16, solver=solver, n_jobs=jobs).fit(community_graph).embedding_ for jobs in (1, 2))
    np.testing.assert_array_equal(one.vectors, two.vectors)


# -- the fewest columns


def test_fewest_columns_of_a_complete_graph_is_one():
    e = LPCA("auto").fit(GRAPHS["complete"]).embedding_
    assert e.dim == 1 and e.meta["certificate"]["exact"]
    tries = e.meta["notes"]["tries"]
    assert [t["dim"] for t in tries][-1] == 1 and all(t["exact"] for t in tries)
    assert e.meta["notes"]["evaluations"] == sum(t["evaluations"] for t in tries)


def test_fewest_columns_of_communities(community_graph):
    e = LPCA("auto", epochs=40).fit(community_graph).embedding_
    tried = {t["dim"]: t["exact"] for t in e.meta["notes"]["tries"]}
    assert tried[e.dim] and tried[e.dim - 1] is False and 2 < e.dim < 16
    np.testing.assert_array_equal(rebuilt(e), edges_of(community_graph))
    assert e.meta["parameters"]["dim"] == "auto"


def test_fewest_columns_without_edges():
    e = LPCA("auto").fit(GRAPHS["no edges"]).embedding_
    assert e.dim == 1 and not e.vectors.any() and e.meta["certificate"]["exact"]


def test_search_goes_up_and_then_closes_in():
    """Exact from 45 columns on: what is tried, and that it ends."""
    tries: list[dict] = []
    dim = 16
    while dim is not None:
        tries.append({"dim": dim, "exact": dim >= 45})
        dim = next_columns(tries, most=100)
    assert [t["dim"] for t in tries] == [16, 32, 64, 48, 40, 44, 46, 45]
    assert next_columns([{"dim": 100, "exact": False}], most=100) is None
    assert next_columns([{"dim": 1, "exact": True}], most=100) is None


def test_fewer_columns_are_the_best_part_of_the_scores():
    rng = np.random.default_rng(0)
    U, V = rng.normal(size=(30, 6)), rng.normal(size=(30, 6))
    X, s, Yt = np.linalg.svd(U @ V.T)
    u, v = fewer_columns(U, V, 4)
    np.testing.assert_allclose(u @ v.T, SHRINK * (X[:, :4] * s[:4]) @ Yt[:4], atol=1e-5)


# -- interrupted


def interrupted(graph: Graph, path, epoch: int, **settings):
    """Stopped after some epochs, resumed, done."""
    with pytest.warns(ConvergenceWarning):
        LPCA(**settings).fit(graph, callback=lambda done, *_: done == epoch, checkpoint=path)
    assert path.exists()
    epochs = []
    e = LPCA(**settings).fit(graph, callback=lambda done, *_: epochs.append(done) and False, checkpoint=path).embedding_
    assert not path.exists() and epochs[0] == epoch + 1
    return e


@BOTH
@pytest.mark.parametrize("epoch", [1, 2])
def test_interrupted_and_resumed_equals_uninterrupted(community_graph, tmp_path, epoch, solver):
    settings = {"dim": 9, "solver": solver}
    whole = LPCA(**settings).fit(community_graph).embedding_
    e = interrupted(community_graph, tmp_path / "fit.safetensors", epoch, **settings)
    np.testing.assert_array_equal(e.vectors, whole.vectors)
    np.testing.assert_array_equal(e.context, whole.context)
    assert e.meta["notes"] == whole.meta["notes"] and e.meta["certificate"] == whole.meta["certificate"]


@pytest.mark.parametrize(("solver", "stop"), [("full", 1), ("full", 4), ("full", 7), ("mined", 7)])
def test_interrupted_search_goes_on_where_it_was(community_graph, tmp_path, solver, stop):
    search = LPCA("auto", epochs=25, solver=solver)
    whole = search.fit(community_graph).embedding_
    path = tmp_path / "search.safetensors"

    class Stop(Exception):
        pass

    def callback(done, *_):
        if done == stop:
            raise Stop  # as if the process had been ended: the checkpoint of this epoch is written

    with pytest.raises(Stop):
        search.fit(community_graph, callback=callback, checkpoint=path)
    e = search.fit(community_graph, checkpoint=path).embedding_
    np.testing.assert_array_equal(e.vectors, whole.vectors)
    assert [t["dim"] for t in e.meta["notes"]["tries"]] == [t["dim"] for t in whole.meta["notes"]["tries"]]


def test_checkpoint_of_other_settings_is_refused(community_graph, tmp_path):
    path = tmp_path / "fit.safetensors"
    with pytest.warns(ConvergenceWarning):
        LPCA(9).fit(community_graph, callback=lambda *_: True, checkpoint=path)
    with pytest.raises(DataError, match="dim is 9 there"):
        LPCA(10).fit(community_graph, checkpoint=path)


# -- refused


def test_refused_settings(path_graph):
    with pytest.raises(UnknownNameError, match="did you mean 'full'"):
        LPCA(2, solver="ful").fit(path_graph)
    with pytest.raises(ParameterError, match="epochs"):
        LPCA(2, epochs=0).fit(path_graph)
    with pytest.raises(ParameterError, match="n_jobs"):
        LPCA(2, n_jobs=0).fit(path_graph)
    with pytest.raises(ParameterError, match="dim must be a whole number"):
        LPCA("many").fit(path_graph)
    with pytest.raises(ParameterError, match="whole number as random_state"):
        LPCA(2, random_state=None).fit(path_graph, checkpoint="unused")


def test_absent_graphics_card_is_refused(path_graph, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ParameterError, match="no graphics card"):
        LPCA(2, device="cuda").fit(path_graph)
    assert LPCA(4, device="auto").fit(path_graph).embedding_.meta["notes"]["device"] == "cpu"


def test_loss_that_is_not_finite_is_told(path_graph, monkeypatch):
    monkeypatch.setattr("graphemb.kernels.logistic_training.FullBatch.epoch", lambda *_: float("nan"))
    with pytest.raises(TrainingError, match="nan"):
        LPCA(2).fit(path_graph)


# -- real graphs


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(("name", "dim"), [("ca-grqc", 16), ("ppi", 64)])
def test_real_graphs_are_rebuilt_exactly(shared_data, name, dim):
    graph = read_graph(shared_data / "graphs" / name / "edges.tsv.gz")
    e = LPCA(dim).fit(graph).embedding_
    assert e.meta["certificate"]["exact"] and certify(e, graph).recorded == "confirmed"
