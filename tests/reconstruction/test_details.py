"""The tables beyond mAP: computed once, as far as the graph affords them, and the reason where it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.reconstruction import details
from graphemb.reconstruction.node_table import community_table
from graphemb.reconstruction.rebuilt import rebuilt_table
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.restore import restore
from graphemb.reconstruction.semantics.distance_ratios import distance_ratios


@pytest.fixture
def embedding(community_graph: Graph) -> Embedding:
    vectors = np.repeat(np.eye(3), 20, axis=0) + 0.3 * np.random.default_rng(0).standard_normal((60, 3))
    return Embedding(community_graph.names, vectors)


@pytest.fixture
def restoration(embedding: Embedding, community_graph: Graph) -> Restoration:
    return restore({"blocks": embedding}, community_graph, baselines=["random"], decoder=["dot", "cosine"])


def test_the_tables_are_those_of_the_functions(restoration: Restoration, embedding: Embedding, community_graph: Graph) -> None:
    shapes = restoration.rebuilt()
    assert shapes["decoder"].unique().tolist() == ["dot", "cosine"]
    same = rebuilt_table(*restoration.scorer("blocks"))
    pd.testing.assert_frame_equal(shapes[shapes["decoder"] == "dot"][list(same)], same)
    pd.testing.assert_frame_equal(restoration.distance_ratios(), distance_ratios({"blocks": embedding}, community_graph))
    parts = community_table(restoration, "blocks")
    pd.testing.assert_frame_equal(restoration.communities()[list(parts)], parts)
    ratio = restoration.distance_ratios().set_index(["control", "normalised", "which"])["ratio"]
    assert ratio["", True, "1"] < 0.8 < ratio["permuted", True, "1"]


def test_tables_are_computed_once_and_given_out_as_copies(restoration: Restoration) -> None:
    table = restoration.distance_ratios()
    table["ratio"] = 0
    assert restoration.distance_ratios()["ratio"].all() and len(restoration.distance_ratios(hops=(1,))) < len(table)
    said = restoration.semantics()
    assert said.empty and "no words" in said.attrs["left_out"]


def test_only_vectors_of_nodes_count(community_graph: Graph, embedding: Embedding) -> None:
    rng = np.random.default_rng(1)
    names = [*embedding.names, *(f"extra {i}" for i in range(500))]
    more = Embedding(names, np.vstack([embedding.vectors, 9 * rng.standard_normal((500, 3))]))
    found, wanted = (restore({"x": e}, community_graph) for e in (more, embedding))
    assert list(found.embeddings()["x"].names) == list(community_graph.names)
    pd.testing.assert_frame_equal(found.distance_ratios(), wanted.distance_ratios())


def test_details_hold_every_table(restoration: Restoration) -> None:
    tables = details.detail_tables(restoration)
    assert list(tables) == ["by_degree", "precision", "rebuilt", "communities", "asymmetry", "distance-ratios", "words"]
    assert {name for name, table in tables.items() if table.empty} == {"asymmetry", "words"}
    assert {name for name, table in tables.items() if table.attrs["left_out"]} == {"asymmetry", "words"}


def test_what_a_graph_cannot_afford_says_so(restoration: Restoration, directed_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("REBUILD_PAIRS", "DISTANCE_EDGES"):
        monkeypatch.setattr(details, limit, 10)
    for name in ("rebuilt", "distance-ratios"):
        table = details.detail(restoration, name)
        assert table.empty and table.attrs["left_out"].startswith("Left out, because")
    directed = restore(Embedding(directed_graph.names, np.eye(40)), directed_graph)
    table = details.detail(directed, "asymmetry")
    assert len(table) == 1 and table["rebuilt_reciprocity"].isna().all() and "1,560 pairs" in table.attrs["left_out"]


def test_an_error_is_a_reason(path_graph: Graph) -> None:
    one = Embedding(["a"], [[1.0, 0.0]])
    table = details.detail(restore(one, path_graph, missing="last"), "distance-ratios")
    assert table.empty and table.attrs["left_out"].startswith("Left out: distance ratios need at least two nodes")
