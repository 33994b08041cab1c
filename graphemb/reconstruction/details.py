"""Which tables beyond mAP a graph can afford: what the page and the command line compute by themselves.

What is left out says so in ``table.attrs["left_out"]``; the method of :class:`Restoration` that computes it sets no limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from graphemb.data.graph import Graph

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

REBUILD_PAIRS = 5e8
"""Pairs up to which all of them are ranked to rebuild the graph (seconds a method)."""
ANALOGY_SCORES = 2e9
"""Questions x names x subjects up to which analogies are asked (about a minute)."""
DISTANCE_EDGES = 2e6
"""Edges up to which nodes three hops away are looked for."""


def shapes(restoration: Restoration) -> pd.DataFrame:
    """:meth:`Restoration.rebuilt`, where the pairs can be ranked in seconds."""
    pairs = n_pairs(restoration.graph)
    if pairs <= REBUILD_PAIRS:
        return restoration.rebuilt()
    return _nothing(f"Left out, because {pairs:,} pairs take minutes to rank; Restoration.rebuilt() ranks them.")


def asymmetry(restoration: Restoration) -> pd.DataFrame:
    """:meth:`Restoration.asymmetry`; without the reciprocity of the rebuilt graph where there are too many pairs to rank."""
    pairs = n_pairs(restoration.graph)
    table = restoration.asymmetry(rebuilt=pairs <= REBUILD_PAIRS)
    if len(table) and pairs > REBUILD_PAIRS:
        table.attrs["left_out"] = f"The reciprocity of the rebuilt graph is left out, because {pairs:,} pairs take minutes to rank."
    return table


def distances(restoration: Restoration) -> pd.DataFrame:
    """:meth:`Restoration.distance_ratios`, where three hops are found in seconds."""
    graph = restoration.graph
    if len(restoration.embeddings()) and graph.n_edges <= DISTANCE_EDGES:
        return restoration.distance_ratios()
    return _nothing(f"Left out, because three hops along {graph.n_edges:,} edges take long; Restoration.distance_ratios() computes them.")


def words(restoration: Restoration) -> pd.DataFrame:
    """:meth:`Restoration.semantics`, without the analogies where they take minutes."""
    return restoration.semantics(most=ANALOGY_SCORES)


def n_pairs(graph: Graph) -> int:
    """Ordered pairs of a directed graph, unordered ones of another."""
    return graph.n_nodes * (graph.n_nodes - 1) // (1 if graph.directed else 2)


DETAILS: dict[str, Callable[[Restoration], pd.DataFrame]] = {
    "by_degree": lambda restoration: restoration.by_degree(),
    "precision": lambda restoration: restoration.precision(),
    "rebuilt": shapes,
    "communities": lambda restoration: restoration.communities(),
    "asymmetry": asymmetry,
    "distance-ratios": distances,
    "words": words,
}


def detail_tables(restoration: Restoration) -> dict[str, pd.DataFrame]:
    """Every table that the graph can afford, by name; those that do not apply to it are empty."""
    return {name: compute(restoration) for name, compute in DETAILS.items()}


def _nothing(why: str) -> pd.DataFrame:
    table = pd.DataFrame()
    table.attrs["left_out"] = why
    return table
