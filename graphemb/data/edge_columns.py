"""Which columns of a table of edges are sources, targets and weights, and what is said of the others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from graphemb.data.dialect import EDGE_ROLES, WEIGHT_WORDS, find_roles, is_other
from graphemb.data.tables import Table
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError, shorten

Column = str | int | None


def find_ends(table: Table, source: Column, target: Column) -> tuple[int, int]:
    """The columns of sources and targets: those said, else those headed so, else the first two."""
    titles = table.titles
    first, second = find_roles(titles, EDGE_ROLES)
    s = first if source is None else table.find(source, "source")
    t = second if target is None else table.find(target, "target")
    if s == t:
        raise DataError(
            f"source and target of {table.path.name!r} are the same column, {titles[s]!r}; name both, of {', '.join(map(repr, titles))}"
        )
    return s, t


def find_weight(table: Table, ends: tuple[int, int], weight: Column | bool, *, ends_said: bool = False) -> int | None:
    """The column of weights: the one said or headed so; else the third, if it holds finite numbers and its header does not forbid it.

    Without a header the third of three must be numbers, or the file has a wrong line. With one, it is not taken where its title speaks of
    times, row numbers, labels or types, nor where the caller has named the ends and no weight.
    """
    if weight is False:
        return None
    if weight is not None and weight is not True:
        return table.find(weight, "weight")
    lowered = [title.lower() for title in table.titles]
    found = next((lowered.index(word) for word in WEIGHT_WORDS if word in lowered), None)
    if found is None:
        found = _third(table, ends, ends_said)
    if found is None and weight is True:
        raise UnknownNameError("weight column", "weight", table.titles, place=repr(table.path.name))
    return found


def _third(table: Table, ends: tuple[int, int], ends_said: bool) -> int | None:
    rest = [i for i in range(len(table.columns)) if i not in ends]
    if not rest or not len(table):
        return None
    column = rest[0]
    if table.dialect.header is None:
        return column if len(rest) == 1 or _is_numeric(table, column) else None
    title = table.titles[column]
    fits = len(rest) == 1 and not ends_said and bool(title) and not is_other(title)
    return column if fits and _is_numeric(table, column) else None


def _is_numeric(table: Table, column: int) -> bool:
    try:
        return bool(np.isfinite(table.numbers(column)).all())
    except FormatError:
        return False


def describe(table: Table, ends: tuple[int, int], weight: int | None, *, chosen: bool) -> dict[str, Any]:
    """What ``meta["reading"]`` says of header and columns; :class:`DataWarning` for a guess, or columns left out by nobody's choice."""
    said: dict[str, Any] = {} if weight is None else {"weights": table.titles[weight]}
    left_out = [title for i, title in enumerate(table.titles) if i not in (*ends, weight)]
    where = repr(str(table.path))
    if table.dialect.guessed:
        said["header"] = shorten(table.dialect.delimiter.join(table.dialect.header or ()))
        _warn(
            f"{where}, line {table.dialect.skip}: {said['header']!r} was taken as a header, since it stands over numbers; "
            "if it is an edge, read with header=False, or put the line 'source,target,weight' above it"
        )
    if left_out:
        said["left_out"] = left_out
    if left_out and not chosen:
        shown = ", ".join(repr(shorten(title, 40)) for title in left_out[:8])
        weights = "no weights" if weight is None else f"weights from {table.titles[weight]!r}"
        _warn(f"{where} was read with {weights}, and left out {shown}; to choose, name columns with weight=, or --columns of the command")
    return said


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=5)


def require_edges(table: Table) -> None:
    """Raise :class:`DataError` for a table that is a header and nothing else."""
    if not len(table) and table.dialect.header is not None:
        line = shorten(", ".join(table.dialect.header))
        raise DataError(
            f"{str(table.path)!r} is an empty graph: its single line, {line!r}, was taken as a header; "
            "add the edges below it, or if it is an edge put the line 'source,target' above it"
        )
