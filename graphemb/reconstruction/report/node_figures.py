"""Figures of single nodes and bands of degree: who is rebuilt and who is not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphemb.reconstruction.report.figure_style import (
    NEUTRAL,
    Style,
    finish,
    line_of,
    log_ticks,
    method_styles,
    neutral_line,
    plain,
    series_names,
    whiskers,
)

SCATTER_LIMIT = 5_000
LEAST_FOR_MEDIAN = 3


def degree_figure(by_degree: pd.DataFrame, styles: Mapping[str, Style] | None = None) -> go.Figure:
    """Mean AP in each band of degrees, a line a method, with the mean chance level of the band."""
    by_degree = by_degree.assign(series=series_names(by_degree), band=degree_bands(by_degree))
    styles = styles or method_styles(by_degree["series"])
    bands = list(dict.fromkeys(by_degree["band"]))
    figure = go.Figure()
    for name, line in by_degree.groupby("series", sort=False):
        style = styles[name]
        figure.add_scatter(
            x=[bands.index(band) for band in line["band"]],
            y=line["mAP"],
            error_y=whiskers(line["mAP"], line["mAP_low"], line["mAP_high"], style.colour) if "mAP_low" in line else None,
            name=plain(name),
            **line_of(style),
            customdata=np.column_stack([line["nodes"], line["band"]]),
            hovertemplate="degree %{customdata[1]} (%{customdata[0]:,} nodes)<br>mAP %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    chance = by_degree.groupby("band", sort=False)["chance"].mean()
    figure.add_scatter(x=list(range(len(bands))), y=chance.reindex(bands), name="chance level", **neutral_line())
    nodes = by_degree.groupby("band", sort=False)["nodes"].first()
    ticks = [f"{band}<br>{nodes[band]:,} node{'s' if nodes[band] != 1 else ''}" for band in bands]
    figure.update_xaxes(title_text="degree (neighbours)", tickvals=list(range(len(bands))), ticktext=ticks, zeroline=False)
    figure.update_yaxes(title_text="mean AP (0 to 1)", range=[-0.02, 1.02])
    return finish(figure, 400, legend=True)


def degree_bands(by_degree: pd.DataFrame) -> pd.Series:
    """``3`` or ``4-7`` for every row.

    >>> degree_bands(pd.DataFrame({"degree_low": [1, 2], "degree_high": [1, 3]})).tolist()
    ['1', '2–3']
    """
    low, high = by_degree["degree_low"].astype(int), by_degree["degree_high"].astype(int)
    return pd.Series([f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in zip(low, high, strict=True)], index=by_degree.index)


def scatter_figure(
    per_source: pd.DataFrame, style: Style, *, title: str = "", limit: int = SCATTER_LIMIT, random_state: int = 0
) -> go.Figure:
    """AP of single nodes against their degree, for one method; at most ``limit`` nodes are drawn, the median is of all.

    Degrees are whole numbers, so points are moved sideways at random by up to 8 % to part them.
    """
    rng = np.random.default_rng(random_state)
    drawn = per_source if len(per_source) <= limit else per_source.iloc[np.sort(rng.choice(len(per_source), limit, replace=False))]
    shift = 1 + 0.08 * rng.uniform(-1, 1, len(drawn))
    figure = go.Figure()
    figure.add_scatter(
        x=drawn["degree"] * shift,
        y=drawn["AP"],
        mode="markers",
        marker={"color": style.colour, "symbol": "circle", "size": 5, "opacity": float(np.clip(16 / np.sqrt(len(drawn) + 1), 0.2, 0.8))},
        customdata=np.column_stack([[plain(name, 60) for name in drawn["node"]], drawn["degree"]]) if len(drawn) else None,
        hovertemplate="<b>%{customdata[0]}</b><br>degree %{customdata[1]:,}, AP %{y:.4f}<extra></extra>",
        showlegend=False,
    )
    band = np.floor(2 * np.log2(np.maximum(per_source["degree"], 1)))
    middle = per_source.groupby(band)[["degree", "AP"]].median()[per_source.groupby(band).size() >= LEAST_FOR_MEDIAN]
    figure.add_scatter(
        x=middle["degree"],
        y=middle["AP"],
        mode="lines",
        line={"color": NEUTRAL, "width": 2},
        name="median",
        hovertemplate="median AP %{y:.4f}",
    )
    figure.update_layout(title={"text": f"<b>{plain(title, 40)}</b>", "font": {"size": 12}, "x": 0, "xref": "paper"})
    ticks, labels = log_ticks(1, max(10, per_source["degree"].max() if len(per_source) else 1))
    figure.update_xaxes(type="log", title_text="degree (neighbours, logarithmic)", tickvals=ticks, ticktext=labels)
    figure.update_yaxes(title_text="AP of the node (0 to 1)", range=[-0.03, 1.03])
    return finish(figure, 280)
