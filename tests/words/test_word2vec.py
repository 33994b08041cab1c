"""gensim's models on a corpus: repeatable in any interpreter, resumable to the bit, whole documents, new words and texts."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from graphemb.data.corpus import Corpus
from graphemb.errors import DataError, DataWarning, ParameterError, TrainingError, UnknownNameError
from graphemb.kernels import gensim_training, word_method
from graphemb.kernels.corpus_method import kept_words
from graphemb.kernels.word_method import Pieces
from graphemb.words.doc2vec import Doc2Vec
from graphemb.words.fasttext import FastText
from graphemb.words.word2vec import Word2Vec

QUICK = {"dim": 8, "min_count": 1, "epochs": 4}
METHODS = [
    Word2Vec(**QUICK),
    Word2Vec(**QUICK, architecture="cbow"),
    FastText(**QUICK, buckets=200),
    Doc2Vec(**QUICK),
    Doc2Vec(**QUICK, architecture="dm", window=2),
]
every_method = pytest.mark.parametrize("method", METHODS, ids=["sg", "cbow", "fasttext", "dbow", "dm"])


def learn(method, **settings):
    """A fresh one with other settings."""
    return type(method)(**{**method.get_params(), **settings})


@every_method
def test_it_learns_topics_and_the_loss_falls(method, topics):
    e = learn(method, epochs=60, lr=0.1).fit(topics).embedding_
    words = e if e.kinds is None else e.subset(kind="word")
    same = [name[0] == words.nearest(name, 1)["name"].item()[0] for name in words.names]
    assert np.mean(same) > 0.7  # 0.3 by chance; a mean of many vectors tells each of them little
    losses = e.meta["notes"]["losses"]
    assert len(losses) == 60 and losses[-1] < 0.9 * losses[0] and losses[0] < 6 * np.log(2) * 1.05


@every_method
def test_resumed_fit_equals_the_uninterrupted_one(method, topics, tmp_path):
    path = tmp_path / "run.safetensors"
    stopped = learn(method).fit(topics, checkpoint=path, callback=lambda epoch, epochs, loss: epoch == 2).embedding_
    assert stopped.meta["notes"]["stopped_after"] == 2 and path.exists()
    with pytest.raises(DataError, match="window"):
        learn(method, window=3).fit(topics, checkpoint=path)
    resumed, whole = learn(method).fit(topics, checkpoint=path).embedding_, learn(method).fit(topics).embedding_
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert resumed.meta["notes"] == whole.meta["notes"] and not path.exists()


SCRIPT = """
import hashlib
import graphemb as ge
texts = ["the cat eats fish", "the dog eats meat", "a cat drinks milk", "a dog drinks water"] * 5
settings = {"dim": 4, "min_count": 1, "epochs": 2}
fitted = [ge.Word2Vec(**settings).fit(texts), ge.FastText(**settings, buckets=50).fit(texts), ge.Doc2Vec(**settings).fit(texts)]
arrays = [model.embedding_.vectors for model in fitted]
arrays += [fitted[1].transform(["catfish"]).vectors, fitted[2].transform(["a fish drinks water"]).vectors]
print([hashlib.sha256(array.tobytes()).hexdigest() for array in arrays])
"""


def test_result_does_not_depend_on_string_hashes():
    def run(seed: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        return done.stdout

    first = run("1")
    assert first == run("2") and len(first) > 300


def test_pieces_hold_every_word_once_in_another_order_each_epoch(monkeypatch):
    monkeypatch.setattr(word_method, "LONGEST", 4)
    corpus = Corpus([list("abcdefghij"), ["rare"], list("abab"), list("cdcdefefghghijij")])
    words = kept_words(corpus, 2)
    pieces = Pieces(words, seed=0)
    assert len(pieces) == 3 + 1 + 4
    first, second = (list(pieces.read(epoch)) for epoch in (0, 1))
    assert first != second and sorted(first) == sorted(second) and first == list(pieces.read(0))
    assert max(len(rows) for _, rows in first) == 4
    np.testing.assert_array_equal(np.bincount(np.concatenate([rows for _, rows in first])), words.counts)
    assert sorted(document for document, _ in first) == [0, 0, 0, 2, 3, 3, 3, 3]


def test_a_document_longer_than_gensim_reads_is_read_whole():
    long = ["left", "west"] * (gensim_training.LONGEST // 2) + ["right", "east"] * 50
    e = Word2Vec(dim=4, min_count=1, epochs=30, sample=0, lr=0.1).fit([long]).embedding_
    untrained = Word2Vec(dim=4, min_count=1, epochs=1, sample=0, lr=1e-9).fit([long]).embedding_
    assert np.linalg.norm(e["right"] - untrained["right"]) > 0.5


def test_windows_of_the_monitor_stay_within_their_piece():
    corpus = Corpus([["a", "b"], ["c"], ["d", "e", "f"]])
    targets, around, documents = Pieces(kept_words(corpus, 1), 0).windows(3, 200, np.random.default_rng(0))
    words = list(corpus.types)
    of = {"a": 0, "b": 0, "c": 1, "d": 2, "e": 2, "f": 2}
    for target, near, document in zip(targets, around, documents, strict=True):
        assert of[words[target]] == document and {of[words[i]] for i in near[near >= 0]} <= {document}
        assert target not in near and len(set(near[near >= 0])) == (near >= 0).sum()


@every_method
def test_no_document_holds_two_words(method):
    e = learn(method).fit([["a"], ["b"], ["a"]]).embedding_
    assert np.isfinite(e.vectors).all()


def test_divergence_is_told(topics, monkeypatch):
    monkeypatch.setattr(gensim_training.Monitor, "loss", lambda *matrices: float("nan"))
    with pytest.raises(TrainingError, match="lower lr"):
        learn(METHODS[0]).fit(topics)


def test_threads_are_said_to_be_not_reproducible(topics):
    notes = learn(METHODS[0], n_jobs=2).fit(topics).embedding_.meta["notes"]
    assert notes["reproducible"] is False or "why_not_reproducible" not in notes  # one core alone: one worker


@pytest.mark.parametrize(
    ("method", "settings", "error", "message"),
    [
        (Word2Vec, {"lr": 2}, ParameterError, "at most 1"),
        (Word2Vec, {"sample": -1}, ParameterError, "sample"),
        (Word2Vec, {"negative": 0}, ParameterError, "negative"),
        (Word2Vec, {"architecture": "glove"}, UnknownNameError, "cbow"),
        (FastText, {"min_n": 4, "max_n": 3}, ParameterError, "max_n"),
        (FastText, {"buckets": 0}, ParameterError, "buckets"),
        (Doc2Vec, {"architecture": "cbow"}, UnknownNameError, "dbow"),
        (Doc2Vec, {"epochs": 1.5}, ParameterError, "epochs"),
    ],
)
def test_bad_settings(topics, method, settings, error, message):
    with pytest.raises(error, match=message):
        method(**{**QUICK, **settings}).fit(topics)


# -- new words and texts


def test_fasttext_places_new_words(topics):
    model = learn(METHODS[2], epochs=2).fit(["walking walked walks talking talked talks"] * 10)
    new = model.transform(["walker", "walked", "zzzz"])
    np.testing.assert_array_equal(new["walked"], model.embedding_["walked"])
    assert new.vectors.any(axis=1).all() and new.meta["transform"]["unseen"] == 2
    grams = model.words_
    by_hand = np.mean([grams.vectors_ngrams[h] for h in _hashes("zzzz", grams)], axis=0)
    np.testing.assert_allclose(new["zzzz"], by_hand, rtol=1e-5)


def _hashes(word, vectors):
    from gensim.models.fasttext import ft_ngram_hashes

    return ft_ngram_hashes(word, vectors.min_n, vectors.max_n, vectors.bucket)


def test_fasttext_refuses_what_is_no_list_of_words():
    model = learn(METHODS[2], min_n=5).fit(["walking walked walks"])
    with pytest.raises(DataError, match="list of words"):
        model.transform("walked")
    with pytest.raises(DataError, match="empty"):
        model.transform([])
    with pytest.warns(DataWarning, match="1 of 2"):
        assert not model.transform(["a", "walkable"])["a"].any()


def test_doc2vec_gives_documents_and_words(topics):
    e = learn(METHODS[3], epochs=1).fit(topics).embedding_
    documents, words = e.subset(kind="document"), e.subset(kind="word")
    assert list(documents.names) == list(topics.names) and list(words.names) == list(topics.types)
    assert (
        documents.attributes["count"].tolist() == topics.lengths.tolist() and words.attributes["count"].tolist() == topics.counts.tolist()
    )


@pytest.mark.parametrize("architecture", ["dbow", "dm"])
def test_doc2vec_places_new_texts_among_their_like(topics, architecture):
    model = learn(METHODS[3], epochs=60, lr=0.1, architecture=architecture, window=2).fit(topics)
    texts = [["a1", "a2", "a3", "a4", "a5", "a9"] * 2, ["b1", "b2", "b3", "b7", "b11", "b12"] * 2]
    both = model.transform(texts)
    for i, expected in enumerate((0, 1)):
        near = model.embedding_.nearest(both.vectors[i], 15, kind="document")["name"]
        assert [int(name.split()[1]) % 3 for name in near].count(expected) >= 9  # 5 by chance
    alone = model.transform(texts[1:])
    np.testing.assert_array_equal(alone.vectors[0], both.vectors[1])  # as if it were the first


def test_doc2vec_says_who_has_no_words(topics):
    with pytest.warns(DataWarning, match="1 of 3"):
        model = learn(METHODS[3], min_count=2).fit([["a", "b"], ["rare"], ["b", "a"]])
    assert not model.embedding_.vectors[1].any() and model.embedding_.meta["notes"]["documents_without_words"] == 1
    with pytest.warns(DataWarning, match="without a known word"):
        assert not model.transform(["unheard of"]).vectors.any()
