"""MMHCL's training: BPR on the fused vectors and the contrast of each branch, Adam, a state that can be written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from graphemb.kernels.adam import adam_state, restore_adam
from graphemb.kernels.epochs import Advance
from graphemb.kernels.multimodal import MultimodalModel
from graphemb.kernels.ranking_losses import BPR
from graphemb.kernels.selection import Selection
from graphemb.kernels.triplets import Batch, Sampler

DECAY, DECAY_EPOCHS = 0.96, 50
"""The learning rate falls to the first number of itself over the second number of epochs."""


class FusedBPR(BPR):
    """BPR + penalty / (2B) sum |z_u|^2 + |z_i|^2 + |z_j|^2 of the batch's rows as they are read out, where LightGCN takes layer 0's."""

    def __init__(self, R: sp.csr_array, *, penalty: float):
        super().__init__(R)
        self.penalty = penalty

    def value(self, rows: list[list[torch.Tensor]], batch: Batch) -> torch.Tensor:
        squares = sum((part.square().sum() for part in rows[0]), start=rows[0][0].new_zeros(()))
        return super().value(rows, batch) + self.penalty * squares / (2 * len(batch))


@dataclass
class MultimodalTrainer:
    """Steps of Adam on batches of triplets; each step passes over the whole graph once, forwards and backwards.

    All that an epoch draws comes from (seed, epoch): a resumed run draws the same.
    """

    model: MultimodalModel
    sampler: Sampler
    preference: FusedBPR
    tau: float
    anchors: int | None
    """Nodes of each side drawn for the contrast of a step; None for all."""
    lr: float
    seed: int
    selection: Selection | None = None

    def __post_init__(self) -> None:
        self._adam = torch.optim.Adam(self.model.tables, lr=self.lr, fused=True)

    def epoch(self, number: int, advance: Advance) -> float:
        rng = np.random.default_rng([self.seed, number])
        for group in self._adam.param_groups:
            group["lr"] = self.lr * DECAY ** (number / DECAY_EPOCHS)
        anchors = np.random.default_rng(rng.integers(2**62))  # apart, so that batches are the same whatever is contrasted
        losses = []
        for batch in self.sampler.epoch(rng):
            losses.append(self._step(batch, anchors))
            advance(1)
        if self.selection is not None and self.selection.due(number + 1):
            users, items = self.vectors()
            self.selection.judge(number + 1, users, items, self._tables())
        return float(np.mean(losses))

    def _step(self, batch: Batch, rng: np.random.Generator) -> float:
        self._adam.zero_grad()
        spaces = self.model.spaces()
        fused = [space.fused for space in spaces]
        view = fused[0].detach(), fused[1].detach()
        gradients = torch.zeros_like(view[0]), torch.zeros_like(view[1])
        loss = self.preference.add([view], [gradients], batch)
        contrasts = self.model.contrasts(spaces, self.tau, (self._anchors(len(view[0]), rng), self._anchors(len(view[1]), rng)))
        ends, starts = list(fused), list(gradients)
        if contrasts.requires_grad:
            ends, starts = [*ends, contrasts], [*starts, torch.ones_like(contrasts)]
        torch.autograd.backward(ends, starts)
        self._adam.step()
        return loss + contrasts.item()

    def _anchors(self, n: int, rng: np.random.Generator) -> torch.Tensor | None:
        if self.anchors is None or self.anchors >= n:
            return None
        return torch.from_numpy(rng.choice(n, self.anchors, replace=False)).to(self.model.tables[0].device)

    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """The fused vectors of users and items as they are now."""
        with torch.no_grad():
            users, items = (space.fused.cpu().numpy() for space in self.model.spaces())
        return users, items

    def keep_best(self) -> None:
        """Put the tables back to the epoch that was chosen, if one was."""
        if self.selection is not None and self.selection.best:
            self._set_tables(self.selection.best)

    def done(self) -> bool:
        return self.selection is not None and self.selection.over

    def _tables(self) -> dict[str, np.ndarray]:
        return {name: table.detach().cpu().numpy() for name, table in self._named().items()}

    def _set_tables(self, arrays: dict[str, np.ndarray]) -> None:
        with torch.no_grad():
            for name, table in self._named().items():
                table.copy_(torch.from_numpy(arrays[name]))

    def _named(self) -> dict[str, torch.Tensor]:
        return {f"table.{i}": table for i, table in enumerate(self.model.tables)}

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        moments, values = adam_state(self._adam, self._named())
        arrays = self._tables() | moments
        if self.selection is not None:
            best, values["selection"] = self.selection.state()
            arrays |= best
        return arrays, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        self._set_tables(arrays)
        restore_adam(self._adam, self._named(), arrays, values)
        if self.selection is not None:
            self.selection.restore(arrays, values["selection"])
