"""The contract of every method: scikit-learn's, with an ``Embedding`` as what is learned."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

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

PLACE_NEW_NODES = "AROPE, HOPE, LPCA, Spectral"
"""Methods with a ``transform``: written down, since ``hasattr`` should not load them all."""


class Method(BaseEstimator):
    """Base of every method that turns a graph into an :class:`Embedding`.

    ``__init__`` stores its arguments unchanged; ``fit`` checks them, learns, returns ``self`` and may be called again as if
    the first call had not happened; what was learned ends in ``_``. A subclass writes ``_fit(graph)``, which returns
    the embedding with notes as its ``meta``, and may extend ``_check(graph)``. A certificate among the notes goes beside them.
    """

    embedding_: Embedding

    def fit(self, graph: Graph) -> Self:
        """Learn the embedding of a graph; find it in ``embedding_``."""
        return self._learn(graph, self._fit)

    def _learn(self, graph: Graph, learn: Callable[[Graph], Embedding]) -> Self:
        self._check(graph)
        started = time.perf_counter()
        embedding = learn(graph)
        self.embedding_ = embedding.replace(meta=self._meta(graph, time.perf_counter() - started, embedding.meta))
        return self

    @abstractmethod
    def _fit(self, graph: Graph) -> Embedding:
        """The method itself."""

    def _check(self, graph: Graph) -> None:
        if not isinstance(graph, Graph):
            raise not_a_graph(type(self).__name__, graph)
        if graph.n_nodes == 0:
            raise DataError(f"{type(self).__name__} needs a graph with at least one node; this one is empty")
        self._check_dim()

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

    def _meta(self, graph: Graph, seconds: float, notes: dict[str, Any]) -> dict[str, Any]:
        parameters = {k: v for k, v in self.get_params(deep=False).items() if k != "random_state"}
        proven = {key: notes[key] for key in ("certificate",) if key in notes}
        seed = getattr(self, "random_state", None)
        return {
            "format_version": 1,
            "method": registry.name_of("method", self),
            "parameters": {k: plain(v) for k, v in parameters.items()},
            "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None if seed is None else "generator",
            "data": {"fingerprint": graph.fingerprint, "n_nodes": graph.n_nodes, "n_edges": graph.n_edges, "directed": graph.directed},
            "versions": versions(),
            "seconds": round(seconds, 6),
            "notes": {key: note for key, note in notes.items() if key not in proven},
            "edits": [],
            **proven,
        }

    def __getattr__(self, name: str) -> Any:
        # only reached when the attribute is not there; learned names end in "_"
        if name.endswith("_") and not name.startswith("_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit(graph) before asking for {name}")
        if name == "transform":
            raise AttributeError(
                f"{type(self).__name__} has no transform for nodes it was not fitted on; methods that have: {PLACE_NEW_NODES}"
            )
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
