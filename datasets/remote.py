"""Data sets that are fetched from their public addresses and stay in the cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graphemb.datasets.cache import dataset_folder, mark_cache
from graphemb.datasets.card import Card, DataFile
from graphemb.datasets.fetch import fetch
from graphemb.datasets.remote_cards import CARDS
from graphemb.errors import DataError

if TYPE_CHECKING:
    from graphemb.data.graph import Graph
    from graphemb.data.knowledge_graph import KnowledgeGraph


SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Fetched:
    """One file that is in the cache now."""

    path: Path
    sha256: str
    known: bool
    """Whether the checksum was known beforehand; if not, it was recorded at the first fetch."""
    new: bool
    """Whether this call brought the file."""


def cards() -> list[Card]:
    """The cards of all data sets."""
    return list(CARDS)


def fetch_files(card: Card, *, data_home: str | Path | None = None, progress: bool = False) -> list[Fetched]:
    """Bring the files of the data set that are not there yet, and check those that are.

    Raises
    ------
    FetchError : a file cannot be had
    DataError : a file that is there is not the one expected
    """
    if data_home is None:
        mark_cache()
    folder = dataset_folder(card.name, data_home)
    return [_bring(file, folder / file.name, progress) for file in card.files]


def _bring(file: DataFile, path: Path, progress: bool) -> Fetched:
    """The file at its place, with its checksum in the list beside it."""
    recorded = _recorded(path.parent)
    new = not path.is_file()
    if new:
        found = fetch(file.url, path, sha256=file.sha256, progress=progress)
    else:
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        expected = file.sha256 or recorded.get(path.name, found)
        if found != expected:
            raise DataError(f"{path} has the checksum {found}, expected {expected}; remove it, and it is fetched again")
    if recorded.get(path.name) != found:  # new, or brought by hand
        lines = {**recorded, path.name: found}.items()
        (path.parent / SUMS).write_text("".join(f"{sha256}  {name}\n" for name, sha256 in lines), "utf-8")
    return Fetched(path, found, file.sha256 is not None, new)


def _recorded(folder: Path) -> dict[str, str]:
    """Checksum by file name, as ``sha256sum`` writes and checks them."""
    if not (folder / SUMS).is_file():
        return {}
    lines = (line.split(maxsplit=1) for line in (folder / SUMS).read_text("utf-8").splitlines() if line.strip())
    return {name: sha256 for sha256, name in lines}


def load(card: Card, *, data_home: str | Path | None = None, progress: bool = False) -> Graph | KnowledgeGraph:
    """The data set as a value, fetched first where it is not in the cache."""
    fetched = fetch_files(card, data_home=data_home, progress=progress)
    paths = {file.part: got.path for file, got in zip(card.files, fetched, strict=True)}
    from graphemb.data.graph_file import read_graph
    from graphemb.data.triples_file import read_knowledge_graph

    if card.kind == "knowledge-graph":
        facts = read_knowledge_graph(paths["train"].parent, header=False)
        facts.meta["dataset"] = card.name
        return facts
    graph = read_graph(paths["edges"], directed=card.directed, nodes=paths.get("labels"))
    graph.meta["dataset"] = card.name
    return graph
