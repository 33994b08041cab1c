"""Corpora from files and folders."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from graphemb.data.corpus_file import read_corpus
from graphemb.errors import DataError, FormatError, UnknownNameError

LINES = "Rain, rain.\n\nGo away!\n"


def test_a_line_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\ufeff" + LINES, encoding="utf-8")
    corpus = read_corpus(tmp_path / "a.txt")
    assert list(corpus) == [["rain", "rain"], ["go", "away"]]
    assert list(corpus.names) == ["1", "3"]
    assert corpus.meta == {"source": "a.txt", "empty_documents": 1}


@pytest.mark.parametrize(("suffix", "opener"), [(".gz", gzip.open), (".xz", lzma.open)])
def test_compressed(tmp_path: Path, suffix: str, opener: object) -> None:
    with opener(tmp_path / f"a.txt{suffix}", "wt", encoding="utf-8") as stream:  # type: ignore[operator]
        stream.write(LINES)
    assert len(read_corpus(tmp_path / f"a.txt{suffix}")) == 2


def test_a_file_of_a_folder_is_a_document(tmp_path: Path) -> None:
    for name, text in {"old/a.txt": "one\ntwo", "new/b.txt": "three", "new/c.txt": "...", "new/notes.md": "no"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    corpus = read_corpus(tmp_path)
    assert dict(zip(corpus.names, corpus, strict=True)) == {"new/b": ["three"], "old/a": ["one", "two"]}
    assert corpus.labels is not None
    assert corpus.labels.tolist() == ["new", "old"]
    assert corpus.meta["empty_documents"] == 1
    assert read_corpus(tmp_path / "old").labels is None


def test_a_row_of_a_table_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,Text,category\nx,"Rain, rain",wet\ny,Sun,dry\n', encoding="utf-8")
    corpus = read_corpus(path)
    assert list(corpus) == [["rain", "rain"], ["sun"]]
    assert list(corpus.names) == ["x", "y"]
    assert corpus.labels is not None
    assert corpus.labels.tolist() == ["wet", "dry"]
    other = read_corpus(path, text="category", name="Text")
    assert list(other) == [["wet"], ["dry"]]
    with pytest.raises(UnknownNameError, match="unknown text column 'body'"):
        read_corpus(path, text="body")
    (tmp_path / "b.tsv").write_text("thing\nRain\n", encoding="utf-8")
    assert list(read_corpus(tmp_path / "b.tsv")) == [["rain"]]
    (tmp_path / "c.tsv").write_text("one\ttwo\nRain\tSun\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"none of the columns of 'c.tsv' \('one', 'two'\)"):
        read_corpus(tmp_path / "c.tsv")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no \.txt files"):
        read_corpus(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        read_corpus(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"ok\n\xff\n")
    with pytest.raises(FormatError, match="line 2: byte 0xff is not UTF-8"):
        read_corpus(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_text("...\n")
    with pytest.raises(DataError, match="1 documents hold no token"):
        read_corpus(tmp_path / "b.txt")
    with pytest.raises(DataError, match="text= names a column of a table"):
        read_corpus(tmp_path / "b.txt", text="body")
