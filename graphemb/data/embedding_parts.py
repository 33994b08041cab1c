"""Checks on the parts of an embedding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.names import Names
from graphemb.errors import DataError, shorten


def as_matrix(values: Any, what: str, n: int) -> np.ndarray:
    """The values as a read-only float32 matrix of n rows; :class:`DataError` where the shape is another or a number is not finite."""
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused below
            matrix = np.asarray(values, dtype=np.float32, order="C")
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a torch tensor that still tracks its gradient
        raise DataError(f"{what} must be a table of numbers with rows of one length") from None
    if matrix.ndim != 2 or matrix.shape[0] != n or matrix.shape[1] < 1:
        raise DataError(f"expected {what} of shape ({n:,}, dim) for {n:,} names, got {matrix.shape}")
    require_finite(matrix, what, None)
    return owned(matrix, values)


def owned(array: np.ndarray, values: Any) -> np.ndarray:
    """The array, read-only; a copy where it is memory of the caller's, who may change it later, unless that is read-only already."""
    shared = array is values or not array.flags.owndata
    return frozen(array.copy() if shared and array.flags.writeable else array)


def frozen(array: np.ndarray) -> np.ndarray:
    """A read-only view of the array."""
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def require_finite(matrix: np.ndarray, what: str, names: Names | None) -> None:
    """Raise :class:`DataError` naming the first row that holds NaN or infinite numbers."""
    # the sum is finite unless an entry is not (or it overflows), and needs no n x dim temporary
    if len(matrix) and not np.isfinite(matrix.sum(dtype=np.float64)):
        bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
        if len(bad):
            where = f"row {bad[0]}" if names is None else f"row {bad[0]} ({shorten(names[int(bad[0])])!r})"
            raise DataError(f"{len(bad):,} rows of {what} hold NaN or infinite numbers, first {where}; repair or drop them")


def as_words(kinds: Iterable[str], n: int) -> np.ndarray:
    """The kinds as a read-only array of n words."""
    words = np.asarray([str(k) for k in kinds], dtype=object)
    if len(words) != n:
        raise DataError(f"expected {n:,} kinds, one a name, got {len(words):,}")
    return frozen(words)


def require_unique_within_kind(names: Names, kinds: np.ndarray) -> None:
    """Raise :class:`DataError` naming a kind and a name that stand there twice."""
    keys = pd.MultiIndex.from_arrays([kinds, np.asarray(names)])
    if not keys.is_unique:
        kind, name = keys[keys.duplicated()][0]
        raise DataError(f"the {kind} {shorten(str(name))!r} is there more than once; names must be unique within a kind")


def same_up_to_signs(vectors: np.ndarray, context: np.ndarray) -> bool:
    """Whether the context is the vectors, a column's sign apart, so that it says nothing new."""
    signs = np.where(np.einsum("ij,ij->j", vectors, context) < 0, np.float32(-1), np.float32(1))
    return all(np.array_equal(v * signs, c) for v, c in zip(blocks(vectors), blocks(context), strict=True))


def blocks(matrix: np.ndarray, rows: int = 1 << 14) -> list[np.ndarray]:
    """Views of some rows each (at least one block), so that a temporary is never n x dim."""
    return [matrix[start : start + rows] for start in range(0, max(len(matrix), 1), rows)]
