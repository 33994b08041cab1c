"""Laplacian Eigenmaps against the dense generalised eigenproblem."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, RankWarning
from graphemb.nodes.laplacian_eigenmaps import LaplacianEigenmaps


@pytest.mark.parametrize("solver", ["dense", "arpack"])
def test_eigenvectors_of_the_dense_problem(community_graph, solver):
    A = community_graph.adjacency.toarray()
    D = np.diag(A.sum(axis=1))
    exact = scipy.linalg.eigh(D - A, D, eigvals_only=True)[1:6]
    Y = LaplacianEigenmaps(dim=5, solver=solver).fit(community_graph).embedding_.vectors.astype(float)
    np.testing.assert_allclose(Y.T @ D @ Y, np.eye(5), atol=1e-5)
    np.testing.assert_allclose(np.diag(Y.T @ (D - A) @ Y), exact, atol=1e-5)


def test_every_zero_eigenvalue_is_skipped(community_graph):
    twice = Graph(sp.block_diag([community_graph.adjacency, community_graph.adjacency, np.ones((2, 2)) - np.eye(2)]))
    e = LaplacianEigenmaps(dim=6).fit(twice).embedding_
    Y = e.vectors.astype(float)
    degree = np.asarray(twice.adjacency.sum(axis=1)).ravel()
    for c in range(3):  # orthogonal to each component's own constant vector
        inside = twice.components == c
        np.testing.assert_allclose(degree[inside] @ Y[inside], 0, atol=1e-4)
    assert e.meta["notes"]["components"] == 3
    smoothness = 1 - np.diag(Y.T @ twice.adjacency.toarray() @ Y)
    assert (smoothness > 0.05).all()


def test_isolated_nodes_get_zero_vectors_and_are_counted(community_graph):
    graph = Graph(sp.block_diag([np.zeros((2, 2)), community_graph.adjacency]))
    with pytest.warns(DataWarning, match="zero vector: 2 of 62"):
        e = LaplacianEigenmaps(dim=3).fit(graph).embedding_
    assert not e.vectors[:2].any() and e.meta["notes"]["isolated"] == 2
    np.testing.assert_allclose(e.vectors[2:], LaplacianEigenmaps(dim=3).fit(community_graph).embedding_.vectors, atol=1e-5)


def test_fewer_columns_than_asked_for():
    path = Graph.from_edges([("a", "b"), ("b", "c"), ("d", "e")])
    with pytest.warns(RankWarning, match="has 3 columns"):
        assert LaplacianEigenmaps(dim=10).fit(path).embedding_.dim == 3


@pytest.mark.filterwarnings("ignore::graphemb.errors.GraphembWarning")
def test_edgeless_graph():
    assert LaplacianEigenmaps(dim=4).fit(Graph(np.zeros((3, 3)))).embedding_.vectors.tolist() == [[0.0]] * 3


def test_negative_weights_are_refused():
    with pytest.raises(DataError, match="negative"):
        LaplacianEigenmaps(dim=1).fit(Graph.from_edges([("a", "b", -1.0)]))


@pytest.mark.filterwarnings("ignore:isolated nodes:graphemb.errors.DataWarning")
def test_directed_graph_is_symmetrised_with_a_warning(directed_graph):
    with pytest.warns(DataWarning, match="knows no directions"):
        assert LaplacianEigenmaps(dim=2).fit(directed_graph).embedding_.decoder == "euclidean"
