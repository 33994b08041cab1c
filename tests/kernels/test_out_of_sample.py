"""New nodes against the dense matrices they would have had a row in, and what happens to edges that cannot be used."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.method import NotFittedError
from graphemb.kernels.out_of_sample import links_of, rows_times
from graphemb.nodes.arope import AROPE
from graphemb.nodes.hope import HOPE
from graphemb.nodes.spectral import Spectral

NAMES = [f"known {i}" for i in range(6)]


@pytest.fixture
def ring() -> Graph:
    return Graph.from_edges([(NAMES[i], NAMES[(i + 1) % 6], i + 1.0) for i in range(6)], names=NAMES)


def test_links_are_found_by_name_whatever_the_order(ring):
    e = Spectral(dim=2).fit(ring).embedding_
    edges = Graph.from_edges([("y", "known 4", 2.0), ("known 1", "x", 3.0), ("known 0", "y", 0.5)])
    links = links_of(e, edges, "Spectral")
    assert list(links.names) == ["y", "x"]
    assert links.out.toarray().tolist() == [[0.5, 0, 0, 0, 2, 0], [0, 3, 0, 0, 0, 0]]
    assert (links.out != links.into).nnz == 0


def test_directed_links_have_two_sides():
    known = Graph.from_edges([("a", "b"), ("b", "c")], directed=True)
    e = Spectral(dim=2).fit(known).embedding_
    links = links_of(e, Graph.from_edges([("x", "a"), ("c", "x", 5)], directed=True), "Spectral")
    assert links.out.toarray().tolist() == [[1, 0, 0]]
    assert links.into.toarray().tolist() == [[0, 0, 5]]


def test_edges_that_cannot_be_used_are_counted_and_said(ring):
    method = Spectral(dim=2).fit(ring)
    edges = Graph.from_edges(
        [("x", "known 0"), ("x", "y"), ("x", "x"), ("y", "z"), ("known 0", "known 3"), ("known 1", "known 1")],
        names=["z", "y", "x", *NAMES],
    )
    with pytest.warns(DataWarning, match="3 edges among new nodes.*2 of 3 new nodes have no edge to a fitted one") as caught:
        new = method.transform(edges)
    assert caught[0].filename == __file__
    counts = new.meta["transform"]
    assert (counts["new_nodes"], counts["edges_used"], counts["edges_among_new"], counts["edges_among_known"]) == (3, 1, 3, 2)
    assert counts["without_edge"] == 2 and counts["fitted_on"]["fingerprint"] == ring.fingerprint
    assert list(new.names) == ["z", "y", "x"] and not new.vectors[:2].any() and new.vectors[2].any()


def test_edges_among_known_nodes_change_nothing(ring):
    method = HOPE(dim=3).fit(ring)
    alone = method.transform(Graph.from_edges([("x", "known 0"), ("x", "known 2")]))
    beside = method.transform(Graph.from_edges([("x", "known 0"), ("x", "known 2"), ("known 1", "known 4")]))
    np.testing.assert_array_equal(alone.vectors, beside.vectors)


def test_nodes_together_are_nodes_one_by_one(community_graph):
    method = HOPE(dim=8).fit(community_graph)
    edges = [("x", "3"), ("x", "7"), ("y", "30"), ("y", "31"), ("y", "3")]
    both = method.transform(Graph.from_edges(edges))
    for i, name in enumerate("xy"):
        one = method.transform(Graph.from_edges([e for e in edges if e[0] == name]))
        np.testing.assert_allclose(both.vectors[i], one.vectors[0], rtol=1e-6)


def test_before_fit():
    with pytest.raises(NotFittedError, match="call fit"):
        Spectral().transform(Graph.from_edges([("x", "a")]))


def test_wrong_input(ring):
    method = Spectral(dim=2).fit(ring)
    with pytest.raises(DataError, match="fitted on an undirected graph, but the new edges are directed"):
        method.transform(Graph.from_edges([("x", "known 0")], directed=True))
    with pytest.raises(DataError, match="no node of the new edges is new: all 6"):
        method.transform(ring)
    with pytest.raises(DataError, match="no node"):
        method.transform(Graph(sp.csr_array((0, 0))))
    with pytest.raises(DataError, match=r"Spectral\.transform needs a Graph, got list"):
        method.transform([("x", "known 0")])


@pytest.mark.parametrize("proximity", ["rooted-pagerank", "adamic-adar"])
def test_negative_weights(ring, proximity):
    method = HOPE(dim=2, proximity=proximity).fit(ring)
    with pytest.raises(DataError, match="1 are negative"):
        method.transform(Graph.from_edges([("x", "known 0", -1.0)]))


def test_settings_changed_after_the_fit_change_nothing(community_graph):
    edges = Graph.from_edges([("x", "3"), ("x", "7")])
    for method, change in (
        (HOPE(dim=4), {"beta": 1e-3, "proximity": "adamic-adar"}),
        (AROPE(dim=4), {"weights": (1, 5)}),
        (HOPE(dim=4, proximity="rooted-pagerank"), {"alpha": 0.1, "proximity": "katz"}),
    ):
        before = method.fit(community_graph).transform(edges)
        np.testing.assert_array_equal(method.set_params(**change).transform(edges).vectors, before.vectors)


@pytest.mark.parametrize("method", [HOPE(dim=4), HOPE(dim=4, proximity="common-neighbours"), AROPE(dim=4)])
def test_a_pickled_method_places_the_same(community_graph, method):
    edges = Graph.from_edges([("x", "3"), ("x", "7")])
    copy = pickle.loads(pickle.dumps(method.fit(community_graph)))  # our own bytes, of a moment ago
    np.testing.assert_array_equal(copy.transform(edges).vectors, method.transform(edges).vectors)


def test_the_graph_is_kept_only_where_it_is_needed(community_graph):
    method = HOPE(dim=4, proximity="adamic-adar").fit(community_graph)
    assert method.graph_ is community_graph
    assert method.set_params(proximity="katz").fit(community_graph).graph_ is None


def test_old_and_new_rows_go_together(community_graph, tmp_path):
    method = HOPE(dim=4).fit(community_graph)
    new = method.transform(Graph.from_edges([("x", "3"), ("x", "7")]))
    both = method.embedding_.append(new)
    assert len(both) == 61 and both.decoder == "source-target" and both.numbers_per_node == 4
    assert both.score("x", "3") == pytest.approx(float(new.vectors[0] @ method.embedding_.context[3]))
    assert both.meta["method"] == "hope" and both.meta["appended"] == [new.meta]
    both.save(tmp_path / "both.arrow")
    assert Embedding.load(tmp_path / "both.arrow", verify=True).meta == both.meta


def test_a_graph_without_edges_places_at_zero():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method = HOPE(dim=2).fit(Graph(sp.csr_array((3, 3))))
    assert not method.transform(Graph.from_edges([("x", "0")])).vectors.any()


def test_rows_times_touches_only_rows_with_an_edge():
    factor = np.full((5, 2), np.nan, dtype=np.float32)
    factor[[1, 3]] = [[1, 2], [3, 4]]
    edges = sp.csr_array((np.array([2.0, 1.0, 1.0]), (np.array([0, 0, 2]), np.array([1, 3, 3]))), shape=(3, 5))
    assert rows_times(edges, factor).tolist() == [[5, 8], [0, 0], [3, 4]]
