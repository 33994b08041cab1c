"""The card of a data set: what it is, where it is from, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["graph", "knowledge-graph", "interactions", "matching", "embedding", "corpus", "word-test", "words"]
"""What a data set is; "words" are files that no reader knows as a whole."""
Origin = Literal["bundled", "networkx", "installed", "fetched", "folder"]

NOT_STATED = "not stated"


@dataclass(frozen=True)
class DataFile:
    """One file of a fetched data set."""

    url: str
    part: str
    """What the file holds: ``edges``, ``labels``, or the split ``train``, ``valid``, ``test``."""
    sha256: str | None = None
    """The checksum the file must have; None where it is not known and recorded at the first fetch."""

    @property
    def name(self) -> str:
        """The name of the file in the cache."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Card:
    """What is known about a data set before it is loaded.

    >>> Card("toy", "A toy", "graph", what="two nodes", source="us", counts={"nodes": 2}).to_json()["licence"]
    'not stated'
    """

    name: str
    title: str
    kind: Kind
    what: str
    source: str
    licence: str = NOT_STATED
    counts: Mapping[str, int] = field(default_factory=dict)
    """Numbers of what :func:`graphemb.datasets.registry.load_dataset` gives: nodes, edges, entities, relations, train, ..."""
    directed: bool | None = None
    files: tuple[DataFile, ...] = ()
    citation: str = ""
    origin: Origin = "folder"
    notes: tuple[str, ...] = ()
    """What was changed or left out, and what to beware of."""

    def to_json(self) -> dict[str, Any]:
        """The card as plain dictionaries and lists."""
        return asdict(self) | {"counts": dict(self.counts), "files": [asdict(f) for f in self.files], "notes": list(self.notes)}
