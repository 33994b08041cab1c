"""Feature matrices of items: one row an item, a row of NaN where there are no features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphemb.data.names import Names
from graphemb.errors import DataError, shorten


def as_features(features: Mapping[str, Any], names: Names) -> dict[str, np.ndarray]:
    """The matrices as read-only float32 (n, d), one a modality.

    Raises
    ------
    DataError : another number of rows than names, no column, no numbers, infinite numbers, or a row of which a part is NaN

    >>> as_features({"colour": [[1, 2], [np.nan, np.nan]]}, Names(["a", "b"]))["colour"].dtype.name
    'float32'
    """
    return {str(name): _matrix(str(name), values, names) for name, values in features.items()}


def _matrix(modality: str, values: Any, names: Names) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            matrix = np.array(values, dtype=np.float32, order="C")
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"the features {modality!r} must be a table of numbers with rows of one length") from None
    if matrix.ndim != 2 or matrix.shape[0] != len(names) or matrix.shape[1] < 1:
        raise DataError(
            f"the features {modality!r} need one row an item, so {len(names):,} rows and at least one column, got shape {matrix.shape}"
        )
    missing = np.isnan(matrix)
    for rows, what, remedy in (
        (np.isinf(matrix).any(axis=1), "infinite numbers", "features must be finite"),
        (missing.any(axis=1) & ~missing.all(axis=1), "NaN in a part of the row", "fill it, or make the whole row NaN if the item has none"),
    ):
        if rows.any():
            first = shorten(names[int(np.argmax(rows))])
            raise DataError(f"the features {modality!r} of {int(rows.sum()):,} items hold {what}, first {first!r}; {remedy}")
    matrix.flags.writeable = False
    return matrix


def digest_of(matrix: np.ndarray) -> bytes:
    """Shape and numbers as bytes, for a fingerprint."""
    return str(matrix.shape).encode() + np.ascontiguousarray(matrix, dtype="<f4").tobytes()
