"""``graphemb recommend``: what a user should see next, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphemb.cli.evaluate import interactions_of
from graphemb.cli.inputs import InteractionColumns, Split, read_embedding
from graphemb.cli.options import EmbeddingFile, Json, Quiet, RandomState
from graphemb.cli.output import chat, counted, print_json, print_table, records
from graphemb.errors import ParameterError

if TYPE_CHECKING:
    from graphemb.data.interactions import Interactions

User = Annotated[str | None, typer.Argument(metavar="USER", help="A user of DATA; none with --items.", show_default=False)]
Items = Annotated[
    list[str] | None,
    typer.Option(
        "--items", metavar="ITEM[,ITEM...]", show_default="none", help="Recommend to a new user who took these items of DATA; repeatable."
    ),
]
Count = Annotated[int, typer.Option("-k", min=1, help="How many items to recommend.")]
Reasons = Annotated[
    int, typer.Option(min=0, metavar="N", help="Name so many of the user's own items, those nearest to each recommendation.")
]

Interacted = Annotated[
    str,
    typer.Option(
        "--data", metavar="DATA", help="Who took what: a file, a folder, or the name of a data set of interactions.", show_default=False
    ),
]
Decoder = Annotated[
    str, typer.Option(metavar="NAME", show_default="the embedding's own", help="How a user and an item are scored, such as dot or cosine.")
]


def recommend(
    file: EmbeddingFile,
    user: User = None,
    items: Items = None,
    data: Interacted = "",
    k: Count = 20,
    reasons: Reasons = 3,
    decoder: Decoder = "auto",
    split: Split = None,
    columns: InteractionColumns = None,
    as_json: Json = False,
    random_state: RandomState = 0,
    quiet: Quiet = False,
) -> None:
    """List the best items that a user has not taken yet, with the user's own items that are most like each."""
    from graphemb.analysis.suggestions import recommendations

    if (user is None) == (not items):
        raise ParameterError("expected a USER of DATA, or --items with what a new user took; one of them, not both")
    interactions = interactions_of(data, split=split, columns=columns, random_state=random_state)
    history = _names(interactions, items) if items else None
    table = recommendations(read_embedding(file), interactions, user, items=history, k=k, reasons=reasons, decoder=decoder)
    left_out = table.attrs["left_out"]
    if as_json:
        print_json({"user": user, "items": history, "k": k, "left_out": left_out, "recommendations": records(table)})
        return
    shown = table.assign(because=[", ".join(names) or "-" for names in table["because"]])
    print_table(list(shown.columns), shown.itertuples(index=False), optional=("text",) if "text" in shown else ())
    if not quiet:
        chat(f"left out: {counted(left_out, 'item')} that the user took")


def _names(data: Interactions, texts: list[str]) -> list[str]:
    """The items named, separated by commas; a text that is an item as it stands is one, whatever commas it holds."""
    return [name for text in texts for name in ([text] if text in data.items else text.split(",")) if name]
