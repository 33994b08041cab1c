"""The best K pairs of a scorer, over all pairs, streamed in tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.errors import DataError, ParameterError
from graphemb.kernels.pair_bounds import TileBounds, by_norm
from graphemb.kernels.scorer import Scorer, symmetrised

ROWS, COLUMNS = 1024, 4096
"""A tile of scores is 16 MiB: it stays near the processor, and is fine enough to be ruled out."""
PRUNE_FROM = 20_000
"""Nodes from which on tiles are tried against their bound; below, all of them take seconds."""


@dataclass(frozen=True)
class TopPairs:
    """The best pairs in descending order, and how the list ends.

    ``sources``, ``targets`` (int64) and ``scores`` (float32) are the pairs listed: K, or all there are. ``beyond`` further pairs have
    exactly the score ``threshold`` of the last one; which of them are listed is arbitrary.
    ``watched`` are the scores of the watched pairs in no order, -inf for some of those below the threshold.
    """

    sources: np.ndarray
    targets: np.ndarray
    scores: np.ndarray
    threshold: float
    beyond: int
    watched: np.ndarray
    scored: int
    """Pairs whose score was computed; the others were ruled out by their bound."""


def top_pairs(
    scorer: Scorer,
    k: int,
    *,
    directed: bool,
    watch: sp.csr_array | None = None,
    prune: bool | None = None,
    most: int | None = None,
    advance: Callable[[int], None] = lambda pairs: None,
) -> TopPairs:
    """The ``k`` best of all ordered pairs (directed) or unordered pairs (else, by the mean of both directions), no self-pairs.

    Parameters
    ----------
    watch : pairs whose scores are wanted too, the entries of an (n, n) matrix, symmetric unless directed. They are read from the
        tiles in which they compete, so that equal scores are bit-equal
    prune : leave out tiles that cannot hold a pair of the best k, by |q| |k| >= q . k (Cauchy-Schwarz), the nodes sorted
        by their norms; exact, and of use where norms differ much. None tries it from 20,000 nodes on, where the scorer is an
        inner product. Takes a sorted copy of its matrices
    most : raise :class:`~graphemb.kernels.pair_bounds.TooManyPairs` when more pairs than this would have to be scored
    advance : called with the number of pairs dealt with

    Work: n^2 d operations for unordered pairs, twice that for ordered ones or a scorer that is not symmetric. Memory: one
    tile (two where not symmetric), 24 k bytes, 4 bytes a watched pair; never n x n.

    >>> from graphemb.kernels.scorer import InnerProduct
    >>> x = np.array([[2.0], [1.0], [3.0]], dtype=np.float32)
    >>> best = top_pairs(InnerProduct(x, symmetric=True), 2, directed=False)
    >>> best.scores.tolist(), best.sources.tolist(), best.targets.tolist()
    ([6.0, 3.0], [0, 1], [2, 2])
    """
    if k < 1:
        raise ParameterError(f"k must be at least 1, got {k}")
    scorer = scorer if directed else symmetrised(scorer)
    order = by_norm(scorer) if (scorer.n >= PRUNE_FROM if prune is None else prune) else None
    if order is not None:
        scorer = scorer.take(order)
        watch = None if watch is None else watch[order][:, order]
    bounds = TileBounds(scorer if order is not None else None, scorer.n, directed, (ROWS, COLUMNS), most)
    watched = _Watched(watch, directed, scorer.n)
    best = _Best(min(k, scorer.n * (scorer.n - 1) // (1 if directed else 2)), directed)
    buffer, scored = np.empty(ROWS * min(COLUMNS, scorer.n), dtype=np.float32), 0
    for first, rows, columns in _tiles(scorer.n, directed):
        size = len(rows) * (columns.stop - columns.start)
        if bounds.reach(first // ROWS, columns.start // COLUMNS, best.threshold):
            tile = scorer.block(rows, columns, out=buffer[:size].reshape(len(rows), -1))
            best.offer(tile, first, columns.start)
            watched.read(tile, first, columns.start)
            scored += size
            bounds.check(scored, first // ROWS, best.threshold)
        advance(size)
    sources, targets, scores = best.listed()
    if order is not None:
        sources, targets = order[sources], order[targets]
        if not directed:
            sources, targets = np.minimum(sources, targets), np.maximum(sources, targets)
    return TopPairs(sources, targets, scores, best.threshold, best.beyond, watched.scores, scored)


def _tiles(n: int, directed: bool) -> Iterator[tuple[int, np.ndarray, slice]]:
    """First row, rows and columns of tiles that cover all pairs; unless directed, only columns from the first row on."""
    for first in range(0, n, ROWS):
        rows = np.arange(first, min(first + ROWS, n))
        for left in range(0 if directed else first - first % COLUMNS, n, COLUMNS):
            yield first, rows, slice(left if directed else max(left, first), min(left + COLUMNS, n))


class _Best:
    """The best pairs so far: those above the threshold, and a count of others level with it."""

    def __init__(self, k: int, directed: bool):
        self.k, self.directed = k, directed
        self.threshold, self.beyond, self.count = -np.inf, 0, 0
        room = max(2 * k, k + 4 * COLUMNS)
        self.scores = np.empty(room, dtype=np.float32)
        self.sources, self.targets = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)

    def offer(self, tile: np.ndarray, first_row: int, first_column: int) -> None:
        row = 0
        while row < len(tile):
            row, self.count, level = _scan(
                tile,
                row,
                first_row,
                first_column,
                self.directed,
                np.float32(self.threshold),
                self.scores,
                self.sources,
                self.targets,
                self.count,
            )
            if row < 0:
                raise DataError(f"the decoder gave NaN for the source in row {first_row - row - 1}; scores must be numbers")
            self.beyond += level
            if row < len(tile):
                self.cut()

    def cut(self) -> None:
        """Keep the best k; of what falls away only what is level with the new threshold is counted."""
        if self.count <= self.k:
            return
        best = np.argpartition(-self.scores[: self.count], self.k - 1)[: self.k]
        kept = self.scores[best]
        threshold = kept.min()
        level = int((self.scores[: self.count] == threshold).sum()) - int((kept == threshold).sum())
        self.beyond = level + (self.beyond if threshold == self.threshold else 0)
        self.threshold = float(threshold)
        for part in (self.scores, self.sources, self.targets):
            part[: self.k] = part[best]
        self.count = self.k

    def listed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        self.cut()
        if self.count == self.k:
            self._close()
        order = np.argsort(-self.scores[: self.count], kind="stable")
        return self.sources[order].astype(np.int64), self.targets[order].astype(np.int64), self.scores[order]

    def _close(self) -> None:
        """Where exactly k pairs came, the threshold is their lowest, with nothing beyond unless it was the threshold before."""
        lowest = float(self.scores[: self.count].min(initial=np.inf))
        if lowest != self.threshold:
            self.threshold, self.beyond = lowest, 0


class _Watched:
    """Scores of chosen pairs, read from the tiles."""

    def __init__(self, pairs: sp.csr_array | None, directed: bool, n: int):
        if pairs is None:
            pairs = sp.csr_array((n, n), dtype=np.float32)
        elif not directed:
            pairs = sp.csr_array(sp.triu(pairs, 1))
        self.pairs = sp.csr_array(pairs)
        self.pairs.sort_indices()
        self.scores = np.full(self.pairs.nnz, -np.inf, dtype=np.float32)

    def read(self, tile: np.ndarray, first_row: int, first_column: int) -> None:
        _read(tile, first_row, first_column, self.pairs.indptr, self.pairs.indices, self.scores)


# -- compiled loops over one tile


@njit(nogil=True, cache=True)
def _scan(tile, start, first_row, first_column, directed, threshold, scores, sources, targets, count):  # type: ignore[no-untyped-def]
    """Append what is above the threshold; the row reached when the room is full (-1 - row at a NaN), the new count, the number level."""
    width = tile.shape[1]
    level = 0
    for i in range(start, len(tile)):
        if count + width > len(scores):
            return i, count, level
        u = first_row + i
        for j in range(0 if directed else max(0, u + 1 - first_column), width):
            s = tile[i, j]
            if s < threshold or first_column + j == u:
                continue
            if s > threshold or s == -np.inf:  # which is not below the threshold only while that is -inf: nothing is cut yet
                scores[count], sources[count], targets[count] = s, u, first_column + j
                count += 1
            elif s == threshold:
                level += 1
            else:
                return -1 - i, count, level
    return len(tile), count, level


@njit(nogil=True, cache=True)
def _read(tile, first_row, first_column, indptr, indices, out):  # type: ignore[no-untyped-def]
    """Copy the scores of the entries of a CSR matrix that lie in the tile; entries on the diagonal stay."""
    last = first_column + tile.shape[1]
    for i in range(len(tile)):
        u = first_row + i
        e = indptr[u] + np.searchsorted(indices[indptr[u] : indptr[u + 1]], first_column)
        while e < indptr[u + 1] and indices[e] < last:
            if indices[e] != u:
                out[e] = tile[i, indices[e] - first_column]
            e += 1
