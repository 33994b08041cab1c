"""What is in a knowledge graph, in numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphemb.data.knowledge_counts import knowledge_counts
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.triples_file import read_knowledge_graph


def test_what_training_leaves_out() -> None:
    triples = [[0, 1, 2, 0, 4], [0, 0, 1, 2, 0], [1, 1, 0, 1, 4]]
    splits = {"train": slice(0, 2), "valid": slice(2, 3), "test": slice(3, 5)}
    data = KnowledgeGraph(list("abcdef"), list("rstu"), triples, splits=splits, entity_text={"a": "ay", "b": ""})
    assert knowledge_counts(data) == {
        "entities": 6,
        "relations": 4,
        "triples": 5,
        "splits": {"train": 2, "valid": 1, "test": 2},
        "loops": 2,
        "entities_without_triples": 2,
        "relations_without_triples": 1,
        "unseen_entities": {"valid": 1, "test": 1},
        "unseen_relations": {"valid": 1, "test": 1},
        "entities_with_text": 1,
        "relations_with_text": 0,
    }


@pytest.mark.parametrize("data", [KnowledgeGraph([], [], []), KnowledgeGraph(["only"], ["likes"], [[0], [0], [0]], splits={"all": [0]})])
def test_small_ones(data: KnowledgeGraph) -> None:
    counts = knowledge_counts(data)
    assert counts["triples"] == data.n_triples and counts["entities_without_triples"] == 0
    assert counts.get("unseen_entities", {}) == {}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "valid", "test"), [("fb15k-237", 9, 28), ("wn18rr", 210, 210), ("codex-s", 0, 0)])
def test_unseen_entities_of_benchmarks(shared_data: Path, name: str, valid: int, test: int) -> None:
    counts = knowledge_counts(read_knowledge_graph(shared_data / "kg" / name))
    assert counts["unseen_entities"] == {"valid": valid, "test": test} and counts["entities_without_triples"] == 0
