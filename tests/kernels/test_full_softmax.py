"""The log-sum-exp over all rows equals a dense one, with all gradients, in every precision, block size and with a column term."""

from __future__ import annotations

import pytest
import torch

from graphemb.errors import UnknownNameError
from graphemb.kernels.full_softmax import COARSE, FullSoftmax, low_precision

B, N, D = 7, 23, 6


class Case:
    """Rows of one scale, and the dense value and gradients in float64."""

    def __init__(self, scale: float = 1.0, column: float | None = None, raised: bool = False):
        random = torch.Generator().manual_seed(0)
        draw = lambda *shape: torch.randn(*shape, generator=random, dtype=torch.float64)  # noqa: E731
        self.X, self.Y, self.weights = scale * draw(B, D), draw(N, D), torch.rand(B, generator=random, dtype=torch.float64)
        self.c = None if column is None else column * draw(N)
        self.raised = (torch.tensor([0, 2, 2, 6]), torch.tensor([1, 0, 22, 5]), draw(4)) if raised else None
        leaves = [x.clone().requires_grad_() for x in (self.X, self.Y, torch.zeros(N, dtype=torch.float64) if self.c is None else self.c)]
        scores = leaves[0] @ leaves[1].T + leaves[2]
        if self.raised is not None:
            scores = scores.index_put(self.raised[:2], self.raised[2], accumulate=True)
        value = self.weights @ torch.logsumexp(scores, dim=1)
        self.value, self.gradients = value.item(), torch.autograd.grad(value, leaves)
        self.about = scores.detach().amax(dim=1) - 1

    def compute(self, softmax: FullSoftmax, dtype: torch.dtype, *, about: bool = False):
        X, Y, weights = (x.to(dtype) for x in (self.X, self.Y, self.weights))
        c = None if self.c is None else self.c.to(dtype)
        dY, dc = torch.zeros_like(Y), torch.zeros(N, dtype=dtype)
        raised = None if self.raised is None else (*self.raised[:2], self.raised[2].to(dtype))
        extras = {"column": c, "into_column": None if c is None else dc, "about": self.about.to(dtype) if about else None, "raised": raised}
        value, dX = softmax(X, Y, weights, into=dY, **extras)
        return value, dX, dY, dc

    def agrees(self, found, close: float) -> None:
        value, *gradients = found
        assert value == pytest.approx(self.value, rel=close)
        for ours, expected in zip(gradients[: 2 if self.c is None else 3], self.gradients, strict=False):
            torch.testing.assert_close(ours.double(), expected, atol=close * float(expected.abs().max()), rtol=0)


@pytest.mark.parametrize("scale", [1.0, 200.0])
@pytest.mark.parametrize("column", [None, 1.0, 50.0])
@pytest.mark.parametrize("block", [1, 3 * N * 8, 2**20])
def test_it_equals_the_dense_one_in_float64(scale, column, block):
    case = Case(scale, column)
    case.agrees(case.compute(FullSoftmax(block_bytes=block), torch.float64), 1e-10)


@pytest.mark.parametrize("block", [1, 3 * N * 8, 2**20])
def test_single_scores_can_be_raised(block):
    case = Case(2.0, 1.0, raised=True)
    case.agrees(case.compute(FullSoftmax(block_bytes=block), torch.float64), 1e-10)
    case.agrees(case.compute(FullSoftmax(precision="bfloat16", block_bytes=block), torch.float32), 0.02)


@pytest.mark.parametrize(("scale", "column"), [(1.0, None), (1.0, 3.0), (8.0, None), (8.0, 30.0), (100.0, 3.0)])
@pytest.mark.parametrize("about", [False, True])
def test_in_low_precision_it_is_near(scale, column, about):
    case = Case(scale, column)
    case.agrees(case.compute(FullSoftmax(precision="float32"), torch.float32, about=about), 1e-4)
    case.agrees(case.compute(FullSoftmax(precision="bfloat16"), torch.float32, about=about), 0.03 if scale < 8 else 0.1)


def test_scores_that_bfloat16_would_coarsen_are_computed_in_float32():
    case = Case(100.0)
    assert float(case.X.norm(dim=1).max() * case.Y.norm(dim=1).max()) > COARSE
    case.agrees(case.compute(FullSoftmax(precision="bfloat16"), torch.float32), 1e-4)


def test_what_a_row_reaches_keeps_the_scores_that_matter_apart():
    """Two scores of 100 and 100.25, which are neighbours in bfloat16, of a row of which it is told how high it reaches."""
    X, Y = torch.tensor([[10.0, 1.0]]), torch.tensor([[10.0, 0.0], [10.0, 0.25], [-10.0, 0.0]])
    answers = []
    for about in (None, torch.tensor([100.0])):
        softmax = FullSoftmax(precision="bfloat16")
        answers.append(softmax(X, Y, torch.ones(1), into=torch.zeros_like(Y), about=about)[1][0, 1].item())
    expected = 0.25 * torch.sigmoid(torch.tensor(0.25)).item()
    assert abs(answers[1] - expected) < 1e-3 < abs(answers[0] - expected)


def test_buffers_serve_calls_of_other_sizes():
    softmax = FullSoftmax(precision="bfloat16")
    for case in (Case(1.0, 1.0), Case(2.0), Case(1.0, 2.0)):
        case.agrees(case.compute(softmax, torch.float32), 0.03)
    X = torch.ones(2, 3)
    value, dX = softmax(X, torch.zeros(5, 3), torch.ones(2), into=torch.zeros(5, 3))
    assert value == pytest.approx(2 * torch.log(torch.tensor(5.0)).item(), rel=0.01) and not dX.any()


def test_one_column_is_certain():
    dY = torch.zeros(1, 2)
    value, dX = FullSoftmax(precision="float32")(torch.ones(1, 2), torch.ones(1, 2), torch.ones(1), into=dY)
    assert value == pytest.approx(2.0) and dX.tolist() == [[1.0, 1.0]] and dY.tolist() == [[1.0, 1.0]]


def test_unknown_precisions_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'bfloat16'"):
        low_precision(torch.zeros(1), "bfloat")
    assert low_precision(torch.zeros(1), "float32") == torch.float32
