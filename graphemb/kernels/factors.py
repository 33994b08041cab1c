"""From eigenpairs or singular triplets to an embedding: U = X sqrt|s|, V = Y sqrt|s|."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import RankWarning
from graphemb.kernels.warn import warn

RANK_TOLERANCE = 1e-9
"""Values below this share of the largest are zeros of the matrix, not columns of the embedding."""

ROUNDING = 16 * np.finfo(np.float64).eps
"""Entries of a unit vector below this are zeros."""


def warn_rank(found: int, dim: int, what: str) -> None:
    """Say that there are fewer columns than asked for."""
    if found < dim:
        warn(f"dim={dim} is more than {what} can give; the embedding has {found} columns", RankWarning)


def keep_rank(values: np.ndarray, dim: int, what: str) -> np.ndarray:
    """Columns whose value is not zero, at least one; a :class:`RankWarning` where these are fewer than ``dim``."""
    size = abs(values)
    kept = np.flatnonzero(size > RANK_TOLERANCE * size.max(initial=0.0))[:dim]
    if not len(kept):  # no edge: one column of zeros, for an embedding has at least one
        kept = np.array([0])
    warn_rank(len(kept), dim, what)
    return kept


def symmetric_factors(names: Names, values: np.ndarray, vectors: np.ndarray, dim: int, what: str, notes: dict[str, Any]) -> Embedding:
    """S = X L X^T as U = X sqrt|L| and V = U sign(L): the target side is the source side up to signs."""
    kept = keep_rank(values, dim, what)
    U = scaled(vectors, values, kept)
    signs = np.where(values[kept] < 0, -1, 1).astype(np.float32)
    return Embedding(names, U, U * signs, decoder="source-target", meta=notes)


def two_sided_factors(names: Names, U: np.ndarray, s: np.ndarray, V: np.ndarray, dim: int, what: str, notes: dict[str, Any]) -> Embedding:
    """S = U s V^T as source U sqrt(s) and target V sqrt(s)."""
    kept = keep_rank(s, dim, what)
    return Embedding(names, scaled(U, s, kept), scaled(V, s, kept), decoder="source-target", meta=notes)


def scaled(vectors: np.ndarray, values: np.ndarray, kept: np.ndarray, power: float = 0.5) -> np.ndarray:
    """The kept columns times |value|^power, column by column: a million rows are not blown up to float64 on the way.

    An entry of a unit vector that is within rounding of zero becomes zero. Otherwise nodes that a column does not reach (isolated
    ones, other components) would get directions of their own, made of noise, which cosines blow up and ties are broken by.
    """
    columns, size = np.empty((len(vectors), len(kept)), dtype=np.float32), abs(values) ** power
    for place, j in enumerate(kept):
        column = vectors[:, j]
        columns[:, place] = np.where(abs(column) < ROUNDING, 0, column * size[j])
    return columns
