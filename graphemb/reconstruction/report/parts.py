"""What a page is made of: sections, and the panels in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import plotly.graph_objects as go

from graphemb.reconstruction.report.tables import Table


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
