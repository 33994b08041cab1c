"""Section of the report on how methods trained: the loss of every epoch, of those that tell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphemb.reconstruction.report.figure_style import Style, finish, line_of, log_ticks, plain
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.report.tables import make_table

FEW = 12
"""Epochs up to which each has a tick."""
MARKED = 60
"""Epochs up to which each has a marker."""
DRAWN = 2_000
"""Epochs of a longer training that are drawn, evenly from all."""
LOGARITHMIC = 20
"""A loss that falls to less than one part in so many is drawn on a logarithmic axis."""


def training_sections(story: Story) -> Iterator[Section]:
    """One panel a method that trained in epochs; nothing where none did."""
    told = {c.method: losses for c in story.given if c.embedding is not None and len(losses := losses_of(c.embedding.meta)) > 1}
    panels = []
    for i, (method, losses) in enumerate(told.items()):
        frame = pd.DataFrame({"epoch": np.arange(1, len(losses) + 1), "loss": losses})
        style = next(style for series, style in story.styles.items() if series == method or series.startswith(f"{method} · "))
        panels.append(
            Panel(f"training-{i}", method, make_table(frame, ["epoch", "loss"], f"loss of {method}"), loss_figure(frame, method, style))
        )
    if panels:
        caption = (
            "Loss of every epoch, or step of the solver: the method's own, and so not to be compared between methods. Where a curve still "
            "falls at its end, more epochs would lower it."
        )
        yield Section("training", "Training", "How the fit went: loss by epoch", caption, panels)


def losses_of(meta: dict[str, Any]) -> np.ndarray:
    """The finite losses that an embedding's notes hold; empty where there are none.

    >>> losses_of({"notes": {"losses": [2, 1.5]}}).tolist(), losses_of({"notes": {"losses": "low"}}).tolist()
    ([2.0, 1.5], [])
    """
    notes = meta.get("notes")
    told = notes.get("losses") if isinstance(notes, dict) else None
    if not isinstance(told, list) or not all(isinstance(loss, int | float) for loss in told):
        return np.empty(0)
    losses = np.array(told, dtype=float)
    return losses[np.isfinite(losses)]


def loss_figure(frame: pd.DataFrame, method: str, style: Style) -> go.Figure:
    """``loss`` against ``epoch``, on a logarithmic axis where it falls far."""
    shown = frame.iloc[np.unique(np.linspace(0, len(frame) - 1, min(DRAWN, len(frame))).round().astype(int))]
    line = line_of(style) | ({} if len(frame) <= MARKED else {"mode": "lines"})
    figure = go.Figure()
    hover = "epoch %{x:,}<br>loss %{y:.5g}<extra>%{fullData.name}</extra>"
    figure.add_scatter(x=shown["epoch"], y=shown["loss"], name=plain(method), **line, hovertemplate=hover)
    low, high = float(frame["loss"].min()), float(frame["loss"].max())
    if 0 < low < high / LOGARITHMIC:
        places, labels = log_ticks(low, high)
        figure.update_yaxes(type="log", title_text="loss (logarithmic)", tickvals=places, ticktext=labels)
    else:
        figure.update_yaxes(title_text="loss")
    figure.update_xaxes(title_text="epoch", tickformat=",d", dtick=1 if len(frame) <= FEW else None)
    return finish(figure, 320, legend=True)
