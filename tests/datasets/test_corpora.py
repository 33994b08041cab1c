"""Corpora by name."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graphemb.data.corpus import Corpus
from graphemb.datasets.corpora import CARDS, load_corpus, word_tags
from graphemb.datasets.registry import dataset_card, dataset_names, load_data, load_dataset
from graphemb.errors import DataError, FormatError, UnknownNameError

BROWN = "news\tThe/at U.S./np-tl don't/do* ./.\nnews\t``/`` 3/cd\nlore\tHe/pps hopes/vbz-hl the/at\n"


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "words" / "corpora"
    folder.mkdir(parents=True)
    for name, text in {"brown_tagged": BROWN, "inaugural": "1789-Washington.txt\tFellow-citizens, the\n"}.items():
        with gzip.open(folder / f"{name}.txt.gz", "wt", encoding="utf-8") as stream:
            stream.write(text)
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    return folder


def test_sentences_of_brown_are_documents(words: Path) -> None:
    corpus = load_dataset("Brown")
    assert isinstance(corpus, Corpus)
    assert list(corpus) == [["the", "u.s.", "don't"], ["he", "hopes", "the"]]
    assert list(corpus.names) == ["news 1", "lore 1"]
    assert corpus.labels is not None
    assert corpus.labels.tolist() == ["news", "lore"]
    assert corpus.meta["empty_documents"] == 1
    assert load_corpus("brown").fingerprint == corpus.fingerprint


def test_tags_are_counted_without_their_additions(words: Path) -> None:
    tags = word_tags().set_index(["word", "tag"])["count"]
    assert tags["the", "at"] == 2
    assert tags["u.s.", "np"] == tags["don't", "do"] == tags["hopes", "vbz"] == 1


def test_speeches_are_documents(words: Path) -> None:
    corpus = load_corpus("inaugural")
    assert dict(zip(corpus.names, corpus, strict=True)) == {"1789-Washington": ["fellow", "citizens", "the"]}
    assert corpus.labels is not None
    assert corpus.labels.tolist() == ["Washington"]
    assert "state-union" not in dataset_names()


def test_what_is_no_corpus(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"state_union\.txt\.gz, and .* has no such file"):
        load_corpus("state-union")
    with pytest.raises(DataError, match="'karate-club' is a data set of kind 'graph', where a corpus is needed"):
        load_corpus("karate-club")
    with pytest.raises(DataError, match="kind 'corpus', where a graph or interactions are needed"):
        load_data("brown")
    with pytest.raises(DataError, match="kind 'corpus', where one of kind 'graph' is needed"):
        load_dataset("brown", takes="graph")
    with pytest.raises(DataError, match="holds a Graph, where a data set of kind 'corpus' is needed"):
        load_dataset("karate-club", takes="corpus")
    with pytest.raises(UnknownNameError, match="did you mean 'brown'"):
        load_corpus("browm")
    with gzip.open(words / "inaugural.txt.gz", "wt") as stream:
        stream.write("no tab\n")
    with pytest.raises(FormatError, match="line 1: expected a name or category, a tab and a text"):
        load_corpus("inaugural")
    monkeypatch.delenv("GRAPHEMB_DATA")
    with pytest.raises(DataError, match="GRAPHEMB_DATA names no folder"):
        load_corpus("brown")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one two\n")
    assert list(load_corpus(tmp_path / "a.txt")) == [["one", "two"]]


@pytest.mark.shared
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_cards_count_what_is_there(shared_data: Path, card: object) -> None:
    found = dataset_card(card.name)  # type: ignore[attr-defined]
    corpus = load_dataset(found.name)
    assert isinstance(corpus, Corpus)
    assert dict(found.counts) == {"documents": len(corpus), "tokens": corpus.n_tokens, "types": corpus.n_types}
    assert corpus.labels is not None
    if found.name == "brown":
        assert len(set(corpus.labels)) == 15
        assert len(corpus.vocabulary(5)) == 13_974
