"""The page of a ranking evaluation: what was judged, every figure with its interval, by group, how sure the order is, how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from graphemb.analysis.figure_report import (
    as_sentences,
    data_facts,
    difference_section,
    figure_frame,
    figure_panels,
    figure_styles,
    finding,
    require_rows,
    settings_blocks,
    summary_table,
)
from graphemb.analysis.probe_report import definition_lists
from graphemb.analysis.ranking_commands import python_lines, shell_line
from graphemb.analysis.ranking_result import RankingResult
from graphemb.errors import shorten
from graphemb.reconstruction.report.page import fill_page, write_page
from graphemb.reconstruction.report.parts import Section
from graphemb.reconstruction.report.tables import Table

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
    return write_page(render_ranking_report(result, title=title), path)


def render_ranking_report(result: RankingResult, *, title: str | None = None) -> str:
    """The page of :func:`write_ranking_report` as a string; it loads nothing, and every name in it is text."""
    require_rows(result)
    settings = result.settings
    name = shorten(str(settings.get("data_name") or ""), 120)
    words = {"n_users": "users", "n_items": "items", "train": "training interactions", "validation": "in validation", "test": "in test"}
    first = [row for row in result.overall if row.key == result.overall[0].key]
    return fill_page(
        title=shorten(title, 200) if title else f"Recommendations{f' on {name}' if name else ''}",
        lead=as_sentences(finding(first), result.notes()),
        facts=data_facts(settings, name, words),
        summary=[_summary(result)],
        sections=[*_score_sections(result), *_group_sections(result), *_difference_sections(result)],
        definitions=definition_lists({"": settings}),
        settings=settings_blocks(settings, SHOWN_ELSEWHERE),
        reproduce=[("Python", python_lines(settings)), ("Command line", shell_line(settings))],
    )


def _summary(result: RankingResult) -> Table:
    """A row a method, a column a metric at the first k."""
    rows = [row for row in result.overall if row.k == result.overall[0].k]
    return summary_table(result, rows, "users", rising=[row.key for row in rows if row.metric not in WITHOUT_FIGURE])


def _score_sections(result: RankingResult) -> Iterator[Section]:
    caption = (
        "The mean over users (marker) with its 95% bootstrap interval (whisker). Baselines are grey and open. Intervals that overlap do "
        "not mean that methods are equal: the paired differences below are the sharper test."
    )
    frame = figure_frame(result.overall)
    panels = list(figure_panels(frame, "key", "scores", figure_styles(result), "users", without_figure=WITHOUT_FIGURE))
    yield Section("scores", "Scores", "Every method, metric by metric", caption, panels)


def _group_sections(result: RankingResult) -> Iterator[Section]:
    """The first recall, group by group."""
    for grouping, (short, title, caption) in GROUPINGS.items():
        rows = [row for row in result.of(grouping) if row.metric == "recall"]
        rows = [row for row in rows if row.k == rows[0].k]
        if rows:
            panels = list(figure_panels(figure_frame(rows), "group", grouping, figure_styles(result), "users"))
            yield Section(grouping, short, f"{title}: {rows[0].key}", caption, panels)


def _difference_sections(result: RankingResult) -> Iterator[Section]:
    table = result.differences()
    if len(table):
        yield difference_section(table.assign(key=table["metric"] + "@" + table["k"].astype(str)), "users")
