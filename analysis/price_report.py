"""The page of a price: the frontier, every copy's figures, what was skipped and how it was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from graphemb.analysis.frontier import frontier_figure
from graphemb.analysis.price_result import PriceResult
from graphemb.errors import DataError, shorten
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.page import definition_list, fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import Table, make_table

DEFINITIONS = {
    "removed": "1 - bias after / bias before, where bias is the distance of the figure from its value without bias, counted the worse way.",
    "lost": "(before - after) / (before - chance): 0 where all is kept, 1 where no more is left than a random embedding keeps.",
    "strength": "A row x becomes x + strength (r(x) - x), with r the edit.",
    "frontier": "The copies that no other beats by removing at least as much and losing less.",
    "moved": "Mean squared change of a row, as a share of the mean squared length.",
    "logistic, rbf, k-means": "How often the group of a name that was not learned from is told rightly; clusters are matched as fits best.",
    "along-first-direction": "Mean |cos| of the targets with the direction of the concept found before the edit.",
}
SENTENCE = 400
"""Characters of a reason that are shown."""
HEADS = {
    "edit": ("edit", "", "none is the embedding as it is"),
    "strength": ("strength", ".2f", "1 is the whole edit"),
    "removed": ("removed", ".1%", DEFINITIONS["removed"]),
    "lost": ("lost", ".1%", DEFINITIONS["lost"]),
    "lost_low": ("low", ".1%", "lower end of the 95% interval of the loss"),
    "lost_high": ("high", ".1%", "upper end of the 95% interval of the loss"),
    "bias": ("bias left", ".4f", "distance from the value without bias"),
    "kept": ("kept", ".4f", "the figure after the edit"),
    "moved": ("moved", ".4f", DEFINITIONS["moved"]),
}


def write_price_report(result: PriceResult, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the result as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no rows; GraphembError : the place cannot be written to
    """
    if not result.rows:
        raise DataError("there is nothing to report: the result has no rows")
    text = fill_page(
        title=shorten(title, 200) if title else "The price of edits",
        lead=finding(result),
        facts=price_facts(result),
        summary=[summary_table(result)],
        sections=[*price_sections(result), skipped_section(result.skipped)],
        definitions=definition_list(DEFINITIONS),
        settings=settings_blocks(result.settings),
        reproduce=[],
    )
    return write_page(text, path)


def finding(result: PriceResult) -> str:
    """The edit that removes most, and the cheapest that removes nine tenths, in words."""
    if not result.edits:
        return "No edit could be fitted."
    try:
        table = result.trade()
    except DataError:
        return f"{len(result.edits)} edits were priced."
    rows = table[(table["edit"] != "none") & table["removed"].notna() & table["lost"].notna()]
    if not len(rows):
        return f"{len(result.edits)} edits were priced; there was no bias to remove."
    what = f"of {table.attrs['bias']}, at the price of {table.attrs['kept']}"
    enough = rows[rows["removed"] >= 0.9]
    best = rows.loc[rows["removed"].idxmax()] if not len(enough) else enough.loc[enough["lost"].idxmin()]
    lead = "Of the edits that remove nine tenths or more, the cheapest is" if len(enough) else "The edit that removes most is"
    cost = f"loses {best['lost']:.1%}" if best["lost"] >= 0.0005 else "loses nothing"
    return f"{lead} {best['edit']} at strength {best['strength']:g}: it removes {best['removed']:.0%} and {cost} ({what})."


def price_facts(result: PriceResult) -> list[tuple[str, str]]:
    """What was priced, in numbers."""
    said = result.settings
    facts = [(word, f"{said[key]:,}") for key, word in (("names", "names"), ("dim", "columns")) if key in said]
    concept = said.get("concept") or {}
    facts += [("concept", shorten(str(concept["name"]), 80))] if concept else []
    return [*facts, ("edits", str(len(result.edits))), ("skipped", str(len(result.skipped)))]


def summary_table(result: PriceResult) -> Table:
    """A row a copy, a column a figure."""
    frame = result.summary()
    columns = list(frame.columns)
    heads = HEADS | {c: (c, ".4f", _about(result, c)) for c in columns if c not in HEADS}
    return make_table(frame, columns, "Every copy", limit=len(frame), data=result.to_frame(), about=heads)


def _about(result: PriceResult, figure: str) -> str:
    row = next((r for r in result.rows if r.figure == figure), None)
    if row is None:
        return ""
    null = {"bias": "no bias", "recovery": "the largest group alone", "kept": "chance"}.get(row.question, "nothing")
    return f"{row.question}; {null}: {row.null:.4g}"


def price_sections(result: PriceResult, prefix: str = "price") -> Iterator[Section]:
    """The frontier, a tab for every figure of bias and recovery, against the first of what is kept; then against every other."""
    against, kept = [*result.figures("bias"), *result.figures("recovery")], result.figures("kept")
    if not against or not kept:
        text = "Nothing to weigh: a trade needs a concept, whose bias is removed, and something that the embedding keeps."
        yield Section(f"{prefix}-frontier", "Frontier", "What every edit removes and loses", missing=text)
        return
    lead = result.chosen(None, ("bias", "recovery"))
    against.sort(key=lambda figure: figure != lead)
    for i, lost in enumerate(kept):
        panels = [
            Panel(f"{prefix}-{i}-{j}", figure, _trade_table(result.trade(figure, lost), figure), frontier_figure(result, figure, lost))
            for j, figure in enumerate(against)
        ]
        caption = (
            "Each line is an edit from where nothing is done, at (0, 0), through its strengths; to the right more is removed, upwards more "
            "is lost. The copies that no other beats stand on the thick dotted line. Below 0 an edit adds what it should remove, or mends."
        )
        yield Section(f"{prefix}-{i}", f"Price in {lost}", f"What every edit removes, and what of {lost} it loses", caption, panels)


def _trade_table(table: pd.DataFrame, label: str) -> Table:
    return make_table(
        table, ["edit", "strength", "removed", "lost", "lost_low", "lost_high", "bias", "kept"], label, limit=len(table), about=HEADS
    )


def skipped_section(skipped: tuple[str, ...], identity: str = "skipped") -> Section:
    """What was left out, and why."""
    caption = "" if skipped else "Nothing was left out."
    parts = [text.partition(": ") for text in skipped]
    frame = pd.DataFrame({"what": [what for what, *_ in parts], "why": [why for *_, why in parts]})
    table = make_table(frame, ["what", "why"], "left out", limit=len(frame), width=SENTENCE)
    panels = [Panel(f"{identity}-table", "left out", table)] if skipped else []
    return Section(identity, "Left out", "What was left out, and why", caption, panels)


def settings_blocks(settings: Mapping[str, Any]) -> list[Block]:
    """How it was done, the edits with their records, and the versions."""
    plain = {k: v for k, v in settings.items() if k not in ("edits", "versions", "embedding")}
    edits = {label: records[-1] if records else {} for label, records in settings.get("edits", {}).items()}
    return [
        Block("Pricing", pairs_in_words(plain)),
        Block("Embedding", pairs_in_words(settings.get("embedding", {}))),
        Block("Versions", pairs_in_words(settings.get("versions", {}))),
        Block("Edits", pairs_in_words(edits), wide=True),
    ]
