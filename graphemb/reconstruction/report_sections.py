"""The sections of the report: from a restoration to figures, tables and captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from graphemb.errors import GraphembError
from graphemb.reconstruction.figure_style import Style, method_styles, series_names
from graphemb.reconstruction.figures import (
    SCATTER_LIMIT,
    degree_bands,
    degree_figure,
    difference_figure,
    hops_in_words,
    precision_figure,
    rate_curve,
    scatter_figure,
    scores_figure,
)
from graphemb.reconstruction.report_table import Table, make_table

if TYPE_CHECKING:
    from graphemb.reconstruction.contenders import Contender
    from graphemb.reconstruction.restoration import Restoration

VIEW = ["direction", "hop", "relevant"]
POINTS = 12_000
"""Points on the whole page: more would make it slow to draw."""
WORST = 10
BEST_RANK = "eckart-young"
"""The baseline that is the best matrix of equal rank."""


@dataclass
class Panel:
    """One figure or table of a section."""

    id: str
    label: str
    table: Table | None = None
    figure: go.Figure | None = None

    @property
    def height(self) -> int:
        return int(self.figure.layout.height) if self.figure is not None else 0


@dataclass
class Section:
    """A heading, its panels, and the sentence that says what is seen; ``missing`` says why something is not."""

    id: str
    short: str
    title: str
    caption: str = ""
    panels: list[Panel] = field(default_factory=list)
    layout: str = "tabs"
    missing: str = ""


class Story:
    """What all sections share: the frame with its series, one style a series, the views (direction and relevant set)."""

    def __init__(self, restoration: Restoration):
        self.restoration, self.graph = restoration, restoration.graph
        self.frame = self._without_repeats(named(restoration.to_frame()))
        self.families = families_of(restoration)
        self.baselines = [c.method for c in restoration.contenders if c.baseline]
        self.styles: dict[str, Style] = method_styles(self.frame["series"], families=self.families, baselines=self.baselines)
        self.n_edges = self.graph.n_edges - self.graph.n_self_loops
        pairs = self.graph.n_nodes * (self.graph.n_nodes - 1) / (1 if self.graph.directed else 2)
        self.density = self.n_edges / max(pairs, 1)

    @staticmethod
    def _without_repeats(frame: pd.DataFrame) -> pd.DataFrame:
        """At the first hop the ring is the ball: one of them is enough."""
        both = ((frame["hop"] == 1) & (frame["relevant"] == "ball")).any()
        return frame[~((frame["hop"] == 1) & (frame["relevant"] == "ring"))] if both else frame

    @cached_property
    def views(self) -> list[tuple[str, int, str]]:
        """Every (direction, hop, relevant) once, in the frame's order."""
        return list(dict.fromkeys(self.frame[VIEW].itertuples(index=False, name=None)))

    def label(self, direction: str, hop: int, relevant: str) -> str:
        words = hops_in_words(hop, relevant)
        return f"{words}, {direction}" if self.graph.directed else words

    def split(self, frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """(slug, label, rows) of every view that ``frame`` has."""
        for view in self.views:
            rows = frame[(frame[VIEW] == list(view)).all(axis=1)]
            if len(rows):
                yield "-".join(str(v) for v in view), self.label(*view), rows


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
        meta = contender.embedding.meta if contender.embedding is not None and not contender.baseline else {}
        if "method" in meta:
            rest = {k: v for k, v in meta.get("parameters", {}).items() if k != "dim"}
            made.setdefault(f"{meta['method']} {sorted(rest.items(), key=str)} {meta.get('edits')} {contender.decoder}", []).append(
                contender
            )
    groups = [group for group in made.values() if len({c.numbers_per_node for c in group}) > 1]
    return {c.method: str(c.embedding.meta["method"]) for group in groups for c in group if c.embedding is not None}


def score_sections(story: Story) -> Iterator[Section]:
    """mAP of every method and relevant set; one panel a direction."""
    panels = []
    for direction, rows in story.frame.groupby("direction", sort=False):
        figure = scores_figure(rows, story.styles, best_rank=BEST_RANK)
        table = make_table(rows, ["series", "set", "mAP", "mAP_low", "mAP_high", "chance"], "mAP")
        label = {"out": "out: targets ranked", "in": "in: sources ranked"}.get(str(direction), str(direction))
        panels.append(Panel(f"map-{direction}", label, table, figure))
    caption = (
        "mAP of each method (marker) with its 95% interval (whisker; none where all eligible nodes were scored), and the chance level of "
        "the same nodes (grey tick). Baselines are grey and open. A dotted line, where there is one, is the best matrix of equal rank, a "
        "floor for learned methods."
    )
    yield Section("map", "mAP", "What was kept: mAP by method and hop", caption, panels)


def difference_sections(story: Story) -> Iterator[Section]:
    """Paired differences to the best method, one panel a view."""
    if len(story.styles) < 2:
        return
    pairs = story.restoration.differences()
    panels = []
    for slug, label, rows in story.split(pairs):
        scores = next(part for other, _, part in story.split(story.frame) if other == slug)
        best = scores.loc[scores["mAP"].idxmax(), "series"]
        table = make_table(rows, ["series", "other", "difference", "low", "high", "nodes"], "paired differences")
        panels.append(Panel(f"difference-{slug}", label, table, difference_figure(rows, best, story.styles)))
    caption = (
        "Difference of mAP to the best method on the same sources, with the 95% interval of the paired difference; left of zero is "
        "worse. All pairs of methods are in the table."
    )
    yield Section("differences", "Differences", "How sure the order of the methods is: paired differences", caption, panels)


def precision_sections(story: Story) -> Iterator[Section]:
    """Precision@K over all pairs, or why it is missing."""
    title = "The rebuilt graph as a whole: precision@K"
    try:
        curve = named(story.restoration.precision())
    except GraphembError as error:
        yield Section("precision", "Precision", title, missing=f"Precision@K over all pairs is not shown: {error}")
        return
    figure = precision_figure(curve, story.styles, density=story.density, n_edges=story.n_edges)
    table = make_table(curve, ["series", "K", "precision", "recall"], "precision@K", data=curve.drop(columns="series"))
    caption = (
        f"Share of true edges among the K best {'ordered' if story.graph.directed else 'unordered'} pairs of the whole graph. The "
        "dotted line is the density of the graph, what random pairs would give. At K = |E| precision equals recall."
    )
    if curve["sampled"].any():
        caption += (
            f" Too many pairs to rank them all: {curve['pairs'].iloc[0]:,} drawn at random stand for them, whiskers are 95% intervals, "
            "and small K are not told."
        )
    yield Section("precision", "Precision", title, caption, [Panel("precision-at-k", "precision@K", table, figure)])


def degree_sections(story: Story) -> Iterator[Section]:
    """Mean AP in bands of degree, one panel a view."""
    bands = named(story.restoration.by_degree())
    bands["band"] = degree_bands(bands)
    panels = [
        Panel(
            f"degree-{slug}",
            label,
            make_table(rows, ["series", "band", "nodes", "mAP", "chance"], "AP by degree"),
            degree_figure(rows, story.styles),
        )
        for slug, label, rows in story.split(bands)
    ]
    caption = (
        "Mean AP of the scored nodes in each band of degree, and their mean chance level (dotted). A single mean hides which nodes pay."
    )
    yield Section("degree", "By degree", "Which nodes pay: AP by degree", caption, panels)


def node_sections(story: Story) -> Iterator[Section]:
    """AP of every scored node against its degree at the first hop, one small panel a method."""
    nodes = named(story.restoration.per_source())
    slug, label, rows = next(story.split(nodes))
    each = min(SCATTER_LIMIT, POINTS // max(1, rows["series"].nunique()))
    panels = []
    for i, (name, part) in enumerate(rows.groupby("series", sort=False)):
        figure = scatter_figure(part, story.styles[name], title=name, limit=each)
        worst = part.sort_values(["AP", "degree"], ascending=[True, False], kind="stable")
        panels.append(
            Panel(f"nodes-{slug}-{i}", name, make_table(worst, ["node", "degree", "AP", "chance"], f"nodes of {name}", limit=20), figure)
        )
    drawn = f"{each:,} nodes drawn at random of {len(part):,}" if len(part) > each else f"all {len(part):,} scored nodes"
    caption = (
        f"AP of single nodes against their degree ({label}): {drawn} in each panel, moved sideways by up to 8% to part equal degrees. "
        "The grey line is the median of all scored nodes in half-octave bands of degree that hold at least three. The tables "
        "list the worst first."
    )
    yield Section("nodes", "Nodes", "Node by node: AP against degree", caption, panels, layout="grid")


def worst_sections(story: Story) -> Iterator[Section]:
    """The nodes with the lowest AP, with the false neighbours that were ranked above the true ones."""
    columns = ["node", "degree", "core", "component", "community", "AP", "false_neighbours", "lost_neighbours"]
    panels = []
    for i, method in enumerate(dict.fromkeys(c.method for c in story.restoration.contenders if not c.baseline)):
        nodes = story.restoration.nodes(method)
        panels.append(Panel(f"worst-{i}", method, make_table(nodes.head(WORST), columns, f"worst nodes of {method}", data=nodes)))
    caption = (
        f"The {WORST} nodes with the lowest AP ({story.label(*story.views[0])}), where they lie in the graph, and who was put in whose "
        "place: false neighbours are ranked above a true one, lost ones below one that is none. csv has all scored nodes."
    )
    yield Section("worst", "Worst nodes", "The nodes that were lost", caption, panels)


def rate_sections(story: Story) -> Iterator[Section]:
    """mAP against numbers per node, when some method was trained at several sizes."""
    if not story.families:
        return
    frame = story.frame.assign(family=[story.families.get(m, m) for m in story.frame["method"]])
    styles = {family: story.styles[rows["series"].iloc[0]] for family, rows in frame.groupby("family", sort=False)}
    panels = [
        Panel(
            f"rate-{slug}",
            label,
            make_table(rows, ["family", "numbers_per_node", "mAP", "mAP_low", "mAP_high"], "mAP by numbers per node"),
            rate_curve(rows, styles),
        )
        for slug, label, rows in story.split(frame)
    ]
    caption = (
        "mAP against the numbers stored for each node, on a logarithmic axis. Whiskers are 95% intervals; baselines stand at one size."
    )
    yield Section("rate", "Size", "What more room buys: mAP against numbers per node", caption, panels)


BUILDERS: tuple[Callable[[Story], Iterator[Section]], ...] = (
    score_sections,
    difference_sections,
    rate_sections,
    precision_sections,
    degree_sections,
    node_sections,
    worst_sections,
)


def all_sections(story: Story) -> list[Section]:
    """Every section that this restoration can fill, in the order of the page."""
    return [section for build in BUILDERS for section in build(story)]
