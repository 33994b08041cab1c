"""The result of pricing: what every edit took out, what it left to be told, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graphemb.analysis.bias.result import distance_from
from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import DataError, UnknownNameError

if TYPE_CHECKING:
    import plotly.graph_objects as go

NONE = "none"
"""The edit of the embedding as it is."""


@dataclass(frozen=True)
class PriceRow:
    """One figure of one edited copy.

    Attributes
    ----------
    edit, strength : which copy; "none" and 0 of the embedding as it is
    question : "bias", "recovery", "kept" or "moved"
    figure : the measure, the probe, or what is kept
    value, low, high : the figure and its 95% interval, NaN where there is none
    null : the value without bias, the accuracy of the largest group, or what a random embedding keeps
    p : of a measure, where it has a test
    worse : which way from the null is worse: above, below or away
    lost, lost_low, lost_high : of what is kept, how much less than before the edit; its interval where both are means over the same units
    seconds : the fit of the edit
    """

    edit: str
    strength: float
    question: str = ""
    figure: str = ""
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    null: float = np.nan
    p: float = np.nan
    worse: str = ""
    lost: float = np.nan
    lost_low: float = np.nan
    lost_high: float = np.nan
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """The row of ``to_frame``."""
        return asdict(self)

    @property
    def bias(self) -> float:
        """How far the value is from its null, the worse way; a guess that is worse than chance is chance."""
        gap = distance_from(self.value, self.null, self.worse)
        return max(gap, 0.0) if self.question == "recovery" else gap


COLUMNS = [f.name for f in fields(PriceRow)]


class PriceResult:
    """What :func:`graphemb.analysis.price.price` found.

    ``rows`` are :class:`PriceRow`, ``skipped`` says in sentences what was left out and why, ``settings`` what was asked and of whom.

    >>> before = [PriceRow(NONE, 0, "bias", "weat", 1.0, null=0.0, worse="away"), PriceRow(NONE, 0, "kept", "mAP", 0.5, null=0.1)]
    >>> after = [PriceRow("hard", 1, "bias", "weat", -0.2, null=0.0, worse="away"), PriceRow("hard", 1, "kept", "mAP", 0.4, null=0.1)]
    >>> PriceResult(before + after).trade()[["edit", "removed", "lost"]].round(2).to_numpy().tolist()
    [['none', 0.0, 0.0], ['hard', 0.8, 0.25]]
    """

    def __init__(self, rows: Iterable[PriceRow], skipped: Sequence[str] = (), settings: Mapping[str, Any] | None = None):
        self.rows, self.skipped, self.settings = tuple(rows), tuple(skipped), dict(settings or {})

    @property
    def edits(self) -> list[str]:
        """The edits that were priced."""
        return [e for e in dict.fromkeys(row.edit for row in self.rows) if e != NONE]

    def figures(self, question: str) -> list[str]:
        """The figures that answer a question: "bias", "recovery", "kept" or "moved"."""
        return list(dict.fromkeys(row.figure for row in self.rows if row.question == question))

    # -- tables

    def to_frame(self) -> pd.DataFrame:
        """Every figure of every copy, in long form."""
        return pd.DataFrame([row.record() for row in self.rows], columns=COLUMNS)

    def summary(self) -> pd.DataFrame:
        """A row a copy, a column a figure: the embedding as it is first."""
        table: dict[tuple[str, float], dict[str, Any]] = {}
        for row in self.rows:
            line = table.setdefault((row.edit, row.strength), {"edit": row.edit, "strength": row.strength})
            line["moved" if row.question == "moved" else row.figure] = row.value
        return pd.DataFrame(list(table.values()))

    def trade(self, bias: str | None = None, kept: str | None = None) -> pd.DataFrame:
        """Bias removed against structure lost, a row a copy, as shares of what the embedding had before.

        removed = 1 - bias after / bias before, with bias the distance from the null the worse way: 1 where all is gone, below 0 where
        there is more. lost = (before - after) / (before - chance): 0 where all is kept, 1 where no more is left than a random embedding
        keeps. ``frontier`` is True where no other copy removes as much and loses less.

        Parameters
        ----------
        bias : a figure of "bias" or "recovery"; the first measure that was asked for, else what a line can tell ("logistic")
        kept : a figure of "kept"; the first one
        """
        bias, kept = self.chosen(bias, ("bias", "recovery")), self.chosen(kept, ("kept",))
        by_copy = {(row.edit, row.strength, row.figure): row for row in self.rows}
        before, whole = by_copy[NONE, 0.0, bias], by_copy[NONE, 0.0, kept]
        records = []
        for edit, strength in dict.fromkeys((row.edit, row.strength) for row in self.rows):
            after, left = by_copy.get((edit, strength, bias)), by_copy.get((edit, strength, kept))
            if after is None or left is None:
                continue
            records.append(
                {
                    "edit": edit,
                    "strength": strength,
                    "bias": after.bias,
                    "removed": _share(before.bias - after.bias, before.bias),
                    "kept": left.value,
                    "lost": _share(whole.value - left.value, whole.value - whole.null),
                    "lost_low": _share(left.lost_low, whole.value - whole.null),
                    "lost_high": _share(left.lost_high, whole.value - whole.null),
                }
            )
        table = pd.DataFrame(records)
        table["frontier"] = _undominated(table["removed"].to_numpy(), table["lost"].to_numpy())
        table.attrs |= {"bias": bias, "kept": kept}
        return table

    def frontier(self, bias: str | None = None, kept: str | None = None) -> pd.DataFrame:
        """The copies of :meth:`trade` that none beats: the cheapest way to remove as much, from the least removed on."""
        table = self.trade(bias, kept)
        return table[table["frontier"]].sort_values("removed").reset_index(drop=True)

    def chosen(self, figure: str | None, questions: Sequence[str]) -> str:
        """The figure; if none is named, the one that leads, or the first that answers one of the questions."""
        known = [f for q in questions for f in self.figures(q)]
        if not known:
            raise DataError(f"nothing of {' or '.join(questions)} was asked, so there is no trade to show; give a concept, or data")
        if figure is None:
            lead = self.settings.get("lead")
            return lead if lead in known else known[0]
        if figure not in known:
            raise UnknownNameError("figure", figure, known, remedy="there are: " + ", ".join(known))
        return figure

    def figure(self, bias: str | None = None, kept: str | None = None) -> go.Figure:
        """Bias removed against structure lost, one line an edit, its strengths as points."""
        from graphemb.analysis.frontier import frontier_figure

        return frontier_figure(self, bias, kept)

    # -- files

    def to_dict(self) -> dict[str, Any]:
        """Every copy with its figures, the frontier, what was skipped and the settings, as strict JSON holds them."""
        copies: dict[tuple[str, float], dict[str, Any]] = {}
        for row in self.rows:
            line = copies.setdefault((row.edit, row.strength), {"edit": row.edit, "strength": row.strength})
            key = "moved" if row.question == "moved" else row.figure
            line[key] = row.value
            beside = {"low": row.low, "high": row.high, "p": row.p, "chance": row.null if row.question != "bias" else np.nan}
            beside |= {"lost": row.lost, "lost_low": row.lost_low, "lost_high": row.lost_high}
            line |= {f"{key}_{name}": v for name, v in beside.items() if np.isfinite(v)}
        tables = {"copies": list(copies.values())}
        if self.figures("kept") and (self.figures("bias") or self.figures("recovery")):
            frontier = self.frontier()
            tables |= {"frontier": frontier.to_dict("records"), "frontier of": [dict(frontier.attrs)]}
        rows = [row.record() for row in self.rows]
        return dict(plain({**tables, "skipped": self.skipped, "settings": self.settings, "rows": rows}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the report: one page that needs nothing else."""
        from graphemb.analysis.price_report import write_price_report

        write_price_report(self, path)

    # -- on the screen

    def __repr__(self) -> str:
        table = self.summary().to_string(index=False, float_format="{:.4f}".format, na_rep="-", max_rows=40)
        return "\n".join(["PriceResult", table, *(f"left out: {text}" for text in self.skipped)])

    def _repr_html_(self) -> str:
        table = self.summary().to_html(index=False, escape=True, float_format="{:.4f}".format, na_rep="-")
        return f"<div><b>PriceResult</b>{table}{''.join(f'<p>left out: {escape(text)}</p>' for text in self.skipped)}</div>"


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


def _undominated(removed: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Where no other removes at least as much and loses at most as much, one of them strictly.

    >>> _undominated(np.array([0.0, 0.5, 0.4]), np.array([0.0, 0.1, 0.2])).tolist()
    [True, True, False]
    """
    better = (removed >= removed[:, None]) & (lost <= lost[:, None]) & ((removed > removed[:, None]) | (lost < lost[:, None]))
    return np.asarray(~better.any(axis=1) & np.isfinite(removed) & np.isfinite(lost))
