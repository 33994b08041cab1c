"""Texts that belong to names: one of each, or several by field."""

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


NO_SENTENCE = ("kind", "type", "types", "synset", "aliases", "wikidata_id", "id")
"""Fields that are no part of a name's text: words to look up, not sentences."""


def fields_of(fields: Mapping[str, Sequence[str] | Mapping[str, str]], names: Names) -> dict[str, tuple[str, ...]]:
    """One text a name for each field.

    >>> fields_of({"name": {"b": "bee"}, "kind": ["letter", "insect"]}, Names(["a", "b"]))
    {'name': ('', 'bee'), 'kind': ('letter', 'insect')}
    """
    return {str(field): texts_of(text, names) or () for field, text in fields.items()}


def joined(fields: Mapping[str, tuple[str, ...]], n: int) -> tuple[str, ...]:
    """All fields of each of ``n`` names as one text, those of :data:`NO_SENTENCE` left out.

    >>> joined({"name": ("", "bee"), "text": ("first", "an insect"), "id": ("1", "2")}, 2)
    ('first', 'bee: an insect')
    """
    told = [texts for field, texts in fields.items() if field.lower() not in NO_SENTENCE]
    return tuple(": ".join(filter(None, parts)) for parts in zip(*told, strict=True)) if told else ("",) * n
