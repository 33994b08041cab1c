"""Parity of links: are links predicted within groups more often than between them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.analysis.bias.result import BiasResult, exceeding
from graphemb.analysis.bias.scene import locate
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, times_drawn
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole, require_within
from graphemb.kernels.partition_test import random_orders
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.top_pairs import top_pairs
from graphemb.reconstruction.decoders.vectors import make_scorer

AT_ONCE = 2**22
"""Links times draws looked at together."""


def parity(
    embedding: Embedding,
    concept: Concept | str,
    data: Graph | None = None,
    *,
    share: float | None = None,
    decoder: str = "auto",
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The difference between the shares of pairs that are predicted as links, of the same group and of different groups.

        demographic parity = P(link | same) - P(link | different)                  over pairs of names of the concept's groups,
        equal opportunity  = P(link | same, edge) - P(link | different, edge)      over edges of the graph among them

    Predicted are the pairs with the highest scores, as many as the graph has edges there. 0 without bias, negative where links between
    groups are favoured. A graph whose own edges prefer their group has such a difference itself, which an embedding that keeps the graph
    must have too: ``graph`` in the table tells it. ``p`` is two-sided, over groups dealt out anew to the names (each keeps its links), and
    the interval resamples names.

    Source: demographic parity and equal opportunity of links as in Buyl and De Bie, "DeBayes", ICML 2020, and Rahman et al., "Fairwalk",
    IJCAI 2019. We take a fixed number of links in place of a threshold on a probability. Work: n^2 d for n names of the groups.

    Parameters
    ----------
    data : the graph, directed or not; without it there is no equal opportunity, and pairs have no direction
    share : of all pairs that are predicted, above 0; as many as there are edges, or 0.01 without a graph
    decoder : what scores pairs, the embedding's own by default

    Returns
    -------
    BiasResult : two rows (one without a graph) of ``same``, ``different``, ``difference``, interval, ``p``, and the difference of
        the ``graph`` itself; NaN where the graph has no edge of a kind

    Raises
    ------
    DataError : no pair within groups; no edge among the names; ParameterError : a setting outside its range

    >>> e = Embedding(list("abcd"), [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> g = Graph.from_edges([("a", "b"), ("c", "d")])
    >>> found = parity(e, Concept("side", {"left": ["a", "b"], "right": ["c", "d"]}), g)
    >>> found.value, found.table["graph"].tolist()[0]
    (1.0, 1.0)
    """
    if share is not None:
        require_within("share", share, 1e-12, 1.0)
    require_whole("draws", draws)
    located = locate(embedding, concept, missing=missing)
    located.concept.require_groups(2)
    rows, groups = located.all_rows, located.labels
    edges = None if data is None else _edges(embedding, data, rows)
    directed = data is not None and data.directed
    n_pairs = len(rows) * (len(rows) - 1) // (1 if directed else 2)
    wanted = _wanted(n_pairs, share, None if edges is None else edges.nnz // (1 if directed else 2))
    best = top_pairs(make_scorer(embedding, decoder).take(rows), wanted, directed=directed)
    pairs = _Pairs(groups, np.stack([best.sources, best.targets]), directed)
    rng = generator(random_state)
    found: dict[str, tuple[_Pairs, np.ndarray | None]] = {"demographic parity": (pairs, None)}
    of_graph = np.nan
    if edges is not None:
        ends = np.stack((edges if directed else sp.csr_array(sp.triu(edges, 1))).nonzero())
        of_graph = float(np.subtract(*_Pairs(groups, ends, directed).shares(groups)))
        hit = np.isin(ends[0] * len(rows) + ends[1], best.sources * len(rows) + best.targets)
        found["equal opportunity"] = (_Pairs(groups, ends[:, hit], directed), ends)
    table = pd.DataFrame([{"figure": name, **_row(of, among, draws, rng)} for name, (of, among) in found.items()])
    table["graph"] = [of_graph, *([np.nan] * (len(table) - 1))]
    head = table.iloc[0]
    settings = {"decoder": embedding.decoder if decoder == "auto" else decoder, "predicted": len(best.sources), "pairs": n_pairs}
    settings |= {"level_with_the_last": int(best.beyond), "concept": located.report(), "draws": draws}
    return BiasResult(
        "parity",
        table,
        0.0,
        f"links are predicted within groups of {located.concept.name} more often than between them",
        float(head["difference"]),
        float(head["low"]),
        float(head["high"]),
        float(head["p"]),
        f"Monte Carlo, {draws:,} random assignments of groups",
        settings={
            **settings,
            **({} if data is None else {"data": data.fingerprint, "edges": int(edges.nnz) // (1 if directed else 2)}),  # type: ignore[union-attr]
            "random_state": seed_in_words(random_state),
        },
    )


def _edges(embedding: Embedding, data: Graph, rows: np.ndarray) -> sp.csr_array:
    """The graph's edges among rows of the embedding, in their order, without self-loops."""
    at = data.names.find([embedding.names[int(row)] for row in rows])
    known = np.flatnonzero(at >= 0)
    coo = data.adjacency[at[known]][:, at[known]].tocoo()
    kept = coo.row != coo.col
    matrix = sp.csr_array((np.ones(kept.sum(), np.float32), (known[coo.row[kept]], known[coo.col[kept]])), shape=(len(rows), len(rows)))
    if not matrix.nnz:
        raise DataError(f"the graph has no edge among the {len(rows):,} names of the groups")
    return matrix


def _wanted(n_pairs: int, share: float | None, edges: int | None) -> int:
    if share is None and edges is not None:
        return edges
    return max(1, round(n_pairs * (0.01 if share is None else share)))


@dataclass(frozen=True)
class _Pairs:
    """Some pairs of names, and how many of all pairs they are within and between groups."""

    groups: np.ndarray
    ends: np.ndarray
    """int64 (2, m)."""
    directed: bool

    def shares(self, groups: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
        """(2,): their share of the pairs within groups, and of those between; of all pairs, or of those ``among``, int64 (2, t);
        NaN where there are no such."""
        mine = self._counts(groups[None], np.ones((1, len(groups))), self.ends)[0]
        theirs = self._totals(groups[None], np.ones((1, len(groups))), among)[0]
        if among is None and not theirs.all():
            raise DataError(f"there is no pair {'between' if theirs[0] else 'within'} groups; groups need more names")
        return np.asarray(np.divide(mine, theirs, out=np.full(2, np.nan), where=theirs > 0))

    def differences(self, groups: np.ndarray, weight: np.ndarray, among: np.ndarray | None) -> np.ndarray:
        """float64 (b,): the difference of the shares, by row of groups (b or 1, n) and of weights (b or 1, n)."""
        mine, theirs = self._counts(groups, weight, self.ends), self._totals(groups, weight, among)
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample may have no pair of a kind
            shares = mine / theirs
        return np.asarray(shares[:, 0] - shares[:, 1])

    def _totals(self, groups: np.ndarray, weight: np.ndarray, among: np.ndarray | None) -> np.ndarray:
        if among is not None:
            return self._counts(groups, weight, among)
        squares = (weight**2).sum(axis=1)
        sums = np.stack([(weight * (groups == g)).sum(axis=1) for g in range(int(self.groups.max()) + 1)])
        same, everything = (sums**2).sum(axis=0) - squares, weight.sum(axis=1) ** 2 - squares
        return np.asarray(np.stack([same, everything - same], axis=1) / (1 if self.directed else 2))

    def _counts(self, groups: np.ndarray, weight: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """float64 (b, 2): weights of pairs within and between groups."""
        same = groups[:, ends[0]] == groups[:, ends[1]]
        times = weight[:, ends[0]] * weight[:, ends[1]]
        within, everything = (times * same).sum(axis=1), (times * np.ones_like(same)).sum(axis=1)
        return np.stack([within, everything - within], axis=1)


def _row(pairs: _Pairs, among: np.ndarray | None, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """Shares, their difference, its interval over resampled names and its p over dealt-out groups."""
    n, one = len(pairs.groups), np.ones((1, len(pairs.groups)))
    same, different = pairs.shares(pairs.groups, among)
    step = max(1, AT_ONCE // max(pairs.ends.shape[1], 0 if among is None else among.shape[1], n))
    dealt = [pairs.differences(pairs.groups[order], one, among) for orders in random_orders(n, draws, rng) for order in _cut(orders, step)]
    resampled = [
        pairs.differences(pairs.groups[None], times_drawn(min(step, DRAWS - start), n, rng), among) for start in range(0, DRAWS, step)
    ]
    low, high = interval(np.concatenate(resampled))
    chance, gap = np.abs(np.concatenate(dealt)), abs(same - different)
    p = float(exceeding(chance[np.isfinite(chance)][:, None], np.array([gap]))[0]) if np.isfinite(gap) else np.nan
    return {"same": same, "different": different, "difference": same - different, "low": low, "high": high, "p": p}


def _cut(orders: np.ndarray, step: int) -> Iterator[np.ndarray]:
    return (orders[start : start + step] for start in range(0, len(orders), step))
