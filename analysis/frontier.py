"""The figure of a price: bias removed against structure lost."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from graphemb.analysis.price_result import NONE, PriceResult
from graphemb.reconstruction.report.figure_style import NEUTRAL, finish, line_of, method_styles, plain


def frontier_figure(result: PriceResult, bias: str | None = None, kept: str | None = None, *, height: int = 460) -> go.Figure:
    """One line an edit from where nothing is done, (0, 0), through its strengths; the copies that none beats stand on the dotted line."""
    table = result.trade(bias, kept)
    styles = method_styles([e for e in table["edit"].unique() if e != NONE])
    figure = go.Figure()
    best = table[table["frontier"]].sort_values("removed")
    figure.add_scatter(
        x=100 * best["removed"].to_numpy(),
        y=100 * best["lost"].to_numpy(),
        mode="lines",
        line={"color": NEUTRAL, "dash": "dot", "width": 6},
        opacity=0.5,
        name="frontier",
        hoverinfo="skip",
    )
    start = table[table["edit"] == NONE]
    for edit, part in table[table["edit"] != NONE].groupby("edit", sort=False):
        line = np.concatenate([start[["removed", "lost"]].to_numpy(), part[["removed", "lost"]].to_numpy()])
        texts = ["as it is", *(f"strength {s:g}: {b:.4g} left, {k:.4g} kept" for s, b, k in part[["strength", "bias", "kept"]].to_numpy())]
        figure.add_scatter(
            x=100 * line[:, 0],
            y=100 * line[:, 1],
            text=texts,
            name=plain(edit),
            hovertemplate="%{text}<br>%{x:.1f}% removed, %{y:.1f}% lost<extra>%{fullData.name}</extra>",
            **line_of(styles[str(edit)]),
        )
    figure.update_xaxes(title=f"removed of {plain(table.attrs['bias'], 60)} (%)")
    figure.update_yaxes(title=f"lost of {plain(table.attrs['kept'], 60)} (%), 100 is chance")
    figure.add_hline(y=0, line={"color": NEUTRAL, "width": 1})
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    figure.add_vline(x=100, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    return finish(figure, height, legend=True)
