"""Edges held out for a test, the rest left connected: the split that link prediction stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import minimum_spanning_tree

from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.warn import notes_of, warn


@dataclass(frozen=True)
class EdgeSplit:
    """A training graph, the edges that were taken out of it, and as many pairs that are no edge.

    Attributes
    ----------
    train : the graph without the held-out edges, on the same nodes in the same order; weights and node table carried over
    test_edges : int64 (m, 2), rows of the ends of each held-out edge; the lower row first where the graph is undirected
    non_edges : int64 (m, 2), pairs that are no edge of the whole graph, neither self-pairs nor repeated
    asked : the share of the edges that was to be held out
    share : the share that is, self-loops not counted
    whole : fingerprint of the graph that was split
    """

    train: Graph
    test_edges: np.ndarray
    non_edges: np.ndarray
    asked: float
    share: float
    whole: str

    @property
    def ratio(self) -> float:
        """Held-out edges for each edge left."""
        return self.share / (1 - self.share)

    def to_frame(self) -> pd.DataFrame:
        """The test pairs by name: source, target, and whether the pair is an edge."""
        names = np.asarray(self.train.names)
        pairs = np.concatenate([self.test_edges, self.non_edges])
        edge = np.arange(len(pairs)) < len(self.test_edges)
        return pd.DataFrame({"source": names[pairs[:, 0]], "target": names[pairs[:, 1]], "edge": edge})

    def __repr__(self) -> str:
        return f"EdgeSplit({self.train!r}, {len(self.test_edges):,} edges held out: {self.share:.1%})"


def split_edges(graph: Graph, *, test: float = 0.2, random_state: RandomState = 0) -> EdgeSplit:
    """Hold out a share of the edges at random so that what was connected stays connected, and draw as many non-edges.

    A random spanning forest (the minimum one of independent uniform weights; of the graph without directions where it is directed) is never
    held out; of the other edges those held out are drawn uniformly. Of two opposite directed edges each is an edge of its
    own. Self-loops stay. Non-edges are drawn uniformly among all pairs (ordered ones where the graph is directed) that are
    no edge of the whole graph.

    Where the forest leaves fewer edges than asked for, or the graph has fewer than twice as many non-edges (as many are kept
    back for fitting), fewer are held out, and a :class:`DataWarning` says so.

    Parameters
    ----------
    test : share of the edges to hold out, between 0 and 1

    Raises :class:`ParameterError` for a share out of range, :class:`DataError` where there is no edge, none can be held out (a
    forest), or every pair is an edge. Work: O(m log m) for m edges; memory: about 100 bytes an edge.

    >>> ring = Graph.from_edges([(i, (i + j) % 12) for i in range(12) for j in (1, 2)])
    >>> split = split_edges(ring, test=0.25)
    >>> split.train.n_edges, len(split.test_edges), len(split.non_edges), int(split.train.components.max())
    (18, 6, 6, 0)
    """
    if isinstance(test, bool) or not isinstance(test, (int, float, np.number)) or not 0 < test < 1:
        raise ParameterError(f"test must be a share between 0 and 1, both excluded, got {test!r}")
    rng = generator(random_state)
    u, v, weights = graph.edges()
    u, v = u.astype(np.int64), v.astype(np.int64)
    links = np.flatnonzero(u != v)
    free = n_pairs(graph.n_nodes, directed=graph.directed) - len(links)
    spare = _spare(graph, u, v, links, free, rng)
    wanted = max(1, round(float(test) * len(links)))
    possible = min(wanted, len(spare), max(1, free // 2))
    if possible < wanted:
        _warn_of_fewer(possible, wanted, len(links), len(spare))
    held = np.sort(rng.choice(spare, possible, replace=False))
    kept = np.ones(len(u), dtype=bool)
    kept[held] = False
    share = possible / len(links)
    train = _graph_of(graph, u[kept], v[kept], weights[kept], {"of": graph.fingerprint, "held_out": possible, "share": share})
    taken = u[links] * graph.n_nodes + v[links]
    return EdgeSplit(
        train,
        np.column_stack([u[held], v[held]]),
        free_pairs(graph.n_nodes, taken, possible, directed=graph.directed, rng=rng),
        float(test),
        share,
        graph.fingerprint,
    )


def split_repeatedly(graph: Graph, *, test: float = 0.2, repeats: int = 5, random_state: RandomState = 0) -> list[EdgeSplit]:
    """Independent splits; the first ones are the same however many are asked for.

    >>> ring = Graph.from_edges([(i, (i + j) % 12) for i in range(12) for j in (1, 2)])
    >>> one, two = split_repeatedly(ring, repeats=1), split_repeatedly(ring, repeats=2)
    >>> one[0].train.fingerprint == two[0].train.fingerprint
    True
    """
    splits, said = [], set[str]()
    for rng in generator(random_state).spawn(repeats):
        with notes_of("", said):
            splits.append(split_edges(graph, test=test, random_state=rng))
    return splits


def require_splits_of(graph: Graph, splits: Sequence[EdgeSplit]) -> None:
    """Raise where a split is not one of this graph, or nothing varies between the splits."""
    if not splits:
        raise ParameterError("splits must hold at least one EdgeSplit; leave it out to have them made")
    for i, split in enumerate(splits, start=1):
        if not isinstance(split, EdgeSplit):
            raise ParameterError(f"splits must hold EdgeSplit values, as split_edges gives them, got {type(split).__name__}")
        if split.whole != graph.fingerprint:
            raise DataError(f"split {i} is one of another graph (fingerprint {split.whole[:12]}, not {graph.fingerprint[:12]})")
    once = len({id(split) for split in splits}) == len(splits)
    # small graphs may draw a split twice; only where all are alike is nothing left that could vary
    if not once or (len(splits) > 1 and all(_alike(split, splits[0]) for split in splits)):
        raise ParameterError("splits holds the same split more than once; draw them with different seeds, as split_repeatedly does")


def _alike(a: EdgeSplit, b: EdgeSplit) -> bool:
    return np.array_equal(a.test_edges, b.test_edges) and np.array_equal(a.non_edges, b.non_edges)


def n_pairs(n: int, *, directed: bool) -> int:
    """Pairs of different nodes; ordered ones where directed.

    >>> n_pairs(4, directed=False), n_pairs(4, directed=True)
    (6, 12)
    """
    return n * (n - 1) // (1 if directed else 2)


def free_pairs(n: int, taken: np.ndarray, count: int, *, directed: bool, rng: np.random.Generator) -> np.ndarray:
    """int64 (count, 2): different pairs of different nodes, uniform among those that are not taken.

    ``taken`` are sorted numbers u n + v, with u < v where pairs have no order, each once. Where more than half of the free
    pairs are wanted they are listed (there are then fewer pairs in all than taken + 2 count), else drawn and thrown
    away when taken or drawn before.

    >>> free_pairs(3, np.array([1]), 2, directed=False, rng=generator(0)).tolist()  # 0 - 1 is taken
    [[0, 2], [1, 2]]
    """
    free = n_pairs(n, directed=directed) - len(taken)
    if free < count:
        raise DataError(f"{count:,} non-edges are needed, but only {free:,} pairs of nodes are no edge; hold out fewer edges")
    if free <= 2 * count:
        found = np.setdiff1d(_all_pairs(n, directed), taken, assume_unique=True)
    else:
        found = np.empty(0, dtype=np.int64)
        while len(found) < count:
            draws = int(1.2 * (count - len(found)) * (free + len(taken)) / free) + 16
            u, v = rng.integers(n, size=(2, draws))
            u, v = (u, v) if directed else (np.minimum(u, v), np.maximum(u, v))
            drawn = np.unique(u[u != v] * n + v[u != v])
            found = np.union1d(found, drawn[~is_in(taken, drawn)])
    return np.column_stack(np.divmod(np.sort(rng.choice(found, count, replace=False)), n))


def is_in(taken: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Which of the numbers are among ``taken``, which are sorted.

    >>> is_in(np.array([2, 5]), np.array([5, 1, 9])).tolist()
    [True, False, False]
    """
    if not len(taken):
        return np.zeros(len(numbers), dtype=bool)
    return np.asarray(taken[np.minimum(np.searchsorted(taken, numbers), len(taken) - 1)] == numbers)


def _all_pairs(n: int, directed: bool) -> np.ndarray:
    if not directed:
        u, v = np.triu_indices(n, 1)
        return np.asarray(u.astype(np.int64) * n + v)
    numbers = np.arange(n * n, dtype=np.int64)
    return numbers[numbers // n != numbers % n]


def _spare(graph: Graph, u: np.ndarray, v: np.ndarray, links: np.ndarray, free: int, rng: np.random.Generator) -> np.ndarray:
    """Edges that may be held out: those outside a random spanning forest."""
    if not len(links):
        raise DataError(f"nothing can be held out: this graph of {graph.n_nodes:,} nodes has no edge between two different nodes")
    if free == 0:
        raise DataError(
            f"link prediction needs pairs that are no edge, and in this complete graph of {graph.n_nodes:,} nodes every pair is one"
        )
    n = graph.n_nodes
    weights = 1.0 - rng.random(len(links))  # above 0, which scipy reads as no edge
    forest = minimum_spanning_tree(sp.csr_array((weights, (u[links], v[links])), shape=(n, n))).tocoo()
    numbers = u[links] * n + v[links]  # in row order, so sorted
    kept = np.searchsorted(numbers, forest.row.astype(np.int64) * n + forest.col)
    spare = np.delete(links, kept)
    if not len(spare):
        raise DataError(
            f"nothing can be held out: this graph is a forest, each of its {len(links):,} edges is all that connects its two sides"
        )
    return spare


def _warn_of_fewer(possible: int, wanted: int, there: int, spare: int) -> None:
    why = (
        f"the other {there - spare:,} keep the graph connected"
        if possible == spare
        else "there are too few pairs that are no edge to compare with"
    )
    warn(f"{possible:,} of {there:,} edges are held out ({possible / there:.1%}) instead of {wanted:,}: {why}", DataWarning)


def _graph_of(graph: Graph, u: np.ndarray, v: np.ndarray, weights: np.ndarray, split: dict[str, object]) -> Graph:
    """The same nodes with these edges."""
    if not graph.directed:
        other = u != v
        u, v, weights = np.r_[u, v[other]], np.r_[v, u[other]], np.r_[weights, weights[other]]
    adjacency = sp.csr_array((weights, (u, v)), shape=graph.adjacency.shape)
    nodes = graph.nodes
    return Graph(
        adjacency, graph.names, directed=graph.directed, nodes=nodes if len(nodes.columns) else None, meta={**graph.meta, "split": split}
    )
