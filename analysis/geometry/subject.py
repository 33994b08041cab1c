"""What figures are computed of: the rows of an embedding as they were asked for, and normal vectors of the same shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.nearest_rows import Similarity, nearest_rows
from graphemb.kernels.scorer import unit_rows

RowForm = Literal["unit", "centred", "raw"]
Side = Literal["vectors", "context"]
FORMS = {
    "unit": "rows of length one",
    "centred": "rows of length one, less their mean, of length one again",
    "raw": "rows as they were given, neighbours by Euclidean distance",
}
_AT_ONCE = 2**22
QUERIES = 5_000
"""Rows whose neighbours among all rows are looked up, where looking up those of every row would take too long."""
ROUNDING = 1e-6
"""Coordinates that agree to this share of the largest are the same; scaled copies of a row differ by the rounding of float32."""


def rows_of(embedding: Embedding, kind: str | None = None, side: Side = "vectors") -> tuple[Embedding, np.ndarray]:
    """The embedding cut to a kind (None: all but relations), and the matrix of the side.

    Raises
    ------
    DataError : fewer than two rows, NaN, or no such side
    """
    if side not in ("vectors", "context"):
        raise ParameterError(f"side must be 'vectors' or 'context', got {side!r}")
    if kind is not None and embedding.kinds is None:
        raise DataError(f"the embedding has no kinds, so no {kind!r}; leave the kind out")
    if kind is not None:
        embedding = embedding.subset(kind=kind)
    elif embedding.kinds is not None and (embedding.kinds == "relation").any():
        embedding = embedding.take(np.flatnonzero(embedding.kinds != "relation"))
    matrix = getattr(embedding, side)
    if matrix is None:
        raise DataError("the embedding has no context; use side='vectors'")
    if len(embedding) < 2:
        raise DataError(f"geometry needs at least 2 rows, got {len(embedding)}")
    embedding.require_finite()
    return embedding, matrix


def formed(vectors: np.ndarray, form: RowForm) -> np.ndarray:
    """The rows in one of :data:`FORMS`, float32; rows of zeros stay zero, and count for no mean.

    >>> formed(np.array([[3.0, 4.0], [0.0, 0.0]]), "unit").astype(float).round(3).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    if form not in FORMS:
        raise ParameterError(f"rows must be one of {', '.join(FORMS)}, got {form!r}")
    if form == "raw":
        return np.asarray(vectors, dtype=np.float32)
    unit = unit_rows(vectors)
    if form == "unit":
        return unit
    live = np.flatnonzero(unit.any(axis=1))
    mean = unit[live].mean(axis=0, dtype=np.float64) if len(live) else 0.0
    centred = np.zeros_like(unit)
    centred[live] = unit_rows(unit[live] - mean)
    return centred


@dataclass(frozen=True)
class Subject:
    """Rows to be described.

    ``raw`` (n, d) as they were given, ``x`` float32 (n, d) in the form asked for; ``counts`` float64 (n,), the frequency or degree of each
    name, NaN where it is not known; ``pairs`` int64 (2, m), rows that belong together.
    """

    raw: np.ndarray
    form: RowForm = "unit"
    k: int = 10
    sample: int = 30_000
    counts: np.ndarray | None = None
    pairs: np.ndarray | None = None
    n_jobs: int | None = None

    @cached_property
    def x(self) -> np.ndarray:
        return formed(self.raw, self.form)

    @property
    def similarity(self) -> Similarity:
        return "euclidean" if self.form == "raw" else "cosine"

    @cached_property
    def live(self) -> np.ndarray:
        """Rows that are not zero, int64; in the form raw all rows, of which zero is as good a place as any."""
        return np.arange(len(self.x)) if self.form == "raw" else np.flatnonzero(self.x.any(axis=1))

    @cached_property
    def distinct(self) -> np.ndarray:
        """The live rows without copies of earlier ones, int64."""
        return self.live[_firsts(self.x[self.live])]

    def nearest(self, rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
        """The ``k`` nearest of the ``rows`` to each of the ``queries`` among them; both positions in ``x``, int64."""
        if len(rows) <= self.k:
            raise DataError(f"{self.k} neighbours need more than {self.k} rows with a direction, got {len(rows):,}; give a smaller k")
        everyone = len(rows) == len(self.live) == len(queries)
        return self._everyone if everyone else self._search(rows, queries)

    @cached_property
    def _everyone(self) -> np.ndarray:
        return self._search(self.live, self.live)

    def _search(self, rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
        places = np.searchsorted(rows, queries)
        whole = len(rows) == len(self.x)
        matrix = self.x if whole else self.x[rows]
        found, _ = nearest_rows(matrix, self.k, queries=places, similarity=self.similarity, n_jobs=self.n_jobs)
        return rows[found]

    def normal(self, rng: np.random.Generator) -> Subject:
        """Independent normal vectors of the same shape and the same mean squared length."""
        n, d = self.raw.shape
        rows = rng.standard_normal((n, d), dtype=np.float32)
        squares = np.einsum("ij,ij->", self.raw, self.raw, dtype=np.float64)
        rows *= np.float32(np.sqrt(squares / (n * d)) or 1.0)
        return replace(self, raw=rows)


def _firsts(rows: np.ndarray) -> np.ndarray:
    """The rows that are no copy of an earlier one, int64.

    Rows are sorted by their place along one direction, where copies, even those that rounding has moved a little, come to lie side by side.
    A copy that another row gets in between of is missed; its neighbour at no distance gives it away where distances are used.
    """
    n, d = rows.shape
    along = rows.astype(np.float64) @ np.random.default_rng(0).standard_normal(d)
    order = np.argsort(along, kind="stable")
    tolerance = ROUNDING * float(np.abs(rows).max(initial=0.0))
    fresh = np.ones(n, dtype=bool)
    step = max(1, _AT_ONCE // max(d, 1))
    for start in range(1, n, step):
        place = np.arange(start, min(start + step, n))
        fresh[place] = np.abs(rows[order[place]] - rows[order[place - 1]]).max(axis=1) > tolerance
    return np.sort(np.minimum.reduceat(order, np.flatnonzero(fresh)))


def drawn(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """The rows, or so many of them drawn without replacement, in order.

    >>> drawn(np.arange(3), 5, np.random.default_rng(0)).tolist()
    [0, 1, 2]
    """
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
