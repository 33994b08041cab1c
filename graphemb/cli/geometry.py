"""``graphemb geometry``: how the vectors of an embedding lie, beside normal vectors of the same shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphemb.cli.inputs import known_dataset, read_corpus_data, read_data, read_embedding, require_page
from graphemb.cli.options import EmbeddingFile, Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import chat, print_json, print_table, say_written, visible

if TYPE_CHECKING:
    from graphemb.analysis.geometry.figure import FigureTable

Neighbours = Annotated[int, typer.Option("-k", min=1, metavar="K", help="Nearest neighbours of each name.")]
Rows = Annotated[
    Literal["unit", "centred", "raw"],
    typer.Option(help="Rows of length one; less their mean and of length one again; or as they are, by Euclidean distance."),
]
Kind = Annotated[str | None, typer.Option("--kind", help="Only names of this kind, such as item.", show_default="all but relations")]
Side = Annotated[Literal["vectors", "context"], typer.Option(help="The vectors, or those of the target side.")]
FigureNames = Annotated[
    str | None,
    typer.Option(
        "--figures",
        metavar="NAME[,NAME...]",
        show_default="all that can be",
        help="average-cosine, partition, spectrum, norms, uniformity, alignment, hubness, intrinsic-dimension.",
    ),
]
GeometryData = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        show_default="the attribute count, frequency or degree",
        help="A graph, data set or corpus: frequency or degree to correlate lengths with, and its edges as pairs of alignment.",
    ),
]
Sample = Annotated[
    int, typer.Option(min=10, metavar="N", help="Above so many rows neighbours are those of a sample, which the result then says.")
]


def geometry(
    file: EmbeddingFile,
    data: GeometryData = None,
    figures: FigureNames = None,
    k: Neighbours = 10,
    rows: Rows = "unit",
    sample: Sample = 30_000,
    kind: Kind = None,
    side: Side = "vectors",
    html: Html = None,
    random_state: RandomState = 0,
    as_json: Json = False,
    progress: Progress = None,
    quiet: Quiet = False,
) -> None:
    """Measure how vectors lie: isotropy, axes, hubs, dimension; each beside normal vectors of the same shape."""
    from graphemb.analysis.geometry.geometry import geometry as measured

    require_page(html)
    found = measured(
        read_embedding(file),
        figures=None if figures is None else [name.strip() for name in figures.split(",")],
        k=k,
        rows=rows,
        sample=sample,
        data=None if data is None else _data(data),
        kind=kind,
        side=side,
        random_state=random_state,
        progress=wants_progress(progress, quiet),
    )
    found = replace(found, settings={**found.settings, "source": str(file), "data": data})
    if html is not None:
        found.to_html(html)
        if not quiet:
            say_written(html)
    if as_json:
        print_json(found.to_dict())
    else:
        print_figures(found, {"gaussian": "normal vectors"})
        for name, said in found.settings["sampled"].items():
            typer.echo(f"{name}: {said}")


def print_figures(found: FigureTable, names: dict[str, str]) -> None:
    """The headline, a line a figure with interval and reference, and what was skipped."""
    typer.echo(visible(found.headline()))
    interval = [_interval(figure.low, figure.high) for figure in found.figures]
    lines = [[f.key, _digits(f.value), i, _digits(f.reference)] for f, i in zip(found.figures, interval, strict=True)]
    print_table(["figure", "value", "95% interval", names.get(found.reference, found.reference)], lines)
    for name, why in found.skipped.items():
        chat(f"note: {name} skipped: {visible(why)}")


def _digits(value: float) -> str:
    """Four significant digits, none behind the sixth decimal.

    >>> _digits(0.0621432), _digits(1234.5), _digits(-4.8e-8), _digits(float("nan"))
    ('0.06214', '1,234', '0', '-')
    """
    if value != value:
        return "-"
    rounded = round(value, 6) + 0.0
    return f"{rounded:,.0f}" if abs(rounded) >= 1_000 else f"{rounded:.4g}"


def _interval(low: float, high: float) -> str:
    return f"{_digits(low)} to {_digits(high)}" if low < high else "exact" if low == high else "-"


def _data(text: str) -> Any:
    card = known_dataset(text)
    return read_corpus_data(text) if card is not None and card.kind == "corpus" else read_data(text, takes=None)
