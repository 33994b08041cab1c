"""What a training was told and what it settled itself, for the lines of ``train`` and ``info``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphemb import registry
from graphemb.cli.methods import settings_of
from graphemb.data.plain import plain
from graphemb.errors import UnknownNameError

LEFT_OPEN = (None, "auto")
"""Values of a setting that leave it to the method."""

_NOTHING: tuple[Any, ...] = (None, False, [], {})


def given(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not at their method's defaults; all that say something, of a method that is not known here."""
    parameters = meta.get("parameters") or {}
    try:
        defaults = settings_of(registry.find("method", str(meta.get("method"))).load(), write=plain)
    except (UnknownNameError, ImportError):
        return {name: value for name, value in parameters.items() if value is not None}
    return {name: value for name, value in parameters.items() if name not in defaults or plain(value) != defaults[name]}


def settled(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What the method chose for the settings that were left to it, as far as its notes say so.

    >>> settled({"parameters": {"dim": 8, "lr": None, "solver": "auto"}, "notes": {"solver": "dense", "settings": {"lr": 0.1, "steps": 4}}})
    {'lr': 0.1, 'solver': 'dense'}
    """
    notes = meta.get("notes") or {}
    said = {k: v for group in (notes, *_groups(notes)) for k, v in group.items() if not isinstance(v, Mapping)}
    return {name: said[name] for name, value in (meta.get("parameters") or {}).items() if value in LEFT_OPEN and name in said}


def told(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a training for people: what was set, what the method settled, what else held; not what it did not use."""
    own, chosen = given(meta), settled(meta)
    rest = {k: v for k, v in (meta.get("parameters") or {}).items() if k not in own and k not in chosen and v is not None}
    used = {name: value for name, value in chosen.items() if value not in _NOTHING}
    return {"set": own or "nothing", **({"settled": used} if used else {}), **({"defaults": rest} if rest else {})}


def told_notes(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The notes of a training for people: without what :func:`told` says already, and without what does not apply."""
    notes = meta.get("notes") or {}
    said = {**(meta.get("parameters") or {}), **settled(meta)}

    def new(group: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in group.items() if v not in _NOTHING and not (k in said and said[k] == v)}

    left = new({k: v for k, v in notes.items() if k not in _group_names(notes)})
    for name, group in zip(_group_names(notes), _groups(notes), strict=True):
        left[name] = new(group)
        said.update(group)
    return {name: value for name, value in left.items() if value}


def _group_names(notes: Mapping[str, Any]) -> list[str]:
    return [name for name in ("scoring", "layout", "settings") if isinstance(notes.get(name), Mapping)]


def _groups(notes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Notes within notes that repeat settings as they were settled."""
    return [notes[name] for name in _group_names(notes)]
