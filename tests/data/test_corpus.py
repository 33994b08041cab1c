"""Corpora: documents of tokens."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphemb.data.corpus import Corpus
from graphemb.errors import DataError, ParameterError

DOCUMENTS = st.lists(st.lists(st.text(max_size=3), min_size=1, max_size=8), min_size=1, max_size=8)


@given(DOCUMENTS)
def test_documents_come_back_and_types_stand_by_count(documents: list[list[str]]) -> None:
    corpus = Corpus(documents)
    assert list(corpus) == documents == list(corpus)
    counts = Counter(token for document in documents for token in document)
    assert dict(zip(corpus.types, corpus.counts.tolist(), strict=True)) == counts
    assert list(corpus.types) == sorted(counts, key=lambda word: (-counts[word], word))
    assert corpus.lengths.tolist() == [len(d) for d in documents]
    assert corpus.n_tokens == sum(map(len, documents))


def test_a_generator_is_read_once_and_kept() -> None:
    corpus = Corpus([w] for w in ("a", "b"))
    assert list(corpus) == list(corpus) == [["a"], ["b"]]


def test_the_vocabulary_is_the_first_types() -> None:
    corpus = Corpus([["b", "b", "a", "a", "c"]])
    assert list(corpus.types) == ["a", "b", "c"]
    assert list(corpus.vocabulary(2)) == ["a", "b"]
    assert corpus.ids.tolist() == [1, 1, 0, 0, 2]
    assert corpus.count("b") == 2
    assert corpus.count("z") == 0
    with pytest.raises(DataError, match="no word occurs 3 times, the most frequent 2 times"):
        corpus.vocabulary(3)


def test_names_and_labels() -> None:
    corpus = Corpus([["a"], ["b"], ["c"]], names=["x", "y", "z"], labels=["one", "two", "one"])
    assert corpus["y"] == corpus[1] == corpus[-2] == ["b"]
    part = corpus.subset(np.array([2, 1]))
    assert list(part.names) == ["z", "y"]
    assert part.labels is not None
    assert part.labels.tolist() == ["one", "two"]
    assert "2 labels" in repr(corpus)
    with pytest.raises(DataError, match="more than once"):
        Corpus([["a"], ["b"]], names=["x", "x"])
    with pytest.raises(DataError, match="expected 2 labels, one a document, got 1"):
        Corpus([["a"], ["b"]], labels=["x"])


def test_empty_documents_are_an_error_or_counted() -> None:
    with pytest.raises(DataError, match=r"document 1 has no tokens \(2 such\)"):
        Corpus([["a"], [], []])
    corpus = Corpus([["a"], [], ["b"]], names=["x", "y", "z"], empty="drop")
    assert list(corpus.names) == ["x", "z"]
    assert list(corpus) == [["a"], ["b"]]
    assert corpus.meta["empty_documents"] == 1
    with pytest.raises(ParameterError, match="empty must be"):
        Corpus([["a"]], empty="keep")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([], "needs documents, got none"),
        ([[], []], "2 documents hold no token"),
        ("to be", "got one string"),
        (["to be"], "document 0 is 'to be', expected a list of tokens"),
        ([3], "document 0 is 3"),
        ([["a", 3]], "tokens must be strings, got 3"),
        ([["a", None]], "tokens must be strings, got None"),
        ([["a", ["b"]]], "document 0 holds a token that is no string"),
    ],
)
def test_what_is_no_corpus(documents: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Corpus(documents)  # type: ignore[arg-type]


def test_texts_are_cut_into_words() -> None:
    corpus = Corpus.from_texts(["Zwölf Boxkämpfer, 12!", "it's"], names=["de", "en"])
    assert list(corpus) == [["zwölf", "boxkämpfer", "12"], ["it", "s"]]
    with pytest.raises(DataError, match="text 1 is int"):
        Corpus.from_texts(["a", 1])  # type: ignore[list-item]
    with pytest.raises(DataError, match="got one string"):
        Corpus.from_texts("a text")
    with pytest.raises(DataError, match="document 1 has no tokens"):
        Corpus.from_texts(["a", "..."])


def test_the_fingerprint_is_of_what_is_said() -> None:
    one = Corpus([["a", "b"], ["c"]])
    assert one.fingerprint == Corpus([["a", "b"], ["c"]]).fingerprint
    assert one.fingerprint != Corpus([["a"], ["b", "c"]]).fingerprint
    assert one.fingerprint != Corpus([["b", "a"], ["c"]]).fingerprint
    assert not one.ids.flags.writeable
