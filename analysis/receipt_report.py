"""The page of a receipt: what was kept, what is held, what edits would cost, what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from graphemb.analysis.price_report import (
    DEFINITIONS,
    finding,
    price_sections,
    settings_blocks,
    skipped_section,
    summary_table,
)
from graphemb.analysis.receipt import Held, Receipt
from graphemb.errors import shorten
from graphemb.reconstruction.report.dots_figure import dots_figure
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.figure_style import method_styles
from graphemb.reconstruction.report.page import definition_list, fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import make_table

KEPT = {
    "figure": ("figure", "", "RESTORE ranks all nodes for each node; tests and rankings by their names"),
    "value": ("value", ".4f", "1 is perfect"),
    "low": ("low", ".4f", "lower end of the 95% interval"),
    "high": ("high", ".4f", "upper end of the 95% interval"),
    "chance": ("chance", ".4f", "what a random embedding gets"),
    "corrected": ("of what is possible", ".1%", "(value - chance) / (1 - chance)"),
}
HELD = {
    "concept": ("concept", "", "groups of names"),
    "measure": ("measure", "", ""),
    "value": ("value", ".4f", ""),
    "low": ("low", ".4f", "lower end of the 95% interval"),
    "high": ("high", ".4f", "upper end of the 95% interval"),
    "null": ("no bias", ".4g", "the value without bias"),
    "p": ("p", ".3g", "probability of a figure as far away without bias"),
    "q": ("q", ".3g", "p, adjusted for the number of measures on this page"),
    "above it": ("above that", "", "what a larger figure means"),
}
SHOWN = 20
"""Names shown of each measure; csv has more."""
GEOMETRY = {
    "figure": ("figure", "", ""),
    "value": ("value", ".4g", "of the vectors"),
    "low": ("low", ".4g", "lower end of the 95% interval, where it is sampled"),
    "high": ("high", ".4g", "upper end of the 95% interval, where it is sampled"),
    "gaussian": ("normal vectors", ".4g", "the same figure of as many normal vectors of as many columns"),
    "meaning": ("meaning", "", ""),
}


def write_receipt_page(receipt: Receipt, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the receipt as one self-contained HTML page, whole or not at all.

    Raises
    ------
    GraphembError : the place cannot be written to
    """
    return write_page(render_receipt(receipt, title=title), path)


def render_receipt(receipt: Receipt, *, title: str | None = None) -> str:
    """The page of :func:`write_receipt_page` as a string; it loads nothing, and every name in it is text."""
    said = receipt.settings
    made = said.get("embedding", {}).get("method")
    summary = [make_table(receipt.kept_frame(), list(KEPT), "What it kept", about=KEPT)] if receipt.kept else []
    held = receipt.held_frame()
    summary += [make_table(held, list(HELD), "What it holds", about=HELD)] if len(held) else []
    if receipt.price is not None and receipt.price.edits:
        summary.append(summary_table(receipt.price))
    if not summary:
        summary = [make_table(pd.DataFrame({"nothing": ["nothing could be told; see what was left out"]}), ["nothing"], "Receipt")]
    return fill_page(
        title=shorten(title, 200) if title else f"Receipt{f' of {shorten(str(made), 80)}' if made else ''}",
        lead=" ".join(_lead(receipt)),
        facts=_facts(receipt),
        summary=summary,
        sections=[*_kept(receipt), *_held(receipt), *_geometry(receipt), *_price(receipt), skipped_section(receipt.skipped)],
        definitions=definition_list(DEFINITIONS | _meanings(receipt)),
        settings=_settings(receipt),
        reproduce=[],
    )


def _lead(receipt: Receipt) -> Iterator[str]:
    for kept in receipt.kept[:1]:
        sure = f" (95% interval {kept.low:.3f} to {kept.high:.3f})" if kept.high > kept.low else ""
        yield f"It kept {kept.figure} {kept.value:.3f}{sure}, where chance gives {kept.chance:.3f}."
    worst = [h for h in receipt.held if np.isfinite(h.q) and h.q < 0.05]
    if worst:
        named = ", ".join(f"{h.concept or 'popularity'} ({h.result.measure} {h.result.value:.3g})" for h in worst[:3])
        yield f"It holds more than chance of {named}."
    elif receipt.held:
        yield "No measure on this page is further from its value without bias than chance would have it."
    if receipt.price is not None and receipt.price.edits:
        yield finding(receipt.price)
    if receipt.skipped:
        yield f"{len(receipt.skipped)} things were left out or noted; they are listed with their reasons."


def _facts(receipt: Receipt) -> list[tuple[str, str]]:
    said = receipt.settings
    facts = [(word, f"{said[key]:,}") for key, word in (("names", "names"), ("dim", "columns")) if key in said]
    facts += [("decoder", str(said["decoder"]))] if "decoder" in said else []
    return [*facts, ("concepts", shorten(", ".join(c["name"] for c in said.get("concepts", [])) or "none", 120))]


def _kept(receipt: Receipt) -> Iterator[Section]:
    if not receipt.kept:
        yield Section("kept", "Kept", "What it kept", missing="Nothing to compare with: give the data that it was made of, or word tests.")
        return
    frame = receipt.kept_frame()
    rows = frame.assign(series="embedding", label=frame["figure"], control=frame["chance"])
    figure = dots_figure(rows, method_styles(["embedding"]), axis="figure, 1 is perfect", control="chance")
    caption = "Each figure (marker) with its 95% interval (whisker, where there is one) and what a random embedding gets (grey tick)."
    panels = [Panel("kept-figures", "figures", make_table(frame, list(KEPT), "figures", about=KEPT), figure)]
    yield Section("kept", "Kept", "What it kept", caption, panels)


def _held(receipt: Receipt) -> Iterator[Section]:
    if not receipt.held:
        yield Section("holds", "Holds", "What it holds", missing="No concept to look for; give one, or data whose columns make groups.")
        return
    panels = [
        Panel(f"holds-{i}", _label(h), make_table(h.result.table, list(h.result.table.columns), _label(h), limit=SHOWN))
        for i, h in enumerate(receipt.held)
    ]
    caption = (
        "A tab a measure, with a row for everything measured, the most biased first; figures with interval, p and q stand in the summary."
    )
    yield Section("holds", "Holds", "What it holds, name by name", caption, panels)


def _label(held: Held) -> str:
    return f"{held.concept}: {held.result.measure}" if held.concept else held.result.measure


def _geometry(receipt: Receipt) -> Iterator[Section]:
    if receipt.geometry is None:
        yield Section("geometry", "Geometry", "How the vectors lie", missing="The geometry could not be told; see what was left out.")
        return
    frame = receipt.geometry.to_frame()
    table = make_table(frame, [c for c in GEOMETRY if c in frame], "figures", about=GEOMETRY, width=200)
    caption = "Every figure beside that of normal vectors of the same shape, which have no structure at all."
    yield Section("geometry", "Geometry", "How the vectors lie", caption, [Panel("geometry-figures", "figures", table)])


def _price(receipt: Receipt) -> Iterator[Section]:
    if receipt.price is None or not receipt.price.edits:
        yield Section("price", "Price", "What every edit would cost", missing="No edit could be priced; see what was left out.")
        return
    yield from price_sections(receipt.price)


def _meanings(receipt: Receipt) -> dict[str, str]:
    return {h.result.measure: f"above {h.result.null:g}: {h.result.direction}" for h in receipt.held}


def _settings(receipt: Receipt) -> list[Block]:
    said = receipt.settings
    plain = {k: v for k, v in said.items() if k not in ("versions", "embedding")}
    blocks = [Block("Receipt", pairs_in_words(plain)), Block("Embedding", pairs_in_words(said.get("embedding", {})))]
    return [*blocks, *(settings_blocks(receipt.price.settings)[2:] if receipt.price is not None else [])]
