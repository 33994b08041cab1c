"""Edits that stand in an embedding's meta, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphemb import registry
from graphemb.cli.methods import settings_of
from graphemb.data.plain import plain
from graphemb.errors import UnknownNameError


def told_edits(edits: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """A line for each edit, in the order in which they were done; JSON has the whole of what was written down.

    >>> told_edits([{"edit": "leace", "parameters": {"tol": 0.01}, "concept": {"name": "sex"}, "strength": 0.5, "rank": 1, "moved": 0.02}])
    {'1': 'leace:tol=0.01 of sex, strength 0.5, rank 1, moved 0.02'}
    """
    return {str(number): _line(record) for number, record in enumerate(edits, start=1)}


def _line(record: Mapping[str, Any]) -> str:
    name = str(record.get("edit"))
    given = _given(name, record.get("parameters") or {})
    spec = name + (":" + ",".join(f"{k}={v}" for k, v in given.items()) if given else "")
    concept = (record.get("concept") or {}).get("name")
    side = record.get("side", "vectors")
    parts = [f"strength {record.get('strength')}", f"rank {record.get('rank')}", f"moved {_short(record.get('moved'))}"]
    return f"{spec}{f' of {concept}' if concept else ''}, {', '.join(parts)}{'' if side == 'vectors' else f', side {side}'}"


def _given(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not the edit's defaults; a long list is counted."""
    try:
        defaults = settings_of(registry.find("edit", name).load(), write=plain)
    except (UnknownNameError, ImportError):  # an edit of another package that is not here
        defaults = {}
    return {k: f"[{len(v)}]" if isinstance(v, list) and len(v) > 3 else v for k, v in parameters.items() if v != defaults.get(k)}


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
