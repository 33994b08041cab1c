"""Eigenpairs, singular triplets, reweighting: against LAPACK, and where solvers like to fail."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from graphemb.errors import ConvergenceWarning, ParameterError, UnknownNameError
from graphemb.kernels import spectral
from graphemb.kernels.krylov import krylov_basis
from graphemb.kernels.spectral import top_eigenpairs, top_reweighted, top_singular_triplets

SPARSE_SOLVERS = ["arpack", "randomized"]


def random_symmetric(n: int, seed: int = 0) -> sp.csr_array:
    A = sp.random_array((n, n), density=0.03, rng=np.random.default_rng(seed), format="csr")
    return sp.csr_array(A + A.T)


@pytest.mark.parametrize("which", ["magnitude", "algebraic"])
@pytest.mark.parametrize("solver", ["dense", "arpack"])
def test_eigenpairs_equal_lapack(which, solver):
    A = random_symmetric(150)
    values, vectors = top_eigenpairs(A, 9, which=which, solver=solver)
    exact = np.linalg.eigvalsh(A.toarray())
    exact = exact[np.argsort(-abs(exact) if which == "magnitude" else -exact)][:9]
    np.testing.assert_allclose(values, exact, atol=1e-10)
    np.testing.assert_allclose(A @ vectors, vectors * values, atol=1e-9)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(9), atol=1e-9)


def test_randomized_eigenpairs_find_a_decaying_spectrum():
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.standard_normal((300, 300)))[0]
    exact = np.array([(-0.8) ** i for i in range(300)])
    A = (Q * exact) @ Q.T
    values, vectors = top_eigenpairs(A, 8, solver="randomized")
    np.testing.assert_allclose(values, exact[:8], atol=1e-5)
    np.testing.assert_allclose(A @ vectors, vectors * values, atol=1e-4)


@pytest.mark.parametrize("solver", ["dense", *SPARSE_SOLVERS])
def test_triplets_equal_lapack(solver):
    A = sp.random_array((180, 120), density=0.05, rng=np.random.default_rng(1), format="csr")
    U, s, V = top_singular_triplets(A, 12, solver=solver)
    tolerance = 0.02 if solver == "randomized" else 1e-10  # a random spectrum hardly decays: the hardest case for few powers
    np.testing.assert_allclose(s, np.linalg.svd(A.toarray(), compute_uv=False)[:12], rtol=tolerance)
    np.testing.assert_allclose(U.T @ U, np.eye(12), atol=1e-5)
    np.testing.assert_allclose(V.T @ V, np.eye(12), atol=1e-5)
    np.testing.assert_allclose(A @ V, U * s, atol=1e-5)


@pytest.mark.parametrize("solver", ["dense", "arpack"])
def test_small_singular_values_keep_their_accuracy(solver):
    exact = 10.0 ** -np.arange(0, 12, 2)
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((60, 6)))[0]
    _, s, _ = top_singular_triplets(sp.csr_array((Q * exact) @ Q.T), 6, solver=solver)
    np.testing.assert_allclose(s[:4], exact[:4], rtol=1e-6)  # 1e-6: its square is at the edge of float64


@pytest.mark.parametrize("solver", ["dense", *SPARSE_SOLVERS])
def test_values_beyond_the_rank_are_noise_or_zero(solver):
    rng = np.random.default_rng(0)
    A = sp.csr_array(sp.random_array((450, 7), density=0.2, rng=rng) @ sp.random_array((7, 450), density=0.2, rng=rng))
    _, s, _ = top_singular_triplets(A, 30, solver=solver)
    values, _ = top_eigenpairs(A @ A.T, 30, solver=solver)
    assert (s > 1e-9 * s[0]).sum() == (values > 1e-9 * values[0]).sum() == 7


@pytest.mark.parametrize("solver", ["dense", *SPARSE_SOLVERS])
def test_largest_entry_of_every_vector_is_positive_and_runs_repeat(solver):
    A = random_symmetric(200)
    first, second = (top_eigenpairs(A, 5, solver=solver, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first[1], second[1])
    vectors = first[1]
    assert (vectors[abs(vectors).argmax(axis=0), np.arange(5)] > 0).all()


def test_operators_and_matrices_agree():
    A = random_symmetric(600)
    operator = LinearOperator(A.shape, matvec=lambda x: A @ x, rmatvec=lambda x: A.T @ x, matmat=lambda x: A @ x, dtype=float)
    np.testing.assert_allclose(top_eigenpairs(operator, 4)[0], top_eigenpairs(A, 4)[0])
    np.testing.assert_allclose(top_singular_triplets(operator, 4)[1], top_singular_triplets(A, 4)[1])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_more_pairs_than_rows_gives_all_rows(n):
    A = sp.csr_array(np.diag(np.arange(1.0, n + 1)))
    for solver in spectral.SOLVERS:
        np.testing.assert_allclose(top_eigenpairs(A, 10, solver=solver)[0], np.arange(n, 0, -1))
        np.testing.assert_allclose(top_singular_triplets(A, 10, solver=solver)[1], np.arange(n, 0, -1))


@pytest.mark.parametrize("n", [5, 700])
@pytest.mark.parametrize("solver", ["auto", "arpack"])
def test_zero_matrix(n, solver):
    zero = sp.csr_array((n, n))
    values, vectors = top_eigenpairs(zero, 3, solver=solver)
    assert not values.any()
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-12)


@pytest.mark.filterwarnings("ignore::graphemb.errors.ConvergenceWarning")
def test_zero_operator_does_not_crash():
    zero = LinearOperator((700, 700), matvec=np.zeros_like, rmatvec=np.zeros_like, matmat=np.zeros_like, rmatmat=np.zeros_like, dtype=float)
    assert not top_eigenpairs(zero, 3)[0].any()
    assert not top_singular_triplets(zero, 3)[1].any()


def test_multiple_eigenvalues_are_all_found():
    triangle = np.ones((3, 3)) - np.eye(3)
    A = sp.csr_array(sp.block_diag([triangle] * 300))  # the eigenvalue 2, 300 times over
    values, vectors = top_eigenpairs(A, 20)
    np.testing.assert_allclose(values, 2)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(20), atol=1e-9)


def test_arpack_failure_falls_back_and_says_so(monkeypatch):
    def fail(*args, **kwargs):
        raise spectral.ArpackError(-9)

    A = sp.csr_array(np.diag(np.r_[np.arange(20.0, 0, -1), np.full(580, 0.1)]))
    monkeypatch.setattr(spectral, "eigsh", fail)
    with pytest.warns(ConvergenceWarning, match="block Krylov"):
        values, _ = top_eigenpairs(A, 3)
    np.testing.assert_allclose(values, [20, 19, 18], rtol=1e-6)


@pytest.mark.parametrize("depth", [1, 4])
def test_krylov_basis_is_orthonormal_even_where_the_space_is_exhausted(depth):
    low_rank = np.zeros((100, 100))
    low_rank[0, 0] = low_rank[1, 1] = 1
    basis = krylov_basis(lambda x: low_rank @ x, np.random.default_rng(0).standard_normal((100, 10)), depth)
    np.testing.assert_allclose(basis.T @ basis, np.eye(10 * depth), atol=1e-10)


@pytest.mark.parametrize("function", [np.square, lambda x: 0.08 * x / (1 - 0.08 * x), lambda x: x + x**2, lambda x: x**4])
def test_reweighted_pairs_hold_every_leading_one(function):
    A = random_symmetric(600, seed=5)
    A = sp.csr_array(A * (11 / abs(np.linalg.eigvalsh(A.toarray())).max()))
    weights, vectors, count = top_reweighted(A, 25, function)
    exact = function(np.linalg.eigvalsh(A.toarray()))
    np.testing.assert_allclose(abs(weights), np.sort(abs(exact))[::-1][:25], rtol=1e-8)
    assert 25 <= count <= 600 and vectors.shape == (600, 25)


def test_randomized_reweighting_looks_for_the_right_end_of_the_spectrum():
    A = sp.csr_array(np.diag(np.r_[np.linspace(-9, -8.5, 30), np.linspace(8, 8.4, 30), np.zeros(600)]))
    weights, _, _ = top_reweighted(A, 20, lambda x: 0.1 * x / (1 - 0.1 * x), solver="randomized")
    np.testing.assert_allclose(weights, np.linspace(8.4, 8, 30)[:20] / (10 - np.linspace(8.4, 8, 30)[:20]), rtol=1e-2)


def test_reweighting_fetches_more_pairs_where_the_first_do_not_prove_it():
    negative = sp.csr_array(np.diag(np.r_[np.full(60, -9.0), np.full(600, 1.0)]) + 0.0)
    weights, _, count = top_reweighted(negative, 20, lambda x: 0.1 * x / (1 - 0.1 * x))
    np.testing.assert_allclose(weights, -0.9 / 1.9)
    assert count > 29


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"solver": "lapack"}, UnknownNameError), ({"which": "smallest"}, UnknownNameError), ({"k": 0}, ParameterError)],
)
def test_wrong_settings_are_refused(settings, error):
    with pytest.raises(error):
        top_eigenpairs(sp.csr_array(np.eye(3)), **{"k": 1, **settings})


def test_dense_solver_is_refused_beyond_its_limit():
    with pytest.raises(ParameterError, match="5,000 rows, got 6,000"):
        top_eigenpairs(sp.csr_array((6000, 6000)), 3, solver="dense")


@pytest.mark.parametrize("which", ["magnitude", "algebraic"])
@pytest.mark.parametrize("k", [50, 128])
def test_equal_components_give_every_copy_of_an_eigenvalue(which, k):
    ring = np.roll(np.eye(5), 1, axis=0)
    A = sp.csr_array(sp.block_diag([ring + ring.T] * 160))  # 160 copies of 2, while a single start vector sees one
    values, vectors = top_eigenpairs(A, k, which=which, solver="arpack")
    np.testing.assert_allclose(values, 2, atol=1e-9)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=1e-9)
    np.testing.assert_allclose(A @ vectors, vectors * values, atol=1e-9)
