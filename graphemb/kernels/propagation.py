"""LightGCN's propagation: a polynomial of the normalised adjacency of users and items, whose gradient is such a polynomial too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
import torch

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.sparse_product import SparseProduct

Alpha = Literal["mean", "last"] | Sequence[float]
Pair = tuple[torch.Tensor, torch.Tensor]
POWERS = {
    "symmetric": (0.5, 0.5),
    "left": (0.5, 0.0),
    "right": (0.0, 0.5),
    "l1": (1.0, 1.0),
    "l1-left": (1.0, 0.0),
    "l1-right": (0.0, 1.0),
}
"""By normalisation: the powers by which the degree of the row that receives, and of the row that gives, divide."""


class Propagation:
    """Z = sum_k alpha_k S^k E, k = 0..K, for users and items at once; S = D^-p A D^-q, A = [[0, R], [R^T, 0]], D its degrees.

    Parameters
    ----------
    R : binary CSR (n, m), users by items
    layers : K, at least 0
    alpha : "mean", 1 / (K + 1) each; "last", 1 for K alone; or K + 1 numbers
    normalisation : the powers (p, q): "symmetric" (1/2, 1/2), "left" (1/2, 0), "right" (0, 1/2), "l1" (1, 1), "l1-left" (1, 0),
        "l1-right" (0, 1); left is the side of the row that is computed, so "l1-left" takes means of neighbours
    device : where the tensors lie that are given
    n_jobs : threads on the processor; they do not change the result

    Raises
    ------
    ParameterError : another number of alpha than K + 1, layers below 0; UnknownNameError : another normalisation

    Called with E as users (n, d) and items (m, d) it returns Z as two such tensors. By Horner's rule it holds two of each at a time
    and stores nothing for the gradient, which is sum_k alpha_k (S^T)^k G: the same call again where S is symmetric (p = q).
    The block matrix is never built. Time: 4 K nnz d operations; a row without interactions passes nothing on and gets alpha_0 E alone.

    Source: He et al., "LightGCN", SIGIR 2020, arXiv 2002.02126 (equation 8; its table 5 for the normalisations).
    On Gowalla's 810,128 interactions sorting the items by degree for the sake of the cache gained nothing, so rows keep their order.

    >>> import scipy.sparse as sp
    >>> walk = Propagation(sp.csr_array(np.array([[1.0, 0.0], [1.0, 0.0]])), layers=1, alpha="last", normalisation="l1-left")
    >>> users, items = walk(torch.tensor([[2.0], [4.0]]), torch.tensor([[1.0], [1.0]]))
    >>> users.tolist(), items.tolist()
    ([[1.0], [1.0]], [[3.0], [0.0]])
    """

    def __init__(
        self,
        R: sp.csr_array,
        *,
        layers: int = 3,
        alpha: Alpha = "mean",
        normalisation: str = "symmetric",
        device: torch.device | str = "cpu",
        n_jobs: int | None = 1,
    ):
        self.alpha = layer_weights(layers, alpha)
        self.layers = layers
        p, q = normalisation_powers(normalisation)
        self.symmetric = p == q
        where: dict[str, Any] = {"device": device, "n_jobs": n_jobs}
        self.to_users = SparseProduct(_normalised(R, p, q), **where)
        """(n, m): one layer's users from the items of the layer before."""
        self.to_items = self.to_users.T if self.symmetric else SparseProduct(_normalised(sp.csr_array(R.T), p, q), **where)
        """(m, n): one layer's items from the users of the layer before."""

    def __call__(self, users: torch.Tensor, items: torch.Tensor) -> Pair:
        """Z of E; gradients of any order flow through it."""
        result: Pair = _Propagate.apply(users, items, self, False)  # type: ignore[no-untyped-call]
        return result

    def step(self, users: torch.Tensor, items: torch.Tensor) -> Pair:
        """S E: the next layer, differentiable."""
        return self.to_users(items), self.to_items(users)

    def layers_of(self, users: torch.Tensor, items: torch.Tensor) -> list[Pair]:
        """E, S E, ..., S^K E, differentiable."""
        found = [(users, items)]
        for _ in range(self.layers):
            found.append(self.step(*found[-1]))
        return found

    def horner(self, users: torch.Tensor, items: torch.Tensor, *, transposed: bool = False) -> Pair:
        """sum_k alpha_k S^k E, or with S^T, without gradients: X <- alpha_k E + S X for k = K-1, ..., 0 from X = alpha_K E."""
        to_users, to_items = (self.to_items.T, self.to_users.T) if transposed else (self.to_users, self.to_items)
        if not self.layers:
            return users * self.alpha[0], items * self.alpha[0]
        x, y, scale = users, items, self.alpha[-1]
        for a in self.alpha[-2::-1]:
            base = (users, items) if a else (None, None)
            x, y = to_users.addmm(y, alpha=scale, base=base[0], beta=a), to_items.addmm(x, alpha=scale, base=base[1], beta=a)
            scale = 1.0
        return x, y


class _Propagate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, users: torch.Tensor, items: torch.Tensor, operator: Propagation, transposed: bool) -> Pair:
        ctx.operator, ctx.transposed = operator, transposed
        return operator.horner(users, items, transposed=transposed)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None, None]:
        users, items = _Propagate.apply(gradients[0], gradients[1], ctx.operator, not ctx.transposed)  # type: ignore[no-untyped-call]
        return users, items, None, None


def layer_weights(layers: int, alpha: Alpha) -> list[float]:
    """alpha as K + 1 numbers.

    >>> layer_weights(1, "mean"), layer_weights(2, "last"), layer_weights(1, (1, 0.5))
    ([0.5, 0.5], [0.0, 0.0, 1.0], [1.0, 0.5])
    """
    require_whole("layers", layers, 0)
    if isinstance(alpha, str):
        if alpha not in ("mean", "last"):
            raise UnknownNameError("alpha", alpha, ("mean", "last"), remedy=f"'mean', 'last' or {layers + 1} numbers")
        return [1 / (layers + 1)] * (layers + 1) if alpha == "mean" else [0.0] * layers + [1.0]
    weights = np.asarray(alpha, dtype=np.float64)
    if weights.shape != (layers + 1,) or not np.isfinite(weights).all():
        raise ParameterError(f"alpha must be 'mean', 'last' or {layers + 1} finite numbers for {layers} layers, got {alpha!r}")
    return [float(a) for a in weights]


def normalisation_powers(normalisation: str) -> tuple[float, float]:
    """(p, q) of D^-p A D^-q.

    >>> normalisation_powers("l1-left")
    (1.0, 0.0)
    """
    if normalisation not in POWERS:
        raise UnknownNameError("normalisation", normalisation, POWERS, remedy="known: " + ", ".join(POWERS))
    return POWERS[normalisation]


def degree_powers(degrees: np.ndarray, power: float) -> np.ndarray:
    """d^-power, and 0 where d is 0.

    >>> degree_powers(np.array([0, 4]), 0.5).tolist()
    [0.0, 0.5]
    """
    return np.power(degrees, -power, out=np.zeros(len(degrees)), where=degrees > 0, dtype=np.float64)


def _normalised(R: sp.csr_array, p: float, q: float) -> sp.csr_array:
    """d_i^-p r_ij d_j^-q."""
    rows, columns = (np.asarray(R.sum(axis=axis), dtype=np.float64).ravel() for axis in (1, 0))
    return sp.csr_array(sp.diags_array(degree_powers(rows, p)) @ R @ sp.diags_array(degree_powers(columns, q)))
