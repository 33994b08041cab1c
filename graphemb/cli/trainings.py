"""Embeddings to judge: those in files, and those of methods that a verb trains itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb import registry
from graphemb.cli.inputs import build_method, numbers, read_embedding, unique_labels
from graphemb.cli.output import chat
from graphemb.cli.train import fit_options
from graphemb.errors import DataError, DataWarning, ParameterError

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph

Embeddings = Annotated[
    list[Path] | None,
    typer.Argument(metavar="EMBEDDING", help="Files with embeddings of the nodes of DATA, made by anyone.", show_default=False),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME[:key=value,...]",
        show_default="the default methods, if no embedding is given",
        help="Train this method on DATA first; may be given several times (see: graphemb methods).",
    ),
]
Dim = Annotated[
    int | None, typer.Option("--dim", min=1, show_default="each method's own", help="Columns a side of the methods that do not say dim=.")
]


@dataclass(frozen=True)
class Training:
    """One estimator to fit: what its line is called, and the method it is a size of."""

    label: str
    family: str
    estimator: Any
    optional: bool = False
    """Nobody asked for this one by name: if the data does not suit it, go on without it."""

    @property
    def takes(self) -> str:
        """What the method is fitted on: a graph, or interactions."""
        return registry.find("method", registry.parse_spec(self.family)[0]).takes


def trainings_of(
    specs: list[str] | None, given: bool, dim: int | None, dims: str | None, random_state: int, *, takes: str = "graph"
) -> list[Training]:
    """What to train: the methods named, or the default ones where nothing is named, each at every size asked for.

    ``takes`` is what DATA is: a graph, or interactions or a knowledge graph, of which methods for graphs are given a graph.
    """
    if dim is not None and dims is not None:
        raise ParameterError("--dim and --dims contradict each other")
    optional = not specs and not given
    defaults = [entry.name for entry in registry.entries("method") if entry.default and entry.takes == takes]
    named = defaults if optional else specs or []
    sizes = numbers(dims, "--dims") if dims else (dim,)
    if not named and (dim is not None or dims is not None):
        raise ParameterError(f"{'--dims' if dims else '--dim'} sets the size of methods to train; name one with --method")
    for spec in named:
        _require_taken(spec, takes)
    labels = [_label(spec, size if dims else None) for spec in named for size in sizes]
    return [
        Training(label, spec, _build(spec, size, random_state, fixed=bool(dims)), optional)
        for label, (spec, size) in zip(unique_labels(labels), ((s, z) for s in named for z in sizes), strict=True)
    ]


def _require_taken(spec: str, takes: str) -> None:
    """Raise where a method cannot be trained on such data."""
    entry = registry.find("method", registry.parse_spec(spec)[0])
    if entry.takes not in (takes, "graph"):
        needed, there = (kind.replace("-", " ") for kind in (entry.takes, takes))
        article = "" if takes == "interactions" else "a "
        raise ParameterError(f"{entry.name} is trained on {needed}, and DATA is {article}{there}; leave it out, or give it such data")


def affordable(trainings: list[Training], data: Graph | Interactions | KnowledgeGraph) -> list[Training]:
    """Without the methods that nobody named and that are meant for smaller graphs, which is said."""
    from graphemb.kernels.warn import warn

    limits = {t.label: registry.find("method", registry.parse_spec(t.family)[0]).default_up_to for t in trainings if t.optional}
    n = size_of(data)
    too_much = {label: limit for label, limit in limits.items() if limit is not None and n > limit}
    for label, limit in too_much.items():
        warn(f"{label} is left out beyond {limit:,} nodes; ask for it with --method {label}", DataWarning)
    return [training for training in trainings if training.label not in too_much]


def _build(spec: str, size: int | None, random_state: int, *, fixed: bool) -> Any:
    if fixed and "dim" in registry.parse_spec(spec)[1]:
        raise ParameterError(f"{spec!r} says dim= and --dims says sizes; leave one out")
    sized = {} if size is None else {"dim": size}
    return build_method(spec, random_state=random_state, **sized)


def _label(spec: str, size: int | None) -> str:
    """The method's registered name with the settings as they were written, and the size where several are compared."""
    name, rest = registry.find("method", registry.parse_spec(spec)[0]).name, spec.partition(":")[2]
    settings = [part for part in (rest, f"dim={size}" if size else "") if part]
    return f"{name}:{','.join(settings)}" if settings else name


def embeddings_in(paths: list[Path]) -> dict[str, Embedding]:
    """The embeddings in files, named by their files."""
    from graphemb.data.streams import plain_stem

    return dict(zip(unique_labels([plain_stem(path) for path in paths]), map(read_embedding, paths), strict=True))


def train_all(
    trainings: list[Training], data: Graph | Interactions | KnowledgeGraph, show: bool, *, graph: Graph | None = None
) -> dict[str, Embedding]:
    """The methods fitted on the data, by their labels.

    Of other data methods for graphs are given ``graph``; of interactions, where there is none, the bipartite graph of the training split.
    """
    from graphemb.data.graph import Graph
    from graphemb.kernels.warn import notes_of, warn

    embeddings: dict[str, Embedding] = {}
    for i, training in enumerate(trainings, start=1):
        if show:
            chat(f"training {i} of {len(trainings)}: {training.label}")
        wanted = data
        if not isinstance(data, Graph) and training.takes == "graph":
            wanted = graph = data.to_graph() if graph is None else graph
        try:
            with notes_of(training.label, set()):
                fitted = training.estimator.fit(wanted, **fit_options(training.estimator, progress=show))
        except DataError as error:
            if not training.optional or size_of(data) == 0:
                raise
            warn(f"{training.label} is left out: {error}", DataWarning)
            continue
        embeddings[training.label] = fitted.embedding_
    return embeddings


def size_of(data: Graph | Interactions | KnowledgeGraph) -> int:
    """Nodes, entities, or users and items together."""
    from graphemb.data.graph import Graph
    from graphemb.data.knowledge_graph import KnowledgeGraph

    if isinstance(data, KnowledgeGraph):
        return data.n_entities
    return data.n_nodes if isinstance(data, Graph) else data.n_users + data.n_items
