"""LightGCN's training: Adam on layer 0 through the propagation, watched on held-out interactions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch

from graphemb.kernels.adam import adam_state, learning_rate, restore_adam
from graphemb.kernels.epochs import Advance
from graphemb.kernels.propagation import Pair, Propagation
from graphemb.kernels.ranking_losses import RankingLoss
from graphemb.kernels.selection import Selection
from graphemb.kernels.triplets import Batch, Sampler

SIDES = ("users", "items")


@dataclass(frozen=True)
class Optimisation:
    """How layer 0 is trained."""

    lr: float
    l2: float
    epochs: int
    batches_per_step: int = 1
    """Batches whose gradients are averaged before they are propagated back: a larger batch at the price of one."""
    schedule: str = "constant"
    eps: float = 1e-8

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step."""
        return self.lr if self.schedule == "constant" else learning_rate(self.lr, step, steps)


class EmbeddingTrainer:
    """Steps of Adam on all rows of layer 0.

    A step propagates once, lets ``batches_per_step`` batches leave their gradients on the propagated rows, propagates these back once,
    and adds l2 times layer 0, each row as often as the batches drew it: so the batch size and the price of propagation are apart.
    All that an epoch draws comes from (seed, epoch): a resumed run draws the same. Memory: 20 (n + m) dim bytes for parameters, gradients
    and Adam, as much again for propagated rows and their gradients, and 4 (n + m) dim for the best epoch where one is kept.

    Parameters
    ----------
    operator, loss, sampler, how : the parts
    layer_0 : (n, dim) and (m, dim), where training starts
    length : power of their length that items keep when they are read out
    selection : what chooses the epoch; None keeps the last
    seed : of all draws
    """

    def __init__(
        self,
        operator: Propagation,
        loss: RankingLoss,
        sampler: Sampler,
        how: Optimisation,
        layer_0: Pair,
        *,
        length: float = 1.0,
        selection: Selection | None = None,
        seed: int = 0,
    ):
        self.operator, self.loss, self.sampler, self.how = operator, loss, sampler, how
        self.length, self.selection, self.seed = length, selection, seed
        self.layer_0 = [E.clone().requires_grad_() for E in layer_0]
        self._adam = torch.optim.Adam(self.layer_0, lr=how.lr, eps=how.eps, fused=True)

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.sampler.batches // self.how.batches_per_step)

    def epoch(self, number: int, advance: Advance) -> float:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        rng = np.random.default_rng([self.seed, number])
        noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
        batches, total, step = self.sampler.epoch(rng), 0.0, number * self.steps
        while group := list(islice(batches, self.how.batches_per_step)):
            total += self._step(group, noise, self.how.rate(step, self.how.epochs * self.steps))
            step += 1
            advance(len(group))
        if self.selection is not None and self.selection.due(number + 1):
            users, items = self.read_out(self.layer_0)
            self.selection.judge(number + 1, users, items, self._tables())
        return total / self.steps

    def _step(self, batches: list[Batch], noise: torch.Generator, rate: float) -> float:
        views = self.loss.views(self.operator, self.layer_0[0], self.layer_0[1], noise)
        fixed = [(users.detach(), items.detach()) for users, items in views]
        gradients = [(torch.zeros_like(users), torch.zeros_like(items)) for users, items in fixed]
        value = sum(self.loss.add(fixed, gradients, batch) for batch in batches) / len(batches)
        shared = [(E, G.div_(len(batches))) for view, left in zip(views, gradients, strict=True) for E, G in zip(view, left, strict=True)]
        self._adam.zero_grad()
        torch.autograd.backward([E for E, _ in shared], [G for _, G in shared])
        value += self._shrink(batches)
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        return value

    def _shrink(self, batches: list[Batch]) -> float:
        """l2/2 sum of w |e|^2 over the rows of layer 0, whose gradient is added to theirs."""
        if not self.how.l2:
            return 0.0
        penalty = 0.0
        for E, drawn in zip(self.layer_0, zip(*map(self.loss.row_weights, batches), strict=True), strict=True):
            weights = torch.from_numpy(np.mean(drawn, axis=0) * self.how.l2).to(E)[:, None]
            assert E.grad is not None
            with torch.no_grad():
                penalty += float((weights * E.square().sum(dim=1, keepdim=True)).sum()) / 2
                E.grad.addcmul_(weights, E)
        return penalty

    @property
    def kept(self) -> list[torch.Tensor]:
        """Layer 0 of the best epoch, or of the last where nothing chooses."""
        if self.selection is None or not self.selection.best:
            return self.layer_0
        return [torch.from_numpy(self.selection.best[f"{side}.layer_0"]).to(self.layer_0[0].device) for side in SIDES]

    def _tables(self) -> dict[str, np.ndarray]:
        return {f"{side}.layer_0": E.detach().cpu().numpy() for side, E in zip(SIDES, self.layer_0, strict=True)}

    def read_out(self, layer_0: list[torch.Tensor]) -> tuple[np.ndarray, np.ndarray]:
        """The vectors of users and items."""
        with torch.no_grad():
            users, items = self.operator(layer_0[0], layer_0[1])
            if self.length != 1:
                items = items * items.norm(dim=1, keepdim=True).clamp(min=1e-12) ** (self.length - 1)
        return users.cpu().numpy(), items.cpu().numpy()

    def done(self) -> bool:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        return self.selection is not None and self.selection.over

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        moments, values = adam_state(self._adam, dict(zip(SIDES, self.layer_0, strict=True)))
        arrays = self._tables() | moments
        if self.selection is not None:
            best, values["selection"] = self.selection.state()
            arrays |= best
        return arrays, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        restore_adam(self._adam, dict(zip(SIDES, self.layer_0, strict=True)), arrays, values)
        with torch.no_grad():
            for side, E in zip(SIDES, self.layer_0, strict=True):
                E.copy_(torch.from_numpy(arrays[f"{side}.layer_0"]))
        if self.selection is not None:
            self.selection.restore(arrays, values["selection"])
