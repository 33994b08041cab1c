"""RESTORE: how much of a graph its embedding has kept, measured by rebuilding it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph, not_a_graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataWarning, ParameterError
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.reconstruction.arguments import count_of, directions_of, graph_to_rebuild, listed, require_distinct, targets_of
from graphemb.reconstruction.bipartite import READING, baseline_between, interaction_graph, require_both_kinds, ways_of
from graphemb.reconstruction.contenders import Contender, contenders_of, named_embeddings, placements
from graphemb.reconstruction.direction import DirectionTask
from graphemb.reconstruction.knowledge import ONE_HOP, ranked_by_relation, relation_graphs, relation_rows
from graphemb.reconstruction.null_model import null_contenders
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.rows import Row
from graphemb.reconstruction.settings import describe
from graphemb.reconstruction.sources import Sources

__all__ = ["restore"]

AS_ONE_GRAPH = "the undirected graph of all entities, an edge wherever a triple joins two"
BY_RELATION = "relation by relation, tails and heads ranked among all entities; the triples of all splits are relevant"


def restore(
    embeddings: Embedding | Mapping[str, Embedding] | Iterable[Embedding],
    data: Graph | KnowledgeGraph | Interactions,
    *,
    hops: int | Iterable[int] = (1,),
    relevant: str | Iterable[str] = "ball",
    sources: Sources = "auto",
    decoder: str | Iterable[str] = "auto",
    direction: str | Iterable[str] = "auto",
    baselines: str | Iterable[str] = (),
    null: int | None = None,
    missing: Literal["error", "last", "drop"] = "error",
    relations: bool | Iterable[str] = False,
    split: str = "train",
    details: bool = False,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Restoration:
    """Rank all other nodes for every node by an embedding's scores, and measure how far up its neighbours stand.

    For a source u all nodes but u are candidates, r of them relevant. With rel_i telling whether rank i is relevant,

      AP(u) = (1/r) sum_i rel_i (sum_{j<=i} rel_j) / i,

    expected over random orders of tied candidates; mAP is its mean over the nodes with r >= 1. No candidate is sampled away.

    Parameters
    ----------
    embeddings : one embedding, a list, or a mapping of names to them
    data : the graph they are embeddings of; names match rows. A knowledge graph becomes the undirected graph of its triples,
        unless ``relations`` are asked for. Of interactions, users rank all items and items rank all users: rows of kind "user" and
        "item" are matched, or names ``user:NAME`` and ``item:NAME``, as :meth:`Interactions.to_graph` gives them
    hops : the distances k at which nodes are relevant
    relevant : "ball" (within k hops), "ring" (exactly k hops), or "both"; distances are unweighted and along the edges
    sources : "auto" ranks all nodes while that takes at most ``BUDGET`` multiply-adds, else draws 1,400; "all"; a number to draw;
        or names. Draws are stratified by log2 of the degree and allocated after Neyman by a pilot of the first embedding;
        every row of the result has the same sources
    decoder : how rows are scored: "auto" is each embedding's own; a name; or several, to compare them on the same vectors
    direction : for directed graphs "out" (rank the targets of u) and "in" (rank the sources of v), "auto" being both, or
        "reversed" (rank the targets of u by s(v -> u): low where roles matter). An undirected graph has one direction. For
        interactions "users" (each ranks all items) and "items" (each ranks all users), "auto" being both
    baselines : registered names, with settings as in "random:dim=64"; they get as many numbers a node as the first embedding
    null : refit every method that its embedding's ``meta`` names on so many rewired graphs of the same degrees, each scored on
        itself; the row "<method> on rewired graph" is their mean, its interval that of sampling the sources
    missing : nodes without a vector raise ("error"), are ranked "last" (as sources: level with everything), or are taken
        out of the graph ("drop", for all embeddings alike)
    relations : for a knowledge graph, True or names: rank tails of (h, r, ?) and heads of (?, r, t) among all entities, relation by
        relation (rows name it, "all" being all queries together). All true triples of every split are relevant, so nothing is to be
        filtered; hops, relevant, direction and null do not apply
    split : for interactions, what is rebuilt: "train", which the methods were given (an item held out is then a candidate like any
        other), or "all" splits as one; hops, relevant, relations and null do not apply
    details : compute precision@K and the node tables at once rather than on first use
    random_state : for the sources, the baselines and the rewiring
    n_jobs : threads that count; matrix products use those of BLAS
    progress : show a bar with the remaining time on stderr

    Returns
    -------
    Restoration, whose ``to_frame()`` has a row for every method, decoder, direction, hop and relevant set

    Memory: O(block + sum of r), a block being at most 256 MiB unless one row is longer. Work: O(S n (d + log r)) for S sources.

    Source: Yip et al., "RESTORE: Graph Embedding Assessment Through Reconstruction", arXiv 2308.14659. Its text leaves the
    candidates, ties and the relevant sets of k hops open: they are as defined here, and no figure of it is claimed to be reproduced.

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    >>> line = Embedding(graph.names, [[0], [1], [2], [3]], decoder="euclidean")
    >>> restore(line, graph).to_frame().loc[0, "mAP"].item()
    1.0
    """
    named = named_embeddings(embeddings)
    if not named:
        raise ParameterError("expected at least one embedding, got none")
    between = isinstance(data, Interactions)
    if split != "train" and not between:
        raise ParameterError("split is of Interactions, and a graph was given; leave split out")
    reading = READING.get(split) if between else isinstance(data, KnowledgeGraph) and (BY_RELATION if relations else AS_ONE_GRAPH)
    if isinstance(data, Interactions):
        data = interaction_graph(data, split, hops=hops, relevant=relevant, null=null, relations=relations)
    data = _as_graph(data, relations)
    for_sources, for_baselines, for_nulls = generator(random_state).spawn(3)
    if isinstance(data, KnowledgeGraph):
        plain = targets_of(hops, relevant) == ONE_HOP and direction == "auto" and not null and not details and missing == "error"
        if not plain:
            raise ParameterError("with relations, hops, relevant, direction, null, missing and details do not apply; leave them out")
        parts = relation_graphs(data, relations, named, listed(decoder), listed(baselines), for_baselines)
        with progress_bar(progress, "ranking", ranked_by_relation(parts, sources)) as advance:
            rows = relation_rows(parts, sources, for_sources, n_jobs, advance)
        ranked = relations is True or [part.relation for part in parts]
        graph = data.to_graph(directed=True)
        asked = {"reading": reading, "relations": ranked, "queries": sources, "placed": placements(named, graph)}
        return _restoration(rows, list(parts[0].contenders), graph, data, **asked, random_state=random_state)
    targets = targets_of(hops, relevant)
    placed = placements(named, data)
    if between:
        require_both_kinds(placed, data)
    graph = graph_to_rebuild(data, placed, missing)
    ways = ways_of(direction, sources, graph) if between else directions_of(direction, graph)
    contenders = _contenders(named, listed(decoder), listed(baselines), graph, for_baselines, between)
    nulls = [null_contenders(named, listed(decoder), graph, rng) for rng in for_nulls.spawn(count_of(null))]
    rows = []
    for way in ways:
        task = DirectionTask(contenders, nulls, graph, way, targets, n_jobs)
        with progress_bar(progress, f"ranking, {way}", task.ranked(sources)) as advance:
            rows += task.run(sources, for_sources, advance)
    _note_views_without_nodes(rows)
    everyone = contenders + (nulls[0] if nulls else [])
    how = {"reading": reading, "missing": missing, "placed": placed, "random_state": random_state, "null": null}
    restoration = _restoration(rows, everyone, graph, data, **how, split=split if between else None)
    if details:
        restoration.compute_details()
    return restoration


def _contenders(
    named: Mapping[str, Embedding], decoders: list[str], baselines: list[str], graph: Graph, rng: np.random.Generator, between: bool
) -> list[Contender]:
    """The embeddings by every decoder, then the baselines; rows of the kinds that are ranked stand in the order of the nodes."""
    contenders = contenders_of(named, decoders, graph)
    if between or "kind" in graph.meta:
        contenders = [contender.in_node_order() for contender in contenders]
    numbers = contenders[0].numbers_per_node
    if between:
        contenders += [baseline_between(spec, graph, numbers, rng) for spec in baselines]
    else:
        contenders += [registry.build("baseline", spec).prepare(graph, numbers, rng) for spec in baselines]
    require_distinct(contenders)
    return contenders


def _as_graph(data: Graph | KnowledgeGraph, relations: bool | Iterable[str]) -> Graph | KnowledgeGraph:
    """The graph of a knowledge graph, unless single relations are asked for."""
    if isinstance(data, KnowledgeGraph):
        return data if relations else data.to_graph()
    if not isinstance(data, Graph):
        raise not_a_graph("restore", data)
    if relations:
        raise ParameterError("relations are those of a KnowledgeGraph, and a Graph was given; leave relations out")
    return data


def _note_views_without_nodes(rows: Sequence[Row]) -> None:
    """Say which relevant sets are empty for every ranked node, so that their figures are undefined."""
    for way, hop, relevant in dict.fromkeys(row.view for row in rows if not (row.ranks.relevant > 0).any()):
        where = "" if way == "undirected" else f", {way}"
        note = f"no node has a relevant node at hop {hop} ({relevant}{where}), so its figures are undefined"
        warnings.warn(note, DataWarning, stacklevel=3)


def _restoration(rows: list[Row], contenders: list[Contender], graph: Graph, data: Graph | KnowledgeGraph, **how: Any) -> Restoration:
    return Restoration(_by_contender(rows, contenders), contenders, graph, describe(data, graph, contenders, rows, **how))


def _by_contender(rows: Sequence[Row], contenders: Sequence[Contender]) -> list[Row]:
    """All rows of a contender together, contenders in their order."""
    order = {id(contender): i for i, contender in enumerate(contenders)}
    return sorted(rows, key=lambda row: order[id(row.contender)])
