"""What word tests make of vectors: a score for every pair, question, word or outlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.word_test import WordTest
from graphemb.errors import DataError
from graphemb.kernels.analogies import answer
from graphemb.kernels.scorer import unit_rows

PERMUTED = 100
"""Draws of permuted categories behind the chance level of purity."""


@dataclass(frozen=True)
class Words:
    """The words of an embedding: all rows but those of relations. ``kept`` are their places."""

    embedding: Embedding
    kept: np.ndarray

    @classmethod
    def of(cls, embedding: Embedding) -> Words:
        """The words; :class:`DataError` where names stand in several kinds."""
        embedding.require_finite()
        kinds = embedding.kinds
        if kinds is None:
            return cls(embedding, np.arange(len(embedding)))
        kept = np.flatnonzero(kinds != "relation")
        if len(set(embedding.names.take(kept))) < len(kept):
            raise DataError("names stand in several kinds of this embedding; cut it to the kind that holds words: subset(kind=...)")
        return cls(embedding.take(kept), kept)

    @cached_property
    def unit(self) -> np.ndarray:
        """Their vectors, of unit length; zero rows stay zero."""
        return unit_rows(self.embedding.vectors)

    def rows(self, test: WordTest) -> np.ndarray:
        """Rows of the words of the test's table; -1 for those without a vector, or with one of zeros, which has no direction."""
        found = test.rows(self.embedding)
        directed = np.asarray(self.unit.any(axis=1))
        return np.where((found >= 0) & directed[found], found, -1)


@dataclass(frozen=True)
class Scored:
    """One figure of one embedding: a score for every unit that is compared.

    The figure is the mean of ``scores``, or their correlation with ``human``. ``chance`` is its level without meaning.
    """

    metric: str
    rule: str
    scores: np.ndarray
    chance: float
    human: np.ndarray | None = None
    asked: float = np.nan
    """Of analogies: the share of questions whose best name of all is one of the question's own words."""


def similarity(words: Words, test: WordTest, rows: np.ndarray) -> list[Scored]:
    """The cosine of each pair, to be correlated with the scores of people; ``rows`` int64 (pairs, 2) are those of the embedding."""
    unit = words.unit
    cosine = np.einsum("ij,ij->i", unit[rows[:, 0]], unit[rows[:, 1]])
    return [Scored("Spearman", "", cosine, 0.0, test.table["score"].to_numpy())]


def analogy(words: Words, rows: np.ndarray, rules: Sequence[str], exclude: bool, n_jobs: int | None = None) -> list[Scored]:
    """1 for a right answer, 1/t where it shares the best score with t - 1 others, by rule; the words of a question are no candidates if
    ``exclude``."""
    n = len(words.unit)
    scored = []
    for rule in rules:
        answers = answer(words.unit, rows, rule, n_jobs=n_jobs)
        credit = answers.credit if exclude else answers.unrestricted
        scored.append(Scored("accuracy", rule, credit, 1 / max(n - 3 if exclude else n, 1), asked=float(answers.asked.mean())))
    return scored


def categorisation(words: Words, rows: np.ndarray, categories: Sequence[str], clustering: str, rng: np.random.Generator) -> list[Scored]:
    """1 for a word that is of the commonest category of its cluster, so that the mean is the purity; as many clusters as categories.

    ``clustering``: "kmeans" (the best of ten starts) or "agglomerative" (Ward), of rows of unit length. Chance: the mean purity of these
    clusters with the categories in random order.
    """
    from sklearn.cluster import AgglomerativeClustering, KMeans

    codes, listed = pd.factorize(np.asarray(categories, dtype=object))
    seed = int(rng.integers(2**31 - 1))
    k = len(listed)
    made = KMeans(k, n_init=10, random_state=seed) if clustering == "kmeans" else AgglomerativeClustering(k)
    clusters = made.fit_predict(words.unit[rows])
    chance = np.mean([_pure(clusters, rng.permutation(codes), k).mean() for _ in range(PERMUTED)])
    return [Scored("purity", "", _pure(clusters, codes, k), float(chance))]


def _pure(clusters: np.ndarray, codes: np.ndarray, k: int) -> np.ndarray:
    counts = np.bincount(clusters * k + codes, minlength=k * k).reshape(k, k)
    return np.asarray((codes == counts.argmax(axis=1)[clusters]).astype(np.float64))


def outliers(words: Words, cases: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> list[Scored]:
    """Where each word that does not belong stands among its cluster, by compactness: whether first (accuracy), and how far up (OPP).

    A word is the less compact with the others, the smaller the sum of its cosines with them; of n words of a cluster the outlier's position
    is how many are more compact (equals count half), over n. It is detected where all are; of t equals, 1/t.

    Parameters
    ----------
    cases : by cluster, the rows of its words and those of its outliers

    Source: Camacho-Collados and Navigli, "Find the word that does not belong", RepEval 2016.
    """
    position, found, size = [], [], []
    for inside, outside in cases.values():
        x, y = words.unit[inside].astype(np.float64), words.unit[outside].astype(np.float64)
        with_outlier = y @ x.T
        own = x @ x.T
        sums = own.sum(axis=1) - np.diag(own) + with_outlier
        gap = np.round(sums - with_outlier.sum(axis=1, keepdims=True), 9)  # equal words must be equal whatever the order of sums
        n = len(inside)
        equal = (gap == 0).sum(axis=1)
        position.append(((gap > 0).sum(axis=1) + equal / 2) / n)
        found.append(np.where((gap >= 0).all(axis=1), 1 / (1 + equal), 0.0))
        size.append(np.full(len(outside), n))
    chance = float(np.mean(1 / (np.concatenate(size) + 1)))
    return [Scored("accuracy", "", np.concatenate(found), chance), Scored("OPP", "", np.concatenate(position), 0.5)]
