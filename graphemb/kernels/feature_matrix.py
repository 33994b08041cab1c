"""Rows of numbers that somebody else computed, matched to entities by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, shorten
from graphemb.kernels.warn import warn


def matched_rows(source: Any, names: Names) -> tuple[np.ndarray, np.ndarray, int]:
    """One float32 row a name, zero where the source has none or NaN; who has one, bool; and how many names of the source are unknown.

    Parameters
    ----------
    source : an (n, k) array in the order of the names, a DataFrame whose index are names, a mapping from names to vectors, an
        :class:`Embedding`, or the path of a file that holds one
    names : whom the rows are for

    Raises
    ------
    DataError : an array of another number of rows, vectors of different lengths, something that is no number, a name twice

    >>> rows, present, unknown = matched_rows({"b": [1.0, 2.0], "c": [0.0, 1.0]}, Names(["a", "b"]))
    >>> rows.tolist(), present.tolist(), unknown
    ([[0.0, 0.0], [1.0, 2.0]], [False, True], 1)
    """
    known, matrix = _named(source, names)
    matrix = _numbers(matrix)
    place = known.find(list(names))
    rows = np.zeros((len(names), matrix.shape[1]), dtype=np.float32)
    rows[place >= 0] = matrix[place[place >= 0]]
    absent = np.isnan(rows)
    partly = absent.any(axis=1) & ~absent.all(axis=1)
    if partly.any():
        raise DataError(
            f"the features of {shorten(names[int(np.argmax(partly))])!r} are NaN in part; fill them, or leave the whole row out"
        )
    present = (place >= 0) & ~absent.any(axis=1)
    rows[~present] = 0.0
    if not np.isfinite(rows).all():
        raise DataError(f"the features of {shorten(names[int(np.argmin(np.isfinite(rows).all(axis=1)))])!r} hold infinite numbers")
    if len(names) and not present.any():
        warn(f"none of {len(known):,} rows of features is of a {names.what} in the data, so all features are zero", DataWarning)
    return rows, present, int((names.find(list(known)) < 0).sum())


def digest_of_rows(rows: np.ndarray) -> str:
    """SHA-256 of shape and numbers."""
    return hashlib.sha256(str(rows.shape).encode() + rows.astype("<f4").tobytes()).hexdigest()


def _named(source: Any, names: Names) -> tuple[Names, Any]:
    if isinstance(source, (str, PathLike)):
        source = Embedding.load(source)
    if isinstance(source, Embedding):
        return source.names, source.vectors
    if isinstance(source, pd.DataFrame):
        return Names(source.index), source.to_numpy()
    if isinstance(source, Mapping):
        return Names(source.keys()), list(source.values())
    if len(source) != len(names):
        raise DataError(
            f"expected features of {len(names):,} rows, one for every {names.what} in their order, got {len(source):,}; give a mapping, a "
            "DataFrame or an Embedding to match them by name"
        )
    return names, source


def _numbers(matrix: Any) -> np.ndarray:
    try:
        found = np.asarray(matrix, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        raise DataError("features must be numbers, as many for every name") from None
    if found.ndim != 2 or not found.shape[1]:
        raise DataError(f"features must be a row of numbers a name, (n, k) with k of at least 1, got shape {found.shape}")
    return found
