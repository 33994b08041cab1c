"""Options that mean the same in every verb."""

from __future__ import annotations

import sys
import warnings
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand


class Verb(TyperCommand):
    """A command that refuses a flag together with its opposite, of which otherwise the last would win unseen."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = list(takewhile(lambda word: word != "--", args))
        for parameter in self.params:
            said, opposite = ([name for name in names if name in words] for names in (parameter.opts, parameter.secondary_opts))
            if said and opposite:
                ctx.fail(f"{said[0]} and {opposite[0]} contradict each other; leave one out")
        return list(super().parse_args(ctx, args))


def _silence(quiet: bool) -> bool:
    if quiet:  # main() restores the filters after the verb
        warnings.simplefilter("ignore")
    return quiet


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", callback=_silence, is_eager=True, help="Print no notes and no progress on stderr, only errors.")
]
RandomState = Annotated[int, typer.Option("--random-state", min=0, help="Seed of everything random; the same seed gives the same result.")]
NothingRandom = Annotated[int, typer.Option("--random-state", min=0, help="Taken by every verb; nothing is random in this one.")]
Progress = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", show_default="when stderr is a terminal", help="Show progress and remaining time on stderr."),
]
Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="A file, a folder, or the name of a data set (see: graphemb datasets list).", show_default=False),
]
Directed = Annotated[
    bool | None,
    typer.Option(
        "--directed/--undirected",
        show_default="as the file or data set says, else undirected",
        help="Whether u -> v and v -> u are different edges.",
    ),
]
EmbeddingFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="An embedding: .arrow, .parquet, .npz, word2vec .txt/.vec/.bin, .tsv or .csv, also .gz or .xz; or one by name: glove-6b-50d.",
        show_default=False,
    ),
]

Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", show_default="none", help="Write the report: one page that needs no network.")
]


def wants_progress(progress: bool | None, quiet: bool) -> bool:
    """Whether to show progress: as asked for, else when a person is watching stderr."""
    return not quiet and (sys.stderr.isatty() if progress is None else progress)
