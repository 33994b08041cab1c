"""Sections of the report on a knowledge graph that was rebuilt relation by relation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from graphemb.errors import shorten
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.report.dots_figure import dots_figure
from graphemb.reconstruction.report.figure_style import plain
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.report.tables import interval_in_words, make_table
from graphemb.reconstruction.rows import series_of

WORST = 10
DRAWN = 12
ABOUT = {
    "relation": ("relation", "", "whose triples were ranked"),
    "eligible": ("queries", ",d", "heads whose tails were ranked, or tails whose heads were"),
    "sources": ("scored", ",d", "queries whose ranking was scored"),
    "direction": ("ranked", "", "tails of (h, r, ?) or heads of (?, r, t)"),
}
"""What columns mean here, where a source is a query."""
GAINS = {
    "side": ("ranked", "", "tails of (h, r, ?) or heads of (?, r, t)"),
    "queries": ("queries", ",d", "heads with a tail, or tails with a head"),
    "scored": ("scored", ",d", "queries whose ranking was scored"),
    "before": ("before", ".3f", "mAP of the first embedding"),
    "after": ("after", ".3f", "mAP of this embedding"),
    "gain": ("gain", "+.3f", "mean paired difference of AP"),
    "low": ("low", "+.3f", "lower end of the 95% interval"),
    "high": ("high", "+.3f", "upper end of the 95% interval"),
    "better": ("better", ",d", "queries with a higher AP"),
    "worse": ("worse", ",d", "queries with a lower AP"),
}


def relation_sections(story: Story) -> Iterator[Section]:
    """mAP of every method by relation, one panel for tails and one for heads."""
    panels = []
    for way, rows in _ways(story):
        facts = rows.drop_duplicates("relation").set_index("relation")[["eligible", "sources", "chance"]]
        scores = rows.pivot(index="relation", columns="series", values="mAP")[list(dict.fromkeys(rows["series"]))]
        scores.columns = pd.Index([f"mAP of {series}" for series in scores.columns])
        table = facts.join(scores).sort_values("eligible", ascending=False, kind="stable").reset_index()
        about = ABOUT | {title: (shorten(title, 50), ".3f", "mean of AP over the queries, 0 to 1") for title in scores.columns}
        panels.append(Panel(f"relation-{way}", way, make_table(table, table.columns, f"mAP by relation, {way}", data=rows, about=about)))
    caption = (
        "mAP of the queries of each relation, those with most queries first, beside the mAP of a random order. A query is a head with all "
        "its tails, or a tail with all its heads. csv has intervals and corrected values too."
    )
    yield Section("relations", "By relation", "Which relations pay: mAP by relation", caption, panels)


def worst_relation_sections(story: Story) -> Iterator[Section]:
    """The relations of which each embedding keeps least."""
    columns = ["relation", "direction", "eligible", "mAP", "interval", "chance", "corrected", "lift"]
    frame = story.relations[story.relations["method"].isin([c.method for c in story.given])]
    frame = frame.assign(interval=interval_in_words(frame), direction=frame["direction"].str.partition(" ")[0])
    panels = []
    for i, (name, rows) in enumerate(frame.groupby("series", sort=False)):
        worst = rows.sort_values(["corrected", "eligible"], ascending=[True, False], kind="stable")
        panels.append(Panel(f"worst-{i}", str(name), make_table(worst, columns, f"worst relations of {name}", limit=WORST, about=ABOUT)))
    caption = f"The {WORST} lowest of each embedding, tails and heads apart, by the value corrected for chance. csv has all of them."
    yield Section("worst", "Worst relations", "The relations that were lost", caption, panels)


def gain_sections(story: Story) -> Iterator[Section]:
    """What every further embedding adds to the first, relation by relation; nothing where there is one alone."""
    given = list(dict.fromkeys(series_of(story.restoration.rows).values()))[: len(story.given)]
    panels = []
    for i, name in enumerate(given[1:]):
        gains = story.restoration.gains(name, given[0])
        called = gains["relation"] + ", " + gains["side"]
        drawn = gains.assign(series=name, label=called, value=gains["gain"], control=float("nan"))
        drawn = drawn if len(drawn) <= 2 * DRAWN else pd.concat([drawn.head(DRAWN), drawn.tail(DRAWN)])
        figure = dots_figure(drawn, story.styles, axis=f"mAP minus that of {plain(given[0])}", control=None, reference=0)
        table = make_table(gains, gains.columns, f"what {name} adds to {given[0]}", about=ABOUT | GAINS)
        panels.append(Panel(f"gains-{i}", f"{name} over {given[0]}", table, figure))
    if not panels:
        return
    of = f" of {shorten(given[1], 60)}" if len(given) == 2 else ""
    text = {c.method: bool(_features(c)) for c in story.given}
    title = "What text added, relation by relation" if [*text.values()] == [False, True] else "What was added, relation by relation"
    caption = (
        f"Mean difference of AP to {shorten(given[0], 60)} on the same queries{of}, first over all relations, then by relation and side; "
        f"right of zero is better. Drawn are the {DRAWN} first and the {DRAWN} last where there are more. Whiskers are 95% intervals for "
        "queries like these, each for its own row: of twenty such intervals around zero one misses it by chance."
    )
    yield Section("gains", "Gains", title, caption, panels)


def _features(contender: Contender) -> Any:
    """The features, such as texts, that an embedding says it was made of."""
    return ((contender.embedding.meta.get("notes") or {}) if contender.embedding is not None else {}).get("features")


def _ways(story: Story) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of single relations, tails first."""
    for way in ("tails", "heads"):
        yield way, story.relations[story.relations["direction"].str.startswith(f"{way} of ")]
