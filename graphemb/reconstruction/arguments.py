"""What may be asked of ``restore``, checked and put into one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from graphemb.data.graph import Graph
from graphemb.errors import ParameterError, UnknownNameError
from graphemb.reconstruction.contenders import Contender, Placement, nodes_with_vectors, require_all
from graphemb.reconstruction.ranking import Target

DIRECTIONS = ("out", "in", "reversed")


def listed(value: str | Iterable[str]) -> list[str]:
    """One name or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def targets_of(hops: int | Iterable[int], relevant: str | Iterable[str]) -> list[Target]:
    """Every relevant set asked for, once.

    >>> targets_of((1, 2), "both")
    [(1, 'ball'), (2, 'ball'), (1, 'ring'), (2, 'ring')]
    """
    distances = [hops] if isinstance(hops, (int, np.integer)) else list(hops)
    if not distances or any(not isinstance(k, (int, np.integer)) or isinstance(k, bool) or k < 1 for k in distances):
        raise ParameterError(f"hops must be whole numbers of at least 1, got {hops!r}")
    kinds = ["ball", "ring"] if relevant == "both" else listed(relevant)
    for kind in kinds:
        if kind not in ("ball", "ring"):
            raise UnknownNameError("relevant set", kind, ["ball", "ring", "both"], remedy="known: ball, ring, both")
    return [(int(k), kind) for kind in dict.fromkeys(kinds) for k in dict.fromkeys(distances)]


def count_of(null: int | None) -> int:
    """How many rewired graphs were asked for."""
    if null is None:
        return 0
    if not isinstance(null, (int, np.integer)) or isinstance(null, bool) or null < 0:
        raise ParameterError(f"null must be the number of rewired graphs, or None, got {null!r}")
    return int(null)


def directions_of(direction: str | Iterable[str], graph: Graph) -> list[str]:
    """The directions to rank: one for an undirected graph, out and in (or as asked) for a directed one."""
    asked = listed(direction)
    if not graph.directed:
        if asked not in (["auto"], ["undirected"]):
            raise ParameterError(f"an undirected graph has one direction, got direction={direction!r}; leave it at 'auto'")
        return ["undirected"]
    ways = [way for d in asked for way in (("out", "in") if d in ("auto", "both") else (d,))]
    for way in ways:
        if way not in DIRECTIONS:
            raise UnknownNameError("direction", way, DIRECTIONS, remedy="known: auto, " + ", ".join(DIRECTIONS))
    return list(dict.fromkeys(ways))


def graph_to_rebuild(data: Graph, placed: Mapping[str, Placement], missing: str) -> Graph:
    """All of the graph, or those of its nodes that every embedding has a vector for."""
    if missing not in ("error", "last", "drop"):
        raise UnknownNameError("treatment of missing vectors", missing, ["error", "last", "drop"], remedy="known: error, last, drop")
    if missing == "error":
        require_all(placed, data)
    if missing != "drop":
        return data
    rows = nodes_with_vectors(placed, data)
    return data if len(rows) == data.n_nodes else data.renumbered(rows)


def require_distinct(contenders: Sequence[Contender]) -> None:
    """Raise where two rows of the result could not be told apart."""
    seen: set[tuple[str, str]] = set()
    for c in contenders:
        if (c.method, c.decoder) in seen:
            raise ParameterError(
                f"two rows would be called {c.method!r} ({c.decoder}); give the embeddings other names: restore({{name: embedding}}, ...)"
            )
        seen.add((c.method, c.decoder))
