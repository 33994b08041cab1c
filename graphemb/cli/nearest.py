"""``graphemb nearest``: the names whose vectors are most alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphemb.cli.options import EmbeddingFile, Json, NothingRandom, Quiet
from graphemb.cli.output import print_json, print_table, records
from graphemb.errors import DataError, shorten

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A name in FILE; KIND:NAME where the embedding has kinds and the name stands in several.", show_default=False
    ),
]
Count = Annotated[int, typer.Option("-k", min=1, help="How many names to print.")]
Similarity = Annotated[
    Literal["cosine", "dot", "euclidean"], typer.Option(help="How two vectors are compared; euclidean prints minus the distance.")
]
Kind = Annotated[str | None, typer.Option("--kind", help="Only names of this kind, such as item.", show_default="all kinds")]


def nearest(
    file: EmbeddingFile,
    name: Name,
    k: Count = 10,
    similarity: Similarity = "cosine",
    kind: Kind = None,
    as_json: Json = False,
    random_state: NothingRandom = 0,
    quiet: Quiet = False,
) -> None:
    """List the names whose vectors are most like that of NAME."""
    from graphemb.cli.inputs import read_embedding

    embedding = read_embedding(file)
    table = embedding.nearest(_key(embedding, name), k, similarity=similarity, kind=kind)
    if as_json:
        print_json({"name": name, "similarity": similarity, "k": k, "nearest": records(table)})
    else:
        print_table(list(table.columns), table.itertuples(index=False))


def _key(embedding: Embedding, text: str) -> str | tuple[str, str]:
    """The name itself, or kind and name where the text before the first colon is one of the embedding's kinds."""
    kinds = [] if embedding.kinds is None else list(dict.fromkeys(embedding.kinds))
    kind, colon, name = text.partition(":")
    if colon and kind in kinds:
        return kind, name
    there = [kind for kind in kinds if (kind, text) in embedding]
    if len(there) > 1:
        which = " or ".join(f"{kind}:{shorten(text)}" for kind in there)
        raise DataError(f"{shorten(text)!r} stands in several kinds ({', '.join(there)}); say which: {which}")
    return text
