"""The learned decoder: its scores, and that it never scores what it was fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, UnknownNameError
from graphemb.reconstruction.decoders.learned import fit_logistic_decoder, pair_features
from graphemb.reconstruction.decoders.vectors import make_scorer

FEATURES = ["hadamard", "l1", "l2", "average"]


def embedded(graph: Graph, context: bool = False) -> Embedding:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, graph.n_nodes, 3)).astype(np.float32)
    x[:, :, 0] += 3 * (np.arange(graph.n_nodes) // 20 - 1)
    return Embedding(graph.names, x[0], x[1] if context else None)


@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("features", FEATURES)
def test_scores_are_the_log_odds(community_graph, features, context, assert_scores):
    e = fit_logistic_decoder(embedded(community_graph, context), community_graph, features=features)
    x, y, n = e.vectors, e.vectors if e.context is None else e.context, len(e)
    w, b, fold = (e.parameters[f"logistic.{k}"] for k in ("weight", "bias", "fold"))
    expected = np.array([(w[fold[u]] * pair_features(x[u], y, features)).sum(axis=1) + b[fold[u]] for u in range(n)])
    assert_scores(make_scorer(e), expected, 1e-4)


def test_squares_are_kept_within_distant_clusters(community_graph):
    e = embedded(community_graph)
    far = e.vectors * np.float32(1e-2) + 100 * (np.arange(60) % 4)[:, None].astype(np.float32)
    e = fit_logistic_decoder(e.replace(vectors=far), community_graph, features="l2")
    x = e.vectors.astype(float)
    w, b, fold = (e.parameters[f"logistic.{k}"] for k in ("weight", "bias", "fold"))
    expected = np.array([(w[fold[u]] * (x[u] - x) ** 2).sum(axis=1) + b[fold[u]] for u in range(60)])
    np.testing.assert_allclose(make_scorer(e).block(np.arange(60), slice(0, 60)), expected, rtol=1e-5, atol=1e-6)


def test_it_tells_edges_from_non_edges(community_graph):
    group = np.repeat(np.eye(3), 20, axis=0)  # what a perfect embedding of the three communities holds
    e = fit_logistic_decoder(Embedding(community_graph.names, group), community_graph, features="hadamard")
    scores = make_scorer(e).block(np.arange(60), slice(0, 60))
    edge = community_graph.adjacency.toarray() != 0
    assert (scores[edge][:, None] > scores[~edge]).mean() > 0.7  # the area under the curve; 0.5 is chance


@pytest.mark.parametrize("fold", [0, 1])
def test_the_weights_of_a_fold_never_saw_its_nodes(community_graph, fold):
    e = embedded(community_graph)
    whole = fit_logistic_decoder(e, community_graph, random_state=3)
    mine = whole.parameters["logistic.fold"] == fold
    adjacency = community_graph.adjacency.toarray()
    adjacency[mine] = 0  # every edge that touches the fold is other than it was
    adjacency[:, mine] = 0
    first, second = np.flatnonzero(mine)[:2]
    other = np.flatnonzero(~mine)[:2]
    for f, (u, v) in ((fold, (first, second)), (1 - fold, other)):
        if f == fold:
            adjacency[u, v] = adjacency[v, u] = 1
    changed = fit_logistic_decoder(e, Graph(adjacency, community_graph.names), random_state=3)
    np.testing.assert_array_equal(whole.parameters["logistic.weight"][fold], changed.parameters["logistic.weight"][fold])
    assert (whole.parameters["logistic.weight"][1 - fold] != changed.parameters["logistic.weight"][1 - fold]).any()


def test_the_fit_repeats_and_leaves_the_vectors(community_graph):
    e = embedded(community_graph)
    one, two = (fit_logistic_decoder(e, community_graph, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(one.parameters["logistic.weight"], two.parameters["logistic.weight"])
    np.testing.assert_array_equal(one.vectors, e.vectors)
    assert one.decoder == "logistic" and e.parameters == {}


def test_what_does_not_fit_is_refused(community_graph, path_graph):
    with pytest.raises(DataError, match="fitted first"):
        make_scorer(embedded(community_graph), "logistic")
    with pytest.raises(UnknownNameError, match="hadamard"):
        fit_logistic_decoder(embedded(community_graph), community_graph, features="hadamar")
    with pytest.raises(DataError, match="no edge"):
        fit_logistic_decoder(Embedding(path_graph.names[:4], np.eye(4)), Graph(np.zeros((4, 4)), path_graph.names))
