"""Word tests as tables and from files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.word_test import WordTest
from graphemb.errors import DataError, FormatError, ParameterError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_any_white_space_separates(tmp_path: Path) -> None:
    test = WordTest.read(write(tmp_path / "rg.txt", "# a comment\ngem\t\tjewel\t\t3.94\nmidday   noon 3\n\n"))
    assert (test.name, test.kind, len(test)) == ("rg", "similarity", 2)
    assert test.table.to_numpy().tolist() == [["gem", "jewel", 3.94], ["midday", "noon", 3.0]]


def test_titles_may_stand_in_another_order(tmp_path: Path) -> None:
    test = WordTest.read(write(tmp_path / "a.csv", "score,second,first\n3,jewel,gem\n"))
    assert test.table.to_numpy().tolist() == [["gem", "jewel", 3.0]]
    test = WordTest.read(write(tmp_path / "b.csv", "category,word\nfruit,apple\n"))
    assert test.kind == "categorisation"
    assert test.table.to_numpy().tolist() == [["apple", "fruit"]]


def test_analogies_have_sections(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.txt.gz", "wt") as stream:
        stream.write(": capitals\nAthens Greece Oslo Norway\n: family\nhe she king queen\n")
    test = WordTest.read(tmp_path / "a.txt.gz")
    assert test.kind == "analogy"
    assert test.table["section"].tolist() == ["capitals", "family"]
    plain = WordTest.read(write(tmp_path / "b.txt", "he she king queen\n"))
    assert plain.table.to_numpy().tolist() == [["", "he", "she", "king", "queen"]]
    titled = WordTest.read(write(tmp_path / "c.csv", "a,b,c,d\nhe,she,king,queen\n"))
    assert titled.table["section"].tolist() == [""]


def test_outliers_need_titles(tmp_path: Path) -> None:
    test = WordTest.read(write(tmp_path / "a.csv", "cluster,word,outlier\ncats,lion,0\ncats,tiger,no\ncats,car,1\ncats,sea,yes\n"))
    assert (test.kind, len(test), test.words) == ("outlier", 2, ["lion", "tiger", "car", "sea"])
    assert "2 outliers" in repr(test)
    with pytest.raises(FormatError, match="line 2: outlier is 'maybe', expected 1 or 0"):
        WordTest.read(write(tmp_path / "b.csv", "cluster,word,outlier\ncats,lion,maybe\n"))


def test_words_are_found_as_written_or_in_lower_case() -> None:
    embedding = Embedding(["cat", "Dog", "sea"], [[1, 0], [0, 1], [1, 1]])
    pairs = pd.DataFrame({"first": ["Cat", "dog", "sea"], "second": ["Dog", "cat", "cat"], "score": [1, 2, 3]})
    test = WordTest("t", "similarity", pairs)
    assert test.rows(embedding).tolist() == [[0, 1], [-1, 0], [2, 0]]
    assert test.covered(embedding) == 2
    words = [("c", "cat", False), ("c", "sea", False), ("c", "dog", True), ("c", "Dog", True), ("d", "cat", False), ("d", "sea", True)]
    outliers = WordTest("t", "outlier", pd.DataFrame(words, columns=["cluster", "word", "outlier"]))
    assert outliers.covered(embedding) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "has no lines"),
        ("a.txt", "one\n", "expected 2, 3 or 4 fields"),
        ("a.txt", "a b 1\na b\n", "line 2: 2 fields where 3 are expected"),
        ("a.txt", "a b 1\n# no\na b much\n", "line 3: the score is 'much', expected a number"),
        ("a.csv", "word,category\n,fruit\n", "row 0 of 'a' has '' as word"),
        ("a.csv", "word,category\n", "'a' has no rows"),
    ],
)
def test_files_that_are_no_tests(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        WordTest.read(write(tmp_path / name, text))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a b 1\n\xff b 1\n")
    with pytest.raises(FormatError, match="line 2: byte 0xff"):
        WordTest.read(tmp_path / "a.txt")


def test_tables_that_are_no_tests() -> None:
    with pytest.raises(ParameterError, match="one of similarity, analogy"):
        WordTest("t", "rhyme", pd.DataFrame())  # type: ignore[arg-type]
    with pytest.raises(DataError, match="'score' is missing"):
        WordTest("t", "similarity", pd.DataFrame({"first": ["a"], "second": ["b"]}))
    with pytest.raises(DataError, match=r"the score .*nan.*, expected a finite number"):
        WordTest("t", "similarity", pd.DataFrame({"first": ["a"], "second": ["b"], "score": [float("nan")]}))
    with pytest.raises(DataError, match="has 3 as second, expected a word"):
        WordTest("t", "similarity", pd.DataFrame({"first": ["a"], "second": [3], "score": [1]}))
