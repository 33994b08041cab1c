"""HOPE: high-order proximity preserved embedding."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.factors import symmetric_factors, two_sided_factors
from graphemb.kernels.out_of_sample import InductiveFactors, Side, require_no_negative, rows_times
from graphemb.kernels.radius import largest_singular_value, spectral_radius
from graphemb.kernels.random import RandomState
from graphemb.kernels.series import geometric_series
from graphemb.kernels.spectral import solver_note, top_eigenpairs, top_reweighted, top_singular_triplets

Proximity = Literal["katz", "rooted-pagerank", "common-neighbours", "adamic-adar"]
PROXIMITIES = ("katz", "rooted-pagerank", "common-neighbours", "adamic-adar")
NEARLY_ACYCLIC = 0.1
"""A graph whose spectral radius is under this share of its largest singular value hardly returns to where it was."""


class HOPE(InductiveFactors):
    """High-order proximity S factorised at rank ``dim``: minimise \\|\\|S - U V^T\\|\\|_F.

    Katz: S = (I - beta A)^-1 beta A. Rooted PageRank: S = (1 - alpha) ((I - alpha P)^-1 - I), P = D^-1 A. Common neighbours:
    S = A^2. Adamic-Adar: S = A D' A with D'_ii = 1 / sum_j (a_ij + a_ji). With S = X L Y^T: U = X sqrt(L), V = Y sqrt(L).

    Parameters
    ----------
    dim : columns **a side** (some implementations halve it)
    proximity : "katz", "rooted-pagerank", "common-neighbours" or "adamic-adar"
    beta : decay of Katz, 0 < beta < 1 / spectral radius. None: 0.5 / spectral radius, the authors' default; on a nearly acyclic
        graph (radius under a tenth of the largest singular value) 0.5 / that singular value, which bounds every walk
    alpha : chance to walk on in rooted PageRank, 0 < alpha < 1. None: 0.85
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`
    random_state : seed of the solver's start vectors

    Raises
    ------
    ParameterError : beta too large (the message names the limit), or a setting the proximity does not use
    DataError : negative weights with rooted PageRank or Adamic-Adar

    Warns
    -----
    RankWarning : S has a rank below ``dim``

    Undirected Katz and common neighbours need only eigenpairs of A (exactly: F(A) has A's eigenvectors), and the
    target side equals the source side up to signs. Everything else is matrix-free: nothing is n x n.

    Source: Ou et al., "Asymmetric Transitivity Preserving Graph Embedding", KDD 2016. Departures: a Lanczos or block Krylov
    solver instead of a Jacobi-Davidson generalised SVD; the identity part of rooted PageRank is left out, for it says only that
    a node is near itself and would fill the columns; Adamic-Adar is the paper's, not the classic one with 1 / log(degree).

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    >>> hope = HOPE(dim=2).fit(graph)
    >>> hope.embedding_.dim, round(hope.embedding_.meta["notes"]["beta_rho"], 3)
    (2, 0.5)
    """

    def __init__(
        self,
        dim: int = 128,
        *,
        proximity: Proximity = "katz",
        beta: float | None = None,
        alpha: float | None = None,
        solver: str = "auto",
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.proximity = proximity
        self.beta = beta
        self.alpha = alpha
        self.solver = solver
        self.random_state = random_state

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        if self.proximity not in PROXIMITIES:
            raise UnknownNameError("proximity", self.proximity, PROXIMITIES, remedy="known: " + ", ".join(PROXIMITIES))
        if self.beta is not None and self.proximity != "katz":
            raise ParameterError(f"beta belongs to proximity='katz', not to {self.proximity!r}; leave it out")
        if self.alpha is not None and self.proximity != "rooted-pagerank":
            raise ParameterError(f"alpha belongs to proximity='rooted-pagerank', not to {self.proximity!r}; leave it out")
        if self.beta is not None and not (isinstance(self.beta, Real) and 0 < self.beta < np.inf):
            raise ParameterError(f"beta must be above 0 and below 1 / spectral radius, got {self.beta!r}")
        if self.alpha is not None and not (isinstance(self.alpha, Real) and 0 < self.alpha < 1):
            raise ParameterError(f"alpha must lie between 0 and 1, both excluded, got {self.alpha!r}")
        if self.proximity in ("rooted-pagerank", "adamic-adar") and (graph.adjacency.data < 0).any():
            raise DataError(f"proximity={self.proximity!r} divides by sums of weights and needs weights of at least 0")

    def _fit(self, graph: Graph) -> Embedding:
        notes: dict[str, Any] = {"proximity": self.proximity, "solver": solver_note(graph.n_nodes, self.dim, self.solver)}
        if self.proximity == "katz":
            notes |= self._decay(graph)
        if not graph.directed and self.proximity != "rooted-pagerank":
            return self._symmetric(graph, notes)
        operator, how = self._operator(graph.adjacency, notes)
        if how:
            notes["applied_by"] = how
        U, s, V = top_singular_triplets(operator, self.dim, solver=self.solver, random_state=self.random_state)
        return two_sided_factors(graph.names, U, s, V, self.dim, f"the rank of the {self.proximity} matrix", notes)

    def _decay(self, graph: Graph) -> dict[str, Any]:
        """Beta, checked or chosen, and the spectral radius it was held against."""
        A = graph.adjacency
        rho = spectral_radius(A, symmetric=not graph.directed, random_state=self.random_state)
        notes: dict[str, Any] = {"rho": rho}
        beta = self.beta
        if beta is None:
            sigma = largest_singular_value(A, random_state=self.random_state) if graph.directed else rho
            scale, name = (sigma, "largest singular value") if rho < NEARLY_ACYCLIC * sigma else (rho, "spectral radius")
            beta = 0.5 / scale if scale else 0.5
            notes |= {"beta_rule": f"0.5 / {name}", "sigma_max": sigma}
        elif beta * rho >= 1:
            raise ParameterError(
                f"beta={beta:g} is too large for this graph: beta must stay below 1 / spectral radius = {1 / rho:.6g}; "
                f"beta=None takes {0.5 / rho:.6g}"
            )
        return {**notes, "beta": float(beta), "beta_rho": float(beta * rho)}

    def _symmetric(self, graph: Graph, notes: dict[str, Any]) -> Embedding:
        settings: dict[str, Any] = {"solver": self.solver, "random_state": self.random_state}
        if self.proximity == "adamic-adar":
            values, X = top_eigenpairs(_adamic_adar(graph.adjacency), self.dim, **settings)
        else:
            beta = notes.get("beta")
            function = np.square if beta is None else lambda x: beta * x / (1 - beta * x)
            values, X, notes["eigenpairs_computed"] = top_reweighted(graph.adjacency, self.dim, function, **settings)
        return symmetric_factors(graph.names, values, X, self.dim, f"the rank of the {self.proximity} matrix", notes)

    def _operator(self, A: sp.csr_array, notes: dict[str, Any]) -> tuple[LinearOperator, str]:
        """S as an operator, and how its series is summed."""
        if self.proximity == "katz":
            return geometric_series(A * notes["beta"], random_state=self.random_state)
        if self.proximity == "rooted-pagerank":
            alpha = notes["alpha"] = 0.85 if self.alpha is None else float(self.alpha)
            series, how = geometric_series(_transition(A) * alpha, random_state=self.random_state)
            return (1 - alpha) * series, how
        return (_chain(A, A) if self.proximity == "common-neighbours" else _adamic_adar(A)), ""

    def _needs_links(self) -> bool:
        return self.embedding_.meta["notes"]["proximity"] != "katz"

    def _scores_times(self, side: Side) -> np.ndarray:
        """Rows of the new nodes, a being their weights: Katz beta a (I + S), rooted PageRank alpha p ((1 - alpha) I + S), common
        neighbours a A, Adamic-Adar a D' A; p are the chances to step from a new node, or on the target side to one.
        """
        notes = self.embedding_.meta["notes"]
        if notes["proximity"] == "katz":
            return notes["beta"] * (rows_times(side.edges, side.other) + side.times_proximity(side.edges))
        A = self._known(side)
        if notes["proximity"] == "common-neighbours":
            return rows_times(side.edges, A @ side.other)
        require_no_negative(side.edges, f"proximity={notes['proximity']!r}")
        if notes["proximity"] == "adamic-adar":
            return rows_times(_divided(side.edges, side.back, _total(A)), A @ side.other)
        chances = _transition(side.edges)
        if side.transposed:
            chances = _divided(side.edges, 0 * side.back, np.asarray(A.sum(axis=0)).ravel())
        alpha = notes["alpha"]
        return alpha * ((1 - alpha) * rows_times(chances, side.other) + side.times_proximity(chances))


def _divided(edges: sp.csr_array, back: sp.csr_array, plus: np.ndarray) -> sp.csr_array:
    """Every weight a_iv over (plus_v + a_iv + back_iv): what the sum of weights of a known node becomes with its new edges."""
    there = sp.csr_array((np.ones_like(edges.data), edges.indices, edges.indptr), shape=edges.shape)
    total = sp.csr_array(edges + back.multiply(there))  # no weight is negative, so the pattern is that of edges
    total.sort_indices()
    return sp.csr_array((edges.data / (total.data + plus[edges.indices]), edges.indices, edges.indptr), shape=edges.shape)


def _transition(A: sp.csr_array) -> sp.csr_array:
    """P = D^-1 A; a node without out-edges keeps a row of zeros."""
    degree = np.asarray(A.sum(axis=1)).ravel()
    return sp.csr_array(sp.diags_array(np.divide(1.0, degree, out=np.zeros_like(degree), where=degree > 0)) @ A)


def _total(A: sp.csr_array) -> np.ndarray:
    """Sum of the weights of every node, outgoing and incoming."""
    return np.asarray(A.sum(axis=0)).ravel() + np.asarray(A.sum(axis=1)).ravel()


def _adamic_adar(A: sp.csr_array) -> LinearOperator:
    total = _total(A)
    middle = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return _chain(A, sp.csr_array(sp.diags_array(middle) @ A))


def _chain(left: sp.csr_array, right: sp.csr_array) -> LinearOperator:
    """The product of two sparse matrices, never formed: its rows may be dense."""
    left_t, right_t = sp.csr_array(left.T), sp.csr_array(right.T)

    def apply(x: np.ndarray) -> np.ndarray:
        return left @ (right @ x)

    def adjoint(x: np.ndarray) -> np.ndarray:
        return right_t @ (left_t @ x)

    return LinearOperator(left.shape, matvec=apply, rmatvec=adjoint, matmat=apply, rmatmat=adjoint, dtype=np.float64)
