"""Every term of SDNE's loss: value and gradient are those of the dense formula, in float64."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import sparse

from graphemb.kernels.autoencoder import Autoencoder
from graphemb.kernels.autoencoder_loss import neighbour_distance, rebuilding_error, sampled_rebuilding_error, weight_penalty
from graphemb.kernels.sparse_batch import SparseBatch

N, BETA = 6, 3.0


def weighted(loop: bool = True) -> sparse.csr_array:
    """A hub, a loop, an empty row, weights in 0..1."""
    A = np.zeros((N, N))
    A[0, 1:5] = A[1:5, 0] = [1, 0.5, 0.25, 0.75]
    A[1, 2] = A[2, 1] = 1
    A[4, 4] = 0.5 * loop
    return sparse.csr_array(A)


@pytest.fixture
def net() -> Autoencoder:
    return Autoencoder(N, (5, 3), np.random.default_rng(4), dtype=torch.float64)


def batch_of(nodes: np.ndarray) -> SparseBatch:
    return SparseBatch.take(weighted(), nodes, dtype=torch.float64)


def gradients(loss: torch.Tensor, net: Autoencoder) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, net.parameters(), retain_graph=True, materialize_grads=True))


def assert_same(found: torch.Tensor, expected: torch.Tensor, net: Autoencoder) -> None:
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(gradients(found, net), gradients(expected, net), strict=True):
        torch.testing.assert_close(ours, theirs)


def dense_error(net: Autoencoder, nodes: np.ndarray) -> torch.Tensor:
    """||(Xhat - X) * B||_F^2 written down as it stands in the paper, by autograd's own sigmoid."""
    X = torch.from_numpy(weighted().toarray()[nodes])
    y = torch.sigmoid(X @ net.inputs + net.inputs_bias)
    for layer in net.encoder:
        y = torch.sigmoid((y - 0.5) @ layer.weight.T + layer.bias)
    y = y * (X > 0).any(1, keepdim=True)
    for layer in (*net.decoder, net.outputs):
        y = torch.sigmoid((y - 0.5) @ layer.weight.T + layer.bias)
    B = torch.where(X > 0, BETA, 1.0)
    return ((y - X) * B).square().sum()


@pytest.mark.parametrize("nodes", [np.arange(N), np.array([4, 0]), np.array([5])])
def test_second_order_term_is_the_dense_formula(net, nodes):
    batch = batch_of(nodes)
    assert_same(rebuilding_error(net.states(net.encode(batch)), net.outputs, batch, BETA), dense_error(net, nodes), net)


def test_second_order_gradient_is_that_of_finite_differences(net):
    batch = batch_of(np.arange(N))
    states = net.states(net.encode(batch)).detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda h: rebuilding_error(h, net.outputs, batch, BETA), states)


@pytest.mark.parametrize("s", [1, 2, 5])
def test_sampled_term_has_the_dense_value_and_gradient_on_average(net, s):
    """Over all draws of s of the n columns, which are equally likely: the expectation itself, not an estimate of it."""
    batch = batch_of(np.array([0, 4, 5, 2]))
    draws = [torch.tensor(c) for c in combinations(range(N), s)]
    states = net.states(net.encode(batch))
    mean = torch.stack([sampled_rebuilding_error(states, net.outputs, batch, BETA, c) for c in draws]).mean()
    assert_same(mean, dense_error(net, np.array([0, 4, 5, 2])), net)


def test_sampled_term_of_all_columns_is_exact(net):
    batch = batch_of(np.arange(N))
    found = sampled_rebuilding_error(
        net.states(net.encode(batch)), net.outputs, batch, BETA, torch.randperm(N, generator=torch.Generator())
    )
    assert_same(found, dense_error(net, np.arange(N)), net)


def test_random_draws_come_near_the_dense_value(net):
    """As the trainer draws: the mean of 1,000 draws lies within five standard errors."""
    batch, rng = batch_of(np.arange(N)), np.random.default_rng(0)
    with torch.no_grad():
        states = net.states(net.encode(batch))
        values = [
            float(sampled_rebuilding_error(states, net.outputs, batch, BETA, torch.from_numpy(rng.choice(N, 2, replace=False))))
            for _ in range(1000)
        ]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - dense_error(net, np.arange(N)).item()) < 5 * error
    assert np.std(values) > 0


def test_complete_row_has_no_zeros_to_sample(net):
    X = sparse.csr_array(np.ones((N, N)))
    batch = SparseBatch.take(X, np.arange(N), dtype=torch.float64)
    states = net.states(net.encode(batch))
    for column in range(N):
        found = sampled_rebuilding_error(states, net.outputs, batch, BETA, torch.tensor([column]))
        torch.testing.assert_close(found, rebuilding_error(states, net.outputs, batch, BETA))


def test_first_order_term_is_twice_the_laplacian_form(net):
    A = weighted(loop=False)
    codes = net.encode(batch_of(np.arange(N)))
    entries = A.tocoo()
    left, right = (torch.from_numpy(c.astype(np.int64)) for c in entries.coords)
    found = neighbour_distance(codes, left, right, torch.from_numpy(entries.data))
    laplacian = torch.from_numpy(np.diag(A.sum(axis=1)) - A.toarray())
    assert_same(found, 2 * torch.trace(codes.T @ laplacian @ codes), net)


def test_penalty_is_half_the_squared_weights_without_biases(net):
    expected = 0.5 * sum(w.square().sum() for w in (net.inputs, net.encoder[0].weight, net.decoder[0].weight, net.outputs.weight))
    assert_same(weight_penalty(net.weights()), expected, net)
