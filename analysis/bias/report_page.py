"""The page of a bias report: every figure with its test, and which names lean which way."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup

from graphemb.analysis.bias.report import entry_of
from graphemb.analysis.bias.result import BiasResult
from graphemb.errors import shorten
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.figure_style import NEUTRAL, Style, finish, method_styles, plain
from graphemb.reconstruction.report.page import definition_list, fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import Table, make_table

if TYPE_CHECKING:
    from graphemb.analysis.bias.report import BiasReport

ENDS = 15
"""Names shown from each end of a list."""
ROW = 18
FIGURES = ("projection", "association", "effect", "difference", "ripa", "beta", "distance", "share", "bias", "match")
"""Columns of tables whose numbers are drawn, the first that is there."""
HEADS = {
    "measure": ("measure", "", ""),
    "embedding": ("embedding", "", ""),
    "value": ("value", ".4f", "the measure's own unit; see the definitions"),
    "low": ("low", ".4f", "lower end of the 95% interval"),
    "high": ("high", ".4f", "upper end of the 95% interval"),
    "null": ("no bias", ".3g", "the value without bias"),
    "worse": ("worse", "", "the direction from there that is more bias"),
    "bias": ("bias", "+.4f", "distance from the value without bias, counted in the direction that is worse"),
    "p": ("p", ".2g", "the probability of a value as far out without bias; see settings for how it was found"),
    "q": ("q", ".2g", "p adjusted for all tests of this page (Benjamini and Hochberg)"),
    "rank": ("rank", ",d", "of the embeddings by bias; 1 is the least biased"),
    "direction": ("above it", "", "what a value above that without bias means"),
}


def write_bias_report(report: BiasReport, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the report as one self-contained HTML page, whole or not at all.

    Raises
    ------
    GraphembError : the place cannot be written to
    """
    return write_page(render_bias_report(report, title=title), path)


def render_bias_report(report: BiasReport, *, title: str | None = None) -> str:
    """The page of :func:`write_bias_report` as a string; it loads nothing, and every name in it is text."""
    concept = (report.settings.get("concept") or {}).get("name", "")
    labels = [label for label in report.results if label]
    where = f" in {shorten(', '.join(labels), 120)}" if labels else ""
    return fill_page(
        title=shorten(title, 200) if title else f"Bias{f': {shorten(concept, 80)}' if concept else ''}{where}",
        lead=_lead(report),
        facts=_facts(report),
        summary=[_summary(report)],
        sections=list(_sections(report)),
        definitions=_definitions(report),
        settings=_settings(report),
        reproduce=[],
    )


def _lead(report: BiasReport) -> str:
    table = report.to_frame()
    first = table[table["embedding"] == next(iter(report.results))]
    tested = first.dropna(subset="q")
    clear = tested[tested["q"] < 0.05]
    said = [f"{len(first)} measure{'' if len(first) == 1 else 's'} of how far vectors follow a concept that they should not follow."]
    if len(tested):
        names = ", ".join(f"{row.measure} {row.value:.3g}" for row in clear.itertuples())
        where = f"{shorten(next(iter(report.results)), 60)}: " if len(report.results) > 1 else ""
        further = f"{len(clear)} lie{'s' if len(clear) == 1 else ''} further from no bias than chance explains (q below 0.05)"
        said.append(f"{where}{'of' if where else 'Of'} {len(tested)} with a test, {further}{f': {names}' if names else ''}.")
    if len(report.results) > 1:
        order = table.groupby("embedding", sort=False)["rank"].mean().sort_values(kind="stable")
        ranked = [f"{shorten(str(k), 60)} ({v:.2g})" for k, v in order.items()]
        said.append(f"Mean rank over the measures, 1 the least biased: {', '.join(ranked)}.")
    said += [f"Left out: {asked} ({reason})." for asked, reason in report.left_out.items()]
    return " ".join(said)


def _facts(report: BiasReport) -> list[tuple[str, str]]:
    facts, concept = [], report.settings.get("concept") or {}
    if concept:
        groups = ", ".join(f"{shorten(label, 40)} ({n:,})" for label, n in list(concept["groups"].items())[:6])
        facts += [("concept", shorten(concept["name"], 80)), ("groups", groups)]
        facts += [("sets", f"{concept['sets']:,}")] if concept["sets"] else []
    for label, made in (report.settings.get("embeddings") or {}).items():
        facts.append((shorten(label, 40) or "embedding", f"{made['names']:,} names, {made['columns']:,} columns"))
    return facts


def _summary(report: BiasReport) -> Table:
    table = report.to_frame()
    several = len(report.results) > 1
    columns = [name for name in HEADS if several or name not in ("embedding", "rank")]
    return make_table(table, columns, "Summary", limit=len(table), about=HEADS)


def _sections(report: BiasReport) -> Iterator[Section]:
    styles = method_styles(report.results)
    panels = []
    for i, asked in enumerate(next(iter(report.results.values()))):
        found = {label: by_measure[asked] for label, by_measure in report.results.items()}
        joined = pd.concat([_labelled(result.table, label, len(found)) for label, result in found.items()], ignore_index=True)
        panels.append(
            Panel(f"names-{i}", asked, make_table(joined, list(joined.columns), asked, about=_heads(joined)), _figure(found, styles))
        )
    caption = (
        f"The {ENDS} lowest and the {ENDS} highest of what was measured, by its own unit; the grey line is no leaning. "
        "csv has all of them. Hover for the number."
    )
    yield Section("names", "Names", "What leans which way", caption, panels)
    details = [
        Panel(f"details-{i}", asked, make_table(found.details, list(found.details.columns), asked, about=_heads(found.details)))
        for i, (asked, found) in enumerate(next(iter(report.results.values())).items())
        if len(found.details)
    ]
    if details:
        yield Section("details", "Details", "Behind the figures", "", details)


def _labelled(table: pd.DataFrame, label: str, several: int) -> pd.DataFrame:
    return table.assign(embedding=label) if several > 1 else table


def _heads(table: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Numbers with four digits, under their own names: what other pages call these columns is not meant here."""
    whole = {name: pd.api.types.is_integer_dtype(table[name]) for name in table}
    text = {name: not pd.api.types.is_numeric_dtype(table[name]) for name in table}
    return {str(n): (str(n).replace("_", " "), "" if text[n] else ",d" if whole[n] else ".4g", "") for n in table}


def drawn_columns(result: BiasResult) -> tuple[str, str] | None:
    """The column of names and that of numbers a figure shows; None where the table has no such pair."""
    table = result.table
    numbers = [c for c in table if pd.api.types.is_float_dtype(table[c])]
    words = [c for c in table if not pd.api.types.is_numeric_dtype(table[c])]
    chosen = next((c for c in FIGURES if c in numbers), numbers[0] if numbers else None)
    return None if chosen is None or not words else (str(words[0]), str(chosen))


def _figure(found: dict[str, BiasResult], styles: dict[str, Style]) -> go.Figure | None:
    """A dot plot: a row a name, from both ends of the first embedding's list, a marker an embedding (or a group of targets)."""
    first = next(iter(found.values()))
    drawn = drawn_columns(first)
    if drawn is None or first.table[drawn[1]].notna().sum() < 2:
        return None
    names, number = drawn
    by_name = {label: _series(result, names, number) for label, result in found.items()}
    ranked = next(iter(by_name.values())).sort_values(kind="stable")
    shown = ranked if len(ranked) <= 2 * ENDS else pd.concat([ranked.iloc[:ENDS], ranked.iloc[-ENDS:]])
    figure = go.Figure()
    for label, values in by_name.items():
        style = styles[label]
        figure.add_scatter(
            x=values.reindex(shown.index).to_numpy(),
            y=np.arange(len(shown)),
            mode="markers",
            name=plain(label or number, 40),
            marker={"color": style.colour, "symbol": style.symbol, "size": 9},
            customdata=[[plain(name, 80)] for name in shown.index],
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{plain(number)} %{{x:.4f}}<extra></extra>",
        )
    centre = 1.0 if number == "distance" else 0.0
    if number not in ("share",):
        figure.add_vline(x=centre, line={"color": NEUTRAL, "width": 1.5, "dash": "dot"})
    ticks = [plain(name) for name in shown.index]
    figure.update_yaxes(tickvals=list(range(len(ticks))), ticktext=ticks, range=[-0.6, len(ticks) - 0.4], zeroline=False)
    figure.update_xaxes(title_text=plain(number), zeroline=False)
    return finish(figure, ROW * len(ticks) + 130, legend=len(found) > 1)


def _series(result: BiasResult, names: str, number: str) -> pd.Series:
    """The numbers by name, each name once; of pairs of names the two together."""
    table = result.table.dropna(subset=[number])
    label = table[names].astype(str)
    if {"first", "second"} <= set(table):
        label = table["first"].astype(str) + " · " + table["second"].astype(str)
    values = pd.Series(table[number].to_numpy(dtype=np.float64), index=pd.Index(label, dtype=object))
    return values[~values.index.duplicated()]


def _definitions(report: BiasReport) -> Markup:
    """What the documentation of each measure says before its parameters; escaped."""
    names = dict.fromkeys(entry_of(asked).name for by_measure in report.results.values() for asked in by_measure)
    return definition_list({name: _said(name) for name in names})


def _said(name: str) -> Markup:
    text = (inspect.getdoc(entry_of(name).load()) or "").partition("\nParameters\n")[0].partition("\nReturns\n")[0].partition("\n>>>")[0]
    parts = [" ".join(part.split()) for part in text.replace("``", "").strip().split("\n\n")]
    return Markup("<br>\n").join(Markup("{}").format(part) for part in parts)


def _settings(report: BiasReport) -> list[Block]:
    blocks = []
    for label, by_measure in report.results.items():
        for asked, found in by_measure.items():
            told: dict[str, Any] = {**({"p": found.p_kind} if found.p_kind else {}), **found.settings}
            blocks.append(Block(shorten(f"{asked}{f', {label}' if label and len(report.results) > 1 else ''}", 80), pairs_in_words(told)))
    general = {k: v for k, v in report.settings.items() if k not in ("embeddings",)}
    return [Block("Report", pairs_in_words(general)), *blocks]
