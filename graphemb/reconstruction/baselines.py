"""What every method is measured against: chance, popularity, shared neighbours, and the best rank-d approximations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.spectral import top_eigenpairs, top_singular_triplets
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.decoders.vectors import make_scorer


def _contender(name: str, embedding: Embedding) -> Contender:
    return Contender(name, embedding.decoder, make_scorer(embedding), embedding.numbers_per_node, embedding, baseline=True)


def _embedding(graph: Graph, source: np.ndarray, target: np.ndarray | None = None) -> Embedding:
    """The columns that are not zero, at least one."""
    kept = np.flatnonzero(source.any(axis=0))
    kept = kept if len(kept) else np.array([0])
    sides = [None if side is None else side[:, kept].astype(np.float32) for side in (source, target)]
    return Embedding(graph.names, *sides)


def _without_zeros(values: np.ndarray) -> np.ndarray:
    """Values that are zero but for rounding, as zeros: directions in which the matrix has nothing."""
    return np.where(values > 1e-9 * values.max(initial=0.0), values, 0.0)


@dataclass(frozen=True)
class RandomVectors:
    """Independent standard normal vectors, inner product: what no knowledge of the graph gives.

    Its mAP is E[AP] up to sampling error.
    """

    dim: int | None = None

    def prepare(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """The contender for a graph, with ``dim`` columns, or as many as ``numbers``."""
        vectors = generator(random_state).standard_normal((graph.n_nodes, self.dim or numbers), dtype=np.float32)
        return _contender("random", Embedding(graph.names, vectors))


@dataclass(frozen=True)
class Degree:
    """s(u -> v) = out-degree(u) x in-degree(v): hubs first, whoever asks."""

    def prepare(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """The contender for a graph; it keeps one number a node (two where the graph is directed)."""
        source = graph.degree("out").astype(np.float32)[:, None]
        if not graph.directed:
            return _contender("degree", Embedding(graph.names, source))
        return _contender("degree", Embedding(graph.names, source, graph.degree("in").astype(np.float32)[:, None]))


@dataclass(frozen=True)
class RankD:
    """The adjacency matrix at rank d by its largest \\|eigenvalues\\| (singular values where directed), with the numbers of the methods.

    Eckart and Young ("The approximation of one matrix by another of lower rank", Psychometrika 1936): no rank-d matrix is
    nearer in Frobenius norm. Its mAP is a floor: a learned method below it at the same numbers is doing badly.
    """

    dim: int | None = None

    def prepare(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """The contender for a graph: d = ``numbers``, or half of it on each side where the graph is directed."""
        A = graph.without_self_loops().adjacency
        if graph.directed:
            U, s, V = top_singular_triplets(A, self.dim or max(1, numbers // 2), random_state=random_state)
            scale = np.sqrt(_without_zeros(s))
            return _contender("eckart-young", _embedding(graph, U * scale, V * scale))
        values, vectors = top_eigenpairs(A, self.dim or numbers, random_state=random_state)
        columns = vectors * np.sqrt(_without_zeros(abs(values)))
        return _contender("eckart-young", _embedding(graph, columns, columns * np.where(values < 0, -1, 1)))

    def between(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """For users, then items: the matrix R of users and items at rank d = ``numbers``, U sqrt(S) the users, V sqrt(S) the items."""
        n = int((graph.nodes["kind"] == "user").sum())
        R = sp.csr_array(graph.adjacency[:n, n:])
        U, s, V = top_singular_triplets(R, min(self.dim or numbers, *R.shape), random_state=random_state)
        return _contender("eckart-young", _embedding(graph, np.concatenate([U, V]) * np.sqrt(_without_zeros(s))))


@dataclass(frozen=True)
class PositiveRankD:
    """The adjacency matrix by its d largest positive eigenvalues, U = X sqrt(L), inner product.

    The best that single vectors under the inner product can do in Frobenius norm, since U U^T has no negative eigenvalue.
    """

    dim: int | None = None

    def prepare(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """The contender for an undirected graph."""
        if graph.directed:
            raise ParameterError(
                "the baseline 'positive' needs an undirected graph: a directed one has no symmetric matrix; use 'eckart-young'"
            )
        A = graph.without_self_loops().adjacency
        values, vectors = top_eigenpairs(A, self.dim or numbers, which="algebraic", random_state=random_state)
        return _contender("positive", _embedding(graph, vectors * np.sqrt(_without_zeros(np.maximum(values, 0)))))

    def between(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """Refused: the eigenvalues of users and items come in pairs of both signs, so this ranks as rank d of their matrix does."""
        raise ParameterError("the baseline 'positive' ranks interactions just as 'eckart-young' does; use that")


@dataclass(frozen=True)
class CommonNeighbours:
    """s(u -> v) = number of paths of length two from u to v; neighbours in common where the graph is undirected."""

    def prepare(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """The contender for a graph. It reads the graph itself, so it keeps no numbers a node (0)."""
        pattern = sp.csr_array(graph.without_self_loops().adjacency != 0, dtype=np.float32)
        return Contender("common-neighbours", "paths of length two", TwoStepScorer(pattern), 0, baseline=True)

    def between(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """For users, then items, which have no neighbours in common: paths of length three, user - item - other user - other item."""
        pattern = sp.csr_array(graph.without_self_loops().adjacency != 0, dtype=np.float32)
        return Contender("common-neighbours", "paths of length three", ThreeStepScorer(pattern), 0, baseline=True)


@dataclass(frozen=True)
class AdamicAdar:
    """s(u -> v) = sum of 1 / log d(z) over the paths u -> z -> v, d(z) being the neighbours of z, in both directions where directed.

    A shared neighbour says the more the fewer neighbours it has. Source: Adamic and Adar, "Friends and neighbors on the
    Web", Social Networks 25 (2003).
    """

    def prepare(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """The contender for a graph. It reads the graph itself, so it keeps no numbers a node (0)."""
        pattern = sp.csr_array(graph.without_self_loops().adjacency != 0, dtype=np.float32)
        degree = graph.degree("out") + (graph.degree("in") if graph.directed else 0)
        worth = np.divide(1.0, np.log(np.maximum(degree, 1)), out=np.zeros(len(degree)), where=degree > 1)  # nothing leads through the rest
        first = sp.csr_array(pattern @ sp.diags_array(worth.astype(np.float32)))
        return Contender(
            "adamic-adar", "paths of length two, weighted", TwoStepScorer(first, pattern, symmetric=not graph.directed), 0, baseline=True
        )

    def between(self, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
        """Refused: a user and an item have no neighbour in common."""
        raise ParameterError(
            "the baseline 'adamic-adar' weighs shared neighbours, of which a user and an item have none; use 'common-neighbours'"
        )


class TwoStepScorer:
    """Scores (A B)[u, v], a sparse product a block; B is A unless given."""

    def __init__(self, first: sp.csr_array, second: sp.csr_array | None = None, *, symmetric: bool | None = None):
        self.first, self.second = first, first if second is None else second
        self.n = int(first.shape[0])
        self.symmetric = second is None and bool((first != first.T).nnz == 0) if symmetric is None else symmetric
        self._by_column = self.second.tocsc()

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores."""
        counts = (self.first[rows] @ self._by_column[:, columns]).toarray()
        if out is None:
            return counts
        out[...] = counts
        return out

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores."""
        to_columns = self._by_column[:, columns].T.tocsr()
        return np.asarray(self.first[rows].multiply(to_columns).sum(axis=1), dtype=np.float32).ravel()

    def reversed(self) -> TwoStepScorer:
        """The roles swapped."""
        return self if self.symmetric else TwoStepScorer(self.second.T.tocsr(), self.first.T.tocsr())

    def take(self, rows: np.ndarray) -> Any:
        """The scorer of some rows, paths still leading through all nodes."""
        return TwoStepScorer(self.first[rows], sp.csr_array(self._by_column[:, rows]), symmetric=self.symmetric)


class ThreeStepScorer:
    """The number of paths of length three between two nodes of a bipartite graph, none of them visited twice.

    (A^3)_uv counts walks; where u and v are joined, d_u + d_v - 1 of these go back over an edge. A pair is therefore never scored
    by its own edge. Work: two sparse products a block.
    """

    symmetric = True

    def __init__(self, pattern: sp.csr_array, rows: np.ndarray | None = None):
        self._whole = pattern
        self._rows = np.arange(pattern.shape[0]) if rows is None else rows
        self.n = len(self._rows)
        self._degree = np.diff(self._whole.indptr).astype(np.float32)
        self._by_column = sp.csc_array(self._whole[:, self._rows])

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores."""
        first, last = self._whole[self._rows[rows]], self._by_column[:, columns]
        joined = sp.coo_array(self._by_column.tocsr()[self._rows[rows]][:, columns])
        counts = (first @ self._whole @ last).toarray()
        u, v = self._rows[rows][joined.row], self._rows[columns][joined.col]
        counts[joined.row, joined.col] -= self._degree[u] + self._degree[v] - 1
        if out is None:
            return counts
        out[...] = counts
        return out

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores."""
        u, v = self._rows[rows], self._rows[columns]
        walks = (self._whole[u] @ self._whole).multiply(self._whole[v]).sum(axis=1)
        joined = np.asarray(self._whole[u, v]).ravel()
        return np.asarray(walks - joined * (self._degree[u] + self._degree[v] - 1), dtype=np.float32).ravel()

    def reversed(self) -> ThreeStepScorer:
        """Itself."""
        return self

    def take(self, rows: np.ndarray) -> ThreeStepScorer:
        """The scorer of some rows, paths still leading through all nodes."""
        return ThreeStepScorer(self._whole, self._rows[rows])
