"""Texts that belong to names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from graphemb.data.names import Names
from graphemb.errors import DataError


def texts_of(text: Sequence[str] | Mapping[str, str] | None, names: Names) -> tuple[str, ...] | None:
    """One text a name, empty where there is none; from a list in the order of the names, or a mapping from names.

    >>> texts_of({"b": "two"}, Names(["a", "b"]))
    ('', 'two')
    """
    if text is None:
        return None
    if isinstance(text, Mapping):
        return tuple(str(text.get(name, "")) for name in names)
    if len(text) != len(names):
        raise DataError(f"expected {len(names):,} texts, one a {names.what}, got {len(text):,}")
    return tuple("" if t is None or t is pd.NA or t != t else str(t) for t in text)
