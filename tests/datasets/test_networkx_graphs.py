from __future__ import annotations

import pytest

from graphemb.data.graph import Graph
from graphemb.datasets import networkx_graphs
from graphemb.datasets.card import Card
from graphemb.datasets.registry import load_dataset


@pytest.mark.parametrize("card", networkx_graphs.cards(), ids=lambda card: card.name)
def test_counts_are_those_of_the_card(card: Card) -> None:
    graph = load_dataset(card.name)
    assert isinstance(graph, Graph)
    assert {"nodes": graph.n_nodes, "edges": graph.n_edges} == card.counts
    assert graph.directed == card.directed
    assert graph.meta["dataset"] == card.name


def test_attributes_and_weights_come_along() -> None:
    karate = networkx_graphs.load("karate-club")
    assert karate.weighted and set(karate.nodes["club"]) == {"Mr. Hi", "Officer"}
    women = networkx_graphs.load("davis-southern-women")
    assert women.nodes["bipartite"].value_counts().to_dict() == {0: 18, 1: 14}
