"""What verbs print: tables for people, one JSON object for machines, chatter on stderr."""

from __future__ import annotations

import json
import math
import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from graphemb.data.plain import plain
from graphemb.errors import GraphembWarning

if TYPE_CHECKING:
    import pandas as pd

_CONTROL = {c: repr(chr(c))[1:-1] for c in (*range(32), *range(127, 160), 0x2028, 0x2029)}
"""Control characters and line separators, which a name may hold and a terminal would obey, as escapes."""


_NUMBER = re.compile(r"-|[<>]?[-+]?[\d.,]+(e[-+]?\d+)?")


def visible(text: str) -> str:
    r"""The text with control characters written out.

    >>> visible("a\x1b[31m")
    'a\\x1b[31m'
    """
    return text.translate(_CONTROL)


def one_line(text: str) -> str:
    r"""The text on one line: blanks and line ends folded, control characters written out.

    >>> one_line("two\n  lines")
    'two lines'
    """
    return visible(" ".join(text.split()))


def chat(message: str) -> None:
    """Say something that is not the result, on stderr."""
    typer.echo(f"graphemb: {message}", err=True)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as JSON objects."""
    return [plain(row) for row in frame.to_dict("records")]


def print_json(result: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    typer.echo(json.dumps(plain(result), ensure_ascii=False, allow_nan=False, indent=2))


def cell(value: Any) -> str:
    """A value as a table shows it.

    >>> cell(1234567), cell(0.12345), cell(float("nan")), cell(True)
    ('1,234,567', '0.123', '-', 'yes')
    """
    value = value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.2e}"
    return visible(str(value))


def table_cell(value: Any) -> str:
    """The same, but numbers with a fraction always have three decimals, so that a column can be read down.

    >>> table_cell(0.71349), table_cell(1.56e-4), table_cell(-1.56e-4), table_cell(9.52e-17), table_cell(12345.6)
    ('0.713', '<0.001', '>-0.001', '0.000', '12,345.600')
    """
    value = value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
    if not isinstance(value, float) or not math.isfinite(value):
        return cell(value)
    if 1e-12 <= abs(value) < 1e-3:
        return "<0.001" if value > 0 else ">-0.001"
    return f"{value if abs(value) >= 1e-12 else 0.0:,.3f}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, optional: Sequence[str] = ()) -> None:
    """Print a table on stdout; numbers stand to the right.

    Nothing is ever cut off: a pipe or a file has no width; on a terminal words break over lines, and where that is not enough the
    columns in ``optional`` are left out, the first named first, which is said on stderr.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    listed = [[table_cell(value) for value in row] for row in rows]
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 10_000)
    shown = _that_fit(columns, listed, optional, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i in shown:
        if _is_numeric(i, listed):
            table.add_column(Text(columns[i]), justify="right", no_wrap=True, min_width=max(len(row[i]) for row in listed))
        else:
            table.add_column(Text(columns[i]), overflow="fold")
    for row in listed:
        table.add_row(*(Text(row[i]) for i in shown))
    console.print(table)
    if len(shown) < len(columns):
        left_out = ", ".join(name for i, name in enumerate(columns) if i not in shown)
        warnings.warn(f"the terminal is too narrow for {left_out}; --json has everything", GraphembWarning, stacklevel=2)


def _is_numeric(i: int, rows: list[list[str]]) -> bool:
    return any(row[i] != "-" for row in rows) and all(_NUMBER.fullmatch(row[i]) for row in rows)


def _that_fit(columns: Sequence[str], rows: list[list[str]], optional: Sequence[str], width: int) -> list[int]:
    """Positions of the columns to print: all, less as many optional ones as it takes to fit the width."""
    needed = {i: max(len(name), *(len(row[i]) for row in rows), 0) + 3 for i, name in enumerate(columns)}
    for name in optional:
        if sum(needed.values()) - 3 > width:
            needed.pop(columns.index(name))
    return list(needed)


def print_facts(facts: Mapping[str, Any], *, below: str = "") -> None:
    """Print ``name  value`` lines on stdout, one a fact; indented ``below`` a line that says what they are facts of."""
    width = max((len(k) for k in facts), default=0)
    if below and facts:
        typer.echo(below)
    for key, value in facts.items():
        inline = _inline(value)[1:-1] if isinstance(value, Mapping) else _inline(value)
        typer.echo(f"{'  ' if below else ''}{visible(key):<{width}}  {inline or '-'}")


def _inline(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        most = 3 if value and isinstance(value[0], Mapping) else 12
        return ", ".join(_shortened([_inline(v) for v in value], most)) or "-"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}={_listed(v)}" for k, v in value.items()) + "}"
    return cell(value)


def _listed(value: Any) -> str:
    """A value of a mapping: a list in brackets, which tell where it ends."""
    return f"[{_inline(value) if value else ''}]" if isinstance(value, (list, tuple)) else _inline(value)


def _shortened(items: list[str], most: int) -> list[str]:
    """A long list, such as the losses of all epochs, without its middle; JSON has it whole."""
    ends = max(most // 4, 1)
    return items if len(items) <= most else [*items[:ends], "...", *items[-ends:], f"{len(items):,} in all"]


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and what it counts.

    >>> counted(1, "edge"), counted(1200, "edge")
    ('1 edge', '1,200 edges')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def say_written(path: Path | str) -> None:
    """Tell on stderr that a file is there now."""
    chat(f"wrote {path}")
