"""Knowledge graphs from and to networkx and PyG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.names import Names
from graphemb.errors import DataError

if TYPE_CHECKING:
    import networkx as nx
    from torch_geometric.data import HeteroData


def from_networkx(graph: nx.DiGraph, relation: str) -> KnowledgeGraph:
    """See :meth:`KnowledgeGraph.from_networkx`."""
    if not graph.is_directed():
        raise DataError("a knowledge graph needs a directed networkx graph, since head and tail differ; use to_directed()")
    multi = graph.is_multigraph()
    edges: list[tuple[Any, ...]] = list(graph.edges(keys=True, data=True) if multi else graph.edges(data=True))
    words = [edge[-1].get(relation, edge[2] if multi else None) for edge in edges]
    if any(word is None for word in words):
        u, v = edges[words.index(None)][:2]
        raise DataError(f"the edge from {u!r} to {v!r} has no attribute {relation!r}; relation= names the attribute")
    entities = Names(graph.nodes, what="entity")
    relations = Names(dict.fromkeys(map(str, words)), what="relation")
    h, t = entities.rows([str(e[0]) for e in edges]), entities.rows([str(e[1]) for e in edges])
    split = np.array([str(edge[-1].get("split", "train")) for edge in edges], dtype=object)
    splits = {name: np.flatnonzero(split == name) for name in dict.fromkeys(split)}
    return KnowledgeGraph(entities, relations, np.stack([h, relations.rows(list(map(str, words))), t]), splits=splits or None)


def to_networkx(graph: KnowledgeGraph) -> nx.MultiDiGraph:
    """See :meth:`KnowledgeGraph.to_networkx`; a triple of several splits is one edge of the first."""
    import networkx as nx

    made = nx.MultiDiGraph()
    texts = [{}] * graph.n_entities if graph.entity_text is None else [{"text": text} for text in graph.entity_text]
    made.add_nodes_from(zip(graph.entities, texts, strict=True))
    rows = graph.to_frame().drop_duplicates(["head", "relation", "tail"]).itertuples(index=False)
    made.add_edges_from((head, tail, relation, {"relation": relation, "split": split}) for head, relation, tail, split in rows)
    return made


def from_pyg(data: HeteroData) -> KnowledgeGraph:
    """See :meth:`KnowledgeGraph.from_pyg`."""
    starts: dict[str, int] = {}
    labels: list[str] = []
    for kind in data.node_types:
        starts[kind] = len(labels)
        names = getattr(data[kind], "node_names", None) or range(int(data[kind].num_nodes))
        labels += [str(name) if len(data.node_types) == 1 else f"{kind}:{name}" for name in names]
    words = [kind[1] for kind in data.edge_types]
    relations, blocks = [], []
    for number, (source, word, target) in enumerate(data.edge_types):
        relations.append(word if words.count(word) == 1 else f"{source} {word} {target}")
        u, v = data[source, word, target].edge_index.cpu().numpy()
        blocks.append(np.stack([u + starts[source], np.full(len(u), number), v + starts[target]]))
    triples = np.concatenate(blocks, axis=1) if blocks else np.empty((3, 0), dtype=np.int64)
    return KnowledgeGraph(labels, relations, triples)


def to_pyg(graph: KnowledgeGraph, split: str | None) -> HeteroData:
    """See :meth:`KnowledgeGraph.to_pyg`."""
    import torch
    from torch_geometric.data import HeteroData

    data = HeteroData()
    data["entity"].num_nodes = graph.n_entities
    data["entity"].node_names = list(graph.entities)
    triples = graph.triples if split is None else graph.split(split)
    h, r, t = triples[:, np.argsort(triples[1], kind="stable")]
    bounds = np.searchsorted(r, np.arange(graph.n_relations + 1))
    for number, word in enumerate(graph.relations):
        block = slice(bounds[number], bounds[number + 1])
        data["entity", word, "entity"].edge_index = torch.from_numpy(np.stack([h[block], t[block]]))
    return data
