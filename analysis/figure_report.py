"""What the pages of evaluations share: tables and panels of figures with intervals, and how sure the order of methods is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.figure_result import FigureResult, FigureRow
from graphemb.analysis.probe_figures import metric_figure, number_in_words
from graphemb.errors import DataError, shorten
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.figure_style import method_styles
from graphemb.reconstruction.report.figures import Styles
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import Table, make_table

HEADS = {
    "series": ("method", "", "embedding or baseline"),
    "mean": ("mean", ".4f", "over all that were judged"),
    "low": ("low", ".4f", "lower end of the 95% interval"),
    "high": ("high", ".4f", "upper end of the 95% interval"),
    "chance": ("chance", ".4f", "the expectation of a random order"),
    "users": ("users", ",d", "judged"),
    "queries": ("queries", ",d", "triples asked from one side"),
    "difference": ("difference", "+.4f", "mean of the paired difference"),
    "p": ("p", ".3f", "two-sided, paired bootstrap"),
}
GAPS = {name: (name, "+.4f", HEADS[name][2]) for name in ("low", "high")}


def require_rows(result: FigureResult[Any]) -> None:
    """Raise :class:`DataError` where there is nothing to put on a page."""
    if not result.rows:
        raise DataError("there is nothing to report: the result has no rows")


def finding(rows: Sequence[FigureRow]) -> str:
    """The best method by one metric, with its interval, chance and the best baseline, as a sentence without its stop."""
    best = max(rows, key=lambda row: (not row.baseline, row.mean))
    others = [row for row in rows if row.baseline]
    beside = max(others, key=lambda row: row.mean, default=None)
    sure = f" (95% interval {best.low:.4f} to {best.high:.4f})" if np.isfinite(best.low) else ""
    against = f" and {shorten(beside.method, 60)} {beside.mean:.4f}" if beside is not None else ""
    return f"{shorten(best.method, 80)} has {best.key} {best.mean:.4f}{sure}, where a random order gives {best.chance:.4f}{against}"


def as_sentences(finding: str, notes: Iterable[str]) -> str:
    """What was found and the notes of a result, as sentences.

    >>> as_sentences("a is best", ["b was left out"])
    'a is best. B was left out.'
    """
    return " ".join([f"{finding}.", *(f"{note[:1].upper()}{note[1:]}." for note in notes)])


def figure_frame(rows: Iterable[FigureRow]) -> pd.DataFrame:
    """Rows as figures and tables take them: ``series`` is the method, and there are no shares."""
    facts = ({**asdict(row), "series": row.method, "share": np.nan, "key": row.key} for row in rows)  # type: ignore[call-overload]
    return pd.DataFrame(list(facts))


def figure_styles(result: FigureResult[Any]) -> Styles:
    """Colours of methods; baselines are grey."""
    return method_styles((row.method for row in result.rows), baselines={row.method for row in result.rows if row.baseline})


def summary_table(
    result: FigureResult[Any], rows: Sequence[FigureRow], unit: str, *, rising: Iterable[str], falling: Iterable[str] = ()
) -> Table:
    """A row a method, a column a metric of ``rows``, with half widths; csv has all figures.

    What is best among methods stands out, of metrics where more is better (``rising``) or less (``falling``).
    """
    wide = result.summary().rename(columns={"method": "series"})
    metrics, rises, falls = list(dict.fromkeys(row.key for row in rows)), set(rising), set(falling)
    about = f"mean over {unit} ± half the width of the 95% interval"
    heads = HEADS | {metric: (metric, ".4f", about) for metric in metrics}
    table = make_table(wide, ["series", *metrics], "Summary", limit=len(wide), data=result.to_frame(), about=heads)
    cells = {(row.method, row.key): row for row in rows}
    for j, metric in enumerate(metrics, start=1):
        given = [row.mean for row in rows if row.key == metric and not row.baseline]
        top = max(given, default=np.nan) if metric in rises else min(given, default=np.nan) if metric in falls else np.nan
        for i, method in enumerate(wide["series"]):
            if (row := cells.get((method, metric))) is not None:
                words = _in_words(row.mean, row.low, row.high)
                table.rows[i][j] = replace(table.rows[i][j], parts=(words,), best=not row.baseline and row.mean == top)
    return table


def _in_words(mean: float, low: float, high: float) -> str:
    """A share as other pages write it; a larger number, such as a mean rank, with one decimal.

    >>> _in_words(0.5, 0.4, 0.6), _in_words(20440.73, 20110.8, 20770.6)
    ('0.500 ± 0.100', '20,440.7 ± 329.9')
    """
    if abs(mean) < 10 or not np.isfinite(mean + low + high):
        return number_in_words(mean, low, high)
    return f"{mean:,.1f} ± {max(mean - low, high - mean):,.1f}"


def figure_panels(
    frame: pd.DataFrame, by: str, place: str, styles: Styles, unit: str, *, without_figure: Iterable[str] = ()
) -> Iterator[Panel]:
    """A tab for each metric or group: its table, and its figure unless the metric is one of ``without_figure``."""
    plain = set(without_figure)
    columns = ("series", "mean", "low", "high", "chance", unit)
    for i, (label, part) in enumerate(frame.groupby(by, sort=False)):
        key, metric = part["key"].iloc[0], part["metric"].iloc[0]
        figure = None if metric in plain else metric_figure(part, styles, metric=key)
        yield Panel(f"{place}-{i}", str(label), make_table(part, columns, str(label), about=HEADS), figure)


def difference_section(table: pd.DataFrame, unit: str) -> Section:
    """One method minus another, a tab a metric; ``table`` names the metric of each row in ``key``."""
    table = table.assign(series=table["method"], minus=table["other"])
    columns = ("series", "minus", "difference", "low", "high", "p", unit)
    panels = [
        Panel(f"differences-{i}", str(key), make_table(part, columns, str(key), about=HEADS | GAPS))
        for i, (key, part) in enumerate(table.groupby("key", sort=False))
    ]
    caption = (
        f"One method minus another on the same {unit}, with the 95% interval and the p-value of the paired bootstrap, not corrected for "
        "the number of pairs; an interval that holds zero leaves the order open."
    )
    return Section("differences", "Differences", "How sure the order of the methods is", caption, panels)


def settings_blocks(settings: Mapping[str, Any], shown_elsewhere: Iterable[str]) -> list[Block]:
    """How it was evaluated, with which versions, and what the embeddings say of themselves."""
    hidden = set(shown_elsewhere)
    single = {key: value for key, value in settings.items() if key not in hidden}
    return [
        Block("Evaluation", pairs_in_words(single)),
        Block("Versions", pairs_in_words(settings.get("versions", {}))),
        Block("Embeddings", pairs_in_words({label: said or "given" for label, said in settings.get("methods", {}).items()}), wide=True),
    ]


def data_facts(settings: Mapping[str, Any], name: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """The data in numbers, by the words for them, and the start of its fingerprint."""
    data = settings.get("data") or {}
    facts = [("data", name)] if name else []
    facts += [(word, f"{data[key]:,}") for key, word in words.items() if data.get(key)]
    return [*facts, *([("fingerprint", str(data["fingerprint"])[:12])] if "fingerprint" in data else [])]
