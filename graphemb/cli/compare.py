"""``graphemb compare``: what two embeddings of the same names agree on, and which names moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from graphemb.cli.geometry import Kind, Neighbours, Rows, Side, print_figures
from graphemb.cli.inputs import read_embedding, require_page
from graphemb.cli.options import EmbeddingFile, Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import print_json, print_table, say_written

Other = Annotated[Path, typer.Argument(metavar="FILE2", help="Another embedding that shares names with FILE.", show_default=False)]
Sample = Annotated[int, typer.Option(min=2, metavar="N", help="Names whose neighbours are compared, drawn at random where there are more.")]
Moved = Annotated[int, typer.Option("--moved", min=0, metavar="N", help="How many of the names that moved most to print.")]


def compare(
    file: EmbeddingFile,
    other: Other,
    k: Neighbours = 10,
    rows: Rows = "unit",
    sample: Sample = 10_000,
    kind: Kind = None,
    side: Side = "vectors",
    moved: Moved = 10,
    html: Html = None,
    random_state: RandomState = 0,
    as_json: Json = False,
    progress: Progress = None,
    quiet: Quiet = False,
) -> None:
    """Compare two embeddings by the names they share: neighbours kept, shape, distances, each beside chance."""
    from graphemb.analysis.geometry.compare import compare as compared

    require_page(html)
    found = compared(
        read_embedding(file),
        read_embedding(other),
        k=k,
        rows=rows,
        sample=sample,
        kind=kind,
        side=side,
        random_state=random_state,
        progress=wants_progress(progress, quiet),
    )
    found = replace(found, settings={**found.settings, "source": [str(file), str(other)]})
    if html is not None:
        found.to_html(html)
        if not quiet:
            say_written(html)
    if as_json:
        print_json(found.to_dict())
        return
    print_figures(found, {})
    if moved and len(found.moved):
        table = found.moved.head(moved)
        joined = table.assign(**{name: table[name].map(", ".join) for name in ("lost", "gained") if name in table})
        typer.echo("\nnames that moved most")
        print_table(list(joined.columns), joined.itertuples(index=False))
