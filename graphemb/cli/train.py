"""``graphemb train``: one method on one graph, one set of interactions or one corpus, into one file."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb import registry
from graphemb.cli.convert import require_one_side
from graphemb.cli.inputs import Split, build_method, read_corpus_data, read_data, read_interactions_data, require_folder
from graphemb.cli.options import Data, Directed, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import chat, print_facts, print_json, say_written
from graphemb.cli.training_facts import given, settled, told, told_notes
from graphemb.errors import DataError, ParameterError

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

TrainColumns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAMES",
        show_default="found by their titles, else the first ones",
        help="Column names of a table with a header, where DATA is a file: SOURCE,TARGET[,WEIGHT], "
        "USER,ITEM[,RATING[,TIME]] for a method that takes interactions, or TEXT[,NAME[,LABEL]] for one that takes a corpus.",
    ),
]
Method = Annotated[
    str, typer.Argument(metavar="NAME[:key=value,...]", help="The method and its settings (see: graphemb methods).", show_default=False)
]
Output = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", help="Where the embedding goes; replaced whole, at the end.", show_default=False)
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="Keep the state of a long fit here, and go on from it if it is there (methods that train in epochs).",
        show_default=False,
    ),
]


def train(
    method: Method,
    data: Data,
    output: Output,
    checkpoint: Checkpoint = None,
    directed: Directed = None,
    columns: TrainColumns = None,
    split: Split = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train one method on DATA and write the embedding to FILE."""
    estimator = build_method(method, random_state=random_state)
    options = fit_options(estimator, progress=wants_progress(progress, quiet), checkpoint=checkpoint)
    require_folder(output)
    entry = registry.find("method", registry.parse_spec(method)[0])
    require_room(entry, output)
    if checkpoint is not None:
        require_folder(checkpoint)
    taken = _read(data, entry.takes, directed, columns, split, random_state)
    with _told_of(checkpoint):
        embedding = estimator.fit(taken, **options).embedding_
    _save(embedding, output)
    _report(embedding, output, as_json)
    say_written(output) if not quiet else None


def _read(data: str, takes: str, directed: bool | None, columns: str | None, split: str | None, random_state: int) -> Any:
    """DATA as the method takes it: a split of interactions also says what part of them is the graph."""
    if takes in ("interactions", "corpus") and directed is not None:
        what = "interactions" if takes == "interactions" else "a corpus"
        raise ParameterError(f"--directed and --undirected speak of graphs, and this method takes {what}; leave it out")
    if takes == "interactions" or (split is not None and takes == "graph"):
        taken = read_interactions_data(data, columns=columns, split=split, random_state=random_state)
        return taken if takes == "interactions" else taken.to_graph()
    if split is not None:
        raise ParameterError(f"--split cuts interactions, and this method takes a {takes}; leave it out")
    if takes == "corpus":
        return read_corpus_data(data, columns=columns)
    return read_data(data, directed=directed, columns=columns, takes=takes)


@contextmanager
def _told_of(checkpoint: Path | None) -> Iterator[None]:
    """Say of a fit that is stopped how it goes on."""
    try:
        yield
    except KeyboardInterrupt:
        if checkpoint is not None and checkpoint.exists():
            chat(f"the checkpoint {str(checkpoint)!r} is kept; the same command goes on from it")
        raise


def require_room(entry: registry.Entry, output: Path) -> None:
    """Fail before the fit where the file's format is unknown, or is known to be too small for what the method learns."""
    from graphemb.data.embedding_file import WHOLE, require_format

    if require_format(output) not in WHOLE and entry.beside:
        remedy = f"write .arrow first, then {_one_side(_whole(output), output)}"
        raise DataError(f"{output.name!r} holds one vector a name, and {entry.name} learns {entry.beside} too; {remedy}")


def _save(embedding: Embedding, output: Path) -> None:
    """Write the embedding; where the format cannot hold it, write it whole beside, for it may have taken hours."""
    whole = _whole(output)
    try:
        require_one_side(embedding, output, f"for the vectors alone: {_one_side(whole, output)}")
        embedding.save(output)
    except DataError as error:
        embedding.save(whole)
        raise DataError(f"{error}; nothing is lost, for the whole embedding is in {str(whole)!r}") from None


def _whole(output: Path) -> Path:
    """A name beside the output for a file that holds everything, taken by no file yet."""
    from graphemb.data.streams import plain_stem

    stem = plain_stem(output)
    numbered = (output.with_name(f"{stem}-{number}.arrow") for number in count(2))
    return next(path for path in chain([output.with_name(f"{stem}.arrow")], numbered) if not path.exists())


def _one_side(whole: Path, output: Path) -> str:
    return f"graphemb convert {quote(str(whole))} {quote(str(output))} --source-side"


def fit_options(estimator: Any, *, progress: bool, checkpoint: Path | None = None) -> dict[str, Any]:
    """What this method's ``fit`` takes beside the graph; a checkpoint for one that keeps none is an error."""
    taken = inspect.signature(estimator.fit).parameters
    if checkpoint is not None and "checkpoint" not in taken:
        raise ParameterError(
            f"{registry.name_of('method', estimator)} keeps no checkpoint: it does not train in epochs; leave --checkpoint out"
        )
    options: dict[str, Any] = {"progress": True} if progress and "progress" in taken else {}
    return {**options, "checkpoint": checkpoint} if checkpoint is not None else options


def _report(embedding: Any, output: Path, as_json: bool) -> None:
    meta = embedding.meta
    made = {
        "random_state": meta["random_state"],
        "names": len(embedding),
        "dim": embedding.dim,
        "numbers_per_node": embedding.numbers_per_node,
        "decoder": embedding.decoder,
        "seconds": meta["seconds"],
    }
    certificate = meta.get("certificate")
    if as_json:
        settings = {"parameters": meta["parameters"], "set": given(meta), "settled": settled(meta)}
        facts = {"method": meta["method"], **settings, **made, "notes": meta["notes"]}
        print_json({**facts, **({"certificate": certificate} if certificate else {}), "file": str(output)})
        return
    if certificate:
        made["certificate"] = {k: v for k, v in certificate.items() if k not in ("rule", "fingerprint")}
    print_facts({k.replace("_", " "): v for k, v in {"method": meta["method"], **told(meta), **made}.items()})
    print_facts({k.replace("_", " "): v for k, v in told_notes(meta).items()}, below="notes")
