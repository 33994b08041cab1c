"""KnowledgeGraph: splits, counts, and that it comes back from everywhere it is sent."""

from __future__ import annotations

import pickle

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, UnknownNameError

FACTS = {
    "train": [("Lisbon", "capital_of", "Portugal"), ("Portugal", "borders", "Spain"), ("Spain", "borders", "Portugal")],
    "test": [("Madrid", "capital_of", "Spain")],
}
entity, relation = st.sampled_from([*"abcde", "x y", "é"]), st.sampled_from(["likes", "is a", "→"])
triple_lists = st.lists(st.tuples(entity, relation, entity), max_size=20)


@pytest.fixture
def facts() -> KnowledgeGraph:
    return KnowledgeGraph.from_triples(FACTS)


def as_set(graph: KnowledgeGraph) -> set[tuple[str, ...]]:
    return set(graph.to_frame().itertuples(index=False, name=None))


def test_what_it_is(facts: KnowledgeGraph) -> None:
    assert list(facts.entities) == ["Lisbon", "Portugal", "Spain", "Madrid"] and list(facts.relations) == ["capital_of", "borders"]
    assert facts.triples.tolist() == [[0, 1, 2, 3], [0, 1, 1, 0], [1, 2, 1, 2]] and facts.triples.dtype == np.int64
    assert facts.split("test").tolist() == [[3], [0], [2]]
    assert repr(facts) == "KnowledgeGraph(4 entities, 2 relations, 4 triples: train 3, test 1)"
    with pytest.raises(UnknownNameError, match=r"unknown split 'tst'; did you mean 'test'\?"):
        facts.split("tst")
    with pytest.raises(ValueError, match="read-only"):
        facts.triples[0, 0] = 3
    assert "&lt;b&gt;" in KnowledgeGraph.from_triples([("a", "<b>", "c")])._repr_html_()


def test_repeats_are_merged_within_a_split_and_counted_across() -> None:
    one, two = ("a", "likes", "b"), ("b", "likes", "a")
    graph = KnowledgeGraph.from_triples({"train": [one, two, one, one], "valid": [one], "test": [two, two]})
    assert {name: graph.split(name).shape[1] for name in graph.splits} == {"train": 2, "valid": 1, "test": 1}
    assert graph.meta["reading"] == {"listed": 7, "repeated": 3, "in_several_splits": 2}


def test_splits_may_be_scattered_columns() -> None:
    graph = KnowledgeGraph(["a", "b"], ["r"], [[0, 1, 0], [0, 0, 0], [1, 0, 0]], splits={"train": [0, 2], "test": [1]})
    assert graph.split("train").tolist() == [[0, 0], [0, 0], [1, 0]] and graph.split("test").tolist() == [[1], [0], [0]]


@settings(deadline=None)
@given(triple_lists, triple_lists)
def test_all_triples_are_there_once(train: list[tuple[str, str, str]], test: list[tuple[str, str, str]]) -> None:
    graph = KnowledgeGraph.from_triples({"train": train, "test": test})
    assert as_set(graph) == {(*t, "train") for t in train} | {(*t, "test") for t in test}
    assert graph.n_triples == len(as_set(graph))
    assert list(graph.entities) == list(dict.fromkeys(name for h, _, t in train + test for name in (h, t)))


@settings(deadline=None)
@given(triple_lists.filter(bool), st.lists(st.sampled_from(["train", "test"]), min_size=20, max_size=20))
def test_round_trips(triples: list[tuple[str, str, str]], words: list[str]) -> None:
    once = list(dict.fromkeys(triples))
    graph = KnowledgeGraph.from_triples(
        {name: [t for t, w in zip(once, words, strict=False) if w == name] for name in dict.fromkeys(words)}
    )
    assert as_set(KnowledgeGraph.from_networkx(graph.to_networkx())) == as_set(graph)
    assert as_set(KnowledgeGraph.from_frame(graph.to_frame(), split="split")) == as_set(graph)
    assert {t[:3] for t in as_set(KnowledgeGraph.from_pyg(graph.to_pyg()))} == set(once)
    copy = pickle.loads(pickle.dumps(graph))
    assert copy.fingerprint == graph.fingerprint


def test_to_graph(facts: KnowledgeGraph) -> None:
    graph = facts.to_graph()
    assert isinstance(graph, Graph) and not graph.directed and not graph.weighted
    assert (graph.n_nodes, graph.n_edges) == (4, 3) and graph.meta["reading"]["repeated"] == 1
    assert facts.to_graph(directed=True).n_edges == 4
    assert facts.to_graph(["borders"]).degree().tolist() == [0, 1, 1, 0]
    assert facts.to_graph(splits=["train"]).n_edges == 2
    with pytest.raises(UnknownNameError, match=r"unknown relation 'border'; did you mean 'borders'\?"):
        facts.to_graph(["border"])


def test_statistics() -> None:
    star = [("hub", "holds", f"leaf {i}") for i in range(4)] + [("a", "near", "b"), ("b", "near", "a")]
    table = KnowledgeGraph.from_triples(star).statistics().set_index("relation")
    assert table.loc["holds", ["triples", "heads", "tails", "kind", "symmetric"]].tolist() == [4, 1, 4, "1-n", 0.0]
    assert table.loc["near", ["triples", "tails_per_head", "heads_per_tail", "kind", "symmetric"]].tolist() == [2, 1.0, 1.0, "1-1", 1.0]
    unused = KnowledgeGraph(["a"], ["never"], np.empty((3, 0), dtype=int)).statistics()
    assert unused["triples"].tolist() == [0]


def test_texts() -> None:
    graph = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_text={"b": "the letter b"}, relation_text=["is"])
    assert graph.entity_text == ("", "the letter b") and graph.relation_text == ("is",)
    assert graph.to_graph().nodes["text"].tolist() == ["", "the letter b"]
    assert graph.to_networkx().nodes["b"]["text"] == "the letter b"


def test_texts_of_unknown_names_are_counted() -> None:
    told = {"b": "the letter b", "x": "unknown", "y": ""}
    graph = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_text=told, relation_text={"s": "no such"})
    assert graph.entity_text == ("", "the letter b") and graph.relation_text == ("",)
    assert graph.meta["reading"]["texts_of_unknown_entities"] == 2 and graph.meta["reading"]["texts_of_unknown_relations"] == 1


def test_splits_by_their_other_names() -> None:
    one, two = ("a", "likes", "b"), ("b", "likes", "a")
    graph = KnowledgeGraph.from_triples({"Train": [one], "validation": [two], "held back": [("a", "likes", "a")]})
    assert [*graph.splits] == ["train", "valid", "held back"]
    assert graph.split("dev").tolist() == graph.split("valid").tolist() == [[1], [0], [0]]
    with pytest.raises(DataError, match="two of the splits dev, valid are the same one under two names"):
        KnowledgeGraph.from_triples({"dev": [one], "valid": [two]})


def test_one_entity() -> None:
    graph = KnowledgeGraph(["only"], ["likes", "never"], np.empty((3, 0), dtype=int))
    assert (graph.n_entities, graph.n_triples) == (1, 0) and graph.to_graph().n_nodes == 1
    assert graph.statistics()["symmetric"].tolist() == [0.0, 0.0] and graph.leakage().pairs.empty
    assert KnowledgeGraph.from_triples([("only", "likes", "only")]).statistics()["triples"].tolist() == [1]


def test_fields_of_texts() -> None:
    fields = {"name": {"a": "ay", "b": "bee"}, "text": ["first", ""], "aliases": {"b": "B", "nobody": "N"}}
    graph = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_fields=fields)
    assert graph.entity_fields == {"name": ("ay", "bee"), "text": ("first", ""), "aliases": ("", "B")}
    assert graph.entity_text == ("ay: first", "bee") and graph.meta["reading"]["texts_of_unknown_entities"] == 1
    plain = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_text=["ay", ""])
    assert plain.entity_fields == {"text": ("ay", "")} and plain.entity_text == ("ay", "")
    bare = KnowledgeGraph.from_triples(FACTS)
    assert bare.entity_fields == {} and bare.entity_text is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: KnowledgeGraph(["a"], ["r"], [[0], [0]]),
            r"expected triples as whole numbers of shape \(3, m\), got int64",
        ),
        (lambda: KnowledgeGraph(["a"], ["r"], [["a"], ["r"], ["a"]]), "names: from_triples"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[0], [1], [0]]), "the relation of triple 0 is number 1, expected 0 to 0"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[-1], [0], [0]]), "the head of triple 0 is number -1"),
        (lambda: KnowledgeGraph(["a", "a"], ["r"], [[0], [0], [0]]), "1 entity is there more than once"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[0], [0], [0]], splits={"train": []}), "triple 0 stands in 0"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[0], [0], [0]], splits={"x": [0], "y": [0]}), "triple 0 stands in 2"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[0], [0], [0]], entity_text=["x", "y"]), "expected 1 texts, one a entity, got 2"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[0], [0], [0]], entity_text=["x"], entity_fields={}), "not both"),
        (lambda: KnowledgeGraph(["a"], ["r"], [[0], [0], [0]], entity_fields={"name": []}), "expected 1 texts, one a entity, got 0"),
        (lambda: KnowledgeGraph.from_triples([("a", "b")]), "triple 0 has 2 parts"),
        (lambda: KnowledgeGraph.from_triples([("a", None, "b")]), "triple 0 has no relation"),
        (lambda: KnowledgeGraph.from_triples([("a", "r", "b"), ("a", "r", None)]), "triple 1 has no tail"),
        (lambda: KnowledgeGraph.from_frame(pd.DataFrame({"head": ["a"]})), "unknown column 'relation' in the table of triples"),
        (lambda: KnowledgeGraph.from_networkx(nx.Graph([("a", "b")])), "needs a directed networkx graph"),
        (lambda: KnowledgeGraph.from_networkx(nx.DiGraph([("a", "b")])), "edge from 'a' to 'b' has no attribute 'relation'"),
    ],
)
def test_what_is_refused(make: object, message: str) -> None:
    with pytest.raises((DataError, UnknownNameError), match=message) as caught:
        make()  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_networkx_keys_are_relations() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", key="likes")
    graph.add_edge("a", "b", key="x", relation="knows")
    assert {t[:3] for t in as_set(KnowledgeGraph.from_networkx(graph))} == {("a", "likes", "b"), ("a", "knows", "b")}


def test_pyg_with_several_node_types() -> None:
    import torch
    from torch_geometric.data import HeteroData

    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 2, 1
    data["item"].node_names = ["book"]
    data["user", "buys", "item"].edge_index = torch.tensor([[1], [0]])
    data["user", "knows", "user"].edge_index = torch.tensor([[0], [1]])
    graph = KnowledgeGraph.from_pyg(data)
    assert list(graph.entities) == ["user:0", "user:1", "item:book"]
    assert {t[:3] for t in as_set(graph)} == {("user:1", "buys", "item:book"), ("user:0", "knows", "user:1")}


def test_pyg_of_one_split(facts: KnowledgeGraph) -> None:
    data = facts.to_pyg("test")
    assert data["entity", "capital_of", "entity"].edge_index.tolist() == [[3], [2]]
    assert data["entity", "borders", "entity"].edge_index.shape == (2, 0)
    assert data["entity"].node_names[3] == "Madrid"
