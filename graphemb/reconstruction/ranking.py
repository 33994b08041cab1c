"""Ranking all candidates for every source, block by block of sources."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from graphemb.kernels.counting import METRICS, chance_level, ranking_metrics
from graphemb.kernels.hops import HopSets, Relevant, hop_sets
from graphemb.reconstruction.contenders import Contender, Field

BLOCK_SCORES = 2**24
"""Scores held at once where 64 rows of them fit: 64 MiB, small enough to stay near the processor."""
MOST_SCORES = 2**26
"""Scores held at once at the most, unless one row is longer: 256 MiB."""

Target = tuple[int, str]
"""(hop, "ball" or "ring")."""


@dataclass(frozen=True)
class Ranks:
    """What the ranking of S sources by one contender gave, for one relevant set.

    ``relevant`` (S,) is r of each source, ``chance`` (S,) its E[AP], ``metrics`` (S, 11) the columns ``METRICS``, ``seconds`` the
    time this contender took for all relevant sets together.
    """

    relevant: np.ndarray
    chance: np.ndarray
    metrics: np.ndarray
    seconds: float

    @property
    def precision(self) -> np.ndarray:
        """AP of each source, NaN where it has no relevant candidate."""
        return self.metrics[:, 0]

    @staticmethod
    def joined(parts: Sequence[Ranks]) -> Ranks:
        """The sources of all parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return Ranks(
            np.concatenate([part.relevant for part in parts]),
            np.concatenate([part.chance for part in parts]),
            np.concatenate([part.metrics for part in parts]),
            sum(part.seconds for part in parts),
        )


def mean_ranks(parts: Sequence[Ranks]) -> Ranks:
    """Node by node the mean over several rankings of the same sources on different graphs, over those where it has a relevant node."""
    if len(parts) == 1:
        return parts[0]
    has = np.stack([part.relevant > 0 for part in parts])
    count = np.maximum(has.sum(axis=0), 1)
    relevant = np.where(has.any(axis=0), np.maximum(1, np.stack([part.relevant for part in parts]).sum(axis=0) // count), 0)
    chance = np.stack([part.chance for part in parts]).sum(axis=0, where=has) / count
    metrics = np.stack([part.metrics for part in parts]).sum(axis=0, where=has[:, :, None]) / count[:, None]
    none = relevant == 0
    chance[none], metrics[none] = np.nan, np.nan
    return Ranks(relevant, chance, metrics, sum(part.seconds for part in parts))


def rows_per_block(n: int) -> int:
    """How many whole rows of n scores are held at once."""
    return max(1, min(max(64, BLOCK_SCORES // max(n, 1)), MOST_SCORES // max(n, 1)))


def rank_sources(
    contenders: Sequence[Contender],
    adjacency: sp.csr_array,
    sources: np.ndarray,
    targets: Sequence[Target],
    *,
    reverse: bool = False,
    candidates: slice | None = None,
    n_jobs: int | None = None,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[list[Ranks]]:
    """``[c][t]``: how contender c ranks all other nodes for each source, relevant being target t.

    Every contender ranks the same sources; the relevant sets of a block are found once for all of them.

    Parameters
    ----------
    adjacency : relevant nodes are found along its edges; at the first hop nDCG gains their weights, if these differ and none is negative
    reverse : score s(v -> u) instead of s(u -> v) of source u and candidate v
    candidates : the nodes that are ranked, among which no source is and all relevant nodes are; None ranks all nodes but the source

    Memory: one block of scores (at most 256 MiB, unless one row is longer), the relevant sets of one block.
    """
    n_candidates = adjacency.shape[0] - 1 if candidates is None else candidates.stop - candidates.start
    fields = [c.field(candidates) for c in contenders]
    longest = max(field.width for field in fields)
    step = rows_per_block(longest)
    buffer = np.empty(min(step, len(sources)) * longest, dtype=np.float32)
    sizes = np.empty((len(targets), len(sources)), dtype=np.int64)
    metrics = np.empty((len(contenders), len(targets), len(sources), len(METRICS)))
    seconds = np.zeros(len(contenders))
    hops = max(hop for hop, _ in targets)
    reverse_edges = adjacency.T.tocsr() if hops > 1 else None
    weighted = adjacency.nnz > 0 and adjacency.data.min() >= 0 and adjacency.data.min() < adjacency.data.max()
    for start in range(0, len(sources), step):
        block = sources[start : start + step]
        here = slice(start, start + len(block))
        found = hop_sets(adjacency, block, hops, reverse=reverse_edges, n_jobs=n_jobs)
        sets = [found.ball(hop) if kind == "ball" else found.ring(hop) for hop, kind in targets]
        if weighted:
            gains = _weights(adjacency, block, found)
            sets = [replace(s, gains=gains) if hop == 1 else s for s, (hop, _) in zip(sets, targets, strict=True)]
        sizes[:, here] = [s.sizes for s in sets]
        if not start:  # compiles the loops where that was never done, so that no contender's time holds it
            one = [replace(s, starts=s.starts[:1], ends=s.ends[:1]) for s in sets]
            _rank_block(contenders[0], fields[0], block[:1], one, buffer, reverse, n_jobs)
        for c, (contender, field) in enumerate(zip(contenders, fields, strict=True)):
            started = time.perf_counter()
            metrics[c, :, here] = _rank_block(contender, field, block, sets, buffer, reverse, n_jobs)
            seconds[c] += time.perf_counter() - started
        advance(len(block))
    chance = [chance_level(n_candidates, r) for r in sizes]
    return [[Ranks(sizes[t], chance[t], metrics[c, t], float(seconds[c])) for t in range(len(targets))] for c in range(len(contenders))]


def _weights(adjacency: sp.csr_array, sources: np.ndarray, found: HopSets) -> np.ndarray:
    """The weight of the edge to each node of the first hop; 1 for the nodes beyond."""
    edges = adjacency[sources].tocoo()
    others = edges.col != sources[edges.row]  # the search leaves the source itself out, and keeps the order of the rest
    starts, sizes = found.bounds[:, 0], found.bounds[:, 1] - found.bounds[:, 0]
    gains = np.ones(len(found.nodes))
    gains[np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())] = edges.data[others]
    return gains


def _rank_block(
    contender: Contender, field: Field, nodes: np.ndarray, sets: list[Relevant], buffer: np.ndarray, reverse: bool, n_jobs: int | None
) -> np.ndarray:
    """(targets, nodes, metrics) of one block of sources, all relevant sets counted in the same scores."""
    scores = contender.fill(nodes, buffer, reverse=reverse, field=field)
    own = field.of(nodes)
    return np.stack(
        [
            ranking_metrics(
                scores,
                own,
                relevant if field.rows is None else relevant.renamed(field.rows),
                excluded=field.extra,
                n_missing=field.n_missing,
                n_jobs=n_jobs,
            )
            for relevant in sets
        ]
    )
