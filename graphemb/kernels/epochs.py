"""The loop of a long fit: an epoch at a time, watched, saved, resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from graphemb.errors import TrainingError
from graphemb.kernels.checkpoint import load_checkpoint, save_checkpoint
from graphemb.kernels.progress import progress_bar

Advance = Callable[..., None]
"""``advance(amount, note=None)`` of a progress bar."""

Callback = Callable[[int, int, float | None], Any]
"""``callback(epoch, epochs, loss)`` after each epoch; returning True stops the fit."""


class Trainer(Protocol):
    """What is trained by :func:`run_epochs`: one epoch at a time, with a state that can be written down."""

    def epoch(self, number: int, advance: Advance) -> float:
        """Train one epoch (counted from 0), tell ``advance`` of the work done, return the loss."""
        ...

    def done(self) -> bool:
        """Whether nothing is left to learn, so that later epochs are not needed."""
        ...

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and JSON values from which ``restore`` goes on as if nothing had happened."""
        ...

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up a state that was written down."""
        ...


@dataclass
class History:
    """How the epochs went."""

    losses: list[float] = field(default_factory=list)
    resumed_after: int = 0
    stopped: bool = False
    """A callback ended the fit before it was complete."""

    def notes(self, device: str) -> dict[str, Any]:
        """What ``meta`` tells of the epochs, and whether they would go the same way again on that device.

        >>> History([0.5]).notes("cpu")
        {'losses': [0.5], 'device': 'cpu', 'reproducible': True}
        """
        notes: dict[str, Any] = {
            "losses": [float(f"{loss:.7g}") for loss in self.losses],
            "device": device,
            "reproducible": device == "cpu",
        }
        if device != "cpu":
            notes["why_not_reproducible"] = "a graphics card adds in no fixed order; device='cpu' repeats exactly"
        if self.stopped:
            notes["stopped_after"] = len(self.losses)
        return notes


def run_epochs(
    trainer: Trainer,
    epochs: int,
    *,
    title: str,
    remedy: str,
    work: int = 1,
    run: dict[str, Any] | None = None,
    progress: bool = False,
    callback: Callback | None = None,
    checkpoint: str | PathLike[str] | None = None,
) -> History:
    """Train up to ``epochs`` epochs, or until the trainer is done.

    Parameters
    ----------
    title : words beside the progress bar
    remedy : what to change where the loss is not finite, for the error
    work : units of work of one epoch, as the trainer tells them to ``advance``
    run : what a checkpoint must agree on
    progress, callback, checkpoint : as in :meth:`graphemb.kernels.epoch_method.EpochMethod.fit`. The checkpoint is written after every
        epoch but the last, stays where a callback stops the fit, and is removed when the fit is complete

    Raises
    ------
    TrainingError : the loss is NaN or infinite; the message names the epoch and the remedy
    DataError : the checkpoint belongs to another run
    """
    history = History()
    if checkpoint is not None and (saved := load_checkpoint(checkpoint, run or {})) is not None:
        arrays, values = saved
        history.losses = list(values.pop("losses"))
        trainer.restore(arrays, values)
    first = history.resumed_after = len(history.losses)
    with progress_bar(progress, title, epochs * work) as advance:
        advance(first * work)
        for epoch in range(first, epochs):
            loss = trainer.epoch(epoch, advance)
            if not np.isfinite(loss):
                raise TrainingError(f"the loss is {loss} after epoch {epoch + 1} of {epochs}; {remedy}")
            history.losses.append(float(loss))
            advance(0, f"epoch {epoch + 1}/{epochs}, loss {loss:.4g}")
            last = epoch + 1 == epochs or trainer.done()
            if checkpoint is not None and not last:
                arrays, values = trainer.state()
                save_checkpoint(checkpoint, arrays, {**values, "losses": history.losses}, run or {})
            stop = callback is not None and callback(epoch + 1, epochs, float(loss))
            if last or stop:
                history.stopped = not last
                break
    if checkpoint is not None and not history.stopped:
        Path(checkpoint).unlink(missing_ok=True)
    return history
