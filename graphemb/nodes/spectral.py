"""Spectral truncation: the adjacency matrix cut to its strongest spectrum."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.kernels.factors import keep_rank, scaled, symmetric_factors, two_sided_factors
from graphemb.kernels.out_of_sample import InductiveFactors, Side, rows_times
from graphemb.kernels.random import RandomState
from graphemb.kernels.spectral import solver_note, top_eigenpairs, top_singular_triplets


class Spectral(InductiveFactors):
    """The adjacency matrix truncated to its strongest spectrum: A ~ U V^T with the least squared error at rank ``dim``.

    Undirected, A = X L X^T: U = X sqrt\\|L\\| and V = U sign(L) over the ``dim`` eigenvalues of largest size. With
    ``signs="positive"`` only positive eigenvalues count and one vector a node is left, scored by the dot product: the
    squared error is larger, the ranking of neighbours usually better. Directed, A = U S V^T: U sqrt(S) and V sqrt(S).

    Parameters
    ----------
    dim : columns a side; rank of the approximation
    signs : "both" or "positive" (undirected graphs only)
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`
    random_state : seed of the solver's start vectors

    Raises
    ------
    ParameterError : ``signs`` unknown, or "positive" on a directed graph

    Warns
    -----
    RankWarning : the matrix has fewer than ``dim`` eigenvalues of the kind asked for

    Memory: (n, dim) numbers four to six times over. Source: Eckart and Young, "The approximation of one matrix by another of
    lower rank", Psychometrika 1936.

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "a")])
    >>> e = Spectral(dim=3).fit(graph).embedding_
    >>> e.dim, (e.vectors @ e.context.T).round(3).tolist() == graph.adjacency.toarray().tolist()
    (3, True)
    """

    def __init__(self, dim: int = 128, *, signs: Literal["both", "positive"] = "both", solver: str = "auto", random_state: RandomState = 0):
        self.dim = dim
        self.signs = signs
        self.solver = solver
        self.random_state = random_state

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        if self.signs not in ("both", "positive"):
            raise ParameterError(f"signs must be 'both' or 'positive', got {self.signs!r}")
        if self.signs == "positive" and graph.directed:
            raise ParameterError("signs='positive' needs an undirected graph; use signs='both' or graph.undirected()")

    def _fit(self, graph: Graph) -> Embedding:
        A = graph.adjacency
        notes: dict[str, Any] = {"solver": solver_note(graph.n_nodes, self.dim, self.solver)}
        settings: dict[str, Any] = {"solver": self.solver, "random_state": self.random_state}
        if graph.directed:
            U, s, V = top_singular_triplets(A, self.dim, **settings)
            return two_sided_factors(graph.names, U, s, V, self.dim, "the rank of the adjacency matrix", notes)
        if self.signs == "both":
            values, X = top_eigenpairs(A, self.dim, **settings)
            return symmetric_factors(graph.names, values, X, self.dim, "the rank of the adjacency matrix", notes)
        values, X = top_eigenpairs(A, self.dim, which="algebraic", **settings)
        values = np.maximum(values, 0)
        kept = keep_rank(values, self.dim, "the number of positive eigenvalues")
        return Embedding(graph.names, scaled(X, values, kept), decoder="dot", meta=notes)

    def _scores_times(self, side: Side) -> np.ndarray:
        return rows_times(side.edges, side.other)
