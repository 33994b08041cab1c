"""AROPE: arbitrary-order proximity preserved embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.kernels.factors import symmetric_factors
from graphemb.kernels.out_of_sample import InductiveFactors, Side, rows_times
from graphemb.kernels.random import RandomState
from graphemb.kernels.spectral import solver_note, top_eigenpairs, top_reweighted


class AROPE(InductiveFactors):
    """A weighted sum of powers of the adjacency matrix, S = w_1 A + w_2 A^2 + ... + w_q A^q, factorised at rank ``dim``.

    With A = X L X^T and F(x) = sum_i w_i x^i: U = X sqrt\\|F(L)\\|, V = U sign(F(L)), over the ``dim`` largest \\|F(lambda)\\|. The
    exact optimum of \\|\\|S - U V^T\\|\\|_F, for the eigenvectors stay the same whatever the order.

    Parameters
    ----------
    dim : columns; rank of the approximation
    weights : w_1 ... w_q, none negative, not all 0
    scale : "spectral-radius" divides A by its spectral radius first; None leaves A as it is, as the paper does
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`
    random_state : seed of the solver's start vectors

    Raises
    ------
    ParameterError : weights that are negative, all 0 or not finite, or an unknown scale

    Warns
    -----
    RankWarning : S has a rank below ``dim``
    DataWarning : a directed graph, which is symmetrised

    Source: Zhang et al., "Arbitrary-Order Proximity Preserved Network Embedding", KDD 2018. Departures: A is scaled, because
    powers of a large spectral radius drown the first order, so that weights tuned on one graph wreck another; and
    eigenpairs are fetched until a bound proves the top ``dim`` complete instead of until ``dim`` of them are positive.

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "a")])
    >>> e = AROPE(dim=1, weights=(1, 1), scale=None).fit(graph).embedding_
    >>> (e.vectors @ e.context.T).round(3).tolist()  # A + A^2
    [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
    """

    def __init__(
        self,
        dim: int = 128,
        *,
        weights: Sequence[float] = (1.0, 0.1, 0.01),
        scale: Literal["spectral-radius"] | None = "spectral-radius",
        solver: str = "auto",
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.weights = weights
        self.scale = scale
        self.solver = solver
        self.random_state = random_state

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        if self.scale not in ("spectral-radius", None):
            raise ParameterError(f"scale must be 'spectral-radius' or None, got {self.scale!r}")
        try:
            weights = np.atleast_1d(np.asarray(self.weights, dtype=float))
        except (TypeError, ValueError):
            weights = np.array([np.nan])
        if weights.ndim != 1 or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
            raise ParameterError(f"weights must be numbers of at least 0, one for each power of A and not all 0, got {self.weights!r}")

    def _fit(self, graph: Graph) -> Embedding:
        notes: dict[str, Any] = {"solver": solver_note(graph.n_nodes, self.dim, self.solver)}
        A = self._undirected(graph, notes).adjacency
        settings: dict[str, Any] = {"solver": self.solver, "random_state": self.random_state}
        if self.scale is not None:
            notes["rho"] = float(abs(top_eigenpairs(A, 1, **settings)[0][0]))
            A = A / (notes["rho"] or 1.0)
        series = np.polynomial.Polynomial([0.0, *np.atleast_1d(self.weights)])
        values, X, notes["eigenpairs_computed"] = top_reweighted(A, self.dim, series, **settings)
        return symmetric_factors(graph.names, values, X, self.dim, "the rank of the weighted sum of powers", notes)

    def _needs_links(self) -> bool:
        return True

    def _scores_times(self, side: Side) -> np.ndarray:
        """The row is a (w_1 + w_2 A + w_3 A^2 + ...), by Horner's rule from the last weight."""
        meta, A = self.embedding_.meta, self._known(side)
        rho = meta["notes"].get("rho") or 1.0
        first, *rest = np.atleast_1d(meta["parameters"]["weights"])
        total = np.zeros(side.other.shape)
        for weight in reversed(rest):
            total = A @ (weight * side.other + total) / rho
        return rows_times(side.edges, first * side.other + total) / rho
