"""What a recommender's vectors are trained on: losses of rankings and of contrast, and the gradients they leave on all rows."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn.functional import normalize, softplus

from graphemb.errors import ParameterError, UnknownNameError, nearest_names
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.item_ranking import stored_entries
from graphemb.kernels.propagation import Pair, Propagation
from graphemb.kernels.triplets import Batch
from graphemb.registry import normalise, parse_spec

LOSSES = {
    "softmax": "item_softmax:ItemSoftmax",
    "bpr": "ranking_losses:BPR",
    "ssm": "ranking_losses:SSM",
    "xsimgcl": "ranking_losses:XSimGCL",
    "directau": "ranking_losses:DirectAU",
}
SIMILARITIES = ("cosine", "dot")
NOWHERE = -1e9
"""A score that no softmax sees, finite so that a row of nothing else has a gradient, of 0."""


@dataclass(frozen=True)
class Recipe:
    """The settings that a loss is trained with where nobody says otherwise."""

    lr: float
    l2: float
    batch_size: int
    epochs: int
    """At least; more where an epoch is so short that they would not make ``steps``."""
    steps: int = 0
    sampler: str = "pytorch"
    schedule: str = "constant"
    length: float = 1.0
    """The power of their length that item vectors keep when they are read out."""
    eps: float = 1e-8
    """Adam's: gradients of means over all items are as small as its usual value."""


class RankingLoss(ABC):
    """A loss of the propagated rows, which leaves its gradient on all of them.

    Parameters
    ----------
    R : (n, m) binary CSR of what is trained on, indices sorted
    """

    recipe: ClassVar[Recipe]
    negatives: ClassVar[bool] = False
    """Whether batches need an item that the user did not take."""
    without_layer_0: ClassVar[bool] = False
    """Whether the published read-out leaves layer 0 out where alpha is "mean"."""

    def __init__(self, R: sp.csr_array):
        self.R = R

    @property
    def l2(self) -> float:
        """The weight of the penalty where nobody says otherwise."""
        return self.recipe.l2

    def views(self, operator: Propagation, users: torch.Tensor, items: torch.Tensor, noise: torch.Generator) -> list[Pair]:
        """The propagated rows that the loss reads, differentiable: those of the operator, once."""
        return [operator(users, items)]

    @abstractmethod
    def add(self, views: list[Pair], gradients: list[Pair], batch: Batch) -> float:
        """The loss of a batch, whose gradient for every row of the views is added to ``gradients``."""

    def precision(self, rows: torch.Tensor) -> torch.dtype:
        """In which numbers scores of such rows are computed: theirs."""
        return rows.dtype

    @abstractmethod
    def row_weights(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """(n,) and (m,): how often the L2 term counts each row of layer 0, for a batch of one."""


class RowLoss(RankingLoss):
    """A loss of the rows of a batch alone; a subclass says which (``value``)."""

    @abstractmethod
    def value(self, rows: list[list[torch.Tensor]], batch: Batch) -> torch.Tensor:
        """The loss of a batch, from the rows of its users, positives and (where there are any) negatives in every view."""

    def add(self, views: list[Pair], gradients: list[Pair], batch: Batch) -> float:
        """See :class:`RankingLoss`."""
        drawn = [rows for rows in (batch.users, batch.positives, batch.negatives) if rows is not None]
        places = [(side, torch.from_numpy(rows).to(views[0][0].device)) for side, rows in zip((0, 1, 1), drawn, strict=False)]
        leaves = [[view[side][rows].requires_grad_() for side, rows in places] for view in views]
        with torch.enable_grad():
            loss = self.value(leaves, batch)
        found = torch.autograd.grad(loss, [leaf for view in leaves for leaf in view], allow_unused=True)
        into = [(gradient[side], rows) for gradient in gradients for side, rows in places]
        for (total, rows), part in zip(into, found, strict=True):
            if part is not None:
                total.index_add_(0, rows, part)
        return loss.item()

    def row_weights(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """As often as the row was drawn, over the size of the batch."""
        items = [rows for rows in (batch.positives, batch.negatives) if rows is not None]
        n, m = self.R.shape
        drawn = np.bincount(batch.users, minlength=n), np.bincount(np.concatenate(items), minlength=m)
        return drawn[0] / len(batch), drawn[1] / len(batch)


class BPR(RowLoss):
    """(1/B) sum log(1 + exp(z_u . z_j - z_u . z_i)): the item taken before one that was not.

    Source: Rendle et al., "BPR", UAI 2009, arXiv 1205.2618, as LightGCN trains it (arXiv 2002.02126).
    """

    recipe = Recipe(lr=0.001, l2=0.0001, batch_size=2048, epochs=1000)
    negatives = True

    def value(self, rows: list[list[torch.Tensor]], batch: Batch) -> torch.Tensor:
        u, i, j = rows[0]
        return softplus((u * j).sum(dim=1) - (u * i).sum(dim=1)).mean()


class SSM(RowLoss):
    """-(1/B) sum log of the share of exp(s_ui / tau) among the items of the batch: sampled softmax.

    Parameters
    ----------
    R : see :class:`RankingLoss`
    similarity : s is the "dot" product of rows, or their "cosine"
    temperature : tau
    correction : logarithms of the items' shares of all interactions are taken off s / tau, so that popular items, which are in most
        batches, do not count more often than the rest

    Every item of the batch is a negative as often as it stands there, but for those that the user took, whatever the batch.
    Source: Wu et al., "On the Effectiveness of Sampled Softmax Loss for Item Recommendation", arXiv 2201.02327. Memory: 12 B^2 bytes.
    """

    recipe = Recipe(lr=0.005, l2=0.01, batch_size=4096, epochs=4, steps=500)

    def __init__(self, R: sp.csr_array, *, similarity: str = "dot", temperature: float = 1.0, correction: bool = True):
        super().__init__(R)
        if similarity not in SIMILARITIES:
            raise UnknownNameError("similarity", similarity, SIMILARITIES, remedy="known: " + ", ".join(SIMILARITIES))
        require_positive("temperature", temperature)
        self.similarity, self.temperature, self.correction = similarity, temperature, correction

    @cached_property
    def _log_shares(self) -> np.ndarray:
        taken = np.bincount(self.R.indices, minlength=self.R.shape[1])
        return np.asarray(np.log(np.maximum(taken, 1) / taken.sum()), np.float32)

    def value(self, rows: list[list[torch.Tensor]], batch: Batch) -> torch.Tensor:
        u, i = rows[0]
        if self.similarity == "cosine":
            u, i = normalize(u), normalize(i)
        assert batch.positives is not None
        items, first, place, often = np.unique(batch.positives, return_index=True, return_inverse=True, return_counts=True)
        more = np.log(often).astype(np.float32) - (self._log_shares[items] if self.correction else 0)
        scores = u @ i[torch.from_numpy(first).to(u.device)].T / self.temperature
        taken, columns = stored_entries(self.R, batch.users)
        at = np.searchsorted(items, columns).clip(max=len(items) - 1)
        here = items[at] == columns
        mask = torch.zeros(scores.shape, dtype=torch.bool, device=u.device)
        mask[torch.from_numpy(taken[here]).to(u.device), torch.from_numpy(at[here]).to(u.device)] = True
        others = torch.logsumexp((scores + torch.from_numpy(more).to(scores)).masked_fill(mask, NOWHERE), dim=1)
        own = (u * i).sum(dim=1) / self.temperature
        if self.correction:
            own = own - torch.from_numpy(self._log_shares[items][place]).to(own)
        return softplus(others - own).mean()


class XSimGCL(RowLoss):
    """BPR + lambda (C(users) + C(items)), where C contrasts a noisy propagation with one of its own layers.

    E^k = S E^{k-1} + noise sign(E^k) * r / |r| with r uniform in [0, 1)^d; C is the mean over the batch's distinct rows of -log of the
    share of exp(cos(z, e^l) / tau) among all of them.

    Parameters
    ----------
    R : see :class:`RankingLoss`
    contrast : lambda
    noise : length of the noise added to each row
    layer : l
    temperature : tau

    Source: Yu et al., "XSimGCL", arXiv 2209.02544, with the settings of SELFRec. The L2 term is LightGCN's, not the length of the rows.
    """

    recipe = Recipe(lr=0.001, l2=0.0001, batch_size=2048, epochs=20, steps=500)
    negatives = True
    without_layer_0 = True

    def __init__(self, R: sp.csr_array, *, contrast: float = 0.2, noise: float = 0.2, layer: int = 1, temperature: float = 0.15):
        super().__init__(R)
        for name, value in (("contrast", contrast), ("noise", noise), ("temperature", temperature)):
            require_positive(name, value)
        require_whole("layer", layer)
        self.contrast, self.noise, self.layer, self.temperature = contrast, noise, layer, temperature

    def views(self, operator: Propagation, users: torch.Tensor, items: torch.Tensor, noise: torch.Generator) -> list[Pair]:
        """The read-out of a noisy propagation, and its layer l."""
        if self.layer > operator.layers:
            raise ParameterError(f"layer must be from 1 to the number of layers, {operator.layers}, got {self.layer}")
        layers = [(users, items)]
        for _ in range(operator.layers):
            u, i = (self._disturbed(E, noise) for E in operator.step(*layers[-1]))
            layers.append((u, i))
        total = [sum((a * E[side] for a, E in zip(operator.alpha, layers, strict=True) if a), torch.zeros(())) for side in (0, 1)]
        return [(total[0], total[1]), layers[self.layer]]

    def _disturbed(self, E: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        random = torch.rand(E.shape, generator=noise).to(E)
        return E + self.noise * torch.sign(E.detach()) * normalize(random)

    def value(self, rows: list[list[torch.Tensor]], batch: Batch) -> torch.Tensor:
        (u, i, j), (u_layer, i_layer, _) = rows
        ranking = softplus((u * j).sum(dim=1) - (u * i).sum(dim=1)).mean()
        sides = ((u, u_layer, batch.users), (i, i_layer, batch.positives))
        return ranking + self.contrast * sum((self._contrast(*side) for side in sides), torch.zeros((), device=u.device))

    def _contrast(self, z: torch.Tensor, e: torch.Tensor, numbers: np.ndarray | None) -> torch.Tensor:
        first = torch.from_numpy(np.unique(numbers, return_index=True)[1]).to(z.device)  # type: ignore[call-overload]
        scores = normalize(z[first]) @ normalize(e[first]).T / self.temperature
        return (torch.logsumexp(scores, dim=1) - scores.diagonal()).mean()


class DirectAU(RowLoss):
    """Alignment + gamma (uniformity of users + of items) / 2, all on unit vectors: no negatives.

    Alignment is the mean of |x - y|^2 over users x and items y of the batch; uniformity the log of the mean of exp(-2 |x - x'|^2) over
    pairs of rows in the batch.

    Parameters
    ----------
    R : see :class:`RankingLoss`
    gamma : weight of uniformity

    Source: Wang et al., "Towards Representation Alignment and Uniformity in Collaborative Filtering", KDD 2022, arXiv 2206.12811; gamma as
    SELFRec has it for LightGCN. Memory: 8 B^2 bytes.
    """

    recipe = Recipe(lr=0.001, l2=0.0001, batch_size=2048, epochs=50, steps=500)

    def __init__(self, R: sp.csr_array, *, gamma: float = 2.0):
        super().__init__(R)
        require_positive("gamma", gamma)
        self.gamma = gamma

    def value(self, rows: list[list[torch.Tensor]], batch: Batch) -> torch.Tensor:
        x, y = (normalize(side) for side in rows[0])
        return (x - y).square().sum(dim=1).mean() + self.gamma * (uniformity(x) + uniformity(y)) / 2


def uniformity(x: torch.Tensor) -> torch.Tensor:
    """log of the mean of exp(-2 |x_a - x_b|^2) over pairs a < b of unit rows; 0 where there is no pair.

    >>> round(uniformity(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])).item(), 6)
    -8.0
    """
    n = len(x)
    if n < 2:
        return x.sum() * 0
    exponents = (4 * (x @ x.T) - 4).masked_fill(torch.eye(n, dtype=torch.bool, device=x.device), -torch.inf)
    return torch.logsumexp(exponents.flatten(), dim=0) - float(np.log(n * (n - 1)))


def make_loss(spec: str, R: sp.csr_array) -> RankingLoss:
    """The loss behind ``NAME:key=value,...``.

    Raises
    ------
    UnknownNameError : no such loss; ParameterError : a setting that it does not have

    >>> make_loss("SSM:temperature=0.2", sp.csr_array(np.eye(2, dtype=np.float32))).temperature
    0.2
    """
    if not isinstance(spec, str):
        raise ParameterError(f"loss must be a name, such as 'bpr' or 'ssm:temperature=0.2', got {spec!r}")
    given, settings = parse_spec(spec)
    name = normalise(given)
    if name not in LOSSES:
        raise UnknownNameError("loss", given, LOSSES, remedy="known: " + ", ".join(LOSSES))
    module, _, attribute = LOSSES[name].partition(":")
    cls = getattr(import_module(f"graphemb.kernels.{module}"), attribute)
    known = [key for key in inspect.signature(cls).parameters if key != "R"]
    for key in settings:
        if key not in known:
            near = nearest_names(key, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"loss={name!r} has no setting {key!r}{hint} (settings: {', '.join(known) or 'none'})")
    loss: RankingLoss = cls(R, **settings)
    return loss
