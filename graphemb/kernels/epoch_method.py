"""The base of methods that train in epochs: progress, a callback, checkpoints."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError
from graphemb.kernels.epochs import Callback
from graphemb.kernels.method import Data, Method
from graphemb.kernels.random import RandomState


class EpochMethod(Method[Data]):
    """Base of methods that train in epochs. A subclass writes ``_train(data, *, progress, callback, checkpoint)``."""

    random_state: RandomState
    _may_change: ClassVar[tuple[str, ...]] = ("n_jobs",)
    """Settings that a resumed fit may change: they do not touch the result."""

    def fit(
        self,
        data: Data,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Self:
        """Learn the embedding of the data; find it in ``embedding_``.

        Parameters
        ----------
        progress : show a bar with loss and remaining time on stderr
        callback : called as ``callback(epoch, epochs, loss)`` after each epoch; returning True stops the fit
        checkpoint : a file written after every epoch but the last, from which a killed or stopped fit goes on. The result is that of
            an uninterrupted fit wherever the method is reproducible at all (its docstring says). The file is removed when the fit
            is complete, so that the next one starts anew
        """
        return self._learn(data, partial(self._train, progress=progress, callback=callback, checkpoint=checkpoint))

    def _fit(self, data: Data) -> Embedding:
        return self._train(data)

    @abstractmethod
    def _train(
        self,
        data: Data,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        """The method itself."""

    def _require_seed(self, checkpoint: str | PathLike[str] | None) -> None:
        """A checkpoint needs a whole number as ``random_state``, for the state of a generator is not among the settings."""
        if checkpoint is not None and not isinstance(self.random_state, (int, np.integer)):
            raise ParameterError("a checkpoint needs a whole number as random_state, so that a resumed fit draws the same numbers")

    def _run(self, data: Any) -> dict[str, Any]:
        """What a checkpoint must agree on."""
        settings = {k: v for k, v in self._told_settings().items() if k not in self._may_change}
        return {"method": registry.name_of("method", self), "data": data.fingerprint, **settings}
