"""A sparse matrix times dense columns, for torch: differentiable, compiled on the processor."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from graphemb.errors import DataError
from graphemb.kernels.sparse_rows import SparseRows


class SparseProduct:
    """A X for a fixed sparse A (n, m) and dense X (m, d), with the gradient A^T G for X.

    Parameters
    ----------
    matrix : CSR, copied as float64 values beside int32 indices
    symmetric : the matrix is its own transpose, which then need not be kept
    device : where the products are computed; the tensors given must lie there
    n_jobs : threads on the processor; they do not change the result

    float32 in, float32 out; float64 alike. On the processor a compiled loop over rows takes 2 nnz d operations and reads the rows of X
    in place; on a graphics card ``torch.addmm`` of a CSR tensor does it, which the tests run on the processor, having no card.
    Memory: 12 to 16 bytes an entry, the same again for the transpose once it is asked for.

    Raises
    ------
    DataError : X has another number of rows than A has columns, or another type

    >>> product = SparseProduct(sp.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]])))
    >>> product(torch.eye(2)).tolist(), product.T(torch.eye(2)).tolist()
    ([[1.0, 2.0], [0.0, 3.0]], [[1.0, 0.0], [2.0, 3.0]])
    """

    def __init__(self, matrix: sp.csr_array, *, symmetric: bool = False, device: torch.device | str = "cpu", n_jobs: int | None = 1):
        matrix = sp.csr_array(matrix)
        matrix.sort_indices()
        self.shape: tuple[int, int] = matrix.shape
        self.symmetric, self.device, self.n_jobs = symmetric, torch.device(device), n_jobs
        self._starts, self._columns = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
        self._values = matrix.data.astype(np.float64)
        self._rows: dict[torch.dtype, SparseRows] = {}
        self._tensors: dict[torch.dtype, torch.Tensor] = {}

    @cached_property
    def T(self) -> SparseProduct:
        """The product with the transpose, whose own ``T`` is this one."""
        if self.symmetric:
            return self
        other = SparseProduct(self._matrix().T.tocsr(), device=self.device, n_jobs=self.n_jobs)
        other.__dict__["T"] = self
        return other

    def __call__(self, X: torch.Tensor) -> torch.Tensor:
        """A X, through which gradients of any order flow."""
        result: torch.Tensor = _Differentiable.apply(X, self)  # type: ignore[no-untyped-call]
        return result

    def addmm(self, X: torch.Tensor, *, alpha: float = 1.0, base: torch.Tensor | None = None, beta: float = 1.0) -> torch.Tensor:
        """alpha A X + beta base, without gradients, in one pass over the result."""
        self._check(X)
        if self.device.type != "cpu":
            return self._by_torch(X, alpha, base, beta)
        if X.dtype not in self._rows:
            self._rows[X.dtype] = SparseRows(self._matrix(X.dtype), n_jobs=self.n_jobs)
        added = None if base is None else base.detach().numpy()
        return torch.from_numpy(self._rows[X.dtype](X.detach().numpy(), alpha=alpha, base=added, beta=beta))

    def _by_torch(self, X: torch.Tensor, alpha: float, base: torch.Tensor | None, beta: float) -> torch.Tensor:
        start = X.new_zeros(self.shape[0], X.shape[1]) if base is None else base
        return torch.addmm(start, self._tensor(X.dtype), X, alpha=alpha, beta=beta)

    def _check(self, X: torch.Tensor) -> None:
        if X.ndim != 2 or X.shape[0] != self.shape[1]:
            raise DataError(f"a matrix of shape {self.shape} multiplies ({self.shape[1]:,}, d), got {tuple(X.shape)}")
        if X.dtype not in (torch.float32, torch.float64):
            raise DataError(f"a sparse product needs float32 or float64, got {str(X.dtype).removeprefix('torch.')}")

    def _matrix(self, dtype: torch.dtype = torch.float64) -> sp.csr_array:
        values = self._values if dtype == torch.float64 else self._values.astype(np.float32)
        return sp.csr_array((values, self._columns, self._starts), shape=self.shape)

    def _tensor(self, dtype: torch.dtype) -> torch.Tensor:
        if dtype not in self._tensors:
            starts, columns, values = map(torch.from_numpy, (self._starts.astype(np.int32), self._columns, self._matrix(dtype).data))
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)
                self._tensors[dtype] = torch.sparse_csr_tensor(
                    starts, columns, values, size=self.shape, device=self.device, check_invariants=False
                )
        return self._tensors[dtype]


class _Differentiable(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, X: torch.Tensor, product: SparseProduct) -> torch.Tensor:
        ctx.product = product
        return product.addmm(X)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return ctx.product.T(gradients[0]), None
