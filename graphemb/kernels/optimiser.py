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
                torch.optim.Adagrad(dense, eps=1e-10, fused=fused) if name == "adagrad" else torch.optim.Adam(dense, fused=fused)
            )
        if sparse:
            self._parts.append(torch.optim.Adagrad(sparse, eps=1e-10) if name == "adagrad" else torch.optim.SparseAdam(sparse))

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
                    state["step"] = int(steps) if isinstance(part, torch.optim.SparseAdam) else torch.tensor(steps)
                    part.state[parameter] = state
