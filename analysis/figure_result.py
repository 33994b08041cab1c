"""What results of evaluations share: figures by method and group, with intervals and chance levels, as tables, JSON and text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
import pandas as pd

from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import DataError, FormatError, shorten


class FigureRow(Protocol):
    """One figure of one method: a frozen dataclass, whose ``group`` is "" where ``grouping`` is "all"."""

    @property
    def method(self) -> str: ...
    @property
    def key(self) -> str:
        """The metric as JSON calls it."""
        ...

    @property
    def mean(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def chance(self) -> float: ...
    @property
    def grouping(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def baseline(self) -> bool: ...


Row = TypeVar("Row", bound=FigureRow)


class FigureResult(Generic[Row]):
    """Rows of figures, the paired differences between methods, and the settings; base of what evaluations return.

    A subclass says what its rows are, what they count (``unit``, a field of a row) and which columns its tables have.
    """

    row: ClassVar[type]
    words: ClassVar[str]
    """What the result is of, as an error calls it."""
    unit: ClassVar[str]
    columns: ClassVar[list[str]]
    difference_columns: ClassVar[list[str]]
    groupings: ClassVar[tuple[str, ...]]

    def __init__(self, rows: Iterable[Row], differences: pd.DataFrame | None = None, settings: Mapping[str, Any] | None = None):
        self.rows, self.settings = tuple(rows), dict(settings or {})
        self._differences = pd.DataFrame(columns=self.difference_columns) if differences is None else differences

    @property
    def methods(self) -> list[str]:
        """The methods that were asked to be judged: no baselines."""
        return list(dict.fromkeys(row.method for row in self.rows if not row.baseline))

    @property
    def overall(self) -> list[Row]:
        """The rows that are of no group."""
        return self.of("all")

    def of(self, grouping: str) -> list[Row]:
        """The rows of a grouping."""
        return [row for row in self.rows if row.grouping == grouping]

    def __getitem__(self, key: tuple[str, str]) -> Row:
        """The overall figure of a method and a metric."""
        method, metric = key
        for row in self.overall:
            if (row.method, row.key) == (method, metric):
                return row
        raise KeyError(key)

    # -- tables

    def to_frame(self) -> pd.DataFrame:
        """One row for every method and metric: mean, its 95% interval, chance, and how many it is a mean of."""
        return pd.DataFrame([self._record(row) for row in self.overall], columns=self.columns)

    def _record(self, row: Row) -> dict[str, Any]:
        return {column: getattr(row, column) for column in self.columns}

    def _grouped(self, grouping: str) -> pd.DataFrame:
        records = [{"group": row.group, **self._record(row)} for row in self.of(grouping)]
        return pd.DataFrame(records, columns=[self.columns[0], "group", *self.columns[1:]])

    def differences(self) -> pd.DataFrame:
        """``method`` minus ``other`` on the same data, with the 95% interval and two-sided p-value of the paired bootstrap.

        p-values are not corrected for the number of pairs.
        """
        return self._differences.copy()

    # -- files

    def to_dict(self) -> dict[str, Any]:
        """Figures of the first method on top, then those of all, groups, differences and settings, as strict JSON holds them.

        A metric's key, such as "recall@20", holds the plain number; ``_low``, ``_high`` and ``_chance`` after it its interval and chance.
        """
        lines = self._lines("all")
        tables = {
            "methods": lines,
            "groups": {name: self._lines(name) for name in self.groupings},
            "differences": self._differences.to_dict("records"),
        }
        first = {key: value for key, value in lines[0].items() if key != "baseline"} if lines else {}
        rows = [asdict(row) for row in self.rows]  # type: ignore[call-overload]  # a protocol cannot say that it is a dataclass
        return dict(plain({**first, **tables, "settings": self.settings, "format": self._format(), "rows": rows}))

    @classmethod
    def _format(cls) -> str:
        return f"graphemb {cls.words} 1"

    def _lines(self, grouping: str) -> list[dict[str, Any]]:
        """A line for every method and group; each metric's mean with interval and chance beside it."""
        lines: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self.of(grouping):
            group = {"group": row.group} if row.group else {}
            facts = {"method": row.method, **group, "baseline": row.baseline, self.unit: getattr(row, self.unit)}
            line = lines.setdefault((row.method, row.group), facts)
            line[row.key] = row.mean
            beside = {"low": row.low, "high": row.high, "chance": row.chance}
            line |= {f"{row.key}_{name}": value for name, value in beside.items() if np.isfinite(value)}
        return list(lines.values())

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> Self:
        """The result that :meth:`to_json` wrote to a file, without the figures of single users or queries."""
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            if document["format"] != cls._format():
                raise ValueError
            rows = [cls.row(**_with_nan(row)) for row in document["rows"]]
            differences = pd.DataFrame(document["differences"], columns=cls.difference_columns)
            return cls(rows, differences.astype({name: float for name in ("difference", "low", "high", "p")}), document["settings"])
        except (ValueError, KeyError, TypeError):
            raise FormatError(f"{str(path)!r} is not a {cls.words}; expected what {cls.__name__}.to_json writes") from None

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the report: one page that needs nothing else."""
        if not self.rows:
            raise DataError("there is nothing to report: the result has no rows")
        self._write_report(path)

    def _write_report(self, path: str | PathLike[str]) -> None:
        raise NotImplementedError

    # -- on the screen

    def summary(self) -> pd.DataFrame:
        """A row a method, a column a metric."""
        table: dict[str, dict[str, Any]] = {}
        for row in self.overall:
            table.setdefault(row.method, {"method": row.method})[row.key] = row.mean
        return pd.DataFrame(list(table.values()))

    def notes(self) -> list[str]:
        """What was judged and what to know about it, a sentence each."""
        said = self.settings
        return [str(said[key]) for key in ("judged", "left out", "warning") if said.get(key)]

    def __repr__(self) -> str:
        name = type(self).__name__
        if not self.rows:
            return f"{name} (no rows)"
        table = self.summary()
        table["method"] = [shorten(text, 40) for text in table["method"]]
        return "\n".join([name, *self.notes(), table.to_string(index=False, float_format="{:.4f}".format, na_rep="-")])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes())
        table = self.summary().to_html(index=False, escape=True, float_format="{:.4f}".format)
        return f"<div><b>{type(self).__name__}</b>{notes}{table}</div>"


def _with_nan(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row, null back to NaN."""
    return {key: np.nan if value is None else value for key, value in record.items()}
