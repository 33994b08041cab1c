"""probe on the command line: tasks, refusals, the round trip of a split, files."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.link_prediction import training_split
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph, write_graph
from graphemb.datasets.registry import load_dataset

QUICK = ["-m", "spectral:dim=4", "--repeats", "2"]


@pytest.fixture
def forest_file(tmp_path):
    path = tmp_path / "tree.csv"
    write_graph(Graph.from_networkx(nx.random_labeled_tree(20, seed=1)), path)
    return path


@pytest.fixture
def whole(run, tmp_path):
    """An embedding of all of the karate club."""
    path = tmp_path / "whole.arrow"
    assert run("train", "spectral:dim=4", "karate-club", "-o", path, "-q").status == 0
    return path


# -- what is asked


def test_links_alone(run, edges_file):
    ran = run("probe", edges_file, *QUICK)
    assert ran.status == 0
    assert "Link prediction: " in ran.out and "2 splits" in ran.out
    assert "Classification" not in ran.out
    assert "logistic-hadamard" in ran.out and "common-neighbours" in ran.out and "±" in ran.out
    assert ran.err == ""


def test_an_interval_over_the_whole_scale_is_told_by_its_ends(run):
    ran = run("probe", "karate-club", "--method", "spectral:dim=2", "--task", "classify", "--shares", "0.1", "--repeats", 2)
    assert ran.status == 0
    assert "(0 to 1)" in ran.out and "as wide as the scale" in ran.out


def test_everything_where_there_are_labels(run):
    ran = run("probe", "karate-club", *QUICK, "--json")
    assert ran.status == 0
    found = ran.json
    assert list(found["groups"]) == ["link-prediction", "classification", "clustering"]
    assert found["method"] == "spectral:dim=4"
    assert found["AUC_low"] <= found["AUC"] <= found["AUC_high"]
    assert {row["share"] for row in found["groups"]["classification"]} == {0.1, 0.5, 0.9}
    assert found["settings"]["link-prediction"]["data_name"] == "karate-club"
    assert {"metric", "method", "other", "difference"} <= set(found["differences"][0])


def test_the_default_methods(run, edges_file):
    from graphemb import registry

    rows = run("probe", edges_file, "--repeats", "1", "--dim", "4", "--score", "decoder", "--json", "-q").json["groups"]["link-prediction"]
    wanted = [entry.name for entry in registry.entries("method") if entry.default and entry.takes == "graph"]
    assert [row["method"] for row in rows if not row["baseline"]] == wanted


@pytest.mark.parametrize(
    ("words", "probes"),
    [
        (["--task", "link"], ["link-prediction"]),
        (["--task", "classify", "--shares", "0.3,0.6"], ["classification"]),
        (["--task", "cluster,classify", "--labels", "club"], ["classification", "clustering"]),
    ],
    ids=lambda x: " ".join(x),
)
def test_tasks(run, words, probes):
    assert list(run("probe", "karate-club", *QUICK, *words, "--json").json["groups"]) == probes


def test_labels_from_a_column_and_from_files(run, tmp_path):
    graph = load_dataset("world/borders")
    table = pd.DataFrame({"country": graph.names, "pop": "x", "part": graph.nodes["region"].to_numpy()})
    table.to_csv(tmp_path / "parts.csv", index=False)
    table[["country", "part"]].to_csv(tmp_path / "two.csv", index=False)
    words = ["probe", "world/borders", *QUICK, "--task", "cluster", "--json", "--labels"]
    by_column = run(*words, "region").json["NMI"]
    assert by_column > 0.1
    assert run(*words, tmp_path / "two.csv").json["NMI"] == by_column
    assert run(*words, f"{tmp_path / 'parts.csv'}:part").json["NMI"] == by_column
    ran = run(*words, f"{tmp_path / 'two.csv'}:side")
    assert ran.status == 1
    assert "unknown label column 'side'" in ran.error


def test_several_columns_are_no_labels_unless_one_is_named(run):
    ran = run("probe", "world/borders", *QUICK)
    assert ran.status == 0
    assert "note: classification and clustering are left out: there are several columns" in ran.err
    assert "say which holds the labels: code, region" in run("probe", "world/borders", *QUICK, "--task", "classify").error


def test_scores(run, edges_file):
    rows = run("probe", edges_file, *QUICK, "--score", "cosine", "--score", "logistic-l1", "--json").json["groups"]["link-prediction"]
    assert [row["score"] for row in rows[:2]] == ["cosine", "logistic-l1"]


def test_the_seed_decides(run, edges_file):
    one, same, other = (run("probe", edges_file, *QUICK, "--json", "--random-state", seed).json["AUC"] for seed in (1, 1, 2))
    assert one == same != other


# -- finished embeddings


@pytest.mark.parametrize("data", ["world/borders", "karate-club"])
def test_write_the_split_train_on_it_and_pass_the_embedding(run, tmp_path, data):
    """World has isolated nodes, which an edge list would lose."""
    ran = run("probe", data, "--write-split", tmp_path / "split", "--random-state", "3", "--json")
    assert ran.status == 0
    assert len(ran.json["splits"]) == 5
    assert ran.json["splits"][0]["train"] == str(tmp_path / "split" / "train-1.npz")
    for i, said in enumerate(ran.json["splits"]):
        assert read_graph(said["train"]).fingerprint == said["fingerprint"]
        assert run("train", "spectral:dim=4", said["train"], "-o", tmp_path / f"mine{i}.arrow", "-q").status == 0
        assert Embedding.load(tmp_path / f"mine{i}.arrow").meta["data"]["fingerprint"] == said["fingerprint"]
    files = [tmp_path / "mine0.arrow", tmp_path / "mine3.arrow"]
    rows = run("probe", data, *files, "--task", "link", "--random-state", "3", "--score", "decoder", "--json").json["groups"][
        "link-prediction"
    ]
    assert [(row["method"], row["repeats"], row["interval"]) for row in rows[:2]] == [("mine0", 1, "bootstrap"), ("mine3", 1, "bootstrap")]
    assert rows[2]["interval"] == "corrected t"


def test_the_split_that_is_written(run, tmp_path):
    run("probe", "karate-club", "--write-split", tmp_path / "s", "--repeats", "1", "--test", "0.1")
    train, table = read_graph(tmp_path / "s" / "train-1.npz"), pd.read_csv(tmp_path / "s" / "test-1.csv")
    graph = load_dataset("karate-club")
    held = table.query("edge == 1")
    assert len(held) == 8 and train.n_edges == 70 and table["edge"].sum() * 2 == len(table)
    whole = graph.adjacency.toarray() != 0
    u, v = (graph.rows(table[end].astype(str)) for end in ("source", "target"))
    assert (whole[u, v] == (table["edge"] == 1)).all()
    assert not train.adjacency.toarray()[u, v].any()
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == ["test-1.csv", "train-1.npz"]


def test_writing_the_split_beside_a_probe(run, tmp_path, edges_file):
    ran = run("probe", edges_file, *QUICK, "--write-split", tmp_path / "s")
    assert "Link prediction" in ran.out
    assert f"graphemb: wrote {tmp_path / 's' / 'train-2.npz'}" in ran.err


def test_an_embedding_of_the_whole_graph_is_refused_by_name_for_links(run, whole):
    ran = run("probe", "karate-club", whole, "--task", "link", "--test", "0.1", "--random-state", "4")
    assert ran.status == 1
    assert ran.error == (
        "link prediction refuses 'whole': it was trained on the whole graph, so it may have seen the edges that are tested; run graphemb "
        "probe karate-club --test 0.1 --random-state 4 --write-split FOLDER, then graphemb train METHOD FOLDER/train-1.npz -o FILE, "
        "and give FILE"
    )


def test_an_embedding_of_users_and_items_is_sent_to_evaluate(run, tmp_path):
    table, path = tmp_path / "taken.csv", tmp_path / "svd.arrow"
    table.write_text("user,item\n" + "".join(f"u{i % 7},i{i % 5}\n" for i in range(35)), encoding="utf-8")
    assert run("train", "filtered-svd:dim=2", table, "-o", path).status == 0
    ran = run("probe", table, path, "--task", "link")
    assert ran.status == 1
    assert f"graphemb evaluate FILE --data {table}" in ran.error


def test_labels_are_asked_of_any_embedding(run, whole):
    ran = run("probe", "karate-club", whole, "--repeats", "2")
    assert ran.status == 0
    assert "note: link prediction leaves out 'whole': it was trained on the whole graph" in ran.err
    assert "Link prediction" not in ran.out
    assert "Classification" in ran.out and "Clustering" in ran.out


def test_an_embedding_refused_and_a_method_trained(run, whole):
    found = run("probe", "karate-club", whole, "-m", "spectral:dim=4", "--repeats", "2", "--json").json
    assert {row["method"] for row in found["groups"]["link-prediction"] if not row["baseline"]} == {"spectral:dim=4"}
    assert {row["method"] for row in found["groups"]["clustering"] if not row["baseline"]} == {"whole", "spectral:dim=4"}


def test_an_embedding_of_another_graph(run, edges_file, whole):
    ran = run("probe", edges_file, whole)
    assert ran.status == 1
    assert "'whole': it was not trained on a training split of this graph" in ran.error
    assert "no labels to ask for" in ran.error
    assert "has none of the 34 labelled names" in run("probe", "karate-club", _other(whole), "--task", "classify").error


def _other(whole):
    path = whole.with_name("other.arrow")
    Embedding([f"x{i}" for i in range(34)], np.eye(34)).save(path)
    return path


def test_a_file_called_like_a_method(run, tmp_path):
    path = tmp_path / "spectral.arrow"
    assert run("train", "hope:dim=4", "karate-club", "-o", path, "-q").status == 0
    rows = run("probe", "karate-club", path, "-m", "spectral", "--dim", "2", "--task", "cluster", "--repeats", "1", "--json").json[
        "groups"
    ]["clustering"]
    assert [row["method"] for row in rows if not row["baseline"]] == ["spectral", "spectral 2"]


def test_the_split_of_an_embedding_is_found():
    graph = load_dataset("karate-club")
    assert training_split(Embedding(graph.names, np.eye(34)), []) is None


# -- wrong usage, data that does not suit


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--task", "lnk"], 2, "did you mean 'link'"),
        (["-m", "spectrl"], 2, "did you mean 'spectral'"),
        (["-m", "spectral:dims=3"], 2, "did you mean 'dim'"),
        (["--score", "cosin"], 2, "did you mean 'cosine'"),
        (["--test", "1.5"], 2, "test must be a share between 0 and 1"),
        (["--shares", "a"], 2, "--shares takes numbers"),
        (["--shares", "2", "--task", "classify"], 2, "--shares takes"),
        (["--repeats", "0"], 2, "repeats"),
        (["--task", "link", "--labels", "club"], 2, "--labels belongs to the task classify and cluster"),
        (["--task", "link", "--shares", "0.5"], 2, "--shares belongs to the task classify"),
        (["--task", "cluster", "--test", "0.5"], 2, "--test belongs to the task link"),
        (["--task", "cluster", "--score", "dot"], 2, "--score belongs to the task link"),
        (["--task", "cluster", "--write-split", "x"], 2, "--write-split belongs to the task link"),
        (["--labels", "clb"], 1, "did you mean 'club'"),
        (["--labels", "nowhere.csv"], 1, "a file of that name is not there either"),
        (["--html", "page.txt"], 2, ".html"),
        (["--html", "nowhere/page.html"], 1, "no folder"),
        (["--write-split", "nowhere/split"], 1, "no folder"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_wrong_usage(run, tmp_path, monkeypatch, words, status, said):
    monkeypatch.chdir(tmp_path)
    ran = run("probe", "karate-club", "-q", *([] if "-m" in words else ["-m", "spectral:dim=2"]), *words)
    assert ran.status == status
    assert said in ran.error
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder(run, edges_file):
    assert "takes a folder" in run("probe", edges_file, "--write-split", edges_file).error


def test_a_forest(run, forest_file, tmp_path):
    for words in ([], ["--task", "link"], ["--write-split", tmp_path / "s"]):
        ran = run("probe", forest_file, "-m", "spectral:dim=2", *words)
        assert ran.status == 1
        assert "this graph is a forest" in ran.error
    assert not (tmp_path / "s").exists()


def test_a_forest_with_labels(run, forest_file, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("name,side\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(20)))
    ran = run("probe", forest_file, "-m", "spectral:dim=2", "--labels", labels, "--repeats", "2")
    assert ran.status == 0
    assert "note: link prediction is left out: nothing can be held out" in ran.err
    assert "Clustering" in ran.out


def test_a_graph_too_small(run, tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("source,target\na,b\n")
    assert "complete graph of 2 nodes" in run("probe", path).error


def test_no_labels(run, edges_file):
    ran = run("probe", edges_file, *QUICK, "--task", "classify")
    assert ran.status == 1
    assert "no labels" in ran.error
    assert "--labels" in ran.error


def test_fewer_edges_held_out_than_asked_for_is_said_once(run, tmp_path):
    path = tmp_path / "sparse.csv"
    write_graph(Graph.from_networkx(nx.compose(nx.random_labeled_tree(40, seed=1), nx.cycle_graph(6))), path)
    ran = run("probe", path, "-m", "spectral:dim=2", "--repeats", "3", "--test", "0.5", "--score", "decoder")
    assert ran.status == 0
    assert ran.err.count("are held out") == 1


def test_a_page(run, tmp_path):
    path = tmp_path / "page.html"
    ran = run("probe", "karate-club", *QUICK, "--html", path)
    assert ran.status == 0
    assert f"wrote {path}" in ran.err
    assert "<html" in path.read_text(encoding="utf-8")


def test_json_is_one_strict_object(run, edges_file):
    text = run("probe", edges_file, *QUICK, "--json").out
    assert "NaN" not in text
    assert json.loads(text)["data"]["nodes"] == 60


@pytest.mark.parametrize("shares", ["0.5,2", "0", "0.5,0.5", "nan", "half"])
def test_shares_are_judged_before_anything_is_trained(run, shares, monkeypatch):
    monkeypatch.setattr("graphemb.cli.probe.train_all", None)
    ran = run("probe", "world/borders", "--task", "classify", "--labels", "region", "--shares", shares)
    assert ran.status == 2
    assert "--shares takes" in ran.err


def test_an_empty_part_is_found_before_anything_is_trained(run, tmp_path, monkeypatch):
    monkeypatch.setattr("graphemb.cli.probe.train_all", None)
    (tmp_path / "few.csv").write_text("id,side\n0,a\n1,b\n2,a\n3,b\n4,a\n")
    ran = run("probe", "karate-club", "--task", "classify", "--labels", tmp_path / "few.csv")
    assert ran.status == 1
    assert "a share of 0.1 of 5 labelled nodes leaves the training part empty" in ran.err
