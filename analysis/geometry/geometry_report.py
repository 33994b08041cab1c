"""The page of a geometry: every figure beside normal vectors, the spectrum, the hubs, and how to repeat it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from graphemb.analysis.geometry.geometry import geometry
from graphemb.analysis.geometry.geometry_figures import hubness_figure, spectrum_figure
from graphemb.analysis.geometry.geometry_result import GeometryResult
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

REPEATED = ("k", "rows", "sample", "kind", "side", "random_state")
HUB_HEADS = {"lists": ("lists", ",d", "how many names have it among their nearest")}


def write_geometry_report(result: GeometryResult, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the result as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no figures
    GraphembError : the place cannot be written to
    """
    return write_page(render_geometry_report(result, title=title), path)


def render_geometry_report(result: GeometryResult, *, title: str | None = None) -> str:
    """The page of :func:`write_geometry_report` as a string; every name in it is text."""
    settings = result.settings
    source = str(settings.get("source") or "")
    parameters = inspect.signature(geometry).parameters
    options = changed(settings, {name: parameters[name].default for name in REPEATED})
    data = {"data": settings["data"]} if settings.get("data") else {}
    file = source or "embedding.arrow"
    return fill_page(
        title=shorten(title, 200) if title else f"Geometry{f' of {shorten(source, 120)}' if source else ''}",
        lead=finding(result),
        facts=[
            *([("embedding", shorten(source, 120))] if source else []),
            ("names", f"{settings['names']:,}"),
            ("columns", f"{settings['dim']:,}"),
            *([("rows of zeros", f"{settings['zero rows']:,}")] if settings["zero rows"] else []),
        ],
        summary=[summary_table(result)],
        sections=[*_sections(result), *skipped_section(result)],
        definitions=definitions(result),
        settings=settings_blocks(settings),
        reproduce=[
            ("Python", python_call("geometry", [file], options) + ("  # and data=..." if data else "")),
            ("Command line", shell_call("geometry", [file], {**options, **data})),
        ],
    )


def finding(result: GeometryResult) -> str:
    """How even the vectors are, in sentences."""
    keys = {figure.key for figure in result.figures}
    said = ["How do the vectors lie, beside independent normal vectors of the same shape?"]
    if "participation-ratio" in keys:
        said.append(
            f"Their variance takes part in {result['participation-ratio']:.4g} of {result.settings['dim']} axes "
            f"(normal vectors: {result.gaussian('participation-ratio'):.4g})."
        )
    if "average-cosine" in keys:
        said.append(f"Two of them have cosine {result['average-cosine']:.3g} on average (0).")
    hub = next((key for key in keys if key.startswith("hubness-max")), None)
    if hub is not None:
        said.append(f"The greatest hub is among the nearest neighbours of {result[hub]:,.0f} names ({result.gaussian(hub):,.0f}).")
    if "dimension-two-nn-mle" in keys:
        said.append(
            f"Neighbourhoods have about {result['dimension-two-nn-mle']:.3g} dimensions ({result.gaussian('dimension-two-nn-mle'):.3g})."
        )
    return " ".join(said).replace("-0 ", "0 ")


def _sections(result: GeometryResult) -> Iterator[Section]:
    if len(result.spectrum):
        table = make_table(result.spectrum, ["component", "share", "gaussian"], "Spectrum")
        caption = (
            "The share of the variance on each principal axis of the centred rows. Normal vectors do not lie level either, as there are "
            "only so many of them; what lies above their line at the left is structure, or a few dominating axes."
        )
        yield Section(
            "spectrum",
            "Spectrum",
            "How many axes hold the variance",
            caption,
            [Panel("spectrum-figure", "Spectrum", table, spectrum_figure(result.spectrum))],
        )
    if len(result.hubs):
        k, sampled = result.settings["k"], result.settings.get("sampled", {}).get("hubness", "")
        counts = result.tables["occurrences"]
        panels = [
            Panel(
                "hubs-histogram",
                "Names by lists",
                make_table(counts, ["lists", "names", "gaussian"], "Names by lists"),
                hubness_figure(counts),
            ),
            Panel("hubs-names", "Greatest hubs", make_table(result.hubs, list(result.hubs.columns), "Greatest hubs", about=HUB_HEADS)),
        ]
        caption = f"In how many of the lists of {k} nearest neighbours each name is: {sampled}. All lists together name k names a row."
        yield Section("hubs", "Hubs", "Who is whose neighbour", caption, panels)
