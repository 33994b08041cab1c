"""Which nodes are ranked: all of them while that is affordable, else a stratified sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.random import RandomState
from graphemb.kernels.sampling import Sample, census, degree_strata, stratified_sample
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.ranking import Target

Sources = Literal["auto", "all"] | int | Sequence[str]

BUDGET = 1e12
"""Multiply-adds, all rows of the result together, up to which ``sources="auto"`` ranks every node (about a minute on two cores)."""
SCORE_COST = 100
"""What counting one score costs, in multiply-adds (measured: 1 to 10 ns against 0.02 ns)."""
SAMPLED = 1_400
"""Sources that ``sources="auto"`` draws beyond the budget: half width 0.02 where AP has a standard deviation of 0.38."""


def choose_sources(
    sources: Sources,
    graph: Graph,
    degree: np.ndarray,
    work: float,
    rank: Callable[[np.ndarray], np.ndarray],
    random_state: RandomState,
) -> Sample:
    """The nodes to rank among those with a neighbour.

    ``work`` is what ranking one source costs (:func:`work_per_source`); ``rank(nodes)`` gives the AP of a pilot, whose nodes come first
    in the sample.
    """
    eligible = np.flatnonzero(degree > 0)
    if not len(eligible):
        raise DataError("the graph has no edge between two nodes, so there is nothing to rebuild")
    if isinstance(sources, bool) or (isinstance(sources, str) and sources not in ("auto", "all")):
        raise ParameterError(f"sources must be 'auto', 'all', a number or a list of names, got {sources!r}")
    if not isinstance(sources, (str, int, np.integer)):
        return replace(census(rows_by_name(sources, graph, degree)), by_name=True)
    total = how_many(sources, len(eligible), work)
    if total == len(eligible):
        return census(eligible)
    return stratified_sample(eligible, degree_strata(degree[eligible]), total, rank, random_state=random_state)


def rows_by_name(names: Sequence[str], graph: Graph, degree: np.ndarray) -> np.ndarray:
    """The named nodes that have a neighbour, each once."""
    rows = np.unique(graph.rows(names))
    if not (degree[rows] > 0).any():
        raise DataError("none of the sources has a neighbour, so there is nothing to rebuild")
    return np.asarray(rows[degree[rows] > 0])


def how_many(sources: str | int, eligible: int, work: float) -> int:
    """How many nodes are ranked where they are not named, of ``eligible`` ones that each take ``work`` multiply-adds."""
    if sources == "all" or (sources == "auto" and eligible * work <= BUDGET):
        return eligible
    if isinstance(sources, (int, np.integer)):
        return min(int(sources), eligible)
    return min(SAMPLED, eligible)


def work_per_source(contenders: Sequence[Contender], graph: Graph, targets: Sequence[Target], candidates: slice | None = None) -> float:
    """Multiply-adds for one source: n (numbers + 100 a relevant set) a contender, and 200 n a hop beyond the first for the search."""
    scoring = sum(c.field(candidates).width * (c.numbers_per_node + SCORE_COST * len(targets)) for c in contenders)
    return float(scoring + 2 * SCORE_COST * graph.n_nodes * (max(hop for hop, _ in targets) - 1))


def sources_in_words(sample: Sample) -> str:
    """Who was ranked, and what the interval therefore says."""
    count, eligible = len(sample.rows), sample.population
    if sample.by_name:
        return f"{count:,} nodes by name; the figures speak of these nodes only"
    if sample.is_census:
        return f"all {eligible:,} eligible nodes, so that the interval has no width: nothing was sampled, and it speaks of this graph only"
    return f"{count:,} of {eligible:,} eligible nodes, drawn in strata of log2 degree with Neyman's allocation"
