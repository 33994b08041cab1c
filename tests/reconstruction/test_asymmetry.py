"""Roles of directed edges: what the reversal costs, and what there is none of."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.reconstruction.rebuilt import reciprocity
from graphemb.reconstruction.restore import restore


def oracle(graph: Graph) -> Embedding:
    return Embedding(graph.names, graph.adjacency.toarray(), context=np.eye(graph.n_nodes))


def test_reversal_is_what_restore_ranks(directed_graph: Graph) -> None:
    sides = Embedding(directed_graph.names, *np.random.default_rng(0).standard_normal((2, 40, 5)))
    result = restore({"x": sides, "oracle": oracle(directed_graph)}, directed_graph, baselines=["degree"])
    table = result.asymmetry().set_index("method")
    assert list(table.index) == ["x", "oracle"]  # no baselines
    asked = restore({"x": sides}, directed_graph, direction=("out", "in", "reversed")).to_frame().set_index("direction")["mAP"]
    for way in ("out", "in", "reversed"):
        assert table.loc["x", f"{way}_mAP"] == pytest.approx(asked[way])
    chances = result.to_frame().set_index(["method", "direction"])["chance"]
    assert table.loc["x", "chance"] == chances["x", "out"] and table.loc["x", "in_chance"] == chances["x", "in"]


def test_the_oracle_knows_the_roles_and_a_symmetric_decoder_does_not(directed_graph: Graph) -> None:
    x = np.random.default_rng(0).standard_normal((40, 5))
    result = restore({"oracle": oracle(directed_graph), "dot": Embedding(directed_graph.names, x, decoder="dot")}, directed_graph)
    table = result.asymmetry().set_index("method")
    assert table.loc["oracle", "out_mAP"] == table.loc["oracle", "in_mAP"] == 1 > table.loc["oracle", "reversed_mAP"] + 0.5
    assert table.loc["oracle", "rebuilt_reciprocity"] == table.loc["oracle", "reciprocity"] == reciprocity(directed_graph)
    assert table.loc["dot", "lost"] == pytest.approx(0, abs=1e-6) and table.loc["dot", "rebuilt_reciprocity"] > 0.95


def test_the_sources_of_out_serve_the_reversal(directed_graph: Graph) -> None:
    row = restore(oracle(directed_graph), directed_graph, sources=12, direction="out").asymmetry(rebuilt=False).iloc[0]
    assert row["lost_low"] < row["lost"] < row["lost_high"] and row["out_mAP"] == 1
    assert np.isnan(row["in_mAP"]) and np.isnan(row["rebuilt_reciprocity"])


def test_only_reversed_was_ranked(directed_graph: Graph) -> None:
    row = restore(oracle(directed_graph), directed_graph, direction="reversed").asymmetry().iloc[0]
    assert row["out_mAP"] == 1 > row["reversed_mAP"]


def test_where_there_are_no_roles(directed_graph: Graph, path_graph: Graph) -> None:
    undirected = restore(oracle(path_graph), path_graph).asymmetry()
    assert undirected.empty and "undirected" in undirected.attrs["left_out"]
    one_way = restore(oracle(directed_graph), directed_graph, direction="in").asymmetry()
    assert one_way.empty and "direction='auto'" in one_way.attrs["left_out"]
