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
    U = _scaled(vectors, values, kept)
    signs = np.where(values[kept] < 0, -1, 1).astype(np.float32)
    return Embedding(names, U, U * signs, decoder="source-target", meta=notes)


def two_sided_factors(names: Names, U: np.ndarray, s: np.ndarray, V: np.ndarray, dim: int, what: str, notes: dict[str, Any]) -> Embedding:
    """S = U s V^T as source U sqrt(s) and target V sqrt(s)."""
    kept = keep_rank(s, dim, what)
    return Embedding(names, _scaled(U, s, kept), _scaled(V, s, kept), decoder="source-target", meta=notes)


def _scaled(vectors: np.ndarray, values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The kept columns times sqrt|value|, in the precision of the vectors: a million rows are not blown up to float64 on the way."""
    scale = np.sqrt(abs(values[kept])).astype(vectors.dtype)
    return (vectors[:, kept] * scale).astype(np.float32, copy=False)
