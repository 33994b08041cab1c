"""train, methods, info, convert, nearest: parsed, called, rendered."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from graphemb import registry
from graphemb.cli.file_kind import embedding_path
from graphemb.cli.methods import settings_of
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph

# -- train


def test_train_writes_an_embedding_that_says_how_it_was_made(run, tmp_path):
    path = tmp_path / "out.arrow"
    ran = run("train", "spectral:dim=4", "karate-club", "-o", path, "--random-state", 5)
    assert ran.status == 0
    assert "spectral" in ran.out
    assert f"wrote {path}" in ran.err
    embedding = Embedding.load(path, verify=True)
    assert (len(embedding), embedding.dim) == (34, 4)
    assert embedding.meta["random_state"] == 5
    assert embedding.meta["parameters"]["dim"] == 4


def test_train_says_what_the_certificate_says(run, tmp_path):
    words = ["train", "lpca:dim=8", "world/borders", "-o", tmp_path / "out.arrow"]
    ran = run(*words)
    facts = dict(line.split(maxsplit=1) for line in ran.out.splitlines() if line != "notes")
    assert facts["certificate"].startswith("pairs=61,752, edges=648, false=0, missing=0")
    assert facts["certificate"].endswith("exact=yes")
    assert run(*words, "--json", "-q").json["certificate"]["exact"] is True


def test_one_width_needs_no_brackets(run, tmp_path):
    ran = run("train", "sdne:dim=2,hidden=8,epochs=1", "karate-club", "-o", tmp_path / "out.arrow", "--json", "-q")
    assert ran.json["parameters"]["hidden"] == 8


def test_train_json_is_one_object_and_quiet_is_quiet(run, tmp_path):
    ran = run("train", "Spectral:dim=4", "karate-club", "-o", tmp_path / "out.arrow", "--json", "--quiet")
    assert ran.err == ""
    assert ran.json["method"] == "spectral"
    assert ran.json["file"] == str(tmp_path / "out.arrow")


def test_train_replaces_the_old_file_at_the_end(run, tmp_path):
    path = tmp_path / "out.arrow"
    path.write_text("old")
    assert run("train", "spectral:dim=100", "karate-club", "-o", tmp_path / "nowhere" / "x.arrow").status == 1
    assert run("train", "hope:beta=9", "karate-club", "-o", path).status == 2
    assert path.read_text() == "old"
    assert run("train", "spectral:dim=2", "karate-club", "-o", path).status == 0
    assert len(Embedding.load(path)) == 34


def test_train_takes_columns_and_direction(run, tmp_path):
    table = tmp_path / "flights.csv"
    table.write_text("airline,from,to,seats\nx,a,b,1\nx,b,c,2\ny,c,a,3\nz,a,c,3\n")
    words = ["train", "spectral:dim=2", table, "--columns", "from,to,seats", "--directed", "--json", "-q", "-o", tmp_path / "o.arrow"]
    assert run(*words).json["names"] == 3
    assert Embedding.load(tmp_path / "o.arrow").meta["data"]["directed"] is True


def test_a_checkpoint_for_a_method_without_one_is_an_error(run, tmp_path):
    ran = run("train", "hope", "karate-club", "-o", tmp_path / "o.arrow", "--checkpoint", tmp_path / "c")
    assert ran.status == 2
    assert "hope keeps no checkpoint" in ran.error
    assert not list(tmp_path.iterdir())


# -- methods


def test_methods_lists_the_registry_with_settings(run):
    ran = run("methods")
    assert ran.status == 0
    for entry in registry.entries("method"):
        assert entry.name in ran.out
    assert "dim=128" in ran.out


def test_methods_json_and_one_at_length(run):
    listed = run("methods", "--json").json["methods"]
    assert [m["name"] for m in listed] == [e.name for e in registry.entries("method")]
    described = run("methods", "HOPE", "--json").json
    assert described["settings"]["proximity"] == "katz"
    assert "Parameters" in described["documentation"]
    assert "proximity" in run("methods", "hope").out


@pytest.mark.parametrize("kind", ["method", "decoder", "baseline"])
def test_every_kind_is_listed(run, kind):
    ran = run("methods", "--kind", kind)
    assert ran.status == 0
    assert all(entry.name in ran.out for entry in registry.entries(kind))


def test_the_settings_shown_can_be_given_back(run):
    """What the table prints as a default parses to that default."""
    for entry in registry.entries("method"):
        settings = settings_of(entry.load())
        text = ",".join(f"{k}={v}" for k, v in settings.items())
        built = registry.build("method", f"{entry.name}:{text}")
        assert built.get_params() == entry.load()().get_params()


def test_a_broken_package_does_not_hide_the_others(run, monkeypatch):
    broken = registry.Entry("method", "broken", "no.such.module:Thing", "", "third-party")
    monkeypatch.setattr(registry, "entries", lambda kind: [broken])
    assert "cannot be imported" in run("methods").out


# -- info


def test_info_of_an_embedding(run, embedding_file):
    ran = run("info", embedding_file, "--verify", "--json")
    assert {"what": "embedding", "names": 4, "dim": 2, "decoder": "dot", "verified": True}.items() <= ran.json.items()
    assert "embedding" in run("info", embedding_file).out


def test_info_of_a_graph_and_of_data_sets(run, edges_file):
    assert run("info", edges_file, "--json").json["nodes"] == 60
    assert run("info", edges_file, "--directed", "--json").json["directed"] is True
    assert run("info", "karate-club", "--json").json["edges"] == 78
    facts = run("info", "world/facts", "--json").json
    assert facts["what"] == "knowledge graph"
    assert "borders" in facts["first_relations"]
    assert set(facts["splits"]) >= {"train", "test"}
    assert facts["leakage"]["splits"]["test"]["leaking"] == 0 and facts["unseen_entities"] == {"valid": 0, "test": 0}
    assert "note  test: none of 221 triples joins two entities that stand together in train" in run("info", "world/facts").out


def test_info_verify_is_for_embeddings(run, edges_file):
    ran = run("info", edges_file, "--verify")
    assert ran.status == 2
    assert "is not one" in ran.error


@pytest.mark.parametrize("suffix", ["npz", "parquet", "txt", "csv"])
def test_info_verify_says_what_is_broken(run, tmp_path, suffix):
    path = tmp_path / f"broken.{suffix}"
    if suffix in ("npz", "parquet"):
        Embedding(list("abcd"), np.eye(4)).save(path)
        path.write_bytes(path.read_bytes()[:-40])
    else:
        path.write_bytes({"txt": bytes(range(128, 256)) * 9, "csv": b""}[suffix])
    ran = run("info", path, "--verify")
    assert ran.status == 1
    assert f"broken.{suffix}" in ran.error and "is not one" not in ran.error


def test_info_verify_refuses_a_pickle(run, tmp_path):
    path = tmp_path / "vectors.npz"
    path.write_bytes(pickle.dumps({"a": [1.0]}))
    ran = run("info", path, "--verify")
    assert ran.status == 1 and "vectors.npz" in ran.error and "is not one" not in ran.error


# -- a file that cannot hold what was trained


@pytest.mark.parametrize("method", ["hope:dim=2", "sdne:dim=2", "deepwalk:dim=2"])
def test_a_format_known_to_be_too_small_is_refused_before_the_fit(run, tmp_path, method, monkeypatch):
    monkeypatch.setattr("graphemb.cli.train.read_data", lambda *a, **k: pytest.fail("the data was read"))
    ran = run("train", method, "karate-club", "-o", tmp_path / "k.txt.gz")
    assert ran.status == 1
    assert f"write .arrow first, then graphemb convert {tmp_path / 'k.arrow'} {tmp_path / 'k.txt.gz'} --source-side" in ran.error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["k.xyz", "k", "k.pkl"])
def test_an_unknown_format_is_refused_before_the_fit(run, tmp_path, name, monkeypatch):
    monkeypatch.setattr("graphemb.cli.train.read_data", lambda *a, **k: pytest.fail("the data was read"))
    ran = run("train", "hope:dim=2", "karate-club", "-o", tmp_path / name)
    assert ran.status == 1 and ".arrow" in ran.error


def test_a_fit_is_kept_where_only_the_fit_tells_that_the_format_is_too_small(run, tmp_path):
    taken, kept, out = tmp_path / "k.arrow", tmp_path / "k-2.arrow", tmp_path / "k.txt"
    taken.write_text("of another run")
    ran = run("train", "spectral:dim=2", "karate-club", "-o", out)
    assert ran.status == 1 and repr(str(kept)) in ran.error and not out.exists()
    assert taken.read_text() == "of another run"
    assert Embedding.load(kept).context is not None
    assert f"graphemb convert {kept} {out} --source-side" in ran.error
    assert run("convert", kept, out, "--source-side").status == 0


def test_a_fit_is_kept_where_names_do_not_fit_the_format(run, tmp_path):
    (tmp_path / "edges.csv").write_text("source,target\nNew York,Paris\nParis,Rome\n")
    ran = run("train", "spectral:dim=1,signs=positive", tmp_path / "edges.csv", "-o", tmp_path / "k.txt")
    assert ran.status == 1 and "with blanks" in ran.error and "k.arrow" in ran.error
    assert "New York" in Embedding.load(tmp_path / "k.arrow").names


def test_a_folder_without_permission_is_refused_before_the_fit(run, tmp_path, monkeypatch):
    monkeypatch.setattr("graphemb.cli.inputs.os.access", lambda *_: False)
    ran = run("train", "hope:dim=2", "karate-club", "-o", tmp_path / "k.arrow")
    assert ran.status == 1 and "no permission" in ran.error


# -- convert


@pytest.mark.parametrize("suffix", ["txt", "csv"])
def test_two_sides_are_refused_in_the_words_of_the_command_line(run, tmp_path, suffix):
    both, out = tmp_path / "both.arrow", tmp_path / f"k.{suffix}"
    Embedding(list("ab"), np.eye(2), np.eye(2), decoder="source-target").save(both)
    ran = run("convert", both, out)
    assert ran.status == 1 and f"graphemb convert {both} {out} --source-side" in ran.error
    assert run("convert", both, out, "--source-side").status == 0


@pytest.mark.parametrize("suffix", ["parquet", "npz", "txt", "vec", "bin", "tsv", "csv", "txt.gz", "csv.xz"])
def test_convert_embeddings_and_back(run, tmp_path, embedding_file, suffix):
    there, back = tmp_path / f"there.{suffix}", tmp_path / "back.arrow"
    assert run("convert", embedding_file, there).status == 0
    if suffix not in ("npz", "parquet"):
        assert "note: " in run("convert", embedding_file, there).err or not Embedding.load(embedding_file).meta
    assert run("convert", there, back, "-q").status == 0
    old, new = Embedding.load(embedding_file), Embedding.load(back)
    assert list(new.names) == list(old.names)
    assert np.allclose(new.vectors, old.vectors)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "parquet", "graphml", "npz", "tsv.gz", "csv.xz"])
def test_convert_graphs_and_back(run, tmp_path, edges_file, suffix):
    there, back = tmp_path / f"there.{suffix}", tmp_path / "back.csv"
    assert run("convert", edges_file, there).status == 0
    ran = run("convert", there, back, "--json")
    assert ran.json["what"] == "graph"
    assert {frozenset(line.split(",")[:2]) for line in back.read_text().replace('"', "").splitlines()[1:]} == {
        frozenset(line.split(",")) for line in edges_file.read_text().splitlines()[1:]
    }


def test_convert_a_data_set_and_a_knowledge_graph(run, tmp_path):
    assert run("convert", "karate-club", tmp_path / "k.graphml").status == 0
    assert run("info", tmp_path / "k.graphml", "--json").json["nodes"] == 34
    ran = run("convert", "world/facts", tmp_path / "facts", "--json")
    assert ran.status == 0
    assert run("info", tmp_path / "facts", "--json").json["triples"] == ran.json["triples"]


def test_convert_the_source_side_alone(run, tmp_path):
    both, one = tmp_path / "hope.arrow", tmp_path / "hope.txt"
    assert run("train", "hope:dim=4", "karate-club", "-o", both).status == 0
    refused = run("convert", both, one)
    assert refused.status == 1 and "context" in refused.err and not one.exists()
    assert run("convert", both, one, "--source-side").status == 0
    assert np.allclose(Embedding.load(one).vectors, Embedding.load(both).vectors, atol=1e-6)
    assert run("convert", "karate-club", tmp_path / "k.csv", "--source-side").status == 2


def test_text_is_told_apart(tmp_path):
    for name, text, holds in [
        ("pairs.txt", "1 2\n2 3\n", False),
        ("timed.txt", "1 2 0.5 99\n2 3 0.5 100\n", False),
        ("header.csv", "source,target,weight\na,b,1\n", False),
        ("w2v.txt", "2 2\na 1 2\nb 3 4\n", True),
        ("glove.txt", "a 1 2 3 4 5\nb 1 2 3 4 5\n", True),
        ("ours.csv", 'name,x0,x1\n"a",1,2\n', True),
    ]:
        path = tmp_path / name
        path.write_text(text)
        assert (embedding_path(str(path)) == path) is holds, name


# -- nearest


def test_nearest(run, embedding_file):
    ran = run("nearest", embedding_file, "a", "-k", 2, "--json")
    assert [row["name"] for row in ran.json["nearest"]] == ["b", "c"]
    assert "b" in run("nearest", embedding_file, "a", "--similarity", "euclidean").out


def test_nearest_within_kinds(run, tmp_path):
    path = tmp_path / "shop.arrow"
    Embedding(["1", "2", "1", "a:b"], np.eye(4) + 0.1, kinds=["user", "user", "item", "item"]).save(path)
    assert {r["kind"] for r in run("nearest", path, "user:1", "--kind", "item", "--json").json["nearest"]} == {"item"}
    assert run("nearest", path, "a:b").status == 0
    ran = run("nearest", path, "1")
    assert ran.status == 1
    assert "several kinds (user, item); say which: user:1 or item:1" in ran.error


def test_nearest_of_an_unknown_name_offers_the_nearest(run, tmp_path):
    path = tmp_path / "towns.arrow"
    Embedding(["Lisbon", "Madrid"], np.eye(2)).save(path)
    ran = run("nearest", path, "Lisbom")
    assert ran.status == 1
    assert "did you mean 'Lisbon'" in ran.error


def test_names_cannot_write_to_the_terminal(run, tmp_path):
    path = tmp_path / "odd.arrow"
    names = ["a", "red\x1b[31m", "two\nlines", "[bold]markup[/bold]", "👩‍👧", "שלום", "," * 300]
    Embedding(names, np.eye(7) + 0.1).save(path)
    out = run("nearest", path, "a").out
    assert "\x1b" not in out
    assert "[bold]markup[/bold]" in out
    assert "👩‍👧" in out
    assert "," * 300 in out
    assert {row["name"] for row in json.loads(run("nearest", path, "a", "--json").out)["nearest"]} == set(names) - {"a"}


def test_graph_of_any_name_trains(run, tmp_path):
    path = tmp_path / "odd.graphml"
    from graphemb.data.graph_file import write_graph

    write_graph(Graph.from_edges([("a b", "c,d"), ("c,d", "👩‍👧"), ("👩‍👧", "x" * 10_000)]), path)
    assert run("train", "spectral:dim=2", path, "-o", tmp_path / "o.arrow").status == 0
