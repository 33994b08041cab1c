"""The geometric series of a sparse matrix, M + M^2 + M^3 + ..., as an operator that is never formed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, splu

from graphemb.errors import ConvergenceWarning
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.warn import warn

TOLERANCE = 1e-8
FEW_TERMS = 300
"""Up to here summing beats a factorisation, whose fill-in is close to dense on social graphs."""
MANY_TERMS = 5_000
LU_ROWS = 10_000


def geometric_series(M: sp.csr_array, *, random_state: RandomState = 0) -> tuple[LinearOperator, str]:
    """S = sum_{k >= 1} M^k = (I - M)^-1 - I for a matrix of spectral radius below 1, and how it is applied.

    Applied by Horner's rule, y <- M (x + y), with as many terms as bring the last one under 1e-8 of the sum on a random vector;
    by sparse LU where that takes over 300 terms and n is at most 10,000. The matrix of a graph without cycles is
    nilpotent, and its series ends by itself.

    >>> operator, how = geometric_series(sp.csr_array(np.diag([0.5, 0.25])))
    >>> (operator @ np.ones(2)).round(6).tolist()
    [1.0, 0.333333]
    """
    n = M.shape[0]
    rng = generator(random_state)
    forward, backward = sp.csr_array(M), sp.csr_array(M.T)
    terms = max(_terms(forward, rng.standard_normal(n)), _terms(backward, rng.standard_normal(n)))
    if terms > FEW_TERMS and n <= LU_ROWS:
        factors = splu(sp.csc_array(sp.eye_array(n) - M))
        return _operator(n, lambda x: factors.solve(x) - x, lambda x: factors.solve(x, trans="T") - x), "sparse LU"
    if terms > MANY_TERMS:
        warn(f"the series converges too slowly and was cut after {MANY_TERMS:,} terms", ConvergenceWarning)
        terms = MANY_TERMS
    return _operator(n, _sum(forward, terms), _sum(backward, terms)), f"{terms} terms of the series"


def _operator(n: int, apply: Callable, adjoint: Callable) -> LinearOperator:
    return LinearOperator((n, n), matvec=apply, rmatvec=adjoint, matmat=apply, rmatmat=adjoint, dtype=np.float64)


def _terms(M: sp.csr_array, x: np.ndarray) -> int:
    term, total = x, np.zeros_like(x)
    for count in range(1, MANY_TERMS + 2):
        term = M @ term
        total += term
        size = np.linalg.norm(term)
        if size <= TOLERANCE * np.linalg.norm(total):
            return count
    return MANY_TERMS + 1


def _sum(M: sp.csr_array, terms: int) -> Callable[[np.ndarray], np.ndarray]:
    copies = {np.dtype(np.float64): M}

    def apply(x: np.ndarray) -> np.ndarray:
        if x.dtype not in copies:  # float32 blocks of the randomized solver
            copies[x.dtype] = M.astype(x.dtype)
        matrix = copies[x.dtype]
        y = matrix @ x
        for _ in range(terms - 1):
            y = matrix @ (x + y)
        return y

    return apply
