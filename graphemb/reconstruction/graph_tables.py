"""Tables of one graph and of the graph that is rebuilt: what a :class:`Restoration` computes when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.kernels.scorer import InnerProduct
from graphemb.reconstruction.bipartite import USERS, BetweenKinds, sides
from graphemb.reconstruction.bounds import frobenius_errors, weight_correlation
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.node_table import community_means
from graphemb.reconstruction.precision import STANDARD_KS, precision_at_k
from graphemb.reconstruction.rebuilt import rebuilt_table
from graphemb.reconstruction.semantics.distance_ratios import distance_ratios

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

LINE = ["method", "decoder"]
"""What a contender is known by, in front of every table."""


def frobenius_table(restoration: Restoration) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.bounds.frobenius_errors` of every contender whose scores are plain inner products."""
    records = []
    for contender in restoration.contenders:
        scorer, graph = restoration.aligned(contender)
        if isinstance(scorer, InnerProduct) and scorer.link is None:
            records.append({"method": contender.method, "decoder": contender.decoder, **frobenius_errors(scorer, graph)})
    return pd.DataFrame(records, columns=[*LINE, "on_edges", "all_pairs", "with_self_pairs"])


def weight_table(restoration: Restoration) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.bounds.weight_correlation` of every contender."""
    found = [(c.method, c.decoder, weight_correlation(*restoration.aligned(c))) for c in restoration.contenders]
    return pd.DataFrame(found, columns=[*LINE, "spearman"])


def precision_table(restoration: Restoration, ks: Sequence[int] | None) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.precision.precision_at_k` of every contender."""
    tables = []
    for contender in restoration.contenders:
        graph = contender.graph or restoration.graph
        if restoration.by_kind:
            table = _precision_between(contender, graph, ks, restoration.seed)
        else:
            table = precision_at_k(contender.scorer, graph, ks, rows=contender.placement.rows, random_state=restoration.seed)
        tables.append(table.assign(method=contender.method, decoder=contender.decoder))
    return _in_front(pd.concat(tables, ignore_index=True))


def _precision_between(contender: Contender, graph: Graph, ks: Sequence[int] | None, seed: int) -> pd.DataFrame:
    """The same over pairs of a user and an item: the pairs of one kind, ranked last, are not counted."""
    rows, users = contender.placement.rows, sides(graph, USERS)[0].stop
    pairs = users * (graph.n_nodes - users)
    cuts = sorted({k for k in STANDARD_KS if k <= pairs} | {graph.n_edges}) if ks is None else ks
    if max(cuts, default=1) > pairs:
        raise ParameterError(f"K must lie between 1 and the number of pairs of a user and an item, {pairs:,}; got {max(cuts):,}")
    present = users if rows is None else int((rows[:users] >= 0).sum())
    table = precision_at_k(BetweenKinds(contender.scorer, present), graph, cuts, rows=rows, random_state=seed)
    share = pairs / (graph.n_nodes * (graph.n_nodes - 1) // 2)
    return table.assign(pairs=(table["pairs"] * share).round().astype(int))


def shape_table(restoration: Restoration) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.rebuilt.rebuilt_table` of every contender that is no baseline and has an edge to rebuild."""
    tables = [pd.DataFrame(columns=["figure", "original", "rebuilt", *LINE])]
    for contender in restoration.given:
        scorer, graph = restoration.aligned(contender)
        if graph.n_edges > graph.n_self_loops:
            tables.append(rebuilt_table(scorer, graph).assign(method=contender.method, decoder=contender.decoder))
    return _in_front(pd.concat(tables[1:] or tables, ignore_index=True))


def part_table(restoration: Restoration) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.node_table.community_means` of every method that is no baseline, by its first decoder."""
    first = {contender.method: contender.decoder for contender in reversed(restoration.given)}
    methods = dict.fromkeys(contender.method for contender in restoration.given)
    tables = [community_means(restoration.nodes(m)).assign(method=m, decoder=first[m]) for m in methods]
    return _in_front(pd.concat(tables, ignore_index=True))


def distance_table(restoration: Restoration, hops: Sequence[int]) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.semantics.distance_ratios.distance_ratios` of the embeddings."""
    return distance_ratios(restoration.embeddings(), restoration.graph, hops=hops, random_state=restoration.seed)


def word_table(restoration: Restoration, most: float) -> pd.DataFrame:
    """:func:`~graphemb.reconstruction.semantics.word_scores.word_scores` of the embeddings."""
    from graphemb.reconstruction.semantics.word_scores import word_scores  # brings scipy.stats, which takes a second

    return word_scores(restoration.embeddings(), restoration.graph, most=most, random_state=restoration.seed)


def _in_front(table: pd.DataFrame) -> pd.DataFrame:
    return table[[*LINE, *(c for c in table.columns if c not in LINE)]]
