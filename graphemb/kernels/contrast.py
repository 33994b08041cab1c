"""MMHCL's contrast: every node against all others, its own second-order vector the right answer; blocks of anchors at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import once_differentiable

BLOCK = 4_000_000
"""Similarities held at once: 16 MB in float32."""


def unit_rows(x: torch.Tensor) -> torch.Tensor:
    """Rows divided by their length; a row of zeros stays one.

    >>> unit_rows(torch.tensor([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    return x / torch.where(lengths > 0, lengths, 1)


def contrast(first: torch.Tensor, second: torch.Tensor, tau: float, anchors: torch.Tensor | None = None) -> torch.Tensor:
    """C = mean_j -log( e^{c12_jj/tau} / (sum_{l != j} e^{c11_jl/tau} + sum_l e^{c12_jl/tau}) ), c the cosine, j the anchors.

    c11 compares rows of ``first`` (n, d) with one another, c12 with those of ``second`` (n, d). ``anchors`` are rows, each node as
    likely as any other: their mean estimates the mean over all (None) without bias, for every anchor meets all n nodes.
    Between 0 and log(2n - 1) + 2/tau. Work 12 s n d operations for s anchors, gradients included: these are made block by block
    on the way forward, so that 2 s n similarities are neither kept nor made twice. Memory: a block of them and O(n d).
    The gradient itself has no gradient.

    >>> z = torch.eye(4)
    >>> round(float(contrast(z, z, 0.5)), 4)  # log(2 (4 - 1) + e^2) - 2
    0.5944
    """
    a, b = unit_rows(first), unit_rows(second)
    if anchors is None:
        anchors = torch.arange(len(a), device=a.device)
    chosen = a[anchors]
    matches = (chosen * b[anchors]).sum(dim=1) / tau
    spread: torch.Tensor = _MeanLogSum.apply(chosen, torch.cat([a, b]), anchors, tau)  # type: ignore[no-untyped-call]
    return spread - matches.mean()


class _MeanLogSum(torch.autograd.Function):
    """mean_j log sum_l e^{q_j . k_l / tau} over queries (s, d) and keys (m, d), the key ``left_out[j]`` of each query left out."""

    @staticmethod
    def forward(ctx: Any, queries: torch.Tensor, keys: torch.Tensor, left_out: torch.Tensor, tau: float) -> torch.Tensor:
        total = queries.new_zeros(())
        wanted = any(ctx.needs_input_grad)
        to_queries, to_keys = (torch.zeros_like(x) if wanted else None for x in (queries, keys))
        size = max(1, BLOCK // len(keys))
        for start in range(0, len(queries), size):
            part = slice(start, start + size)
            shares = queries[part] @ keys.T
            shares.div_(tau)[torch.arange(len(shares), device=shares.device), left_out[part]] = -torch.inf
            highest = shares.max(dim=1, keepdim=True).values
            sums = shares.sub_(highest).exp_().sum(dim=1, keepdim=True)
            total += (sums.log() + highest).sum()
            if to_queries is not None and to_keys is not None:
                shares.div_(sums)
                to_queries[part] = shares @ keys
                to_keys.addmm_(shares.T, queries[part])
        if to_queries is not None and to_keys is not None:
            ctx.save_for_backward(to_queries, to_keys)
            ctx.scale = 1 / (tau * len(queries))
        return total / len(queries)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None, None]:
        to_queries, to_keys = ctx.saved_tensors
        scale = gradients[0] * ctx.scale
        return to_queries * scale, to_keys * scale, None, None
