"""One figure for scores with intervals, line by line: word tests, distance ratios, directions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphemb.reconstruction.report.figure_style import NEUTRAL, Style, dot, finish, plain, with_half_width
from graphemb.reconstruction.report.figures import ROW_HEIGHT, Styles

ALONE = Style(NEUTRAL, "circle-open", "solid")
"""Of what is no method: the degree alone."""


def dots_figure(rows: pd.DataFrame, styles: Styles, *, axis: str, control: str | None, reference: float | None = None) -> go.Figure:
    """A marker with its whisker and its number for every row, from above; the control of the row is a grey tick.

    ``rows`` has the columns ``series`` (whose style it gets), ``label``, ``value``, ``low``, ``high`` and ``control`` (NaN: no tick);
    ``axis`` says what is drawn, ``control`` what the ticks are (None: there are none), and ``reference`` is where a line stands for
    "no effect".
    """
    figure = go.Figure()
    for y, row in enumerate(rows.itertuples(index=False)):
        figure.add_scatter(
            **dot(row.value, row.low, row.high, y, styles.get(row.series, ALONE)),
            customdata=[[plain(row.label, 80), row.low, row.high]],
            hovertemplate="<b>%{customdata[0]}</b><br>%{x:.4f}, 95% interval %{customdata[1]:.4f} to %{customdata[2]:.4f}<extra></extra>",
        )
        number = with_half_width(row.value, row.low, row.high) if np.isfinite(row.value) else "undefined"
        figure.add_annotation(x=1.01, xref="paper", xanchor="left", y=y, text=number, showarrow=False)
    if control is not None:
        figure.add_scatter(
            x=rows["control"],
            y=np.arange(len(rows)),
            mode="markers",
            name=control,
            marker={"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": NEUTRAL}},
            hovertemplate=f"{control} %{{x:.4f}}<extra></extra>",
        )
    if reference is not None:
        figure.add_vline(x=reference, line={"color": NEUTRAL, "width": 1})
    figure.update_xaxes(title_text=axis, zeroline=False)
    labels = [plain(label, 44) for label in rows["label"]]
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5], zeroline=False, showgrid=False)
    return finish(figure, ROW_HEIGHT * len(rows) + 120, right=120, legend=control is not None)
