"""SDNE's training: batches of nodes and of edges, Adam, a state that can be written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import sparse

from graphemb.kernels.adam import adam_state, learning_rate, restore_adam
from graphemb.kernels.autoencoder import Autoencoder
from graphemb.kernels.autoencoder_loss import neighbour_distance, rebuilding_error, sampled_rebuilding_error, weight_penalty
from graphemb.kernels.epochs import Advance
from graphemb.kernels.pretraining import pretrain
from graphemb.kernels.sparse_batch import SparseBatch

EDGE_SHARE = 8
"""Nodes of a batch for each edge drawn: ends of edges are hubs, whose long rows would cost more than the batch itself."""


@dataclass(frozen=True)
class Objective:
    """The weights of the loss ||(Xhat - X) * B||^2 + alpha sum_ij a_ij ||y_i - y_j||^2 + nu L_reg, and how it is sampled."""

    alpha: float
    beta: float
    nu: float
    columns: int | None
    """Outputs drawn for a batch to stand for the zeros; None for all of them."""


@dataclass
class AutoencoderTrainer:
    """Steps of Adam on estimates of the whole graph's loss.

    A step takes ``batch_size`` nodes for the second-order term, counted n / b times, and an eighth as many edges, drawn with
    replacement, for the first-order term, counted (entries / edges drawn) times; so alpha means the same whatever the batch size.
    All that an epoch draws comes from (seed, epoch): a resumed run draws the same.
    """

    network: Autoencoder
    matrix: sparse.csr_array
    objective: Objective
    lr: float
    batch_size: int
    epochs: int
    seed: int
    pretrain: int = 0

    def __post_init__(self) -> None:
        self._sources = np.repeat(np.arange(len(self.network.inputs)), np.diff(self.matrix.indptr))
        weights = self.network.weights()
        free = [p for p in self.network.parameters() if not any(p is w for w in weights)]
        # Adam adds weight_decay * W to the gradient of W, which is what nu L_reg would add
        groups = [{"params": weights, "weight_decay": self.objective.nu}, {"params": free, "weight_decay": 0.0}]
        self._adam = torch.optim.Adam(groups, lr=self.lr, fused=True)

    def epoch(self, number: int, advance: Advance) -> float:
        if number == 0 and self.pretrain:
            pretrain(self.network, self.matrix, epochs=self.pretrain, batch_size=self.batch_size, seed=self.seed)
        rng = np.random.default_rng([self.seed, number])
        n = self.matrix.shape[0]
        batches = np.array_split(rng.permutation(n), -(-n // self.batch_size))
        loss = 0.0
        for i, nodes in enumerate(batches):
            rate = learning_rate(self.lr, number * len(batches) + i, self.epochs * len(batches))
            for group in self._adam.param_groups:
                group["lr"] = rate
            self._adam.zero_grad()
            estimate = self.estimate(nodes, rng)
            torch.autograd.backward(estimate)
            self._adam.step()
            loss += estimate.item() * len(nodes) / n
            advance(len(nodes))
        with torch.no_grad():
            return loss + self.objective.nu * float(weight_penalty(self.network.weights()))

    def estimate(self, nodes: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        """An unbiased estimate of the loss without the weight penalty, where ``nodes`` are a uniform sample."""
        network, objective, n = self.network, self.objective, self.matrix.shape[0]
        batch = self._rows(nodes)
        states = network.states(network.encode(batch))
        if objective.columns is None or objective.columns >= n:
            second = rebuilding_error(states, network.outputs, batch, objective.beta)
        else:
            columns = torch.from_numpy(np.sort(rng.choice(n, objective.columns, replace=False))).to(states.device)
            second = sampled_rebuilding_error(states, network.outputs, batch, objective.beta, columns)
        loss = second * (n / len(nodes))
        if objective.alpha and self.matrix.nnz:
            loss = loss + objective.alpha * self._first_order(rng)
        return loss

    def _first_order(self, rng: np.random.Generator) -> torch.Tensor:
        drawn = max(1, self.batch_size // EDGE_SHARE)
        entries = rng.integers(self.matrix.nnz, size=drawn)
        ends = np.concatenate([self._sources[entries], self.matrix.indices[entries]])
        nodes, place = np.unique(ends, return_inverse=True)
        codes = self.network.encode(self._rows(nodes))
        left, right = torch.from_numpy(place.reshape(2, drawn)).to(codes.device)
        weights = torch.from_numpy(self.matrix.data[entries]).to(codes)
        return neighbour_distance(codes, left, right, weights) * (self.matrix.nnz / drawn)

    def work(self) -> int:
        """Multiplications of the largest matrix product of a step."""
        n, width = self.network.inputs.shape
        return min(self.batch_size, n) * min(self.objective.columns or n, n) * width

    def _rows(self, nodes: np.ndarray) -> SparseBatch:
        return SparseBatch.take(self.matrix, nodes, self.network.inputs.device, self.network.inputs.dtype)

    def done(self) -> bool:
        return False

    def _named(self) -> dict[str, torch.Tensor]:
        return {str(i): parameter for i, parameter in enumerate(self.network.parameters())}

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays, values = adam_state(self._adam, self._named())
        return arrays | {f"{name}.parameter": p.detach().cpu().numpy() for name, p in self._named().items()}, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        restore_adam(self._adam, self._named(), arrays, values)
        with torch.no_grad():
            for name, parameter in self._named().items():
                parameter.copy_(torch.from_numpy(arrays[f"{name}.parameter"]))
