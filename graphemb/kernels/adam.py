"""What trainers share of Adam: its state as arrays, and the learning rate of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""
MOMENTS = ("exp_avg", "exp_avg_sq")


def learning_rate(peak: float, step: int, steps: int) -> float:
    """The rate of a step: up in a straight line over the first twentieth, then down along half a cosine to 0.

    >>> [round(learning_rate(1.0, step, 100), 3) for step in (0, 4, 50, 99)]
    [0.2, 0.996, 0.5, 0.0]
    """
    done = step / steps
    rise = min(1.0, (step + 1) / (WARM_UP * steps))
    return float(peak * rise * 0.5 * (1 + np.cos(np.pi * done)))


def adam_state(adam: torch.optim.Adam, named: Mapping[str, torch.Tensor]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Both moments of each named parameter (``NAME.exp_avg``, ``NAME.exp_avg_sq``), and how many steps were made.

    >>> adam_state(torch.optim.Adam([torch.zeros(1)]), {})
    ({}, {'steps': 0})
    """
    arrays, steps = {}, 0
    for name, parameter in named.items():
        state = adam.state[parameter]
        arrays.update({f"{name}.{moment}": state[moment].cpu().numpy() for moment in MOMENTS})
        steps = int(state["step"])
    return arrays, {"steps": steps}


def restore_adam(
    adam: torch.optim.Adam, named: Mapping[str, torch.Tensor], arrays: Mapping[str, np.ndarray], values: Mapping[str, Any]
) -> None:
    """Take up what :func:`adam_state` wrote down; the parameters themselves are the caller's."""
    for name, parameter in named.items():
        moments = {moment: torch.from_numpy(arrays[f"{name}.{moment}"]).to(parameter) for moment in MOMENTS}
        adam.state[parameter] = {"step": torch.tensor(float(values["steps"]), device=parameter.device), **moments}
