"""Data sets by name: bundled ones, those of networkx, WordNet, words, fetched ones, and folders below ``$GRAPHEMB_DATA``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphemb.data.streams import split_suffix
from graphemb.datasets import bundled, corpora, folders, networkx_graphs, remote, word_tests, word_vectors, wordnet
from graphemb.datasets.card import Card, Kind
from graphemb.errors import DataError, UnknownNameError, nearest_names
from graphemb.registry import normalise

if TYPE_CHECKING:
    from graphemb.data.corpus import Corpus
    from graphemb.data.embedding import Embedding
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph
    from graphemb.data.word_test import WordTest

    Structure = Graph | KnowledgeGraph | Interactions
    Value = Structure | Embedding | Corpus | WordTest

WORDS: dict[Kind, Callable[[str], Any]] = {
    "embedding": word_vectors.load,
    "corpus": corpora.load,
    "word-test": word_tests.load_word_test,
}
"""How data sets of words are loaded, by their kind."""

FILE_SUFFIXES = {
    ".csv",
    ".tsv",
    ".txt",
    ".edges",
    ".edgelist",
    ".gz",
    ".xz",
    ".parquet",
    ".graphml",
    ".nt",
    ".ttl",
    ".arrow",
    ".mtx",
    ".inter",
}
"""A name that ends so is a file's, never a data set's."""


def dataset_cards() -> list[Card]:
    """Every card: of one name the bundled set comes first, then a folder, then what is fetched."""
    found: dict[str, Card] = {}
    local = (folders.card(name, path) for name, path in folders.data_folders().items())
    words = (*word_vectors.cards(), *corpora.cards(), *word_tests.cards())
    for card in (*bundled.cards(), *networkx_graphs.cards(), *local, *wordnet.cards(), *words, *remote.cards()):
        found.setdefault(normalise(card.name), card)
    return list(found.values())


def dataset_names() -> list[str]:
    """The names of all data sets that can be asked for here.

    >>> {"world/borders", "karate-club", "wiki-vote"} <= set(dataset_names())
    True
    """
    return [card.name for card in dataset_cards()]


def dataset_card(name: str, *, takes: Kind | None = None) -> Card:
    """What is known about a data set before it is loaded.

    ``world`` alone is the part of ``world`` that the caller ``takes``: ``world/borders`` unless said otherwise. Case, ``-``, ``_`` and
    blanks are ignored.

    Raises
    ------
    UnknownNameError : no such data set; the nearest names are offered
    DataError : it is read from a folder, and is not there

    >>> dataset_card("Karate_Club").counts["edges"]
    78
    """
    wanted = bundled.PARTS.get(takes or "graph", "world/borders") if normalise(name) == "world" else name
    cards = {normalise(card.name): card for card in dataset_cards()}
    parts = [card for key, card in cards.items() if card.origin == "folder" and key.endswith(f"/{normalise(wanted)}")]
    if normalise(wanted) not in cards and len(parts) == 1:  # the name of the file alone
        return parts[0]
    if normalise(wanted) not in cards:
        _refuse_absent(wanted)
        raise UnknownNameError("data set", name, [c.name for c in cards.values()], remedy="`graphemb datasets list` names all")
    return cards[normalise(wanted)]


def _refuse_absent(name: str) -> None:
    """Raise where files are all that a known data set lacks."""
    absent = (*word_vectors.absent_cards(), *corpora.absent_cards(), *word_tests.absent_cards())
    for card in absent:
        if normalise(card.name) == normalise(name):
            WORDS[card.kind](card.name)


def load_dataset(name: str, *, data_home: str | Path | None = None, takes: Kind | None = None, progress: bool = False) -> Value:
    """A data set by name: a graph, a knowledge graph, interactions, an embedding of words, a corpus or a word test.

    Parameters
    ----------
    name : one of :func:`dataset_names`, or ``world`` for the part that ``takes`` asks for
    data_home : folder for fetched files instead of the cache
    takes : ``graph`` gives a graph of a knowledge graph too (an edge wherever a triple is), and of interactions the bipartite graph of the
        training split; ``knowledge-graph`` and ``interactions`` refuse what is not, ``embedding``, ``corpus`` and ``word-test`` too
    progress : draw a bar on the standard error stream while files are fetched

    Raises
    ------
    UnknownNameError, FetchError ; DataError : the data set is of another kind than asked for

    >>> load_dataset("florentine-families").n_edges
    20
    """
    card = dataset_card(name, takes=takes)
    if card.kind in WORDS:
        if takes not in (None, card.kind):
            raise DataError(f"{card.name!r} is a data set of kind {card.kind!r}, where one of kind {takes!r} is needed")
        words: Embedding | Corpus | WordTest = WORDS[card.kind](card.name)
        return words
    if card.kind not in ("graph", "knowledge-graph", "interactions"):
        raise DataError(f"{card.name!r} is a data set of kind {card.kind!r}, which cannot be loaded as a graph; {_place(card)}")
    loaded: Structure
    if card.origin == "bundled":
        loaded = bundled.load(card.name)
    elif card.origin == "networkx":
        loaded = networkx_graphs.load(card.name)
    elif card.origin == "folder":
        loaded = folders.load(folders.data_folders()[card.name], name=card.name)
    elif card.name == wordnet.NAME:
        loaded = wordnet.load(card, data_home=data_home, progress=progress)
    else:
        loaded = remote.load(card, data_home=data_home, progress=progress)
    return as_taken(loaded, takes, card.name)


def as_taken(loaded: Structure, takes: Kind | None, name: str) -> Structure:
    """The value in the kind that the caller takes."""
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions

    if takes == "graph" and not isinstance(loaded, Graph):
        return loaded.to_graph()
    if takes == "interactions" and not isinstance(loaded, Interactions):
        what = "a graph" if isinstance(loaded, Graph) else "a knowledge graph"
        raise DataError(f"{name!r} is {what}, where interactions of users and items are needed")
    if takes in WORDS:
        raise DataError(f"{name!r} holds a {type(loaded).__name__}, where a data set of kind {takes!r} is needed")
    if takes == "knowledge-graph" and isinstance(loaded, (Graph, Interactions)):
        what = "is a graph without relations" if isinstance(loaded, Graph) else "holds interactions of users and items"
        raise DataError(f"{name!r} {what}, where a knowledge graph is needed")
    return loaded


def _place(card: Card) -> str:
    return f"its files lie in {bundled.world_path('match')}" if card.origin == "bundled" else " ".join(card.notes)


def find_data(name_or_path: str | os.PathLike[str], *, takes: Kind | None = None) -> Path | Card:
    """What the command line's DATA means: the path of a file or folder that is there, else the card of a data set.

    Raises
    ------
    DataError : it looks like a path and nothing is there; a mistyped path is never taken for a name
    UnknownNameError : no data set of that name

    >>> find_data("karate-club").kind
    'graph'
    >>> find_data("edges.tsv")
    Traceback (most recent call last):
    graphemb.errors.DataError: no file or folder 'edges.tsv'
    """
    text = os.fspath(name_or_path)
    path = Path(text).expanduser()
    if text and path.exists():
        return path
    if isinstance(name_or_path, os.PathLike) or _looks_like_path(text):
        near = nearest_names(path.name, _siblings(path))
        hint = "; did you mean " + " or ".join(repr(str(path.with_name(n))) for n in near) + "?" if near else ""
        raise DataError(f"no file or folder {text!r}{hint}")
    return dataset_card(text, takes=takes)


def _looks_like_path(text: str) -> bool:
    known = {normalise(n) for n in (*bundled.PARTS.values(), *folders.data_folders())}
    if normalise(text) in known or text.startswith("world/"):
        return False
    return not text or "/" in text or os.sep in text or text.startswith((".", "~")) or Path(text).suffix.lower() in FILE_SUFFIXES


def _siblings(path: Path) -> Iterable[str]:
    try:
        return [p.name for p in path.parent.iterdir()]
    except OSError:
        return []


def load_data(
    name_or_path: str | os.PathLike[str], *, takes: Kind | None = None, directed: bool | None = None, progress: bool = False
) -> Structure:
    """A graph, knowledge graph or interactions: a file, a folder or a data set, as :func:`find_data` understands the words.

    ``directed`` overrides what the file or card says: True reads every edge of an undirected one both ways, False forgets directions.
    """
    from graphemb.data.graph import Graph

    found = find_data(name_or_path, takes=takes)
    if isinstance(found, Card):
        if found.kind in WORDS:
            raise DataError(f"{found.name!r} is a data set of kind {found.kind!r}, where a graph or interactions are needed")
        loaded: Any = load_dataset(found.name, takes=takes, progress=progress)
    elif found.is_dir():
        loaded = as_taken(folders.load(found, directed=directed), takes, str(found))
    else:
        return _read_file(found, takes, directed)
    if isinstance(loaded, Graph) and directed is not None and directed != loaded.directed:
        return (
            Graph(loaded.adjacency, loaded.names, directed=True, nodes=loaded.nodes, meta=loaded.meta) if directed else loaded.undirected()
        )
    return loaded


def _read_file(path: Path, takes: Kind | None, directed: bool | None) -> Structure:
    from graphemb.data.graph_file import read_graph
    from graphemb.data.interactions_file import read_interactions
    from graphemb.data.triples_file import read_knowledge_graph

    if takes == "interactions" or split_suffix(path)[0] == ".inter":
        return as_taken(read_interactions(path), takes, str(path))
    if takes == "knowledge-graph":
        return read_knowledge_graph(path)
    return read_graph(path) if directed is None else read_graph(path, directed=directed)
