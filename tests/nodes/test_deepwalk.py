"""DeepWalk and node2vec: what is learned, what is refused, what is counted."""

from __future__ import annotations

import os

import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.nodes.deepwalk import DeepWalk
from graphemb.nodes.node2vec import Node2Vec

QUICK = {"dim": 16, "n_walks": 10, "walk_length": 20, "window": 3, "lr": 0.1, "epochs": 5}


@pytest.mark.parametrize("method", [DeepWalk(**QUICK), Node2Vec(p=0.5, q=2, **QUICK)])
def test_neighbours_rank_far_above_chance(community_graph, mean_ap, method):
    e = method.fit(community_graph).embedding_
    assert e.numbers_per_node == 32
    assert mean_ap(e, community_graph) > 0.45  # chance is about 0.18


def test_node2vec_with_p_and_q_of_one_is_deepwalk(community_graph):
    first, second = (m.fit(community_graph).embedding_ for m in (DeepWalk(**QUICK), Node2Vec(p=1, q=1, **QUICK)))
    np.testing.assert_array_equal(first.vectors, second.vectors)


def test_directed_graph_tells_source_from_target(mean_ap):
    rng = np.random.default_rng(0)
    A = np.zeros((60, 60))
    A[:30, 30:] = rng.random((30, 30)) < 0.15  # half of the nodes only point, half are only pointed at
    A[30:, :30] = np.eye(30)  # each of these leads back to one node, so that walks go on
    graph = Graph(A, directed=True)
    e = DeepWalk(dim=32, n_walks=40, walk_length=20, window=1, lr=0.1, epochs=10).fit(graph).embedding_
    assert mean_ap(e, graph) > 0.8


def test_nodes_on_no_walk_get_zero_vectors_and_are_counted(path_graph):
    graph = Graph.from_edges([("a", "b"), ("b", "c")], names=["x", "a", "b", "c", "y"])
    with pytest.warns(DataWarning, match="2 of 5"):
        e = DeepWalk(dim=3, n_walks=2, walk_length=5).fit(graph).embedding_
    assert not e["x"].any() and not e["y"].any() and e["a"].any()
    assert e.meta["notes"]["never_visited"] == 2


def test_threads_are_said_to_be_not_reproducible(community_graph):
    one = DeepWalk(**QUICK).fit(community_graph).embedding_.meta["notes"]
    assert one["reproducible"] is True and "why_not_reproducible" not in one
    if len(os.sched_getaffinity(0)) > 1:
        two = DeepWalk(**QUICK, n_jobs=2).fit(community_graph).embedding_.meta["notes"]
        assert two["reproducible"] is False and "n_jobs=1" in two["why_not_reproducible"]


@pytest.mark.parametrize(
    "settings",
    [
        {"n_walks": 0},
        {"walk_length": 1},
        {"walk_length": 10_001},
        {"window": 0},
        {"window": 2.5},
        {"negative": 0},
        {"epochs": 0},
        {"lr": 0},
        {"lr": "fast"},
        {"lr": 1.5},
        {"n_jobs": 0},
    ],
)
def test_refused_settings(settings, path_graph):
    with pytest.raises(ParameterError, match=next(iter(settings))):
        DeepWalk(dim=2, **settings).fit(path_graph)


@pytest.mark.parametrize("settings", [{"p": 0}, {"q": -1}, {"p": True}])
def test_refused_node2vec_settings(settings, path_graph):
    with pytest.raises(ParameterError, match=next(iter(settings))):
        Node2Vec(dim=2, **settings).fit(path_graph)


def test_negative_weights_are_refused():
    with pytest.raises(DataError, match="negative"):
        DeepWalk(dim=2).fit(Graph.from_edges([("a", "b", -1.0)]))


@pytest.mark.shared
def test_reference_value(real_map):
    assert real_map(DeepWalk(dim=128), "ca-grqc") >= 0.86


def test_walks_that_end_early_are_said():
    tree = Graph.from_edges([(i, i // 3) for i in range(1, 60)], directed=True)
    with pytest.warns(DataWarning, match=r"after \d\.\d of 80 nodes on the mean.*graph\.undirected"):
        DeepWalk(dim=2, n_walks=2).fit(tree)
