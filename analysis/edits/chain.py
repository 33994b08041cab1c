"""Several edits, one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from graphemb.analysis.edits.edit import Edit, RowMap, Side, Strength, unit
from graphemb.data.concept import Concept, Located, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError


@dataclass(frozen=True)
class Composed:
    """Maps of rows, the first applied first.

    >>> from graphemb.analysis.edits.edit import LinearMap
    >>> x, y = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> Composed((LinearMap(x.T, x), LinearMap(y.T, y))).apply(np.array([[2.0, 3.0]])).tolist()
    [[0.0, 0.0]]
    """

    maps: tuple[RowMap, ...]

    @property
    def unit(self) -> bool:
        """Rows are brought to length one by some of the maps."""
        return any(one.unit for one in self.maps)

    @property
    def rank(self) -> int:
        """The sum over the maps; where they take out the same, fewer dimensions are gone."""
        return sum(one.rank for one in self.maps)

    def apply(self, x: np.ndarray) -> np.ndarray:
        for one in self.maps:
            x = unit(one.apply(unit(x))) if one.unit else one.apply(x)
        return x


class Chain(Edit):
    """Edits one after the other, each fitted on the result of the one before; each stands in ``meta["edits"]``.

    The concept goes to the edits that take one. A strength is that of every edit, so 0 leaves the rows and 1 is the whole chain; between
    these each edit moves its share of what it finds, and the order matters.

    Parameters
    ----------
    edits : the edits, which stay unfitted; ``edits_`` are the fitted ones

    >>> from graphemb.analysis.edits.decor import DECOR
    >>> from graphemb.analysis.edits.mean_difference import MeanDifference
    >>> e = Embedding(["a", "b", "c"], [[1.0, 1.0], [-1.0, 1.0], [0.5, 0.0]])
    >>> chain = Chain([MeanDifference(), DECOR(rows="names")]).fit(e, Concept("side", {"left": ("a",), "right": ("b",)}))
    >>> chain.apply(np.array([[3.0, 2.0]])).tolist()
    [[0.0, 0.0]]
    """

    def __init__(self, edits: Sequence[Edit]):
        self.edits = edits

    @property
    def takes_concept(self) -> bool:
        """Whether one of the edits must be given a concept."""
        return any(one.takes_concept for one in self.edits)

    def fit(
        self,
        embedding: Embedding,
        concept: Concept | str | None = None,
        *,
        side: Side = "auto",
        kind: str | None = None,
        missing: Missing = "drop",
    ) -> Self:
        """Fit each edit to what the whole of the one before has left; arguments as in :meth:`Edit.fit`.

        Raises
        ------
        ParameterError : no edits, something that is none, a concept that none of them takes
        """
        if not len(self.edits) or not all(isinstance(one, Edit) for one in self.edits):
            raise ParameterError(f"a chain needs edits, got {self.edits!r}")
        if concept is not None and not self.takes_concept:
            raise ParameterError("none of the edits takes a concept, and one was given")
        started = time.perf_counter()
        self.edits_: list[Edit] = []
        for number, one in enumerate(self.edits):
            fitted = clone(one).fit(embedding, concept if one.takes_concept else None, side=side, kind=kind, missing=missing)
            self.edits_.append(fitted)
            if number + 1 < len(self.edits):
                embedding = fitted.transform(embedding)
        self.map_, self.kind_ = Composed(tuple(one.map_ for one in self.edits_)), self.edits_[0].kind_
        self.seconds_ = round(time.perf_counter() - started, 6)
        return self

    def transform(self, embedding: Embedding, *, strength: Strength = 1.0) -> Embedding:
        """The embedding changed by each edit in turn, at this strength; arguments as in :meth:`Edit.transform`."""
        self._require_fitted()
        for one in self.edits_:
            embedding = one.transform(embedding, strength=strength)
        return embedding

    def apply(self, vectors: np.ndarray, *, strength: float = 1.0) -> np.ndarray:
        """Vectors that belong to no name of the embedding, (m, d), changed by each edit in turn."""
        self._require_fitted()
        for one in self.edits_:
            vectors = one.apply(vectors, strength=strength)
        return vectors

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> Any:
        raise AssertionError("a chain fits its edits, each for itself")
