"""The page of a triple evaluation: every figure with its interval, raw and adjusted for chance, by group, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from graphemb.analysis.figure_report import (
    HEADS,
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
from graphemb.analysis.probe_figures import axis_span
from graphemb.analysis.probe_report import definition_lists
from graphemb.analysis.triple_commands import python_lines, shell_line
from graphemb.analysis.triple_result import TripleResult
from graphemb.errors import shorten
from graphemb.reconstruction.report.figure_style import finish, plain, whiskers
from graphemb.reconstruction.report.figures import Styles
from graphemb.reconstruction.report.page import fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import Table, make_table

SHOWN_ELSEWHERE = ("definitions", "versions", "methods", "data", "data_name", "judged", "unseen", "ties", "warning", "splits")
SUMMARY = ("MRR", "hits", "MR", "AMRI", "adjusted-MRR")
FALLING = ("MR", "AMR")
"""Metrics of which less is better; their scale is not that of shares, so they have no figure."""
SCORES = {
    "ranks": ("Ranks", "Where right answers stand", ("MRR", "hits", "MR")),
    "adjusted": ("Chance", "The same, adjusted for chance", ("AMRI", "adjusted", "AMR", "z")),
    "macro": ("Questions", "Every distinct question weighing the same", ("macro",)),
}
CAPTIONS = {
    "ranks": "The figure over all queries (marker) with its 95% bootstrap interval over triples (whisker). Baselines are grey and open. "
    "Intervals that overlap do not mean that methods are equal: the paired differences below are the sharper test.",
    "adjusted": "0 is what a random order gives and 1 is best, however many entities there are, so that these figures compare between "
    "data. AMR is 1 by chance and lower is better; z counts standard deviations from chance.",
    "macro": "A mean over the distinct questions (h, r, ?) and (?, r, t), so that one with many right answers weighs no more than others.",
}
GROUPINGS = {
    ("side",): ("Sides", "Tails and heads", "tail is (h, r, ?), head is (?, r, t)."),
    ("cardinality", "cardinality and side"): (
        "Cardinality",
        "Relations by how many answers their questions have",
        "In training; n stands for above 1.5 answers in the mean, of heads before the dash and of tails after it.",
    ),
    ("frequency",): ("Frequency", "How often the right answer stands in training", "Queries are cut into quarters by it."),
    ("unseen",): ("Unseen", "Triples with an entity that no training triple holds", "Only a text can tell anything about such an entity."),
    ("ties",): (
        "Ties",
        "If right answers came first, or last, among candidates of equal score",
        "Far apart, these say that a method gives many candidates the same score; only realistic ranks are fair then.",
    ),
    ("relation",): ("Relations", "Relation by relation", "Those with the most queries, from the top; the table has more, its csv all."),
}
"""Groupings that share a section, as its tabs; its short name, its title, its caption."""
CSV = ["group", "method", "metric", "mean", "low", "high", "chance", "queries"]
MOST_GROUPS = 25
"""Groups in a figure, of relations those with the most queries; the table has 200, its csv all."""


def write_triple_report(result: TripleResult, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the result as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no rows
    GraphembError : the place cannot be written to
    """
    return write_page(render_triple_report(result, title=title), path)


def render_triple_report(result: TripleResult, *, title: str | None = None) -> str:
    """The page of :func:`write_triple_report` as a string; it loads nothing, and every name in it is text."""
    require_rows(result)
    settings, styles = result.settings, figure_styles(result)
    name = shorten(str(settings.get("data_name") or ""), 120)
    words = {"n_entities": "entities", "n_relations": "relations", "train": "training triples", "valid": "in validation", "test": "in test"}
    return fill_page(
        title=shorten(title, 200) if title else f"Triples{f' of {name}' if name else ''}: where right answers stand",
        lead=as_sentences(finding([row for row in result.overall if row.metric == "MRR"]), result.notes()),
        facts=data_facts(settings, name, words),
        summary=[_summary(result)],
        sections=[
            *_score_sections(result, styles),
            *_group_sections(result, styles),
            *_difference_sections(result),
        ],
        definitions=definition_lists({"": settings}),
        settings=settings_blocks(settings, SHOWN_ELSEWHERE),
        reproduce=[("Python", python_lines(settings)), ("Command line", shell_line(settings))],
    )


def _family(metric: str) -> str:
    """What a metric is one of.

    >>> _family("adjusted-hits@10"), _family("hits@3"), _family("AMRI")
    ('adjusted', 'hits', 'AMRI')
    """
    return metric.partition("-")[0].partition("@")[0]


def _summary(result: TripleResult) -> Table:
    rows = [row for row in result.overall if row.metric in SUMMARY or _family(row.metric) in SUMMARY]
    rising = [row.metric for row in rows if row.metric not in FALLING]
    return summary_table(result, rows, "queries", rising=rising, falling=FALLING)


def _score_sections(result: TripleResult, styles: Styles) -> Iterator[Section]:
    for place, (short, title, families) in SCORES.items():
        rows = [row for family in families for row in result.overall if _family(row.metric) == family]
        plain_only = [row.metric for row in rows if row.metric in FALLING or _family(row.metric) == "z"]
        panels = list(figure_panels(figure_frame(rows), "key", place, styles, "queries", without_figure=plain_only))
        if panels:
            yield Section(place, short, title, CAPTIONS[place], panels)


def _group_sections(result: TripleResult, styles: Styles) -> Iterator[Section]:
    """The MRR of the groups of every grouping."""
    for groupings, (short, title, caption) in GROUPINGS.items():
        panels = [_group_panel(result, name, styles) for name in groupings if result.of(name)]
        if panels:
            yield Section(panels[0].id, short, f"{title}: MRR", caption, panels)


def _group_panel(result: TripleResult, grouping: str, styles: Styles) -> Panel:
    """A row a group, a marker a method; the table has a column a method."""
    frame = figure_frame(row for row in result.of(grouping) if row.metric == "MRR")
    methods, order = list(dict.fromkeys(frame["series"])), list(dict.fromkeys(frame["group"]))
    wide = frame.pivot(index="group", columns="series", values="mean").loc[order, methods].reset_index()
    wide.insert(1, "queries", frame.drop_duplicates("group")["queries"].to_numpy())
    if grouping == "relation":
        wide = wide.sort_values(["queries", "group"], ascending=[False, True])
    heads = HEADS | {"group": (grouping, "", "")} | {method: (method, ".4f", "MRR") for method in methods}
    table = make_table(wide, ["group", "queries", *methods], grouping, limit=200, data=frame[CSV], about=heads)
    shown = list(wide["group"].head(MOST_GROUPS))
    return Panel(f"group-{grouping.replace(' ', '-')}", grouping, table, group_figure(frame[frame["group"].isin(shown)], shown, styles))


def group_figure(rows: pd.DataFrame, order: list[str], styles: Styles) -> go.Figure:
    """A row a group, in the given order from the top, with a marker and a whisker for every method at its MRR, one below the other."""
    figure = go.Figure()
    places, methods = {name: i for i, name in enumerate(order)}, list(dict.fromkeys(rows["series"]))
    for i, name in enumerate(methods):
        part, style = rows[rows["series"] == name], styles[name]
        figure.add_scatter(
            x=part["mean"],
            y=part["group"].map(places) + (i - (len(methods) - 1) / 2) * 0.7 / len(methods),
            error_x=whiskers(part["mean"], part["low"], part["high"], style.colour),
            mode="markers",
            name=plain(name, 40),
            marker={"color": style.colour, "symbol": style.symbol, "size": 8},
            customdata=[[plain(row.group, 80), row.low, row.high, row.queries] for row in part.itertuples()],
            hovertemplate="<b>%{customdata[0]}</b><br>MRR %{x:.4f}, 95% interval %{customdata[1]:.4f} to %{customdata[2]:.4f}"
            "<br>%{customdata[3]:,} queries<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title_text="MRR (higher is better)", range=axis_span("MRR", rows), zeroline=False)
    ticks = [plain(name, 36) for name in order]
    figure.update_yaxes(tickvals=list(range(len(order))), ticktext=ticks, range=[len(order) - 0.5, -0.5], zeroline=False, showgrid=False)
    return finish(figure, (16 + 12 * len(methods)) * len(order) + 120, legend=True)


def _difference_sections(result: TripleResult) -> Iterator[Section]:
    table = result.differences()
    if len(table):
        yield difference_section(table.assign(key=table["metric"]), "queries")
