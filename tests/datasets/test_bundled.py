from __future__ import annotations

import pytest

from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.datasets import bundled
from graphemb.datasets.registry import dataset_card, load_dataset
from graphemb.errors import DataError


def test_borders() -> None:
    graph = load_dataset("world/borders")
    assert isinstance(graph, Graph)
    counts = dataset_card("world/borders").counts
    assert (graph.n_nodes, graph.n_edges, int((graph.degree() == 0).sum())) == (counts["nodes"], counts["edges"], counts["isolated"])
    assert (graph.n_nodes, graph.n_edges) == (249, 324)
    assert not graph.directed and not graph.weighted and graph.n_self_loops == 0
    portugal, spain = graph.rows(["Portugal", "Spain"])
    assert graph.adjacency[portugal, spain] == 1 and graph.degree()[portugal] == 1
    assert graph.nodes.loc[portugal, ["code", "region", "population"]].tolist() == ["PRT", "Europe", 10477800]


def test_the_node_table_is_typed() -> None:
    nodes = load_dataset("world/borders").nodes
    assert [c for c in nodes if nodes[c].dtype.kind == "f"] == ["population", "area", "latitude", "longitude"]
    assert nodes["region"].isna().sum() == 2


def test_facts() -> None:
    facts = load_dataset("world/facts")
    assert isinstance(facts, KnowledgeGraph)
    counts = dataset_card("world/facts").counts
    assert {"entities": len(facts.entities), "relations": len(facts.relations)} == {k: counts[k] for k in ("entities", "relations")}
    assert {part: facts.split(part).shape[1] for part in ("train", "valid", "test")} == {k: counts[k] for k in ("train", "valid", "test")}
    portugal, spain = facts.entities.rows(["Portugal", "Spain"])
    borders = facts.relations.rows(["borders"])[0]
    test = {tuple(t) for t in facts.split("test").T.tolist()}
    assert {(portugal, borders, spain), (spain, borders, portugal)} <= test


def test_texts_stand_beside_their_names() -> None:
    facts = load_dataset("world/facts")
    texts = dict(zip(facts.entities, facts.entity_text, strict=True))
    assert "92,090 square kilometres" in texts["Portugal"] and texts["Lisbon"] == "Lisbon is a city."
    assert all(texts.values())
    assert dict(zip(facts.relations, facts.relation_text, strict=True))["speaks"].startswith("the language")


@pytest.mark.parametrize(("takes", "part"), [(None, "borders"), ("graph", "borders"), ("knowledge-graph", "facts"), ("matching", "match")])
def test_world_alone_is_the_part_that_is_taken(takes: str, part: str) -> None:
    assert dataset_card("World", takes=takes).name == f"world/{part}"


def test_match_is_readable_but_no_graph() -> None:
    assert bundled.world_path("match", "table.csv").is_file()
    with pytest.raises(DataError, match=r"kind 'matching', which cannot be loaded as a graph; its files lie in .*match"):
        load_dataset("world/match")


def test_the_card_names_every_repair() -> None:
    notes = " ".join(dataset_card("world/borders").notes)
    assert "11 one-sided borders completed" in notes and "4 border codes of no country dropped: ALB: KOS" in notes
