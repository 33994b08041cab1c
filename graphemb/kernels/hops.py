"""Who lies within k hops: breadth-first search from the given sources only, cut at the last hop asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.threads import in_threads

BACKWARD = 2
"""A step goes backwards where its frontier has more than so many edges for each node of the graph."""


@dataclass(frozen=True)
class Relevant:
    """One set of nodes for each source: ``nodes[starts[i]:ends[i]]`` is the set of source i."""

    nodes: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    gains: np.ndarray | None = None
    """What finding each of ``nodes`` is worth; None is 1 each."""

    @property
    def sizes(self) -> np.ndarray:
        """r, the size of each set, int64 (S,)."""
        return self.ends - self.starts

    def of(self, i: int) -> np.ndarray:
        """The set of the i-th source."""
        return self.nodes[self.starts[i] : self.ends[i]]

    def renamed(self, rows: np.ndarray) -> Relevant:
        """The same sets with node v called ``rows[v]``."""
        return replace(self, nodes=rows[self.nodes])


@dataclass(frozen=True)
class HopSets:
    """The nodes around each source in order of distance; ball and ring of every hop are views of it.

    ``nodes[bounds[i, k - 1]:bounds[i, k]]`` are the nodes at distance k of source i.
    """

    nodes: np.ndarray
    bounds: np.ndarray

    def ring(self, k: int) -> Relevant:
        """{v : dist(u, v) = k}."""
        return Relevant(self.nodes, self.bounds[:, k - 1], self.bounds[:, k])

    def ball(self, k: int) -> Relevant:
        """{v != u : dist(u, v) <= k}."""
        return Relevant(self.nodes, self.bounds[:, 0], self.bounds[:, k])


def hop_sets(
    adjacency: sp.csr_array, sources: np.ndarray, hops: int, *, reverse: sp.csr_array | None = None, n_jobs: int | None = None
) -> HopSets:
    """The nodes at distance 1, 2, ..., ``hops`` of each source, distances unweighted and along the edges.

    The source itself is in none of its sets, self-loops or not. The nodes of the first hop stand in the order of their edges.

    ``reverse``, the transposed adjacency matrix (the matrix itself where it is symmetric), lets a step that would follow very many
    edges go backwards instead: every node not reached yet looks for one neighbour that was. Work: the edges of the nodes within
    ``hops - 1`` at the most; memory 4 bytes for each node found, and 4 n bytes for each thread.

    Source of the backward step: Beamer et al., "Direction-optimizing breadth-first search", SC 2012.

    >>> path = sp.csr_array(np.eye(4, k=1))
    >>> sets = hop_sets(path, np.array([0]), 2)
    >>> sets.ring(2).of(0).tolist(), sets.ball(2).of(0).tolist()
    ([2], [1, 2])
    """
    sources = np.asarray(sources, dtype=np.int64)
    back = adjacency if reverse is None else reverse
    dense = np.inf if reverse is None else BACKWARD * adjacency.shape[0]
    edges = adjacency.indptr, adjacency.indices, back.indptr, back.indices

    parts = in_threads(lambda a, b: _search(*edges, sources[a:b], hops, dense), len(sources), n_jobs)
    nodes = np.concatenate([nodes for nodes, _ in parts]) if parts else np.empty(0, dtype=np.int32)
    offsets = np.cumsum([0] + [len(nodes) for nodes, _ in parts])
    bounds = [bounds + offset for (_, bounds), offset in zip(parts, offsets, strict=False)]
    return HopSets(nodes, np.concatenate(bounds) if bounds else np.empty((0, hops + 1), dtype=np.int64))


@njit(nogil=True, cache=True)
def _search(indptr, indices, back_indptr, back_indices, sources, hops, dense):  # type: ignore[no-untyped-def]
    """Nodes found, source after source in order of distance, and the (S, hops + 1) bounds of the distances among them."""
    n = len(indptr) - 1
    seen = np.full(n, -1, np.int32)  # the last source that reached a node: no clearing between sources
    found = np.empty(1024, np.int32)
    bounds = np.empty((len(sources), hops + 1), np.int64)
    start = count = 0
    for i in range(len(sources)):
        start = bounds[i, 0] = count
        found = _with_room(found, count + n)
        seen[sources[i]] = i
        count = _forward(indptr, indices, sources[i : i + 1], seen, i, found, count)
        bounds[i, 1] = count
        for hop in range(1, hops):
            frontier = found[start:count]
            start = count
            ahead = 0
            for u in frontier:
                ahead += indptr[u + 1] - indptr[u]
            if ahead > dense:
                count = _backward(back_indptr, back_indices, seen, i, found, count)
            else:
                count = _forward(indptr, indices, frontier, seen, i, found, count)
            bounds[i, hop + 1] = count
    return found[:count].copy(), bounds


@njit(nogil=True, cache=True)
def _with_room(found, size):  # type: ignore[no-untyped-def]
    """The array, or a larger copy of it."""
    if size <= len(found):
        return found
    larger = np.empty(max(size, 2 * len(found)), np.int32)
    larger[: len(found)] = found
    return larger


@njit(nogil=True, cache=True)
def _forward(indptr, indices, frontier, seen, mark, found, count):  # type: ignore[no-untyped-def]
    """Append what the frontier points to and was not seen; the new number of nodes found."""
    for u in frontier:
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if seen[v] != mark:
                seen[v] = mark
                found[count] = v
                count += 1
    return count


@njit(nogil=True, cache=True)
def _backward(indptr, indices, seen, mark, found, count):  # type: ignore[no-untyped-def]
    """The same from the other end: append every node not seen that a seen one points to. Nodes seen earlier than the frontier do
    no harm: what they point to has been seen."""
    first = count
    for v in range(len(seen)):
        if seen[v] != mark:
            for e in range(indptr[v], indptr[v + 1]):
                if seen[indices[e]] == mark:
                    found[count] = v
                    count += 1
                    break
    for j in range(first, count):
        seen[found[j]] = mark
    return count
