"""The page of a comparison: every figure beside chance, the names that moved most, and how to repeat it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from graphemb.analysis.geometry.compare import compare
from graphemb.analysis.geometry.comparison import Comparison
from graphemb.analysis.geometry.geometry_figures import overlap_figure
from graphemb.analysis.geometry.report_parts import (
    changed,
    definitions,
    python_call,
    settings_blocks,
    shell_call,
    skipped_section,
    summary_table,
)
from graphemb.errors import shorten
from graphemb.reconstruction.report.page import fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import make_table

REPEATED = ("k", "rows", "sample", "pairs", "kind", "side", "random_state")
HEADS = {
    "overlap": ("overlap", ".2f", "share of its nearest neighbours that stayed"),
    "jaccard": ("Jaccard", ".2f", "shared over all of the two lists of neighbours"),
    "cosine": ("cosine", ".3f", "of the two vectors after centring and the best rotation"),
    "lost": ("lost, nearest first", "", "neighbours in the first embedding only"),
    "gained": ("gained, nearest first", "", "neighbours in the second embedding only"),
}


def write_comparison_report(result: Comparison, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the comparison as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no figures
    GraphembError : the place cannot be written to
    """
    return write_page(render_comparison_report(result, title=title), path)


def render_comparison_report(result: Comparison, *, title: str | None = None) -> str:
    """The page of :func:`write_comparison_report` as a string; every name in it is text."""
    settings, names = result.settings, result.settings["names"]
    files = [str(file) for file in settings.get("source") or ("first.arrow", "second.arrow")]
    parameters = inspect.signature(compare).parameters
    options = changed(settings, {name: parameters[name].default for name in REPEATED})
    between = f" of {shorten(files[0], 80)} and {shorten(files[1], 80)}" if settings.get("source") else " of two embeddings"
    facts = [(side, f"{names[side]:,} x {settings['dim'][side]}") for side in ("first", "second")]
    return fill_page(
        title=shorten(title, 200) if title else f"Comparison{between}",
        lead=finding(result),
        facts=[
            *facts,
            ("shared names", f"{names['shared']:,}"),
            *([("zero vectors, left out", f"{names['zero']:,}")] if names["zero"] else []),
            ("neighbours of", f"{settings['queries']:,} names"),
        ],
        summary=[summary_table(result)],
        sections=[*_sections(result), *skipped_section(result)],
        definitions=definitions(result),
        settings=settings_blocks(settings),
        reproduce=[
            ("Python", python_call("compare", files, options) + ("  # and names=..." if settings["queries chosen"] == "given" else "")),
            ("Command line", shell_call("compare", files, options)),
        ],
    )


def finding(result: Comparison) -> str:
    """What stayed, in sentences."""
    said = ["What do the two embeddings agree on?"]
    by_key = {figure.key.partition("@")[0]: figure for figure in result.figures}
    if "knn-overlap" in by_key:
        kept = by_key["knn-overlap"]
        said.append(f"A name keeps {kept.value:.1%} of its {result.settings['k']} nearest neighbours (chance: {kept.reference:.2%}).")
    if "procrustes" in by_key:
        left = by_key["procrustes"]
        said.append(
            f"The best rotation and scale leave {left.value:.1%} of the squared length unexplained (shuffled: {left.reference:.1%})."
        )
    if "rsa" in by_key:
        said.append(f"Distances are correlated at {by_key['rsa'].value:.3f}.")
    return " ".join(said)


def _sections(result: Comparison) -> Iterator[Section]:
    moved = result.moved
    if not len(moved):
        return
    panels = [Panel("moved-names", "Names", make_table(moved, list(moved.columns), "Names, most moved first", about=HEADS))]
    if "overlap" in moved:
        figure = overlap_figure(moved, result.settings["k"])
        panels.append(Panel("moved-overlap", "Neighbours kept", make_table(moved, ["name", "overlap"], "Overlap", about=HEADS), figure))
    caption = (
        "Names by how much of their neighbourhood changed, then by how far their vector turned. Neighbours are looked up among all shared "
        "names."
    )
    yield Section("moved", "Moved names", "Which names moved most", caption, panels)
