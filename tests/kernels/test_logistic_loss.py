"""The logistic loss by tiles, against autograd on the dense formula."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.kernels import logistic_loss as module
from graphemb.kernels.logistic_loss import LogisticLoss


def dense(A: np.ndarray, own: np.ndarray, U: torch.Tensor, V: torch.Tensor) -> tuple[float, np.ndarray, np.ndarray]:
    """sum log(1 + exp(-y s)) in float64, and what autograd makes of it."""
    left, right = (X.double().requires_grad_() for X in (U, V))
    y = torch.from_numpy(np.where(A != 0, 1.0, -1.0))
    kept = torch.ones(A.shape, dtype=torch.bool)
    rows = np.flatnonzero(own >= 0)
    kept[rows, own[rows]] = False
    loss = torch.nn.functional.softplus(-y * (left @ right.T))[kept].sum()
    loss.backward()
    return loss.item(), left.grad.numpy(), right.grad.numpy()


def problem(seed: int, m: int, n: int, d: int, scale: float) -> tuple[np.ndarray, np.ndarray, torch.Tensor, torch.Tensor]:
    """Edges, self-pairs (no edges), factors."""
    rng = np.random.default_rng(seed)
    A = (rng.random((m, n)) < 0.3).astype(float)
    own = np.where(rng.random(m) < 0.7, rng.permutation(max(m, n))[:m], -1)
    own[own >= n] = -1
    A[own >= 0, own[own >= 0]] = 0
    U, V = (torch.from_numpy(rng.normal(scale=scale, size=(k, d)).astype(np.float32)) for k in (m, n))
    return A, own, U, V


def assert_agrees(found: tuple[float, torch.Tensor, torch.Tensor], expected: tuple[float, np.ndarray, np.ndarray]) -> None:
    assert found[0] == pytest.approx(expected[0], rel=2e-6, abs=1e-12)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-5, atol=3e-6 * max(abs(theirs).max(initial=0), 1e-30))


@settings(max_examples=40, deadline=None)
@given(
    m=st.integers(1, 30),
    n=st.integers(1, 30),
    d=st.integers(1, 5),
    rows=st.integers(1, 35),
    columns=st.integers(1, 35),
    block=st.integers(1, 300),
    scale=st.sampled_from([0.0, 0.1, 1.0, 4.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_loss_and_gradient_equal_autograd_for_any_tiles(m, n, d, rows, columns, block, scale, seed):
    A, own, U, V = problem(seed, m, n, d, scale)
    loss = LogisticLoss(sp.csr_array(A), own, n_jobs=2)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("ROWS", rows), ("COLUMNS", columns), ("BLOCK", block)):
            patch.setattr(module, name, value)
        expected = dense(A, own, U, V)
        assert_agrees(loss(U, V), expected)
        assert_agrees(loss._torch(U, V), expected)  # what a graphics card is given


def test_tiles_of_the_real_size():
    A, own, U, V = problem(0, 300, module.COLUMNS + 50, 8, 1.0)
    assert_agrees(LogisticLoss(sp.csr_array(A), own)(U, V), dense(A, own, U, V))


def test_small_terms_keep_their_digits():
    """A pair that is right by far still pulls, and scores beyond the exponent of float32 do no harm."""
    for score in (-80.0, -20.0, -1.0, 0.0, 1.0, 20.0, 500.0):
        U, V = torch.full((1, 1), score), torch.ones(1, 1)
        none = np.array([-1])
        for edges, sign in (([[0.0]], 1), ([[1.0]], -1)):
            value, left, _ = LogisticLoss(sp.csr_array(np.array(edges)), none)(U, V)
            x = sign * score
            assert value == pytest.approx(np.logaddexp(0, x), rel=1e-6)
            assert left.item() == pytest.approx(sign / (1 + np.exp(-x)), rel=1e-6)


def test_threads_do_not_change_the_result():
    A, own, U, V = problem(1, 400, 400, 6, 1.0)
    one, two = (LogisticLoss(sp.csr_array(A), own, n_jobs=jobs)(U, V) for jobs in (1, 2))
    assert one[0] == two[0]
    assert torch.equal(one[1], two[1]) and torch.equal(one[2], two[2])


def test_gradient_is_the_slope_of_the_loss():
    A, own, U, V = problem(2, 20, 20, 3, 0.5)
    loss = LogisticLoss(sp.csr_array(A), own)
    _, left, right = loss(U, V)
    rng = np.random.default_rng(0)
    du, dv = (torch.from_numpy(rng.normal(size=(20, 3)).astype(np.float32)) for _ in range(2))
    step = 1e-2
    slope = (loss(U + step * du, V + step * dv)[0] - loss(U - step * du, V - step * dv)[0]) / (2 * step)
    assert slope == pytest.approx(float((left * du).sum() + (right * dv).sum()), rel=1e-3)


def test_weights_of_edges_do_not_count():
    A, own, U, V = problem(3, 20, 20, 3, 1.0)
    plain, weighted = (LogisticLoss(sp.csr_array(A * w), own)(U, V) for w in (1.0, -1e6))
    assert plain[0] == weighted[0] and torch.equal(plain[1], weighted[1])
