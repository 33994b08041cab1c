"""project on the command line: maps, colours, tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding


@pytest.fixture
def world_file(run, tmp_path):
    """An embedding of the land borders."""
    path = tmp_path / "world.arrow"
    assert run("train", "laplacian-eigenmaps:dim=8", "world/borders", "-o", path, "-q").status == 0
    return path


@pytest.mark.parametrize("suffix", ["html", "png", "svg", "pdf", "csv", "parquet"])
def test_every_format(run, tmp_path, world_file, suffix):
    path = tmp_path / f"map.{suffix}"
    ran = run("project", world_file, "-o", path, "--json")
    assert ran.status == 0
    assert ran.json["method"] == "pca"
    assert 0 <= ran.json["trustworthiness"] <= 1
    assert path.stat().st_size > 1000


def test_a_table_has_a_place_for_each_name(run, tmp_path, world_file):
    run("project", world_file, "-o", tmp_path / "map.csv", "--method", "tsne:perplexity=10")
    table = pd.read_csv(tmp_path / "map.csv", keep_default_na=False)
    assert list(table.columns) == ["name", "x", "y"]
    assert "Namibia" in set(table["name"])
    assert len(table) == 249


def test_the_caption_says_how_and_how_well(run, tmp_path, world_file):
    out = run("project", world_file, "--html", tmp_path / "map.html", "--method", "umap:n_neighbors=5").out
    assert "UMAP of 249 names (n_neighbors=5" in out
    assert "trustworthiness" in out


@pytest.mark.parametrize("column", ["region", "population", "degree", "component"])
def test_colours_from_data(run, tmp_path, world_file, column):
    path = tmp_path / "map.html"
    assert run("project", world_file, "-o", path, "--data", "world/borders", "--color", column).status == 0
    assert {"region": "Europe", "component": "component 1"}.get(column, column) in path.read_text(encoding="utf-8")


def test_colours_from_attributes(run, tmp_path):
    path = tmp_path / "e.arrow"
    Embedding(list("abcdef"), np.eye(6), attributes=pd.DataFrame({"shade": list("xxyyzz")})).save(path)
    assert run("project", path, "-o", tmp_path / "map.png", "--color", "shade").status == 0
    error = run("project", path, "-o", tmp_path / "map.png", "--color", "shad").error
    assert "did you mean 'shade'" in error


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["-o", "map.gif"], 2, "a map is written as"),
        (["-o", "map.html", "--method", "umapp"], 2, "did you mean 'umap'"),
        (["-o", "map.html", "--method", "umap:n_neighbours=3"], 2, "did you mean 'n_neighbors'"),
        (["-o", "map.html", "--method", "pca:perplexity=3"], 2, "no setting 'perplexity'"),
        (["-o", "map.html", "--data", "karate-club"], 2, "name it with --color"),
        (["-o", "map.html", "--color", "region"], 1, "no attributes"),
        (["-o", "map.html", "--data", "karate-club", "--color", "club"], 1, "share no name"),
        (["-o", "map.html", "--data", "world/borders", "--color", "regon"], 1, "did you mean 'region'"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_wrong_usage(run, tmp_path, monkeypatch, embedding_file, words, status, said):
    monkeypatch.chdir(tmp_path)
    ran = run("project", embedding_file, *words)
    assert ran.status == status
    assert said in ran.error
    assert not list(tmp_path.glob("map.*"))
