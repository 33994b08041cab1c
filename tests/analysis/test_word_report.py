"""The page of word tests, and the lines that repeat it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.word_evaluation import evaluate_words
from graphemb.analysis.word_report import python_lines, render_word_report, shell_line
from graphemb.analysis.word_result import WordResult
from graphemb.data.embedding import Embedding
from graphemb.data.word_test import WordTest
from graphemb.datasets.word_tests import load_word_test
from graphemb.errors import DataError


@pytest.fixture(scope="module")
def result() -> WordResult:
    words = load_word_test("ws-353").words
    rng = np.random.default_rng(0)
    mine, other = (Embedding(words, rng.normal(size=(len(words), 4))) for _ in range(2))
    questions = [(section, *rng.choice(words, 4, replace=False)) for section in ("<i>one", "two") for _ in range(5)]
    quiz = WordTest("quiz", "analogy", pd.DataFrame(questions, columns=["section", "a", "b", "c", "d"]), "quiz.txt")
    return evaluate_words({"<b>mine": mine, "other": other}, ["ws-353", quiz], rules=["3CosAdd", "3CosMul"])


def test_the_page_holds_everything(result: WordResult) -> None:
    page = render_word_report(result)
    for word in ("ws-353", "quiz-3CosMul", "Analogies, section by section", "How sure the order", "correlation of the ranks", "own words"):
        assert word in page, word
    for markup in ("<b>mine", "<i>one"):
        assert markup not in page
    assert "&lt;b&gt;mine" in page


def test_the_page_is_written_whole(result: WordResult, tmp_path: Path) -> None:
    result.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!")
    with pytest.raises(DataError, match="no rows"):
        WordResult([]).to_html(tmp_path / "empty.html")


def test_the_lines_say_what_was_asked() -> None:
    settings = {
        "embeddings": {"googlenews-26k": "googlenews-26k", "mine": None},
        "tests": {"ws-353": {}, "own": {"source": "own.txt"}},
        "rules": ["3CosAdd", "3CosMul"],
        "clustering": "agglomerative",
        "random_state": 3,
    }
    lines = python_lines(settings)
    assert "'googlenews-26k': ge.load_dataset('googlenews-26k')," in lines
    assert "['ws-353', ge.WordTest.read('own.txt')], rules=['3CosAdd', '3CosMul'], clustering='agglomerative', random_state=3" in lines
    assert shell_line(settings) == (
        "graphemb evaluate googlenews-26k mine.arrow --data ws-353 --word-test own.txt --rule both --clustering agglomerative "
        "--random-state 3 --html words.html"
    )
