"""Published word tests by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.datasets import word_tests
from graphemb.datasets.registry import dataset_card, load_dataset
from graphemb.datasets.word_tests import TESTS, covered_word_tests, load_word_test, word_test_names
from graphemb.errors import DataError, UnknownNameError


def test_those_of_gensim_need_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHEMB_DATA", raising=False)
    assert word_test_names() == ["ws-353", "simlex-999", "google-analogies"]
    assert {name: len(load_word_test(name)) for name in word_test_names()} == {"ws-353": 353, "simlex-999": 999, "google-analogies": 19_544}
    assert load_word_test("WS_353").words[:2] == ["love", "sex"]
    assert load_word_test("google-analogies").table["section"].nunique() == 14
    assert load_dataset("ws-353").name == "ws-353"  # type: ignore[union-attr]
    with pytest.raises(DataError, match=r"the word test 'men' is read from \$GRAPHEMB_DATA/words/benchmarks"):
        load_word_test("men")
    with pytest.raises(DataError, match="the word test 'men'"):
        load_dataset("men")
    with pytest.raises(UnknownNameError, match="did you mean 'simlex-999'"):
        load_word_test("simlex-99")


def test_gensim_without_its_test_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_tests.importlib.util, "find_spec", lambda name: None)
    assert "ws-353" not in word_test_names()
    with pytest.raises(DataError, match="comes with the test data of gensim"):
        load_word_test("ws-353")


def test_tests_with_enough_words_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHEMB_DATA", raising=False)
    words = load_word_test("ws-353").words
    covered, left_out = covered_word_tests(Embedding(words, np.ones((len(words), 2))))
    assert [test.name for test in covered] == ["ws-353", "simlex-999"]
    assert left_out[0] == "men: its file is not here"
    assert left_out[1].startswith("google-analogies: 6 of 19,544 questions are names of the embedding")


def test_lists_of_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file, text in {
        "categorization/ap.csv": ",category,word\n0,fruit,apple\n1,fruit,apple\n2,fruit,\n3,game,apple\n",
        "outlier/8-8-8.csv": ",category,outliers,words\n0,cats,\"['car', '']\",\"['lion', 'tiger']\"\n",
        "similarity/semeval17.csv": ",word1,word2,similarity\n0,Promised Land,Baku,0.42\n",
        "similarity/EN-MEN-TR-3k.txt": "sun sunlight 50.0\nnull nan 3\n",
    }.items():
        path = tmp_path / "words" / "benchmarks" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    assert load_word_test("ap").table.to_numpy().tolist() == [["apple", "fruit"], ["apple", "game"]]
    assert load_word_test("8-8-8").table.to_numpy().tolist() == [["cats", "lion", False], ["cats", "tiger", False], ["cats", "car", True]]
    assert load_word_test("semeval-2017").words == ["Promised_Land", "Baku"]
    assert load_word_test("men").words == ["sun", "sunlight", "null", "nan"]
    assert word_test_names("outlier") == ["8-8-8"]


@pytest.mark.shared
@pytest.mark.parametrize("published", TESTS, ids=lambda test: test.name)
def test_cards_count_what_is_there(shared_data: Path, published: word_tests.Published) -> None:
    test = load_word_test(published.name)
    assert list(dataset_card(published.name).counts.values()) == [len(test)]
    assert test.kind == published.kind
