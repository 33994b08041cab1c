"""The contract of every method: scikit-learn's, with an ``Embedding`` as what is learned."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph, not_a_graph
from graphemb.data.plain import plain
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.checks import require_whole
from graphemb.kernels.versions import versions
from graphemb.kernels.warn import warn

__all__ = ["Method", "NotFittedError"]

Data = TypeVar("Data")
"""What ``fit`` takes: a graph, interactions, ..."""
PLACE_NEW_NODES = "AROPE, HOPE, LPCA, Spectral"
"""Methods with a ``transform``: written down, since ``hasattr`` should not load them all."""


class Method(BaseEstimator, Generic[Data]):
    """Base of every method that turns data into an :class:`Embedding`.

    ``__init__`` stores its arguments unchanged; ``fit`` checks them, learns, returns ``self`` and may be called again as if
    the first call had not happened; what was learned ends in ``_``. A subclass writes ``_fit(data)``, which returns
    the embedding with notes as its ``meta``, and may extend ``_check(data)``. A certificate among the notes goes beside them.
    Data are a :class:`Graph` unless the base of a family overrides ``_check_data`` and ``_describe``.
    """

    embedding_: Embedding

    def fit(self, data: Data) -> Self:
        """Learn the embedding of the data; find it in ``embedding_``."""
        return self._learn(data, self._fit)

    def _learn(self, data: Data, learn: Callable[[Data], Embedding]) -> Self:
        self._check(data)
        started = time.perf_counter()
        embedding = learn(data)
        self.embedding_ = embedding.replace(meta=self._meta(data, time.perf_counter() - started, embedding.meta))
        return self

    @abstractmethod
    def _fit(self, data: Data) -> Embedding:
        """The method itself."""

    def _check(self, data: Data) -> None:
        self._check_data(data)
        self._check_dim()

    def _check_data(self, data: Any) -> None:
        if not isinstance(data, Graph):
            raise not_a_graph(type(self).__name__, data)
        if data.n_nodes == 0:
            raise DataError(f"{type(self).__name__} needs a graph with at least one node; this one is empty")

    def _describe(self, data: Any) -> dict[str, Any]:
        """What ``meta`` says of the data."""
        return {"fingerprint": data.fingerprint, "n_nodes": data.n_nodes, "n_edges": data.n_edges, "directed": data.directed}

    def _check_dim(self) -> None:
        require_whole("dim", getattr(self, "dim", 1))

    def _undirected(self, graph: Graph, notes: dict[str, Any]) -> Graph:
        """The graph without directions, for methods that know none; a :class:`DataWarning` where it had some."""
        if graph.directed:
            notes["symmetrised"] = True
            warn(
                f"{type(self).__name__} knows no directions: of two opposite edges the larger weight was kept; "
                "pass graph.undirected() to say so yourself",
                DataWarning,
            )
        return graph.undirected()

    def _told_settings(self) -> dict[str, Any]:
        """The settings as ``meta`` and checkpoints repeat them, in JSON."""
        return {k: plain(v) for k, v in self.get_params(deep=False).items()}

    def _meta(self, data: Data, seconds: float, notes: dict[str, Any]) -> dict[str, Any]:
        proven = {key: notes[key] for key in ("certificate",) if key in notes}
        seed = getattr(self, "random_state", None)
        return {
            "format_version": 1,
            "method": registry.name_of("method", self),
            "parameters": {k: v for k, v in self._told_settings().items() if k != "random_state"},
            "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None if seed is None else "generator",
            "data": self._describe(data),
            "versions": versions(),
            "seconds": round(seconds, 6),
            "notes": {key: note for key, note in notes.items() if key not in proven},
            "edits": [],
            **proven,
        }

    def __getattr__(self, name: str) -> Any:
        # only reached when the attribute is not there; learned names end in "_"
        if name.endswith("_") and not name.startswith("_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit before asking for {name}")
        if name == "transform":
            raise AttributeError(
                f"{type(self).__name__} has no transform for nodes it was not fitted on; methods that have: {PLACE_NEW_NODES}"
            )
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
