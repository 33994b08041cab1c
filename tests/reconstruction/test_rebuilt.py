"""The rebuilt graph and its shape."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.scorer import InnerProduct
from graphemb.reconstruction.rebuilt import graph_shape, rebuild, rebuilt_table


def oracle(graph: Graph) -> InnerProduct:
    return InnerProduct(graph.adjacency.toarray().astype(np.float32), np.eye(len(graph), dtype=np.float32))


@pytest.mark.parametrize("kind", ["directed_graph", "community_graph"])
def test_the_oracle_rebuilds_the_graph(kind, request):
    graph = request.getfixturevalue(kind)
    again = rebuild(oracle(graph), graph)
    assert again.fingerprint == graph.fingerprint
    table = rebuilt_table(oracle(graph), graph)
    np.testing.assert_array_equal(table["original"], table["rebuilt"])


def test_the_shape_is_that_of_networkx(directed_graph, community_graph):
    shape, theirs = graph_shape(community_graph), community_graph.to_networkx()
    assert shape["components"] == nx.number_connected_components(theirs)
    assert shape["assortativity"] == pytest.approx(nx.degree_pearson_correlation_coefficient(theirs))
    assert shape["clustering"] == pytest.approx(np.mean([c for n, c in nx.clustering(theirs).items() if theirs.degree(n) > 1]))
    assert shape["max_core"] == max(nx.core_number(theirs).values()) and shape["reciprocity"] == 1
    assert graph_shape(directed_graph)["reciprocity"] == pytest.approx(nx.overall_reciprocity(directed_graph.to_networkx()))


def test_a_symmetric_decoder_makes_every_edge_mutual(directed_graph):
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    again = rebuild(InnerProduct(x, symmetric=True), directed_graph, k=100)
    assert again.n_edges == 100 and graph_shape(again)["reciprocity"] == 1 > graph_shape(directed_graph)["reciprocity"]
    assert again.n_self_loops == 0 and again.names == directed_graph.names


def test_communities_and_spectrum_of_a_good_and_a_bad_rebuild(community_graph):
    x = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    good, bad = (rebuilt_table(s, community_graph).set_index("figure") for s in (oracle(community_graph), InnerProduct(x, symmetric=True)))
    for figure in ("degree_distance", "spectrum_distance"):
        assert good.loc[figure, "rebuilt"] == pytest.approx(0, abs=1e-9) and bad.loc[figure, "rebuilt"] > 0.05
    assert good.loc["modularity", "rebuilt"] == good.loc["modularity", "original"] > bad.loc["modularity", "rebuilt"] + 0.2


def test_edgeless_and_unfitting(path_graph):
    empty = Graph(np.zeros((3, 3)))
    assert graph_shape(empty)["isolated"] == 3 and np.isnan(graph_shape(empty)["reciprocity"])
    with pytest.raises(DataError, match="with an edge"):
        rebuild(oracle(empty), empty)
    with pytest.raises(DataError, match="4 rows"):
        rebuild(oracle(empty), path_graph)
