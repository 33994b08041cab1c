"""Figures: what is drawn, in which colours, and labels that are never markup."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from graphemb.reconstruction.report.figure_style import (
    AXIS_HEIGHT,
    DASHES,
    NEUTRAL,
    PALETTE,
    Style,
    log_ticks,
    method_styles,
    plain,
    series_names,
    template,
    with_half_width,
)
from graphemb.reconstruction.report.figures import bound_figure, difference_figure, precision_figure, rate_curve, scores_figure
from graphemb.reconstruction.report.node_figures import degree_figure, scatter_figure

EVIL = "<img src=x onerror=alert(1)>"


def frame(methods: list[str], hops: tuple[int, ...] = (1, 2), **columns: object) -> pd.DataFrame:
    rows = [
        {
            "method": m, "decoder": "dot", "direction": "undirected", "hop": h, "relevant": "ball", "sources": 50, "eligible": 100,
            "mAP": 0.5, "mAP_low": 0.4, "mAP_high": 0.6, "chance": 0.1, "corrected": 0.45, "numbers_per_node": 8 * (i + 1),
        }
        for i, m in enumerate(methods)
        for h in hops
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def texts(figure: go.Figure) -> list[str]:
    """Every string that plotly may read as markup, in the layout and in the data."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("template", "hovertemplate"):  # ours, without names in them
                    walk(inner)
        elif isinstance(value, (list, tuple, np.ndarray)):
            for inner in value:
                walk(inner)

    walk(figure.to_plotly_json())
    return found


def all_figures(name: str) -> list[go.Figure]:
    other = "other"
    styles = method_styles([name, other])
    bands = pd.concat([frame([name, other], (1,)).assign(degree_low=low, degree_high=high, nodes=9) for low, high in ((1, 1), (2, 3))])
    curve = pd.DataFrame({"method": [name] * 3, "K": [10, 100, 1000], "precision": [1.0, 0.5, np.nan]})
    nodes = pd.DataFrame({"node": [name, "b", "c"], "degree": [1, 2, 30], "AP": [0.0, 0.5, 1.0]})
    gaps = pd.DataFrame({"series": [name], "other": [other], "difference": [0.1], "low": [0.05], "high": [0.15]})
    bounds = pd.DataFrame({"rank": [1, 2, 4], "residual": [0.9, 0.8, 0.6], "residual_positive": np.nan})
    errors = pd.DataFrame({"method": [name, other], "rank": [2, 4], "with_self_pairs": [0.85, 7.0]})
    return [
        scores_figure(frame([name, other])),
        precision_figure(curve, density=0.01, n_edges=50),
        degree_figure(bands, styles),
        scatter_figure(nodes, styles[name], title=name),
        difference_figure(gaps, other, styles),
        difference_figure(gaps, name, styles),
        rate_curve(frame([name, other], (1,))),
        bound_figure(bounds, errors, styles),
    ]


@pytest.mark.parametrize(
    "name", [EVIL, "</script><script>alert(1)</script>", "<a href='javascript:alert(1)'>x</a>", "<b>bold</b>", "a&lt;b"]
)
def test_names_are_text_in_every_figure(name: str) -> None:
    for figure in all_figures(name):
        found = texts(figure)
        assert not any(name in text for text in found)
        assert any(plain(name, 40) in text or plain(name) in text for text in found), "the name is nowhere"


def test_axes_have_names_and_heights_are_set() -> None:
    for figure in all_figures("hope"):
        axes = figure.to_plotly_json()["layout"]
        titles = [axes[key]["title"]["text"] for key in axes if key.startswith("xaxis") and "title" in axes[key]]
        assert titles and all(titles)
        assert figure.layout.height >= 80
        figure.to_json()


def test_plain_shortens_isolates_and_cleans() -> None:
    assert len(plain("x" * 10_000)) == 28
    one, other = (plain("the same long beginning of a name, " + end) for end in ("first", "second"))
    assert one != other and one.startswith("the same") and one.endswith("first")
    assert plain("a\nb\x00c\u2028d") == "a b c d"
    hebrew = plain("שלום")
    assert hebrew[0] == "\u2068" and hebrew[-1] == "\u2069"
    assert plain("&amp;") == "&amp;amp;"
    assert plain("") == ""


def test_a_method_keeps_its_style() -> None:
    methods = [f"m{i}" for i in range(12)]
    styles = method_styles(methods)
    assert [styles[m].colour for m in methods] == list(PALETTE)
    assert len(set(styles.values())) == 12
    figure = scores_figure(frame(methods, (1, 2, 3)))
    drawn = [t for t in figure.data if t.name is None]
    assert len(drawn) == 36
    for trace in drawn:
        name = trace.customdata[0][0]
        assert (trace.marker.color, trace.marker.symbol) == (styles[name].colour, styles[name].symbol)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_rows_leave_the_margins_their_room(count: int) -> None:
    figure = scores_figure(frame([f"m{i}" for i in range(count)], (1,)))
    assert figure.layout.height - figure.layout.margin.t - figure.layout.margin.b - AXIS_HEIGHT >= 64  # what plotly takes for the plot


def test_sizes_share_a_colour_and_baselines_are_grey() -> None:
    families = {"hope 8": "hope", "hope 16": "hope", "dw 8": "dw"}
    styles = method_styles(["hope 8", "hope 16", "dw 8", "random", "degree"], families=families, baselines=["random", "degree"])
    assert styles["hope 8"].colour == styles["hope 16"].colour == PALETTE[0] != styles["dw 8"].colour
    assert styles["hope 8"].symbol != styles["hope 16"].symbol
    assert styles["random"].colour == NEUTRAL and styles["random"].symbol != styles["degree"].symbol
    assert styles["random"].symbol.endswith("-open")


def test_a_null_model_looks_like_its_method() -> None:
    styles = method_styles(["hope", "dw", "dw on rewired graph"], nulls={"dw on rewired graph": "dw"})
    null = styles["dw on rewired graph"]
    assert null.colour == styles["dw"].colour and null.symbol == styles["dw"].symbol + "-open"


def test_errors_off_the_scale_are_left_out() -> None:
    bounds = pd.DataFrame({"rank": [1, 2], "residual": [0.9, 0.8], "residual_positive": [0.95, 0.9]})
    errors = pd.DataFrame({"method": ["a", "b"], "rank": [2, 2], "with_self_pairs": [0.85, 7.0]})
    assert [t.name for t in bound_figure(bounds, errors).data] == ["any matrix of rank d", "one vector a node, inner product", "a"]


def test_the_decoder_is_part_of_the_name_where_it_must_be() -> None:
    both = pd.concat([frame(["dw", "hope"], (1,)), frame(["dw"], (1,), decoder="cosine")])
    assert series_names(both).tolist() == ["dw · dot", "hope", "dw · cosine"]


def test_intervals_are_drawn_where_there_are_some() -> None:
    sampled = scores_figure(frame(["hope"], (1,)))
    assert sampled.data[0].error_x.array[0] == pytest.approx(0.1)
    assert any("± 0.100" in a.text for a in sampled.layout.annotations)
    exact = scores_figure(frame(["hope"], (1,), mAP_low=0.5, mAP_high=0.5))
    assert exact.data[0].error_x.array is None
    assert not any("±" in a.text for a in exact.layout.annotations)


def test_numbers_beside_the_rows_have_the_digits_that_count() -> None:
    assert with_half_width(-0.00001, 0, 0, sign="+") == "+0.000"
    assert with_half_width(-0.25, -0.35, -0.15) == "−" + "0.250 ± 0.100"
    assert with_half_width(0.00244, 0.0021, 0.0027) == "0.0024 ± 0.0003"


def test_the_best_rank_is_a_line() -> None:
    figure = scores_figure(frame(["hope", "eckart-young"]), best_rank="eckart-young")
    lines = [t for t in figure.data if str(t.name).startswith("best matrix of equal rank (16 numbers")]
    assert len(lines) == 2 and [t.showlegend for t in lines] == [True, False]


def test_differences_are_turned_towards_the_reference() -> None:
    gaps = pd.DataFrame(
        {
            "series": ["a", "a", "b"],
            "other": ["b", "c", "c"],
            "difference": [0.1, 0.3, 0.2],
            "low": [0.0, 0.2, 0.1],
            "high": [0.2, 0.4, 0.3],
        }
    )
    to_a = difference_figure(gaps, "a")
    assert [t.x[0] for t in to_a.data] == pytest.approx([-0.1, -0.3])
    assert list(to_a.layout.yaxis.ticktext) == ["b", "c"]
    to_c = difference_figure(gaps, "c")
    assert [t.x[0] for t in to_c.data] == pytest.approx([0.3, 0.2])
    assert to_c.data[0].error_x.array[0] == pytest.approx(0.1)


def test_a_scatter_draws_at_most_its_limit_and_moves_points_sideways_only() -> None:
    rng = np.random.default_rng(0)
    nodes = pd.DataFrame({"node": np.arange(9000).astype(str), "degree": rng.integers(1, 50, 9000), "AP": rng.random(9000)})
    points = scatter_figure(nodes, Style(PALETTE[0], "circle", DASHES[0])).data[0]
    assert len(points.x) == 5000
    true = points.customdata[:, 1].astype(float)
    assert (np.abs(points.x / true - 1) <= 0.0801).all()
    assert set(points.y) <= set(nodes["AP"])
    again = scatter_figure(nodes, Style(PALETTE[0], "circle", DASHES[0])).data[0]
    assert (again.x == points.x).all()


def test_the_chance_line_of_precision_is_the_density() -> None:
    curve = pd.DataFrame({"method": ["a"] * 2, "K": [10, 100], "precision": [1.0, 0.5]})
    figure = precision_figure(curve, density=0.125, n_edges=30)
    assert any(t.name.startswith("chance") and set(t.y) == {0.125} for t in figure.data)
    assert any("|E| = 30" in a.text for a in figure.layout.annotations)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (1, 9), (1, 3000), (10, 1e6), (1, 1e9)])
def test_logarithmic_ticks_are_few_and_inside(low: float, high: float) -> None:
    places, labels = log_ticks(low, high)
    assert 1 <= len(places) <= 12 and len(labels) == len(places)
    assert min(places) >= low and max(places) <= high


def test_both_templates_have_readable_ink() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    for dark, ground in ((False, "#ffffff"), (True, "#121212")):
        layout = template(dark=dark).layout
        for ink in (layout.font.color, layout.xaxis.title.font.color, layout.xaxis.tickfont.color, layout.legend.font.color):
            high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5
