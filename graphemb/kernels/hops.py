"""Who lies within k hops: breadth-first search from the given sources only, cut at the last hop asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.threads import in_threads


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


def hop_sets(adjacency: sp.csr_array, sources: np.ndarray, hops: int, *, n_jobs: int | None = None) -> HopSets:
    """The nodes at distance 1, 2, ..., ``hops`` of each source, distances unweighted and along the edges.

    The source itself is in none of its sets, self-loops or not. Work: the edges of the nodes within ``hops - 1``; memory
    4 bytes for each node found, and 4 n bytes for each thread.

    >>> path = sp.csr_array(np.eye(4, k=1))
    >>> sets = hop_sets(path, np.array([0]), 2)
    >>> sets.ring(2).of(0).tolist(), sets.ball(2).of(0).tolist()
    ([2], [1, 2])
    """
    sources = np.asarray(sources, dtype=np.int64)
    indptr, indices, n = adjacency.indptr, adjacency.indices, adjacency.shape[0]
    parts = in_threads(lambda a, b: _search(indptr, indices, sources[a:b], hops, n), len(sources), n_jobs)
    nodes = np.concatenate([nodes for nodes, _ in parts]) if parts else np.empty(0, dtype=np.int32)
    offsets = np.cumsum([0] + [len(nodes) for nodes, _ in parts])
    bounds = [bounds + offset for (_, bounds), offset in zip(parts, offsets, strict=False)]
    return HopSets(nodes, np.concatenate(bounds) if bounds else np.empty((0, hops + 1), dtype=np.int64))


@njit(nogil=True, cache=True)
def _search(indptr, indices, sources, hops, n):  # type: ignore[no-untyped-def]
    """Nodes found, source after source in order of distance, and the (S, hops + 1) bounds of the distances among them."""
    seen = np.full(n, -1, np.int32)  # the last source that reached a node: no clearing between sources
    found = np.empty(1024, np.int32)
    bounds = np.empty((len(sources), hops + 1), np.int64)
    count = 0
    for i in range(len(sources)):
        seen[sources[i]] = i
        bounds[i, 0] = count
        for hop in range(hops):
            first = bounds[i, hop - 1] if hop else count
            for f in range(max(1, count - first) if hop == 0 else count - first):
                u = sources[i] if hop == 0 else found[first + f]
                for e in range(indptr[u], indptr[u + 1]):
                    v = indices[e]
                    if seen[v] != i:
                        seen[v] = i
                        if count == len(found):
                            larger = np.empty(2 * count, np.int32)
                            larger[:count] = found
                            found = larger
                        found[count] = v
                        count += 1
            bounds[i, hop + 1] = count
    return found[:count].copy(), bounds
