"""The structure of entities nobody has facts about, from their features: a ridge regression on the entities that were trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

RIDGE = 0.1
"""The penalty, as a share of the mean diagonal of the normal equations."""
LEAST = 1e-30
"""The penalty where features do not differ at all: the map is then the mean."""


class StructureMap(NamedTuple):
    """structure(x) = x W + intercept."""

    weights: torch.Tensor
    """float32 (k, width)."""
    intercept: torch.Tensor
    """float32 (width,)."""

    def of(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
        """(m, width): the structure of entities with these features."""
        return torch.cat(list(features), dim=1) @ self.weights + self.intercept


def structure_map(features: Sequence[torch.Tensor], structure: torch.Tensor, facts: torch.Tensor) -> StructureMap:
    """The map W, b that minimises sum_i sqrt(f_i) |x_i W + b - s_i|^2 + lambda |W|^2 over the entities i with f_i facts.

    Parameters
    ----------
    features : (n, k_1), (n, k_2), ...: side by side the rows x_i; none for the mean alone
    structure : (n, width), the rows s_i
    facts : (n,), how many training triples an entity has; those without any are left out, those with many are better known

    lambda is a tenth of the mean diagonal of the normal equations, which are solved in float64. Memory: 8 k (k + width) bytes and a copy of
    the features.

    >>> found = structure_map([torch.tensor([[1.0], [-1.0], [9.0]])], torch.tensor([[2.0], [0.0], [0.0]]), torch.tensor([1, 1, 0]))
    >>> round(found.of([torch.tensor([[1.0]])]).item(), 3)  # shrunk from 2 towards the mean, 1
    1.909
    """
    share = facts.to(torch.float64).sqrt()
    share = share / share.sum()
    centre = (share.to(structure) @ structure).double()
    if not features:
        return StructureMap(structure.new_zeros(0, structure.shape[1]), centre.to(structure))
    X = torch.cat(list(features), dim=1).double()
    about = share @ X
    X -= about
    weighted = X * share[:, None]
    normal = weighted.T @ X
    penalty = RIDGE * normal.diagonal().mean()
    normal.diagonal().add_(penalty.clamp(min=LEAST))
    W = torch.linalg.solve(normal, weighted.T @ (structure.double() - centre))
    return StructureMap(W.to(structure), (centre - about @ W).to(structure))
