"""restore on the command line: training, comparing, printing, writing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphemb import registry
from graphemb.cli.inputs import numbers, unique_labels
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError

QUICK = ["--method", "spectral:dim=4", "--no-baselines"]


def test_the_table_has_intervals_chance_and_definitions(run):
    ran = run("restore", "karate-club", *QUICK, "--sources", 20)
    assert ran.status == 0
    assert "karate-club: 34 nodes, 78 edges, undirected" in ran.out
    for word in (
        "mAP",
        "95% interval",
        "chance",
        "corrected",
        "lift",
        "numbers/node",
        " to ",
        "20 sampled of 34",
        "mean average precision",
    ):
        assert word in ran.out


def test_json_carries_the_first_figure_and_all_groups(run):
    found = run("restore", "karate-club", "--method", "spectral:dim=4", "--hops", "1,2", "--json", "-q").json
    assert found["mAP"] == found["groups"]["rows"][0]["mAP"]
    assert found["method"] == "spectral:dim=4"
    assert {"mAP_low", "mAP_high", "mAP_chance", "corrected", "lift", "numbers_per_node"} <= found["groups"]["rows"][0].keys()
    assert {g["hop"] for g in found["groups"]["rows"]} == {1, 2}
    assert {"random", "degree"} <= {g["method"] for g in found["groups"]["rows"]}
    assert found["data"]["nodes"] == 34
    assert found["differences"]


def test_the_same_figures_as_the_library(run):
    from graphemb.datasets.registry import load_dataset
    from graphemb.nodes.spectral import Spectral
    from graphemb.reconstruction.restore import restore

    graph = load_dataset("karate-club")
    wanted = restore(Spectral(dim=4).fit(graph).embedding_, graph).to_frame().loc[0, "mAP"]
    assert run("restore", "karate-club", *QUICK, "--json").json["mAP"] == wanted


def test_without_anything_named_the_default_methods_run(run):
    found = run("restore", "karate-club", "--dim", 2, "--json", "-q").json
    wanted = {e.name for e in registry.entries("method") if e.default and e.takes == "graph"}
    assert wanted <= {g["method"] for g in found["groups"]["rows"]}


def test_methods_for_small_graphs_run_on_large_ones_only_by_name(run, monkeypatch):
    known = registry._table()
    smaller = {key: replace(e, default_up_to=20 if e.name == "sdne" else None) for key, e in known.items()}
    monkeypatch.setattr(registry, "_table", lambda: smaller)
    ran = run("restore", "karate-club", "--no-baselines", "--dim", 2, "--json")
    assert "sdne is left out beyond 20 nodes; ask for it with --method sdne" in ran.err
    assert "sdne" not in {g["method"] for g in ran.json["groups"]["rows"]}
    ran = run("restore", "karate-club", "--no-baselines", "--method", "sdne:dim=2,epochs=1", "--json")
    assert "left out" not in ran.err and [g["method"] for g in ran.json["groups"]["rows"]] == ["sdne:dim=2,epochs=1"]


def test_embeddings_from_files_are_named_by_their_files(run, tmp_path, edges_file):
    for name in ("one", "two"):
        run("train", "spectral:dim=4", edges_file, "-o", tmp_path / f"{name}.arrow")
    found = run("restore", edges_file, tmp_path / "one.arrow", tmp_path / "two.arrow", *QUICK, "--json").json
    assert [g["method"] for g in found["groups"]["rows"]] == ["one", "two", "spectral:dim=4"]
    assert len({g["mAP"] for g in found["groups"]["rows"]}) == 1


def test_several_decoders(run):
    found = run("restore", "karate-club", *QUICK, "--decoder", "auto", "--decoder", "cosine", "--json").json
    assert {g["decoder"] for g in found["groups"]["rows"]} == {"source-target", "cosine"}


def test_notes_name_the_method(run):
    err = run("restore", "karate-club", "--method", "spectral:dim=99", "--no-baselines").err
    assert err.startswith("graphemb: note: spectral:dim=99: ")
    assert run("restore", "karate-club", "--method", "spectral:dim=99", "--no-baselines", "--quiet").err == ""


def test_sizes_give_a_curve(run, tmp_path):
    page = tmp_path / "report.html"
    ran = run("restore", "karate-club", "--method", "spectral", "--dims", "2,4,8", "--no-baselines", "--json", "--html", page)
    assert [g["numbers_per_node"] for g in ran.json["groups"]["rows"]] == [2, 4, 8]
    assert [g["method"] for g in ran.json["groups"]["rows"]] == ["spectral:dim=2", "spectral:dim=4", "spectral:dim=8"]
    assert "what more room buys" in page.read_text(encoding="utf-8").lower()


def test_output_holds_the_embeddings_and_the_report(run, tmp_path):
    folder = tmp_path / "with space"
    page = folder / "report.html"
    ran = run("restore", "karate-club", "--method", "hope:dim=2,proximity=common-neighbours", *QUICK, "-o", folder, "--html", page)
    assert ran.status == 0
    assert sorted(p.name for p in folder.iterdir()) == [
        "hope-dim=2-proximity=common-neighbours.arrow",
        "report.html",
        "spectral-dim=4.arrow",
    ]
    assert len(Embedding.load(folder / "spectral-dim=4.arrow", verify=True)) == 34
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert ran.err.count("wrote ") == 3


def test_directions(run, tmp_path):
    path = tmp_path / "cycle.tsv"
    path.write_text("".join(f"{i}\t{(i + 1) % 9}\n{i}\t{(i + 3) % 9}\n" for i in range(9)))
    found = run("restore", path, "--directed", *QUICK, "--json").json
    assert [g["direction"] for g in found["groups"]["rows"]] == ["out", "in"]
    assert {g["direction"] for g in run("restore", path, "--directed", *QUICK, "--direction", "in", "--json").json["groups"]["rows"]} == {
        "in"
    }


def test_missing_nodes(run, tmp_path, edges_file):
    path = tmp_path / "half.arrow"
    names = [f"n{i}" for i in range(30)]
    Embedding(names, np.random.default_rng(0).normal(size=(30, 3))).save(path)
    assert run("restore", edges_file, path, "--no-baselines").status == 1
    assert run("restore", edges_file, path, "--no-baselines", "--missing", "drop", "--json").json["eligible"] <= 30
    assert run("restore", edges_file, path, "--no-baselines", "--missing", "last", "--json").json["eligible"] == 60


def test_unmatched_names_are_counted_in_one_note(run, tmp_path, edges_file):
    path = tmp_path / "half.npz"
    names = [f"n{i}" for i in range(30)] + ["x", "y"]
    Embedding(names, np.random.default_rng(0).normal(size=(32, 3))).save(path)
    for missing in ("last", "drop"):
        ran = run("restore", edges_file, path, "--no-baselines", "--missing", missing)
        said = "half lacks a vector for 30 nodes and has 2 names that are no nodes"
        assert ran.err == f"graphemb: note: {said}\n"
        assert f"missing: {said}; nodes without a vector" in ran.out
        found = run("restore", edges_file, path, "--no-baselines", "--missing", missing, "--json", "-q")
        assert found.err == "" and found.json["settings"]["missing"]["counts"] == {"half": {"missing": 30, "extra": 2}}


@pytest.mark.parametrize("missing", ["error", "last", "drop"])
def test_an_embedding_of_other_names_is_refused(run, embedding_file, edges_file, missing):
    ran = run("restore", edges_file, embedding_file, "--missing", missing)
    assert ran.status == 1
    assert "none of the 4 names of 'line' is a node of the graph; first names 'a', 'b', 'c', first nodes 'n0'" in ran.error


def test_only_a_page_is_written_as_html(run, tmp_path):
    page = tmp_path / "r.pdf"
    ran = run("restore", "karate-club", *QUICK, "--html", page)
    assert ran.status == 2 and ".html or .htm" in ran.error
    assert not page.exists()


def test_a_hop_that_nobody_reaches_is_said(run):
    ran = run("restore", "karate-club", *QUICK, "--hops", "1,50", "--relevant", "ring")
    assert ran.status == 0
    assert ran.err == "graphemb: note: no node has a relevant node at hop 50 (ring), so its figures are undefined\n"


def test_details_add_tables(run):
    groups = run("restore", "karate-club", *QUICK, "--details", "--json").json["groups"]
    assert list(groups) == ["rows", "by_degree", "precision", "rebuilt", "communities", "asymmetry", "distance-ratios", "words"]
    assert groups["asymmetry"] == groups["words"] == []
    assert {g["figure"] for g in groups["rebuilt"]} > {"clustering", "reciprocity"}
    assert {g["which"] for g in groups["distance-ratios"]} == {"1", "2", "3"}
    out = run("restore", "karate-club", *QUICK, "--details").out
    for said in ("K best pairs", "bands of degree", "rows normalised", "permuted", "within", "The nodes are no words"):
        assert said in out
    assert "roles reversed" not in out
    assert list(run("restore", "karate-club", *QUICK, "--json").json["groups"]) == ["rows"]


def test_details_of_a_directed_graph_of_words(run, tmp_path):
    from graphemb.reconstruction.semantics.subjects import similarity_pairs

    path = tmp_path / "words.tsv"
    pairs = similarity_pairs("simlex999")
    path.write_text("".join(f"{a}\t{b}\n" for a, b in zip(pairs["first"], pairs["second"], strict=True)))
    words = ["restore", path, "--directed", *QUICK, "--direction", "out", "--sources", 20, "--details"]
    groups = run(*words, "--json").json["groups"]
    assert groups["asymmetry"][0]["in_mAP"] is None and groups["asymmetry"][0]["reversed_mAP"] >= 0
    assert {g["test"] for g in groups["words"]} >= {"simlex999"}
    out = run(*words).out
    assert "roles reversed" in out and "simlex999" in out and "degree over 50" not in out


def test_null_model(run):
    ran = run("restore", "karate-club", *QUICK, "--null", 2, "--json")
    assert ran.status == 0
    assert any("rewired" in g["method"] for g in ran.json["groups"]["rows"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hops", "1,two"], "--hops takes whole numbers"),
        (["--hops", "0"], "at least 1"),
        (["--dims", "4,4", "--method", "hope"], "different numbers"),
        (["--dims", "4", "--method", "hope:dim=3"], "leave one out"),
        (["--dims", "4", "--dim", "4"], "contradict"),
        (["--sources", "many"], "--sources takes auto, all, or a number"),
        (["--sources", "0"], "--sources takes auto, all, or a number of at least 2"),
        (["--sources", "1"], "--sources takes auto, all, or a number of at least 2"),
        (["--sources", "-1"], "--sources takes auto, all, or a number of at least 2"),
        (["--decoder", "dott"], "did you mean 'dot'"),
        (["--baseline", "degre"], "did you mean 'degree'"),
        (["--baseline", "degree", "--no-baselines"], "contradict"),
        (["--direction", "in", *QUICK], "one direction"),
        (["--columns", "a,b", *QUICK], "is not a file"),
        (["--method", "hope:dim"], "expected key=value"),
        (["--method", ":dim=3"], "expected NAME"),
        (["--method", "hope:dim=two"], "dim must be a whole number"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_wrong_usage(run, words, said):
    ran = run("restore", "karate-club", *words)
    assert ran.status == 2
    assert said in ran.error
    assert ran.out == ""


def test_output_needs_something_to_save_and_a_place(run, tmp_path, edges_file):
    path = tmp_path / "e.arrow"
    run("train", "spectral:dim=4", edges_file, "-o", path)
    assert run("restore", edges_file, path, "-o", tmp_path / "folder").status == 2
    assert "there is no folder" in run("restore", edges_file, *QUICK, "-o", tmp_path / "a" / "b").error
    assert "is a file" in run("restore", edges_file, *QUICK, "-o", path).error
    assert "there is no folder" in run("restore", edges_file, *QUICK, "--html", tmp_path / "a" / "r.html").error


def test_small_helpers():
    assert numbers("3,1", "--hops") == (3, 1)
    with pytest.raises(ParameterError, match="--hops"):
        numbers("", "--hops")
    assert unique_labels(["a", "a", "a"]) == ["a", "a 2", "a 3"]


def test_one_edge_is_not_edges(run, tmp_path):
    (tmp_path / "one.csv").write_text("source,target\na,b\n")
    ran = run("restore", tmp_path / "one.csv", "--method", "spectral:dim=1", "--no-baselines")
    assert ran.status == 0 and ": 2 nodes, 1 edge, undirected" in ran.out
