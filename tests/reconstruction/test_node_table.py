"""The per-node table against definitions written out node by node."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.counting import chance_level
from graphemb.reconstruction.node_table import community_table, node_facts, node_table
from graphemb.reconstruction.restore import restore


def embedded(graph: Graph, seed: int = 0) -> Embedding:
    rng = np.random.default_rng(seed)
    u, s, vt = np.linalg.svd(graph.adjacency.toarray())
    return Embedding(graph.names, u[:, :6] * s[:6] + 0.1 * rng.normal(size=(len(graph), 6)), vt[:6].T)


def average_precision(scores: np.ndarray, relevant: np.ndarray) -> float:
    order = np.argsort(-scores)
    hits = relevant[order]
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


@pytest.mark.parametrize("direction", ["out", "in"])
def test_mistakes_and_parts_are_as_defined(directed_graph, direction):
    e = embedded(directed_graph)
    table = node_table(restore(e, directed_graph), "embedding", direction=direction, k=2)
    scores, edge = e.vectors @ e.context.T, directed_graph.adjacency.toarray() != 0
    if direction == "in":
        scores, edge = scores.T, edge.T
    names, community = list(directed_graph.names), node_facts(directed_graph)["community"].to_numpy()
    assert len(table) == (edge.sum(axis=1) > 0).sum() and (table["direction"] == direction).all()
    for _, row in table.iterrows():
        u = names.index(row["node"])
        others = np.array([v for v in range(len(names)) if v != u])
        s, true = scores[u, others], edge[u, others]
        assert row["AP"] == pytest.approx(average_precision(s, true), abs=1e-5)
        false = [v for v in others[np.argsort(-s)] if not edge[u, v] and scores[u, v] > s[true].min()]
        lost = [v for v in others[np.argsort(s)] if edge[u, v] and scores[u, v] < s[~true].max()]
        assert row["false_neighbours"] == [names[v] for v in false[:2]]
        assert row["lost_neighbours"] == [names[v] for v in lost[:2]]
        for part in ("within", "between"):
            inside = (community[others] == community[u]) == (part == "within")
            if not true[inside].any():
                assert np.isnan(row[f"AP_{part}"]) and np.isnan(row[f"chance_{part}"])
                continue
            assert row[f"AP_{part}"] == pytest.approx(average_precision(s[inside], true[inside]), abs=1e-5)
            assert row[f"chance_{part}"] == pytest.approx(chance_level(inside.sum(), true[inside].sum()).item())


def test_worst_nodes_come_first_with_their_place(community_graph):
    table = node_table(restore(embedded(community_graph), community_graph), "embedding")
    assert table["AP"].is_monotonic_increasing
    facts = node_facts(community_graph)
    rows = community_graph.rows(table["node"])
    for column in facts:
        np.testing.assert_array_equal(table[column], facts[column].to_numpy()[rows])
    np.testing.assert_array_equal(table["degree"], community_graph.degree()[rows])
    assert table["community"].nunique() == 3


def test_a_perfect_embedding_makes_no_mistakes(community_graph):
    perfect = Embedding(community_graph.names, community_graph.adjacency.toarray(), np.eye(60))
    table = node_table(restore(perfect, community_graph), "embedding")
    assert (table["AP"] == 1).all() and not table["false_neighbours"].map(len).any() and not table["lost_neighbours"].map(len).any()


def test_rows_in_another_order_and_nodes_without_a_vector(community_graph):
    e = embedded(community_graph)
    order = np.random.default_rng(0).permutation(60)
    same = node_table(restore(e.take(order), community_graph), "embedding").set_index("node")
    table = node_table(restore(e, community_graph), "embedding").set_index("node")
    for column in ("AP", "AP_within", "AP_between", "chance_between"):
        np.testing.assert_allclose(same.loc[table.index, column], table[column], rtol=1e-5)
    assert (same.loc[table.index, "false_neighbours"] == table["false_neighbours"]).all()
    fewer = node_table(restore(e.take(order[:50]), community_graph, missing="last"), "embedding").set_index("node")
    gone = set(np.asarray(community_graph.names)[order[50:]])
    assert not gone & {name for names in fewer["false_neighbours"] for name in names}
    assert gone & {name for names in fewer["lost_neighbours"] for name in names}


def test_communities_are_summed_up(community_graph):
    r = restore(embedded(community_graph), community_graph)
    table, parts = node_table(r, "embedding"), community_table(r, "embedding").set_index("part")
    assert parts.loc["within", "mAP"] == pytest.approx(table["AP_within"].mean())
    assert parts.loc["between", "nodes"] == table["AP_between"].notna().sum()
    assert parts.loc["within", "chance"] > parts.loc["between", "chance"] > 0


def test_unknown_names_are_refused(community_graph):
    r = restore(embedded(community_graph), community_graph)
    with pytest.raises(UnknownNameError, match="embedding"):
        node_table(r, "embeding")
    with pytest.raises(UnknownNameError, match="ranked"):
        node_table(r, "embedding", direction="in")
    with pytest.raises(ParameterError, match="k must"):
        node_table(r, "embedding", k=0)
