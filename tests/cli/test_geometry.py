"""geometry and compare on the command line: tables, JSON, pages, wrong usage."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph


@pytest.fixture
def files(tmp_path, community_graph: Graph):
    """An embedding of sixty names, a noisy copy without one of them, and the edges."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 5))
    names = [f"n{i}" for i in range(60)]
    Embedding(names, vectors).save(tmp_path / "first.arrow")
    Embedding(names[:-1], vectors[:-1] + 0.3 * rng.normal(size=(59, 5))).save(tmp_path / "second.arrow")
    return tmp_path


def test_geometry(run, files, edges_file):
    ran = run("geometry", files / "first.arrow", "--data", edges_file, "-k", 5)
    assert ran.status == 0
    assert ran.out.startswith("60 names, 5 columns; unit")
    for word in ("isoscore", "hubness-skewness@5", "norm-log-count", "alignment", "normal vectors", "neighbours among them"):
        assert word in ran.out
    assert "skipped" not in ran.err


def test_geometry_json(run, files):
    ran = run("geometry", files / "first.arrow", "--json", "-q")
    assert 0 < ran.json["isoscore"] < ran.json["isoscore_gaussian"] + 0.2
    assert set(ran.json) > {"average-cosine", "hubness-skewness@10", "groups", "skipped", "settings", "definitions"}
    assert ran.json["skipped"].keys() == {"alignment"}
    assert not ran.err


def test_chosen_figures(run, files):
    ran = run("geometry", files / "first.arrow", "--figures", "spectrum,uniformity", "--rows", "centred", "--json")
    assert {"isoscore", "uniformity"} < set(ran.json)
    assert "average-cosine" not in ran.json
    assert ran.json["settings"]["rows"].startswith("centred")


def test_what_was_skipped_is_said(run, files):
    ran = run("geometry", files / "first.arrow", "-k", 60)
    assert ran.status == 0
    assert "note: hubness skipped: 60 neighbours need more than 60 rows" in ran.err


def test_compare(run, files):
    ran = run("compare", files / "first.arrow", files / "second.arrow", "-k", 4, "--moved", 3)
    assert ran.status == 0
    assert "59 shared names of 60 names x 5 and 59 names x 5" in ran.out
    for word in ("knn-overlap@4", "cka-debiased", "procrustes", "chance", "names that moved most"):
        assert word in ran.out


def test_compare_json(run, files):
    ran = run("compare", files / "first.arrow", files / "second.arrow", "--json")
    assert ran.json["knn-overlap@10_chance"] == pytest.approx(10 / 58)
    assert 0.5 < ran.json["cka"] <= 1
    assert len(ran.json["groups"]["moved"]) == 59


@pytest.mark.parametrize("verb", ["geometry", "compare"])
def test_pages(run, files, verb):
    others = [files / "second.arrow"] if verb == "compare" else []
    page = files / "page.html"
    ran = run(verb, files / "first.arrow", *others, "--html", page)
    assert ran.status == 0
    assert f"wrote {page}" in ran.err
    text = page.read_text(encoding="utf-8")
    assert f"graphemb {verb}" in text
    assert "ge.Embedding.load" in text
    assert "<h2>Definitions</h2>" in text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["geometry", "first.arrow", "--figures", "hubnes"], 2, "did you mean 'hubness'"),
        (["geometry", "first.arrow", "--figures", "alignment"], 1, "give data"),
        (["geometry", "first.arrow", "--data", "karate-club"], 1, "share no name"),
        (["geometry", "first.arrow", "--html", "page.txt"], 2, "--html writes a page"),
        (["geometry", "first.arrow", "--html", "nowhere/page.html"], 1, "there is no folder"),
        (["geometry", "first.arrow", "--kind", "item"], 1, "kind"),
        (["geometry", "first.arrow", "--side", "context"], 1, "no context"),
        (["geometry", "first.arrow", "-k", "0"], 2, "-k"),
        (["compare", "first.arrow", "third.arrow"], 1, "third.arrow"),
        (["compare", "first.arrow"], 2, "FILE2"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_wrong_usage(run, files, monkeypatch, words, status, said):
    monkeypatch.chdir(files)
    ran = run(*words)
    assert ran.status == status
    assert said in ran.error


def test_maps_coloured_by_trust(run, files):
    page = files / "map.html"
    assert run("project", files / "first.arrow", "-o", page, "--color", "trust", "--method", "tsne:perplexity=10").status == 0
    assert "trust: " in page.read_text(encoding="utf-8")
    assert "at least 5 names" in run("project", small(files), "-o", page, "--color", "trust").error


def small(folder):
    path = folder / "small.arrow"
    Embedding(list("abc"), np.eye(3)).save(path)
    return path
