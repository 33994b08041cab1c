"""How far powers of a matrix grow: spectral radius and largest singular value."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigs, norm, splu

from graphemb.errors import ConvergenceWarning
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.spectral import DENSE_ROWS, top_eigenpairs, top_singular_triplets
from graphemb.kernels.warn import warn

POWER_STEPS = 300
NODA_STEPS = 30
LU_ROWS = 100_000
TOLERANCE = 1e-9


def spectral_radius(A: sp.csr_array, *, symmetric: bool = False, random_state: RandomState = 0) -> float:
    """rho(A) = max \\|lambda\\|, over all eigenvalues of a square sparse matrix.

    A non-negative matrix that is not symmetric is cut into strongly connected components, outside which no walk
    returns: an acyclic graph has exactly 0, where ARPACK would fail or return noise. Inside them an iterate x is held
    between the Collatz-Wielandt bounds min_i (Ax)_i / x_i <= rho <= max_i (Ax)_i / x_i until these meet.

    >>> spectral_radius(sp.csr_array([[0, 1], [0, 0]])), spectral_radius(sp.csr_array([[0, 2.0], [8.0, 0]]))
    (0.0, 4.0)
    """
    if A.nnz == 0:
        return 0.0
    if symmetric:
        return float(abs(top_eigenpairs(A, 1, random_state=random_state)[0][0]))
    if A.data.min() < 0:
        return _signed_radius(A, random_state)
    core = _cyclic_part(A)
    return _perron(core) if core.nnz else 0.0


def largest_singular_value(A: sp.csr_array, *, random_state: RandomState = 0) -> float:
    """sigma_1(A), the spectral norm.

    >>> round(largest_singular_value(sp.csr_array([[0.0, 3.0], [0.0, 0.0]])), 6)
    3.0
    """
    return 0.0 if A.nnz == 0 else float(top_singular_triplets(A, 1, random_state=random_state)[1][0])


def _cyclic_part(A: sp.csr_array) -> sp.csr_array:
    """The edges inside strongly connected components, on the nodes that have such edges."""
    _, component = connected_components(A, directed=True, connection="strong")
    coo = A.tocoo()
    inside = component[coo.row] == component[coo.col]
    nodes, ends = np.unique(np.concatenate([coo.row[inside], coo.col[inside]]), return_inverse=True)
    rows, columns = ends.reshape(2, -1)
    return sp.csr_array((coo.data[inside], (rows, columns)), shape=(len(nodes), len(nodes)))


def _perron(core: sp.csr_array) -> float:
    """The Perron root of a matrix whose every row lies on a cycle.

    Power iteration, and where the gap to the next eigenvalue is too small for it (long cycles, which leave little
    fill-in), Noda's inverse iteration, shifted to the upper bound, which converges quadratically from above.
    """
    _, component = connected_components(core, directed=True, connection="strong")
    shift = float(core.sum(axis=1).mean()) / 2  # a cycle has several eigenvalues of one size: the shift tells them apart
    x = np.ones(core.shape[0])
    low, high = 0.0, np.inf
    for step in range(POWER_STEPS + NODA_STEPS):
        image = core @ x
        growth = image / x
        at_least = np.full(component.max() + 1, np.inf)
        np.minimum.at(at_least, component, growth)
        low, high = max(low, float(at_least.max())), min(high, float(growth.max()))
        if high - low <= TOLERANCE * high:
            return (low + high) / 2
        if step < POWER_STEPS:
            x = image + shift * x
        elif core.shape[0] <= LU_ROWS:
            x = splu(sp.csc_array(high * (1 + TOLERANCE / 10) * sp.eye_array(core.shape[0]) - core)).solve(x)
        x = np.maximum(x / x.max(), 1e-250)  # the bounds hold for every positive x
    return _upper_bound(high, f"power iteration left it between {low:.6g} and {high:.6g}")


def _signed_radius(A: sp.csr_array, random_state: RandomState) -> float:
    """rho by LAPACK or ARPACK; a norm, which is an upper bound, where ARPACK gives up."""
    if A.shape[0] <= DENSE_ROWS:
        return float(abs(np.linalg.eigvals(A.toarray())).max())
    start = generator(random_state).standard_normal(A.shape[0])
    try:
        return float(abs(eigs(A, 1, which="LM", v0=start, return_eigenvectors=False)[0]))
    except ArpackError as error:
        return _upper_bound(float(min(norm(A, 1), norm(A, np.inf))), f"ARPACK gave up: {error}")


def _upper_bound(bound: float, why: str) -> float:
    warn(f"the spectral radius is taken as its upper bound {bound:.6g} ({why})", ConvergenceWarning)
    return bound
