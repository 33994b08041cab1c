"""What verbs read: graphs, interactions and data sets, embeddings, and methods written as NAME:key=value."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb import registry
from graphemb.cli.file_kind import holds_interactions, holds_triples, refuse_embedding
from graphemb.cli.output import chat
from graphemb.errors import DataError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    from graphemb.data.corpus import Corpus
    from graphemb.data.embedding import Embedding
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph
    from graphemb.datasets.card import Card

Columns = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE,TARGET[,WEIGHT]",
        show_default="the first two or three columns",
        help="Column names of the edges in a table with a header, where DATA is a file.",
    ),
]
InteractionColumns = Annotated[
    str | None,
    typer.Option(
        metavar="USER,ITEM[,RATING[,TIME]]",
        show_default="found by their titles, else the first two to four",
        help="Column names of a table of interactions with a header, where DATA is a file.",
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        metavar="RULE",
        show_default="the data's own",
        help="Cut interactions anew into train, validation and test: ratio, leave-one-out or time, seeded by --random-state.",
    ),
]


def read_interactions_data(
    text: str, *, columns: str | None = None, split: str | None = None, random_state: int = 0, progress: bool = False
) -> Interactions:
    """The interactions that DATA means, in their own splits, or in those that a rule makes with its standard shares."""
    from graphemb.data.interaction_splits import split_interactions
    from graphemb.data.interactions import Interactions
    from graphemb.data.interactions_file import read_interactions
    from graphemb.datasets.registry import find_data, load_data

    found = find_data(text, takes="interactions")
    if isinstance(found, Path):
        refuse_embedding(found)
    if columns is None:
        loaded = load_data(text, takes="interactions", progress=progress)
        assert isinstance(loaded, Interactions)  # takes="interactions"
        data = loaded
    elif isinstance(found, Path):
        data = read_interactions(found, **_column_names(columns, ("user", "item", "rating", "time")))
    else:
        raise ParameterError(f"--columns names columns of a file, and {text!r} is not a file")
    if split is None:
        return data
    if data.size("validation") or data.size("test"):
        chat(f"note: --split {split} replaces the splits that {text!r} comes with")
    return split_interactions(data, split, random_state=random_state)


def read_corpus_data(text: str, *, columns: str | None = None) -> Corpus:
    """The corpus that DATA means: a file or folder of texts, or a data set."""
    from graphemb.data.corpus_file import read_corpus
    from graphemb.datasets.corpora import load_corpus
    from graphemb.datasets.registry import find_data

    found = find_data(text)
    if isinstance(found, Path):
        refuse_embedding(found)
    if columns is None:
        return load_corpus(text)
    if not isinstance(found, Path):
        raise ParameterError(f"--columns names columns of a file, and {text!r} is not a file")
    return read_corpus(found, **_column_names(columns, ("text", "name", "label"), least=1))


def read_data(
    text: str, *, directed: bool | None = None, columns: str | None = None, takes: Any = "graph", progress: bool = False
) -> Graph | KnowledgeGraph | Interactions:
    """The graph (knowledge graph, interactions) that DATA means: a file, a folder or a data set."""
    from graphemb.datasets.registry import find_data, load_data

    found = find_data(text, takes=takes)
    if isinstance(found, Path):
        refuse_embedding(found)
    if columns is None and isinstance(found, Path) and found.is_file() and holds_triples(found):
        return _read_triples(found, takes, directed)
    if columns is None and takes in (None, "graph") and isinstance(found, Path) and found.is_file() and holds_interactions(found):
        taken = read_interactions_data(text)
        return taken.to_graph() if takes == "graph" else taken
    if columns is None:
        return load_data(text, takes=takes, directed=directed, progress=progress)
    if not isinstance(found, Path) or not found.is_file():
        raise ParameterError(f"--columns names columns of a file, and {text!r} is not a file")
    from graphemb.data.graph_file import read_graph

    return read_graph(found, directed=bool(directed), **_column_names(columns, ("source", "target", "weight")))


def data_kind(text: str) -> str:
    """What DATA holds, told before it is read: "interactions", "knowledge-graph", ...; a file without a telling header holds interactions.

    >>> data_kind("world/facts"), data_kind("world"), data_kind("karate-club")
    ('knowledge-graph', 'knowledge-graph', 'graph')
    """
    from graphemb.datasets.folders import kind_of
    from graphemb.datasets.registry import find_data

    found = find_data(text, takes="knowledge-graph")
    if not isinstance(found, Path):
        return found.kind
    if found.is_dir():
        return kind_of(found)
    refuse_embedding(found)
    return "knowledge-graph" if holds_triples(found) else "interactions"


def _read_triples(path: Path, takes: Any, directed: bool | None) -> Graph | KnowledgeGraph:
    from graphemb.data.triples_file import read_knowledge_graph

    graph = read_knowledge_graph(path)
    return graph.to_graph(directed=bool(directed)) if takes == "graph" else graph


def _column_names(text: str, roles: Sequence[str], *, least: int = 2) -> dict[str, Any]:
    names = text.split(",")
    if not least <= len(names) <= len(roles) or not all(names):
        forms = [",".join(roles[:n]).upper() for n in range(least, len(roles) + 1)]
        raise ParameterError(f"--columns takes {' or '.join(forms)}, got {text!r}")
    return dict(zip(roles, names, strict=False))


def read_graph_data(text: str, *, directed: bool | None = None, columns: str | None = None, progress: bool = False) -> Graph:
    """The graph that DATA means; a knowledge graph gives an edge wherever a triple is."""
    from graphemb.data.graph import Graph

    data = read_data(text, directed=directed, columns=columns, progress=progress)
    assert isinstance(data, Graph)  # takes="graph"
    return data


def read_embedding(path: Path, *, verify: bool = False) -> Embedding:
    """The embedding in a file, or the data set of that name: ``glove-6b-50d``."""
    from graphemb.data.embedding import Embedding

    card = None if path.exists() else known_dataset(str(path))
    if card is None:
        return Embedding.load(path, verify=verify)
    if card.kind != "embedding":
        raise DataError(f"{card.name!r} is a data set of kind {card.kind!r}, where an embedding is needed")
    from graphemb.datasets.registry import load_dataset

    loaded = load_dataset(card.name)
    assert isinstance(loaded, Embedding)  # as its card says
    return loaded


def known_dataset(text: str) -> Card | None:
    """The card of the data set of this name, None where there is none.

    >>> known_dataset("GloVe_6B_50d").kind, known_dataset("glove.arrow")
    ('embedding', None)
    """
    from graphemb.datasets.registry import dataset_card

    try:
        return dataset_card(text)
    except UnknownNameError:
        return None


def build_method(spec: str, **defaults: Any) -> Any:
    """The estimator that NAME:key=value,... describes."""
    return registry.build("method", spec, **defaults)


def require_folder(path: Path) -> None:
    """Fail before the work, not after it, where a file could not be written."""
    if path.is_dir():
        raise DataError(f"expected the name of a file to write, but {str(path)!r} is a folder")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise DataError(f"cannot write {str(path)!r}: there is no folder {str(path.parent)!r}; make it first")
    if not os.access(folder, os.W_OK):
        raise DataError(f"cannot write {str(path)!r}: no permission to write to the folder {str(path.parent)!r}; choose another")


def require_page(html: Path | None, *, beside: Path | None = None) -> None:
    """A page of HTML is what --html writes, to a folder that is there or is the one the verb makes, ``beside``."""
    if html is None:
        return
    if html.suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"--html writes a page of HTML, to a file that ends in .html or .htm, got {str(html)!r}")
    if beside is None or html.absolute().parent != beside.absolute():
        require_folder(html)


def numbers(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers of at least 1, separated by commas.

    >>> numbers("1,2,3", "--hops")
    (1, 2, 3)
    """
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"{option} takes whole numbers separated by commas, such as 1,2,3, got {text!r}") from None
    if min(found) < 1 or len(set(found)) < len(found):
        raise ParameterError(f"{option} takes different numbers of at least 1, got {text!r}")
    return found


def unique_labels(labels: Sequence[str]) -> list[str]:
    """The labels, numbered where one stands more than once.

    >>> unique_labels(["hope", "mine", "hope"])
    ['hope', 'mine', 'hope 2']
    """
    seen: dict[str, int] = {}
    unique = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label} {seen[label]}")
    return unique
