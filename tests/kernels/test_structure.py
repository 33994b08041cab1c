"""Cores, clustering and communities against networkx; best columns against sorting."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.errors import ParameterError
from graphemb.kernels.cores import core_numbers
from graphemb.kernels.louvain import louvain, modularity
from graphemb.kernels.topk import best_columns
from graphemb.kernels.triangles import clustering


def adjacency(graph: nx.Graph) -> sp.csr_array:
    return sp.csr_array(nx.to_scipy_sparse_array(graph, weight=None, format="csr", dtype=float))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.floats(0, 1), st.integers(0, 1000))
def test_cores_and_clustering_equal_networkx(n, p, seed):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    with_loops = adjacency(graph) + sp.diags_array((np.arange(n) % 2).astype(float))
    with_loops = sp.csr_array(with_loops)
    assert core_numbers(with_loops).tolist() == [nx.core_number(graph)[u] for u in range(n)]
    np.testing.assert_allclose(clustering(with_loops), [nx.clustering(graph)[u] for u in range(n)])


def test_hubs_and_real_graphs():
    for graph in (nx.star_graph(200), nx.karate_club_graph(), nx.les_miserables_graph(), nx.complete_graph(12)):
        graph = nx.convert_node_labels_to_integers(graph)
        assert core_numbers(adjacency(graph)).tolist() == list(nx.core_number(graph).values())
        np.testing.assert_allclose(clustering(adjacency(graph)), list(nx.clustering(graph).values()))


def test_communities_are_as_good_as_those_of_networkx():
    for graph in (nx.karate_club_graph(), nx.convert_node_labels_to_integers(nx.les_miserables_graph())):
        A = adjacency(graph)
        labels = louvain(A)
        groups = [set(np.flatnonzero(labels == c).tolist()) for c in range(labels.max() + 1)]
        assert modularity(A, labels) == pytest.approx(nx.community.modularity(graph, groups, weight=None))
        theirs = max(
            nx.community.modularity(graph, nx.community.louvain_communities(graph, weight=None, seed=s), weight=None) for s in range(5)
        )
        assert modularity(A, labels) > theirs - 0.03
        assert (np.diff(np.bincount(labels)) <= 0).all() and (louvain(A) == labels).all()


def test_planted_communities_are_found_and_isolated_nodes_stand_alone():
    A = sp.csr_array(sp.block_diag([np.ones((5, 5)), np.ones((4, 4)), np.zeros((2, 2))]))
    assert louvain(A).tolist() == [0] * 5 + [1] * 4 + [2, 3]
    assert modularity(sp.csr_array((3, 3)), np.zeros(3, dtype=int)) == 0


@given(st.integers(1, 6), st.integers(1, 20), st.integers(1, 8), st.integers(0, 1000))
def test_best_columns_equal_a_stable_sort(rows, columns, k, seed):
    scores = np.random.default_rng(seed).integers(-3, 3, size=(rows, columns)).astype(np.float32)
    scores[scores == -3] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    order[np.take_along_axis(scores, order, axis=1) == -np.inf] = -1
    expected = np.full((rows, k), -1)
    expected[:, : order.shape[1]] = order
    np.testing.assert_array_equal(best_columns(scores, k), expected)


def test_bad_k():
    with pytest.raises(ParameterError, match="at least 1"):
        best_columns(np.zeros((1, 1)), 0)
