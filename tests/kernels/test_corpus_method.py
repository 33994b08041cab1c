"""What every method on a corpus is given, and what is left of it."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.corpus import Corpus
from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.corpus_method import as_corpus, kept_words
from graphemb.words.sppmi import SPPMI

DOCUMENTS = [["a", "b", "a", "rare"], ["rare2"], ["b", "a"]]


def test_rare_words_are_left_out_before_windows_are_opened():
    kept = kept_words(Corpus(DOCUMENTS), 2)
    assert list(kept.names) == ["a", "b"] and kept.counts.tolist() == [3, 2]
    assert [kept.ids[a:b].tolist() for a, b in zip(kept.offsets, kept.offsets[1:], strict=False)] == [[0, 1, 0], [], [1, 0]]
    assert kept.notes == {"words": 2, "words_left_out": 2, "tokens": 5, "tokens_left_out": 2}
    assert kept.attributes["count"].tolist() == [3, 2]


def test_lists_and_texts_are_corpora():
    corpus = Corpus(DOCUMENTS)
    assert as_corpus(corpus, "SPPMI") is corpus
    texts = [" ".join(document) for document in DOCUMENTS]
    same = [as_corpus(made, "SPPMI").fingerprint for made in (DOCUMENTS, iter(DOCUMENTS), tuple(DOCUMENTS), texts)]
    assert set(same) == {corpus.fingerprint}
    first, second = (SPPMI(dim=1, min_count=2).fit(made).embedding_ for made in (corpus, DOCUMENTS))
    np.testing.assert_array_equal(first.vectors, second.vectors)


@pytest.mark.parametrize(
    "data", ["one text", None, 3, Graph.from_edges([("a", "b")]), b"bytes"], ids=["text", "none", "number", "graph", "bytes"]
)
def test_other_data_are_refused(data):
    with pytest.raises(DataError, match="SPPMI needs a Corpus, lists of tokens, or texts, got"):
        SPPMI().fit(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "this one is empty"),
        ([""], "hold no token"),
        ([[]], "hold no token"),
        (["word word"], "at least 2 different words, got 1, 'word'"),
        (["a b c"], None),
    ],
)
def test_too_little_to_learn_from(data, message):
    if message is None:  # all words too rare
        with pytest.raises(DataError, match="lower min_count"):
            SPPMI(min_count=2).fit(data)
        return
    with pytest.raises(DataError, match=message):
        SPPMI(min_count=1).fit(data)


def test_one_word_that_is_frequent_enough():
    with pytest.raises(DataError, match="got 1 that occurs 2 times or more; lower min_count"):
        SPPMI(min_count=2).fit(["a a b"])


def test_no_transform_but_where_there_is_one():
    with pytest.raises(AttributeError, match="FastText places new words"):
        _ = SPPMI().transform
    assert not hasattr(SPPMI(), "transform")
