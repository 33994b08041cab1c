"""Options that mean the same in every verb."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer


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
        help="An embedding: .arrow, .parquet, .npz, word2vec .txt/.vec/.bin, .tsv or .csv, also .gz or .xz.",
        show_default=False,
    ),
]


def wants_progress(progress: bool | None, quiet: bool) -> bool:
    """Whether to show progress: as asked for, else when a person is watching stderr."""
    return not quiet and (sys.stderr.isatty() if progress is None else progress)
