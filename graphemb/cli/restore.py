"""``graphemb restore``: what embeddings keep of a graph."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphemb import registry
from graphemb.cli.inputs import Split, numbers, require_page, unique_labels
from graphemb.cli.options import Data, Directed, Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import say_written
from graphemb.cli.restore_data import Wanted, is_interactions
from graphemb.cli.restore_output import print_restoration, restoration_json, unmatched_in_words
from graphemb.cli.trainings import Dim, Embeddings, Methods, Training, affordable, embeddings_in, size_of, train_all, trainings_of
from graphemb.errors import DataError, DataWarning, ParameterError, shorten

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph
    from graphemb.reconstruction.certificate import Certificate
    from graphemb.reconstruction.restoration import Restoration

Dims = Annotated[
    str | None,
    typer.Option(
        metavar="16,32,...", show_default="one size", help="Train every method at each of these sizes: mAP against numbers per node."
    ),
]
Hops = Annotated[str, typer.Option(metavar="1,2,...", help="How far away a node may be and still count as relevant.")]
Relevant = Annotated[
    Literal["ball", "ring", "both"],
    typer.Option(help="Relevant at hop k: every node within k steps (ball), or exactly k steps away (ring)."),
]
Sources = Annotated[
    str, typer.Option(metavar="auto|all|N", help="Nodes to rank from: all, N sampled ones, or all unless that is too much work.")
]
Decoders = Annotated[
    list[str] | None,
    typer.Option(
        "--decoder",
        metavar="NAME",
        show_default="each embedding's own",
        help="How two vectors are scored; may be given several times (see: graphemb methods --kind decoder).",
    ),
]
Direction = Annotated[
    Literal["auto", "out", "in", "reversed", "users", "items"],
    typer.Option(
        help="Directed graphs: rank targets (out), sources (in), both (auto), or targets by the scores of the way back (reversed). "
        "Interactions: users rank items, items rank users, or both (auto)."
    ),
]
Neighbours = Annotated[
    str | None,
    typer.Option(
        "--neighbours",
        metavar="MODALITY[:k=5]",
        show_default="the interactions",
        help="Interactions: rebuild the nearest neighbours of items in the features of this modality, or (users) who took the same items.",
    ),
]
Rebuild = Annotated[
    Literal["train", "all"], typer.Option(help="Interactions: rebuild the training split, which was embedded, or all splits as one.")
]
Baselines = Annotated[
    list[str] | None,
    typer.Option(
        "--baseline",
        metavar="NAME",
        show_default="those marked default; random and degree alone beyond 100,000 nodes",
        help="Compare with this; may be given several times (see: graphemb methods --kind baseline).",
    ),
]
NoBaselines = Annotated[bool, typer.Option("--no-baselines", help="Compare with no baseline.")]
Null = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="K", show_default="none", help="Also train the methods on K rewired graphs of the same degrees: the null model."
    ),
]
Missing = Annotated[
    Literal["error", "last", "drop"],
    typer.Option(help="Nodes of DATA without a vector: an error, ranked last, or dropped from the evaluation."),
]
RestoreColumns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAMES",
        show_default="found by their titles, else the first ones",
        help="Column names of a table with a header, where DATA is a file: SOURCE,TARGET[,WEIGHT], or USER,ITEM[,RATING[,TIME]].",
    ),
]
Relations = Annotated[
    list[str] | None,
    typer.Option(
        "--relations",
        metavar="all|NAME",
        show_default="one graph of all triples",
        help="Knowledge graphs: rebuild all relations, or this one, one by one, tails and heads; may be given several times.",
    ),
]
Details = Annotated[
    bool,
    typer.Option(
        "--details", help="Also show AP by degree, precision@K, the rebuilt graph, communities, reversed roles, distances, and word tests."
    ),
]
Certify = Annotated[
    bool,
    typer.Option(
        "--certify",
        help="Also scan all pairs: does the sign of the score tell every edge? Exit status 1 if a recorded certificate is refuted.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FOLDER", show_default="not kept", help="Save the embeddings that were trained.")
]

_CHEAP_BASELINES = ("random", "degree")
_MOST_FOR_ALL = 100_000
"""Nodes up to which the default baselines include those that factorise or square the matrix."""


def restore(
    data: Data,
    embeddings: Embeddings = None,
    method: Methods = None,
    dim: Dim = None,
    dims: Dims = None,
    hops: Hops = "1",
    relevant: Relevant = "ball",
    sources: Sources = "auto",
    decoder: Decoders = None,
    direction: Direction = "auto",
    baseline: Baselines = None,
    no_baselines: NoBaselines = False,
    null: Null = None,
    missing: Missing = "error",
    neighbours: Neighbours = None,
    rebuild: Rebuild = "train",
    split: Split = None,
    relations: Relations = None,
    details: Details = False,
    certify: Certify = False,
    html: Html = None,
    output: Output = None,
    directed: Directed = None,
    columns: RestoreColumns = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure what embeddings keep of DATA.

    Every node ranks all others by the embedding; AP says how far up its relevant nodes (its neighbours, or those within a few
    hops) come; mAP is the mean over nodes. Of interactions, users rank all items and items all users; of single relations of a
    knowledge graph, heads rank tails and tails heads. Without EMBEDDING and --method, the default methods are trained and compared.
    """
    settings: dict[str, Any] = {
        "hops": numbers(hops, "--hops"),
        "relevant": relevant,
        "sources": _sources(sources),
        "decoder": [registry.find("decoder", d).name if d != "auto" else d for d in decoder] if decoder else "auto",
        "direction": direction,
        "null": null,
        "missing": missing,
        "details": details,
        "split": rebuild,
        "relations": True if relations == ["all"] else relations or False,
        "random_state": random_state,
    }
    compared = _baselines(baseline, no_baselines)
    wanted = Wanted(data, is_interactions(data), neighbours, rebuild, split, relations)
    wanted.check(directed=directed, hops=settings["hops"], relevant=relevant, null=null, certify=certify)
    trainings = trainings_of(method, bool(embeddings), dim, dims, random_state, takes=wanted.takes)
    _require_places(output, html, trainings)
    show = wants_progress(progress, quiet)
    whole, graph = wanted.read(directed=directed, columns=columns, random_state=random_state, progress=show)
    rebuilt = whole if graph is None else graph
    settings["baselines"] = compared if compared is not None else ["degree"] if relations else _default_baselines(rebuilt)
    given = embeddings_in(embeddings or [])
    trained = train_all(affordable(trainings, whole), whole, show, graph=graph)

    from graphemb.reconstruction.restore import restore as evaluate

    result = evaluate({**given, **trained}, rebuilt, progress=show, **settings)
    result.settings |= {"data_name": data, **({"neighbours": neighbours} if neighbours else {})}
    _note_unmatched(result, given)
    certificates = result.certify(progress=show) if certify else {}
    result.settings["families"] = {t.label: t.family for t in trainings if t.label in trained} if dims else {}
    written = _saved(trained, output)
    if html is not None:
        result.to_html(html)
        written.append(html)
    if as_json:
        restoration_json(result, data, details=details)
    else:
        print_restoration(result, data, details=details)
    for path in written if not quiet else ():
        say_written(path)
    _require_confirmed(certificates)


def _require_confirmed(certificates: dict[str, Certificate]) -> None:
    """An embedding that claims what it does not do is an error; one that is merely not exact is a result."""
    refuted = [(name, certificate) for name, certificate in certificates.items() if certificate.recorded == "refuted"]
    if refuted:
        name, certificate = refuted[0]
        such = f", such as {certificate.wrong[0]}" if certificate.wrong else ""
        others = f"; and those of {len(refuted) - 1} more" if len(refuted) > 1 else ""
        raise DataError(
            f"the certificate of {shorten(name)!r} is {certificate.recorded_in_words}, and a scan finds "
            f"{certificate.false:,} false and {certificate.missing:,} missing among {certificate.pairs:,} pairs{such}{others}"
        )


def _sources(text: str) -> str | int:
    if text in ("auto", "all"):
        return text
    if not text.isdecimal() or int(text) < 2:
        raise ParameterError(f"--sources takes auto, all, or a number of at least 2, got {text!r}")
    return int(text)


def _baselines(chosen: list[str] | None, none: bool) -> list[str] | None:
    """The baselines asked for, checked; None where nothing was said."""
    if none and chosen:
        raise ParameterError("--baseline and --no-baselines contradict each other")
    for spec in chosen or ():
        registry.build("baseline", spec)
    return [] if none else chosen


def _default_baselines(data: Graph | Interactions | KnowledgeGraph) -> list[str]:
    known = [entry.name for entry in registry.entries("baseline") if entry.default]
    return known if size_of(data) <= _MOST_FOR_ALL else [name for name in known if name in _CHEAP_BASELINES]


def _note_unmatched(result: Restoration, given: Iterable[str]) -> None:
    """Say once how many nodes the files have no vector for, and how many of their names are no node."""
    counts = result.settings["missing"]["counts"]
    unmatched = unmatched_in_words({name: counts[name] for name in given})
    if unmatched:
        warnings.warn(unmatched, DataWarning, stacklevel=2)


def _require_places(output: Path | None, html: Path | None, trainings: list[Training]) -> None:
    """What is written must have a place, known before anything is trained."""
    _require_output(output, trainings)
    require_page(html, beside=output)


def _require_output(output: Path | None, trainings: list[Training]) -> None:
    if output is None:
        return
    if not trainings:
        raise ParameterError("-o saves the embeddings that are trained here, and none is; name one with --method")
    if output.exists() and not output.is_dir():
        raise DataError(f"-o takes a folder, but {str(output)!r} is a file")
    if not output.absolute().parent.is_dir():
        raise DataError(f"cannot make {str(output)!r}: there is no folder {str(output.parent)!r}")


def _saved(trained: dict[str, Embedding], output: Path | None) -> list[Path]:
    if output is None:
        return []
    output.mkdir(exist_ok=True)
    names = unique_labels([re.sub(r"[^\w=.+-]+", "-", label).strip("-") for label in trained])
    paths = [output / f"{name}.arrow" for name in names]
    for embedding, path in zip(trained.values(), paths, strict=True):
        embedding.save(path)
    return paths
