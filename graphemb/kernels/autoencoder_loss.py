"""The terms of SDNE's loss: rebuilt rows, close codes of neighbours, small weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional as F

from graphemb.kernels.autoencoder import CENTRE, Layer
from graphemb.kernels.sparse_batch import SparseBatch


class _SquaredError(torch.autograd.Function):
    """sum of (B (sigmoid(Z) - X))^2, where X = 0 and B = 1 but for the entries (rows, columns) = values, where B = beta.

    Forward and backward work in place on one more block of the size of Z; neither X nor B is formed.
    """

    @staticmethod
    def forward(ctx: Any, Z: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, beta: float) -> torch.Tensor:
        rebuilt = torch.sigmoid(Z)
        error = rebuilt.clone()
        error[rows, columns] = beta * (rebuilt[rows, columns] - values)
        loss = error.square().sum()
        error[rows, columns] *= beta
        gradient = error.mul_(rebuilt).mul_(rebuilt.neg_().add_(1)).mul_(2)  # sigmoid' = s (1 - s)
        ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[0], None, None, None, None


class _EntryScores(torch.autograd.Function):
    """h_i . w_j at the entries (i, j) of a batch, for states h (b, width) and weights w (n, width).

    They are the gradient of sum_ij v_ij h_i . w_j with respect to v, which torch computes entry by entry; the other two gradients are
    sparse products. Nothing of the size of entries x width is formed.
    """

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, weight: torch.Tensor, batch: SparseBatch) -> torch.Tensor:
        ctx.save_for_backward(states, weight)
        ctx.batch = batch
        with torch.enable_grad():
            values = torch.zeros_like(batch.values, requires_grad=True)
            (scores,) = torch.autograd.grad(replace(batch, values=values).times(weight.detach()), values, states.detach())
        return scores

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        states, weight = ctx.saved_tensors
        entries = replace(ctx.batch, values=upstream[0])
        return entries.times(weight), entries.transposed(len(weight)).times(states), None


_entry_scores: Callable[..., torch.Tensor] = _EntryScores.apply
_squared_error: Callable[..., torch.Tensor] = _SquaredError.apply


def rebuilding_error(states: torch.Tensor, outputs: Layer, batch: SparseBatch, beta: float) -> torch.Tensor:
    """||(Xhat - X) * B||_F^2 over the rows of a batch, with Xhat = sigmoid(outputs(states)), B = beta at entries and 1 elsewhere.

    All n columns count, also that of the row itself, where X is 0 unless the node has a loop. Memory: blocks of b x n.
    """
    return _squared_error(outputs.linear(states), batch.rows, batch.columns, batch.values, beta)


def sampled_rebuilding_error(states: torch.Tensor, outputs: Layer, batch: SparseBatch, beta: float, columns: torch.Tensor) -> torch.Tensor:
    """An estimate of :func:`rebuilding_error`, unbiased in value and gradient, from the entries and a few ``columns``.

    Every entry counts in full. The columns, s different ones drawn uniformly for the whole batch, stand for the zeros: each of n
    columns is among them with probability s / n, so a zero that is hit counts n / s times, whatever the row's degree,
    and an entry that is hit does not count again. Memory: blocks of b x s.
    """
    n, s = len(outputs.weight), len(columns)
    place = torch.full((n,), -1, device=columns.device)
    place[columns] = torch.arange(s, device=columns.device)
    hit = place[batch.columns] >= 0
    few = Layer(F.embedding(columns, outputs.weight), outputs.bias[columns])
    # beta = 0 takes the entries among the drawn columns out of the sum
    zeros = _squared_error(few.linear(states), batch.rows[hit], place[batch.columns[hit]], batch.values[hit], 0.0)
    at_entries = _entry_scores(states - CENTRE, outputs.weight, batch) + outputs.bias[batch.columns]
    return zeros * (n / s) + beta**2 * (torch.sigmoid(at_entries) - batch.values).square().sum()


def neighbour_distance(codes: torch.Tensor, left: torch.Tensor, right: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """sum over edges of a_ij ||y_i - y_j||^2, where edge k joins the codes in rows ``left[k]`` and ``right[k]``."""
    return weights @ (codes[left] - codes[right]).square().sum(1)


def weight_penalty(weights: Iterable[torch.Tensor]) -> torch.Tensor:
    """1/2 sum over layers of ||W||_F^2; biases are free."""
    return 0.5 * torch.stack([w.flatten() @ w.flatten() for w in weights]).sum()
