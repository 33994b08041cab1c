"""``graphemb price``: what edits take out of an embedding, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb.cli.concepts import ConceptText, Groups, Pairs, concept_from
from graphemb.cli.inputs import read_embedding, require_page
from graphemb.cli.options import EmbeddingFile, Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import chat, print_json, print_table, say_written
from graphemb.cli.targets import TargetsText, targets_from
from graphemb.errors import ParameterError

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

EditNames = Annotated[
    list[str] | None,
    typer.Option(
        "--edit", "-e", metavar="NAME[:key=value,...]", show_default="all but those that take minutes", help="An edit; repeatable."
    ),
]
PriceData = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="DATA",
        show_default="the published word tests that the names cover",
        help="What the embedding should keep: a graph, interactions, a knowledge graph, or a word test such as ws-353; repeatable.",
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure", "-m", metavar="NAME[:key=value,...]", show_default="direct-bias", help="A measure of the concept; repeatable."
    ),
]
Strengths = Annotated[
    str,
    typer.Option(metavar="S[,S...]", help="How much of each edit is done: above 0, and 1 is all of it."),
]
Neighbours = Annotated[int, typer.Option("-k", min=1, help="Nearest neighbours of which is counted how many stay.")]


def price(
    file: EmbeddingFile,
    edit: EditNames = None,
    concept: ConceptText = None,
    pairs: Pairs = None,
    groups: Groups = None,
    targets: TargetsText = None,
    data: PriceData = None,
    measure: Measures = None,
    strengths: Strengths = "0.25,0.5,0.75,1",
    k: Neighbours = 10,
    as_json: Json = False,
    html: Html = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    quiet: Quiet = False,
) -> None:
    """Weigh what edits remove of a concept against what they lose, at several strengths."""
    from graphemb.analysis.price import price as priced

    require_page(html)
    embedding = read_embedding(file)
    loaded = [price_data(text) for text in data or []]
    found = priced(
        embedding,
        edit or "all",
        loaded or None,
        measure or (),
        concept=concept_of(concept, embedding, loaded, pairs, groups),
        targets=targets_from(targets),
        strengths=fractions(strengths),
        k=k,
        random_state=random_state,
        progress=wants_progress(progress, quiet),
    )
    if html is not None:
        found.to_html(html)
        say_written(html)
    if as_json:
        print_json(found.to_dict())
        return
    table = found.summary()
    print_table(list(table.columns), table.itertuples(index=False))
    for text in found.skipped:
        chat(f"left out: {text}")


def price_data(text: str) -> Any:
    """What a DATA means where word tests may be named too: the test of that name, else a graph, interactions or a knowledge graph."""
    from graphemb.cli.inputs import read_data
    from graphemb.datasets.word_tests import load_word_test, word_test_names
    from graphemb.registry import normalise

    if normalise(text) in {normalise(name) for name in word_test_names()}:
        return load_word_test(text)
    return read_data(text, takes=None)


def concept_of(concept: str | None, embedding: Embedding, data: list[Any], pairs: str | None, groups: str | None) -> Any:
    """The concept that the options describe, from columns of the embedding or of the first data that has any."""
    graphs = [one for one in data if not hasattr(one, "table")]
    return concept_from(concept, embedding, graphs[0] if graphs else None, pairs, groups)


def fractions(text: str) -> tuple[float, ...]:
    """Strengths separated by commas.

    >>> fractions("0.5,1")
    (0.5, 1.0)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"--strengths takes numbers separated by commas, such as 0.5,1, got {text!r}") from None
