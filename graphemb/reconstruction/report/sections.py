"""The sections of the report: from a restoration to figures, tables and captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from graphemb.errors import GraphembError, shorten
from graphemb.reconstruction.details import detail
from graphemb.reconstruction.report.exactness import certificate_sections
from graphemb.reconstruction.report.figures import bound_figure, difference_figure, precision_figure, rate_curve, scores_figure
from graphemb.reconstruction.report.node_figures import SCATTER_LIMIT, degree_bands, degree_figure, scatter_figure
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.relations import gain_sections, relation_sections, worst_relation_sections
from graphemb.reconstruction.report.semantics import asymmetry_sections, distance_sections, word_sections
from graphemb.reconstruction.report.story import Story, named
from graphemb.reconstruction.report.tables import make_table
from graphemb.reconstruction.report.training import training_sections

POINTS = 12_000
"""Points on the whole page: more would make it slow to draw."""
WORST, WORST_IN_CSV = 10, 1_000
BOUND_WORK = 1e9
"""Entries of A times columns, up to which the page computes the bound itself."""
BEST_RANK = "eckart-young"
"""The baseline that is the best matrix of equal rank."""

RANKED = {
    "out": "out: targets ranked",
    "in": "in: sources ranked",
    "users": "users: all items ranked",
    "items": "items: all users ranked",
}


def score_sections(story: Story) -> Iterator[Section]:
    """mAP of every method and relevant set; one panel a direction."""
    panels = []
    for direction, rows in story.frame.groupby("direction", sort=False):
        figure = scores_figure(rows, story.styles, best_rank=BEST_RANK)
        table = make_table(rows, ["series", "set", "mAP", "mAP_low", "mAP_high", "chance"], "mAP")
        label = RANKED.get(str(direction), shorten(str(direction), 60))
        panels.append(Panel(f"map-{story.slug(str(direction))}", label, table, figure))
    caption = (
        "mAP of each method (marker) with its 95% interval (whisker; none where all eligible nodes were scored), and the chance level of "
        "the same nodes (grey tick). Baselines are grey and open."
    )
    if BEST_RANK in story.baselines:
        caption += " The dotted line is the best matrix of equal rank, a floor for learned methods."
    if story.nulls:
        caption += " Null models, trained and scored on rewired graphs, are open in the colour of their method."
    yield Section("map", "mAP", "What was kept: mAP by method and hop", caption, panels)


def difference_sections(story: Story) -> Iterator[Section]:
    """Paired differences to the best method, one panel a view; nothing where there are no two methods."""
    pairs = story.restoration.differences()
    nulls = story.frame.loc[story.frame["method"].isin(story.nulls), "series"]  # of another graph: nothing is paired
    pairs = pairs[~pairs["series"].isin(nulls) & ~pairs["other"].isin(nulls)]
    panels = []
    for slug, label, rows in story.split(pairs):
        scores = next(part for other, _, part in story.split(story.on_the_graph) if other == slug)
        best = scores.loc[scores["mAP"].idxmax(), "series"]
        table = make_table(rows, ["series", "other", "difference", "low", "high", "nodes"], "paired differences")
        panels.append(Panel(f"difference-{slug}", label, table, difference_figure(rows, best, story.styles)))
    if not panels:
        return
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
    pairs = "pairs of a user and an item" if story.by_kind else f"{'ordered' if story.graph.directed else 'unordered'} pairs"
    caption = (
        f"Share of true edges among the K best {pairs} of the whole graph. The "
        "dotted line is the density of the graph, what random pairs would give. At K = |E| precision equals recall."
    )
    if curve["sampled"].any():
        caption += (
            f" Too many pairs to rank them all: {curve['pairs'].iloc[0]:,} drawn at random stand for them, whiskers are 95% intervals, "
            "and small K are not told."
        )
    yield Section("precision", "Precision", title, caption, [Panel("precision-at-k", "precision@K", table, figure)])


def shape_sections(story: Story) -> Iterator[Section]:
    """Whole-graph figures of the graph and of what each embedding rebuilds, or why they are missing."""
    title = "The rebuilt graph as a whole: its shape"
    rebuilt = detail(story.restoration, "rebuilt")
    if rebuilt.empty:
        yield Section("shape", "Shape", title, missing=rebuilt.attrs["left_out"])
        return
    rebuilt = named(rebuilt)
    original = rebuilt.drop_duplicates("figure").set_index("figure")["original"]
    rows = {name: part.set_index("figure")["rebuilt"] for name, part in rebuilt.groupby("series", sort=False)}
    shapes = pd.DataFrame({"the graph itself": original, **rows}).T.rename_axis("method").reset_index()
    left_out = ["edges"] if story.graph.directed else ["edges", "reciprocity"]
    table = make_table(shapes, [c for c in shapes if c not in left_out], "shape of the rebuilt graph")
    caption = (
        f"The {story.n_edges:,} best-scored pairs of each embedding taken as edges, beside the graph itself. A ranking may be good "
        "node by node and yet, taken as one, crowd its edges on few nodes."
    )
    yield Section("shape", "Shape", title, caption, [Panel("shape-table", "shape", table)])


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
        "Mean AP of the scored nodes in each band of degree, with 95% intervals where nodes were sampled, and the mean chance level "
        "(dotted). A single mean hides which nodes pay."
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
    for i, method in enumerate(dict.fromkeys(c.method for c in story.given)):
        nodes = story.restoration.nodes(method)
        panels.append(
            Panel(f"worst-{i}", method, make_table(nodes.head(WORST), columns, f"worst nodes of {method}", data=nodes.head(WORST_IN_CSV)))
        )
    caption = (
        f"The {WORST} nodes with the lowest AP ({story.label(*story.views[0])}), where they lie in the graph, and who was put in whose "
        "place: false neighbours are ranked above a true one, lost ones below one that is none. "
        f"csv has the worst {WORST_IN_CSV:,}."
    )
    yield Section("worst", "Worst nodes", "The nodes that were lost", caption, panels)


def rate_sections(story: Story) -> Iterator[Section]:
    """mAP against numbers per node, when some method was trained at several sizes."""
    if not story.families:
        return
    frame = story.frame.assign(family=[story.family(m) for m in story.frame["method"]])
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
    yield Section("rate", "Numbers per node", "What more room buys: mAP against numbers per node", caption, panels)


def bound_sections(story: Story) -> Iterator[Section]:
    """The least Frobenius error at every rank beside the errors of the methods, or why it is missing."""
    title = "How near any vectors can come: the spectral bound"
    dims = {c.method: c.embedding.dim for c in story.restoration.contenders if c.embedding is not None}
    most = max((c.embedding.dim for c in story.given if c.embedding is not None), default=0)
    if most * story.graph.adjacency.nnz > BOUND_WORK:
        missing = f"Left out, because {most} singular values of so large a graph take minutes. Restoration.bounds() computes them."
        yield Section("bound", "Bound", title, missing=missing)
        return
    ranks = sorted({2**i for i in range(max(most, 1).bit_length())} | {min(d, most) for d in dims.values()})
    bounds, errors = story.restoration.bounds(ranks), story.restoration.frobenius()
    errors = named(errors[~errors["method"].isin(story.nulls)].assign(rank=errors["method"].map(dims)))
    errors = errors.merge(bounds, on="rank", how="left")
    columns = ["series", "rank", "captured", "residual", "residual_positive", "with_self_pairs", "all_pairs", "on_edges"]
    panel = Panel(
        "spectral-bound", "error by rank", make_table(errors, columns, "spectral bound"), bound_figure(bounds, errors, story.styles)
    )
    caption = (
        "Relative Frobenius error of the scores over all pairs and self-pairs, for methods scored by inner products, against the least one "
        "that any matrix of that rank can have. It says how well the weights are met, not how well they are ranked: a method may lie far "
        "above the line, or off the scale, and rank well."
    )
    yield Section("bound", "Bound", title, caption, [panel])


BUILDERS: tuple[Callable[[Story], Iterator[Section]], ...] = (
    score_sections,
    difference_sections,
    certificate_sections,
    rate_sections,
    precision_sections,
    shape_sections,
    asymmetry_sections,
    degree_sections,
    node_sections,
    worst_sections,
    distance_sections,
    word_sections,
    bound_sections,
    training_sections,
)

RELATION_BUILDERS = (
    score_sections,
    difference_sections,
    gain_sections,
    relation_sections,
    worst_relation_sections,
    rate_sections,
    training_sections,
)
"""Of single relations; the others are of one graph."""
NOT_OF_KINDS = (certificate_sections, asymmetry_sections, distance_sections, word_sections, bound_sections)
"""What is of all pairs of nodes, of directed edges or of words, and so not of users and items."""


def all_sections(story: Story) -> list[Section]:
    """Every section that this restoration can fill, in the order of the page."""
    builders = RELATION_BUILDERS if story.by_relation else BUILDERS
    return [section for build in builders if not (story.by_kind and build in NOT_OF_KINDS) for section in build(story)]
