"""What data know of names, as columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.facts import facts_of
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph


def test_a_graph_knows_its_node_table_degrees_and_components() -> None:
    graph = Graph.from_edges([("a", "b"), ("b", "c"), ("d", "e")])
    table = facts_of(graph)[0].attributes
    assert table["degree"].tolist() == [1, 2, 1, 1, 1]
    assert table["component"].nunique() == 2


def test_a_relation_counts_where_an_entity_has_one_tail() -> None:
    facts = facts_of(KnowledgeGraph.from_triples([("a", "in", "x"), ("b", "in", "x"), ("b", "in", "y"), ("x", "near", "y")]))[0]
    column = dict(zip(facts.names, facts.attributes["in"], strict=True))
    assert column["a"] == "x" and pd.isna(column["b"]) and facts.kind == "entity"


def test_interactions_know_popularity_and_activity() -> None:
    items, users = facts_of(Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea")]))
    assert (items.kind, items.attributes["popularity"].tolist()) == ("item", [2, 1])
    assert (users.kind, users.attributes["activity"].tolist()) == ("user", [2, 1])


def test_an_embedding_with_a_name_in_two_kinds_is_read_kind_by_kind() -> None:
    table = pd.DataFrame({"age": [3.0, 4.0, np.nan], "price": [np.nan, np.nan, 5.0]})
    e = Embedding(["x", "y", "x"], np.eye(3), kinds=["user", "user", "item"], attributes=table)
    users, items = facts_of(e)
    assert list(users.attributes) == ["age"] and list(items.attributes) == ["price"]
    assert facts_of(e.subset(kind="user"))[0].kind is None
