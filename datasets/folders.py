"""Data sets that lie in folders: those below ``$GRAPHEMB_DATA``, and any folder given by its path.

A graph folder holds ``edges.tsv`` and perhaps ``nodes.tsv`` and ``labels.tsv`` (node, label; a node may have several, or no edge). A
knowledge-graph folder holds ``train.tsv``, ``valid.tsv``, ``test.tsv`` (or one ``triples.tsv``) and perhaps ``entity_text.tsv`` and
``relation_text.tsv``. A folder of interactions holds ``train.txt`` and perhaps ``valid.txt``, ``test.txt`` of lines ``u i1 i2 ...``,
``sequences.txt``, tables ``train.*``, ``interactions.*`` or ``ratings.*`` whose header names user and item, or RecBole's ``NAME.inter``;
several of these in one folder are data sets of their own, ``FOLDER/NAME``. Each may end in ``.gz`` or ``.xz`` too; a ``README.md`` is read
for the card.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from graphemb.data.streams import plain_stem, split_suffix
from graphemb.datasets.card import NOT_STATED, Card, Kind
from graphemb.datasets.group_readme import told_by_group
from graphemb.datasets.word_files import FOLDER as WORDS
from graphemb.errors import DataError

if TYPE_CHECKING:
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph


def data_folders() -> dict[str, Path]:
    """Folders two levels below ``$GRAPHEMB_DATA`` by name, the first of a name where several have it.

    A folder with several files of interactions stands here as these files, each under ``FOLDER/NAME``. What lies in ``words`` is known
    file by file, to ``word_vectors``, ``corpora``, ``word_tests`` and ``concepts``.
    """
    home = os.environ.get("GRAPHEMB_DATA")
    if not home or not Path(home).expanduser().is_dir():
        return {}
    found: dict[str, Path] = {}
    for group in sorted(p for p in Path(home).expanduser().iterdir() if p.is_dir() and p.name != WORDS):
        for folder in sorted(p for p in group.iterdir() if p.is_dir() and not p.name.startswith(".")):
            several = _interaction_files(folder)
            parts = {f"{folder.name}/{stem}": file for stem, file in several.items()} if len(several) > 1 else {folder.name: folder}
            for name, path in parts.items():
                found.setdefault(name, path)
    return found


def _interaction_files(folder: Path) -> dict[str, Path]:
    """The data sets in files ``NAME.inter`` of a folder; ``NAME.train.inter`` is a split of NAME."""
    from graphemb.data.recbole_file import inter_files

    return {name: next(iter(files.values())) for name, files in inter_files(folder).items()}


def kind_of(folder: Path) -> Kind:
    """What the folder (or file of interactions) holds, told from the names of its files."""
    if folder.is_file():
        return "interactions"
    files = [(plain_stem(p).lower(), split_suffix(p)[0]) for p in folder.iterdir() if p.is_file()]
    if any(stem in ("edges", "edgelist", "edge_list", "links") for stem, _ in files):
        return "graph"
    if any(suffix == ".inter" or (stem in ("train", "sequences") and suffix == ".txt") for stem, suffix in files) or _tables(folder):
        return "interactions"
    if any(stem in ("train", "triples", "facts") for stem, _ in files):
        return "knowledge-graph"
    if any(stem == "gold" for stem, _ in files):
        return "matching"
    return "words"


def _tables(folder: Path) -> bool:
    """Whether the table to learn from has users and items in its header."""
    from graphemb.data.interaction_table import names_users_and_items

    tables = [p for p in folder.iterdir() if p.is_file() and plain_stem(p).lower() in ("train", "interactions", "ratings")]
    try:
        return any(names_users_and_items(p) for p in tables)
    except DataError:  # a damaged file must not keep the others from being listed; its reader says what is wrong
        return False


def card(name: str, folder: Path) -> Card:
    """The card of a folder, as far as its README says, and that of the folder it lies in."""
    kind = kind_of(folder)
    place = folder.parent if folder.is_file() else folder
    readme, told = place / "README.md", told_by_group(place.parent, name)
    text = readme.read_text("utf-8", errors="replace") if readme.is_file() else ""
    title, _, body = text.lstrip("# ").partition("\n")
    what = next((line for line in body.splitlines() if line.strip() and not line.startswith(("#", "-", "|", "Source"))), "")
    source = re.search(r"^[-* ]*(?:Source:|Taken from )(.*)$", text, re.M)
    licence = re.search(r"^[-* ]*Licen[cs]e:(.*)$", text, re.M)
    return Card(
        name,
        title.strip() or name,
        kind,
        what=what.strip() or told.text,
        source=source.group(1).strip() if source else str(folder),
        licence=licence.group(1).strip() if licence else ("see its README" if text else told.licence or NOT_STATED),
        counts=told.counts,
        directed=is_directed(folder) if kind == "graph" else True if kind == "knowledge-graph" else None,
        origin="folder",
        notes=(f"Lies in {folder}.",),
    )


def is_directed(folder: Path) -> bool:
    """Whether the README says that edges are directed, and not that they are undirected."""
    readme = folder / "README.md"
    text = readme.read_text("utf-8", errors="replace").lower() if readme.is_file() else ""
    return re.search(r"\bdirected\b", text) is not None and re.search(r"\bundirected\b", text) is None


def load(folder: Path, *, name: str = "", directed: bool | None = None) -> Graph | KnowledgeGraph | Interactions:
    """The graph, knowledge graph or interactions that lie in the folder (or file of interactions).

    Raises
    ------
    DataError : the folder holds something else; the message says what
    """
    from graphemb.data.graph_file import read_graph
    from graphemb.data.interactions_file import read_interactions
    from graphemb.data.triples_file import read_knowledge_graph

    name, kind = name or folder.name, kind_of(folder)
    if kind == "graph":
        graph = read_graph(folder, directed=is_directed(folder) if directed is None else directed)
        graph.meta["dataset"] = name
        return graph
    if kind == "knowledge-graph":
        facts = read_knowledge_graph(folder)
        facts.meta["dataset"] = name
        return facts
    if kind == "interactions":
        taken = read_interactions(folder)
        taken.meta["dataset"] = name
        return taken
    if kind == "words" and not (folder / "README.md").is_file():
        raise DataError(f"{folder} holds no edges.tsv and no train.tsv, so it is no data set; give a file or such a folder")
    raise DataError(f"{name!r} is a data set of kind {kind!r}, which cannot be loaded as a graph; its files lie in {folder}")
