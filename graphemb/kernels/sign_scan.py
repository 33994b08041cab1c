"""Every ordered pair of nodes: is U_u . V_v above 0 where there is an edge, and nowhere else?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.errors import DataError, ParameterError
from graphemb.kernels.threads import in_threads, one_blas_thread

ROWS, COLUMNS = 128, 2_048
"""Pairs of a tile: 1 MB of scores, which stay beside the core that judges them."""
LARGEST = 1e38
"""No score may lie beyond."""
NONE = np.float32(-3e38)
"""Stands for "not to be judged" in a tile: minus infinity would meet zero and make NaN."""
TINY = 2.0**-126
"""The most a product near the bottom of float32 can lose, where a machine has no numbers below that."""
FULL = np.uint64(2**64 - 1)
FALSE, MISSING, UNDECIDED, WRONG, FOUND = range(5)
CLOSEST, LOWEST, HIGHEST = range(3)


@dataclass(frozen=True)
class SignScan:
    """What a complete scan found; all counts are of ordered pairs u != v."""

    pairs: int
    edges: int
    false: int
    """Pairs without an edge whose score is above 0."""
    missing: int
    """Edges whose score is 0 or below."""
    undecided: int
    """Pairs so near 0 that the sign of a float32 score may depend on the order in which a machine sums; judged in float64."""
    closest: float
    """Smallest |s| / (|U_u| |V_v|), the cosine's distance from 0; infinite where every pair has a zero vector."""
    lowest_edge: float
    """Infinity without edges."""
    highest_other: float
    """Minus infinity in a complete graph."""
    wrong: int
    """Edges of s <= margin and others of s > -margin."""
    rows: np.ndarray = field(repr=False)
    columns: np.ndarray = field(repr=False)
    """The wrong pairs u -> v that were collected, ascending."""

    @property
    def exact(self) -> bool:
        """No false and no missing pair."""
        return self.false == self.missing == 0

    @property
    def safe(self) -> bool:
        """Exact, and on every machine."""
        return self.exact and self.undecided == 0


def rounding(dim: int) -> float:
    """gamma_d = d 2^-24 / (1 - d 2^-24): a float32 inner product errs by at most gamma_d |x| |y|, in whatever order it is summed.

    Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1.

    >>> round(rounding(16) * 2**24, 3)
    16.0
    """
    return dim * 2.0**-24 / (1 - dim * 2.0**-24)


def sign_scan(
    U: np.ndarray,
    V: np.ndarray,
    adjacency: sp.csr_array,
    *,
    margin: float = 0.0,
    collect: int = 0,
    seed: int = 0,
    n_jobs: int | None = None,
    advance: Callable[[int], object] = lambda pairs: None,
) -> SignScan:
    """Hold s(u, v) = U_u . V_v > 0 against the stored entries of a matrix, over all ordered pairs u != v.

    A pair of |s| <= gamma_d |U_u| |V_v| is undecided (see :func:`rounding`): its score is computed anew in float64 before it is judged.
    A zero vector scores exactly 0 and decides its pairs.

    Parameters
    ----------
    U, V : (n, d), read as float32
    adjacency : (n, n); every stored entry off the diagonal is an edge, whatever its weight
    margin : at least 0; how far from 0 a score must lie not to count as ``wrong``
    collect : the most wrong pairs to list. Where there are more, an even sample, of about half as many to as many, the same
        for any ``n_jobs``
    seed : draws that sample
    n_jobs : threads, None for all cores
    advance : told of the pairs done, from several threads

    Raises
    ------
    DataError : shapes that do not fit, NaN or infinite factors, or scores beyond float32

    Time: O(n^2 d), about 5 10^8 pairs a second and core at d = 16 or 32. Memory: a tile of 1 MB a thread, and 16 bytes a pair to collect.

    >>> ring = sp.csr_array(np.roll(np.eye(3), 1, axis=1))
    >>> scan = sign_scan(np.eye(3), ring.toarray().T - 0.5, ring)
    >>> scan.pairs, scan.edges, scan.exact, scan.safe, scan.lowest_edge
    (6, 3, True, True, 0.5)
    """
    if not margin >= 0 or collect < 0 or seed < 0:
        raise ParameterError(f"margin, collect and seed must be at least 0, got {margin!r}, {collect!r} and {seed!r}")
    n = adjacency.shape[0]
    if adjacency.shape != (n, n):
        raise DataError(f"expected a square matrix, got one of shape {adjacency.shape}")
    edges = adjacency if adjacency.has_sorted_indices else adjacency.sorted_indices()
    U, V = _factor("U", U, n), _factor("V", V, n)
    if U.shape != V.shape:
        raise DataError(f"U and V must have the same shape, got {U.shape} and {V.shape}")
    if n == 0:
        raise DataError("a scan needs at least one node; this matrix is empty")
    sizes = _norms(U), _norms(V)
    if sizes[0].max(initial=0) * sizes[1].max(initial=0) > LARGEST:
        raise DataError(f"some scores U_u . V_v may lie beyond {LARGEST:g}, near what float32 can hold; scale the factors down")
    problem = _Problem(
        U, V, *sizes, _inverse(sizes[1]), edges.indptr, edges.indices, *_limits(sizes[1], U.shape[1]), float(np.float32(margin)), seed
    )
    with one_blas_thread():  # the threads are ours: each multiplies and judges its own tiles
        parts = in_threads(lambda first, last: _judge_rows(problem, first, last, collect, advance), n, n_jobs)
    loops = int((np.repeat(np.arange(n), np.diff(edges.indptr)) == edges.indices).sum())
    return _merged(parts, problem, n * (n - 1), edges.nnz - loops)


def _factor(name: str, values: np.ndarray, n: int) -> np.ndarray:
    factor = np.ascontiguousarray(values, dtype=np.float32)
    if factor.ndim != 2 or len(factor) != n:
        raise DataError(f"{name} must have {n:,} rows, one a node, got shape {factor.shape}")
    if not np.isfinite(factor).all():
        raise DataError(f"{name} holds numbers that are NaN or infinite; a sign needs finite ones")
    return factor


def _norms(factor: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->i", factor, factor, dtype=np.float64))


def _inverse(sizes: np.ndarray) -> np.ndarray:
    """1 / |V_v|, 0 for a zero vector."""
    return np.divide(1, sizes, out=np.zeros_like(sizes), where=sizes > 0).clip(max=1e30).astype(np.float32)


def _limits(sizes: np.ndarray, dim: int) -> tuple[float, float, float]:
    """What makes a pair undecided: gamma_d, what underflow may add, and the latter by the shortest vector."""
    lost = dim * TINY
    return rounding(dim), lost, lost / float(min(sizes[sizes > 0], default=1.0))


class _Problem(NamedTuple):
    """What is judged, as compiled code reads it."""

    U: np.ndarray
    V: np.ndarray
    left: np.ndarray
    right: np.ndarray
    """|U_u| and |V_v|."""
    inverse: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    gamma: float
    lost: float
    lost_most: float
    margin: float
    seed: int


class _Tally(NamedTuple):
    """What one thread finds; the wrong pairs whose hash is at most ``limit`` are listed."""

    counts: np.ndarray
    extremes: np.ndarray
    found: np.ndarray
    limit: np.ndarray


def _judge_rows(problem: _Problem, first: int, last: int, collect: int, advance: Callable[[int], object]) -> _Tally:
    """Judge the pairs of some rows with all columns, tile by tile."""
    n = len(problem.V)
    tally = _Tally(np.zeros(5, np.int64), np.array([np.inf, np.inf, -np.inf]), np.empty((collect, 2), np.int64), np.full(1, FULL))
    buffer = np.empty(ROWS * COLUMNS, dtype=np.float32)
    for u in range(first, last, ROWS):
        block = problem.U[u : min(u + ROWS, last)]
        next_edge = problem.indptr[u : u + len(block)].astype(np.int64)
        for v in range(0, n, COLUMNS):
            columns = problem.V[v : v + COLUMNS]
            tile = buffer[: len(block) * len(columns)].reshape(len(block), len(columns))
            np.matmul(block, columns.T, out=tile)
            _judge_tile(tile, u, v, next_edge, problem, tally)
        advance(len(block) * (n - 1))
    return tally


def _merged(parts: list[_Tally], problem: _Problem, pairs: int, edges: int) -> SignScan:
    counts = np.sum([p.counts for p in parts], axis=0)
    extremes = np.array([p.extremes for p in parts])
    found = np.concatenate([p.found[: p.counts[FOUND]] for p in parts])
    limit = np.min([p.limit for p in parts], axis=0)
    kept = _thin(found, len(found), limit, problem.seed)
    while kept > len(parts[0].found):
        limit[0] >>= 1
        kept = _thin(found, kept, limit, problem.seed)
    order = np.lexsort((found[:kept, 1], found[:kept, 0]))
    return SignScan(
        pairs=pairs,
        edges=edges,
        false=int(counts[FALSE]),
        missing=int(counts[MISSING]),
        undecided=int(counts[UNDECIDED]),
        closest=float(extremes[:, CLOSEST].min()),
        lowest_edge=float(extremes[:, LOWEST].min()),
        highest_other=float(extremes[:, HIGHEST].max()),
        wrong=int(counts[WRONG]),
        rows=found[:kept, 0][order],
        columns=found[:kept, 1][order],
    )


@njit(nogil=True, cache=True)
def _judge_tile(tile, first_row, first_column, next_edge, problem, tally):  # type: ignore[no-untyped-def]
    indptr, indices, inverse, margin, seed = problem.indptr, problem.indices, problem.inverse, problem.margin, problem.seed
    least = np.float32(-margin)
    counts, extremes, found, limit = tally.counts, tally.extremes, tally.found, tally.limit
    height, width = tile.shape
    for i in range(height):
        u, scores = first_row + i, tile[i]
        e = next_edge[i]
        while e < indptr[u + 1] and indices[e] < first_column + width:
            v = indices[e]
            if v != u:
                s = _decided(u, v, scores[v - first_column], problem, tally)
                extremes[LOWEST] = min(extremes[LOWEST], s)
                counts[MISSING] += s <= 0
                if s <= margin:
                    _list(u, v, counts, found, limit, seed)
            scores[v - first_column] = NONE
            e += 1
        next_edge[i] = e
        if 0 <= u - first_column < width:
            scores[u - first_column] = NONE
        false, wrong, highest, nearest = _sweep(scores, inverse[first_column : first_column + width], least)
        length = problem.left[u]
        if length > 0 and nearest <= 1.001 * problem.gamma * length + problem.lost_most:
            for j in range(width):  # now and then: some pair of the row may be undecided
                if scores[j] > NONE:
                    s = _decided(u, first_column + j, scores[j], problem, tally)
                    scores[j] = s if s <= 0 else max(s, TINY)  # what is above 0 in float64 stays so in float32
            false, wrong, highest, nearest = _sweep(scores, inverse[first_column : first_column + width], least)
        if length > 0:
            extremes[CLOSEST] = min(extremes[CLOSEST], nearest / length)
        counts[FALSE] += false
        if highest > NONE:
            extremes[HIGHEST] = max(extremes[HIGHEST], highest)
        if len(found) == 0:
            counts[WRONG] += wrong
        elif wrong > 0:
            for j in range(width):
                if scores[j] > least:
                    _list(u, first_column + j, counts, found, limit, seed)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "reassoc", "contract"})
def _sweep(scores, inverse, least):  # type: ignore[no-untyped-def]
    """Pairs above 0 and above ``least``, the highest score, the smallest |s| / |V_v|: what has no branches and runs in vectors."""
    false, wrong = np.float32(0), np.float32(0)  # whole numbers up to the width: exact, and as wide as the scores
    highest, nearest = NONE, np.float32(np.inf)
    for j in range(len(scores)):
        s, scale = scores[j], inverse[j]
        false += np.float32(1) if s > 0 else np.float32(0)
        wrong += np.float32(1) if s > least else np.float32(0)
        highest = max(highest, s)
        nearest = min(nearest, abs(s) * scale if scale > 0 and s > NONE else np.float32(np.inf))
    return int(false), int(wrong), highest, nearest


@njit(nogil=True, cache=True)
def _decided(u, v, score, problem, tally):  # type: ignore[no-untyped-def]
    """The score of a pair, computed anew where float32 cannot tell its sign: in float64, and what its sums lose is summed beside.

    Source: Ogita, Rump, Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005), algorithm 4.4 (Sum2).
    """
    size = problem.left[u] * problem.right[v]
    if size == 0:
        return np.float64(0)
    s = np.float64(score)
    if abs(s) <= problem.gamma * size + problem.lost:
        tally.counts[UNDECIDED] += 1
        s, lost = np.float64(0), np.float64(0)
        for k in range(problem.U.shape[1]):
            term = np.float64(problem.U[u, k]) * np.float64(problem.V[v, k])  # exact: twice 24 bits
            total = s + term
            added = total - s
            lost += (s - (total - added)) + (term - added)
            s = total
        s += lost
    tally.extremes[CLOSEST] = min(tally.extremes[CLOSEST], abs(s) / size)
    return s


@njit(nogil=True, cache=True)
def _list(u, v, counts, found, limit, seed):  # type: ignore[no-untyped-def]
    """Count a wrong pair, and write it down if its hash is low enough; where the list is full, halve what is low enough."""
    counts[WRONG] += 1
    number = _hash(u, v, seed)
    while len(found) > 0 and number <= limit[0]:
        if counts[FOUND] < len(found):
            found[counts[FOUND], 0], found[counts[FOUND], 1] = u, v
            counts[FOUND] += 1
            return
        limit[0] >>= np.uint64(1)
        counts[FOUND] = _thin(found, counts[FOUND], limit, seed)


@njit(nogil=True, cache=True)
def _thin(found, count, limit, seed):  # type: ignore[no-untyped-def]
    """Keep the pairs whose hash is within the limit, at the front; return how many."""
    kept = 0
    for i in range(count):
        if _hash(found[i, 0], found[i, 1], seed) <= limit[0]:
            found[kept, 0], found[kept, 1] = found[i, 0], found[i, 1]
            kept += 1
    return kept


@njit(nogil=True, cache=True)
def _hash(u, v, seed):  # type: ignore[no-untyped-def]
    """64 even bits of a pair: the mixer of Steele, Lea and Flood's SplitMix64 (OOPSLA 2014), once a number."""
    x = np.uint64(seed)
    for part in (np.uint64(u), np.uint64(v)):
        x = (x + part + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return x
