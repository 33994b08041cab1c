"""restore of interactions on the command line: what is trained on what, what is rebuilt, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.interactions_file import read_interactions

N, M = 30, 20


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A folder of interactions with a test split and two modalities, one of which lacks an item."""
    rng = np.random.default_rng(2)
    R = rng.random((N, M)) < 0.25
    test = (rng.random((N, M)) < 0.05) & ~R
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, part in (("train", R), ("test", test)):
        (folder / f"{name}.txt").write_text("".join(f"{u} {' '.join(map(str, np.flatnonzero(row)))}\n" for u, row in enumerate(part)))
    look = rng.standard_normal((M, 3)).astype(np.float32)
    np.save(folder / "look_feat.npy", look)
    look[4] = np.nan
    np.save(folder / "sound_feat.npy", look)
    return folder


@pytest.fixture
def vectors(tmp_path: Path, taken: Path) -> Path:
    """Random vectors of the users and items, with their kinds."""
    data, path = read_interactions(taken), tmp_path / "mine.arrow"
    kinds = ["user"] * data.n_users + ["item"] * data.n_items
    rng = np.random.default_rng(0)
    Embedding([*data.users, *data.items], rng.standard_normal((len(kinds), 4)), kinds=kinds).save(path)
    return path


def test_the_table_names_both_directions_and_what_they_rank(run, taken, vectors):
    ran = run("restore", taken, vectors)
    assert ran.status == 0, ran.err
    assert f"{N} users, {M} items" in ran.out and "training split" in ran.out
    assert "each ranking all items; and over" in ran.out and "paths of length three" in ran.out
    assert "hop " not in ran.out.splitlines()[1]


def test_methods_of_both_kinds_are_trained(run, taken):
    found = run("restore", taken, "-m", "filtered-svd:dim=4", "-m", "hope:dim=4", "--no-baselines", "--json", "-q").json
    assert [(g["method"], g["direction"]) for g in found["groups"]["rows"]] == [
        (m, way) for m in ("filtered-svd:dim=4", "hope:dim=4") for way in ("users", "items")
    ]
    assert found["data"]["users"] == N and found["data"]["items"] == M and found["settings"]["split"] == "train"


def test_without_anything_named_the_default_methods_for_interactions_run(run, taken):
    found = run("restore", taken, "--dim", 4, "--no-baselines", "--direction", "users", "--json", "-q").json
    wanted = [e.name for e in registry.entries("method") if e.default and e.takes == "interactions"]
    assert [g["method"] for g in found["groups"]["rows"]] == wanted != []


def test_a_recommender_is_not_trained_on_a_graph(run):
    assert "trained on interactions, and DATA is a graph" in run("restore", "karate-club", "-m", "gf-cf").error


def test_all_splits_and_another_split(run, taken, vectors):
    base = ("restore", taken, vectors, "--no-baselines", "--json", "-q")
    whole = run(*base, "--rebuild", "all").json["data"]["edges"]
    data = read_interactions(taken)
    assert whole == data.n_pairs > run(*base).json["data"]["edges"] == data.size("train")
    assert run(*base, "--split", "ratio").json["data"]["edges"] not in (whole, data.size("train"))


def test_neighbours_of_items_and_users(run, taken, vectors):
    base = ("restore", taken, vectors, "-m", "spectral:dim=4", "--json", "-q")
    items = run(*base, "--neighbours", "look:k=3").json
    assert items["data"]["nodes"] == M and items["settings"]["neighbours"] == "look:k=3"
    assert {"mine", "spectral:dim=4", "common-neighbours"} <= {g["method"] for g in items["groups"]["rows"]}
    assert items["settings"]["missing"]["counts"]["mine"] == {"missing": 0, "extra": 0}
    assert run(*base, "--neighbours", "users").json["data"]["nodes"] == N
    assert run(*base, "--neighbours", "sound").json["groups"]["rows"][0]["eligible"] == M - 1
    assert "3 nearest items by look" in run("restore", taken, vectors, "--neighbours", "look:k=3").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hops", "2"], "--hops speaks of graphs"),
        (["--relevant", "ring"], "--relevant speaks of graphs"),
        (["--null", "1"], "--null speaks of graphs"),
        (["--certify"], "--certify speaks of graphs"),
        (["--directed"], "--directed and --undirected speak of graphs"),
        (["--direction", "out"], "of interactions: auto, users, items"),
        (["--neighbours", "lok"], "did you mean 'look'"),
        (["--neighbours", "look:n=3"], "got the setting 'n'"),
        (["--neighbours", "users:k=3"], "got the setting 'k'"),
        (["--neighbours", "look", "--rebuild", "all"], "contradict each other"),
        (["--baseline", "adamic-adar"], "use 'common-neighbours'"),
    ],
)
def test_what_is_refused(run, taken, vectors, words, said):
    assert said in run("restore", taken, vectors, *words).error


@pytest.mark.parametrize("words", [["--neighbours", "look"], ["--rebuild", "all"], ["--split", "ratio"]])
def test_a_graph_has_no_interactions(run, words):
    assert "speaks of interactions" in run("restore", "karate-club", "-m", "spectral", *words).error


def test_the_page_and_the_details(run, taken, tmp_path):
    page = tmp_path / "report.html"
    ran = run("restore", taken, "-m", "filtered-svd:dim=4", "-m", "hope:dim=4", "--html", page, "--details")
    assert ran.status == 0, ran.err
    text = page.read_text()
    for words in (
        "every user",
        "users: all items ranked",
        "pairs of a user and an item",
        "graph = data.to_graph()",
        ".fit(data)",
        "training split",
    ):
        assert words in text, words
    for words in ("id=&#34;bound", 'id="bound"', 'id="distances"', "--hops"):
        assert words not in text, words
    assert "a distance ratio is of all pairs of nodes" in ran.out


def test_the_page_of_neighbours_says_how_to_make_them(run, taken, vectors, tmp_path):
    page = tmp_path / "report.html"
    run("restore", taken, vectors, "--neighbours", "look:k=3", "--html", page)
    text = page.read_text()
    assert "modality_neighbours(data, &#39;look&#39;, k=3)" in text and "--neighbours look:k=3" in text


def test_one_sided_embeddings_are_refused_in_one_line(run, taken, vectors, tmp_path):
    Embedding.load(vectors).subset(kind="user").save(tmp_path / "users.arrow")
    assert "holds no items" in run("restore", taken, tmp_path / "users.arrow").error
    assert "rows of kind user only" in run("restore", taken, tmp_path / "users.arrow", "--neighbours", "look").error
    assert json.loads(run("restore", taken, tmp_path / "users.arrow", "--neighbours", "users", "--json", "-q").out)["mAP"] > 0
