"""Word and document vectors trained on the texts themselves: gensim's word2vec, fastText and doc2vec on words, never on characters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphemb.data.tokens import words
from graphemb.kernels.encoder import Encoder, unit_rows
from graphemb.kernels.gensim_training import batch_words, infer_document, pieces, subsampling
from graphemb.kernels.word_means import WordMeans

START_LR = 0.025


@dataclass
class TrainedWords(WordMeans):
    """Means of word vectors that gensim trained on the texts by skip-gram with negative sampling, one worker."""

    dim: int | None = None
    window: int = 5
    epochs: int = 10
    random_state: Any = 0

    packages = ("gensim",)
    default_dim = 128

    def _learn(self, tokens: list[list[str]]) -> None:
        sentences = shuffled_pieces(tokens, self.seed())
        self._vectors: Any = self._model(min_count=1, sg=1, sentences=sentences, **gensim_settings(self, tokens)).wv if sentences else None

    @abstractmethod
    def _model(self, **settings: Any) -> Any:
        """gensim's model of that kind, trained."""

    def vectors_of(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.zeros((len(found), self.dim or self.default_dim))
        known = np.array([self._vectors is not None and word in self._vectors for word in found], dtype=bool)
        if known.any():
            vectors[known] = np.stack([self._vectors[word] for word in found[known]])
        return known, vectors


@dataclass
class Word2Vec(TrainedWords):
    """Means of word2vec vectors (128 columns, window 5, 10 epochs) trained on the texts.

    Source: Mikolov et al., "Distributed Representations of Words and Phrases and their Compositionality", NIPS 2013, arXiv 1310.4546.
    """

    name = "word2vec"

    def _model(self, **settings: Any) -> Any:
        from gensim.models import Word2Vec

        return Word2Vec(**settings)


@dataclass
class FastText(TrainedWords):
    """Means of fastText vectors, sums over character n-grams, trained on the texts; a word never seen has one too, made of its n-grams.

    Source: Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017, arXiv 1607.04606.
    """

    buckets: int = 50_000

    name = "fasttext"

    def _model(self, **settings: Any) -> Any:
        from gensim.models import FastText

        return FastText(bucket=self.buckets, **settings)


@dataclass
class Doc2Vec(Encoder):
    """One vector a text, trained to predict the text's words (distributed bag of words); new texts are fitted to the trained words.

    Source: Le and Mikolov, "Distributed Representations of Sentences and Documents", ICML 2014, arXiv 1405.4053. Texts are given as
    lists of words; the code of the text models of this package's sources gives strings, which gensim reads as characters.
    """

    dim: int | None = None
    window: int = 5
    epochs: int = 20
    random_state: Any = 0

    name = "doc2vec"
    packages = ("gensim",)
    default_dim = 128

    def fit(self, texts: Sequence[str]) -> np.ndarray:
        from gensim.models import Doc2Vec
        from gensim.models.doc2vec import TaggedDocument

        tokens = [words(text) for text in texts]
        order = np.random.default_rng(self.seed()).permutation(len(tokens)).tolist()
        documents = [TaggedDocument(piece, [i]) for i in order for piece in pieces(tokens[i])]
        self._model: Any = None
        rows = np.zeros((len(texts), self.dim or self.default_dim), dtype=np.float32)
        if documents:
            self._model = Doc2Vec(documents, dm=0, min_count=1, **gensim_settings(self, tokens))
            filled = np.flatnonzero([bool(listed) for listed in tokens])
            rows[filled] = self._model.dv.vectors[filled]
        return unit_rows(rows)

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), self.dim or self.default_dim), dtype=np.float32)
        for i, text in enumerate(texts):  # gensim infers one text at a time
            known = [word for word in words(text) if self._model is not None and word in self._model.wv]
            if known:
                rows[i] = infer_document(self._model, known, seed=self.seed(), epochs=self.epochs, lr=START_LR)
        return unit_rows(rows)


def gensim_settings(encoder: Any, tokens: list[list[str]]) -> dict[str, Any]:
    """What all of gensim's models are given; one worker, since several make the result depend on chance."""
    listed = sum(map(len, tokens))
    return {
        "vector_size": encoder.dim or encoder.default_dim,
        "window": encoder.window,
        "epochs": encoder.epochs,
        "workers": 1,
        "seed": encoder.seed(),
        "sample": subsampling(listed),
        "batch_words": batch_words(listed),
    }


def shuffled_pieces(tokens: list[list[str]], seed: int) -> list[list[str]]:
    """All texts in an order drawn at random: sorted ones would show alike texts one after the other.

    >>> shuffled_pieces([["a"], [], ["b"]], 0)
    [['b'], ['a']]
    """
    order = np.random.default_rng(seed).permutation(len(tokens)).tolist()
    return [piece for i in order for piece in pieces(tokens[i])]
