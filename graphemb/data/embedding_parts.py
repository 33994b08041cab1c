"""Checks on the parts of an embedding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graphemb.data.names import Names
from graphemb.errors import DataError, shorten

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding


def as_matrix(values: Any, what: str, n: int, names: Names | None = None) -> np.ndarray:
    """The values as a read-only float32 matrix of n rows; :class:`DataError` where the shape is another or a number is not finite."""
    if getattr(values, "requires_grad", False):
        raise DataError(f"{what} must be a table of numbers, got a torch tensor that tracks its gradient; pass tensor.detach()")
    try:
        given = np.asarray(values)
        if given.dtype.kind == "c":
            raise DataError(f"{what} must be real, got complex numbers; pass np.hstack([x.real, x.imag]), say")
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused below
            matrix = np.asarray(given, dtype=np.float32, order="C")
    except DataError:
        raise
    except OverflowError:  # an integer of Python that no float holds
        raise DataError(_beyond(what)) from None
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: rows that are torch tensors and track their gradient
        raise DataError(f"{what} must be a table of numbers with rows of one length") from None
    if matrix.ndim != 2 or matrix.shape[0] != n or matrix.shape[1] < 1:
        raise DataError(f"expected {what} of shape ({n:,}, dim) for {n:,} names, got {matrix.shape}")
    try:
        require_finite(matrix, what, names)
    except DataError:
        if np.isfinite(np.asarray(given, dtype=np.float64)).all():
            raise DataError(_beyond(what)) from None
        raise
    return owned(matrix, values)


def _beyond(what: str) -> str:
    return f"{what} hold numbers beyond float32's range of ±{np.finfo(np.float32).max:.1e}; scale them down"


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


def is_key(key: object) -> bool:
    """Whether the key can name a row: a name, or a kind and a name."""
    return isinstance(key, str) or (isinstance(key, tuple) and len(key) == 2 and all(isinstance(part, str) for part in key))


def require_key(key: object) -> None:
    """Raise :class:`DataError` for what cannot name a row, and show how a number would be written."""
    if is_key(key):
        return
    given = f"({', '.join(type(part).__name__ for part in key)})" if isinstance(key, tuple) else type(key).__name__
    number = isinstance(key, (int, float, np.number))
    raise DataError(f"expected a name or (kind, name), got {given}{f'; names are strings: {str(key)!r}?' if number else ''}")


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


def require_alike(first: Embedding, second: Embedding) -> None:
    """Raise :class:`DataError` where the rows of two embeddings do not go together: columns, decoder, sides or kinds differ."""
    for what, a, b in (
        ("columns", first.dim, second.dim),
        ("decoder", first.decoder, second.decoder),
        ("sides", "no context" if first.context is None else "context", "no context" if second.context is None else "context"),
        ("kinds", "no kinds" if first.kinds is None else "kinds", "no kinds" if second.kinds is None else "kinds"),
    ):
        if a != b:
            raise DataError(f"rows of two embeddings go together only with the same {what}, got {a} and {b}")


BY_ROW = "by_row"
"""Where ``meta["notes"]`` lists the parameters that have one row a name: they follow the rows."""


def parameters_of_rows(embedding: Embedding, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The parameters beside the given rows: those that have one row a name cut to them, the others as they are."""
    return {**embedding.parameters, **{name: array[rows] for name, array in _by_row(embedding).items()}}


def parameters_of_both(first: Embedding, second: Embedding) -> dict[str, np.ndarray]:
    """The parameters of the first, and below those that have one row a name the same of the second."""
    mine, theirs = _by_row(first), _by_row(second)
    if lacking := [name for name in mine if name not in theirs]:
        raise DataError(f"rows of two embeddings go together only with the same parameters, and the second has no {lacking[0]!r} by row")
    for name, array in mine.items():
        if array.shape[1:] != theirs[name].shape[1:]:
            raise DataError(f"rows of two embeddings go together only with the same columns of {name!r}")
    return {**first.parameters, **{name: np.concatenate([array, theirs[name]]) for name, array in mine.items()}}


def _by_row(embedding: Embedding) -> dict[str, np.ndarray]:
    named = (embedding.meta.get("notes") or {}).get(BY_ROW) or ()
    found = {name: embedding.parameters[name] for name in named if name in embedding.parameters}
    for name, array in found.items():
        if len(array) != len(embedding):
            raise DataError(
                f"expected {name!r} to have one row a name, {len(embedding):,}, got {len(array):,}; pass parameters= to replace"
            )
    return found


def uncertified(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The meta without the certificate, which speaks of rows that are no longer these."""
    return {key: value for key, value in meta.items() if key != "certificate"}
