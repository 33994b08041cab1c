"""The trainer: unbiased estimates of the whole loss, and a state from which it goes on exactly."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from graphemb.kernels.adam import learning_rate
from graphemb.kernels.autoencoder import Autoencoder
from graphemb.kernels.autoencoder_loss import neighbour_distance, rebuilding_error, weight_penalty
from graphemb.kernels.autoencoder_training import AutoencoderTrainer, Objective
from graphemb.kernels.sparse_batch import SparseBatch

N, ALPHA, BETA, NU = 24, 0.7, 4.0, 0.01


def matrix() -> sparse.csr_array:
    upper = np.triu(np.random.default_rng(0).random((N, N)) < 0.15, 1)
    return sparse.csr_array((upper | upper.T).astype(float))


def trainer(*, columns: int | None = None, batch_size: int = 6, dtype: torch.dtype = torch.float64, **settings: int) -> AutoencoderTrainer:
    network = Autoencoder(N, (8, 3), np.random.default_rng(1), dtype=dtype)
    return AutoencoderTrainer(network, matrix(), Objective(ALPHA, BETA, NU, columns), 0.01, batch_size, epochs=4, seed=5, **settings)


def whole_loss(network: Autoencoder) -> torch.Tensor:
    X = matrix()
    batch = SparseBatch.take(X, np.arange(N), dtype=torch.float64)
    codes = network.encode(batch)
    first = neighbour_distance(codes, batch.rows, batch.columns, batch.values)
    second = rebuilding_error(network.states(codes), network.outputs, batch, BETA)
    return second + ALPHA * first


def quiet(*args: object) -> None:
    pass


@pytest.mark.parametrize("columns", [None, 5])
@pytest.mark.parametrize("batch_size", [4, 12])
def test_estimates_have_the_mean_of_the_whole_loss_whatever_the_batch(columns, batch_size):
    run, rng = trainer(columns=columns, batch_size=batch_size), np.random.default_rng(0)
    with torch.no_grad():
        values = [run.estimate(rng.choice(N, batch_size, replace=False), rng).item() for _ in range(500)]
        expected = whole_loss(run.network).item()
    assert abs(np.mean(values) - expected) < 5 * np.std(values) / np.sqrt(len(values))


def test_gradient_of_the_estimates_is_that_of_the_whole_loss_on_average():
    run, rng = trainer(columns=8), np.random.default_rng(0)
    expected = torch.cat([g.flatten() for g in torch.autograd.grad(whole_loss(run.network), run.network.parameters())])
    draws = []
    for _ in range(500):
        grads = torch.autograd.grad(run.estimate(rng.choice(N, 6, replace=False), rng), run.network.parameters())
        draws.append(torch.cat([g.flatten() for g in grads]))
    sample = torch.stack(draws)
    error = sample.std(0) / len(draws) ** 0.5
    standard = ((sample.mean(0) - expected) / (error + 1e-9)).abs()
    assert standard.max() < 6  # hundreds of numbers, so the largest of as many normal variables


def test_more_columns_than_nodes_are_all_columns():
    whole, drawn = trainer(), trainer(columns=N + 10)
    nodes = np.arange(6)
    assert whole.estimate(nodes, np.random.default_rng(0)).item() == drawn.estimate(nodes, np.random.default_rng(0)).item()


def test_epoch_returns_the_loss_and_lowers_it():
    run = trainer(batch_size=N)
    at_first = whole_loss(run.network).item()
    losses = [run.epoch(number, quiet) for number in range(4)]
    assert losses[0] == pytest.approx(at_first, rel=0.1)  # the first-order term is drawn
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("pretrain", [0, 1])
def test_restored_trainer_goes_on_exactly(pretrain):
    whole = trainer(columns=8, dtype=torch.float32, pretrain=pretrain)
    losses = [whole.epoch(number, quiet) for number in range(4)]
    first = trainer(columns=8, dtype=torch.float32, pretrain=pretrain)
    assert [first.epoch(number, quiet) for number in range(2)] == losses[:2]
    arrays, values = first.state()
    second = trainer(columns=8, dtype=torch.float32, pretrain=pretrain)
    second.restore({k: a.copy() for k, a in arrays.items()}, values)
    assert [second.epoch(number, quiet) for number in (2, 3)] == losses[2:]
    for ours, theirs in zip(second.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_step_is_that_of_adam_on_the_loss_with_its_penalty():
    ours, theirs = (trainer(batch_size=N, dtype=torch.float64) for _ in range(2))
    ours.objective = theirs.objective = Objective(0.0, BETA, NU, None)
    adam = torch.optim.Adam(theirs.network.parameters(), lr=learning_rate(0.01, 0, 4))
    batch = SparseBatch.take(matrix(), np.arange(N), dtype=torch.float64)
    second = rebuilding_error(theirs.network.states(theirs.network.encode(batch)), theirs.network.outputs, batch, BETA)
    (second + NU * weight_penalty(theirs.network.weights())).backward()
    adam.step()
    loss = ours.epoch(0, quiet)
    assert loss == pytest.approx(second.item() + NU * weight_penalty(theirs.network.weights()).item())
    for p, q in zip(ours.network.parameters(), theirs.network.parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_learning_rate_rises_and_falls_to_nothing():
    rates = [learning_rate(0.5, step, 200) for step in range(200)]
    assert np.argmax(rates) in (9, 10) and max(rates) == pytest.approx(0.5, rel=0.02)
    assert 0 < rates[0] < 0.06 and 0 < rates[-1] < 1e-4
    assert learning_rate(0.5, 0, 1) == 0.5
