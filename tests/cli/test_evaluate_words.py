"""``graphemb evaluate`` with word tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.word_evaluation import evaluate_words
from graphemb.data.embedding import Embedding
from graphemb.datasets.word_tests import load_word_test


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    words = [*load_word_test("ws-353").words, "Athens", "Greece", "Oslo", "Norway", "Paris", "France"]
    rng = np.random.default_rng(0)
    path = tmp_path / "mine.arrow"
    Embedding(dict.fromkeys(words), rng.normal(size=(len(dict.fromkeys(words)), 5))).save(path)
    return path


def test_figures_are_those_of_the_library(run, vectors):
    ran = run("evaluate", vectors, "--data", "ws-353,simlex-999", "--data", "google-analogies", "--rule", "both", "--json")
    expected = evaluate_words(
        {"mine": Embedding.load(vectors)}, ["ws-353", "simlex-999", "google-analogies"], rules=["3CosAdd", "3CosMul"]
    ).to_dict()
    figures = {key: value for key, value in ran.json.items() if "_" in key or key in ("ws-353", "simlex-999")}
    assert ran.status == 0
    assert figures == {key: expected[key] for key in figures}
    assert ran.json["ws-353_covered"] == ran.json["ws-353_of"] == 353
    assert ran.json["google-analogies-3CosMul_of"] == 19_544


def test_two_embeddings_are_compared(run, vectors, tmp_path):
    other = Embedding.load(vectors)
    Embedding(other.names, -other.vectors + 1).save(tmp_path / "other.arrow")
    ran = run("evaluate", vectors, tmp_path / "other.arrow", "--data", "WS-353", "--quiet")
    assert ran.status == 0
    assert "353 of 353" in ran.out
    assert "Differences on the same units" in ran.out


def test_a_file_of_ones_own(run, vectors, tmp_path):
    (tmp_path / "own.txt").write_text("tiger cat 9\ncomputer keyboard 8\nplane car 1\nlove sex 4\n")
    ran = run("evaluate", vectors, "--word-test", tmp_path / "own.txt", "--json")
    assert (ran.json["own_units"], ran.json["own_coverage"]) == (4, 1.0)
    both = run("evaluate", vectors, "--data", "ws-353", "--word-test", tmp_path / "own.txt", "--json")
    assert {"own", "ws-353"} <= set(both.json)
    assert both.json["own"] == ran.json["own"]


def test_question_words_may_be_candidates(run, vectors, tmp_path):
    (tmp_path / "quiz.txt").write_text(": capitals\nAthens Greece Oslo Norway\nOslo Norway Athens Greece\nParis France Oslo Norway\n")
    ran = run("evaluate", vectors, "--word-test", tmp_path / "quiz.txt", "--include-question-words")
    assert ran.status == 0
    assert "which are candidates here" in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "ws-353", "-k", 3), "-k is no option for word tests"),
        (("--data", "ws-353", "--on", "validation"), "--on is no option for word tests"),
        (("--data", "ws-353", "--decoder", "dot"), "--decoder is no option for word tests"),
        (("--data", "ws-353", "--side", "tail"), "--side is an option for a knowledge graph, and DATA is word tests"),
        (("--data", "ws-353,simlex"), "unknown word test 'simlex'; did you mean 'simlex-999'"),
        (("--data", "world/facts", "--rule", "both"), "--rule is an option for word tests, and DATA is a knowledge graph"),
        (("--data", "world/facts", "--data", "karate-club"), "--data is given once, unless it names word tests"),
        (("--data", "glove-6b-50d"), "'glove-6b-50d' is a data set of kind 'embedding', where interactions"),
        ((), "expected --data DATA"),
    ],
)
def test_what_cannot_be_asked(run, vectors, words, message):
    ran = run("evaluate", vectors, *words)
    assert ran.status in (1, 2)
    assert message in ran.error


def test_a_test_that_no_word_covers(run, embedding_file):
    assert "too little of the tests is covered: ws-353: 0 of 353 pairs" in run("evaluate", embedding_file, "--data", "ws-353").error
