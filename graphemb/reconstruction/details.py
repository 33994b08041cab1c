"""Which tables beyond mAP a graph can afford: what the page and the command line compute by themselves.

What is left out says so in ``table.attrs["left_out"]``; the method of :class:`Restoration` that computes it sets no limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from graphemb.data.graph import Graph
from graphemb.errors import GraphembError

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

REBUILD_PAIRS = 5e8
"""Pairs up to which all of them are ranked to rebuild the graph (seconds a method)."""
ANALOGY_SCORES = 2e9
"""Questions x names x subjects up to which analogies are asked (about a minute)."""
DISTANCE_EDGES = 2e6
"""Edges up to which nodes three hops away are looked for."""


def n_pairs(graph: Graph) -> int:
    """Ordered pairs of a directed graph, unordered ones of another."""
    return graph.n_nodes * (graph.n_nodes - 1) // (1 if graph.directed else 2)


def _rebuilt(restoration: Restoration) -> pd.DataFrame:
    pairs = n_pairs(restoration.graph)
    if pairs <= REBUILD_PAIRS:
        return restoration.rebuilt()
    return _nothing(f"Left out, because {pairs:,} pairs take minutes to rank; Restoration.rebuilt() ranks them.")


def _asymmetry(restoration: Restoration) -> pd.DataFrame:
    pairs = n_pairs(restoration.graph)
    table = restoration.asymmetry(rebuilt=pairs <= REBUILD_PAIRS)
    if len(table) and pairs > REBUILD_PAIRS:
        table.attrs["left_out"] = f"The reciprocity of the rebuilt graph is left out, because {pairs:,} pairs take minutes to rank."
    return table


def _distances(restoration: Restoration) -> pd.DataFrame:
    edges = restoration.graph.n_edges
    if edges <= DISTANCE_EDGES:
        return restoration.distance_ratios()
    return _nothing(f"Left out, because three hops along {edges:,} edges take minutes; Restoration.distance_ratios() follows them.")


DETAILS: dict[str, Callable[[Restoration], pd.DataFrame]] = {
    "by_degree": lambda restoration: restoration.by_degree(),
    "precision": lambda restoration: restoration.precision(),
    "rebuilt": _rebuilt,
    "communities": lambda restoration: restoration.communities(),
    "asymmetry": _asymmetry,
    "distance-ratios": _distances,
    "words": lambda restoration: restoration.semantics(most=ANALOGY_SCORES),
}


def detail(restoration: Restoration, name: str) -> pd.DataFrame:
    """One of the tables ``DETAILS``, as far as the size of the graph allows; ``attrs["left_out"]`` is "" or says what is missing and why.

    A table that does not apply to the graph is empty and says so too.
    """
    try:
        table = DETAILS[name](restoration)
    except GraphembError as error:
        return _nothing(f"Left out: {error}")
    table.attrs.setdefault("left_out", "")
    return table


def detail_tables(restoration: Restoration) -> dict[str, pd.DataFrame]:
    """All of them by name."""
    return {name: detail(restoration, name) for name in DETAILS}


def _nothing(why: str) -> pd.DataFrame:
    table = pd.DataFrame()
    table.attrs["left_out"] = why
    return table
