"""Sections of the report on a knowledge graph that was rebuilt relation by relation."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from graphemb.errors import shorten
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.report.tables import interval_in_words, make_table

WORST = 10
ABOUT = {
    "relation": ("relation", "", "whose triples were ranked"),
    "eligible": ("queries", ",d", "heads whose tails were ranked, or tails whose heads were"),
    "sources": ("scored", ",d", "queries whose ranking was scored"),
    "direction": ("ranked", "", "tails of (h, r, ?) or heads of (?, r, t)"),
}
"""What columns mean here, where a source is a query."""


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


def _ways(story: Story) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of single relations, tails first."""
    for way in ("tails", "heads"):
        yield way, story.relations[story.relations["direction"].str.startswith(f"{way} of ")]
