"""How figures look: one style a method, a light and a dark template, labels that are never markup.

Colours are Okabe and Ito's (Color Universal Design, 2008) without black and yellow, which vanish on one of the two
grounds, then ones that ``glasbey.extend_palette`` put as far from these as it could. A method is told apart by its
marker and dash too, so a figure survives black-and-white print.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

PALETTE = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",  # Okabe-Ito
    "#ae2d9a", "#7f8c1f", "#8f63e0", "#4d7579", "#ce926d", "#d13a4b",  # glasbey
)  # fmt: skip
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down", "pentagon", "hexagon", "x")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
NEUTRAL = "#808080"
"""Grey with a contrast of at least 3.9 on white and on near-black: chance levels, limits, thin lines."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
LABEL_WIDTH = 28


@dataclass(frozen=True)
class Style:
    """How one method is drawn in every figure."""

    colour: str
    symbol: str
    dash: str


def method_styles(
    methods: Iterable[str],
    *,
    families: Mapping[str, str] | None = None,
    baselines: Iterable[str] = (),
    nulls: Mapping[str, str] | None = None,
) -> dict[str, Style]:
    """One style a method, in order of first appearance.

    Sizes of one family share a colour; a null model has the colour of its method, open and dotted; baselines are grey and open.

    >>> method_styles(["hope", "deepwalk", "hope"])["deepwalk"]
    Style(colour='#d55e00', symbol='square', dash='solid')
    >>> method_styles(["hope", "random"], baselines=["random"])["random"]
    Style(colour='#808080', symbol='circle-open', dash='solid')
    """
    families, nulls, grey = families or {}, nulls or {}, set(baselines)
    styles: dict[str, Style] = {}
    members: dict[str, int] = {}
    for method in dict.fromkeys(methods):
        family = "" if method in grey else families.get(method, method)
        if method in nulls and nulls[method] in styles:
            twin = styles[nulls[method]]
            styles[method] = replace(twin, symbol=twin.symbol + "-open", dash="dot")
            continue
        place = members.setdefault(family, 0)
        members[family] += 1
        colour = [name for name in members if name].index(family) if family else 0
        mark = place if method in grey or method in families else colour
        styles[method] = Style(
            colour=PALETTE[colour % len(PALETTE)] if family else NEUTRAL,
            symbol=SYMBOLS[mark % len(SYMBOLS)] + ("" if family else "-open"),
            dash=DASHES[(mark // 6 if family == method else place) % len(DASHES)],
        )
    return styles


def plain(text: object, width: int = LABEL_WIDTH) -> str:
    """The text as a label in a figure: cut in the middle, control characters gone, tags shown rather than obeyed.

    plotly reads a few HTML tags and entities in every string it draws; ``&``, ``<`` and ``>`` are therefore escaped.
    A right-to-left text is isolated, so that it cannot turn the numbers beside it around.

    >>> plain("<b>Portugal</b>")
    '&lt;b&gt;Portugal&lt;/b&gt;'
    >>> len(plain("a" * 10_000))
    28
    """
    text = str(text)
    tail = width // 3
    short = text if len(text) <= width else f"{text[: width - 1 - tail]}…{text[-tail:]}"
    clean = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in short)
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in clean):
        clean = f"\N{FIRST STRONG ISOLATE}{clean}\N{POP DIRECTIONAL ISOLATE}"
    return html.escape(clean, quote=False)


def series_names(frame: pd.DataFrame) -> pd.Series:
    """What a row is called in figures: its method, and its decoder where one method was read by several.

    >>> series_names(pd.DataFrame({"method": ["a", "b", "b"], "decoder": ["dot", "dot", "cosine"]})).tolist()
    ['a', 'b · dot', 'b · cosine']
    """
    method = frame["method"].astype(str)
    if "decoder" not in frame:
        return method
    several = frame.groupby("method", sort=False)["decoder"].transform("nunique") > 1
    return method.where(~several, method + " · " + frame["decoder"].astype(str))


def log_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Places and labels of ticks on a logarithmic axis: 1, 2, 5, 10, ... on a short one, powers of ten on a long one.

    >>> log_ticks(1, 30)[1], log_ticks(10, 1e6)[1][-2:]
    (['1', '2', '5', '10', '20'], ['10⁵', '10⁶'])
    """
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    steps = (1, 2, 5) if last - first < 3 else (1,)
    places = [(step, power) for power in range(first, last + 1) for step in steps if low <= step * 10.0**power <= high]
    return [step * 10.0**power for step, power in places], [_tick(step, power) for step, power in places]


def _tick(step: int, power: int) -> str:
    if power < 5:
        return f"{step * 10**power:,}"
    return ("" if step == 1 else f"{step}·") + "10" + str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


AXIS_HEIGHT = 48
"""Pixels below a plot for the labels of its ticks and its title."""
LEAST_PLOT = 68


def template(*, dark: bool = False) -> go.layout.Template:
    """The template of all figures: transparent ground, thin grid, the system's sans; light or dark ink."""
    ink, faint, grid = ("#e8e8e8", "#b0b0b0", "#333333") if dark else ("#1a1a1a", "#555555", "#e4e4e4")
    axis = {
        "gridcolor": grid, "linecolor": grid, "zerolinecolor": grid, "tickcolor": grid, "gridwidth": 1, "zerolinewidth": 1,
        "automargin": True, "title": {"font": {"size": 12, "color": faint}, "standoff": 8}, "tickfont": {"size": 12, "color": ink},
    }  # fmt: skip
    layout = go.Layout(
        font={"family": FONT, "size": 12, "color": ink},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=list(PALETTE),
        xaxis=axis,
        yaxis=axis,
        hoverlabel={
            "bgcolor": "#262626" if dark else "#ffffff",
            "bordercolor": NEUTRAL,
            "font": {"family": FONT, "size": 12, "color": ink},
        },
        annotationdefaults={"font": {"size": 12, "color": ink}, "showarrow": False},
        legend={
            "orientation": "h",
            "x": 0,
            "xref": "paper",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 12, "color": ink},
        },
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": faint, "activecolor": ink},
        margin={"l": 8, "r": 16, "t": 32, "b": 8},
        hovermode="closest",
    )
    return go.layout.Template(layout=layout)


def with_half_width(value: float, low: float, high: float, *, sign: str = "") -> str:
    """The value and the half width of its interval, to as many digits as the interval tells apart."""
    half = (high - low) / 2
    shown = half >= 0.00005
    digits = 4 if shown and half < 0.0005 else 3
    number = f"{round(value, digits) + 0.0:{sign}.{digits}f}".replace("-", "\N{MINUS SIGN}")  # + 0.0: no minus before zero
    return f"{number} ± {half:.{digits}f}" if shown else number


def line_of(style: Style) -> dict[str, Any]:
    """Line and markers of a style."""
    return {
        "mode": "lines+markers",
        "line": {"color": style.colour, "dash": style.dash, "width": 2},
        "marker": {"color": style.colour, "symbol": style.symbol, "size": 8},
    }


def neutral_line() -> dict[str, Any]:
    """The thin dotted grey line of a chance level."""
    return {
        "mode": "lines",
        "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5},
        "hovertemplate": "%{y:.4f}<extra>%{fullData.name}</extra>",
    }


def dot(value: float, low: float, high: float, y: int, style: Style) -> dict[str, Any]:
    """What a scatter trace of one marker with its whisker is made of, at the height ``y``.

    >>> made = dot(0.5, 0.4, 0.7, 2, Style("black", "circle", "solid"))
    >>> made["y"], made["error_x"]["array"].round(1).tolist(), made["error_x"]["arrayminus"].round(1).tolist()
    ([2], [0.2], [0.1])
    """
    return {
        "x": [value],
        "y": [y],
        "error_x": whiskers([value], [low], [high], style.colour),
        "mode": "markers",
        "marker": {"color": style.colour, "symbol": style.symbol, "size": 10},
        "showlegend": False,
    }


def whiskers(value: Any, low: Any, high: Any, colour: str) -> dict[str, Any] | None:
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


def finish(figure: go.Figure, height: int, *, right: int = 16, legend: bool = False) -> go.Figure:
    """Template, height in pixels, margins; the width is the page's.

    A figure of few rows is made higher: plotly would cut the margins, and so push texts together, to have 64 pixels for the plot.
    """
    margin = {"l": 8, "r": right, "t": 64 if legend else 32, "b": 8}
    least = margin["t"] + margin["b"] + AXIS_HEIGHT + LEAST_PLOT
    figure.update_layout(template=template(), height=max(int(height), least), margin=margin, showlegend=legend)
    return figure
