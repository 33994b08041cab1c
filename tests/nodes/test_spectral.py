"""Spectral truncation against the matrix it approximates."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.errors import ParameterError, RankWarning
from graphemb.nodes.arope import AROPE
from graphemb.nodes.hope import HOPE
from graphemb.nodes.spectral import Spectral


def test_full_rank_gives_the_adjacency_matrix_back(community_graph):
    e = Spectral(dim=60).fit(community_graph).embedding_
    np.testing.assert_allclose(e.vectors @ e.context.T, community_graph.adjacency.toarray(), atol=1e-5)
    assert e.numbers_per_node == e.dim  # the target side is the source side up to signs


def test_truncation_error_is_the_eckart_young_optimum(community_graph):
    A = community_graph.adjacency.toarray()
    s = np.linalg.svd(A, compute_uv=False)
    e = Spectral(dim=10).fit(community_graph).embedding_
    assert np.linalg.norm(A - e.vectors @ e.context.T) ** 2 == pytest.approx((s[10:] ** 2).sum(), rel=1e-4)


def test_positive_part_is_the_nearest_positive_semidefinite_matrix(community_graph):
    values, X = np.linalg.eigh(community_graph.adjacency.toarray())
    count = int((values > 1e-9).sum())
    with pytest.warns(RankWarning, match="positive eigenvalues"):
        e = Spectral(dim=60, signs="positive").fit(community_graph).embedding_
    assert e.dim == count and e.context is None and e.decoder == "dot"
    np.testing.assert_allclose(e.vectors @ e.vectors.T, (X * np.maximum(values, 0)) @ X.T, atol=1e-5)


def test_directed_graph_is_rebuilt_by_source_and_target_and_not_by_either_alone(directed_graph):
    A = directed_graph.adjacency.toarray()
    e = Spectral(dim=np.linalg.matrix_rank(A)).fit(directed_graph).embedding_
    np.testing.assert_allclose(e.vectors @ e.context.T, A, atol=1e-5)
    assert abs(e.vectors @ e.vectors.T - A).max() > 0.5
    assert abs(e.context @ e.vectors.T - A).max() > 0.5


def test_no_positive_eigenvalue_leaves_one_column_of_zeros():
    with pytest.warns(RankWarning):
        e = Spectral(dim=2, signs="positive").fit(Graph(np.diag([-1.0, -2.0]))).embedding_
    assert e.vectors.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("settings", [{"signs": "negative"}, {"signs": "positive"}])
def test_refused_settings(settings, directed_graph):
    with pytest.raises(ParameterError, match="signs"):
        Spectral(dim=2, **settings).fit(directed_graph)


def test_large_graphs_say_that_the_answer_is_approximate(community_graph):
    e = Spectral(dim=3, solver="randomized").fit(community_graph).embedding_
    assert "approximate" in e.meta["notes"]["solver"]
    A = community_graph.adjacency.toarray()
    optimum = np.sqrt((np.linalg.svd(A, compute_uv=False)[3:] ** 2).sum())
    assert optimum <= np.linalg.norm(A - e.vectors @ e.context.T) < 1.001 * optimum


@pytest.mark.parametrize("method", [Spectral(dim=8), Spectral(dim=8, signs="positive"), HOPE(dim=8), AROPE(dim=8)])
@pytest.mark.parametrize("solver", ["dense", "arpack", "randomized"])
def test_nodes_out_of_reach_get_zeros_not_noise(community_graph, method, solver):
    A = sp.block_diag([community_graph.adjacency, np.zeros((7, 7))]).tocsr()
    e = method.set_params(solver=solver).fit(Graph(A)).embedding_
    assert not e.vectors[60:].any()
    assert e.vectors[:60].any(axis=1).all()
