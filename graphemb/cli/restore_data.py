"""What ``graphemb restore`` rebuilds: a graph, interactions, or the nearest neighbours that items have in a modality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graphemb import registry
from graphemb.cli.file_kind import holds_interactions
from graphemb.cli.inputs import read_graph_data, read_interactions_data
from graphemb.errors import ParameterError

if TYPE_CHECKING:
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions


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

    @property
    def takes(self) -> str:
        """What methods are trained on."""
        return "interactions" if self.interactions else "graph"

    def check(self, *, directed: bool | None, hops: tuple[int, ...], relevant: str, null: int | None, certify: bool) -> None:
        """Refuse, before anything is trained, what such data does not have."""
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
        if self.interactions and directed is not None:
            raise ParameterError("--directed and --undirected speak of graphs, and DATA holds interactions; leave them out")
        for option, given in of_graphs.items():
            if given and self.interactions and self.neighbours is None:
                raise ParameterError(f"{option} speaks of graphs, and DATA holds interactions; leave it out")
        if self.neighbours is not None and self.rebuild != "train":
            raise ParameterError("--neighbours and --rebuild contradict each other: neighbours are no interactions; leave one out")

    def read(
        self, *, directed: bool | None, columns: str | None, random_state: int, progress: bool
    ) -> tuple[Graph | Interactions, Graph | None]:
        """The data, and the graph of neighbours that is rebuilt in its place, if one was asked for."""
        if not self.interactions:
            return read_graph_data(self.data, directed=directed, columns=columns, progress=progress), None
        data = read_interactions_data(self.data, columns=columns, split=self.split, random_state=random_state, progress=progress)
        return data, None if self.neighbours is None else neighbours_of(data, self.neighbours)


def neighbours_of(data: Interactions, spec: str) -> Graph:
    """The graph that ``MODALITY[:k=5]`` names; ``users`` is that of users who took the same items."""
    from graphemb.reconstruction.neighbours import co_users, modality_neighbours

    name, settings = registry.parse_spec(spec)
    unknown = set(settings) - ({"k"} if name != "users" else set())
    if unknown:
        raise ParameterError(f"--neighbours takes MODALITY:k=5, or users, got the setting {sorted(unknown)[0]!r}")
    return co_users(data) if name == "users" else modality_neighbours(data, name, **settings)
