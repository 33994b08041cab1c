"""RESTORE of interactions: users rank items, items rank users, and nobody ranks their own kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from graphemb import registry
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, ParameterError, UnknownNameError, shorten
from graphemb.kernels.random import RandomState
from graphemb.kernels.scorer import Scorer
from graphemb.reconstruction.contenders import Contender, Placement

USERS, ITEMS = "users", "items"
WAYS = (USERS, ITEMS)
"""The directions of interactions: who ranks."""
SPLITS = ("train", "all")
READING = {
    "train": "the training split is rebuilt: relevant are the items a user took there and the users who took an item there; "
    "what was held out stands among the other candidates, for the vectors were not given it",
    "all": "all splits are rebuilt as one: relevant is everything that a user took",
}
CANDIDATES = "all items for a user, all users for an item; none is sampled, and nobody of the source's own kind is one"


def interaction_graph(data: Interactions, split: str, *, hops: Any, relevant: Any, null: int | None, relations: Any) -> Graph:
    """The bipartite graph that is rebuilt: nodes ``user:NAME``, then ``item:NAME``; what is of other data is refused."""
    one_hop = hops == 1 or (not isinstance(hops, (int, np.integer)) and list(hops) == [1])
    if not one_hop or relevant not in ("ball", ["ball"], ("ball",)) or null or relations:
        raise ParameterError(
            "of interactions the first hop is rebuilt (two hops away stand nodes of the source's own kind), by one relation and "
            "without null models; leave hops, relevant, null and relations out, or restore data.to_graph()"
        )
    if split not in SPLITS:
        remedy = "known: train, all; what was held out is for graphemb.evaluate to rank"
        raise UnknownNameError("split to rebuild", split, SPLITS, remedy=remedy)
    whole = data if split == "train" else data.replace(splits={"train": np.arange(data.n_pairs)})
    if not whole.size("train"):
        raise DataError("the training split holds no interaction, so there is nothing to rebuild; split='all' takes all splits")
    return whole.to_graph()


def ways_of(direction: str | Iterable[str], sources: Any, graph: Graph) -> list[str]:
    """The directions of interactions asked for; where sources are named, those in which one of them ranks."""
    asked = [direction] if isinstance(direction, str) else list(direction)
    ways = [way for d in asked for way in (WAYS if d in ("auto", "both") else (d,))]
    for way in ways:
        if way not in WAYS:
            raise UnknownNameError("direction", way, WAYS, remedy="of interactions: auto, users, items")
    if not isinstance(sources, (str, int, np.integer)):
        rows = graph.rows(list(sources))
        ways = [way for way in ways if ((rows >= (who := sides(graph, way)[0]).start) & (rows < who.stop)).any()] or ways
    return list(dict.fromkeys(ways))


def sides(graph: Graph, way: str) -> tuple[slice, slice]:
    """The nodes that rank and the nodes that are ranked, in a graph of users, then items.

    >>> sides(Interactions.from_pairs([("ann", "tea"), ("bob", "tea")]).to_graph(), "users")
    (slice(0, 2, None), slice(2, 3, None))
    """
    count = int((graph.nodes["kind"] == "user").sum())
    both = slice(0, count), slice(count, graph.n_nodes)
    return both if way == USERS else both[::-1]


def candidates_in(graph: Graph, way: str) -> slice | None:
    """The nodes that are ranked where they are of one kind; None where all but the source are."""
    return sides(graph, way)[1] if way in WAYS else None


def require_both_kinds(placed: Mapping[str, Placement], graph: Graph) -> None:
    """Raise where an embedding knows only users or only items, so that no pair of both could be scored."""
    for name, placement in placed.items():
        rows = placement.of(np.arange(graph.n_nodes))
        for way, other in ((USERS, ITEMS), (ITEMS, USERS)):
            if not (rows[sides(graph, way)[0]] >= 0).any():
                raise DataError(
                    f"{shorten(name)!r} holds no {way} of these interactions, only {other}, so it scores no pair of both; "
                    f"leave it out, or restore it on a graph of the {other} alone"
                )


def baseline_between(spec: str, graph: Graph, numbers: int, random_state: RandomState = 0) -> Contender:
    """A baseline for interactions: as ``between`` of its class says, where it means another thing there, else as for a graph."""
    baseline = registry.build("baseline", spec)
    made: Contender = getattr(baseline, "between", baseline.prepare)(graph, numbers, random_state)
    return made


class BetweenKinds:
    """The scores of pairs of a user and an item; pairs of one kind, which nobody ranks, come last with -inf.

    For what ranks all pairs of a graph at once. State: the scorer it is given, ``n_users`` of whose rows stand first.
    """

    def __init__(self, scorer: Scorer, n_users: int):
        self.scorer, self.n_users = scorer, n_users
        self.n, self.symmetric = scorer.n, scorer.symmetric

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores; see :class:`~graphemb.kernels.scorer.Scorer`. Users and items are scored apart."""
        scores = np.empty((len(rows), columns.stop - columns.start), np.float32) if out is None else out
        scores[...] = -np.inf
        middle = min(max(self.n_users, columns.start), columns.stop)
        of_user = rows < self.n_users
        for who, part in ((of_user, slice(middle, columns.stop)), (~of_user, slice(columns.start, middle))):
            if who.any() and part.start < part.stop:
                scores[who, part.start - columns.start : part.stop - columns.start] = self.scorer.block(rows[who], part)
        return scores

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores."""
        scores = np.full(len(rows), -np.inf, dtype=np.float32)
        across = (rows < self.n_users) != (columns < self.n_users)
        scores[across] = self.scorer.pairs(rows[across], columns[across])
        return scores

    def reversed(self) -> BetweenKinds:
        """The roles swapped."""
        return self if self.symmetric else BetweenKinds(self.scorer.reversed(), self.n_users)

    def take(self, rows: np.ndarray) -> BetweenKinds:
        """The scorer of some rows, users first."""
        return BetweenKinds(self.scorer.take(rows), int((rows < self.n_users).sum()))
