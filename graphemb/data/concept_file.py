"""Concepts in JSON files."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

from graphemb.data.concept import Concept
from graphemb.errors import DataError, FormatError

PARTS = ("name", "groups", "sets", "pairs", "equalise", "specific", "targets", "kind", "source")


def read_concept(path: str | PathLike[str]) -> Concept:
    """The concept in a JSON file.

    Three forms: groups of names ``{"female": ["she", ...], "male": [...]}``; pairs (or longer sets) ``[["she", "he"], ...]``; or an object
    of the parts of a :class:`Concept`: ``groups`` (as above, or their labels where there are ``sets``, also called ``pairs``),
    ``equalise``, ``specific``, ``targets`` (a concept again), ``kind``, ``name``, ``source``. Its name is the file's if it says none.

    Raises
    ------
    FormatError : the file is no JSON, or of another form; DataError : what it says makes no concept

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sex.json"
    ...     _ = path.write_text('[["she", "he"], ["woman", "man"]]')
    ...     concept = read_concept(path)
    >>> concept.name, concept.pairs
    ('sex', (('she', 'he'), ('woman', 'man')))
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"expected a JSON file that holds a concept, and {str(path)!r} is no file")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FormatError(f"{path}: expected JSON, got something else: {error}") from None
    return _as_concept(document, path, path.stem)


def _as_concept(document: Any, path: Path, name: str) -> Concept:
    if isinstance(document, list):
        return Concept.from_pairs(name, _lists(document, path, "pairs"), source=path.name)
    if not isinstance(document, dict):
        raise FormatError(f"{path}: a concept is groups of names, or a list of pairs; got {type(document).__name__}")
    if not {"groups", "sets", "pairs"} & set(document):
        return Concept(name, {label: _names(names, path, label) for label, names in document.items()}, source=path.name)
    if unknown := [key for key in document if key not in PARTS]:
        raise FormatError(f"{path}: a concept has no part {unknown[0]!r}; parts are {', '.join(PARTS)}")
    more: dict[str, Any] = {"source": path.name, **{k: document[k] for k in ("kind", "source") if k in document}}
    if "specific" in document:
        more["specific"] = _names(document["specific"], path, "specific")
    if "equalise" in document:
        more["equalise"] = tuple(_lists(document["equalise"], path, "equalise"))
    if "targets" in document:
        more["targets"] = _as_concept(document["targets"], path, "targets")
    called = str(document.get("name", name))
    sets = [members for part in ("sets", "pairs") for members in _lists(document.get(part, []), path, part)]
    groups = document.get("groups")
    if isinstance(groups, dict):
        return Concept(called, {label: _names(names, path, label) for label, names in groups.items()}, tuple(sets), **more)
    return Concept.from_pairs(called, sets, groups=None if groups is None else _names(groups, path, "groups"), **more)


def _names(value: Any, path: Path, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise FormatError(f"{path}: {what!r} must be a list of names")
    return tuple(value)


def _lists(value: Any, path: Path, what: str) -> list[tuple[str, ...]]:
    if not isinstance(value, list):
        raise FormatError(f"{path}: {what!r} must be a list of lists of names")
    return [_names(members, path, what) for members in value]
