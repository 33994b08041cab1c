"""Maps: labels are text, colours mean something, files are whole."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis import map_figure as module
from graphemb.analysis.map_figure import MISSING, OTHER, map_figure, map_image, write_map
from graphemb.analysis.projection import Projection, project
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, ParameterError

HOSTILE = ["<b>bold</b>", "</script><script>alert(1)</script>", "$x^2$", "%{x}", "a" * 10_000, "שלום", "👩‍👧", "tab\there", "&amp;"]


@pytest.fixture(scope="module")
def projection() -> Projection:
    names = HOSTILE + [f"n{i}" for i in range(40 - len(HOSTILE))]
    return project(Embedding(names, np.random.default_rng(0).normal(size=(40, 5))))


def test_a_point_a_name_with_axes_and_caption(projection):
    figure = map_figure(projection, title="line")
    assert [trace.type for trace in figure.data] == ["scatter"]
    assert len(figure.data[0].x) == 40
    assert "of variance" in figure.layout.xaxis.title.text
    assert figure.layout.yaxis.scaleanchor == "x"
    assert "PCA of 40 names" in figure.layout.annotations[0].text
    assert "trustworthiness" in figure.layout.annotations[0].text


def test_labels_are_text_never_markup(projection):
    figure = map_figure(projection, pd.Series(HOSTILE * 4 + ["x"] * 4, name="<i>x</i>"), title="<u>t</u>")
    texts = [text for trace in figure.data for text in (*trace.text, trace.name)] + [figure.layout.title.text]
    for text in texts:
        assert re.search(r"<(?!br>)", text) is None
        assert len(text) < 500
    assert any("&lt;b&gt;bold" in text for text in texts)


def test_words_get_colours_the_rest_is_grey(projection):
    words = pd.Series([f"w{min(i, 14)}" for i in range(39)] + [None])
    figure = map_figure(projection, words)
    names = [trace.name for trace in figure.data]
    assert names[0] == "w14"  # the commonest first
    assert names[-2:] == [OTHER, MISSING]
    assert len(names) == 12
    assert len({trace.marker.color for trace in figure.data}) == 12
    assert sum(len(trace.x) for trace in figure.data) == 40


def test_numbers_get_a_scale(projection):
    values = pd.Series([np.nan, *range(39)], name="size")
    figure = map_figure(projection, values)
    assert figure.data[0].marker.colorbar.title.text == "size"
    assert list(figure.data[0].marker.color) == list(range(39))
    assert figure.data[1].name == MISSING


@pytest.mark.parametrize("values", [[True, False] * 20, [None] * 40, [1.5] * 40, ["same"] * 40, [float("nan")] * 40], ids=str)
def test_odd_colours_are_drawn(projection, values):
    assert sum(len(trace.x) for trace in map_figure(projection, values).data) == 40
    assert map_image(projection, values).axes


def test_kinds_colour_by_themselves():
    embedding = Embedding(["1", "1", "2"], np.eye(3), kinds=["user", "item", "item"])
    assert [trace.name for trace in map_figure(project(embedding)).data] == ["item", "user"]


def test_many_points_are_sampled_and_said(projection, monkeypatch):
    figure = map_figure(projection, list(range(40)), max_points=10)
    assert len(figure.data[0].x) == 10
    monkeypatch.setattr(module, "_VECTOR_GRAPHICS", 9)
    assert map_figure(projection).data[0].type == "scattergl"
    assert "10 names drawn at random" in figure.layout.annotations[0].text.replace("<br>", " ")


def test_wrong_input(projection):
    with pytest.raises(DataError, match="expected 40 colour values, one a name, got 2"):
        map_figure(projection, [1, 2])
    flat = Projection(Names(["a"]), np.zeros((1, 3), np.float32), "pca", {})
    with pytest.raises(ParameterError, match="2 columns, got 3"):
        map_figure(flat)


@pytest.mark.parametrize("suffix", ["html", "png", "svg", "pdf"])
@pytest.mark.parametrize("color", [None, "words", "numbers"])
def test_files(tmp_path, projection, suffix, color):
    values = {"words": pd.Series(HOSTILE[:4] * 10, name="$w$"), "numbers": pd.Series(np.arange(40.0), name="$n$")}.get(color)
    path = tmp_path / f"map.{suffix}"
    write_map(projection, path, values, title="$t$ <b>")
    head = path.read_bytes()[:100]
    assert head.startswith({"html": b"<!doctype html>", "png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_page_needs_no_network_and_runs_no_name(tmp_path, projection):
    path = tmp_path / "map.html"
    write_map(projection, path, title="</title><script>alert(2)</script>")
    text = path.read_text(encoding="utf-8")
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="', text)
    assert "<script>alert" not in text
    assert html.escape("</title><script>alert(2)</script>") in text


def test_an_unknown_suffix_writes_nothing(tmp_path, projection):
    with pytest.raises(ParameterError, match="a map is written as"):
        write_map(projection, tmp_path / "map.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("n", [1, 2])
def test_tiny_maps(tmp_path, n):
    tiny = project(Embedding([str(i) for i in range(n)], np.eye(n, 3)))
    write_map(tiny, tmp_path / "map.png")
    write_map(tiny, tmp_path / "map.html")
