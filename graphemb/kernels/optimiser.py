"""Adagrad and Adam on named parameters, row by row where gradients are sparse, with a state that can be written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from graphemb.errors import UnknownNameError
from graphemb.kernels.adam import learning_rate

OPTIMISERS = ("adagrad", "adam")
MOMENTS = ("sum", "exp_avg", "exp_avg_sq")
"""What they remember of gradients, as torch names it."""
ADAGRAD_EPS, ADAM_EPS, BETAS = 1e-10, 1e-8, (0.9, 0.999)
SCHEDULES = ("constant", "linear", "cosine")


def scheduled(schedule: str, lr: float, step: int, steps: int) -> float:
    """The learning rate of a step: "constant"; "linear", down to 0; "cosine", up over a twentieth of the steps, then down to 0.

    >>> scheduled("linear", 1.0, 1, 4)
    0.75
    """
    if schedule not in SCHEDULES:
        raise UnknownNameError("schedule", schedule, SCHEDULES, remedy="known: " + ", ".join(SCHEDULES))
    if schedule == "cosine":
        return learning_rate(lr, step, steps)
    return lr if schedule == "constant" else lr * (1 - step / steps)


class ByRows(torch.optim.Optimizer):
    """Adagrad or lazy Adam for sparse gradients that hold every row at most once: torch's own sort the rows at every step.

    >>> table = torch.nn.Parameter(torch.ones(3, 2))
    >>> torch.nn.functional.embedding(torch.tensor([2]), table, sparse=True).sum().backward()
    >>> ByRows([{"params": [table], "lr": 0.5}]).step()
    >>> table.tolist()
    [[1.0, 1.0], [1.0, 1.0], [0.5, 0.5]]
    """

    def __init__(self, groups: list[dict[str, Any]], *, adam: bool = False):
        super().__init__(groups, {"lr": 1e-3})
        self._adam = adam

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """See :class:`torch.optim.Optimizer`."""
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    rows, values = table.grad._indices()[0], table.grad._values()
                    table.index_add_(0, rows, self._direction(table, rows, values), alpha=-group["lr"])

    def _direction(self, table: torch.Tensor, rows: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        state = self.state[table]
        if not state:
            state["step"] = torch.tensor(0.0)
            state.update({word: torch.zeros_like(table) for word in (MOMENTS[1:] if self._adam else MOMENTS[:1])})
        state["step"] += 1
        if not self._adam:
            return values / _moved(state["sum"], rows, 1.0, values.square(), 1.0).sqrt_().add_(ADAGRAD_EPS)
        first, second = (1 - beta ** float(state["step"]) for beta in BETAS)
        mean = _moved(state["exp_avg"], rows, BETAS[0], values, 1 - BETAS[0]) / first
        return mean / (_moved(state["exp_avg_sq"], rows, BETAS[1], values.square(), 1 - BETAS[1]) / second).sqrt_().add_(ADAM_EPS)


def _moved(table: torch.Tensor, rows: torch.Tensor, kept: float, values: torch.Tensor, share: float) -> torch.Tensor:
    """Rows of a table after they became ``kept`` of themselves and ``share`` of other values."""
    new = table[rows].mul_(kept).add_(values, alpha=share)
    table.index_copy_(0, rows, new)
    return new


class Optimiser:
    """Steps of "adagrad" or "adam".

    Parameters
    ----------
    named : parameters by name
    by_rows : names of those whose gradients are sparse: only rows in the gradient are touched, so that a step does not cost all of them.
        Adam's moments of the other rows then wait ("lazy Adam")
    rates : factors of the learning rate, by the beginning of a parameter's name

    Memory: as much as the parameters, twice as much for Adam.

    >>> weights = torch.nn.Parameter(torch.ones(2))
    >>> weights.grad, optimiser = torch.tensor([3.0, 0.0]), Optimiser("adagrad", {"w": weights})
    >>> optimiser.step(0.1)
    >>> weights.tolist(), optimiser.state()[0]["w.sum"].tolist()
    ([0.8999999761581421, 1.0], [9.0, 0.0])
    """

    def __init__(
        self,
        name: str,
        named: Mapping[str, torch.nn.Parameter],
        *,
        by_rows: frozenset[str] = frozenset(),
        rates: Mapping[str, float] | None = None,
    ):
        if name not in OPTIMISERS:
            raise UnknownNameError("optimiser", name, OPTIMISERS, remedy="known: " + ", ".join(OPTIMISERS))
        self.named, self._rates = dict(named), dict(rates or {})
        dense = [self._group(key) for key in self.named if key not in by_rows]
        sparse = [self._group(key) for key in self.named if key in by_rows]
        fused = all(p.device.type == "cpu" for p in self.named.values()) or name == "adam"
        self._parts: list[torch.optim.Optimizer] = []
        if dense:
            self._parts.append(
                torch.optim.Adagrad(dense, eps=ADAGRAD_EPS, fused=fused) if name == "adagrad" else torch.optim.Adam(dense, fused=fused)
            )
        if sparse:
            self._parts.append(ByRows(sparse, adam=name == "adam"))

    def _group(self, key: str) -> dict[str, Any]:
        factor = next((factor for beginning, factor in self._rates.items() if key.startswith(beginning)), 1.0)
        return {"params": [self.named[key]], "name": key, "factor": factor}

    def zero(self) -> None:
        """Forget all gradients."""
        for part in self._parts:
            part.zero_grad()

    def step(self, rate: float) -> None:
        """One step along the gradients that lie with the parameters."""
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate * group["factor"]
            part.step()

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays (NAME.sum, NAME.exp_avg, ...) and the number of steps of each parameter, from which ``restore`` goes on."""
        arrays: dict[str, np.ndarray] = {}
        steps: dict[str, float] = {}
        for part in self._parts:
            for group in part.param_groups:
                if state := part.state.get(group["params"][0]):
                    arrays |= {f"{group['name']}.{word}": state[word].cpu().numpy() for word in MOMENTS if word in state}
                    steps[group["name"]] = float(state["step"])
        return arrays, {"steps": steps}

    def restore(self, arrays: Mapping[str, np.ndarray], values: Mapping[str, Any]) -> None:
        """Take up what :meth:`state` wrote down; the parameters themselves are the caller's."""
        for part in self._parts:
            for group in part.param_groups:
                key, parameter = group["name"], group["params"][0]
                if key in values["steps"]:
                    steps = values["steps"][key]
                    there = {word: arrays[f"{key}.{word}"] for word in MOMENTS if f"{key}.{word}" in arrays}
                    state: dict[str, Any] = {word: torch.from_numpy(moment.copy()).to(parameter) for word, moment in there.items()}
                    on = parameter.device if isinstance(part, torch.optim.Adam) else "cpu"  # where torch keeps it
                    state["step"] = torch.tensor(steps, device=on)
                    part.state[parameter] = state
