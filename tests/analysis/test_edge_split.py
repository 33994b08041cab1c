"""The edge split: connected where the graph was, no edge in two places, non-edges uniform."""

from __future__ import annotations

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.analysis.edge_split import free_pairs, n_pairs, require_splits_of, split_edges, split_repeatedly
from graphemb.data.graph import Graph
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, DataWarning, ParameterError


def pairs_of(graph: Graph) -> set[tuple[int, int]]:
    """Ordered pairs that are edges, in both orders where the graph is undirected."""
    coo = graph.adjacency.tocoo()
    return set(zip(coo.row.tolist(), coo.col.tolist(), strict=True))


def both_orders(pairs: np.ndarray, directed: bool) -> set[tuple[int, int]]:
    there = set(map(tuple, pairs.tolist()))
    return there if directed else there | {(v, u) for u, v in there}


@st.composite
def graphs(draw):
    """Small graphs of every kind, with loops, isolated nodes, several components."""
    n, directed = draw(st.integers(2, 12)), draw(st.booleans())
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node), min_size=1, max_size=40))
    return Graph.from_edges(edges, directed=directed, names=range(n))


@given(graph=graphs(), test=st.floats(0.01, 0.99), seed=st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_what_every_split_keeps(graph, test, seed):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            split = split_edges(graph, test=test, random_state=seed)
    except DataError:
        return
    held, apart = both_orders(split.test_edges, graph.directed), both_orders(split.non_edges, graph.directed)
    whole, train = pairs_of(graph), pairs_of(split.train)
    assert held
    assert held | train == whole
    assert not held & train
    assert not apart & whole
    assert len(set(map(tuple, split.non_edges.tolist()))) == len(split.non_edges) == len(split.test_edges)
    assert all(u != v for u, v in held | apart)
    assert (split.train.components == graph.components).all()
    assert split.train.n_self_loops == graph.n_self_loops
    assert split.train.names == graph.names


@pytest.mark.parametrize("directed", [False, True])
def test_the_share_asked_for_is_held_out(directed):
    rng = np.random.default_rng(0)
    graph = Graph.from_edges(rng.integers(60, size=(600, 2)).tolist(), directed=directed)
    split = split_edges(graph, test=0.3)
    links = graph.n_edges - graph.n_self_loops
    assert len(split.test_edges) == round(0.3 * links)
    assert split.share == pytest.approx(0.3, abs=0.01)
    assert split.ratio == pytest.approx(len(split.test_edges) / (links - len(split.test_edges)))


def test_the_seed_decides(community_graph):
    one, same, other = (split_edges(community_graph, random_state=seed) for seed in (1, 1, 2))
    assert one.train.fingerprint == same.train.fingerprint
    assert (one.non_edges == same.non_edges).all()
    assert one.train.fingerprint != other.train.fingerprint


def test_every_edge_outside_bridges_can_be_held_out(path_graph):
    """A square with a tail: the tail is never held out, each side of the square is as often as the others."""
    graph = Graph.from_edges([(0, 1), (1, 2), (2, 3), (3, 0), (3, 4)])
    held = [tuple(split_edges(graph, random_state=seed).test_edges[0].tolist()) for seed in range(400)]
    counts = {edge: held.count(edge) for edge in set(held)}
    assert set(counts) == {(0, 1), (1, 2), (2, 3), (0, 3)}
    assert min(counts.values()) > 65


def test_non_edges_are_uniform():
    graph = Graph.from_edges([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 2)])
    drawn = [tuple(split_edges(graph, test=0.2, random_state=seed).non_edges[0].tolist()) for seed in range(600)]
    counts = {pair: drawn.count(pair) for pair in set(drawn)}
    assert set(counts) == {(0, 3), (0, 4), (1, 3), (1, 4)}
    assert 110 < min(counts.values()) <= max(counts.values()) < 190


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("count", [1, 5, 16])
def test_free_pairs_listed_and_drawn(directed, count):
    n, rng = 8, np.random.default_rng(0)
    taken = np.array([1, 10, 20])  # 0 - 1, 1 - 2, 2 - 4
    for _ in range(20):
        pairs = free_pairs(n, taken, count, directed=directed, rng=rng)
        numbers = pairs[:, 0] * n + pairs[:, 1]
        assert len(set(numbers.tolist())) == count
        assert not set(numbers.tolist()) & set(taken.tolist())
        assert ((pairs[:, 0] != pairs[:, 1]) if directed else (pairs[:, 0] < pairs[:, 1])).all()


def test_all_free_pairs_can_be_had():
    assert len(free_pairs(5, np.array([1]), 9, directed=False, rng=np.random.default_rng(0))) == 9
    with pytest.raises(DataError, match="only 9 pairs"):
        free_pairs(5, np.array([1]), 10, directed=False, rng=np.random.default_rng(0))


def test_weights_and_the_node_table_are_carried_over():
    nodes = pd.DataFrame({"colour": list("rgbrgb")})
    adjacency = nx.to_scipy_sparse_array(nx.complete_bipartite_graph(3, 3)) * 2.5
    graph = Graph(adjacency, nodes=nodes, meta={"name": "k33"})
    split = split_edges(graph)
    assert split.train.nodes.equals(nodes)
    assert set(split.train.adjacency.data.tolist()) == {2.5}
    assert split.train.meta["name"] == "k33"
    assert split.train.meta["split"] == {"of": graph.fingerprint, "held_out": 2, "share": 2 / 9}


def test_a_real_graph_with_isolated_nodes():
    graph = load_dataset("world/borders")
    split = split_edges(graph)
    assert (split.train.components == graph.components).all()
    assert split.train.n_nodes == graph.n_nodes
    table = split.to_frame()
    assert table["edge"].sum() * 2 == len(table)
    assert set(table["source"]) <= set(graph.names)


def test_fewer_are_held_out_where_the_forest_needs_the_rest():
    tree_like = nx.random_labeled_tree(50, seed=1)
    graph = Graph.from_networkx(nx.compose(tree_like, nx.cycle_graph(3)))
    spare = graph.n_edges - 49
    with pytest.warns(DataWarning, match=r"are held out .* instead of \d+: the other 49 keep the graph connected"):
        split = split_edges(graph, test=0.5)
    assert len(split.test_edges) == spare
    assert split.asked == 0.5
    assert split.share == spare / graph.n_edges


def test_fewer_are_held_out_where_non_edges_are_scarce():
    graph = Graph.from_networkx(nx.complement(nx.path_graph(7)))
    with pytest.warns(DataWarning, match="too few pairs that are no edge"):
        split = split_edges(graph, test=0.5)
    assert len(split.test_edges) == 3


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (Graph.from_networkx(nx.complete_graph(6)), "complete graph of 6 nodes"),
        (Graph.from_networkx(nx.star_graph(6)), "a forest"),
        (Graph.from_edges([("a", "b")], names=list("abc")), "a forest"),
        (Graph.from_edges([("a", "b")]), "complete graph of 2 nodes"),
        (Graph.from_edges([], names=list("abc")), "no edge between"),
        (Graph.from_edges([("a", "a")]), "no edge between"),
    ],
    ids=["complete", "star", "two and one", "two nodes", "no edges", "a loop"],
)
def test_graphs_that_cannot_be_split(graph, said):
    with pytest.raises(DataError, match=said):
        split_edges(graph)


@pytest.mark.parametrize("test", [0, 1, -0.1, 2, float("nan"), "0.2", True])
def test_shares_out_of_range(community_graph, test):
    with pytest.raises(ParameterError, match="share between 0 and 1"):
        split_edges(community_graph, test=test)


def test_splits_of_another_graph_are_refused(community_graph, directed_graph):
    splits = split_repeatedly(community_graph, repeats=2)
    require_splits_of(community_graph, splits)
    with pytest.raises(DataError, match="another graph"):
        require_splits_of(directed_graph, splits)
    with pytest.raises(ParameterError, match="at least one"):
        require_splits_of(community_graph, [])
    with pytest.raises(ParameterError, match="EdgeSplit"):
        require_splits_of(community_graph, [community_graph])


def test_number_of_pairs():
    assert n_pairs(5, directed=False) * 2 == n_pairs(5, directed=True) == 20
