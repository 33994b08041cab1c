"""Laplacian Eigenmaps: the smoothest functions on the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.factors import warn_rank
from graphemb.kernels.method import Method
from graphemb.kernels.random import RandomState
from graphemb.kernels.spectral import solver_note, top_eigenpairs
from graphemb.kernels.warn import warn


class LaplacianEigenmaps(Method[Graph]):
    """The ``dim`` smoothest functions on the graph: minimise sum a_ij \\|\\|y_i - y_j\\|\\|^2 subject to Y^T D Y = I.

    These are the generalised eigenvectors L y = lambda D y of the smallest lambda above 0, found as the largest eigenvalues
    1 - lambda of D^-1/2 A D^-1/2, then multiplied by D^-1/2. Rows are compared by Euclidean distance.

    Parameters
    ----------
    dim : columns
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`. Eigenvalues crowd near 0, so that
        "randomized" is coarse here; above 200,000 nodes ask for "arpack" if there is time
    random_state : seed of the solver's start vectors

    Raises
    ------
    DataError : negative weights

    Warns
    -----
    RankWarning : fewer than ``dim`` eigenvalues above 0
    DataWarning : isolated nodes, which get a zero vector; a directed graph, which is symmetrised

    Every connected component has a zero eigenvalue whose vector only says who belongs to it. All of these are left
    out by deflation (they are known), not only the constant one: on a graph of many components the first columns would
    hold nothing else. Nodes with the same neighbours get the same coordinates.

    Source: Belkin and Niyogi, "Laplacian Eigenmaps for Dimensionality Reduction and Data Representation", Neural Computation 2003.

    >>> path = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    >>> LaplacianEigenmaps(dim=1).fit(path).embedding_.vectors.ravel().round(3)
    array([ 0.577,  0.289, -0.289, -0.577], dtype=float32)
    """

    def __init__(self, dim: int = 128, *, solver: str = "auto", random_state: RandomState = 0):
        self.dim = dim
        self.solver = solver
        self.random_state = random_state

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        if (graph.adjacency.data < 0).any():
            raise DataError("LaplacianEigenmaps needs edge weights of at least 0; some are negative")

    def _fit(self, graph: Graph) -> Embedding:
        notes: dict[str, Any] = {}
        graph = self._undirected(graph, notes)
        linked = np.flatnonzero(graph.degree() > 0)
        notes["isolated"] = graph.n_nodes - len(linked)
        if notes["isolated"]:
            warn(f"isolated nodes get a zero vector: {notes['isolated']:,} of {graph.n_nodes:,}", DataWarning)
        vectors = np.zeros((graph.n_nodes, self.dim))
        found = 0
        if len(linked):
            notes["solver"] = solver_note(len(linked), self.dim, self.solver)
            Y, notes["components"] = self._smoothest(graph.adjacency[linked][:, linked])
            found = Y.shape[1]
            vectors[linked, :found] = Y
        warn_rank(max(found, 1), self.dim, "the number of eigenvalues above 0")
        return Embedding(graph.names, vectors[:, : max(found, 1)], decoder="euclidean", meta=notes)

    def _smoothest(self, A: sp.csr_array) -> tuple[np.ndarray, int]:
        """The generalised eigenvectors of a graph without isolated nodes, and its number of components."""
        root = np.sqrt(np.asarray(A.sum(axis=1)).ravel())
        N = sp.csr_array(sp.diags_array(1 / root) @ A @ sp.diags_array(1 / root))
        count, component = connected_components(A, directed=False)
        k = min(self.dim, len(root) - count)
        if k == 0:
            return np.empty((len(root), 0)), count
        known = sp.csr_array((root, (np.arange(len(root)), component)), shape=(len(root), count))
        known = sp.csr_array(known @ sp.diags_array(1 / np.sqrt(np.asarray((known * known).sum(axis=0)).ravel())))
        known_t = sp.csr_array(known.T)

        def deflated(x: np.ndarray) -> np.ndarray:
            return N @ x - 3 * (known @ (known_t @ x))  # 1 becomes -2, below all other eigenvalues, which reach down to -1

        operator = LinearOperator(N.shape, matvec=deflated, rmatvec=deflated, matmat=deflated, rmatmat=deflated, dtype=np.float64)
        _, X = top_eigenpairs(operator, k, which="algebraic", solver=self.solver, random_state=self.random_state)
        return X / root[:, None], count
