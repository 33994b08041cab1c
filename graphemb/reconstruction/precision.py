"""Precision@K: all pairs of the graph in one ranking, and the share of edges among the K best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.pair_bounds import TooManyPairs
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sampling import wilson
from graphemb.kernels.scorer import Scorer, symmetrised
from graphemb.kernels.top_pairs import top_pairs

STANDARD_KS = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
BUDGET = 2_000_000_000
"""Pairs scored in blocks at the most, 10 to 20 s at 128 columns on two cores; 63,000 nodes where pairs are unordered."""
SAMPLED_COST = 50
"""A pair scored alone costs about so many times one in a block (measured at 128 columns: its vectors are gathered from memory)."""
LEAST = 10
"""Sampled pairs below which a precision is not told."""
CHUNK = 2**20


@dataclass(frozen=True)
class Ranking:
    """What the precision at every K needs of a ranking of pairs, ties and all.

    ``top`` the highest scores in descending order, followed by ``beyond`` more that equal the last; ``edges`` the ascending scores of the
    edges, those below the last of ``top`` need not be right. ``missing`` pairs, ``missing_edges`` of them edges, come last, all level.
    """

    top: np.ndarray
    beyond: int
    edges: np.ndarray
    total: int
    missing: int = 0
    missing_edges: int = 0

    def precision(self, k: float) -> float:
        """(h + (K - b) e / t) / K: b pairs with h edges lie above the K-th score, t pairs with e edges are level with it."""
        ranked = self.total - self.missing
        if k > ranked:
            return float((len(self.edges) + (k - ranked) * self.missing_edges / self.missing) / k)
        ascending = self.top[::-1]
        level = self.top[min(len(self.top), int(np.ceil(k))) - 1]
        b = len(self.top) - int(np.searchsorted(ascending, level, side="right"))
        t = len(self.top) - b - int(np.searchsorted(ascending, level, side="left"))
        if level == self.top[-1]:
            t += self.beyond
        h = len(self.edges) - int(np.searchsorted(self.edges, level, side="right"))
        e = len(self.edges) - h - int(np.searchsorted(self.edges, level, side="left"))
        return float((h + (k - b) * e / t) / k)


def precision_at_k(
    scorer: Scorer,
    graph: Graph,
    ks: Iterable[int] | None = None,
    *,
    rows: np.ndarray | None = None,
    budget: int | None = BUDGET,
    random_state: RandomState = 0,
    progress: bool = False,
) -> pd.DataFrame:
    """P@K = edges among the K best-scored pairs / K, over all pairs of the graph.

    Undirected graphs rank each unordered pair once, by (s(u, v) + s(v, u)) / 2; directed ones every ordered pair by s(u -> v).
    Self-pairs are never ranked. Ties at the cut count by their share of edges (expected precision over random orders).

    Parameters
    ----------
    scorer : n rows in the order of the graph's nodes, or as ``rows`` says
    ks : numbers of pairs kept; None is 10, 100, ..., 1,000,000 as far as there are pairs, and |E|
    rows : the scorer's row of each node, -1 where it has none; pairs of such a node are ranked last, level with one another
    budget : pairs scored in blocks at the most, or so. Where the norms of the vectors cannot rule out enough of the others, every pair is
        drawn with one probability q, and precision among the K q best of the sample estimates P@K of the graph; it is
        NaN where K q < 10. None always ranks all pairs

    Returns
    -------
    DataFrame of ``K``, ``precision``, ``recall`` (edges found / |E|, self-loops not counted; equal to precision and F1 at
    K = |E|), ``low`` and ``high`` (95% Wilson interval of the sampled precision, else both equal to it), ``pairs`` (number of
    pairs drawn or ranked) and ``sampled``

    Memory: see :func:`top_pairs`; a sample is held as its scores, 4 bytes a pair.

    >>> path = Graph.from_edges([("a", "b"), ("b", "c")])
    >>> from graphemb.kernels.scorer import InnerProduct
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], dtype=np.float32)
    >>> precision_at_k(InnerProduct(x, symmetric=True), path)[["K", "precision"]].to_numpy().tolist()
    [[2.0, 1.0]]
    """
    graph = graph.without_self_loops()
    n, m = graph.n_nodes, graph.n_edges
    total = n * (n - 1) // (1 if graph.directed else 2)
    if m == 0:
        raise DataError("precision@K needs a graph with an edge between two nodes; this one has none")
    cuts = _cuts(ks, total, m)
    scorer, adjacency, missing = _present(scorer, graph, rows)
    ranked = total - missing
    try:
        share = 1.0
        with progress_bar(progress, "precision@K", ranked) as advance:
            ranking = _all_pairs(scorer, adjacency, graph.directed, max(cuts), budget, advance)
    except TooManyPairs:
        share = min(1.0, (budget or ranked) / SAMPLED_COST / ranked)
        with progress_bar(progress, "precision@K of a sample", ranked) as advance:
            ranking = _sampled_pairs(scorer, adjacency, graph.directed, share, generator(random_state), advance)
    if missing:
        lost = m - adjacency.nnz // (1 if graph.directed else 2)
        ranking = Ranking(
            ranking.top, ranking.beyond, ranking.edges, ranking.total + round(missing * share), round(missing * share), round(lost * share)
        )
    return _table(cuts, ranking, share, m)


def _cuts(ks: Iterable[int] | None, total: int, m: int) -> list[int]:
    cuts = sorted({k for k in STANDARD_KS if k <= total} | {m}) if ks is None else [int(k) for k in ks]
    if not cuts or min(cuts) < 1 or max(cuts) > total:
        raise ParameterError(f"K must lie between 1 and the number of pairs, {total:,}; got {', '.join(map(str, cuts)) or 'none'}")
    return cuts


def _present(scorer: Scorer, graph: Graph, rows: np.ndarray | None) -> tuple[Scorer, sp.csr_array, int]:
    """Scorer and adjacency of the nodes that have a row, and the number of pairs that are left out."""
    if rows is None:
        if scorer.n != graph.n_nodes:
            raise DataError(f"expected a scorer of {graph.n_nodes:,} rows, one a node, got {scorer.n:,}; pass rows=")
        return scorer, graph.adjacency, 0
    there = np.flatnonzero(rows >= 0)
    n, k = graph.n_nodes, len(there)
    if k < 2:
        raise DataError(f"precision@K needs vectors for at least two nodes, got {k}")
    adjacency = graph.adjacency if k == n else sp.csr_array(graph.adjacency[there][:, there])
    return scorer.take(rows[there]), adjacency, (n * (n - 1) - k * (k - 1)) // (1 if graph.directed else 2)


def _all_pairs(
    scorer: Scorer, adjacency: sp.csr_array, directed: bool, k: int, most: int | None, advance: Callable[[int], None]
) -> Ranking:
    n = scorer.n
    total = n * (n - 1) // (1 if directed else 2)
    best = top_pairs(scorer, min(k, total), directed=directed, watch=adjacency, most=most, advance=advance)
    return Ranking(best.scores, best.beyond, np.sort(best.watched), total)


def _sampled_pairs(
    scorer: Scorer, adjacency: sp.csr_array, directed: bool, share: float, rng: np.random.Generator, advance: Callable[[int], None]
) -> Ranking:
    """Every pair with probability ``share``: among the n^2 places of the matrix the gaps between drawn ones are geometric."""
    scorer = scorer if directed else symmetrised(scorer)
    n = scorer.n
    entries = sp.coo_array(adjacency if directed else sp.triu(adjacency, 1))
    edge_places = np.sort(entries.row.astype(np.int64) * n + entries.col)
    scores, edges, last = [], [], -1
    while last < n * n:
        places = last + np.cumsum(rng.geometric(share, CHUNK))
        last = int(places[-1])
        places = places[places < n * n]
        u, v = np.divmod(places, n)
        kept = u != v if directed else u < v
        places, u, v = places[kept], u[kept], v[kept]
        part = scorer.pairs(u, v)
        if np.isnan(part).any():
            raise DataError(f"the decoder gave NaN for the source in row {int(u[np.isnan(part)][0])}; scores must be numbers")
        found = np.searchsorted(edge_places, places)
        is_edge = edge_places[np.minimum(found, len(edge_places) - 1)] == places if len(edge_places) else np.zeros(len(places), bool)
        scores.append(part)
        edges.append(part[is_edge])
        advance(round(len(places) / share))
    ranked = np.sort(np.concatenate(scores))[::-1]
    return Ranking(ranked, 0, np.sort(np.concatenate(edges)), len(ranked))


def _table(cuts: list[int], ranking: Ranking, share: float, m: int) -> pd.DataFrame:
    kept = np.array(cuts) * share
    found = np.array([ranking.precision(k) if share == 1 or LEAST <= k <= ranking.total else np.nan for k in kept])
    low, high = (found, found) if share == 1 else wilson(found, kept)
    return pd.DataFrame(
        {
            "K": cuts,
            "precision": found,
            "recall": np.minimum(found * np.array(cuts) / m, 1.0),
            "low": low,
            "high": high,
            "pairs": ranking.total,
            "sampled": share < 1,
        }
    )
