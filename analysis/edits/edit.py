"""The contract of every edit: fitted on an embedding and a concept, a map of rows that also applies to vectors nobody has seen."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

from graphemb import registry
from graphemb.analysis.bias.scene import as_concept
from graphemb.data.concept import Concept, Located, Missing, find_names
from graphemb.data.embedding import Embedding
from graphemb.data.plain import plain
from graphemb.errors import DataError, DataWarning, ParameterError, shorten
from graphemb.kernels.checks import require_within
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.warn import warn

Side = Literal["auto", "vectors", "context", "both"]
Strength = float | np.ndarray | Mapping[str, float]
GONE = 1e-12
"""Share of a row's length below which what a map leaves of it is rounding."""


class RowMap(Protocol):
    """A map of rows: float64 (n, d) to float64 (n, d), each row by itself, whichever names they have."""

    @property
    def unit(self) -> bool:
        """Rows are brought to length one before the map, and after it."""
        ...

    def apply(self, x: np.ndarray) -> np.ndarray: ...

    @property
    def rank(self) -> int:
        """Dimensions of the space that the map takes something out of."""
        ...


@dataclass(frozen=True)
class LinearMap:
    """x - (x - centre) down up - shift: what ``down`` (d, k) reads is taken away along ``up`` (k, d). O(n d k), never (d, d) for small k.

    A row of which only rounding is left becomes zero, as a cosine of it would be anything.

    >>> g = np.array([[1.0, 0.0]])
    >>> LinearMap(g.T, g).apply(np.array([[3.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    down: np.ndarray
    up: np.ndarray
    centre: np.ndarray | None = None
    unit: bool = False
    shift: np.ndarray | None = None

    @property
    def rank(self) -> int:
        return int(self.down.shape[1])

    def apply(self, x: np.ndarray) -> np.ndarray:
        moved = x if self.centre is None else x - self.centre
        kept = x - (moved @ self.down) @ self.up
        kept = kept if self.shift is None else kept - self.shift
        kept[np.einsum("ij,ij->i", kept, kept) <= GONE**2 * np.einsum("ij,ij->i", x, x)] = 0.0
        return np.asarray(kept)


class Edit(BaseEstimator):
    """Base of every edit.

    ``__init__`` stores its settings unchanged; ``fit`` learns ``map_`` from an embedding (and the concept that it is to take out) and
    returns ``self``; ``transform`` gives a new embedding with the edit written down in its ``meta["edits"]``. With r the map and
    s the strength, a row x becomes x + s (r(x) - x): 0 leaves it, 1 is the whole edit. An edit whose map has ``unit`` brings rows to
    length one before and after. A subclass writes ``_fit``, which returns the map, and says in ``needs`` what it is fitted to.
    """

    needs: ClassVar[Literal["nothing", "groups", "sets"]] = "groups"
    """Nothing but the vectors; groups of names; sets (pairs) that define a direction, or two groups in their stead."""
    map_: RowMap
    context_map_: RowMap | None
    replaced_: dict[str, np.ndarray]
    """Rows, by name, that get a vector of their own instead of the map's, such as equalised ones."""
    context_replaced_: dict[str, np.ndarray]
    """The same of the target side, where side is "both"."""
    untouched_: tuple[str, ...]
    """Names that are left as they are, unless they are replaced."""
    notes_: dict[str, Any]
    """What else the record in ``meta`` says."""

    @property
    def takes_concept(self) -> bool:
        """Whether ``fit`` must be given a concept."""
        return self.needs != "nothing"

    # -- the two calls

    def fit(
        self,
        embedding: Embedding,
        concept: Concept | str | None = None,
        *,
        side: Side = "auto",
        kind: str | None = None,
        missing: Missing = "drop",
    ) -> Self:
        """Learn the map.

        Parameters
        ----------
        embedding : whose rows are to be changed; rows of the kind "relation" are neither learned from nor changed
        concept : what is to be taken out, or the name of a concept; not for edits that need none
        side : "vectors", the target side "context", or "both", each with a map of its own; "auto" is both where there is a context, as
            what is left in one side can be read there
        kind : only rows of this kind are learned from and changed; the concept's own if it has one
        """
        if side not in ("auto", "vectors", "context", "both"):
            raise ParameterError(f"side must be 'auto', 'vectors', 'context' or 'both', got {side!r}")
        if side == "auto":
            side = "vectors" if embedding.context is None else "both"
        if side != "vectors" and embedding.context is None:
            raise DataError(f"side={side!r} needs an embedding with a context, and this one has vectors only")
        embedding.require_finite()
        started = time.perf_counter()
        found = self._found(embedding, concept, kind, missing)
        own = None if found is None or embedding.kinds is None else found.concept.kind
        self.kind_ = kind if kind is not None else own
        self.side_, self.untouched_, self.notes_ = side, (), {}
        self.replaced_, self.context_replaced_ = {}, {}
        rows = editable_rows(embedding, self.kind_)
        _require_among(rows, found, embedding)
        if len(rows) < 2:
            raise DataError(f"{type(self).__name__} needs at least two rows to learn from, got {len(rows)}")
        first = embedding.replace(vectors=embedding.context, context=None) if side == "context" else embedding
        self.map_ = self._fit_rows(first, rows, found)
        self.context_map_ = self._fit_context(embedding, rows, found) if side == "both" else None
        self.concept_ = None if found is None else found.report()
        self.seconds_ = round(time.perf_counter() - started, 6)
        return self

    def transform(self, embedding: Embedding, *, strength: Strength = 1.0) -> Embedding:
        """The embedding with its rows changed; names, kinds, attributes, decoder and parameters stay.

        Parameters
        ----------
        strength : one number for all rows, one a row, or by name (others get 0); 1 is the whole edit, and at 0 only the length of rows
            changes, where the map has ``unit``: all rows stay in one space
        """
        self._require_fitted()
        if embedding.dim != self._dim:
            raise DataError(f"this {type(self).__name__} was fitted to {self._dim} columns, and the embedding has {embedding.dim}")
        rows = editable_rows(embedding, self.kind_)
        by_row = _strengths(embedding, strength)[rows]
        sides: dict[str, np.ndarray] = {}
        if self.side_ in ("vectors", "both"):
            sides["vectors"] = self._moved(embedding, embedding.vectors, rows, by_row, self.map_, self.replaced_)
        if self.side_ in ("context", "both"):
            if embedding.context is None:
                raise DataError(f"this {type(self).__name__} changes the context, and the embedding has none")
            learned = (self.map_, self.replaced_) if self.context_map_ is None else (self.context_map_, self.context_replaced_)
            sides["context"] = self._moved(embedding, embedding.context, rows, by_row, *learned)
        warn_scores_stay(embedding)
        edited = embedding.replace(**sides)
        record = self._record(embedding, edited, rows, strength)
        return edited.replace(meta={**edited.meta, "edits": [*edited.meta.get("edits", []), record]})

    def fit_transform(
        self, embedding: Embedding, concept: Concept | str | None = None, *, strength: Strength = 1.0, **options: Any
    ) -> Embedding:
        """:meth:`fit` and :meth:`transform` in one; ``options`` are those of ``fit``."""
        return self.fit(embedding, concept, **options).transform(embedding, strength=strength)

    def apply(self, vectors: np.ndarray, *, strength: float = 1.0) -> np.ndarray:
        """Vectors that belong to no name of the embedding, (m, d), changed by the map; the dtype that they have."""
        self._require_fitted()
        x = np.asarray(vectors)
        if x.ndim != 2 or x.shape[1] != self._dim:
            raise DataError(f"expected vectors of {self._dim} columns, got shape {x.shape}")
        require_within("strength", strength, 0.0, 1.0)
        kept = x.dtype if x.dtype in (np.float32, np.float64) else np.float64
        start = _prepared(x.astype(np.float64), self.map_)
        return _prepared(start + strength * (self.map_.apply(start) - start), self.map_).astype(kept)

    # -- what a subclass writes

    @abstractmethod
    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> RowMap:
        """The map, learned from ``x``, float64 (len(rows), d): the rows ``rows`` of the embedding, of which ``located`` has its rows."""

    # -- the machinery

    def _fit_rows(self, embedding: Embedding, rows: np.ndarray, found: Located | None) -> RowMap:
        self._dim = embedding.dim
        return self._fit(embedding.vectors[rows].astype(np.float64), found, embedding, rows)

    def _fit_context(self, embedding: Embedding, rows: np.ndarray, found: Located | None) -> RowMap:
        """The map of the target side; the notes and the names left alone are those of the vectors."""
        other = clone(self)
        other.kind_, other.side_, other.untouched_, other.notes_, other.replaced_ = self.kind_, "context", (), {}, {}
        learned = other._fit_rows(embedding.replace(vectors=embedding.context, context=None), rows, found)
        self.context_replaced_ = other.replaced_
        return learned

    def _found(self, embedding: Embedding, concept: Concept | str | None, kind: str | None, missing: Missing) -> Located | None:
        name = registry.name_of("edit", self)
        if not self.takes_concept:
            if concept is not None:
                raise ParameterError(f"{name} looks at the vectors alone and takes no concept")
            return None
        if concept is None:
            raise ParameterError(f"{name} needs a concept: pairs or groups of names; none was given")
        asked = as_concept(concept)
        return (asked if kind is None else asked.replace(kind=kind)).locate(embedding, missing=missing)

    def _moved(
        self,
        embedding: Embedding,
        side: np.ndarray,
        rows: np.ndarray,
        strength: np.ndarray,
        chosen: RowMap,
        replaced: Mapping[str, np.ndarray],
    ) -> np.ndarray:
        """One side of the embedding with its rows changed, float32 (n, d)."""
        start = _prepared(side[rows].astype(np.float64), chosen)
        goal = self._goal(start, embedding, rows, chosen)
        at, found = _places(embedding, rows, list(replaced), self.kind_)
        if len(at):
            goal[at] = np.stack([replaced[name] for name in found])
        left, _ = _places(embedding, rows, self.untouched_, self.kind_)
        strength = strength.copy()
        strength[np.setdiff1d(left, at)] = 0.0
        changed = side.copy()
        changed[rows] = _prepared(start + strength[:, None] * (goal - start), chosen)
        return changed

    def _goal(self, x: np.ndarray, embedding: Embedding, rows: np.ndarray, chosen: RowMap) -> np.ndarray:
        """Where the rows of the embedding go at strength 1: where the map sends them."""
        return chosen.apply(x)

    def _record(self, before: Embedding, after: Embedding, rows: np.ndarray, strength: Strength) -> dict[str, Any]:
        """What ``meta["edits"]`` says: the edit, its settings, what it was fitted to, and how far it moved the rows."""
        x, y = (np.asarray(e.context if self.side_ == "context" else e.vectors)[rows].astype(np.float64) for e in (before, after))
        if self.map_.unit:
            x = unit(x)
        gap = ((y - x) ** 2).sum(axis=1)
        size = (x**2).sum()
        told: Any = float(strength) if isinstance(strength, (int, float, np.number)) else "by row"
        return dict(
            plain(
                {
                    "edit": registry.name_of("edit", self),
                    "parameters": {k: v.to_dict() if isinstance(v, Concept) else v for k, v in self.get_params(deep=False).items()},
                    "concept": self.concept_,
                    "side": self.side_,
                    "strength": told,
                    "rank": self.map_.rank,
                    "rows": len(rows),
                    "moved": float(gap.mean()),
                    "moved_share": float(gap.sum() / size) if size else 0.0,
                    "seconds": self.seconds_,
                    **self.notes_,
                }
            )
        )

    def _require_fitted(self) -> None:
        if not hasattr(self, "map_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit first")


def editable_rows(embedding: Embedding, kind: str | None = None) -> np.ndarray:
    """The rows an edit may change, int64: those of the kind, else all but relations."""
    if embedding.kinds is None:
        if kind is not None:
            raise DataError(f"this embedding has no kinds, so no {kind!r}")
        return np.arange(len(embedding))
    return np.flatnonzero(embedding.kinds == kind if kind is not None else embedding.kinds != "relation")


def warn_scores_stay(embedding: Embedding) -> None:
    """Say so where the decoder does not read the vectors, and an edit of them changes no score."""
    if embedding.decoder in ("item-filter", "sdne"):
        warn(
            f"the decoder {embedding.decoder!r} does not score by the vectors alone, so this edit may leave its scores as they are",
            DataWarning,
        )


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length one in float64; zero rows stay zero."""
    return unit_rows(x, np.float64)


def _prepared(x: np.ndarray, chosen: RowMap) -> np.ndarray:
    """Rows of length one where the map wants them."""
    return unit(x) if chosen.unit else x


def _require_among(rows: np.ndarray, found: Located | None, embedding: Embedding) -> None:
    if found is None:
        return
    outside = np.setdiff1d(found.all_rows, rows)
    if len(outside):
        name = embedding.names[int(outside[0])]
        raise DataError(
            f"{shorten(name)!r} of {found.concept.name!r} is a relation, and edits change no relations; say which kind: kind=..."
        )


def _places(embedding: Embedding, rows: np.ndarray, names: Sequence[str], kind: str | None) -> tuple[np.ndarray, list[str]]:
    """Where names stand among ``rows``, and the names that do; of two names in one row the later counts."""
    if not len(names):
        return np.empty(0, dtype=np.int64), []
    place = np.full(len(embedding), -1)
    place[rows] = np.arange(len(rows))
    at = find_names(embedding, names, kind)
    by_place = {int(place[r]): name for r, name in zip(at, names, strict=True) if r >= 0 and place[r] >= 0}
    return np.fromiter(by_place, dtype=np.int64, count=len(by_place)), list(by_place.values())


def _strengths(embedding: Embedding, strength: Strength) -> np.ndarray:
    """float64 (n,): the strength of each row."""
    if isinstance(strength, Mapping):
        by_row = np.zeros(len(embedding))
        by_row[embedding.rows(list(strength))] = [float(v) for v in strength.values()]
    else:
        by_row = np.asarray(strength, dtype=np.float64)
        if by_row.ndim == 0:
            by_row = np.full(len(embedding), float(by_row))
    if by_row.shape != (len(embedding),) or not np.isfinite(by_row).all():
        raise ParameterError(f"strength must be a number, or {len(embedding):,} finite ones, got shape {by_row.shape}")
    require_within("strength", float(by_row.min(initial=0.0)))
    require_within("strength", float(by_row.max(initial=0.0)), 0.0, 1.0)
    return np.asarray(by_row)
