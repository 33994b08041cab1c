"""Nodes that were not there at the fit: vectors from their edges to nodes that were, in closed form."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph, not_a_graph
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.method import Method
from graphemb.kernels.warn import warn

Placed = tuple[np.ndarray, np.ndarray | None, dict[str, Any]]
ROWS_AT_ONCE = 65_536
"""Rows of a factor that are converted to float64 together."""


@dataclass(frozen=True)
class Links:
    """The edges between m new nodes and the n nodes of a fit: ``out`` (m, n) leads to known nodes, ``into`` (m, n) comes from them."""

    names: Names
    out: sp.csr_array
    into: sp.csr_array
    directed: bool
    counts: dict[str, int]


@dataclass(frozen=True)
class Side:
    """New nodes as sources, with their edges to targets that are known; or as targets, with everything the other way round.

    ``edges`` (m, n) are the weights on this side and ``back`` those on the other; S ~ ``own`` ``other``^T, both (n, d). For targets,
    S and A are transposed.
    """

    edges: sp.csr_array
    back: sp.csr_array
    own: np.ndarray
    other: np.ndarray
    transposed: bool = False

    @cached_property
    def gram(self) -> np.ndarray:
        """``other``^T ``other``, float64 (d, d)."""
        total = np.zeros((self.other.shape[1],) * 2)
        for start in range(0, len(self.other), ROWS_AT_ONCE):
            block = self.other[start : start + ROWS_AT_ONCE].astype(np.float64)
            total += block.T @ block
        return total

    def times_proximity(self, edges: sp.csr_array) -> np.ndarray:
        """``edges`` S ``other``, from the factors of S."""
        return rows_times(edges, self.own) @ self.gram

    def projected(self, product: np.ndarray) -> np.ndarray:
        """x = (s ``other``) (``other``^T ``other``)^+ from s ``other``: what minimises \\|\\|s - x ``other``^T\\|\\|."""
        size = np.sqrt(np.diag(self.gram))
        size[size == 0] = 1.0  # columns weigh alike in the inverse, however fast the spectrum falls
        return product / size @ np.linalg.pinv(self.gram / np.outer(size, size), hermitian=True) / size


class Inductive(Method[Graph]):
    """Base of methods that can place nodes they were not fitted on. A subclass writes ``_place(links)``.

    What it needs stands in ``embedding_`` and its ``meta``, so that settings changed after the fit change nothing.
    """

    @abstractmethod
    def _place(self, links: Links) -> Placed:
        """Vectors and context of the new nodes, and what is to be noted in ``meta``."""

    def transform(self, edges: Graph) -> Embedding:
        """Vectors of nodes that were not in the fitted graph, from their edges to nodes that were.

        Every new node is placed as if it came alone, and known nodes stay as they are.

        Parameters
        ----------
        edges : edges between new nodes and fitted ones, directed if the fitted graph was. Names that the fit does not know are the
            new nodes. Edges among new nodes cannot be used; those among known ones are not looked at

        Returns
        -------
        Embedding of the new nodes in the order of ``edges.names``, with the decoder of ``embedding_``; a node without an edge to
        a known one is a row of zeros. ``meta["transform"]`` tells the fitted graph and the counts.
        ``fitted.embedding_.append(new)`` puts both together

        Raises
        ------
        NotFittedError : before ``fit``
        DataError : no new node, directions that are not those of the fitted graph, weights that the method cannot take

        Warns
        -----
        DataWarning : edges among new nodes, or new nodes without an edge to a known one
        """
        started = time.perf_counter()
        fitted = self.embedding_
        links = links_of(fitted, edges, type(self).__name__)
        _warn_of(links.counts)
        vectors, context, notes = self._place(links)
        meta = {key: fitted.meta[key] for key in ("format_version", "method", "parameters", "random_state", "versions")}
        data = {"fingerprint": edges.fingerprint, "n_nodes": edges.n_nodes, "n_edges": edges.n_edges, "directed": edges.directed}
        made = {"fitted_on": fitted.meta["data"], **links.counts}
        meta |= {"data": data, "seconds": round(time.perf_counter() - started, 6), "notes": notes, "edits": [], "transform": made}
        return Embedding(links.names, vectors, context, decoder=fitted.decoder, meta=meta)


class InductiveFactors(Inductive):
    """Base of methods that factorise a proximity matrix, S ~ U V^T, and know the row that a new node would have in it.

    With s that row, u = s V (V^T V)^+, the least squared error; v from the column and U alike. Walks that return to the new node are
    left out of s. A subclass writes ``_scores_times(side)``; where that takes the edges among known nodes, ``_needs_links`` says so
    and the fit keeps the graph in ``graph_``, which is else None.
    """

    graph_: Graph | None

    @abstractmethod
    def _scores_times(self, side: Side) -> np.ndarray:
        """s V for every new node: its row of S times the factors ``side.other``, float64 (m, d)."""

    def _needs_links(self) -> bool:
        return False

    def _learn(self, graph: Graph, learn: Callable[[Graph], Embedding]) -> Self:
        super()._learn(graph, learn)
        self.graph_ = graph if self._needs_links() else None
        return self

    def _known(self, side: Side) -> sp.csr_array:
        """The adjacency matrix of the known nodes, transposed for targets."""
        assert self.graph_ is not None, "_needs_links must say that the graph is needed"
        A = (self.graph_.undirected() if self.embedding_.meta["notes"].get("symmetrised") else self.graph_).adjacency
        return sp.csr_array(A.T) if side.transposed else A

    def _place(self, links: Links) -> Placed:
        e = self.embedding_
        U, V = e.vectors, e.vectors if e.context is None else e.context
        source = Side(links.out, links.into, U, V)
        vectors = source.projected(self._scores_times(source)).astype(np.float32)
        if e.context is None:
            return vectors, None, {}
        if not links.directed and e.numbers_per_node == e.dim:  # the same vectors up to signs, and they stay so
            signs = np.where(np.einsum("ij,ij->j", U, V) < 0, -1, 1).astype(np.float32)
            return vectors, vectors * signs, {}
        target = Side(links.into, links.out, V, U, transposed=True)
        return vectors, target.projected(self._scores_times(target)).astype(np.float32), {}


def links_of(fitted: Embedding, edges: Graph, method: str) -> Links:
    """What ``edges`` says of new nodes; :class:`DataError` where there are none or its directions are not those of the fit."""
    if not isinstance(edges, Graph):
        raise not_a_graph(f"{method}.transform", edges)
    directed = bool(fitted.meta["data"]["directed"])
    if edges.directed != directed:
        was, given = ("a directed", "undirected") if directed else ("an undirected", "directed")
        raise DataError(f"{method} was fitted on {was} graph, but the new edges are {given}; pass a Graph with directed={directed}")
    if fitted.meta["notes"].get("symmetrised"):
        edges = edges.undirected()
    rows = fitted.names.find(edges.names)
    new, known = np.flatnonzero(rows < 0), np.flatnonzero(rows >= 0)
    if not len(new):
        raise DataError(f"no node of the new edges is new: all {edges.n_nodes:,} were fitted, and their vectors are in embedding_")
    A = edges.adjacency
    out, into = (_among(matrix[new][:, known], rows[known], len(fitted)) for matrix in (A, sp.csr_array(A.T)))
    once = 1 if edges.directed else 2
    within, between = sp.csr_array(A[new][:, new]), sp.csr_array(A[known][:, known])
    counts = {
        "new_nodes": len(new),
        "edges_used": int(out.nnz + (into.nnz if edges.directed else 0)),
        "edges_among_new": _edges_in(within, once),
        "edges_among_known": _edges_in(between, once),
        "without_edge": int(((np.diff(out.indptr) == 0) & (np.diff(into.indptr) == 0)).sum()),
    }
    return Links(edges.names.take(new), out, into, edges.directed, counts)


def _among(matrix: sp.csr_array, columns: np.ndarray, n: int) -> sp.csr_array:
    """The matrix with its columns at other places among n."""
    moved = sp.csr_array((matrix.data, columns[matrix.indices], matrix.indptr), shape=(matrix.shape[0], n))
    moved.sort_indices()
    return moved


def _edges_in(matrix: sp.csr_array, once: int) -> int:
    loops = int(np.count_nonzero(matrix.diagonal()))
    return (matrix.nnz - loops) // once + loops


def _warn_of(counts: dict[str, int]) -> None:
    said = []
    if counts["edges_among_new"]:
        said.append(f"{counts['edges_among_new']:,} edges among new nodes are left out: each is placed by its edges to fitted nodes")
    if counts["without_edge"]:
        said.append(f"{counts['without_edge']:,} of {counts['new_nodes']:,} new nodes have no edge to a fitted one and get zero vectors")
    if said:
        warn("; ".join(said), DataWarning)


def rows_times(edges: sp.csr_array, factor: np.ndarray) -> np.ndarray:
    """``edges`` (m, n) times ``factor`` (n, d) in float64, of which only rows with an edge are converted.

    >>> rows_times(sp.csr_array(np.array([[0, 2, 0]])), np.float32([[1, 1], [2, 3], [4, 5]])).tolist()
    [[4.0, 6.0]]
    """
    touched, places = np.unique(edges.indices, return_inverse=True)
    packed = sp.csr_array((edges.data, places, edges.indptr), shape=(edges.shape[0], len(touched)))
    return np.asarray(packed @ factor[touched].astype(np.float64))


def require_no_negative(edges: sp.csr_array, who: str) -> None:
    """Raise :class:`DataError` for weights below 0, where sums of them are divided by."""
    if (edges.data < 0).any():
        raise DataError(f"{who} divides by sums of weights and needs weights of at least 0; {int((edges.data < 0).sum()):,} are negative")
