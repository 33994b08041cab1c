"""The ranking of one direction: sources chosen, ranked by all contenders, and null models ranked on their own graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from graphemb.data.graph import Graph
from graphemb.kernels.random import RandomState
from graphemb.kernels.sampling import Sample
from graphemb.reconstruction.bipartite import ITEMS, candidates_in
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.ranking import Ranks, Target, mean_ranks, rank_sources
from graphemb.reconstruction.rows import Row
from graphemb.reconstruction.sources import Sources, choose_sources, how_many, rows_by_name, work_per_source

REVERSED = ("in", "reversed", ITEMS)
"""Directions that score s(v -> u) of source u and candidate v: the sources of an edge, roles swapped on purpose, users of an item."""


@dataclass
class DirectionTask:
    """The ranking of one direction by all contenders."""

    contenders: Sequence[Contender]
    nulls: Sequence[Sequence[Contender]]
    graph: Graph
    way: str
    targets: Sequence[Target]
    n_jobs: int | None

    def __post_init__(self) -> None:
        self.degree = self.graph.degree("in" if self.way == "in" else "out")
        self.candidates = candidates_in(self.graph, self.way)
        if self.candidates is not None:  # who is ranked by the others ranks nobody
            self.degree[self.candidates] = 0
        self.eligible = int((self.degree > 0).sum())

    @property
    def work(self) -> float:
        """Multiply-adds for one source."""
        everyone = [*self.contenders, *(c for null in self.nulls for c in null)]
        return work_per_source(everyone, self.graph, self.targets, self.candidates)

    def ranked(self, sources: Sources) -> int:
        """How many nodes will be ranked."""
        if isinstance(sources, (str, int, np.integer)):
            return how_many(sources, self.eligible, self.work)
        return len(rows_by_name(sources, self.graph, self.degree))

    def run(self, sources: Sources, random_state: RandomState, advance: Callable[[int], None]) -> list[Row]:
        """Choose the sources, rank them, and make a row for every contender and target."""
        ranked: list[list[list[Ranks]]] = []

        def rank(nodes: np.ndarray) -> np.ndarray:
            ranked.append(self.rank(self.contenders, self.graph, nodes, advance))
            return ranked[-1][0][0].precision

        sample = choose_sources(sources, self.graph, self.degree, self.work, rank, random_state)
        piloted = sum(len(part[0][0].relevant) for part in ranked)
        if piloted < len(sample.rows):
            rank(sample.rows[piloted:])
        found = [(c, [Ranks.joined([part[i][t] for part in ranked]) for t in self._targets]) for i, c in enumerate(self.contenders)]
        return self._rows(found + self._null_ranks(sample.rows), sample)

    def rank(self, contenders: Sequence[Contender], graph: Graph, nodes: np.ndarray, advance: Callable[[int], None]) -> list[list[Ranks]]:
        """``[c][t]``: the nodes ranked by the contenders on a graph."""
        adjacency = graph.adjacency.T.tocsr() if self.way == "in" else graph.adjacency
        return rank_sources(
            contenders,
            adjacency,
            nodes,
            self.targets,
            reverse=self.way in REVERSED,
            candidates=self.candidates,
            n_jobs=self.n_jobs,
            advance=advance,
        )

    def _null_ranks(self, nodes: np.ndarray) -> list[tuple[Contender, list[Ranks]]]:
        """The null contenders, each with the mean over the rewired graphs; rewiring keeps degrees, so the sources serve them too."""
        ranked = [self.rank(null, null[0].graph or self.graph, nodes, lambda rows: None) for null in self.nulls]
        return [(c, [mean_ranks([r[i][t] for r in ranked]) for t in self._targets]) for i, c in enumerate(self.nulls[0] if ranked else [])]

    def _rows(self, found: list[tuple[Contender, list[Ranks]]], sample: Sample) -> list[Row]:
        degree = self.degree[sample.rows]
        return [Row(c, self.way, *target, sample, ranks[t], degree) for c, ranks in found for t, target in enumerate(self.targets)]

    @property
    def _targets(self) -> range:
        return range(len(self.targets))
