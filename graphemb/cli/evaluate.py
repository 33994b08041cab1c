"""``graphemb evaluate``: how well recommenders rank the items that were held out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphemb.cli.evaluate_output import print_ranking, ranking_json
from graphemb.cli.inputs import InteractionColumns, Split, numbers, read_interactions_data, require_folder, require_page
from graphemb.cli.options import Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import say_written
from graphemb.cli.trainings import Dim, embeddings_in, train_all, trainings_of
from graphemb.errors import DataError, ParameterError

if TYPE_CHECKING:
    from graphemb.data.interactions import Interactions

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE", help="Files with embeddings of the users and items of DATA.", show_default=False),
]
Interacted = Annotated[
    str,
    typer.Option(
        "--data", metavar="DATA", help="Who took what: a file, a folder, or the name of a data set of interactions.", show_default=False
    ),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME[:key=value,...]",
        show_default="none",
        help="Train this method on DATA's training split first; may be given several times (see: graphemb methods).",
    ),
]
Counts = Annotated[
    list[str] | None,
    typer.Option("-k", metavar="K[,K...]", show_default="20", help="How many of the best items are looked at; repeatable."),
]
On = Annotated[Literal["test", "validation"], typer.Option("--on", help="The split whose items should be found.")]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        "--mask",
        metavar="SPLIT",
        show_default="train, as published",
        help="Leave a user's items of this split out of the candidates: train, validation; repeatable.",
    ),
]
Baseline = Annotated[
    list[str] | None,
    typer.Option("--baseline", metavar="NAME", show_default="popularity", help="Compare with popularity or random; repeatable."),
]
NoBaselines = Annotated[bool, typer.Option("--no-baselines", help="Compare with no baseline.")]
Decoder = Annotated[
    str, typer.Option(metavar="NAME", show_default="each embedding's own", help="How a user and an item are scored, such as dot or cosine.")
]
Ndcg = Annotated[
    Literal["ideal", "retrieved"],
    typer.Option(help="Divide NDCG by an ideal ranking of all test items, or of the hits found (as LATTICE and MMHCL do)."),
]
Users = Annotated[
    int | None, typer.Option(min=1, metavar="N", show_default="all with held-out items", help="Judge so many users, drawn at random.")
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", show_default="none", help="Write the report: one page that needs no network.")
]


def evaluate(
    files: Files = None,
    data: Interacted = "",
    method: Methods = None,
    dim: Dim = None,
    k: Counts = None,
    on: On = "test",
    split: Split = None,
    columns: InteractionColumns = None,
    mask: Mask = None,
    baseline: Baseline = None,
    no_baselines: NoBaselines = False,
    decoder: Decoder = "auto",
    ndcg: Ndcg = "ideal",
    users: Users = None,
    html: Html = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rank all items for every user, and compare the best ones with the items that were held out."""
    from graphemb.analysis.recommendation import evaluate as evaluate_rankings

    if not files and not method:
        raise ParameterError("expected a FILE with an embedding, or --method NAME to train one")
    if baseline and no_baselines:
        raise ParameterError("--baseline and --no-baselines contradict each other; leave one out")
    require_page(html)
    if html is not None:
        require_folder(html)
    ks = numbers(",".join(k or ["20"]), "-k")
    trainings = trainings_of(method, bool(files), dim, None, random_state, takes="interactions") if method else []
    given = embeddings_in(files or [])
    interactions = interactions_of(data, split=split, columns=columns, random_state=random_state)
    show = wants_progress(progress, quiet)
    if not interactions.size(on):
        raise DataError(f"{data!r} has no {on} split to judge by; --split ratio cuts one (train with the same), or judge another with --on")
    result = evaluate_rankings(
        {**given, **train_all(trainings, interactions, show)},
        interactions,
        k=ks,
        split=on,
        mask=tuple(mask) if mask else ("train",),
        baselines=() if no_baselines else tuple(baseline or ("popularity",)),
        decoder=decoder,
        ndcg=ndcg,
        users="all" if users is None else users,
        random_state=random_state,
        progress=show,
    )
    result.settings |= {"data_name": data, "split rule": split}
    if html is not None:
        result.to_html(html)
    ranking_json(result) if as_json else print_ranking(result)
    if html is not None and not quiet:
        say_written(html)


def interactions_of(text: str, *, split: str | None, columns: str | None, random_state: int) -> Interactions:
    """The interactions that --data means."""
    if not text:
        raise ParameterError("expected --data DATA: who took what, such as a file or the name of a data set")
    if split in ("train", "validation", "test"):
        raise ParameterError(
            f"--split takes a rule that cuts DATA anew (ratio, leave-one-out, time); the {split} split is chosen with --on"
        )
    return read_interactions_data(text, columns=columns, split=split, random_state=random_state)
