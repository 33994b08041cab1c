"""Interactions on the command line: read by what a method takes, split on demand, counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graphemb.cli.inputs import read_interactions_data
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.data.interactions_file import write_interactions
from graphemb.errors import ParameterError

HOPE = "hope:dim=2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six users of eight items, and one of none, in lists, with a test split."""
    place = tmp_path / "shop"
    place.mkdir()
    (place / "train.txt").write_text("".join(f"{u} {u} {(u + 1) % 6} 6 7\n" for u in range(6)) + "6\n")
    (place / "test.txt").write_text("0 5\n1 0\n")
    return place


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The like as a table with times."""
    path = tmp_path / "taken.csv"
    lines = [f"u{u},i{(u + k) % 7},{k},{100 * u + k}" for u in range(6) for k in range(1, 6)]
    path.write_text("user_id,item_id,rating,timestamp\n" + "\n".join(lines) + "\n")
    return path


def test_info_counts(run: Callable, folder: Path, table: Path) -> None:
    facts = run("info", folder, "--json").json
    assert (facts["what"], facts["users"], facts["items"], facts["train"], facts["test"]) == ("interactions", 7, 8, 24, 2)
    assert facts["reading"]["repeated"] == 0 and facts["users_without_training"] == 1 and facts["density"] == 24 / 56
    assert run("info", table, "--json").json["ratings"] is True
    assert run("info", folder / "train.txt", "--json").json["what"] == "interactions"
    assert "users without training" in run("info", folder).out


def test_info_of_edges_is_still_a_graph(run: Callable, edges_file: Path, tmp_path: Path) -> None:
    assert run("info", edges_file, "--json").json["what"] == "graph"
    (tmp_path / "edges.txt").write_text("0 1\n1 2\n")
    assert run("info", tmp_path / "edges.txt", "--json").json["what"] == "graph"


def test_datasets_info_counts_a_folder(run: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "data" / "rec").mkdir(parents=True)
    folder.rename(folder.parent / "data" / "rec" / "shop")
    monkeypatch.setenv("GRAPHEMB_DATA", str(folder.parent / "data"))
    card = run("datasets", "info", "shop", "--json").json
    assert (card["kind"], card["counts"]["users"], card["counts"]["test"]) == ("interactions", 7, 2)
    listed = run("datasets", "list", "--kind", "interactions", "--json").json["datasets"]
    assert [each["name"] for each in listed] == ["shop"]
    assert run("info", "shop", "--json").json["train"] == 24


def test_graph_method_on_interactions_gets_the_bipartite_graph(run: Callable, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "hope.arrow"
    assert run("train", HOPE, folder, "-o", out).status == 0
    names = list(Embedding.load(out).names)
    assert names[:2] == ["user:0", "user:1"] and names[-1] == "item:7"


def test_split_on_demand(run: Callable, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "hope.arrow"
    ran = run("train", HOPE, table, "-o", out, "--split", "leave-one-out", "--json")
    assert ran.status == 0 and Embedding.load(out).meta["data"]["n_edges"] == 18
    assert run("train", HOPE, table, "-o", out, "--split", "ratoi").error.startswith(
        "unknown rule of splitting 'ratoi'; did you mean 'ratio'"
    )
    assert run("train", HOPE, "karate-club", "-o", out, "--split", "ratio").error.startswith("'karate-club' is a graph, where interactions")


def test_reading_function(table: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = read_interactions_data(str(table), columns="user_id,item_id")
    assert data.n_pairs == 30 and data.times is not None
    cut = [read_interactions_data(str(table), split="ratio", random_state=seed) for seed in (0, 0, 1)]
    assert cut[0].fingerprint == cut[1].fingerprint != cut[2].fingerprint
    assert capsys.readouterr().err == ""
    again = read_interactions_data(str(folder), split="ratio")
    assert again.n_pairs == 26 and "--split ratio replaces the splits" in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["user", "user,", "a,b,c,d,e"])
def test_columns_that_are_none(table: Path, columns: str) -> None:
    with pytest.raises(ParameterError, match="--columns takes USER,ITEM or USER,ITEM,RATING or USER,ITEM,RATING,TIME"):
        read_interactions_data(str(table), columns=columns)


def test_columns_of_no_file() -> None:
    with pytest.raises(ParameterError, match="is not a file"):
        read_interactions_data("karate-club", columns="user,item")


def test_vectors_are_no_interactions(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "vectors.arrow"
    Embedding(["a"], [[1.0]]).save(path)
    assert "is a file of vectors" in run("train", HOPE, path, "-o", tmp_path / "x.arrow", "--split", "ratio").error


def test_written_tables_are_interactions(run: Callable, tmp_path: Path) -> None:
    for name in ("taken.csv", "taken.tsv", "taken.parquet"):
        write_interactions(Interactions.from_pairs({"train": [("ann", "tea"), ("bob", "tea")], "test": [("ann", "rye")]}), tmp_path / name)
        facts = run("info", tmp_path / name, "--json").json
        assert (facts["what"], facts["train"], facts["test"]) == ("interactions", 2, 1)


def test_convert_keeps_a_split(run: Callable, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.parquet"
    ran = run("convert", table, out, "--split", "leave-one-out", "--json")
    assert ran.status == 0 and (ran.json["what"], ran.json["validation"], ran.json["test"]) == ("interactions", 6, 6)
    again = read_interactions_data(str(out))
    assert again.fingerprint == read_interactions_data(str(table), split="leave-one-out").fingerprint
    assert run("convert", out, tmp_path / "split.tsv").status == 0
    assert read_interactions_data(str(tmp_path / "split.tsv")).size("test") == 6
    assert "unknown format of interactions '.graphml'" in run("convert", out, tmp_path / "x.graphml").error
    assert "neither sides nor directions" in run("convert", table, out, "--split", "time", "--directed").error
    assert "is a graph, where interactions" in run("convert", "karate-club", tmp_path / "x.csv", "--split", "time").error
