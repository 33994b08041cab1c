"""Figures of a probe: pure functions from the rows of a result to plotly figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from graphemb.reconstruction.report.figure_style import NEUTRAL, finish, line_of, plain, whiskers, with_half_width
from graphemb.reconstruction.report.figures import ROW_HEIGHT, Styles

CHANCE = {"AUC": 0.5, "AP": 0.5, "AMI": 0.0, "ARI": 0.0}
"""What a metric is by chance, where that is the same for all data."""
BETWEEN = 52
DIGIT_WIDTH = 6.5
"""Pixels a character of a number takes, so that on a telephone most of the width is left to the plot."""


def metric_figure(rows: pd.DataFrame, styles: Styles, *, metric: str, shares: str = "") -> go.Figure:
    """One metric: a marker with its whisker and its number for every series, one panel a share.

    ``rows`` has the columns ``series``, ``share``, ``mean``, ``low`` and ``high``; ``shares`` says of what a share is, for the headings.
    """
    panels = list(rows.groupby("share", sort=False, dropna=False))
    heights = [len(panel) for _, panel in panels]
    height = ROW_HEIGHT * sum(heights) + BETWEEN * len(panels) + 60
    figure = make_subplots(
        rows=len(panels),
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=min(BETWEEN / height, 0.9 / max(1, len(panels) - 1)),
        subplot_titles=[f"<b>{share:.0%} {shares}</b>" if len(panels) > 1 else "" for share, _ in panels],
    )
    for i, (_, panel) in enumerate(panels, start=1):
        _panel(figure, i, panel, styles, metric)
    figure.update_annotations(selector={"xanchor": "center"}, x=0, xanchor="left", xref="paper", font_size=12)
    figure.update_xaxes(range=axis_span(metric, rows), zeroline=False, tickangle=0)
    figure.update_xaxes(title_text=f"{plain(metric)} (higher is better)", row=len(panels), col=1)
    numbers = (number_in_words(*ends) for ends in rows[["mean", "low", "high"]].itertuples(index=False))
    return finish(figure, height, right=int(12 + DIGIT_WIDTH * max(map(len, numbers))), legend=metric in CHANCE)


def _panel(figure: go.Figure, row: int, panel: pd.DataFrame, styles: Styles, metric: str) -> None:
    """One share: a row a series, its number in the right margin."""
    axis = "y" if row == 1 else f"y{row}"
    for y, line in enumerate(panel.itertuples()):
        style = styles[line.series]
        figure.add_scatter(
            x=[line.mean],
            y=[y],
            error_x=whiskers([line.mean], [line.low], [line.high], style.colour),
            mode="markers",
            marker={"color": style.colour, "symbol": style.symbol, "size": 10},
            customdata=[[plain(line.series, 80), line.low, line.high]],
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{plain(metric)} %{{x:.4f}}, 95% interval %{{customdata[1]:.4f}} to "
            "%{customdata[2]:.4f}<extra></extra>",
            showlegend=False,
            row=row,
            col=1,
        )
        number = number_in_words(line.mean, line.low, line.high)
        figure.add_annotation(x=1, xshift=8, xref="paper", xanchor="left", y=y, yref=axis, text=number, showarrow=False)
    if metric in CHANCE:
        line = {"color": NEUTRAL, "dash": "dot", "width": 1.5}
        ends = [-0.5, len(panel) - 0.5]
        x = [CHANCE[metric]] * 2
        figure.add_scatter(x=x, y=ends, mode="lines", name="chance", line=line, hoverinfo="skip", showlegend=row == 1, row=row, col=1)
    names = [plain(name) for name in panel["series"]]
    span = [len(names) - 0.5, -0.5]
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=span, zeroline=False, showgrid=False, row=row, col=1)


def number_in_words(mean: float, low: float, high: float) -> str:
    """The mean and the half width of its interval, of the longer side where an end was cut at 0 or 1; the mean alone where there is none.

    Where both ends were cut, nothing tells the half width, and the ends stand there.

    >>> number_in_words(0.8769, 0.86, 0.89), number_in_words(0.946, 0.826, 1.0), number_in_words(0.5, np.nan, np.nan)
    ('0.877 ± 0.017', '0.946 ± 0.120', '0.500')
    >>> number_in_words(0.775, 0.0, 1.0)
    '0.775 (0 to 1)'
    """
    if not np.isfinite(mean):
        return "–"
    if over_the_scale(low, high):
        return f"{with_half_width(mean, mean, mean)} ({low:.2g} to {high:.2g})".replace("-", "\N{MINUS SIGN}")
    half = max(mean - low, high - mean) if np.isfinite(high - low) else 0.0
    return with_half_width(mean, mean - half, mean + half)


def over_the_scale(low: float, high: float) -> bool:
    """Whether the interval holds all from 0 to 1, so that it tells nothing of the mean.

    >>> over_the_scale(0.0, 1.0), over_the_scale(0.0, 0.99), over_the_scale(np.nan, np.nan)
    (True, False, False)
    """
    return low <= 0 and high >= 1


def axis_span(metric: str, rows: pd.DataFrame) -> list[float]:
    """From what chance gives, or 0, or lower where a value is; to 1, unless all values are so small that they would crowd."""
    ends = rows[["mean", "low", "high"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(ends, initial=np.inf)), float(np.nanmax(ends, initial=0.0))
    end = 1.0 if high > 0.5 else float(np.ceil(max(high, 0.01) * 1.1 * 20) / 20)
    start = min(CHANCE.get(metric, 0.0), low)
    return [start - 0.01 * (end - start), end + 0.01 * (end - start)]


def share_figure(rows: pd.DataFrame, styles: Styles, *, metric: str, axis: str) -> go.Figure:
    """One metric against the share, a line a series, with whiskers."""
    figure = go.Figure()
    for name, curve in rows.groupby("series", sort=False):
        style = styles[name]
        curve = curve.sort_values("share")
        figure.add_scatter(
            x=curve["share"],
            y=curve["mean"],
            error_y=whiskers(curve["mean"], curve["low"], curve["high"], style.colour),
            name=plain(name, 40),
            **line_of(style),
            hovertemplate="%{x:.0%}<br>" + plain(metric) + " %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    shares = sorted(set(rows["share"]))
    figure.update_xaxes(title_text=axis, tickvals=shares, ticktext=[f"{share:.0%}" for share in shares], range=[0, 1])
    figure.update_yaxes(title_text=plain(metric), range=axis_span(metric, rows))
    return finish(figure, 400, legend=True)
