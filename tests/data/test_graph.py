"""Graph: what it is, and that it comes back from everywhere it is sent."""

from __future__ import annotations

import pickle

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError, UnknownNameError

node = st.sampled_from([*"abcdefg", "x y", "é", "1"])
weight = st.sampled_from([0.0, 0.5, 1.0, 2.0, -1.0])
edge_lists = st.lists(st.tuples(node, node, weight), max_size=30)
directions = st.booleans()


def as_dict(graph: Graph) -> dict[tuple[str, str], float]:
    u, v, w = graph.edges()
    key = (lambda a, b: (a, b)) if graph.directed else (lambda a, b: tuple(sorted((a, b))))
    return {key(graph.names[i], graph.names[j]): x for i, j, x in zip(u, v, w, strict=True)}


def naive(edges: list[tuple[str, str, float]], directed: bool, repeated: str) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for u, v, w in edges:
        if w:
            found.setdefault((u, v) if directed else tuple(sorted((u, v))), []).append(w)  # type: ignore[arg-type]
    merged = {pair: sum(ws) if repeated == "sum" else max(ws) for pair, ws in found.items()}
    return {pair: w for pair, w in merged.items() if w}


@settings(deadline=None)
@given(edge_lists, directions, st.sampled_from(["max", "sum"]))
def test_edge_lists_are_merged_as_a_dictionary_would(edges: list[tuple[str, str, float]], directed: bool, repeated: str) -> None:
    graph = Graph.from_edges(edges, directed=directed, repeated=repeated)  # type: ignore[arg-type]
    assert as_dict(graph) == naive(edges, directed, repeated)
    assert list(graph.names) == list(dict.fromkeys(name for u, v, _ in edges for name in (u, v)))
    assert graph.n_edges == len(as_dict(graph))
    dense = graph.adjacency.toarray()
    assert directed or np.array_equal(dense, dense.T)
    assert graph.adjacency.has_sorted_indices and (graph.adjacency.data != 0).all()
    others = (dense != 0) & ~np.eye(len(dense), dtype=bool)
    assert graph.degree().tolist() == others.sum(axis=1).tolist()
    assert graph.degree("in").tolist() == others.sum(axis=0).tolist()
    reading = graph.meta["reading"]
    assert reading["listed"] == len(edges) and reading["zero_weight"] == sum(w == 0 for *_, w in edges)
    assert reading["listed"] - reading["zero_weight"] - reading["repeated"] >= graph.n_edges


@settings(deadline=None)
@given(edge_lists)
def test_an_undirected_edge_may_be_listed_once_or_twice(edges: list[tuple[str, str, float]]) -> None:
    once = Graph.from_edges(edges)
    twice = Graph.from_edges([e for u, v, w in edges for e in ((u, v, w), (v, u, w))])
    assert once.fingerprint == twice.fingerprint


@settings(deadline=None)
@given(edge_lists, directions)
def test_round_trips_keep_the_fingerprint(edges: list[tuple[str, str, float]], directed: bool) -> None:
    graph = Graph.from_edges(edges, directed=directed)
    others = [
        Graph.from_scipy(graph.to_scipy(), graph.names, directed=directed),
        Graph.from_scipy(graph.adjacency.toarray(), list(graph.names), directed=directed),
        Graph.from_networkx(graph.to_networkx()),
        Graph.from_frame(graph.to_frame(), weight="weight", directed=directed, names=graph.names),
        Graph.from_pyg(graph.to_pyg(), graph.names, directed=directed),
        pickle.loads(pickle.dumps(graph)),
        graph.reverse().reverse(),
        graph.renumbered(np.arange(graph.n_nodes)),
    ]
    assert {other.fingerprint for other in others} <= {graph.fingerprint}


def test_a_fingerprint_tells_graphs_apart() -> None:
    base = [("a", "b"), ("b", "c")]
    prints = {
        Graph.from_edges(base).fingerprint,
        Graph.from_edges(base, directed=True).fingerprint,
        Graph.from_edges([("a", "b"), ("a", "c")]).fingerprint,
        Graph.from_edges([("a", "b", 2), ("b", "c", 1)]).fingerprint,
        Graph.from_edges(base, names=["a", "b", "c", "d"]).fingerprint,
        Graph.from_edges([("a", "b"), ("b", "d")]).fingerprint,
    }
    assert len(prints) == 6


def test_names_given_add_isolated_nodes_and_set_the_order() -> None:
    graph = Graph.from_edges([("a", "b")], names=["z", "b", "a"])
    assert list(graph.names) == ["z", "b", "a"] and graph.degree().tolist() == [0, 1, 1]
    with pytest.raises(UnknownNameError, match="unknown node 'c'"):
        Graph.from_edges([("a", "c")], names=["a", "b"])


def test_self_loops_are_kept_and_counted() -> None:
    graph = Graph.from_edges([("a", "a"), ("a", "b")])
    assert (graph.n_self_loops, graph.n_edges, graph.meta["reading"]["self_loops"]) == (1, 2, 1)
    assert graph.degree().tolist() == [1, 1]
    assert graph.without_self_loops().n_edges == 1


def test_subgraph_components_and_directions() -> None:
    graph = Graph.from_edges([("x", "y"), ("a", "b"), ("b", "c"), ("c", "a")], names=["lone", "x", "y", "a", "b", "c"])
    assert graph.components.tolist() == [2, 1, 1, 0, 0, 0]
    part = graph.subgraph(["c", "a", "x"])
    assert list(part.names) == ["c", "a", "x"] and part.n_edges == 1
    directed = Graph.from_edges([("a", "b", 2.0), ("b", "a", 3.0), ("b", "c", 1.0)], directed=True)
    assert as_dict(directed.undirected()) == {("a", "b"): 3.0, ("b", "c"): 1.0}
    assert as_dict(directed.reverse()) == {("b", "a"): 2.0, ("a", "b"): 3.0, ("c", "b"): 1.0}
    with pytest.raises(DataError, match="more than once"):
        graph.subgraph(["a", "a"])
    with pytest.raises(UnknownNameError, match="unknown node 'q'"):
        graph.subgraph(["q"])


def test_the_empty_graph() -> None:
    for graph in (Graph.from_edges([]), Graph(np.empty((0, 0))), Graph.from_networkx(nx.Graph())):
        assert (graph.n_nodes, graph.n_edges, len(graph.components)) == (0, 0, 0)
        assert repr(graph) == "Graph(0 nodes, 0 edges, undirected)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Graph(np.zeros((2, 3))), "expected a square adjacency matrix, got 2 x 3"),
        (lambda: Graph(np.zeros(3)), r"expected a square adjacency matrix, got an array of shape \(3,\)"),
        (lambda: Graph([[0, 1], [0, 0]]), "an undirected graph needs a symmetric matrix, but '0' and '1' differ"),
        (lambda: Graph([[0, np.nan], [np.nan, 0]]), "2 edge weights are NaN or infinite, first between rows 0 and 1"),
        (lambda: Graph([["a", "b"], ["c", "d"]]), "an adjacency matrix holds numbers"),
        (lambda: Graph(np.zeros((2, 2)), ["a"]), "expected 2 names for an adjacency matrix of 2 rows, got 1"),
        (lambda: Graph(np.zeros((2, 2)), ["a", "a"]), "1 node is there more than once, first 'a'"),
        (lambda: Graph(np.zeros((2, 2)), nodes=pd.DataFrame({"x": [1]})), "expected a node table of 2 rows, got 1"),
        (lambda: Graph.from_edges([("a",)]), "edge 0 has 1 parts"),
        (lambda: Graph.from_edges([("a", "b"), ("a", None)]), "edge 1 has no target"),
        (lambda: Graph.from_edges([("a", "b", float("nan"))]), "1 edge weights are NaN or infinite, first at edge 0"),
        (lambda: Graph.from_edges([("a", "b", "x")]), "edge weights must be numbers"),
        (lambda: Graph.from_edges([("a", "b"), ("b", "a")], repeated="error"), "edges listed more than once: 1, first 'a' to 'b'"),
        (lambda: Graph.from_edges([("a", "b")], repeated="mean"), "repeated must be 'max', 'sum' or 'error', got 'mean'"),
        (lambda: Graph.from_arrays(["a"], ["b", "c"]), "expected as many targets as sources, got 2 and 1"),
        (lambda: Graph.from_arrays(["a"], ["b"], [1, 2]), "expected 1 weights"),
        (lambda: Graph.from_frame(pd.DataFrame({"source": ["a"], "to": ["b"]})), "no column 'target'; its columns are 'source', 'to'"),
    ],
)
def test_what_is_refused(make: object, message: str) -> None:
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        make()  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_it_is_immutable() -> None:
    source = sp.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    graph = Graph(source)
    source.data[0] = 9
    assert graph.adjacency.data.tolist() == [1.0, 1.0]
    for copy in (graph, pickle.loads(pickle.dumps(graph)), Graph.from_edges([("a", "b")])):
        with pytest.raises(ValueError, match="read-only"):
            copy.adjacency.data[0] = 5
    table = graph.nodes
    table["new"] = 1
    assert "new" not in graph.nodes


def test_networkx_keeps_the_node_table_and_adds_up_parallel_edges() -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("z", colour="red")
    graph.add_edge("a", "b", weight=2.0)
    graph.add_edge("a", "b", weight=3.0)
    read = Graph.from_networkx(graph)
    assert read.directed and as_dict(read) == {("a", "b"): 5.0}
    assert read.nodes["colour"].tolist()[0] == "red"
    back = Graph.from_networkx(read.to_networkx())
    assert back.fingerprint == read.fingerprint and back.to_networkx().nodes["z"]["colour"] == "red"
    assert as_dict(Graph.from_networkx(nx.path_graph(3))) == {("0", "1"): 1.0, ("1", "2"): 1.0}


def test_pyg_tells_direction_and_feature_matrices_are_no_weights() -> None:
    import torch
    from torch_geometric.data import Data

    both = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    assert not Graph.from_pyg(Data(edge_index=both, num_nodes=4)).directed
    assert Graph.from_pyg(Data(edge_index=both, num_nodes=4)).n_nodes == 4
    assert Graph.from_pyg(Data(edge_index=both[:, :1], num_nodes=2)).directed
    assert not Graph.from_pyg(Data(edge_index=both, edge_attr=torch.rand(4, 3), num_nodes=3)).weighted
    assert Graph.from_pyg(Data(edge_index=both, edge_attr=torch.full((4, 1), 2.0), num_nodes=3)).weighted
    with pytest.raises(DataError, match="with an edge_index, got a Data without one"):
        Graph.from_pyg(Data(num_nodes=3))
    for other in (None, [(0, 1)]):
        with pytest.raises(DataError, match=f"expected a PyG Data with an edge_index, got {type(other).__name__}"):
            Graph.from_pyg(other)  # type: ignore[arg-type]


def test_repr_says_what_it_is() -> None:
    assert repr(Graph.from_edges([("a", "b", 2)], directed=True)) == "Graph(2 nodes, 1 edges, directed, weighted)"
    assert "&lt;b&gt;" in Graph.from_edges([("<b>", "c")])._repr_html_()


def test_undirected_keeps_one_way_edges_of_negative_weight() -> None:
    edges = [("a", "b", -1.0), ("b", "c", 2.0), ("d", "c", -3.0), ("c", "d", -2.0), ("d", "d", -4.0)]
    graph = Graph.from_edges(edges, directed=True).undirected()
    assert as_dict(graph) == {("a", "b"): -1.0, ("b", "c"): 2.0, ("c", "d"): -2.0, ("d", "d"): -4.0}
    assert Graph.from_edges(edges[:2], directed=True).undirected().n_edges == 2


@settings(deadline=None)
@given(edge_lists)
def test_undirected_is_the_graph_of_the_same_list(edges: list[tuple[str, str, float]]) -> None:
    assert Graph.from_edges(edges, directed=True).undirected().fingerprint == Graph.from_edges(edges).fingerprint


def test_wide_indices_are_narrowed_where_they_fit() -> None:
    matrix = sp.csr_array(np.eye(3)[[1, 0, 2]])
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    graph = Graph(matrix)
    assert graph.adjacency.indices.dtype == graph.adjacency.indptr.dtype == np.int32
    assert as_dict(graph) == {("0", "1"): 1.0, ("2", "2"): 1.0}
    assert matrix.indices.dtype == np.int64
