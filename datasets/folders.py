"""Data sets that lie in folders: those below ``$GRAPHEMB_DATA``, and any folder given by its path.

A graph folder holds ``edges.tsv`` and perhaps ``nodes.tsv`` and ``labels.tsv`` (node, label; a node may have several, or no edge). A
knowledge-graph folder holds ``train.tsv``, ``valid.tsv``, ``test.tsv`` (or one ``triples.tsv``) and perhaps ``entity_text.tsv`` and
``relation_text.tsv``. Each may end in ``.gz`` or ``.xz`` too; a ``README.md`` is read for the card.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphemb.datasets.card import NOT_STATED, Card, Kind
from graphemb.errors import DataError, FormatError

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.data.graph import Graph
    from graphemb.data.knowledge_graph import KnowledgeGraph

SPLITS = ("train", "valid", "test")
PARTS = ("triples", *SPLITS, "entity_text", "relation_text")
TABLES = (".tsv", ".csv", ".txt")
NO_TEXT = ("kind", "synset", "aliases", "wikidata_id", "types")
"""Columns of a text file that are no sentences."""


def data_folders() -> dict[str, Path]:
    """Folders two levels below ``$GRAPHEMB_DATA`` by name, the first of a name where several have it."""
    home = os.environ.get("GRAPHEMB_DATA")
    if not home or not Path(home).expanduser().is_dir():
        return {}
    found: dict[str, Path] = {}
    for group in sorted(p for p in Path(home).expanduser().iterdir() if p.is_dir()):
        for folder in sorted(p for p in group.iterdir() if p.is_dir() and not p.name.startswith(".")):
            found.setdefault(folder.name, folder)
    return found


def files_of(folder: Path) -> dict[str, Path]:
    """The files of a folder whose names are known, by part."""
    return {part: path for path in sorted(folder.iterdir()) for part in PARTS if _stem(path, TABLES) == part}


def _stem(path: Path, suffixes: tuple[str, ...]) -> str | None:
    """The name before ``.tsv``, ``.tsv.gz`` and the like; None where the file is of another format."""
    name = path.name.removesuffix(".gz").removesuffix(".xz")
    return next((name.removesuffix(s) for s in suffixes if name.endswith(s)), None)


def kind_of(folder: Path) -> Kind:
    """What the folder holds, told from the names of its files."""
    names = {p.name for p in folder.iterdir()}
    tables = {_stem(folder / n, (".tsv", ".csv")) for n in names}
    if "edges" in tables:
        return "graph"
    if {"train", "triples"} & tables:
        return "knowledge-graph"
    if "gold" in tables:
        return "matching"
    if any(re.match(r"train\.txt|sequences\.txt|.*\.inter", n) for n in names):
        return "interactions"
    return "words"


def card(name: str, folder: Path) -> Card:
    """The card of a folder, as far as its README says."""
    kind = kind_of(folder)
    text = (folder / "README.md").read_text("utf-8", errors="replace") if (folder / "README.md").is_file() else ""
    title, _, body = text.lstrip("# ").partition("\n")
    what = next((line for line in body.splitlines() if line.strip() and not line.startswith(("#", "-", "|", "Source"))), "")
    source = re.search(r"^[-* ]*(?:Source:|Taken from )(.*)$", text, re.M)
    licence = re.search(r"^[-* ]*Licen[cs]e:(.*)$", text, re.M)
    return Card(
        name,
        title.strip() or name,
        kind,
        what=what.strip(),
        source=source.group(1).strip() if source else str(folder),
        licence=licence.group(1).strip() if licence else ("see its README" if text else NOT_STATED),
        directed=is_directed(folder) if kind == "graph" else True if kind == "knowledge-graph" else None,
        origin="folder",
        notes=(f"Lies in {folder}.",),
    )


def is_directed(folder: Path) -> bool:
    """Whether the README says that edges are directed, and not that they are undirected."""
    readme = folder / "README.md"
    text = readme.read_text("utf-8", errors="replace").lower() if readme.is_file() else ""
    return re.search(r"\bdirected\b", text) is not None and re.search(r"\bundirected\b", text) is None


def load(folder: Path, *, name: str = "", directed: bool | None = None) -> Graph | KnowledgeGraph:
    """The graph or knowledge graph that lies in the folder.

    Raises
    ------
    DataError : the folder holds something else; the message says what
    """
    from graphemb.data.graph_file import read_graph

    name, kind = name or folder.name, kind_of(folder)
    if kind == "graph":
        graph = read_graph(folder, directed=is_directed(folder) if directed is None else directed)
        graph.meta["dataset"] = name
        return graph
    if kind == "knowledge-graph":
        return knowledge_graph_from_files(files_of(folder), name=name)
    if kind == "words" and not (folder / "README.md").is_file():
        raise DataError(f"{folder} holds no edges.tsv and no train.tsv, so it is no data set; give a file or such a folder")
    raise DataError(f"{name!r} is a data set of kind {kind!r}, which cannot be loaded as a graph; its files lie in {folder}")


def knowledge_graph_from_files(files: Mapping[str, Path], *, name: str) -> KnowledgeGraph:
    """The knowledge graph of one file a split, or of one file of triples, and perhaps texts.

    Entities stand in order of first appearance, training triples first. A triple file may have columns after the third.
    """
    import pandas as pd

    from graphemb.data.knowledge_graph import KnowledgeGraph

    parts = {part: _columns(files[part], 3) for part in (*SPLITS, "triples") if part in files}
    triples = pd.concat(parts.values(), ignore_index=True)
    relations, relation_names = pd.factorize(triples[1])
    ends, entity_names = pd.factorize(triples[[0, 2]].to_numpy().ravel())
    stacked = np.stack([ends[0::2], relations, ends[1::2]]).astype(np.int64)
    return KnowledgeGraph(
        entity_names,
        relation_names,
        stacked,
        splits=_slices({"train" if part == "triples" else part: len(frame) for part, frame in parts.items()}),
        entity_text=_text(files.get("entity_text"), entity_names),
        relation_text=_text(files.get("relation_text"), relation_names),
        meta={"dataset": name},
    )


def _slices(lengths: Mapping[str, int]) -> dict[str, slice]:
    ends = np.cumsum(list(lengths.values())).tolist()
    return {part: slice(end - length, end) for (part, length), end in zip(lengths.items(), ends, strict=True)}


def _text(path: Path | None, names: Sequence[str]) -> list[str] | None:
    """One text a name: the columns after the first, a kind or an id left out, joined by ``: ``; empty where the file has none."""
    if path is None:
        return None
    from graphemb.data.tables import read_table

    table = read_table(path, header=True)
    columns = [np.asarray(c, dtype=object) for c, title in zip(table.columns, table.titles, strict=True) if title not in NO_TEXT]
    texts = {row[0]: ": ".join(filter(None, row[1:])) for row in zip(*columns, strict=True)}
    return [texts.get(name, "") for name in names]


def _columns(path: Path, n: int) -> pd.DataFrame:
    """The first columns of a delimited file without a header, as text."""
    import pandas as pd

    from graphemb.data.tables import read_table

    table = read_table(path, header=False)
    if len(table.columns) < n:
        raise FormatError(f"{str(path)!r} has {len(table.columns)} columns, expected at least {n}")
    return pd.DataFrame({i: table.columns[i].to_pandas() for i in range(n)})
