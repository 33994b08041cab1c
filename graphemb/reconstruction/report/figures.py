"""Figures of a restoration: pure functions from a table to a plotly figure.

Every table may hold one hop and direction only; :mod:`graphemb.reconstruction.report.page` splits it. ``styles`` (from
:func:`~graphemb.reconstruction.report.figure_style.method_styles`) keeps a method's colour the same in all figures.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from graphemb.reconstruction.report.figure_style import (
    NEUTRAL,
    Style,
    dot,
    finish,
    line_of,
    log_ticks,
    method_styles,
    neutral_line,
    plain,
    series_names,
    whiskers,
    with_half_width,
)

Styles = Mapping[str, Style]
ROW_HEIGHT = 24
OFF_SCALE = 1.05


def hops_in_words(hop: int, relevant: str = "ball") -> str:
    """The relevant set in words.

    >>> hops_in_words(1), hops_in_words(2), hops_in_words(2, "ring")
    ('1 hop', 'within 2 hops', 'exactly 2 hops')
    """
    if hop == 1:
        return "1 hop"
    return f"exactly {hop} hops" if relevant == "ring" else f"within {hop} hops"


def scores_figure(frame: pd.DataFrame, styles: Styles | None = None, *, best_rank: str | None = None) -> go.Figure:
    """mAP of every method with its interval and its chance level, one panel a relevant set, one direction.

    ``frame`` is what :meth:`Restoration.to_frame` returns; ``best_rank`` names the row whose mAP is drawn as a line
    through its panel (the best matrix of the rank that has as many numbers a node).
    """
    frame = frame.assign(series=series_names(frame))
    styles = styles or method_styles(frame["series"])
    panels = list(frame.groupby(["hop", "relevant"], sort=False))
    rows = [len(panel) for _, panel in panels]
    height = ROW_HEIGHT * sum(rows) + 52 * len(rows) + 60
    figure = make_subplots(
        rows=len(rows),
        shared_xaxes=True,
        row_heights=rows,
        vertical_spacing=min(52 / height, 0.9 / max(1, len(rows) - 1)),
        subplot_titles=[f"<b>{hops_in_words(hop, relevant)}</b>" for (hop, relevant), _ in panels],
    )
    for i, (_, panel) in enumerate(panels, start=1):
        _score_rows(figure, i, panel, styles, best_rank)
    figure.update_annotations(selector={"xanchor": "center"}, x=0, xanchor="left", xref="paper", font_size=12)
    end = _end_of_axis(float(frame[["mAP_high", "chance"]].max(axis=None)))
    figure.update_xaxes(range=[-0.01 * end, 1.01 * end], zeroline=False, nticks=6, tickangle=0)
    figure.update_xaxes(title_text="mAP (0 to 1; higher is better)", row=len(rows), col=1)
    return finish(figure, height, right=_room_for_numbers(figure), legend=True)


def _score_rows(figure: go.Figure, row: int, panel: pd.DataFrame, styles: Styles, best_rank: str | None) -> None:
    """One panel of :func:`scores_figure`: a row a method, its number in the right margin."""
    axis = "y" if row == 1 else f"y{row}"
    for y, line in enumerate(panel.itertuples()):
        figure.add_scatter(
            **dot(line.mAP, line.mAP_low, line.mAP_high, y, styles[line.series]),
            customdata=[[plain(line.series, 80), line.mAP_low, line.mAP_high, line.chance, line.corrected]],
            hovertemplate="<b>%{customdata[0]}</b><br>mAP %{x:.4f}, 95% interval %{customdata[1]:.4f} to %{customdata[2]:.4f}"
            "<br>chance %{customdata[3]:.4f}, corrected %{customdata[4]:.4f}<extra></extra>",
            row=row,
            col=1,
        )
        number = with_half_width(line.mAP, line.mAP_low, line.mAP_high)
        figure.add_annotation(x=1.01, xref="paper", xanchor="left", y=y, yref=axis, text=number, showarrow=False)
    figure.add_scatter(
        x=panel["chance"],
        y=np.arange(len(panel)),
        mode="markers",
        name="chance level",
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": NEUTRAL}},
        hovertemplate="chance level %{x:.4f}<extra></extra>",
        showlegend=row == 1,
        row=row,
        col=1,
    )
    best = panel.loc[panel["method"] == best_rank, "mAP"]
    if len(best):
        figure.add_scatter(
            x=[best.iloc[0]] * 2,
            y=[-0.5, len(panel) - 0.5],
            mode="lines",
            name=f"best matrix of equal rank ({panel.loc[panel['method'] == best_rank, 'numbers_per_node'].iloc[0]:,} numbers a node)",
            line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
            showlegend=row == 1,
            row=row,
            col=1,
        )
    ticks = [plain(name) for name in panel["series"]]
    figure.update_yaxes(
        tickvals=list(range(len(ticks))), ticktext=ticks, range=[len(ticks) - 0.5, -0.5], zeroline=False, showgrid=False, row=row, col=1
    )


def _end_of_axis(highest: float) -> float:
    """1, unless all values are so small that they would crowd at 0."""
    return 1.0 if highest > 0.4 else float(np.ceil(max(highest, 0.01) * 1.1 * 20) / 20)


def _room_for_numbers(figure: go.Figure) -> int:
    """Pixels right of the rows for the numbers that stand there."""
    return 24 + 7 * max((len(a.text) for a in figure.layout.annotations if a.x is not None and a.x > 1), default=0)


def precision_figure(
    precision: pd.DataFrame, styles: Styles | None = None, *, density: float | None = None, n_edges: int | None = None
) -> go.Figure:
    """Precision among the K best pairs of the whole graph, K on a logarithmic axis; chance is the density."""
    precision = precision.assign(series=series_names(precision))
    styles = styles or method_styles(precision["series"])
    figure = go.Figure()
    for name, curve in precision.groupby("series", sort=False):
        style = styles[name]
        figure.add_scatter(
            x=curve["K"],
            y=curve["precision"],
            error_y=whiskers(curve["precision"], curve["low"], curve["high"], style.colour) if "low" in curve else None,
            name=plain(name),
            **line_of(style),
            hovertemplate="K = %{x:,}<br>precision %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    span = [precision["K"].min(), precision["K"].max()]
    if density is not None:
        figure.add_scatter(x=span, y=[density] * 2, name=f"chance: density {density:.2g}", **neutral_line())
    if n_edges is not None:
        figure.add_vline(x=n_edges, line={"color": NEUTRAL, "width": 1})
        figure.add_annotation(
            x=np.log10(n_edges), y=1, yref="paper", yanchor="bottom", yshift=2, text=f"K = |E| = {n_edges:,}", showarrow=False
        )
    ticks, labels = log_ticks(*span)
    figure.update_xaxes(type="log", title_text="K, pairs kept (count, logarithmic)", tickvals=ticks, ticktext=labels)
    figure.update_yaxes(title_text="precision@K (0 to 1)", range=[-0.02, 1.02])
    return finish(figure, 400, legend=True)


def difference_figure(differences: pd.DataFrame, reference: str, styles: Styles | None = None) -> go.Figure:
    """mAP of every method minus that of ``reference`` on the same sources, with the interval of the paired difference."""
    turned = differences["other"].eq(reference)
    mine = differences[differences["series"].eq(reference) | turned]
    turned = turned[mine.index].to_numpy()
    name = np.where(turned, mine["series"], mine["other"])
    sign = np.where(turned, 1.0, -1.0)
    ends = np.sort(np.column_stack([mine["low"], mine["high"]]) * sign[:, None], axis=1)
    order = np.argsort(-(mine["difference"] * sign).to_numpy(), kind="stable")
    styles = styles or method_styles([reference, *name])
    figure = go.Figure()
    for y, i in enumerate(order):
        value = float(mine["difference"].iloc[i] * sign[i])
        figure.add_scatter(
            **dot(value, ends[i, 0], ends[i, 1], y, styles[name[i]]),
            customdata=[[plain(name[i], 80), *ends[i]]],
            hovertemplate="<b>%{customdata[0]}</b><br>%{x:+.4f}, 95% interval %{customdata[1]:.4f} to %{customdata[2]:.4f}<extra></extra>",
        )
        number = with_half_width(value, ends[i, 0], ends[i, 1], sign="+")
        figure.add_annotation(x=1.01, xref="paper", xanchor="left", y=y, text=number, showarrow=False)
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1.5})
    figure.update_xaxes(title_text=f"mAP minus that of {plain(reference)}", zeroline=False, nticks=6, tickangle=0)
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[plain(name[i]) for i in order],
        range=[len(order) - 0.5, -0.5],
        zeroline=False,
        showgrid=False,
    )
    return finish(figure, ROW_HEIGHT * len(order) + 88, right=_room_for_numbers(figure))


def rate_curve(frame: pd.DataFrame, styles: Styles | None = None) -> go.Figure:
    """mAP against the numbers stored a node, a line a method: what more room buys; one hop and direction.

    ``frame`` is what :meth:`Restoration.to_frame` returns, with a column ``family`` where a method stands in it once a
    dimension under different names. What stores nothing has no place on the axis and is left out.
    """
    family = frame["family"].astype(str) if "family" in frame else series_names(frame)
    frame = frame.assign(series=family)[frame["numbers_per_node"] > 0].sort_values("numbers_per_node", kind="stable")
    styles = styles or method_styles(family)
    figure = go.Figure()
    for name in dict.fromkeys(frame["series"]):
        curve, style = frame[frame["series"] == name], styles[name]
        figure.add_scatter(
            x=curve["numbers_per_node"],
            y=curve["mAP"],
            error_y=whiskers(curve["mAP"], curve["mAP_low"], curve["mAP_high"], style.colour),
            name=plain(name),
            **line_of(style),
            hovertemplate="%{x:,} numbers a node<br>mAP %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    span = [frame["numbers_per_node"].min(), frame["numbers_per_node"].max()]
    figure.add_scatter(x=span, y=[frame["chance"].mean()] * 2, name="chance level", **neutral_line())
    ticks = sorted(set(frame["numbers_per_node"]))
    figure.update_xaxes(
        type="log", title_text="numbers stored a node (count, logarithmic)", tickvals=ticks, ticktext=[f"{t:,}" for t in ticks]
    )
    figure.update_yaxes(title_text="mAP (0 to 1)", range=[-0.02, 1.02])
    return finish(figure, 400, legend=True)


def bound_figure(bounds: pd.DataFrame, errors: pd.DataFrame, styles: Styles | None = None) -> go.Figure:
    """The least relative Frobenius error at every rank as lines, and the error of each method at its number of columns.

    ``bounds`` is what :meth:`Restoration.bounds` returns; ``errors`` what :meth:`Restoration.frobenius` returns, with a column
    ``rank``. Errors over 1.05 are off the scale: such scores are not on the scale of weights.
    """
    errors = errors.assign(series=series_names(errors))
    styles = styles or method_styles(errors["series"])
    figure = go.Figure()
    for column, name, dash in (
        ("residual", "any matrix of rank d", "solid"),
        ("residual_positive", "one vector a node, inner product", "dash"),
    ):
        if bounds[column].notna().any():
            line = {"color": NEUTRAL, "dash": dash, "width": 2}
            hover = "rank %{x}<br>least error %{y:.4f}<extra>%{fullData.name}</extra>"
            figure.add_scatter(x=bounds["rank"], y=bounds[column], mode="lines", name=name, line=line, hovertemplate=hover)
    for row in errors[errors["with_self_pairs"] <= OFF_SCALE].itertuples():
        style = styles[row.series]
        figure.add_scatter(
            x=[row.rank],
            y=[row.with_self_pairs],
            mode="markers",
            name=plain(row.series),
            marker={"color": style.colour, "symbol": style.symbol, "size": 10},
            hovertemplate="%{x} columns<br>error %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    ticks, labels = log_ticks(bounds["rank"].min(), bounds["rank"].max())
    figure.update_xaxes(type="log", title_text="rank d, columns a side (count, logarithmic)", tickvals=ticks, ticktext=labels)
    figure.update_yaxes(title_text="relative Frobenius error (0: exact)", range=[-0.02, OFF_SCALE])
    return finish(figure, 400, legend=True)
