"""LightGCN's training: Adam on layer 0 through the propagation, watched on held-out interactions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from graphemb.kernels.autoencoder_training import MOMENTS, learning_rate
from graphemb.kernels.epochs import Advance
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import VectorItems
from graphemb.kernels.propagation import Pair, Propagation
from graphemb.kernels.ranking_losses import RankingLoss
from graphemb.kernels.triplets import Batch, Sampler

WATCHED_USERS = 4_000
"""Users on whom epochs are compared, at most: the error of their mean is far below what epochs differ by."""
WATCHED_K = 20
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


class Watch:
    """NDCG@20 on held-out interactions, of a fixed sample of users, every so many epochs.

    Parameters
    ----------
    held_out : (n, m) CSR, what should be found; users without any are not watched
    seen : (n, m) CSR, what is trained on
    every : epochs between two looks; the last epoch is looked at too
    patience : looks without a better value after which training ends
    rng : of the sample
    """

    def __init__(self, held_out: sp.csr_array, seen: sp.csr_array, *, every: int, patience: int, rng: np.random.Generator):
        there = np.flatnonzero(np.diff(held_out.indptr))
        self.users = np.sort(rng.choice(there, WATCHED_USERS, replace=False)) if len(there) > WATCHED_USERS else there
        self.every, self.patience = every, patience
        self._relevant, self._seen = held_out[self.users], seen
        self.curve: list[tuple[int, float]] = []
        """Epoch (counted from 1) and NDCG of each look."""

    def look(self, epoch: int, users: np.ndarray, items: np.ndarray, n_jobs: int | None) -> bool:
        """Whether these vectors are the best so far."""
        ranked = rank_items(VectorItems(users, items), self.users, self._seen, WATCHED_K, n_jobs=n_jobs)
        value = float(ranking_metrics(ranked, self._relevant, [WATCHED_K])[f"ndcg@{WATCHED_K}"].mean())
        self.curve.append((epoch, value))
        return value > max((before for _, before in self.curve[:-1]), default=-1.0)

    @property
    def best(self) -> int:
        """The epoch of the best value, the earliest of equals."""
        return max(self.curve, key=lambda look: look[1])[0]

    def exhausted(self) -> bool:
        """Whether the last ``patience`` looks brought nothing better."""
        return bool(self.curve) and sum(epoch > self.best for epoch, _ in self.curve) >= self.patience


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
    watch : what chooses the epoch; None keeps the last
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
        watch: Watch | None = None,
        seed: int = 0,
        n_jobs: int | None = 1,
    ):
        self.operator, self.loss, self.sampler, self.how = operator, loss, sampler, how
        self.length, self.watch, self.seed, self._n_jobs = length, watch, seed, n_jobs
        self.layer_0 = [E.clone().requires_grad_() for E in layer_0]
        self._best: list[torch.Tensor] | None = None
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
        if self.watch is not None and ((number + 1) % self.watch.every == 0 or number + 1 == self.how.epochs):
            vectors = self.read_out(self.layer_0)
            if self.watch.look(number + 1, *vectors, self._n_jobs):
                self._best = [E.detach().clone() for E in self.layer_0]
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
        return self.layer_0 if self._best is None else self._best

    def read_out(self, layer_0: list[torch.Tensor]) -> tuple[np.ndarray, np.ndarray]:
        """The vectors of users and items."""
        with torch.no_grad():
            users, items = self.operator(layer_0[0], layer_0[1])
            if self.length != 1:
                items = items * items.norm(dim=1, keepdim=True).clamp(min=1e-12) ** (self.length - 1)
        return users.cpu().numpy(), items.cpu().numpy()

    def done(self) -> bool:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        return self.watch is not None and self.watch.exhausted()

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        arrays, values = {}, {"steps": 0, "curve": self.watch.curve if self.watch else []}
        for side, E in zip(SIDES, self.layer_0, strict=True):
            moments = self._adam.state[E]
            arrays[f"{side}.layer_0"] = E.detach().cpu().numpy()
            arrays.update({f"{side}.{name}": moments[name].cpu().numpy() for name in MOMENTS})
            values["steps"] = int(moments["step"])
        if self._best is not None:
            arrays.update({f"{side}.best": E.cpu().numpy() for side, E in zip(SIDES, self._best, strict=True)})
        return arrays, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        for side, E in zip(SIDES, self.layer_0, strict=True):
            moments = {name: torch.from_numpy(arrays[f"{side}.{name}"]).to(E) for name in MOMENTS}
            self._adam.state[E] = {"step": torch.tensor(float(values["steps"]), device=E.device), **moments}
            with torch.no_grad():
                E.copy_(torch.from_numpy(arrays[f"{side}.layer_0"]))
        if self.watch is not None:
            self.watch.curve = [(int(epoch), float(value)) for epoch, value in values["curve"]]
        if "users.best" in arrays:
            self._best = [torch.from_numpy(arrays[f"{side}.best"]).to(self.layer_0[0].device) for side in SIDES]
