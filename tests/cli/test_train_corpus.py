"""Methods on a corpus from the command line: files of texts, folders, tables and data sets."""

from __future__ import annotations

import pytest

from graphemb.data.embedding import Embedding

TEXTS = ["The cat eats fish.", "The dog eats meat.", "", "A cat drinks milk.", "A dog drinks water."] * 5


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS))
    return path


@pytest.mark.parametrize("method", ["sppmi", "glove:epochs=2", "word2vec:epochs=2", "fasttext:epochs=2,buckets=50"])
def test_words_of_a_file(run, tmp_path, texts, method):
    spec = method + ("," if ":" in method else ":") + "dim=3,min_count=1"
    ran = run("train", spec, texts, "-o", tmp_path / "words.arrow", "--json", "-q")
    assert ran.status == 0 and ran.json["names"] == 10 and ran.json["notes"]["words"] == 10
    e = Embedding.load(tmp_path / "words.arrow", verify=True)
    assert e.attributes["count"].sum() == 80 and e.meta["data"]["n_documents"] == 20


def test_documents_of_a_table(run, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("id,body\n" + "".join(f"review {i},{text}\n" for i, text in enumerate(TEXTS) if text))
    ran = run("train", "doc2vec:dim=3,min_count=1,epochs=1", path, "--columns", "body,id", "-o", tmp_path / "out.arrow", "-q")
    assert ran.status == 0
    documents = Embedding.load(tmp_path / "out.arrow").subset(kind="document")
    assert len(documents) == 20 and documents.names[0] == "review 0"


def test_checkpoint_goes_on(run, tmp_path, texts):
    words = ["train", "glove:dim=3,min_count=1,epochs=2", texts, "-o", tmp_path / "out.arrow", "--checkpoint", tmp_path / "run.safetensors"]
    assert run(*words, "-q").status == 0 and not (tmp_path / "run.safetensors").exists()
    assert "keeps no checkpoint" in run("train", "sppmi", texts, "-o", tmp_path / "out.arrow", "--checkpoint", tmp_path / "x").error


def test_what_does_not_suit(run, tmp_path, texts):
    out = ["-o", tmp_path / "out.arrow"]
    assert "kind 'graph', where a corpus is needed" in run("train", "sppmi", "karate-club", *out).error
    assert "no word occurs 50 times" in run("train", "sppmi:min_count=50", texts, *out).error
    assert "this method takes a corpus" in run("train", "sppmi", texts, "--directed", *out).error
    assert "takes a corpus; leave it out" in run("train", "sppmi", texts, "--split", "ratio", *out).error
    assert "is not a file" in run("train", "sppmi", "karate-club", "--columns", "body", *out).error
    assert "no file or folder" in run("train", "sppmi", tmp_path / "texst.txt", *out).error
    (tmp_path / "empty.txt").write_text("\n\n")
    assert run("train", "sppmi", tmp_path / "empty.txt", *out).status != 0
    assert "learns parameters too" in run("train", "glove", texts, "-o", tmp_path / "out.vec").error


def test_methods_are_listed(run):
    listed = {row["name"]: row for row in run("methods", "--json").json["methods"]}
    assert {name for name, row in listed.items() if row["takes"] == "corpus"} >= {"sppmi", "glove", "word2vec", "fasttext", "doc2vec"}
    assert listed["sppmi"]["settings"]["window"] == 5
