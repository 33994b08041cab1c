"""How well scores tell held-out edges from other pairs, and where each held-out edge stands among all its rivals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numba import njit
from scipy.special import digamma

from graphemb.errors import DataError
from graphemb.kernels.scorer import Scorer, symmetrised
from graphemb.kernels.threads import in_threads
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.ranking import rows_per_block

DRAWS = 500
"""Bootstrap samples: the ends of a 95% interval stand on a dozen of them each."""
PAIRS_AT_ONCE = 65_536


def pair_scores(scorer: Scorer, pairs: np.ndarray) -> np.ndarray:
    """float32 (m,): the scores of (m, 2) pairs of rows. Raises :class:`DataError` where one is NaN."""
    parts = [scorer.pairs(*pairs[start : start + PAIRS_AT_ONCE].T) for start in range(0, len(pairs), PAIRS_AT_ONCE)]
    scores = np.concatenate(parts)
    if np.isnan(scores).any():
        raise DataError(f"the decoder gave NaN for {int(np.isnan(scores).sum()):,} of {len(scores):,} pairs; scores must be numbers")
    return scores


class Separation:
    """AUC and AP of the scores of edges and non-edges, of all of them or of a resample.

    - ``AUC`` = P(edge above non-edge) + P(level) / 2.
    - ``AP`` = sum over distinct scores s, from the highest, of (share of the edges at s) x (share of edges among the pairs at s or above).

    Both are scikit-learn's ``roc_auc_score`` and ``average_precision_score``. Scores are sorted once, so a resample costs O(m).

    >>> Separation(np.array([3.0, 1.0]), np.array([2.0, 0.0])).metrics()
    {'AUC': 0.75, 'AP': 0.8333333333333333}
    """

    def __init__(self, edges: np.ndarray, others: np.ndarray):
        distinct, place = np.unique(np.concatenate([edges, others]), return_inverse=True)
        place = len(distinct) - 1 - place  # the highest score first
        self.edges, self.others, self.n = place[: len(edges)], place[len(edges) :], len(distinct)

    def metrics(self, edge_counts: np.ndarray | None = None, other_counts: np.ndarray | None = None) -> dict[str, float]:
        """AUC and AP, each edge and non-edge counted as often as said (once if nothing is said)."""
        edges, others = (
            np.bincount(place, counts, minlength=self.n).astype(float)
            for place, counts in ((self.edges, edge_counts), (self.others, other_counts))
        )
        found, passed = np.cumsum(edges), np.cumsum(others)
        auc = edges @ (passed[-1] - passed + others / 2) / (found[-1] * passed[-1])
        precision = np.divide(found, found + passed, out=np.zeros(self.n), where=found > 0)
        return {"AUC": float(auc), "AP": float(edges @ precision / found[-1])}


def rivals_counted(
    contender: Contender, known: sp.csr_array, queries: np.ndarray, *, n_jobs: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """How many rivals of each queried target score above it, and how many level with it.

    Parameters
    ----------
    known : adjacency of the whole graph, self-loops among it or not
    queries : int64 (q, 2), a source and its target, which is a neighbour of it in ``known``

    The rivals of a target are all nodes but the source and its neighbours in the whole graph, so that neither training edges nor
    other held-out edges push a true edge down. Scores are computed once a source, in blocks of whole rows.
    Work: O(sources x n x dim + q n). Memory: one block of at most 256 MiB (unless a row is longer).
    """
    n = known.shape[0]
    order = np.argsort(queries[:, 0], kind="stable")
    sources, starts = np.unique(queries[order, 0], return_index=True)
    ends = np.append(starts[1:], len(order))
    above, level = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=np.int64)
    step = rows_per_block(n)
    buffer = np.empty(min(step, len(sources)) * n, dtype=np.float32)
    for first in range(0, len(sources), step):
        block, part = sources[first : first + step], order[starts[first] : ends[min(first + step, len(sources)) - 1]]
        row = np.searchsorted(block, queries[part, 0])
        scores = contender.fill(block, buffer)
        if np.isnan(scores.max()):
            raise DataError(f"the decoder gave NaN among the scores of {contender.method!r}; scores must be numbers")
        thresholds = scores[row, queries[part, 1]]
        hidden = _hide(scores, known, block)
        counts = np.empty((2, len(part)), dtype=np.int64)

        def count(a: int, b: int, s: np.ndarray = scores, r: np.ndarray = row, t: np.ndarray = thresholds, c: np.ndarray = counts) -> None:
            _count(s, r, t, a, b, c)

        in_threads(count, len(part), n_jobs)
        above[part], level[part] = counts[0], counts[1] - np.where(thresholds == -np.inf, hidden[row], 0)
    return above, level


def _hide(scores: np.ndarray, known: sp.csr_array, block: np.ndarray) -> np.ndarray:
    """Put the sources and their neighbours below everything; how many that are, by row."""
    neighbours = known[block].tocoo()
    own = np.asarray(known[block, block]).ravel() != 0
    scores[neighbours.row, neighbours.col] = -np.inf
    scores[np.arange(len(block)), block] = -np.inf
    return np.bincount(neighbours.row, minlength=len(block)) + ~own


@njit(nogil=True, cache=True)
def _count(scores, rows, thresholds, first, last, counts):  # type: ignore[no-untyped-def]
    for q in range(first, last):
        row, threshold = scores[rows[q]], thresholds[q]
        more, same = np.int32(0), np.int32(0)  # 32 bits, so that the loop runs eight lanes wide
        for i in range(len(row)):
            more += np.int32(row[i] > threshold)
            same += np.int32(row[i] == threshold)
        counts[0, q], counts[1, q] = more, same


def rank_metrics(above: np.ndarray, level: np.ndarray, hits: tuple[int, ...]) -> dict[str, np.ndarray]:
    """1 / rank and whether rank <= k of each target, expected over random orders of ties.

    With q rivals above and t level the rank is q + 1 to q + t + 1, each as likely: E[1 / rank] = (H(q + t + 1) - H(q)) / (t + 1), H being
    harmonic numbers, and P(rank <= k) = min(max(k - q, 0), t + 1) / (t + 1).

    >>> {name: values.tolist() for name, values in rank_metrics(np.array([0, 1]), np.array([1, 0]), (1,)).items()}
    {'MRR': [0.75, 0.5], 'hits@1': [0.5, 0.0]}
    """
    places = level + 1
    reciprocal = np.where(level > 0, (digamma(above + level + 2.0) - digamma(above + 1.0)) / places, 1 / (above + 1.0))
    return {"MRR": reciprocal, **{f"hits@{k}": np.clip(k - above, 0, places) / places for k in hits}}


def bootstrap(separation: Separation, by_edge: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """95% intervals of AUC, AP and of the mean of each figure by edge: percentiles over resamples of edges and of non-edges.

    They speak of other edges of the same split by the same fit; how much another split or fit would change is not in them.
    """
    draws: dict[str, list[float]] = {}
    for _ in range(DRAWS):
        counts = (_resampled(len(separation.edges), rng), _resampled(len(separation.others), rng))
        ranked = {name: _resampled(len(values), rng) @ values / len(values) for name, values in by_edge.items()}
        for name, value in {**separation.metrics(*counts), **ranked}.items():
            draws.setdefault(name, []).append(float(value))
    ends = {name: np.quantile(values, [0.025, 0.975]) for name, values in draws.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _resampled(m: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of m is drawn in m draws with replacement."""
    return np.bincount(rng.integers(m, size=m), minlength=m)


def undirected(contender: Contender) -> Contender:
    """The contender scoring pairs without order: by the mean of both directions where these differ."""
    return replace(contender, scorer=symmetrised(contender.scorer))
