"""The pages of geometry and comparisons: what they say, and that names are text."""

from __future__ import annotations

import re

import numpy as np
import pytest

from graphemb.analysis.geometry.compare import compare
from graphemb.analysis.geometry.comparison import Comparison
from graphemb.analysis.geometry.comparison_report import finding as compared
from graphemb.analysis.geometry.comparison_report import render_comparison_report
from graphemb.analysis.geometry.geometry import geometry
from graphemb.analysis.geometry.geometry_figures import hubness_figure, overlap_figure, shepard_figure, spectrum_figure
from graphemb.analysis.geometry.geometry_report import finding, render_geometry_report
from graphemb.analysis.geometry.geometry_result import GeometryResult
from graphemb.analysis.geometry.map_trust import map_trust
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    names = [f"{EVIL}{i}" for i in range(60)]
    return Embedding(names, np.random.default_rng(0).normal(size=(60, 5)))


def text_of(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.S)


def test_the_page_of_a_geometry(embedding, tmp_path):
    found = geometry(embedding, k=4, random_state=2)
    page = found.to_html(tmp_path / "page.html", title="How it lies").read_text(encoding="utf-8")
    assert "<h1><bdi>How it lies</bdi></h1>" in page
    body = text_of(page)
    assert "&lt;script&gt;" in body
    assert EVIL not in body
    for figure in found.figures:
        assert f">{figure.key}<" in body
    assert "graphemb geometry embedding.arrow -k 4 --random-state 2" in body
    assert "k=4, random_state=2" in body
    assert "What was skipped, and why" in body


def test_the_page_of_a_comparison(embedding, tmp_path):
    other = embedding.replace(vectors=embedding.vectors + 0.3)
    found = compare(embedding, other, k=4, pairs=100)
    page = found.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    body = text_of(page)
    assert "Comparison of two embeddings" in body
    assert EVIL not in body
    assert "graphemb compare first.arrow second.arrow -k 4" in body
    assert "Which names moved most" in body


def test_findings_are_sentences(embedding):
    said = finding(geometry(embedding, k=4))
    assert "take part in" not in said
    assert re.search(r"takes part in [\d.]+ of 5 axes \(normal vectors: [\d.]+\)", said)
    assert "The greatest hub" in said
    assert "keeps 100.0% of its 4 nearest neighbours" in compared(compare(embedding, embedding, k=4))


def test_a_page_needs_figures():
    for kind, render in ((GeometryResult, render_geometry_report), (Comparison, render_comparison_report)):
        settings = {"names": {"first": 3, "second": 3, "shared": 3, "zero": 0}, "dim": {"first": 1, "second": 1}, "queries": 3}
        if kind is GeometryResult:
            settings = {"names": 3, "dim": 1, "zero rows": 0}
        with pytest.raises(DataError, match="nothing to report"):
            render(kind((), settings={**settings, "k": 3, "queries chosen": "all"}))


def test_figures(embedding):
    found = geometry(embedding, k=4)
    assert len(spectrum_figure(found.spectrum).data) == 2
    drawn = hubness_figure(found.tables["occurrences"])
    assert sum(drawn.data[1].y) == 60
    assert sum(overlap_figure(compare(embedding, embedding, k=4).moved, 4).data[0].y) == 60
    assert len(shepard_figure(map_trust(embedding, embedding.vectors[:, :2], k=4, pairs=50).shepard).data[0].x) == 50
