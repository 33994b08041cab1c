"""Figures of a restoration: pure functions from a table to a plotly figure.

Every table may hold one hop and direction only; :mod:`graphemb.reconstruction.report` splits it. ``styles`` (from
:func:`~graphemb.reconstruction.figure_style.method_styles`) keeps a method's colour the same in all figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from graphemb.reconstruction.figure_style import NEUTRAL, Style, log_ticks, method_styles, plain, series_names, template

Styles = Mapping[str, Style]
ROW_HEIGHT = 24
SCATTER_LIMIT = 5_000
LEAST_FOR_MEDIAN = 3


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
    through its panel (the best matrix of equal rank).
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
    figure.update_xaxes(range=[-0.01, 1.01], zeroline=False, dtick=0.2)
    figure.update_xaxes(title_text="mAP (0 to 1; higher is better)", row=len(rows), col=1)
    return _finish(figure, height, right=112, legend=True)


def _score_rows(figure: go.Figure, row: int, panel: pd.DataFrame, styles: Styles, best_rank: str | None) -> None:
    """One panel of :func:`scores_figure`: a row a method, its number in the right margin."""
    axis = "y" if row == 1 else f"y{row}"
    for y, line in enumerate(panel.itertuples()):
        style = styles[line.series]
        figure.add_scatter(
            x=[line.mAP],
            y=[y],
            error_x=_error([line.mAP], [line.mAP_low], [line.mAP_high], style.colour),
            mode="markers",
            marker={"color": style.colour, "symbol": style.symbol, "size": 10},
            customdata=[[plain(line.series, 80), line.mAP_low, line.mAP_high, line.chance, line.corrected]],
            hovertemplate="<b>%{customdata[0]}</b><br>mAP %{x:.4f}, 95% interval %{customdata[1]:.4f} to %{customdata[2]:.4f}"
            "<br>chance %{customdata[3]:.4f}, corrected %{customdata[4]:.4f}<extra></extra>",
            showlegend=False,
            row=row,
            col=1,
        )
        number = _with_half_width(f"{line.mAP:.3f}", line.mAP_low, line.mAP_high)
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
            name="best matrix of equal rank",
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
            error_y=_error(curve["precision"], curve["low"], curve["high"], style.colour) if "low" in curve else None,
            name=plain(name),
            **_line(style),
            hovertemplate="K = %{x:,}<br>precision %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    span = [precision["K"].min(), precision["K"].max()]
    if density is not None:
        figure.add_scatter(x=span, y=[density] * 2, name=f"chance: density {density:.2g}", **_neutral_line())
    if n_edges is not None:
        figure.add_vline(x=n_edges, line={"color": NEUTRAL, "width": 1})
        figure.add_annotation(
            x=np.log10(n_edges), y=1, yref="paper", yanchor="bottom", yshift=2, text=f"K = |E| = {n_edges:,}", showarrow=False
        )
    ticks, labels = log_ticks(*span)
    figure.update_xaxes(type="log", title_text="K, pairs kept (count, logarithmic)", tickvals=ticks, ticktext=labels)
    figure.update_yaxes(title_text="precision@K (0 to 1)", range=[-0.02, 1.02])
    return _finish(figure, 400, legend=True)


def degree_figure(by_degree: pd.DataFrame, styles: Styles | None = None) -> go.Figure:
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
            error_y=_error(line["mAP"], line["mAP_low"], line["mAP_high"], style.colour) if "mAP_low" in line else None,
            name=plain(name),
            **_line(style),
            customdata=np.column_stack([line["nodes"], line["band"]]),
            hovertemplate="degree %{customdata[1]} (%{customdata[0]:,} nodes)<br>mAP %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    chance = by_degree.groupby("band", sort=False)["chance"].mean()
    figure.add_scatter(x=list(range(len(bands))), y=chance.reindex(bands), name="chance level", **_neutral_line())
    nodes = by_degree.groupby("band", sort=False)["nodes"].first()
    ticks = [f"{band}<br>{nodes[band]:,} node{'s' if nodes[band] != 1 else ''}" for band in bands]
    figure.update_xaxes(title_text="degree (neighbours)", tickvals=list(range(len(bands))), ticktext=ticks, zeroline=False)
    figure.update_yaxes(title_text="mean AP (0 to 1)", range=[-0.02, 1.02])
    return _finish(figure, 400, legend=True)


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
        marker={"color": style.colour, "symbol": "circle", "size": 5, "opacity": float(np.clip(40 / np.sqrt(len(drawn) + 1), 0.25, 0.8))},
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
    return _finish(figure, 280)


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
        style = styles[name[i]]
        figure.add_scatter(
            x=[value],
            y=[y],
            error_x=_error([value], ends[i, :1], ends[i, 1:], style.colour),
            mode="markers",
            marker={"color": style.colour, "symbol": style.symbol, "size": 10},
            customdata=[[plain(name[i], 80), *ends[i]]],
            hovertemplate="<b>%{customdata[0]}</b><br>%{x:+.4f}, 95% interval %{customdata[1]:.4f} to %{customdata[2]:.4f}<extra></extra>",
            showlegend=False,
        )
        number = _with_half_width(f"{value:+.3f}".replace("-", "\N{MINUS SIGN}"), *ends[i])
        figure.add_annotation(x=1.01, xref="paper", xanchor="left", y=y, text=number, showarrow=False)
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1.5})
    figure.update_xaxes(title_text=f"mAP minus that of {plain(reference)}", zeroline=False)
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[plain(name[i]) for i in order],
        range=[len(order) - 0.5, -0.5],
        zeroline=False,
        showgrid=False,
    )
    return _finish(figure, ROW_HEIGHT * len(order) + 88, right=120)


def rate_curve(frame: pd.DataFrame, styles: Styles | None = None) -> go.Figure:
    """mAP against the numbers stored a node, a line a method: what more room buys; one hop and direction.

    ``frame`` is what :meth:`Restoration.to_frame` returns, with a column ``family`` where a method stands in it once a
    dimension under different names.
    """
    family = frame["family"].astype(str) if "family" in frame else series_names(frame)
    frame = frame.assign(series=family).sort_values("numbers_per_node", kind="stable")
    styles = styles or method_styles(family)
    figure = go.Figure()
    for name in dict.fromkeys(family):
        curve, style = frame[frame["series"] == name], styles[name]
        figure.add_scatter(
            x=curve["numbers_per_node"],
            y=curve["mAP"],
            error_y=_error(curve["mAP"], curve["mAP_low"], curve["mAP_high"], style.colour),
            name=plain(name),
            **_line(style),
            hovertemplate="%{x:,} numbers a node<br>mAP %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    span = [frame["numbers_per_node"].min(), frame["numbers_per_node"].max()]
    figure.add_scatter(x=span, y=[frame["chance"].mean()] * 2, name="chance level", **_neutral_line())
    ticks = sorted(set(frame["numbers_per_node"]))
    figure.update_xaxes(
        type="log", title_text="numbers stored a node (count, logarithmic)", tickvals=ticks, ticktext=[f"{t:,}" for t in ticks]
    )
    figure.update_yaxes(title_text="mAP (0 to 1)", range=[-0.02, 1.02])
    return _finish(figure, 400, legend=True)


def _with_half_width(number: str, low: float, high: float) -> str:
    return number if high <= low else f"{number} ± {(high - low) / 2:.3f}"


def _line(style: Style) -> dict[str, Any]:
    return {
        "mode": "lines+markers",
        "line": {"color": style.colour, "dash": style.dash, "width": 2},
        "marker": {"color": style.colour, "symbol": style.symbol, "size": 8},
    }


def _neutral_line() -> dict[str, Any]:
    return {
        "mode": "lines",
        "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5},
        "hovertemplate": "%{y:.4f}<extra>%{fullData.name}</extra>",
    }


def _error(value: Any, low: Any, high: Any, colour: str) -> dict[str, Any] | None:
    """Whiskers from ``low`` to ``high``; none where the values are exact."""
    value, low, high = (np.asarray(v, dtype=float) for v in (value, low, high))
    if not (high > low).any():
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": high - value,
        "arrayminus": value - low,
        "thickness": 1.5,
        "width": 4,
        "color": colour,
    }


def _finish(figure: go.Figure, height: int, *, right: int = 16, legend: bool = False) -> go.Figure:
    """Template, height in pixels, margins; the width is the page's."""
    margin = {"l": 8, "r": right, "t": 64 if legend else 32, "b": 8}
    figure.update_layout(template=template(), height=int(height), margin=margin, showlegend=legend)
    return figure
