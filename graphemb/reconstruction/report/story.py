"""What all sections of the report share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from graphemb.errors import shorten
from graphemb.reconstruction.bipartite import USERS, sides
from graphemb.reconstruction.null_model import SUFFIX
from graphemb.reconstruction.report.figure_style import Style, method_styles, series_names
from graphemb.reconstruction.report.figures import hops_in_words

if TYPE_CHECKING:
    from graphemb.reconstruction.contenders import Contender
    from graphemb.reconstruction.restoration import Restoration

VIEW = ["direction", "hop", "relevant"]
DIRECTIONS = ("undirected", "out", "in", "reversed", "tails", "heads", "users", "items")


class Story:
    """What all sections share: the frame with its series, one style a series, the views (direction and relevant set).

    Where relations were ranked one by one, their rows are ``relations``, and ``frame`` holds those of all relations together.
    """

    def __init__(self, restoration: Restoration):
        self.restoration, self.graph = restoration, restoration.graph
        self.by_relation, self.by_kind = restoration.by_relation, restoration.by_kind
        self.n_users: int = sides(self.graph, USERS)[0].stop if self.by_kind else 0
        self.n_items = self.graph.n_nodes - self.n_users if self.by_kind else 0
        whole = named(restoration.to_frame())
        alone = whole["direction"].isin(DIRECTIONS)  # not of a single relation, whose direction names it
        self.relations = whole[~alone]
        self.frame = self._without_repeats(whole[alone] if alone.any() else whole)
        self.families = families_of(restoration)
        self.baselines = [c.method for c in restoration.contenders if c.baseline]
        self.given = [c for c in restoration.contenders if not c.baseline and c.graph is None]
        self.nulls = [c.method for c in restoration.contenders if c.graph is not None]
        names = self.frame["series"]
        nulls = {name: name.replace(SUFFIX, "") for name in names[self.frame["method"].isin(self.nulls)]}
        self.styles: dict[str, Style] = method_styles(names, families=self.families, baselines=self.baselines, nulls=nulls)
        self.n_edges = self.graph.n_edges - self.graph.n_self_loops
        ordered = self.graph.n_nodes * (self.graph.n_nodes - 1)
        self.n_pairs = self.n_users * self.n_items if self.by_kind else ordered // (1 if self.graph.directed else 2)
        self.density = self.n_edges / max(self.n_pairs, 1)

    @staticmethod
    def _without_repeats(frame: pd.DataFrame) -> pd.DataFrame:
        """At the first hop the ring is the ball: one of them is enough."""
        both = ((frame["hop"] == 1) & (frame["relevant"] == "ball")).any()
        return frame[~((frame["hop"] == 1) & (frame["relevant"] == "ring"))] if both else frame

    @cached_property
    def views(self) -> list[tuple[str, int, str]]:
        """Every (direction, hop, relevant) once, in the frame's order."""
        return list(dict.fromkeys(self.frame[VIEW].itertuples(index=False, name=None)))

    def family(self, method: str) -> str:
        """What a method is a size of; a null model belongs to the null models of that family."""
        base = method.removesuffix(SUFFIX)
        return self.families.get(base, base) + (SUFFIX if method in self.nulls else "")

    @cached_property
    def on_the_graph(self) -> pd.DataFrame:
        """The rows that are scored on the graph itself, without null models: among them is the best."""
        return self.frame[~self.frame["method"].isin(self.nulls)]

    def label(self, direction: str, hop: int, relevant: str) -> str:
        if self.by_relation or self.by_kind:
            return shorten(direction, 60)
        words = hops_in_words(hop, relevant)
        return f"{words}, {shorten(direction, 60)}" if self.graph.directed else words

    def slug(self, direction: str) -> str:
        """A direction as part of an identifier; that of a relation holds a name, which may hold anything."""
        if direction in DIRECTIONS:
            return direction
        return f"direction-{list(dict.fromkeys(self.frame['direction'])).index(direction)}"

    def split(self, frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """(slug, label, rows) of every view that ``frame`` has."""
        for view in self.views:
            rows = frame[(frame[VIEW] == list(view)).all(axis=1)]
            if len(rows):
                yield f"{self.slug(view[0])}-{view[1]}-{view[2]}", self.label(*view), rows


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column ``series`` in front, and ``set``, the relevant set in words."""
    frame = frame.assign(series=series_names(frame))
    if "relevant" in frame:
        frame["set"] = [hops_in_words(h, r) for h, r in zip(frame["hop"], frame["relevant"], strict=True)]
    return frame


def families_of(restoration: Restoration) -> dict[str, str]:
    """Method to family where the methods of a family differ in ``dim`` alone; empty where no family has two sizes."""
    said = restoration.settings.get("families")
    if said:
        return dict(said)
    made: dict[str, list[Contender]] = {}
    for contender in restoration.contenders:
        ours = contender.embedding is None or contender.baseline or contender.graph is not None
        meta = {} if ours or contender.embedding is None else contender.embedding.meta
        if "method" in meta:
            rest = {k: v for k, v in meta.get("parameters", {}).items() if k != "dim"}
            made.setdefault(f"{meta['method']} {sorted(rest.items(), key=str)} {meta.get('edits')} {contender.decoder}", []).append(
                contender
            )
    groups = [group for group in made.values() if len({c.numbers_per_node for c in group}) > 1]
    return {c.method: str(c.embedding.meta["method"]) for group in groups for c in group if c.embedding is not None}
