"""Names: what entities are called, in row order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphemb.errors import DataError, UnknownNameError, nearest_names, shorten


class Names(Sequence[str]):
    """An immutable sequence of names with look-up by name.

    Any string is a name: blanks, commas, quotes, emoji, ten thousand characters. Values that are not strings
    (networkx's integers) become their ``str``. Storage is one Arrow string array, so a million names open
    memory-mapped; the hash table for look-ups is built at the first look-up.

    Parameters
    ----------
    values : iterable of names, or an Arrow array of strings
    what : what one name is called in messages
    check : raise :class:`DataError` when a name is missing or occurs twice

    >>> names = Names(["b", "a"])
    >>> names.rows(["a", "b"]).tolist(), names[0], "c" in names
    ([1, 0], 'b', False)
    """

    def __init__(self, values: Iterable[Any] | pa.Array, *, what: str = "name", check: bool = True):
        self.values: pa.Array = _strings(values, what)
        self.what = what
        self._checked: bool = isinstance(values, Names) and values._checked
        if check and not self._checked:
            self._check()
            self._checked = True

    def _check(self) -> None:
        if self.values.null_count:
            row = int(np.flatnonzero(np.asarray(self.values.is_null()))[0])
            raise DataError(f"{self.what} in row {row} is missing; every row needs one")
        # counting distinct values needs no Python strings; the table of look-ups is built only to name the culprit
        if pc.count_distinct(self.values).as_py() < len(self.values):
            twice = self._index[self._index.duplicated()]
            raise DataError(
                f"{len(twice)} {self.what}{'s are' if len(twice) > 1 else ' is'} there more than once, first "
                f"{shorten(str(twice[0]))!r}; {self.what}s must be unique"
            )

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.values.to_numpy(zero_copy_only=False), dtype=object)

    @cached_property
    def lower_case(self) -> bool:
        """Whether these are names without capitals, such as lower-case words: fewer than one in a hundred differs in lower case.

        >>> Names(["she", "he"]).lower_case, Names(["Portugal", "Spain"]).lower_case
        (True, False)
        """
        differing = pc.sum(pc.not_equal(pc.utf8_lower(self.values), self.values)).as_py() or 0
        return bool(100 * differing < len(self.values))

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, item: int) -> str: ...
    @overload
    def __getitem__(self, item: slice) -> Names: ...
    def __getitem__(self, item: int | slice) -> str | Names:
        if isinstance(item, slice):
            return _trusted(self.values[item], self.what, self._checked)
        return str(self.values[int(item)].as_py())

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Names) and bool(self.values.equals(other.values))

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._index, dtype=object if dtype is None else dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return _trusted, (self.values, self.what, self._checked)

    def __repr__(self) -> str:
        head = ", ".join(repr(shorten(n, 30)) for n in self[:3])
        return f"Names({len(self):,}: {head}{', …' if len(self) > 3 else ''})"

    def find(self, names: Iterable[str]) -> np.ndarray:
        """Rows of the names, -1 where a name is not there; int64 of the same length."""
        wanted = names if isinstance(names, (list, np.ndarray, pd.Index, Names)) else list(names)
        return np.asarray(self._index.get_indexer(pd.Index(np.asarray(wanted, dtype=object), dtype=object)), dtype=np.int64)

    def rows(self, names: Iterable[str]) -> np.ndarray:
        """Rows of the names, int64; raises :class:`UnknownNameError` with the nearest known names."""
        wanted = [names] if isinstance(names, str) else list(names)
        found = self.find(wanted)
        if (found < 0).any():
            name = wanted[int(np.flatnonzero(found < 0)[0])]
            raise UnknownNameError(self.what, name, self.candidates(str(name)))
        return found

    def candidates(self, name: str, limit: int = 5000) -> list[str]:
        """Names worth comparing with a mistyped one: those of similar length and the same first letter first."""
        lengths = pc.utf8_length(self.values)
        near = pc.and_(pc.greater_equal(lengths, len(name) - 2), pc.less_equal(lengths, len(name) + 2))
        pool: list[str] = self.values.filter(near).to_pylist()
        return sorted(pool, key=lambda other: other[:1].lower() != name[:1].lower())[:limit]

    def suggest(self, name: str, n: int = 3) -> list[str]:
        """Up to ``n`` names that look most like ``name``."""
        return nearest_names(name, self.candidates(name), n)

    def take(self, rows: np.ndarray) -> Names:
        """The names of the given rows; rows that repeat give repeated names, which is not checked."""
        return Names(self.values.take(pa.array(np.asarray(rows, dtype=np.int64))), what=self.what, check=False)


def fixed_width(names: Names, where: str) -> np.ndarray:
    """The names as a numpy array of fixed-width text, the only text that ``.npz`` holds without pickle.

    Memory: 4 bytes x the longest name x n, at most 1 GiB; it cannot hold zero characters at the end of a name.
    """
    longest = int(pc.max(pc.utf8_length(names.values)).as_py() or 0) if len(names) else 0
    if 4 * longest * len(names) > 1 << 30:
        raise DataError(
            f"{where!r} would need {4 * longest * len(names) / 2**30:.1f} GiB for names of fixed width; write .arrow or .parquet instead"
        )
    if len(names) and pc.any(pc.ends_with(names.values, "\0")).as_py():
        raise DataError(f"{where!r} (npz) cannot hold a {names.what} that ends in a zero character; write .arrow or .parquet instead")
    return np.asarray(names).astype(f"U{max(longest, 1)}")


def _trusted(values: pa.Array, what: str, checked: bool) -> Names:
    names = Names(values, what=what, check=False)
    names._checked = checked
    return names


def _strings(values: Iterable[Any] | pa.Array, what: str) -> pa.Array:
    if isinstance(values, Names):
        return values.values
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        if isinstance(values, pa.ChunkedArray):
            # to 64-bit offsets before joining: the joined text may be longer than 2 GiB; one chunk stays where it is, a mapped file maybe
            values = values.cast(pa.large_string())
            values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
        return values if pa.types.is_large_string(values.type) else values.cast(pa.large_string())
    if isinstance(values, str):
        raise DataError(f"expected a list of {what}s, got one string {shorten(values)!r}; put it into a list")
    listed = [v if isinstance(v, str) or _is_missing(v) else str(v) for v in values]
    try:
        return pa.array([None if _is_missing(v) else v for v in listed], type=pa.large_string())
    except UnicodeEncodeError as error:
        raise DataError(f"a {what} is not valid Unicode: {error.reason}") from None


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)
