"""Figures of geometry: the spectrum and the hubs beside those of normal vectors, distances on a map beside those in the embedding."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from graphemb.reconstruction.report.figure_style import NEUTRAL, PALETTE, finish, log_ticks

GAUSSIAN = "normal vectors of the same shape"


def spectrum_figure(spectrum: pd.DataFrame) -> go.Figure:
    """The share of the variance on each principal axis, on a logarithmic scale; the level line is that of an even share."""
    figure = go.Figure()
    shown = spectrum[spectrum["share"] > 0]
    hover = "axis %{x}: %{y:.3%}<extra>%{fullData.name}</extra>"
    figure.add_scatter(
        x=spectrum["component"],
        y=spectrum["gaussian"].where(spectrum["gaussian"] > 0),
        mode="lines",
        name=GAUSSIAN,
        line={"color": NEUTRAL, "dash": "dash", "width": 2},
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=shown["component"],
        y=shown["share"],
        mode="lines+markers" if len(shown) <= 40 else "lines",
        name="these vectors",
        line={"color": PALETTE[0], "width": 2},
        hovertemplate=hover,
    )
    both = pd.concat([shown["share"], spectrum.loc[spectrum["gaussian"] > 0, "gaussian"]])
    places, _ = log_ticks(float(both.min()), float(both.max()))
    figure.update_xaxes(title_text="principal axis, largest variance first")
    figure.update_yaxes(
        title_text="share of the variance",
        type="log",
        tickvals=places,
        ticktext=[f"{p:.3%}".rstrip("0%").rstrip(".") + "%" for p in places],
    )
    return finish(figure, 380, legend=True)


def hubness_figure(occurrences: pd.DataFrame) -> go.Figure:
    """How many names are in how many lists of nearest neighbours; both axes logarithmic, lists shifted by one to show none."""
    figure = go.Figure()
    for column, name, colour, symbol in (("gaussian", GAUSSIAN, NEUTRAL, "circle-open"), ("names", "these vectors", PALETTE[0], "circle")):
        part = occurrences[occurrences[column] > 0]
        figure.add_scatter(
            x=part["lists"] + 1,
            y=part[column],
            customdata=part["lists"],
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 7},
            hovertemplate="in %{customdata:,} lists: %{y:,} names<extra>%{fullData.name}</extra>",
        )
    lists = [0, *(v for v in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000) if v <= occurrences["lists"].max())]
    figure.update_xaxes(
        title_text="lists of nearest neighbours that a name is in",
        type="log",
        tickvals=[v + 1 for v in lists],
        ticktext=[f"{v:,}" for v in lists],
    )
    places, labels = log_ticks(1, float(occurrences[["names", "gaussian"]].max(axis=None)))
    figure.update_yaxes(title_text="names", type="log", tickvals=places, ticktext=labels)
    return finish(figure, 380, legend=True)


def overlap_figure(moved: pd.DataFrame, k: int) -> go.Figure:
    """How many names kept how many of their neighbours."""
    kept = (moved["overlap"] * k).round().astype(int).value_counts().reindex(range(k + 1), fill_value=0)
    figure = go.Figure()
    figure.add_bar(
        x=kept.index,
        y=kept.to_numpy(),
        marker={"color": PALETTE[0]},
        hovertemplate="%{x} of " + str(k) + " kept: %{y:,} names<extra></extra>",
    )
    figure.update_xaxes(title_text=f"neighbours kept, of {k}", dtick=max(1, k // 10))
    figure.update_yaxes(title_text="names")
    return finish(figure, 320)


def shepard_figure(shepard: pd.DataFrame) -> go.Figure:
    """Distances on the map against those in the embedding, a point a pair: a rising line on a map without distortion."""
    figure = go.Figure()
    kind = go.Scatter if len(shepard) <= 5_000 else go.Scattergl
    hover = "in the embedding %{x:.3g}<br>on the map %{y:.3g}<extra></extra>"
    marker = {"color": PALETTE[0], "size": 3, "opacity": 0.4}
    figure.add_trace(kind(x=shepard["embedding"], y=shepard["map"], mode="markers", marker=marker, hovertemplate=hover))
    figure.update_xaxes(title_text="distance in the embedding")
    figure.update_yaxes(title_text="distance on the map (no unit)")
    return finish(figure, 380)
