"""The result of a ranking evaluation: means over users with intervals and chance levels, overall and by group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import DataError, FormatError, shorten

_FORMAT = "graphemb ranking result 1"
COLUMNS = ["method", "metric", "k", "mean", "low", "high", "chance", "users"]
DIFFERENCES = ["metric", "k", "method", "other", "difference", "low", "high", "p", "users"]


@dataclass(frozen=True)
class RankingRow:
    """One figure of one method.

    Attributes
    ----------
    method : the label of the embedding, or the name of a baseline
    metric, k : "recall", "ndcg", ... of the best k items
    mean : over ``users`` users; coverage and Gini are of all recommendations together
    low, high : the ends of the 95% bootstrap interval over users; NaN where there is none
    chance : the expectation of a random order, NaN where that is not defined
    grouping, group : "all" and "", "activity" and a group of users, or "popularity" and a group of items
    baseline : stands beside the methods for perspective
    """

    method: str
    metric: str
    k: int
    mean: float
    low: float
    high: float
    chance: float
    users: int
    grouping: str = "all"
    group: str = ""
    baseline: bool = False

    @property
    def key(self) -> str:
        """The metric as JSON calls it, such as ``recall@20``."""
        return f"{self.metric}@{self.k}"

    def record(self) -> dict[str, Any]:
        """The row of ``to_frame``."""
        return {column: getattr(self, column) for column in COLUMNS}


class RankingResult:
    """What :func:`graphemb.analysis.recommendation.evaluate` found: a :class:`RankingRow` for every method, metric, k and group.

    ``settings`` hold what was judged and how: split, masks, candidates, definitions, counts, seeds, fingerprints and versions.
    ``values`` hold, by method and metric, the figures of single users, whose names are ``users``; a result read from a file has none.

    >>> rows = [RankingRow(name, "recall", 20, mean, mean - 0.1, mean + 0.1, 0.01, 50) for name, mean in (("a", 0.3), ("b", 0.2))]
    >>> result = RankingResult(rows)
    >>> result.to_frame()["mean"].tolist(), result["a", "recall@20"].mean
    ([0.3, 0.2], 0.3)
    """

    def __init__(
        self,
        rows: Iterable[RankingRow],
        differences: pd.DataFrame | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        users: Iterable[str] = (),
        values: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    ):
        self.rows, self.settings = tuple(rows), dict(settings or {})
        self._differences = pd.DataFrame(columns=DIFFERENCES) if differences is None else differences
        self.users, self.values = tuple(users), dict(values or {})

    @property
    def methods(self) -> list[str]:
        """The methods that were asked to be judged: no baselines."""
        return list(dict.fromkeys(row.method for row in self.rows if not row.baseline))

    def __getitem__(self, key: tuple[str, str]) -> RankingRow:
        """The overall figure of a method and a metric, such as ``result["lightgcn", "recall@20"]``."""
        method, metric = key
        for row in self.rows:
            if row.grouping == "all" and (row.method, row.key) == (method, metric):
                return row
        raise KeyError(key)

    # -- tables

    def to_frame(self) -> pd.DataFrame:
        """One row for every method, metric and k: mean over users, its 95% interval, chance, and how many users."""
        return pd.DataFrame([row.record() for row in self.rows if row.grouping == "all"], columns=COLUMNS)

    def by_activity(self) -> pd.DataFrame:
        """The same for groups of users, by how many training items they have."""
        return self._grouped("activity")

    def by_popularity(self) -> pd.DataFrame:
        """Recall restricted to the test items of a group: head, mid and tail hold a third of training interactions each, cold have none."""
        return self._grouped("popularity")

    def _grouped(self, grouping: str) -> pd.DataFrame:
        records = [{"group": row.group, **row.record()} for row in self.rows if row.grouping == grouping]
        return pd.DataFrame(records, columns=[COLUMNS[0], "group", *COLUMNS[1:]])

    def differences(self) -> pd.DataFrame:
        """``method`` minus ``other`` on the same users, with the 95% interval and two-sided p-value of the paired bootstrap.

        p-values are not corrected for the number of pairs.
        """
        return self._differences.copy()

    def per_user(self) -> pd.DataFrame:
        """The figures of every user: user, method, and a column a metric."""
        if not self.values:
            raise DataError("this result was read from a file, which holds no figures of single users; evaluate again")
        parts = [pd.DataFrame({"user": self.users, "method": method, **values}) for method, values in self.values.items()]
        return pd.concat(parts, ignore_index=True)

    # -- files

    def to_dict(self) -> dict[str, Any]:
        """Figures of the first method on top, then those of all, groups, differences and settings, as strict JSON holds them.

        A metric's key, such as "recall@20", holds the plain number; ``_low``, ``_high`` and ``_chance`` after it its interval and chance.
        """
        lines = _lines(row for row in self.rows if row.grouping == "all")
        groups = {name: _lines(row for row in self.rows if row.grouping == name) for name in ("activity", "popularity")}
        tables = {"methods": lines, "groups": groups, "differences": self._differences.to_dict("records")}
        first = {key: value for key, value in lines[0].items() if key != "baseline"} if lines else {}
        return dict(plain({**first, **tables, "settings": self.settings, "format": _FORMAT, "rows": [asdict(row) for row in self.rows]}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> RankingResult:
        """The result that :meth:`to_json` wrote to a file, without the figures of single users."""
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            if document["format"] != _FORMAT:
                raise ValueError
            rows = [_row(row) for row in document["rows"]]
            differences = pd.DataFrame(document["differences"], columns=DIFFERENCES)
            return cls(rows, differences.astype({name: float for name in DIFFERENCES[4:8]}), document["settings"])
        except (ValueError, KeyError, TypeError):
            raise FormatError(f"{str(path)!r} is not a ranking result; expected what RankingResult.to_json writes") from None

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the report: one page that needs nothing else."""
        if not self.rows:
            raise DataError("there is nothing to report: the result has no rows")
        from graphemb.analysis.ranking_report import write_ranking_report

        write_ranking_report(self, path)

    # -- on the screen

    def summary(self) -> pd.DataFrame:
        """A row a method, a column a metric."""
        rows = [row for row in self.rows if row.grouping == "all"]
        table: dict[str, dict[str, Any]] = {}
        for row in rows:
            table.setdefault(row.method, {"method": row.method})[row.key] = row.mean
        return pd.DataFrame(list(table.values()))

    def notes(self) -> list[str]:
        """What was judged and what to know about it, a sentence each."""
        said = self.settings
        return [str(said[key]) for key in ("judged", "left out", "warning") if said.get(key)]

    def __repr__(self) -> str:
        if not self.rows:
            return "RankingResult (no rows)"
        table = self.summary()
        table["method"] = [shorten(text, 40) for text in table["method"]]
        return "\n".join(["RankingResult", *self.notes(), table.to_string(index=False, float_format="{:.4f}".format, na_rep="-")])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes())
        return f"<div><b>RankingResult</b>{notes}{self.summary().to_html(index=False, escape=True, float_format='{:.4f}'.format)}</div>"


def _lines(rows: Iterable[RankingRow]) -> list[dict[str, Any]]:
    """A line for every method and group; each metric's mean with interval and chance beside it."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        facts = {"method": row.method, **({"group": row.group} if row.group else {}), "baseline": row.baseline, "users": row.users}
        line = lines.setdefault((row.method, row.group), facts)
        line[row.key] = row.mean
        beside = {"low": row.low, "high": row.high, "chance": row.chance}
        line |= {f"{row.key}_{name}": value for name, value in beside.items() if np.isfinite(value)}
    return list(lines.values())


def _row(record: Mapping[str, Any]) -> RankingRow:
    """A row from its dictionary, null back to NaN."""
    facts: dict[str, Any] = {key: np.nan if value is None else value for key, value in record.items()}
    return RankingRow(**facts)
