"""The compiled product against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.kernels.sparse_rows import SparseRows, polynomial_product


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [0, 1, 3, 64])
def test_product_and_what_is_added(dtype, columns):
    rng = np.random.default_rng(0)
    A = sp.random_array((200, 50), density=0.05, format="csr", rng=rng, dtype=np.float64).astype(dtype)
    X, base = rng.normal(size=(50, columns)).astype(dtype), rng.normal(size=(200, columns)).astype(dtype)
    rows, near = SparseRows(A), {"rtol": 1e-5, "atol": 1e-5}
    assert rows(X).dtype == dtype
    np.testing.assert_allclose(rows(X), A @ X, **near)
    np.testing.assert_allclose(rows(X, alpha=-2.0), -2 * (A @ X), **near)
    np.testing.assert_allclose(rows(X, base=base), A @ X + base, **near)
    np.testing.assert_allclose(rows(X, alpha=0.5, base=base, beta=3.0), 0.5 * (A @ X) + 3 * base, **near)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (3, 4)])
def test_matrices_without_entries(shape):
    assert SparseRows(sp.csr_array(shape, dtype=np.float32))(np.ones((shape[1], 2))).tolist() == np.zeros((shape[0], 2)).tolist()


def test_threads_do_not_change_the_result():
    rng = np.random.default_rng(1)
    A = sp.random_array((500, 300), density=0.1, format="csr", rng=rng).astype(np.float32)
    X = rng.normal(size=(300, 7))
    np.testing.assert_array_equal(SparseRows(A, n_jobs=1)(X), SparseRows(A, n_jobs=4)(X))


def test_polynomial_of_a_product():
    rng = np.random.default_rng(2)
    A, B, x = rng.normal(size=(5, 3)), rng.normal(size=(3, 5)), rng.normal(size=(3, 2))
    M = B @ A
    found = polynomial_product([1.0, -2.0, 0.5], SparseRows(sp.csr_array(A)), SparseRows(sp.csr_array(B)), x)
    np.testing.assert_allclose(found, x - 2 * M @ x + 0.5 * M @ M @ x)
