"""Layer-wise pre-training: a stack of restricted Boltzmann machines, as in the deep belief network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional as F

from graphemb.kernels.autoencoder import CENTRE, Autoencoder
from graphemb.kernels.sparse_batch import SparseBatch

LR = 0.001
"""Adam's rate; the machines need only come near."""

Visible = SparseBatch | torch.Tensor


@dataclass
class BoltzmannMachine:
    """Binary visible and hidden units with p(v, h) proportional to exp(v W h + v . a + h . c); W is (visible, hidden)."""

    weight: torch.Tensor
    visible: torch.Tensor
    """a, (visible,)."""
    hidden: torch.Tensor
    """c, (hidden,)."""

    def into_hidden(self, v: Visible) -> torch.Tensor:
        """v W + c, the log-odds of the hidden units."""
        product = v.times(self.weight) if isinstance(v, SparseBatch) else v @ self.weight
        return product + self.hidden

    def free_energy(self, v: Visible) -> torch.Tensor:
        """F(v) = -v . a - sum_j log(1 + exp((v W + c)_j)), summed over the rows of v."""
        alone = v.values @ self.visible[v.columns] if isinstance(v, SparseBatch) else (v @ self.visible).sum()
        return -alone - F.softplus(self.into_hidden(v)).sum()

    def divergence(self, v: Visible, random: torch.Generator) -> torch.Tensor:
        """F(v) - F(v'), v' the probabilities of the visible units after one step down and up: its gradient is that of CD-1."""
        with torch.no_grad():
            h = torch.bernoulli(torch.sigmoid(self.into_hidden(v)), generator=random)
            rebuilt = torch.sigmoid(h @ self.weight.T + self.visible)
        return self.free_energy(v) - self.free_energy(rebuilt)

    def train(self, rows: Callable[[np.ndarray], Visible], n: int, *, epochs: int, batch_size: int, seed: int) -> None:
        """Descend along the contrastive divergence with Adam; ``rows(nodes)`` are the visible units of some of n nodes."""
        parameters = [self.weight, self.visible, self.hidden]
        adam = torch.optim.Adam(parameters, lr=LR, fused=True)
        order, random = np.random.default_rng(seed), torch.Generator(self.weight.device).manual_seed(seed)
        for _ in range(epochs):
            for nodes in np.array_split(order.permutation(n), -(-n // batch_size)):
                adam.zero_grad()
                torch.autograd.backward(self.divergence(rows(nodes), random))
                adam.step()


def pretrain(network: Autoencoder, matrix: sparse.csr_array, *, epochs: int, batch_size: int, seed: int) -> None:
    """Train one machine for each layer of the encoder on the hidden probabilities of the one before; unfold them into the network.

    The decoder gets the transposed weights and keeps its biases, for the visible biases of sparse rows would saturate its outputs.
    Time: O(n^2 h_1) an epoch, for the rebuilt visible units are all n.

    Source: Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science 313, 2006.
    """
    n, first = matrix.shape[0], network.inputs

    def entries(nodes: np.ndarray) -> SparseBatch:
        return SparseBatch.take(matrix, nodes, first.device, first.dtype)

    least = 1 / (n + 1) ** 2
    mean = np.clip(np.bincount(matrix.indices, weights=matrix.data, minlength=n) / n, least, 1 - least)
    visible = torch.from_numpy(np.log(mean / (1 - mean))).to(first).requires_grad_()
    machine = BoltzmannMachine(first, visible, network.inputs_bias)
    machine.train(entries, n, epochs=epochs, batch_size=batch_size, seed=seed)
    rows: Callable[[np.ndarray], Visible] = entries
    for layer in network.encoder:
        rows = _hidden(machine, rows)
        weight = (layer.weight.detach().T / 4).contiguous().requires_grad_()
        machine = BoltzmannMachine(weight, torch.zeros_like(weight[:, 0]).requires_grad_(), torch.zeros_like(layer.bias).requires_grad_())
        machine.train(rows, n, epochs=epochs, batch_size=batch_size, seed=seed)
        with torch.no_grad():
            layer.weight.copy_(machine.weight.T)
            layer.bias.copy_(machine.hidden + CENTRE * machine.weight.sum(0))  # the layer's inputs are centred
    with torch.no_grad():
        network.outputs.weight.copy_(network.inputs)
        for down, up in zip(network.decoder, reversed(network.encoder), strict=True):
            down.weight.copy_(up.weight.T)


def _hidden(machine: BoltzmannMachine, rows: Callable[[np.ndarray], Visible]) -> Callable[[np.ndarray], Visible]:
    def probabilities(nodes: np.ndarray) -> Visible:
        with torch.no_grad():
            return torch.sigmoid(machine.into_hidden(rows(nodes)))

    return probabilities
