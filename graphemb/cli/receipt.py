"""``graphemb receipt``: what an embedding kept, what it holds, and what taking that out would cost, on one page."""

from __future__ import annotations

from typing import Annotated

import typer

from graphemb.cli.concepts import ConceptText, Groups, Pairs
from graphemb.cli.inputs import read_embedding, require_page
from graphemb.cli.options import EmbeddingFile, Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import chat, print_json, print_table, say_written
from graphemb.cli.price import EditNames, PriceData, concept_of, fractions, price_data
from graphemb.cli.targets import TargetsText, targets_from

Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        "-m",
        metavar="NAME[:key=value,...]",
        show_default="direct-bias, attribute-inference, popularity-direction",
        help="A measure of every concept; repeatable.",
    ),
]
Strengths = Annotated[str, typer.Option(metavar="S[,S...]", help="How much of each edit is priced: above 0, and 1 is all of it.")]


def receipt(
    file: EmbeddingFile,
    data: PriceData = None,
    concept: ConceptText = None,
    pairs: Pairs = None,
    groups: Groups = None,
    targets: TargetsText = None,
    measure: Measures = None,
    edit: EditNames = None,
    strengths: Strengths = "0.5,1",
    as_json: Json = False,
    html: Html = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    quiet: Quiet = False,
) -> None:
    """Tell what an embedding kept of its data, what else it holds, and what each edit would cost.

    Without --concept, concepts that the data suggest are looked for: gender in words, columns and relations of a few groups.
    """
    from graphemb.analysis.receipt import receipt as made

    require_page(html)
    embedding = read_embedding(file)
    loaded = [price_data(text) for text in data or []]
    told = made(
        embedding,
        loaded[0] if len(loaded) == 1 else loaded or None,
        concept=concept_of(concept, embedding, loaded, pairs, groups),
        targets=targets_from(targets),
        measures=measure or (),
        edits=edit or "all",
        strengths=fractions(strengths),
        random_state=random_state,
        progress=wants_progress(progress, quiet),
    )
    if html is not None:
        told.to_html(html, title=f"Receipt of {file.name}")
        say_written(html)
    if as_json:
        print_json(told.to_dict())
        return
    for title, table in told.tables():
        if table.empty:  # what was left out says why
            continue
        typer.echo(title)
        print_table(list(table.columns), table.itertuples(index=False))
    for text in told.skipped:
        chat(f"left out: {text}")
