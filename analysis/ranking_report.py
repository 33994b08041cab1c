"""The page of a ranking evaluation: what was judged, every figure with its interval, by group, how sure the order is, how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.probe_figures import metric_figure, number_in_words
from graphemb.analysis.probe_report import definition_lists
from graphemb.analysis.ranking_commands import python_lines, shell_line
from graphemb.analysis.ranking_result import RankingResult, RankingRow
from graphemb.data.atomic import atomic_path
from graphemb.errors import DataError, shorten
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.figure_style import method_styles
from graphemb.reconstruction.report.page import fill_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import Table, make_table

MEAN = "mean over users ± half the width of the 95% interval"
HEADS = {
    "series": ("method", "", "embedding or baseline"),
    "group": ("group", "", "of users, or of items"),
    "mean": ("mean", ".4f", "over users"),
    "low": ("low", ".4f", "lower end of the 95% interval"),
    "high": ("high", ".4f", "upper end of the 95% interval"),
    "chance": ("chance", ".4f", "the expectation of a random order"),
    "users": ("users", ",d", "judged"),
    "difference": ("difference", "+.4f", "mean over users of the paired difference"),
    "p": ("p", ".3f", "two-sided, paired bootstrap"),
}
GAPS = {name: (name, "+.4f", HEADS[name][2]) for name in ("low", "high")}
COLUMNS = ("series", "mean", "low", "high", "chance", "users")
SHOWN_ELSEWHERE = ("definitions", "versions", "methods", "data", "data_name", "judged", "left out", "warning")
GROUPINGS = {
    "activity": ("Users", "Groups of users, by how many training items they have", "Users are cut into quarters by their training items."),
    "popularity": (
        "Items",
        "Groups of items, by how often they are taken",
        "Recall restricted to test items of the group, over users who have some. Head, mid and tail hold a third of the training "
        "interactions each, cold items have none.",
    ),
}
WITHOUT_FIGURE = ("coverage", "gini", "popularity-lift")


def write_ranking_report(result: RankingResult, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the result as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no rows
    GraphembError : the place cannot be written to
    """
    text = render_ranking_report(result, title=title)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")
    return Path(path)


def render_ranking_report(result: RankingResult, *, title: str | None = None) -> str:
    """The page of :func:`write_ranking_report` as a string; it loads nothing, and every name in it is text."""
    if not result.rows:
        raise DataError("there is nothing to report: the result has no rows")
    settings = result.settings
    name = shorten(str(settings.get("data_name") or ""), 120)
    single = {key: value for key, value in settings.items() if key not in SHOWN_ELSEWHERE}
    return fill_page(
        title=shorten(title, 200) if title else f"Recommendations{f' on {name}' if name else ''}",
        lead=_lead(result),
        facts=_facts(settings, name),
        summary=[_summary(result)],
        sections=[*_score_sections(result), *_group_sections(result), *_difference_sections(result)],
        definitions=definition_lists({"": settings}),
        settings=[
            Block("Evaluation", pairs_in_words(single)),
            Block("Versions", pairs_in_words(settings.get("versions", {}))),
            Block("Embeddings", pairs_in_words({label: said or "given" for label, said in settings.get("methods", {}).items()}), wide=True),
        ],
        reproduce=[("Python", python_lines(settings)), ("Command line", shell_line(settings))],
    )


def _lead(result: RankingResult) -> str:
    """What was judged, the best method by the first metric, and what to beware of."""
    first = next(row for row in result.rows if row.grouping == "all")
    rows = [row for row in result.rows if row.grouping == "all" and row.key == first.key]
    best = max(rows, key=lambda row: (not row.baseline, row.mean))
    others = [row for row in rows if row.baseline]
    beside = max(others, key=lambda row: row.mean, default=None)
    sure = f" (95% interval {best.low:.4f} to {best.high:.4f})" if np.isfinite(best.low) else ""
    finding = f"{shorten(best.method, 80)} has {best.key} {best.mean:.4f}{sure}, where a random order gives {best.chance:.4f}"
    against = f" and {shorten(beside.method, 60)} {beside.mean:.4f}" if beside is not None else ""
    return " ".join([f"{finding}{against}.", *(f"{note[:1].upper()}{note[1:]}." for note in result.notes())])


def _facts(settings: dict[str, Any], name: str) -> list[tuple[str, str]]:
    data = settings.get("data") or {}
    words = {"n_users": "users", "n_items": "items", "train": "training interactions", "validation": "in validation", "test": "in test"}
    facts = [("data", name)] if name else []
    facts += [(word, f"{data[key]:,}") for key, word in words.items() if data.get(key)]
    return [*facts, *([("fingerprint", str(data["fingerprint"])[:12])] if "fingerprint" in data else [])]


def _frame(rows: list[RankingRow]) -> pd.DataFrame:
    """Rows as figures and tables take them: ``series`` is the method, and there are no shares."""
    records = [{**row.record(), "series": row.method, "share": np.nan, "group": row.group, "key": row.key} for row in rows]
    return pd.DataFrame(records)


def _styles(result: RankingResult) -> dict[str, Any]:
    return method_styles((row.method for row in result.rows), baselines={row.method for row in result.rows if row.baseline})


# -- tables and sections


def _summary(result: RankingResult) -> Table:
    """A row a method, a column a metric at the first k, with half widths; what is best among methods stands out. csv has all."""
    rows = [row for row in result.rows if row.grouping == "all"]
    rows = [row for row in rows if row.k == rows[0].k]
    wide = result.summary().rename(columns={"method": "series"})
    metrics = list(dict.fromkeys(row.key for row in rows))
    heads = HEADS | {metric: (metric, ".4f", MEAN) for metric in metrics}
    table = make_table(wide, ["series", *metrics], "Summary", limit=len(wide), data=result.to_frame(), about=heads)
    cells = {(row.method, row.key): row for row in rows}
    accuracy = {row.key for row in rows if row.metric not in WITHOUT_FIGURE}
    for i, method in enumerate(wide["series"]):
        for j, metric in enumerate(metrics, start=1):
            row = cells.get((method, metric))
            if row is not None:
                top = max(other.mean for other in rows if other.key == metric and not other.baseline) if not row.baseline else np.inf
                best = metric in accuracy and row.mean == top
                table.rows[i][j] = replace(table.rows[i][j], parts=(number_in_words(row.mean, row.low, row.high),), best=best)
    return table


def _panels(frame: pd.DataFrame, by: str, place: str, styles: dict[str, Any]) -> Iterator[Panel]:
    """A tab for each metric or group: its table, and its figure where the metric is a mean of shares."""
    for i, (label, part) in enumerate(frame.groupby(by, sort=False)):
        key, metric = part["key"].iloc[0], part["metric"].iloc[0]
        figure = None if metric in WITHOUT_FIGURE else metric_figure(part, styles, metric=key)
        yield Panel(f"{place}-{i}", str(label), make_table(part, COLUMNS, str(label), about=HEADS), figure)


def _score_sections(result: RankingResult) -> Iterator[Section]:
    frame = _frame([row for row in result.rows if row.grouping == "all"])
    caption = (
        "The mean over users (marker) with its 95% bootstrap interval (whisker). Baselines are grey and open. Intervals that overlap do "
        "not mean that methods are equal: the paired differences below are the sharper test."
    )
    panels = list(_panels(frame, "key", "scores", _styles(result)))
    yield Section("scores", "Scores", "Every method, metric by metric", caption, panels)


def _group_sections(result: RankingResult) -> Iterator[Section]:
    """The first recall, group by group."""
    for grouping, (short, title, caption) in GROUPINGS.items():
        rows = [row for row in result.rows if row.grouping == grouping and row.metric == "recall"]
        rows = [row for row in rows if row.k == rows[0].k]
        if rows:
            panels = list(_panels(_frame(rows), "group", grouping, _styles(result)))
            yield Section(grouping, short, f"{title}: {rows[0].key}", caption, panels)


def _difference_sections(result: RankingResult) -> Iterator[Section]:
    table = result.differences()
    if not len(table):
        return
    table = table.assign(series=table["method"], minus=table["other"], key=table["metric"] + "@" + table["k"].astype(str))
    columns = ("series", "minus", "difference", "low", "high", "p", "users")
    panels = [
        Panel(f"differences-{i}", str(key), make_table(part, columns, str(key), about=HEADS | GAPS))
        for i, (key, part) in enumerate(table.groupby("key", sort=False))
    ]
    caption = (
        "One method minus another on the same users, with the 95% interval and the p-value of the paired bootstrap, not corrected for the "
        "number of pairs; an interval that holds zero leaves the order open."
    )
    yield Section("differences", "Differences", "How sure the order of the methods is", caption, panels)
