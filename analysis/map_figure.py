"""Maps: a projection as an interactive figure, as an HTML page, and as an image."""

from __future__ import annotations

import html
import warnings
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphemb.analysis.projection import Projection
from graphemb.data.atomic import atomic_path
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.random import generator
from graphemb.reconstruction.report.figure_style import NEUTRAL, PALETTE, plain, template

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 200_000
"""An HTML map of more names shows a random sample of this size: a page with a million labels does not open."""
_VECTOR_GRAPHICS = 5_000
"""Up to so many points the page needs no WebGL."""
_GROUPS = 10
_NAMED = 60
OTHER, MISSING = "other", "not known"


def map_figure(
    projection: Projection, color: pd.Series | Sequence[Any] | None = None, *, title: str = "", max_points: int = MOST_POINTS
) -> go.Figure:
    """The map as a plotly figure: a point a name, its name on hovering.

    ``color`` holds a value for each name in row order. Numbers get the viridis scale, words one colour each; beyond the ten
    commonest words the rest is grey. Without it names are coloured by kind, where there are kinds.

    Raises
    ------
    ParameterError : a projection of other than two columns
    DataError : as many colour values as names were expected
    """
    points, values, left_out = _to_draw(projection, color, max_points)
    figure = go.Figure(layout={"template": template()})
    for group in _groups(values, len(points)):
        figure.add_trace(_trace(points, group))
    first, second = _axes(projection)
    name = plain(title or getattr(values, "name", None) or "", 120)
    figure.update_layout(
        title={"text": name, "x": 0, "xref": "container", "y": 1, "yanchor": "top", "pad": {"l": 12, "t": 16}, "font": {"size": 16}},
        xaxis={"title": {"text": first}, "showticklabels": projection.method == "pca"},
        yaxis={"title": {"text": second}, "showticklabels": projection.method == "pca", "scaleanchor": "x"},
        legend={"itemsizing": "constant"},
        height=720,
        margin={"t": 104, "b": 96},
    )
    caption = f"{projection.caption()}; {left_out}" if left_out else projection.caption()
    figure.add_annotation(
        text=_wrapped(caption), x=0, y=0, xref="paper", yref="paper", yshift=-48, xanchor="left", yanchor="top", align="left"
    )
    return figure


def write_map(
    projection: Projection, path: str | PathLike[str], color: pd.Series | Sequence[Any] | None = None, *, title: str = ""
) -> None:
    """Write the map to ``path``: one self-contained page for ``.html``, an image for ``.png``, ``.svg`` or ``.pdf``."""
    suffix = str(path).lower().rpartition(".")[2]
    if suffix not in ("html", "png", "svg", "pdf"):
        raise ParameterError(f"a map is written as .html, .png, .svg or .pdf, got {str(path)!r}")
    with atomic_path(path) as temporary:
        if suffix == "html":
            temporary.write_text(_page(map_figure(projection, color, title=title), title or "Map"), encoding="utf-8")
        else:
            with warnings.catch_warnings():  # a font without the glyphs of a script draws boxes; that is no news
                warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
                map_image(projection, color, title=title).savefig(temporary, format=suffix, dpi=150)


def map_image(projection: Projection, color: pd.Series | Sequence[Any] | None = None, *, title: str = "") -> Figure:
    """The map as a matplotlib figure of all names; up to 60 names are written beside their points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points, values, _ = _to_draw(projection, color, len(projection))
    figure = Figure(figsize=(9, 8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    size = float(np.clip(4000 / max(len(points), 1), 0.5, 36))
    numeric = False
    for label, rows, colour, numbers in _groups(values, len(points)):
        drawn = axes.scatter(
            points.x.iloc[rows],
            points.y.iloc[rows],
            s=size,
            c=colour if numbers is None else numbers,
            cmap=None if numbers is None else "viridis",
            linewidths=0,
            rasterized=True,
            label=label,
        )
        if numbers is not None:
            figure.colorbar(drawn, ax=axes, label=label.replace("$", r"\$"))
            numeric = True
    if values is not None and not numeric:
        for text in axes.legend(loc="upper left", bbox_to_anchor=(0, -0.08), ncols=4, frameon=False, fontsize=9).get_texts():
            text.set_parse_math(False)
    if len(points) <= _NAMED:
        for x, y, name in zip(points.x, points.y, points.name, strict=True):
            axes.annotate(html.unescape(plain(name)), (x, y), (3, 3), textcoords="offset points", fontsize=8, parse_math=False)
    for axis, label in zip((axes.xaxis, axes.yaxis), _axes(projection), strict=True):
        axis.set_label_text(label)
        axis.set_tick_params(labelbottom=projection.method == "pca", labelleft=projection.method == "pca")
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_title(title, loc="left", parse_math=False)
    figure.supxlabel(_wrapped(projection.caption(), "\n"), x=0.02, ha="left", fontsize=8, parse_math=False)
    return figure


_Group = tuple[str, np.ndarray, str, np.ndarray | None]
"""What the legend says, the rows, their colour, and the numbers where colour is a scale."""


def _to_draw(projection: Projection, color: Any, most: int) -> tuple[pd.DataFrame, pd.Series | None, str]:
    """The points to draw, their colour values, and what was left out."""
    if projection.points.shape[1] != 2:
        raise ParameterError(f"a map needs a projection of 2 columns, got {projection.points.shape[1]}")
    values = projection.kinds if color is None else color
    if values is not None:
        values = pd.Series(values).reset_index(drop=True)
        if len(values) != len(projection):
            raise DataError(f"expected {len(projection):,} colour values, one a name, got {len(values):,}")
    points = projection.to_frame()
    if len(points) <= most:
        return points, values, ""
    rows = np.sort(generator(0).choice(len(points), most, replace=False))
    sampled = points.iloc[rows].reset_index(drop=True)
    return sampled, None if values is None else values.iloc[rows].reset_index(drop=True), f"{most:,} names drawn at random are shown"


def _groups(values: pd.Series | None, n: int) -> list[_Group]:
    """One group a colour; a single one where colour is a scale."""
    if values is None:
        return [("", np.arange(n), PALETTE[0], None)]
    known = values.notna().to_numpy()
    groups: list[_Group] = []
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        rows = np.flatnonzero(known)
        groups.append((str(values.name or "value"), rows, "", values.to_numpy(dtype=float)[rows]))
    else:
        words = values.astype(str)
        commonest = words[known].value_counts(sort=True).index[:_GROUPS]
        for i, word in enumerate(commonest):
            groups.append((str(word), np.flatnonzero(known & (words == word).to_numpy()), PALETTE[i], None))
        groups.append((OTHER, np.flatnonzero(known & ~words.isin(commonest).to_numpy()), NEUTRAL, None))
    groups.append((MISSING, np.flatnonzero(~known), "#c8c8c8", None))
    return [group for group in groups if len(group[1])]


def _trace(points: pd.DataFrame, group: _Group) -> go.Scatter | go.Scattergl:
    label, rows, colour, numbers = group
    chosen = points.iloc[rows]
    marker: dict[str, Any] = {"size": float(np.clip(300 / max(len(points), 1) ** 0.5, 2, 9)), "opacity": 0.85}
    if numbers is None:
        marker["color"] = colour
    else:
        marker |= {"color": numbers, "colorscale": "Viridis", "colorbar": {"title": {"text": plain(label)}}}
    texts = [plain(name, 80) for name in chosen.name]
    if numbers is not None:
        texts = [f"{text}<br>{plain(label)}: {number:g}" for text, number in zip(texts, numbers, strict=True)]
    elif label:
        texts = [f"{text}<br>{plain(label, 80)}" for text in texts]
    kind = go.Scatter if len(points) <= _VECTOR_GRAPHICS else go.Scattergl
    return kind(
        x=chosen.x.to_numpy(),
        y=chosen.y.to_numpy(),
        mode="markers",
        text=texts,
        hoverinfo="text",
        marker=marker,
        name=plain(label),
        showlegend=numbers is None and bool(label),
    )


def _axes(projection: Projection) -> tuple[str, str]:
    if projection.method == "pca":
        shares = projection.explained or (0.0, 0.0)
        return f"PC 1 ({shares[0]:.0%} of variance)", f"PC 2 ({shares[1]:.0%} of variance)"
    label = {"umap": "UMAP", "tsne": "t-SNE"}[projection.method]
    return f"{label} 1 (no unit)", f"{label} 2 (no unit)"


def _wrapped(text: str, line_end: str = "<br>", width: int = 130) -> str:
    import textwrap

    return line_end.join(textwrap.wrap(text, width))


def _page(figure: go.Figure, title: str) -> str:
    body = figure.to_html(full_html=False, include_plotlyjs=True, config={"displaylogo": False, "responsive": True})
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body style="margin:0">\n{body}\n</body></html>\n'
