"""RESTORE relation by relation: tails of (h, r, ?) and heads of (?, r, t), ranked among all entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError
from graphemb.kernels.sampling import Sample
from graphemb.reconstruction.arguments import require_distinct
from graphemb.reconstruction.contenders import Contender, Placement, contenders_of, placements, require_all
from graphemb.reconstruction.direction import DirectionTask
from graphemb.reconstruction.ranking import Ranks, Target
from graphemb.reconstruction.rows import Row
from graphemb.reconstruction.sources import BUDGET, SAMPLED, Sources, how_many, work_per_source

WAYS = {"out": "tails", "in": "heads"}
ONE_HOP: list[Target] = [(1, "ball")]


@dataclass(frozen=True)
class RelationGraph:
    """The triples of one relation as a directed graph of all entities, and who ranks them: built when asked for.

    ``eligible`` is the number of entities with a tail ("out") and with a head ("in") other than themselves.
    """

    relation: str
    eligible: Mapping[str, int]
    graph: Callable[[], Graph]
    prepare: Callable[[Graph], Sequence[Contender]]

    @cached_property
    def contenders(self) -> Sequence[Contender]:
        """Its scorers, which are kept from here on: of the first relation only, whose contenders every row names."""
        return self.prepare(self.graph())


def relation_graphs(
    data: KnowledgeGraph,
    relations: bool | Iterable[str],
    named: Mapping[str, Embedding],
    decoders: Sequence[str],
    baselines: Sequence[str],
    rng: np.random.Generator,
) -> list[RelationGraph]:
    """One for each relation that joins two entities; all splits count as true. Nothing is built but the scorers of the first."""
    names = list(data.relations) if relations is True else [relations] if isinstance(relations, str) else list(relations or ())
    numbers_of = data.relations.rows(names)
    with_tail, with_head = _eligible(data)

    placed: dict[str, Placement] = {}

    def contenders(graph: Graph, name: str) -> list[Contender]:
        made = contenders_of(named, decoders, graph, name, placed)
        numbers = made[0].numbers_per_node
        return made + [registry.build("baseline", spec).prepare(graph, numbers, rng) for spec in baselines]

    parts = [
        RelationGraph(
            name,
            {"out": int(with_tail[r]), "in": int(with_head[r])},
            partial(data.to_graph, [name], directed=True),
            partial(contenders, name=name),
        )
        for name, r in zip(names, numbers_of, strict=True)
        if with_tail[r]
    ]
    if not parts:
        raise DataError("none of the relations joins two different entities, so there is nothing to rebuild")
    graph = parts[0].graph()
    placed |= placements(named, graph)  # of every relation, since every graph has all entities
    require_all(placed, graph)
    require_distinct(list(parts[0].contenders))
    return parts


def _eligible(data: KnowledgeGraph) -> tuple[np.ndarray, np.ndarray]:
    """(relations,) each: how many heads a relation has, and how many tails, in triples of two different entities."""
    heads, relations, tails = data.triples[:, data.triples[0] != data.triples[2]]
    n, most = data.n_entities, len(data.relations)
    with_tail, with_head = (np.bincount(np.unique(relations * n + ends) // max(n, 1), minlength=most) for ends in (heads, tails))
    return with_tail, with_head


def relation_rows(
    parts: Sequence[RelationGraph], sources: Sources, rng: np.random.Generator, n_jobs: int | None, advance: Callable[[int], None]
) -> list[Row]:
    """Rows of all queries together and of every relation, tails and heads; every row of a contender names the first relation's.

    The graph and the scorers of one relation are held at a time, beside the first relation's scorers.
    """
    shared = parts[0].contenders
    asked = {way: list(_shared_out(parts, way, sources)) for way in WAYS}
    found: dict[str, list[list[Row]]] = {way: [] for way in WAYS}
    for i, part in enumerate(parts):
        graph = part.graph()
        contenders = part.prepare(graph) if i else shared
        for way, word in WAYS.items():
            rows = DirectionTask(contenders, [], graph, way, ONE_HOP, n_jobs).run(asked[way][i], rng, advance)
            direction = f"{word} of {part.relation}"
            found[way].append(
                [replace(row, contender=c, direction=direction, relation=part.relation) for row, c in zip(rows, shared, strict=True)]
            )
    return [row for way, word in WAYS.items() for each in zip(*found[way], strict=True) for row in _with_all(each, word)]


def _with_all(each: Sequence[Row], word: str) -> list[Row]:
    """The rows of one contender, first that of all relations together where there are several."""
    if len(each) == 1:
        return list(each)
    ranks = Ranks.joined([row.ranks for row in each])
    degree = np.concatenate([row.degree for row in each])
    everything = Row(each[0].contender, word, 1, "ball", _joined([row.sample for row in each]), ranks, degree, "all")
    return [everything, *each]


def ranked_by_relation(parts: Sequence[RelationGraph], sources: Sources) -> int:
    """How many queries :func:`relation_rows` will rank."""
    work = _work(parts)
    return sum(
        how_many(asked, part.eligible[way], work)
        for way in WAYS
        for part, asked in zip(parts, _shared_out(parts, way, sources), strict=True)
    )


def _work(parts: Sequence[RelationGraph]) -> float:
    """Multiply-adds for one query, by the scorers of the first relation."""
    return work_per_source(parts[0].contenders, parts[0].graph(), ONE_HOP)


def _shared_out(parts: Sequence[RelationGraph], way: str, sources: Sources) -> Iterator[str | int]:
    """What each relation is asked for: its share of the sources where not all are ranked, at least two."""
    eligible = np.array([part.eligible[way] for part in parts])
    total = 2 * int(eligible.sum()) * _work(parts)  # tails and heads
    for count in eligible:
        if sources == "all" or (sources == "auto" and total <= BUDGET):
            yield "all"
        elif isinstance(sources, (str, int, np.integer)):
            wanted = SAMPLED if sources == "auto" else sources
            yield wanted if isinstance(wanted, (str, bool)) else max(2, round(int(wanted) * count / eligible.sum()))
        else:
            raise DataError("sources by name are of a graph; with relations ask for 'auto', 'all' or a number")


def _joined(samples: Sequence[Sample]) -> Sample:
    """The samples of several populations as one, their strata side by side."""
    offsets = np.cumsum([0] + [len(sample.sizes) for sample in samples])
    stratum = np.concatenate([sample.stratum + offset for sample, offset in zip(samples, offsets, strict=False)])
    return Sample(np.concatenate([s.rows for s in samples]), stratum, np.concatenate([s.sizes for s in samples]))
