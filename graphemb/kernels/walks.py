"""Random walks: first order, and second order (node2vec) by rejection, without tables per edge."""

from __future__ import annotations

import numpy as np
from numba import njit, uint64

from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.threads import in_threads, thread_count


def random_walks(
    graph: Graph,
    *,
    n_walks: int = 10,
    walk_length: int = 80,
    p: float = 1.0,
    q: float = 1.0,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> np.ndarray:
    """``n_walks`` walks from every node: int32 rows of the graph, (n_walks * n, walk_length), -1 after a walk's end.

    Row r starts at node r mod n. See :class:`Walker` for the steps and for walks in portions, as this array takes
    4 * n_walks * n * walk_length bytes.

    >>> path = Graph.from_edges([("a", "b")])
    >>> random_walks(path, n_walks=1, walk_length=4).tolist()
    [[0, 1, 0, 1], [1, 0, 1, 0]]
    """
    require_whole("n_walks", n_walks)
    walker = Walker(graph, walk_length=walk_length, p=p, q=q, random_state=random_state, n_jobs=n_jobs)
    return walker.walks(0, n_walks * graph.n_nodes)


class Walker:
    """Makes the walks of given numbers; walk r starts at node r mod n and is the same whoever asks, in any portion.

    A step goes from v to x with probability proportional to a_vx, and after a step t -> v proportional to a_vx times

        1/p if x = t;   1 if t -> x is an edge;   1/q otherwise.

    Parameters
    ----------
    walk_length : nodes of a walk, the first included; fewer where a directed walk ends in a sink. An isolated node's walk
        is the node alone
    p, q : return and in-out parameters, above 0; both 1 is a first-order walk
    random_state : seed; every walk draws from its own stream, so the result does not depend on ``n_jobs``
    n_jobs : threads; None for all cores

    Raises
    ------
    DataError : negative weights
    ParameterError : ``walk_length`` below 1, ``p`` or ``q`` not above 0

    Second order by rejection: x is proposed proportional to a_vx and accepted with its factor over the largest factor; the
    edge back to t, whose factor may stand far above the others, is drawn apart. Memory: one float64 an edge where the graph is weighted,
    nothing otherwise. Expected proposals a step: at most max(1, 1/q) / min(1, 1/q, 1/p).

    Source: Grover and Leskovec, "node2vec", KDD 2016, arXiv 1607.00653; rejection as in Yang et al., "KnightKing", SOSP 2019.
    On directed graphs the factor 1 follows the paper (distance from t to x is 1); its code asks for the edge x -> t.

    >>> walker = Walker(Graph.from_edges([("a", "b"), ("b", "c")]), walk_length=3, q=0.5)
    >>> bool((walker.walks(0, 6)[3:] == walker.walks(3, 6)).all())
    True
    """

    def __init__(
        self,
        graph: Graph,
        *,
        walk_length: int = 80,
        p: float = 1.0,
        q: float = 1.0,
        random_state: RandomState = 0,
        n_jobs: int | None = None,
    ):
        require_whole("walk_length", walk_length)
        require_positive("p", p)
        require_positive("q", q)
        A = graph.adjacency
        if (A.data < 0).any():
            raise DataError("random walks need edge weights of at least 0; some are negative")
        self.n = graph.n_nodes
        self.walk_length = int(walk_length)
        self.n_jobs = thread_count(n_jobs)
        self._factors = (1.0 / p, 1.0 / q)
        self._seed = np.uint64(generator(random_state).integers(2**63))
        self._edges = (A.indptr.astype(np.int64), A.indices.astype(np.int32, copy=False))
        # a graph without weights needs no cumulative sums: an index is drawn outright
        self._cumulative = cumulate(self._edges[0], A.data) if graph.weighted else np.empty(0)

    def walks(self, first: int, last: int) -> np.ndarray:
        """Walks number ``first`` to ``last`` (excluded), one a row."""
        return self.numbered(np.arange(first, last))

    def numbered(self, numbers: np.ndarray) -> np.ndarray:
        """The walks of any numbers, one a row."""
        out = np.full((len(numbers), self.walk_length), -1, dtype=np.int32)
        numbers = numbers.astype(np.int64, copy=False)

        def part(start: int, stop: int) -> None:
            if self._factors == (1.0, 1.0):
                _first_order(*self._edges, self._cumulative, self._seed, numbers[start:stop], out[start:stop])
            else:
                self._second_order(numbers[start:stop], out[start:stop])

        in_threads(part, len(numbers), self.n_jobs)
        return out

    def _second_order(self, numbers: np.ndarray, out: np.ndarray) -> None:
        _second_order(*self._edges, self._cumulative, *self._factors, self._seed, numbers, out)

    def starts(self) -> np.ndarray:
        """The nodes from which a walk gets anywhere: those with an out-edge."""
        return np.flatnonzero(np.diff(self._edges[0]))


GOLDEN = uint64(0x9E3779B97F4A7C15)
LANES = 64
"""First-order walks that step in turn: while one waits for memory the others go on (measured: three to six times faster; steps of
second order wait for their rejections, not for memory, and gain nothing)."""


@njit(inline="always")
def mix(z):  # type: ignore[no-untyped-def]
    """SplitMix64's finaliser: 64 bits in, 64 well-mixed bits out (Steele et al., OOPSLA 2014)."""
    z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
    return z ^ (z >> uint64(31))


@njit(inline="always")
def uniform(state):  # type: ignore[no-untyped-def]
    """The next state and a number in [0, 1)."""
    state = state + GOLDEN
    return state, np.float64(mix(state) >> uint64(11)) * (1.0 / 9007199254740992.0)


@njit(inline="always")
def place(indptr, cumulative, v, u):  # type: ignore[no-untyped-def]
    """The edge of node v that a number u in [0, 1) falls on."""
    start, stop = indptr[v], indptr[v + 1]
    if len(cumulative) == 0:
        return start + np.int64(u * (stop - start))
    target = u * cumulative[stop - 1]
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


@njit(inline="always")
def _find(indptr, indices, v, x):  # type: ignore[no-untyped-def]
    """The position of the edge v -> x, or -1."""
    low, high = indptr[v], indptr[v + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low if low < indptr[v + 1] and indices[low] == x else np.int64(-1)


@njit(nogil=True, cache=True)
def cumulate(indptr, weights):  # type: ignore[no-untyped-def]
    """Weights added up within each block."""
    out = np.empty(len(weights))
    for v in range(len(indptr) - 1):
        total = 0.0
        for e in range(indptr[v], indptr[v + 1]):
            total += weights[e]
            out[e] = total
    return out


@njit(nogil=True, cache=True)
def _first_order(indptr, indices, cumulative, seed, numbers, out):  # type: ignore[no-untyped-def]
    state, here = np.empty(LANES, np.uint64), np.empty(LANES, np.int64)
    for first in range(0, len(out), LANES):
        lanes = min(LANES, len(out) - first)
        for lane in range(lanes):
            number = numbers[first + lane]
            state[lane] = mix(seed + GOLDEN * uint64(number))
            here[lane] = number % (len(indptr) - 1)
            out[first + lane, 0] = here[lane]
        for step in range(1, out.shape[1]):
            for lane in range(lanes):
                v = here[lane]
                if indptr[v] < indptr[v + 1]:
                    state[lane], u = uniform(state[lane])
                    here[lane] = indices[place(indptr, cumulative, v, u)]
                    out[first + lane, step] = here[lane]


@njit(nogil=True, cache=True)
def _second_order(indptr, indices, cumulative, back, away, seed, numbers, out):  # type: ignore[no-untyped-def]
    n = len(indptr) - 1
    for row in range(out.shape[0]):
        state = mix(seed + GOLDEN * uint64(numbers[row]))
        v = numbers[row] % n
        t = np.int64(-1)
        out[row, 0] = v
        for step in range(1, out.shape[1]):
            if indptr[v] == indptr[v + 1]:
                break
            state, x = next_node(indptr, indices, cumulative, back, away, t, v, state)
            t, v = v, x
            out[row, step] = v


@njit
def next_node(indptr, indices, cumulative, back, away, t, v, state):  # type: ignore[no-untyped-def]
    """The next state of the stream and the node after t -> v (t is -1 at the start)."""
    if t < 0:
        state, u = uniform(state)
        return state, np.int64(indices[place(indptr, cumulative, v, u)])
    top, bottom = max(1.0, away), min(1.0, away, back)
    apart = 0.0
    if back > top:  # the way back stands above the envelope: its excess is drawn apart, and it counts ``top`` below
        apart = _excess(indptr, indices, cumulative, v, t, back, top)
    while True:
        if apart > 0.0:  # drawn anew after every rejection
            state, u = uniform(state)
            if u < apart:
                return state, np.int64(t)
        state, u = uniform(state)
        x = np.int64(indices[place(indptr, cumulative, v, u)])
        state, u = uniform(state)
        height = u * top
        if height < bottom:  # under every factor: no need to know which one it is
            return state, x
        if x == t:
            factor = min(back, top)
        elif away == 1.0 or _find(indptr, indices, t, x) >= 0:
            factor = 1.0
        else:
            factor = away
        if height < factor:
            return state, x


@njit
def _excess(indptr, indices, cumulative, v, t, back, top):  # type: ignore[no-untyped-def]
    """The share of v's envelope, ``top`` times all its weights, that the way back to t adds above it."""
    edge = _find(indptr, indices, v, t)
    if edge < 0:
        return 0.0
    weight, total = 1.0, np.float64(indptr[v + 1] - indptr[v])
    if len(cumulative):
        total = cumulative[indptr[v + 1] - 1]
        weight = cumulative[edge] - (cumulative[edge - 1] if edge > indptr[v] else 0.0)
    excess = weight * (back - top)
    return excess / (total * top + excess)
