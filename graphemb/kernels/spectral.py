"""Leading eigenpairs and singular triplets of sparse matrices and matrix-free operators.

Three solvers, chosen by size: ``dense`` (LAPACK) for small matrices, ``arpack`` (implicitly restarted Lanczos, to machine
precision) in between, ``randomized`` (block Krylov in float32) where Lanczos would take hours. Signs are fixed, start vectors
come from ``random_state``, values descend.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, aslinearoperator, eigsh
from threadpoolctl import threadpool_limits

from graphemb.errors import ConvergenceWarning, DataError, ParameterError, UnknownNameError
from graphemb.kernels.krylov import DEPTH, NOISE, Key, by_magnitude, by_value, krylov_eigenpairs, leading
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.warn import warn

logger = logging.getLogger(__name__)

SOLVERS = ("auto", "dense", "arpack", "randomized")
DENSE_ROWS = 400
"""Up to here LAPACK beats Lanczos (measured for 64 columns)."""
DENSE_LIMIT = 5_000
"""Largest matrix that is ever formed densely."""
ARPACK_ROWS = 200_000
"""Above this Lanczos on a graph without spectral gaps does not end in minutes."""
PROBE = 8
"""Eigenpairs asked for when looking for missed ones."""
ARPACK_ORDERS = {"magnitude": "LM", "algebraic": "LA"}
ORDERS: dict[str, Key] = {"magnitude": by_magnitude, "algebraic": by_value}


def top_eigenpairs(
    A: Any, k: int, *, which: str = "magnitude", solver: str = "auto", random_state: RandomState = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The leading eigenvalues and eigenvectors of a symmetric matrix: A x_i = lambda_i x_i.

    Parameters
    ----------
    A : sparse matrix, dense array or LinearOperator, (n, n), symmetric (not checked)
    k : how many; all n where k is larger
    which : "magnitude" (descending \\|lambda\\|) or "algebraic" (descending lambda)
    solver : "auto", "dense" (n at most 5,000), "arpack" or "randomized" (float32, approximate)

    Returns
    -------
    values (k,) and orthonormal vectors (n, k), the largest entry of each vector positive

    >>> values, vectors = top_eigenpairs(np.diag([1.0, -3.0, 2.0]), 2)
    >>> values.tolist(), vectors[:, 0].tolist()
    ([-3.0, 2.0], [0.0, 1.0, 0.0])
    """
    if which not in ORDERS:
        raise UnknownNameError("order", which, ORDERS)
    n, key = A.shape[0], ORDERS[which]
    k, solver = _plan(n, k, solver)
    rng = generator(random_state)
    if solver == "dense":
        values, vectors = scipy.linalg.eigh(_dense(A))
    elif solver == "arpack":
        values, vectors = _arpack(A, k, which, rng)
    else:
        values, vectors = _krylov(A, k, key, rng)
    order = leading(values, k, key)
    return values[order], fix_signs(vectors[:, order])


def top_singular_triplets(
    A: Any, k: int, *, solver: str = "auto", random_state: RandomState = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The leading singular triplets, A v_i = s_i u_i, with s descending.

    Found through the eigenpairs of A^T A, then one Rayleigh-Ritz step on A itself, which gives small singular values
    the accuracy that squaring takes away.

    Parameters
    ----------
    A : sparse matrix, dense array or LinearOperator with an adjoint, (m, n)
    k : how many; min(m, n) where k is larger
    solver : as for :func:`top_eigenpairs`

    Returns
    -------
    U (m, k), s (k,), V (n, k), the largest entry of each column of U positive

    >>> U, s, V = top_singular_triplets(np.array([[0.0, 2.0], [0.0, 0.0]]), 1)
    >>> U.ravel().tolist(), s.tolist(), V.ravel().tolist()
    ([1.0, 0.0], [2.0], [0.0, 1.0])
    """
    m, n = A.shape
    k, solver = _plan(min(m, n), k, solver, limit=max(m, n))
    rng = generator(random_state)
    if solver == "dense":
        U, s, Vt = scipy.linalg.svd(_dense(A), full_matrices=False)
        U, s, V = U[:, :k], s[:k], Vt[:k].T
    else:
        forward, backward = _product(A), _product(A.T if not isinstance(A, LinearOperator) else A.H)
        gram = LinearOperator((n, n), matvec=lambda x: backward(forward(x)), matmat=lambda x: backward(forward(x)), dtype=np.float64)
        if solver == "arpack":
            _, V = _arpack(gram, k, "algebraic", rng)
        else:
            _, V = krylov_eigenpairs(lambda x: backward(forward(x)), n, k, by_value, rng)
        U, s, Wt = scipy.linalg.svd(forward(V), full_matrices=False, overwrite_a=True)
        V = V @ Wt.T
        if solver == "randomized":
            s[s < NOISE * s.max(initial=0.0)] = 0.0
    signs = _signs(U)
    return U * signs, s.astype(np.float64), V * signs


def top_reweighted(
    A: Any, k: int, function: Callable[[np.ndarray], np.ndarray], *, solver: str = "auto", random_state: RandomState = 0
) -> tuple[np.ndarray, np.ndarray, int]:
    """The ``k`` eigenpairs of F(A) largest in \\|F(lambda)\\|, from eigenpairs of A alone, and how many of those it took.

    F(x) = sum_i w_i x^i with w_i >= 0, so that \\|F(x)\\| <= F(m) for all \\|x\\| <= m: once ``k`` of the pairs found reach F(m), m the
    smallest \\|lambda\\| found, no pair that was not computed can be among the top ``k``. Otherwise more are fetched.

    Source: Zhang et al., "Arbitrary-Order Proximity Preserved Network Embedding", KDD 2018, who fetch pairs until ``k`` are
    positive; the bound used here ends earlier and proves itself.
    """
    n = A.shape[0]

    def key(values: np.ndarray) -> np.ndarray:
        return abs(function(values))

    if _plan(n, k, solver)[1] == "randomized":  # the pairs are approximate: what is left of the proof is to look for the right ones
        values, vectors = _krylov(A, k, key, generator(random_state))
        return function(values), fix_signs(vectors), k
    count = min(n, k + k // 4 + 4)
    while True:
        values, vectors = top_eigenpairs(A, count, solver=solver, random_state=random_state)
        bound = function(abs(values[-1:]))[0]
        enough = np.count_nonzero(key(values) >= bound * (1 - 1e-12)) >= k
        if enough or count == n or len(values) < count:
            order = leading(values, k, key)
            return function(values[order]), vectors[:, order], count
        count = min(n, count + k // 2 + 1)
        logger.info("fetching %d eigenpairs to be sure of the top %d after reweighting", count, k)


def solver_note(n: int, k: int, solver: str) -> str:
    """The solver that will run, in the words that go into an embedding's notes."""
    _, chosen = _plan(n, k, solver)
    return "randomized block Krylov, restarted, float32: approximate" if chosen == "randomized" else chosen


def fix_signs(vectors: np.ndarray) -> np.ndarray:
    """The columns with their largest entry (the first of them where several are level) made positive, in place."""
    vectors *= _signs(vectors)
    return vectors


def _signs(vectors: np.ndarray) -> np.ndarray:
    signs = np.ones(vectors.shape[1], dtype=vectors.dtype)
    for j in range(vectors.shape[1]):  # by column: no second n x k array
        size = abs(vectors[:, j])
        first = np.argmax(size >= size.max(initial=0.0) * (1 - 1e-6)) if len(size) else 0
        signs[j] = -1 if len(size) and vectors[first, j] < 0 else 1
    return signs


def _plan(n: int, k: int, solver: str, limit: int | None = None) -> tuple[int, str]:
    """The number of pairs there are, and the solver that can give them."""
    limit = n if limit is None else limit
    if solver not in SOLVERS:
        raise UnknownNameError("solver", solver, SOLVERS, remedy="known: " + ", ".join(SOLVERS))
    if n < 1 or k < 1:
        raise ParameterError(f"expected at least one row and one pair, got {n} rows and k = {k}")
    if solver == "dense" and limit > DENSE_LIMIT:
        raise ParameterError(f"solver='dense' takes at most {DENSE_LIMIT:,} rows, got {limit:,}; use solver='auto'")
    k = min(k, n)
    small = limit <= DENSE_ROWS or (limit <= DENSE_LIMIT and k > n // 4)
    if solver != "dense" and (k >= n or (solver == "auto" and small)):
        if limit > DENSE_LIMIT:  # Lanczos needs k < n
            return n - 1, "arpack"
        return k, "dense"
    if solver == "auto":
        solver = "arpack" if limit <= ARPACK_ROWS else "randomized"
    return k, solver


def _arpack(A: Any, k: int, which: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The k leading eigenpairs by Lanczos, eigenvalues of any multiplicity.

    Lanczos meets each eigenspace in one direction only and may stop before rounding has brought the others in, as on graphs with
    equal components. So what was found is moved out of the way and the matrix is asked for more, until nothing that leads comes.
    """
    n, key = A.shape[0], ORDERS[which]
    if sp.issparse(A) and A.nnz == 0:
        return np.zeros(k), np.eye(n, k)
    try:
        # one vector at a time leaves BLAS threads nothing but waiting for each other: one is as fast, ten times faster on a busy
        # machine, and gives the same numbers whatever the number of cores
        with threadpool_limits(1, user_api="blas"):
            values, vectors = _lanczos(A, k, which, rng)
            while (more := _missed(A, values, vectors, which, rng)) is not None:
                values, vectors = np.concatenate([values, more[0]]), np.concatenate([vectors, more[1]], axis=1)
                order = leading(values, k, key)
                values, vectors = values[order], vectors[:, order]
    except ArpackError as error:  # no convergence, or an operator that is zero on the start vector
        warn(f"ARPACK gave up ({error}); block Krylov iteration was used instead", ConvergenceWarning)
        return krylov_eigenpairs(_product(A), n, k, key, rng, depth=2 * DEPTH, dtype="float64")
    if not np.isfinite(values).all():
        raise DataError("the eigenvalues are not finite; are the edge weights extremely large?")
    return values, vectors


def _lanczos(A: Any, k: int, which: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One run of ARPACK, and another with a wider basis where a few distinct eigenvalues left the first without shifts."""
    n = A.shape[0]
    try:
        return eigsh(A, k, which=ARPACK_ORDERS[which], v0=rng.standard_normal(n))
    except ArpackNoConvergence:
        raise
    except ArpackError:
        return eigsh(A, k, which=ARPACK_ORDERS[which], v0=rng.standard_normal(n), ncv=min(n, 4 * k + 20))


def _krylov(A: Any, k: int, key: Key, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Approximate pairs in float32; rows without an entry, which are zero in all eigenvectors that count, made exactly so."""
    values, vectors = krylov_eigenpairs(_product(A), A.shape[0], k, key, rng)
    if sp.issparse(A):
        vectors[np.diff(sp.csr_array(A).indptr) == 0] = 0
    return values, vectors


def _missed(A: Any, values: np.ndarray, vectors: np.ndarray, which: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """A few eigenpairs that lead the last of those found, or None. A rough look comes first, since it is nearly always enough."""
    n, key, scale = A.shape[0], ORDERS[which], abs(values).max(initial=0.0)
    few = min(PROBE, n - len(values) - 1)
    if few < 1 or scale == 0:
        return None
    # found pairs move to 0, which no magnitude is below, or below all that matters in algebraic order
    aside = 0.0 if which == "magnitude" else values.min() - scale
    floor = key(values).min() + 1e-3 * scale
    operator = LinearOperator(A.shape, matvec=lambda x: A @ x - vectors @ ((values - aside) * (vectors.T @ x)), dtype=np.float64)
    for tolerance in (1e-2, 0.0):
        start = rng.standard_normal(n)
        start -= vectors @ (vectors.T @ start)
        try:
            found, more = eigsh(operator, few, which=ARPACK_ORDERS[which], v0=start, ncv=min(n, 5 * PROBE), tol=tolerance)
        except ArpackNoConvergence as error:
            found, more = error.eigenvalues, error.eigenvectors
        except ArpackError:  # nothing is left: the operator is zero on the start vector
            return None
        leads = key(found) > floor
        if not leads.any():
            return None
    return found[leads], more[:, leads]


def _product(A: Any) -> Callable[[np.ndarray], np.ndarray]:
    """x -> A x for vectors and blocks, in the float type of x."""
    if isinstance(A, LinearOperator):
        return lambda x: (A @ x).astype(x.dtype, copy=False)
    copies: dict[Any, Any] = {}

    def product(x: np.ndarray) -> np.ndarray:
        if x.dtype not in copies:
            copies[x.dtype] = A.astype(x.dtype, copy=False)
        return copies[x.dtype] @ np.ascontiguousarray(x)

    return product


def _dense(A: Any) -> np.ndarray:
    if sp.issparse(A):
        return A.toarray()
    if isinstance(A, np.ndarray):
        return np.array(A, dtype=np.float64)
    return aslinearoperator(A) @ np.eye(A.shape[1])
