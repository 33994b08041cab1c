"""Exact ranking metrics by counting instead of sorting.

For a source u the scores of its r relevant candidates are thresholds. Counting the candidates above and level with each
gives every metric in O(r), ties included, so no ranking is ever sorted. A threshold is read from the same row of
scores it is compared with, so that equal scores are bit-equal.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from scipy.special import digamma

from graphemb.errors import DataError
from graphemb.kernels.hops import Relevant
from graphemb.kernels.threads import in_threads

METRICS = (
    "AP", "AP@10", "precision@degree", "recall@10", "hits@10", "nDCG", "reciprocal_rank", "AUC", "tied",
    "filtered_reciprocal_rank", "filtered_hits@10",
)  # fmt: skip
CUT = 10
LINEAR = 32
"""Up to this many thresholds comparing with each beats binary search (measured: 2 ns a score at 32)."""
CHUNK = 4096
"""Scores that are held in the processor's first cache while all thresholds pass over them."""


def ranking_metrics(
    scores: np.ndarray,
    own: np.ndarray,
    relevant: Relevant,
    *,
    excluded: np.ndarray | None = None,
    n_missing: int = 0,
    n_jobs: int | None = None,
) -> np.ndarray:
    """How well each row of scores ranks its relevant columns above the rest, expected over random orders of ties.

    Parameters
    ----------
    scores : float32 (S, n), larger is better. **Overwritten** where a column is no candidate of its row.
    own : int64 (S,), the column of the source itself, never a candidate; -1 where the source has no column
    relevant : the relevant columns of each row, -1 for a candidate that has no column
    excluded : columns that are no candidates of any row
    n_missing : candidates without a column, ranked last and level with one another

    Returns
    -------
    float64 (S, 11), the columns being ``METRICS``; NaN where a row has no relevant candidate

    With N candidates, r relevant ones, a tie group of t candidates (p relevant) after q candidates (P relevant):

    - ``AP`` = (1/r) sum over groups sum_{i=1..t} (p/t) (P + 1 + (i-1)(p-1)/(t-1)) / (q + i), which without ties is
      (1/r) sum over relevant ranks i of (relevant in the first i) / i. The divisor is r, not the number found.
    - ``AP@10``: the same sum to rank 10, divided by min(r, 10). ``recall@10``, ``precision@degree`` (at rank r).
    - ``hits@10``: the chance that at least one of the first ten is relevant. ``reciprocal_rank``: of the first relevant one.
    - ``nDCG``: sum gain / log2(1 + rank) over the best possible, the whole ranking; gains are ``relevant.gains``, else 1.
    - ``AUC``: mean over relevant ones of (others below + half of the others level) / others; NaN without others.
    - ``filtered_reciprocal_rank``, ``filtered_hits@10``: mean over relevant ones of 1 / rank, and share of rank <= 10, of each among
      the candidates that are not relevant: the figures of link prediction in knowledge graphs (other true tails do not count).
    - ``tied``: share of the relevant candidates that are level with one that is not relevant.

    Raises :class:`DataError` for a NaN score. Source: the tie group sum is the expectation derived in "Computing
    information retrieval performance measures efficiently in the presence of tied scores", ECIR 2008.

    >>> one_tie = np.array([[9.0, 2.0, 1.0, 1.0]], dtype=np.float32)  # of columns 1 to 3 (0 is the source), 2 is relevant
    >>> sets = Relevant(np.array([2]), np.array([0]), np.array([1]))
    >>> round(float(ranking_metrics(one_tie, np.array([0]), sets)[0, 0]), 4)  # (1/2 + 1/3) / 2
    0.4167
    """
    hidden = 0 if excluded is None else len(excluded)
    if excluded is not None and hidden:
        scores[:, excluded] = -np.inf
    there = np.flatnonzero(own >= 0)
    scores[there, own[there]] = -np.inf
    result = np.empty((len(scores), len(METRICS)))
    nodes = relevant.nodes.astype(np.int64, copy=False) if n_missing else relevant.nodes
    gains = np.empty(0) if relevant.gains is None else np.asarray(relevant.gains, dtype=np.float64)

    def part(first: int, last: int) -> int:
        return int(_rank_rows(scores, own, nodes, relevant.starts, relevant.ends, gains, hidden, n_missing, first, last, result))

    broken = [row for row in in_threads(part, len(scores), n_jobs) if row >= 0]
    if broken:
        raise DataError(f"the decoder gave NaN for the source in row {int(own[broken[0]])}; scores must be numbers")
    return result


def chance_level(n_candidates: np.ndarray | int, n_relevant: np.ndarray) -> np.ndarray:
    """The expected AP of a random ranking: (1/N) (H_N + (r-1)/(N-1) (N - H_N)), with H_N the N-th harmonic number.

    ``n_candidates`` N and ``n_relevant`` r broadcast; NaN where r = 0.

    >>> chance_level(2, np.array([1, 2])).tolist()
    [0.75, 1.0]
    """
    r = np.asarray(n_relevant, dtype=np.float64)
    N = np.broadcast_to(np.asarray(n_candidates, dtype=np.float64), r.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = digamma(N + 1) + np.euler_gamma
        level = (harmonic + np.where(N > 1, (r - 1) / (N - 1), 0.0) * (N - harmonic)) / N
    return np.where(r > 0, level, np.nan)


@njit(nogil=True, cache=True)
def _rank_rows(scores, own, nodes, starts, ends, gains, hidden, n_missing, first, last, result):  # type: ignore[no-untyped-def]
    """Metrics of rows ``first`` to ``last``; the first row with a NaN score, or -1."""
    for i in range(first, last):
        r = ends[i] - starts[i]
        if r == 0:
            result[i] = np.nan
            continue
        gain = gains[starts[i] : ends[i]] if len(gains) else gains
        values, share, worth = _thresholds(scores[i], nodes[starts[i] : ends[i]], gain)
        if np.isnan(values[-1]):
            return i
        above, level = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
        if count_scores(scores[i], values, above, level):
            return i
        n_hidden, absent = hidden + (own[i] >= 0), n_missing - (own[i] < 0)
        if values[0] == -np.inf:  # where the hidden columns stand, and the candidates without a column
            level[0] += absent - n_hidden
        _measure(above, level, share, r, scores.shape[1] - n_hidden + absent, result[i])
        result[i, 5] = _discounted(above, level, worth) / _best(gain, r)
    return -1


@njit(nogil=True, cache=True)
def _thresholds(row, relevant, gain):  # type: ignore[no-untyped-def]
    """The distinct scores of the relevant columns, ascending (NaN last), how many columns have each, and their gains together."""
    scores = np.empty(len(relevant), row.dtype)
    for j in range(len(relevant)):
        scores[j] = row[relevant[j]] if relevant[j] >= 0 else -np.inf
    order = np.argsort(scores) if len(gain) else np.empty(0, np.int64)
    scores.sort()
    share, worth = np.zeros(len(scores), np.int64), np.zeros(len(scores))
    last = 0
    for j in range(len(scores)):
        if scores[j] != scores[last]:
            last += 1
            scores[last] = scores[j]
        share[last] += 1
        worth[last] += gain[order[j]] if len(gain) else 1.0
    return scores[: last + 1], share[: last + 1], worth[: last + 1]


@njit(nogil=True, cache=True)
def count_scores(row, values, above, level):  # type: ignore[no-untyped-def]
    """Add to ``above`` and ``level`` how many scores are greater than and equal to each threshold; whether a score is NaN.

    ``values`` are distinct and ascending. Compiled, for the loops of other kernels.

    >>> above, level = np.zeros(2, np.int64), np.zeros(2, np.int64)
    >>> count_scores(np.float32([1, 3, 3, 2]), np.float32([2, 3]), above, level), above.tolist(), level.tolist()
    (False, [2, 0], [1, 2])
    """
    if len(values) <= LINEAR:
        return _count_each(row, values, above, level)
    return _count_by_search(row, values, above, level)


@njit(nogil=True, cache=True)
def _count_each(row, values, above, level):  # type: ignore[no-untyped-def]
    """Add to ``above`` and ``level`` of each threshold by comparing all scores with it; whether a score is NaN."""
    broken = np.int32(0)
    for start in range(0, len(row), CHUNK):
        chunk = row[start : start + CHUNK]
        for i in range(len(chunk)):
            broken += np.int32(chunk[i] != chunk[i])
        for j in range(len(values)):
            more, same = np.int32(0), np.int32(0)  # 32 bits, so that the loop runs eight lanes wide
            for i in range(len(chunk)):
                more += np.int32(chunk[i] > values[j])
                same += np.int32(chunk[i] == values[j])
            above[j] += more
            level[j] += same
    return broken > 0


@njit(nogil=True, cache=True)
def _count_by_search(row, values, above, level):  # type: ignore[no-untyped-def]
    """The same by binary search: scores below all thresholds are dropped, the rest descend together, without branches."""
    kept, place = np.empty(CHUNK, row.dtype), np.empty(CHUNK, np.int32)
    broken = False
    for start in range(0, len(row), CHUNK):
        count = 0
        for i in range(start, min(start + CHUNK, len(row))):
            kept[count] = row[i]
            count += not row[i] < values[0]  # keeps NaN
        place[:count] = 0
        width = len(values)
        while width > 1:
            half = width >> 1
            for i in range(count):
                place[i] += half * (values[place[i] + half] <= kept[i])
            width -= half
        for i in range(count):
            same = kept[i] == values[place[i]]
            broken |= kept[i] != kept[i]
            level[place[i]] += same
            above[place[i]] += not same
    over = 0  # so far above[j] holds the scores between threshold j and the next
    for j in range(len(values) - 1, -1, -1):
        over += above[j]
        above[j] = over
        over += level[j]
    return broken


@njit(nogil=True, cache=True)
def _measure(above, level, share, r, N, out):  # type: ignore[no-untyped-def]
    """One row of ``METRICS`` from the counts of each tie group, groups in ascending order of score."""
    out[:] = 0.0
    P = 0
    none_in_cut = 1.0  # the chance that no relevant candidate is among the first ten
    for g in range(len(level) - 1, -1, -1):
        q, t, p = above[g], level[g], share[g]
        slope = (p - 1) / (t - 1) if t > 1 else 0.0
        for i in range(t):
            gain = p / t * (P + 1 + i * slope) / (q + i + 1)
            out[0] += gain
            if q + i < CUT:
                out[1] += gain
        out[2] += p if q + t <= r else p * (r - q) / t if q < r else 0.0
        out[3] += p if q + t <= CUT else p * (CUT - q) / t if q < CUT else 0.0
        for i in range(min(t, CUT - q)):
            none_in_cut *= max(0.0, (t - p - i) / (t - i))
        if P == 0:
            out[6] = _first_of(q, t, p)
        out[7] += p * ((N - q - t) - (r - P - p) + 0.5 * (t - p))
        out[8] += p if t > p else 0
        places = t - p + 1  # where one relevant candidate may stand among those of its group that are not
        for i in range(places):
            out[9] += p / places / (q - P + i + 1)
        out[10] += p * min(max(CUT - (q - P), 0), places) / places
        P += p
    out[0] /= r
    out[1] /= min(r, CUT)
    out[2] /= r
    out[3] /= r
    out[4] = 1.0 - none_in_cut
    out[7] = out[7] / (r * (N - r)) if r < N else np.nan
    out[8] /= r
    out[9] /= r
    out[10] /= r


@njit(nogil=True, cache=True)
def _discounted(above, level, worth):  # type: ignore[no-untyped-def]
    """Sum of gain / log2(1 + rank), each place of a tie group holding the group's mean gain."""
    total = 0.0
    for g in range(len(level)):
        for i in range(level[g]):
            total += worth[g] / level[g] / math.log2(above[g] + i + 2)
    return total


@njit(nogil=True, cache=True)
def _best(gain, r):  # type: ignore[no-untyped-def]
    """The same of the best ranking: r gains in descending order, 1 each where there are none."""
    total = 0.0
    ordered = np.sort(gain)
    for i in range(r):
        total += (ordered[r - 1 - i] if len(gain) else 1.0) / math.log2(i + 2)
    return total


@njit(nogil=True, cache=True)
def _first_of(q, t, p):  # type: ignore[no-untyped-def]
    """E[1 / rank of the first relevant] in a group of t candidates, p relevant, after q others."""
    expected, none_yet = 0.0, 1.0
    for i in range(t - p + 1):
        now = p / (t - i)
        expected += none_yet * now / (q + i + 1)
        none_yet *= 1 - now
    return expected
