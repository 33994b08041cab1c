"""What ``graphemb restore`` rebuilds: a graph, interactions, or the nearest neighbours that items have in a modality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graphemb import registry
from graphemb.cli.file_kind import holds_interactions
from graphemb.cli.inputs import read_data, read_graph_data, read_interactions_data
from graphemb.errors import DataError, ParameterError

if TYPE_CHECKING:
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph


def is_interactions(text: str) -> bool:
    """Whether DATA means interactions: a data set, a folder or a file of them."""
    from graphemb.datasets.card import Card
    from graphemb.datasets.folders import kind_of
    from graphemb.datasets.registry import find_data

    found = find_data(text)
    if isinstance(found, Card):
        return found.kind == "interactions"
    return kind_of(found) == "interactions" if found.is_dir() else found.is_file() and holds_interactions(Path(found))


@dataclass(frozen=True)
class Wanted:
    """What was asked to be rebuilt, of which data."""

    data: str
    interactions: bool
    neighbours: str | None
    rebuild: str
    split: str | None
    relations: list[str] | None

    @property
    def takes(self) -> str:
        """What methods are trained on."""
        return "interactions" if self.interactions else "knowledge-graph" if self.relations else "graph"

    def check(self, *, directed: bool | None, hops: tuple[int, ...], relevant: str, null: int | None, certify: bool) -> None:
        """Refuse, before anything is trained, what such data does not have."""
        if self.relations and self.interactions:
            raise ParameterError("--relations speaks of knowledge graphs, and DATA holds interactions; leave it out")
        of_interactions = {
            "--neighbours": self.neighbours is not None,
            "--rebuild": self.rebuild != "train",
            "--split": self.split is not None,
        }
        of_graphs = {
            "--hops": hops != (1,),
            "--relevant": relevant != "ball",
            "--null": null is not None,
            "--certify": certify,
        }
        for option, given in of_interactions.items():
            if given and not self.interactions:
                raise ParameterError(f"{option} speaks of interactions, and DATA holds none; leave it out")
        for option, given in (of_graphs | {"--directed": directed is not None}).items():
            if given and self.relations:
                raise ParameterError(f"{option} is of one graph, and --relations are rebuilt one by one; leave one out")
        if self.interactions and directed is not None:
            raise ParameterError("--directed and --undirected speak of graphs, and DATA holds interactions; leave them out")
        for option, given in of_graphs.items():
            if given and self.interactions and self.neighbours is None:
                raise ParameterError(f"{option} speaks of graphs, and DATA holds interactions; leave it out")
        if self.neighbours is not None and self.rebuild != "train":
            raise ParameterError("--neighbours and --rebuild contradict each other: neighbours are no interactions; leave one out")

    def read(
        self, *, directed: bool | None, columns: str | None, random_state: int, progress: bool
    ) -> tuple[Graph | Interactions | KnowledgeGraph, Graph | None]:
        """The data, and the graph of neighbours that is rebuilt in its place, if one was asked for."""
        if self.relations:
            return _knowledge_graph(self.data, columns, progress), None
        if not self.interactions:
            return read_graph_data(self.data, directed=directed, columns=columns, progress=progress), None
        data = read_interactions_data(self.data, columns=columns, split=self.split, random_state=random_state, progress=progress)
        return data, None if self.neighbours is None else neighbours_of(data, self.neighbours)


def _knowledge_graph(text: str, columns: str | None, progress: bool) -> KnowledgeGraph:
    from graphemb.data.knowledge_graph import KnowledgeGraph

    data = read_data(text, columns=columns, takes="knowledge-graph", progress=progress)
    if not isinstance(data, KnowledgeGraph):
        raise DataError(f"--relations are those of a knowledge graph, and {text!r} is a {type(data).__name__}; leave it out")
    return data


def neighbours_of(data: Interactions, spec: str) -> Graph:
    """The graph that ``MODALITY[:k=5]`` names; ``users`` is that of users who took the same items."""
    from graphemb.reconstruction.neighbours import co_users, modality_neighbours

    name, settings = registry.parse_spec(spec)
    unknown = set(settings) - ({"k"} if name != "users" else set())
    if unknown:
        raise ParameterError(f"--neighbours takes MODALITY:k=5, or users, got the setting {sorted(unknown)[0]!r}")
    return co_users(data) if name == "users" else modality_neighbours(data, name, **settings)
