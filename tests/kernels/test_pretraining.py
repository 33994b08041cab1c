"""Boltzmann machines: the gradient is that of contrastive divergence, and the stack unfolds into the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from graphemb.kernels.autoencoder import Autoencoder
from graphemb.kernels.pretraining import BoltzmannMachine, pretrain
from graphemb.kernels.sparse_batch import SparseBatch

N = 12


def blocks() -> sparse.csr_array:
    return sparse.csr_array(np.kron(np.eye(3), np.ones((4, 4))))


def machine(dtype: torch.dtype = torch.float64) -> BoltzmannMachine:
    rng = np.random.default_rng(0)
    return BoltzmannMachine(*(torch.from_numpy(rng.normal(size=s)).to(dtype).requires_grad_() for s in ((N, 5), (N,), (5,))))


def probabilities(machine: BoltzmannMachine, v: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(v @ machine.weight + machine.hidden)


def test_sparse_rows_and_dense_rows_have_the_same_energy():
    batch = SparseBatch.take(blocks(), np.arange(N), dtype=torch.float64)
    dense = torch.from_numpy(blocks().toarray())
    torch.testing.assert_close(machine().free_energy(batch), machine().free_energy(dense))


def test_gradient_is_that_of_contrastive_divergence():
    rbm, v = machine(), torch.from_numpy(blocks().toarray())
    loss = rbm.divergence(v, torch.Generator().manual_seed(3))
    found = torch.autograd.grad(loss, [rbm.weight, rbm.visible, rbm.hidden])
    with torch.no_grad():
        h = torch.bernoulli(probabilities(rbm, v), generator=torch.Generator().manual_seed(3))
        rebuilt = torch.sigmoid(h @ rbm.weight.T + rbm.visible)
        before, after = probabilities(rbm, v), probabilities(rbm, rebuilt)
    torch.testing.assert_close(found[0], -(v.T @ before - rebuilt.T @ after))
    torch.testing.assert_close(found[1], -(v - rebuilt).sum(0))
    torch.testing.assert_close(found[2], -(before - after).sum(0))


def test_pretraining_unfolds_the_stack():
    network = Autoencoder(N, (6, 4, 2), np.random.default_rng(0))
    before = [w.detach().clone() for w in network.weights()]
    biases = [layer.bias.detach().clone() for layer in (*network.decoder, network.outputs)]
    pretrain(network, blocks(), epochs=2, batch_size=5, seed=1)
    assert torch.equal(network.outputs.weight, network.inputs)
    assert torch.equal(network.decoder[0].weight, network.encoder[1].weight.T)
    assert torch.equal(network.decoder[1].weight, network.encoder[0].weight.T)
    assert not any(torch.equal(old, new) for old, new in zip(before, network.weights(), strict=True))
    assert all(torch.equal(old, layer.bias) for old, layer in zip(biases, (*network.decoder, network.outputs), strict=True))


def test_machine_learns_to_rebuild_its_rows(monkeypatch):
    monkeypatch.setattr("graphemb.kernels.pretraining.LR", 0.05)
    rbm, dense = machine(), torch.from_numpy(blocks().toarray())

    def error() -> float:
        with torch.no_grad():
            rebuilt = torch.sigmoid(probabilities(rbm, dense) @ rbm.weight.T + rbm.visible)
        return float((rebuilt - dense).square().mean())

    before = error()
    rbm.train(lambda nodes: SparseBatch.take(blocks(), nodes, dtype=torch.float64), N, epochs=100, batch_size=6, seed=0)
    assert error() < 0.05 < before


@pytest.mark.parametrize("X", [sparse.csr_array((3, 3)), sparse.csr_array((1, 1)), sparse.csr_array(np.ones((3, 3)))])
def test_empty_and_full_rows_stay_finite(X):
    network = Autoencoder(X.shape[0], (4, 2), np.random.default_rng(0))
    pretrain(network, X, epochs=3, batch_size=2, seed=0)
    assert all(torch.isfinite(p).all() for p in network.parameters())
