"""The contrast: its closed form, blocks against the dense formula, sampled anchors against all."""

from __future__ import annotations

import math

import pytest
import torch

from graphemb.kernels import contrast as kernel
from graphemb.kernels.contrast import contrast, unit_rows


def dense(first: torch.Tensor, second: torch.Tensor, tau: float) -> torch.Tensor:
    """The formula as printed, a term of the mean for each node."""
    a, b = (x / x.norm(dim=1, keepdim=True).clamp_min(1e-300) for x in (first, second))
    own, other = torch.exp(a @ a.T / tau), torch.exp(a @ b.T / tau)
    return -torch.log(other.diagonal() / (own.sum(dim=1) + other.sum(dim=1) - own.diagonal()))


def value(x: torch.Tensor) -> float:
    return x.item()


def vectors(n: int = 12, d: int = 5) -> list[torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    return [torch.randn(n, d, generator=draws, dtype=torch.float64).requires_grad_() for _ in range(2)]


@pytest.mark.parametrize("tau", [0.6, 0.05])
@pytest.mark.parametrize("n", [2, 7])
def test_orthogonal_vectors_have_a_closed_form(n, tau):
    z = torch.eye(n, dtype=torch.float64)
    assert value(contrast(z, z, tau)) == pytest.approx(math.log(2 * (n - 1) + math.exp(1 / tau)) - 1 / tau, abs=1e-12)


@pytest.mark.parametrize("block", [1, 60, 10**6])
def test_blocks_equal_the_dense_formula_and_its_gradient(monkeypatch, block):
    monkeypatch.setattr(kernel, "BLOCK", block)
    first, second = vectors()
    ours = torch.autograd.grad(3 * contrast(first, second, 0.4), [first, second])
    theirs = torch.autograd.grad(3 * dense(first, second, 0.4).mean(), [first, second])
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-10, atol=1e-12)
    assert value(contrast(first, second, 0.4)) == pytest.approx(value(dense(first, second, 0.4).mean()), rel=1e-12)


def test_the_gradient_is_that_of_differences():
    first, second = vectors(6, 3)
    anchors = torch.tensor([4, 0, 0])
    assert torch.autograd.gradcheck(lambda a, b: contrast(a, b, 0.5, anchors), (first, second))


def test_anchors_average_to_the_mean_over_all():
    first, second = vectors()
    terms = dense(first, second, 0.3).detach()
    for anchors in ([3], [0, 5, 5], list(range(12))):
        assert value(contrast(first, second, 0.3, torch.tensor(anchors))) == pytest.approx(float(terms[anchors].mean()), rel=1e-12)
    draws = torch.Generator().manual_seed(1)
    means = [value(contrast(first, second, 0.3, torch.randperm(12, generator=draws)[:4])) for _ in range(2_000)]
    error = float(terms.std()) / math.sqrt(4 * len(means))
    assert sum(means) / len(means) == pytest.approx(float(terms.mean()), abs=4 * error)


def test_rows_of_zeros_and_small_temperatures_stay_finite():
    first, second = (x.detach().float() for x in vectors())
    first[0] = second[0] = second[1] = 0
    for x in (first, second):
        x.requires_grad_()
    loss = contrast(first, second, 0.005)
    gradients = torch.autograd.grad(loss, [first, second])
    assert math.isfinite(loss.item()) and all(bool(torch.isfinite(g).all()) for g in gradients)
    assert unit_rows(second)[0].tolist() == [0] * 5


def test_without_gradients_it_computes_none():
    first, second = vectors()
    with torch.no_grad():
        assert not contrast(first, second, 0.5).requires_grad
