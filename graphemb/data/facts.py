"""What data know of single names, as columns from which groups can be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.names import Names


@dataclass(frozen=True)
class Facts:
    """Columns about names: ``attributes`` has one row a name; ``kind`` is the kind of the rows of an embedding that the names are."""

    names: Names
    attributes: pd.DataFrame
    kind: str | None = None


def facts_of(data: Any) -> list[Facts]:
    """What an embedding, a graph, a knowledge graph or interactions know of names.

    An embedding: its attributes. A graph: its node table, degree and component. A knowledge graph: for each relation, the tail of every
    entity that has exactly one, in any split. Interactions: popularity, the users that took an item in training, and activity, the
    items that a user took.

    >>> facts = facts_of(KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Portugal", "borders", "Spain")]))[0]
    >>> facts.attributes["capital_of"].dropna().tolist()
    ['Portugal']
    """
    if isinstance(data, KnowledgeGraph):
        return [_of_relations(data)]
    if isinstance(data, Interactions):
        popularity = pd.DataFrame({"popularity": data.train.sum(axis=0)})
        activity = pd.DataFrame({"activity": data.train.sum(axis=1)})
        return [Facts(data.items, popularity, "item"), Facts(data.users, activity, "user")]
    if isinstance(data, Graph):
        shape = {"degree": data.degree(), "component": [f"component {c + 1}" for c in data.components]}
        return [Facts(data.names, data.nodes.assign(**{k: v for k, v in shape.items() if k not in data.nodes}))]
    if getattr(data, "attributes", None) is None:
        return []
    if data.kinds is None or len(set(data.names)) == len(data):
        return [Facts(data.names, data.attributes)]
    parts = ((kind, data.subset(kind=kind)) for kind in dict.fromkeys(data.kinds))
    return [Facts(part.names, part.attributes.dropna(axis=1, how="all"), kind) for kind, part in parts]


def _of_relations(data: KnowledgeGraph) -> Facts:
    triples = pd.DataFrame(data.triples.T, columns=["head", "relation", "tail"]).drop_duplicates()
    single = triples[~triples.duplicated(["head", "relation"], keep=False)]
    entities = np.asarray(data.entities, dtype=object)
    columns = {}
    for relation, part in single.groupby("relation"):
        tails = pd.Series(index=range(data.n_entities), dtype=object)
        tails.iloc[part["head"]] = entities[part["tail"]]
        columns[data.relations[int(relation)]] = tails
    return Facts(data.entities, pd.DataFrame(columns, index=range(data.n_entities)), "entity")
