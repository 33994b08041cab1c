"""The autoencoder: the sparse network is the dense one, and what it stores scores as it does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.special import expit

from graphemb.kernels.autoencoder import Autoencoder, Layer
from graphemb.kernels.sparse_batch import SparseBatch

N = 7


def rows() -> sparse.csr_array:
    dense = np.random.default_rng(0).random((N, N))
    dense[dense < 0.6] = 0
    dense[3] = 0
    return sparse.csr_array(dense)


def network(*widths: int, **settings: float) -> Autoencoder:
    return Autoencoder(N, widths, np.random.default_rng(1), dtype=torch.float64, **settings)


def plain(layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    W = layer.weight.detach().numpy()
    return W, layer.bias.detach().numpy() - 0.5 * W.sum(axis=1)


def test_batch_holds_the_entries_of_its_rows_in_order():
    X, nodes = rows(), np.array([5, 3, 0])
    batch = SparseBatch.take(X, nodes, dtype=torch.float64)
    dense = np.zeros((3, N))
    dense[batch.rows, batch.columns] = batch.values
    np.testing.assert_array_equal(dense, X.toarray()[nodes])
    assert len(batch) == 3 and batch.filled().flatten().tolist() == [1, 0, 1]


def test_batch_times_a_matrix_is_the_dense_product():
    W = torch.from_numpy(np.random.default_rng(2).random((N, 4))).requires_grad_()
    batch = SparseBatch.take(rows(), np.arange(N), dtype=torch.float64)
    X = torch.from_numpy(rows().toarray())
    torch.testing.assert_close(batch.times(W), X @ W)
    (found,) = torch.autograd.grad(batch.times(W).square().sum(), W)
    (expected,) = torch.autograd.grad((X @ W).square().sum(), W)
    torch.testing.assert_close(found, expected)


def test_transposed_batch():
    batch = SparseBatch.take(rows(), np.array([2, 6, 3, 0]), dtype=torch.float64)
    V = torch.from_numpy(np.random.default_rng(3).random((4, 2)))
    X = torch.from_numpy(rows().toarray()[[2, 6, 3, 0]])
    torch.testing.assert_close(batch.transposed(N).times(V), X.T @ V)


def test_batch_without_entries():
    batch = SparseBatch.take(sparse.csr_array((3, 3)), np.arange(3))
    assert not batch.times(torch.ones(3, 2)).any() and not batch.filled().any()


@pytest.mark.parametrize("widths", [(3,), (5, 3), (6, 4, 2)])
def test_network_is_plain_sigmoid_layers(widths):
    net, X = network(*widths), rows().toarray()
    y = expit(X @ net.inputs.detach().numpy() + net.inputs_bias.detach().numpy())
    for layer in net.encoder:
        W, b = plain(layer)
        y = expit(y @ W.T + b)
    y[3] = 0  # the empty row
    batch = SparseBatch.take(rows(), np.arange(N), dtype=torch.float64)
    codes = net.encode(batch)
    np.testing.assert_allclose(codes.detach().numpy(), y, atol=1e-12)
    np.testing.assert_allclose(net.codes(rows()), y, atol=1e-6)
    for layer in (*net.decoder, net.outputs):
        W, b = plain(layer)
        y = expit(y @ W.T + b)
    rebuilt = torch.sigmoid(net.outputs.linear(net.states(codes)))
    np.testing.assert_allclose(rebuilt.detach().numpy(), y, atol=1e-12)


def test_stored_decoder_is_the_plain_network():
    net = network(5, 3, start=-2.0)
    arrays = net.decoder_arrays()
    assert {k: a.shape for k, a in arrays.items()} == {
        "decoder.0.weight": (5, 3),
        "decoder.0.bias": (5,),
        "decoder.1.weight": (N, 5),
        "decoder.1.bias": (N,),
    }
    assert all(a.dtype == np.float32 for a in arrays.values())
    y = np.random.default_rng(0).random((4, 3))
    stored = expit(
        expit(y @ arrays["decoder.0.weight"].T + arrays["decoder.0.bias"]) @ arrays["decoder.1.weight"].T + arrays["decoder.1.bias"]
    )
    ours = torch.sigmoid(net.outputs.linear(net.states(torch.from_numpy(y))))
    np.testing.assert_allclose(stored, ours.detach().numpy(), atol=1e-6)


def test_parameters_are_all_there_and_weights_are_the_matrices():
    net = network(6, 4, 2)
    assert [tuple(w.shape) for w in net.weights()] == [(N, 6), (4, 6), (2, 4), (4, 2), (6, 4), (N, 6)]
    assert len(net.parameters()) == 12 and all(p.requires_grad and p.is_leaf for p in net.parameters())


def test_outputs_start_where_they_are_told():
    net = network(5, 3, start=-2.0)
    assert net.outputs.bias.detach().numpy() == pytest.approx(-2.0)
    assert not net.inputs_bias.detach().any()
