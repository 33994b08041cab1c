"""Propagation: values and gradients beside the dense operator, every normalisation and read-out, PyG's layer."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.propagation import POWERS, Propagation, layer_weights

Pair = tuple[torch.Tensor, torch.Tensor]
N, M = 9, 7
READ_OUTS = ("mean", "last", (0.5, 0.0, -1.0, 2.0))


@pytest.fixture
def R() -> sp.csr_array:
    """Nine users, seven items; a user and an item have no interactions."""
    dense = (np.random.default_rng(0).random((N, M)) < 0.4).astype(np.float32)
    dense[4], dense[:, 2] = 0, 0
    return sp.csr_array(dense)


@pytest.fixture
def start() -> Pair:
    """Float64 layer 0, which asks for gradients."""
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.normal(size=(N, 3))).requires_grad_(), torch.from_numpy(rng.normal(size=(M, 3))).requires_grad_()


def dense_operator(R: sp.csr_array, normalisation: str) -> torch.Tensor:
    """S as written in the docstring, as a block matrix."""
    A = torch.zeros(N + M, N + M, dtype=torch.float64)
    A[:N, N:] = torch.from_numpy(R.toarray())
    A[N:, :N] = torch.from_numpy(R.toarray().T)
    p, q = POWERS[normalisation]
    degrees = A.sum(dim=1)
    left, right = (torch.where(degrees > 0, degrees**-power, 0) for power in (p, q))
    return left[:, None] * A * right


def by_loop(S: torch.Tensor, E: torch.Tensor, alpha: list[float]) -> torch.Tensor:
    total, layer = alpha[0] * E, E
    for a in alpha[1:]:
        layer = S @ layer
        total = total + a * layer
    return total


@pytest.mark.parametrize("alpha", READ_OUTS)
@pytest.mark.parametrize("normalisation", POWERS)
def test_values_and_gradients_are_those_of_the_dense_operator(R: sp.csr_array, start: Pair, normalisation: str, alpha: object) -> None:
    ours = torch.cat(Propagation(R, layers=3, alpha=alpha, normalisation=normalisation)(*start))  # type: ignore[arg-type]
    theirs = by_loop(dense_operator(R, normalisation), torch.cat(start), layer_weights(3, alpha))  # type: ignore[arg-type]
    torch.testing.assert_close(ours, theirs, atol=1e-8, rtol=0)
    weights = torch.from_numpy(np.random.default_rng(2).normal(size=ours.shape))
    gradients = [torch.autograd.grad((Z**2 * weights).sum(), start) for Z in (ours, theirs)]
    for mine, dense in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, dense, atol=1e-8, rtol=0)


@pytest.mark.parametrize("normalisation", ["symmetric", "left", "l1-right"])
def test_gradcheck(R: sp.csr_array, start: Pair, normalisation: str) -> None:
    operator = Propagation(R, layers=2, normalisation=normalisation)
    assert torch.autograd.gradcheck(operator, start)
    assert torch.autograd.gradgradcheck(operator, start)


def test_one_side_alone_may_have_a_gradient(R: sp.csr_array, start: Pair) -> None:
    users, _ = Propagation(R)(*start)
    (gradient,) = torch.autograd.grad(users.sum(), start[1])
    assert gradient.shape == (M, 3)


def test_rows_without_interactions_are_zero_beyond_layer_0(R: sp.csr_array, start: Pair) -> None:
    users, items = Propagation(R, layers=2, alpha="last")(*start)
    assert not users[4].any() and not items[2].any()
    users, items = Propagation(R, layers=1)(*start)
    torch.testing.assert_close(users[4], start[0][4] / 2)
    torch.testing.assert_close(items[2], start[1][2] / 2)


def test_layers_one_by_one_sum_to_the_read_out(R: sp.csr_array, start: Pair) -> None:
    operator = Propagation(R, layers=3, normalisation="l1-left")
    layers = operator.layers_of(*start)
    assert len(layers) == 4 and layers[0][0] is start[0]
    users, items = operator(*start)
    torch.testing.assert_close(sum(u for u, _ in layers) / 4, users)
    torch.testing.assert_close(sum(i for _, i in layers) / 4, items)


def test_no_layer_is_layer_0(R: sp.csr_array, start: Pair) -> None:
    users, items = Propagation(R, layers=0)(*start)
    assert torch.equal(users, start[0]) and torch.equal(items, start[1])


def test_single_precision_and_threads(R: sp.csr_array, start: Pair) -> None:
    single = [E.detach().float() for E in start]
    one, two = Propagation(R, n_jobs=1)(*single), Propagation(R, n_jobs=2)(*single)
    assert one[0].dtype == torch.float32
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    torch.testing.assert_close(one[0].double(), Propagation(R)(*start)[0].detach(), atol=1e-6, rtol=0)


def test_a_layer_is_that_of_torch_geometric(R: sp.csr_array, start: Pair) -> None:
    from torch_geometric.nn import LGConv

    u, i = R.nonzero()
    edges = torch.from_numpy(np.concatenate([np.stack([u, i + N]), np.stack([i + N, u])], axis=1)).long()
    theirs = LGConv()(torch.cat(start), edges)
    torch.testing.assert_close(torch.cat(Propagation(R).step(*start)), theirs, atol=1e-12, rtol=0)


def test_the_whole_is_the_embedding_of_torch_geometrics_lightgcn(R: sp.csr_array, start: Pair) -> None:
    from torch_geometric.nn.models import LightGCN

    u, i = R.nonzero()
    edges = torch.from_numpy(np.concatenate([np.stack([u, i + N]), np.stack([i + N, u])], axis=1)).long()
    model = LightGCN(N + M, embedding_dim=3, num_layers=3).double()
    with torch.no_grad():
        model.embedding.weight.copy_(torch.cat(start))
    torch.testing.assert_close(torch.cat(Propagation(R)(*start)), model.get_embedding(edges), atol=1e-12, rtol=0)


def test_what_cannot_be_is_refused(R: sp.csr_array) -> None:
    with pytest.raises(ParameterError, match="4 finite numbers for 3 layers"):
        Propagation(R, alpha=(1, 2))
    with pytest.raises(ParameterError, match="layers must be a whole number of at least 0"):
        Propagation(R, layers=-1)
    with pytest.raises(UnknownNameError, match="did you mean 'mean'"):
        Propagation(R, alpha="maen")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="did you mean 'symmetric'"):
        Propagation(R, normalisation="symetric")
