"""MMHCL's model: LightGCN's vectors, and second-order vectors of users and of items added to them at unit length."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
import torch

from graphemb.kernels.contrast import contrast, unit_rows
from graphemb.kernels.propagation import Propagation, degree_powers
from graphemb.kernels.sparse_product import SparseProduct


@dataclass(frozen=True)
class Branch:
    """One side's hypergraph: its normalised adjacency W, how many times it is applied, and what its contrast weighs in the loss."""

    product: SparseProduct
    layers: int
    weight: float

    def __call__(self, table: torch.Tensor) -> torch.Tensor:
        """W^layers E: the last layer alone, without nonlinearity. W^layers itself would be dense, so it is never made."""
        for _ in range(self.layers):
            table = self.product(table)
        return table


@dataclass(frozen=True)
class Space:
    """The vectors of one side: first order, from interactions; second order, from its hypergraph, if any."""

    first: torch.Tensor
    second: torch.Tensor | None

    @property
    def fused(self) -> torch.Tensor:
        """first + second / |second|: only the second part is brought to unit length."""
        return self.first if self.second is None else self.first + unit_rows(self.second)


@dataclass(frozen=True)
class MultimodalModel:
    """x = (LightGCN of E) + unit(W^L E'), for users and for items, with up to four trained tables of ``dim`` columns.

    ``tables`` are E of users, E of items, and E' of each branch that is there, in this order; a side without branch is LightGCN's.
    """

    propagation: Propagation
    user_branch: Branch | None
    item_branch: Branch | None
    tables: tuple[torch.Tensor, ...]

    @property
    def branches(self) -> tuple[Branch | None, Branch | None]:
        """Of users, of items."""
        return self.user_branch, self.item_branch

    def spaces(self) -> tuple[Space, Space]:
        """All vectors of users and of items, differentiable in the tables: one pass over everything."""
        firsts = self.propagation(*self.tables[:2])
        left = iter(self.tables[2:])
        users, items = (
            Space(first, None if branch is None else branch(next(left))) for first, branch in zip(firsts, self.branches, strict=True)
        )
        return users, items

    def contrasts(self, spaces: tuple[Space, Space], tau: float, anchors: tuple[torch.Tensor | None, torch.Tensor | None]) -> torch.Tensor:
        """w_u C(u, uu) + w_i C(i, ii) over the anchors of each side (None for all); see :func:`graphemb.kernels.contrast.contrast`."""
        total = spaces[0].first.new_zeros(())
        for space, branch, chosen in zip(spaces, self.branches, anchors, strict=True):
            if branch is not None and branch.weight and space.second is not None:
                total = total + branch.weight * contrast(space.fused, space.second, tau, chosen)
        return total

    def arrays(self, R: sp.csr_array) -> ModelArrays:
        """What the model has learned, and profiles of the items that place a new user; R (n, m) are the interactions it propagates."""
        with torch.no_grad():
            users, items = self.spaces()
            layers = self.propagation.layers_of(*self.tables[:2])[:-1]
            summed = sum((a * E[1] for a, E in zip(self.propagation.alpha[1:], layers, strict=True)), torch.zeros_like(self.tables[1]))
            unit = None
            if self.user_branch is not None:
                unit = R.T @ replace(self.user_branch, layers=self.user_branch.layers - 1)(self.tables[2]).cpu().numpy()
        profiles = degree_powers(np.asarray(R.sum(axis=0)), 0.5)[:, None] * summed.cpu().numpy()
        return ModelArrays(
            fused=(users.fused.cpu().numpy(), items.fused.cpu().numpy()),
            second=tuple(None if side.second is None else side.second.cpu().numpy() for side in (users, items)),
            profiles=profiles.astype(np.float32),
            unit_profiles=unit,
        )


@dataclass(frozen=True)
class ModelArrays:
    """A model as arrays: vectors of users and items, and what places users that were not there."""

    fused: tuple[np.ndarray, np.ndarray]
    second: tuple[np.ndarray | None, ...]
    profiles: np.ndarray
    """p_i = sum_k alpha_k i^{k-1} / sqrt(d_i); their sum over a user's items, over the root of its degree, is LightGCN's vector."""
    unit_profiles: np.ndarray | None
    """q_i = sum over users v of item i of (W_u^{L-1} E)_v; their sum over a user's items is a multiple of that user's W_u^L E."""


def xavier_uniform(rng: np.random.Generator, rows: int, dim: int) -> np.ndarray:
    """float32 (rows, dim), uniform between plus and minus sqrt(6 / (rows + dim)).

    >>> bool(np.abs(xavier_uniform(np.random.default_rng(0), 30, 24)).max() < 1 / 3)
    True
    """
    bound = np.sqrt(6 / (rows + dim))
    return rng.uniform(-bound, bound, (rows, dim)).astype(np.float32)
