"""Section of the report on exact reconstruction: what complete scans of all pairs have found."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from graphemb.errors import shorten
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.report.tables import make_table

COLUMNS = ["method", "exact", "false", "missing", "undecided", "ordered_pairs", "ordered_edges", "closest", "certificate"]


def certificate_sections(story: Story) -> Iterator[Section]:
    """Wrong pairs of every embedding that was certified, and why others were not; nothing where nobody asked."""
    settings = story.restoration.settings
    if "certificates" not in settings:
        return
    title = "Exact reconstruction: is every pair right?"
    reasons = [f"{shorten(name, 60)}: {reason}" for name, reason in settings["without a certificate"].items()]
    missing = f"Left out: {'; '.join(reasons)}." if reasons else ""
    found = settings["certificates"]
    if not found:
        yield Section("exact", "Exactness", title, missing=missing)
        return
    frame = pd.DataFrame([{"method": name, **facts} for name, facts in found.items()])
    frame["exact"] = frame["exact"].map({True: "yes", False: "no"})
    frame = frame.rename(columns={"pairs": "ordered_pairs", "edges": "ordered_edges", "recorded": "certificate"})
    panels = [Panel("exact-table", "all pairs", make_table(frame, COLUMNS, "exact reconstruction"))]
    wrong = [{"method": name, **pair} for name, facts in found.items() for pair in facts["wrong"]]
    if wrong:
        columns = ["method", "source", "target", "what"]
        panels.append(Panel("exact-wrong", "some wrong pairs", make_table(pd.DataFrame(wrong), columns, "wrong pairs")))
    caption = (
        "All ordered pairs of different nodes, scanned from the stored numbers: u to v is an edge if and only if the score is above 0. "
        "False pairs score above 0 without an edge, missing ones are edges at 0 or below; an undirected edge is two pairs. Undecided "
        "pairs lie within the rounding of 0 and were judged in double precision. A certificate that the embedding carries is "
        "confirmed where the scan finds its counts on the same graph, refuted where it does not, and unreadable where it names no graph."
    )
    yield Section("exact", "Exactness", title, caption, panels, missing=missing)
