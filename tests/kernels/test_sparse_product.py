"""Sparse times dense: values, gradients, the transpose, threads, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphemb.errors import DataError
from graphemb.kernels.sparse_product import SparseProduct


@pytest.fixture
def matrix() -> sp.csr_array:
    """Uneven rows, some empty, 150 x 90."""
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(150, 90)) * (rng.random((150, 90)) < rng.random((150, 1)) ** 4)
    dense[[0, 7, 149]] = 0
    return sp.csr_array(dense)


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-4), (torch.float64, 1e-12)])
def test_it_is_the_dense_product(matrix: sp.csr_array, dtype: torch.dtype, close: float) -> None:
    rng = np.random.default_rng(1)
    X, base = (torch.from_numpy(rng.normal(size=(n, 5))).to(dtype) for n in (90, 150))
    product, A = SparseProduct(matrix), matrix.toarray()
    assert product(X).dtype == dtype
    np.testing.assert_allclose(product(X), A @ X.numpy(), atol=close)
    np.testing.assert_allclose(product.T(base), A.T @ base.numpy(), atol=close)
    np.testing.assert_allclose(product.addmm(X, alpha=2, base=base, beta=0.5), 2 * A @ X.numpy() + 0.5 * base.numpy(), atol=close)
    assert not product(X)[[0, 7, 149]].any()
    for at in ({}, {"base": base, "beta": 0.5}):  # what a graphics card would do
        by_torch = product._by_torch(X, 2.0, at.get("base"), at.get("beta", 1.0))  # type: ignore[arg-type]
        torch.testing.assert_close(by_torch, product.addmm(X, alpha=2.0, **at), atol=close, rtol=0)  # type: ignore[arg-type]


def test_the_gradient_is_the_product_with_the_transpose(matrix: sp.csr_array) -> None:
    small = SparseProduct(matrix[:6, :4])
    X = torch.from_numpy(np.random.default_rng(2).normal(size=(4, 3))).requires_grad_()
    assert torch.autograd.gradcheck(small, (X,))
    assert torch.autograd.gradgradcheck(small, (X,))


def test_the_transpose_of_the_transpose_is_the_matrix_and_a_symmetric_one_keeps_no_other(matrix: sp.csr_array) -> None:
    product = SparseProduct(matrix)
    assert product.T.T is product
    symmetric = SparseProduct(matrix.T @ matrix, symmetric=True)
    assert symmetric.T is symmetric


def test_threads_and_strides_change_nothing(matrix: sp.csr_array) -> None:
    X = torch.randn(7, 90, generator=torch.Generator().manual_seed(0)).T
    one, two = SparseProduct(matrix, n_jobs=1)(X), SparseProduct(matrix, n_jobs=2)(X)
    assert torch.equal(one, two)
    assert torch.equal(one, SparseProduct(matrix)(X.contiguous()))


def test_empty_matrices_and_no_columns_work() -> None:
    empty = SparseProduct(sp.csr_array((3, 2)))
    assert empty(torch.ones(2, 4)).tolist() == [[0.0] * 4] * 3
    assert SparseProduct(sp.csr_array((0, 2)))(torch.ones(2, 4)).shape == (0, 4)
    assert empty(torch.ones(2, 0)).shape == (3, 0)


def test_what_does_not_fit_is_refused(matrix: sp.csr_array) -> None:
    product = SparseProduct(matrix)
    with pytest.raises(DataError, match=r"multiplies \(90, d\), got \(150, 2\)"):
        product(torch.ones(150, 2))
    with pytest.raises(DataError, match="float32 or float64, got float16"):
        product(torch.ones(90, 2, dtype=torch.float16))
