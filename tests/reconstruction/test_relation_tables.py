"""Tables of relations: the worst first, and what one embedding adds to another."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, UnknownNameError
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.restore import restore

POINTS = [f"p{i}" for i in range(12)]
TRIPLES = [(POINTS[i], "next", POINTS[i + 1]) for i in range(11)] + [(POINTS[i], "all", POINTS[i + 3]) for i in range(0, 9, 2)]
FACTS = KnowledgeGraph.from_triples({"train": TRIPLES[:10], "test": TRIPLES[10:]})


def line(*steps: float, noise: float = 0.0) -> Embedding:
    place = np.array([[float(name[1:])] for name in FACTS.entities])
    place += noise * np.random.default_rng(0).normal(size=place.shape)
    relations = {"relations": list(FACTS.relations)}
    return Embedding(FACTS.entities, place, decoder="translation", parameters={"relation": [[s] for s in steps]}, meta=relations)


@pytest.fixture(scope="module")
def result() -> Restoration:
    """``whole`` knows both relations; ``half`` the first one only; relations: next is 1 to the right, all is 3."""
    return restore({"half": line(1, -1), "whole": line(1, 3)}, FACTS, relations=True, baselines=["degree"])


def test_the_worst_relations_stand_first(result):
    table = result.relations("half")
    assert table["relation"].tolist() == ["all", "all", "next", "next"]
    assert (table["corrected"].diff().dropna() >= 0).all()
    assert table.loc[table["relation"] == "next", "mAP"].tolist() == [1.0, 1.0]
    assert table.set_index(["relation", "side"])["queries"].to_dict() == {
        ("all", "tails"): 5, ("all", "heads"): 5, ("next", "tails"): 11, ("next", "heads"): 11,
    }  # fmt: skip
    assert set(result.relations()["method"]) == {"half", "whole", "degree"}


def test_gains_are_paired_by_query(result):
    gains = result.gains()
    assert gains["relation"].tolist()[:2] == ["all", "all"]  # of all relations together, though one is called so
    assert gains["scored"].tolist()[:2] == [16, 16]
    single = gains.iloc[2:].set_index(["relation", "side"])
    assert single.loc[("next", "tails"), ["gain", "low", "high", "better", "worse"]].tolist() == [0, 0, 0, 0, 0]
    row = single.loc[("all", "heads")]
    ap = result.per_source()
    ap = ap[ap["direction"] == "heads of all"].pivot(index="node", columns="method", values="AP")
    gaps = (ap["whole"] - ap["half"]).to_numpy()
    half = 1.959964 * gaps.std(ddof=1) / np.sqrt(len(gaps))
    assert [row["before"], row["after"]] == pytest.approx([ap["half"].mean(), 1.0])
    assert [row["gain"], row["low"], row["high"]] == pytest.approx([gaps.mean(), gaps.mean() - half, gaps.mean() + half])
    assert [row["better"], row["worse"]] == [5, 0]
    assert gains["gain"].iloc[0] == pytest.approx((5 * row_of(single, "tails") + 11 * 0) / 16)


def row_of(single, side: str) -> float:
    return float(single.loc[("all", side), "gain"])


def test_gains_of_named_embeddings(result):
    back = result.gains("half", "whole")
    there = result.gains("whole", "half")
    key = ["relation", "side"]
    merged = back.iloc[2:].merge(there.iloc[2:], on=key)
    np.testing.assert_allclose(merged["gain_x"], -merged["gain_y"])
    assert (merged["better_x"] == merged["worse_y"]).all()
    assert result.gains("whole", "degree")["gain"].iloc[0] > 0


def test_a_relation_of_one_query_has_no_interval():
    data = KnowledgeGraph.from_triples([("p0", "next", "p1"), ("p0", "all", "p3"), ("p3", "all", "p6")])
    known = {"meta": {"relations": ["next", "all"]}, "parameters": {"relation": [[1.0], [3.0]]}, "decoder": "translation"}
    places = [[float(name[1:])] for name in data.entities]
    gains = restore([Embedding(data.entities, places, **known)] * 2, data, relations=["next"]).gains()
    assert len(gains) == 2 and gains[["low", "high"]].isna().all().all() and (gains["gain"] == 0).all()


def test_what_there_is_no_table_of_is_said(result):
    with pytest.raises(UnknownNameError, match="did you mean 'whole'"):
        result.gains("whol", "half")
    with pytest.raises(UnknownNameError, match="halves"):
        result.relations("halves")
    with pytest.raises(DataError, match="'half' is both"):
        result.gains("half", "half")
    with pytest.raises(DataError, match="is both; restore two"):
        restore(line(1, 3), FACTS, relations=True).gains()
    graph = Graph.from_edges([("a", "b"), ("b", "c")])
    whole = restore(Embedding(graph.names, np.eye(3)), graph)
    for table in (whole.relations, whole.gains):
        with pytest.raises(DataError, match="restored with relations=True"):
            table()
