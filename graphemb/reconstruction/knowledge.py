"""RESTORE relation by relation: tails of (h, r, ?) and heads of (?, r, t), ranked among all entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError
from graphemb.kernels.sampling import Sample
from graphemb.reconstruction.arguments import require_distinct
from graphemb.reconstruction.contenders import Contender, contenders_of, placements, require_all
from graphemb.reconstruction.direction import DirectionTask
from graphemb.reconstruction.ranking import Ranks, Target
from graphemb.reconstruction.rows import Row
from graphemb.reconstruction.sources import BUDGET, SAMPLED, Sources, work_per_source

WAYS = {"out": "tails", "in": "heads"}
ONE_HOP: list[Target] = [(1, "ball")]


@dataclass(frozen=True)
class RelationGraph:
    """The triples of one relation as a directed graph of all entities, and who ranks them."""

    relation: str
    graph: Graph
    contenders: Sequence[Contender]


def relation_graphs(
    data: KnowledgeGraph,
    relations: bool | Iterable[str],
    named: Mapping[str, Embedding],
    decoders: Sequence[str],
    baselines: Sequence[str],
    rng: np.random.Generator,
) -> list[RelationGraph]:
    """One graph for each relation that joins two entities, with the scorers for that relation; all splits count as true."""
    names = list(data.relations) if relations is True else [relations] if isinstance(relations, str) else list(relations or ())
    data.relations.rows(names)
    made = []
    for name in names:
        graph = data.to_graph([name], directed=True)
        if graph.n_edges == graph.n_self_loops:
            continue
        require_all(placements(named, graph), graph)
        contenders = contenders_of(named, decoders, graph, relation=name)
        numbers = contenders[0].numbers_per_node
        contenders += [registry.build("baseline", spec).prepare(graph, numbers, rng) for spec in baselines]
        require_distinct(contenders)
        made.append(RelationGraph(name, graph, contenders))
    if not made:
        raise DataError("none of the relations joins two different entities, so there is nothing to rebuild")
    return made


def relation_rows(
    parts: Sequence[RelationGraph], sources: Sources, rng: np.random.Generator, n_jobs: int | None, advance: Callable[[int], None]
) -> list[Row]:
    """Rows of all queries together and of every relation, tails and heads; every row of a contender names the first relation's."""
    shared, rows = parts[0].contenders, []
    for way, word in WAYS.items():
        tasks = _tasks(parts, way, n_jobs)
        found = [task.run(count, rng, advance) for task, count in zip(tasks, _shared_out(sources, tasks), strict=True)]
        for c, contender in enumerate(shared):
            each = [of_relation[c] for of_relation in found]
            if len(each) > 1:
                ranks = Ranks.joined([row.ranks for row in each])
                degree = np.concatenate([row.degree for row in each])
                rows.append(Row(contender, word, 1, "ball", _joined([row.sample for row in each]), ranks, degree, "all"))
            for part, row in zip(parts, each, strict=True):
                rows.append(Row(contender, f"{word} of {part.relation}", 1, "ball", row.sample, row.ranks, row.degree, part.relation))
    return rows


def ranked_by_relation(parts: Sequence[RelationGraph], sources: Sources) -> int:
    """How many queries :func:`relation_rows` will rank."""
    ways = [_tasks(parts, way, None) for way in WAYS]
    return sum(task.ranked(share) for tasks in ways for task, share in zip(tasks, _shared_out(sources, tasks), strict=True))


def _tasks(parts: Sequence[RelationGraph], way: str, n_jobs: int | None) -> list[DirectionTask]:
    return [DirectionTask(part.contenders, [], part.graph, way, ONE_HOP, n_jobs) for part in parts]


def _shared_out(sources: Sources, tasks: Sequence[DirectionTask]) -> Iterator[Sources]:
    """What each relation is asked for: its share of the sources where not all are ranked, at least two."""
    eligible = np.array([task.eligible for task in tasks])
    total = 2 * sum(task.eligible * work_per_source(task.contenders, task.graph, task.targets) for task in tasks)  # tails and heads
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
