"""What every method of a triple evaluation is asked, and the groups that its figures fall into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphemb.analysis.ranking_groups import Groups, count_groups
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.kernels.known_answers import KnownAnswers, known_answers
from graphemb.kernels.triple_ranking import TripleRanks

MANY = 1.5
"""Answers a question from which a side is called "n"; see :attr:`TripleTask.cardinality`."""
CARDINALITIES = ("1-1", "1-n", "n-1", "n-n", "no training triples")
UNSEEN = ("seen entities", "an unseen entity")


@dataclass(frozen=True)
class TripleTask:
    """The triples of a split, both of whose ends are asked for.

    Attributes
    ----------
    split, filter : the split that is judged by, and those whose triples are known answers and no candidates
    sides, ks, ties : as of :mod:`graphemb.kernels.triple_ranking` and :mod:`graphemb.kernels.rank_metrics`
    chosen : int64 (m,), which triples of the split are judged

    A query is a triple asked from one side: of m triples and s sides a place in an (s, m) array. Several queries may ask the same
    question, such as (h, r, ?), for different answers.
    """

    data: KnowledgeGraph
    split: str
    filter: tuple[str, ...]
    sides: tuple[str, ...]
    ks: tuple[int, ...]
    ties: str
    chosen: np.ndarray

    @cached_property
    def triples(self) -> np.ndarray:
        """int64 (3, m)."""
        return self.data.split(self.split)[:, self.chosen]

    @cached_property
    def known(self) -> KnownAnswers:
        """The answers that are no candidates."""
        return known_answers(self.data, self.filter)

    @cached_property
    def train(self) -> np.ndarray:
        """int64 (3, m): the training triples; none where there is no such split."""
        return self.data.split("train") if "train" in self.data.splits else np.empty((3, 0), dtype=np.int64)

    @cached_property
    def frequency(self) -> np.ndarray:
        """int64 (n,): training triples that each entity stands in, at either end."""
        return np.bincount(self.train[[0, 2]].ravel(), minlength=self.data.n_entities)

    @cached_property
    def unseen(self) -> np.ndarray:
        """bool (m,): triples with an entity that no training triple holds."""
        return (self.frequency[self.triples[[0, 2]]] == 0).any(axis=0)

    @cached_property
    def unseen_relation(self) -> np.ndarray:
        """bool (m,): triples whose relation no training triple has."""
        return np.asarray(self._relation_kind[self.triples[1]] == len(CARDINALITIES) - 1)

    @cached_property
    def _relation_kind(self) -> np.ndarray:
        """int64 (R,): the place of each relation's cardinality among ``CARDINALITIES``.

        The side of tails is "n" where a head has above 1.5 tails in the mean of training, the side of heads likewise (Bordes et al.,
        "Translating embeddings for modeling multi-relational data", NeurIPS 2013).
        """
        R, n = self.data.n_relations, max(self.data.n_entities, 1)
        relations = self.train[1]
        counts = np.bincount(relations, minlength=R)
        different = [np.bincount(np.unique(relations * n + ends) // n, minlength=R) for ends in self.train[[0, 2]]]
        tails, heads = (counts / np.maximum(each, 1) > MANY for each in different)
        return np.where(counts > 0, 2 * heads + tails, len(CARDINALITIES) - 1)

    @cached_property
    def question_weights(self) -> np.ndarray:
        """float64 (s, m): one over how many judged triples ask the same question, so that every question weighs 1 in all."""
        heads, relations, tails = self.triples
        weights = np.empty((len(self.sides), len(heads)))
        for i, side in enumerate(self.sides):
            keys = relations * self.data.n_entities + (heads if side == "tail" else tails)
            _, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
            weights[i] = 1 / counts[places]
        return weights

    @property
    def n_questions(self) -> int:
        """Distinct questions."""
        return round(float(self.question_weights.sum()))

    def groupings(self) -> Iterator[tuple[str, Groups]]:
        """Every grouping by its name, with the group of each query, (s, m); of unseen entities only where there are some."""
        shape, relations = (len(self.sides), self.triples.shape[1]), self.triples[1]
        answers = np.stack([self.triples[2 if side == "tail" else 0] for side in self.sides])
        frequency = count_groups(self.frequency[answers].ravel(), "training triple")
        yield "relation", Groups(np.broadcast_to(relations, shape), tuple(self.data.relations))
        yield "cardinality", Groups(np.broadcast_to(self._relation_kind[relations], shape), CARDINALITIES)
        yield "frequency", Groups(frequency.of.reshape(shape), frequency.names)
        if self.unseen.any():
            yield "unseen", Groups(np.broadcast_to(self.unseen.astype(np.int64), shape), UNSEEN)


@dataclass(frozen=True)
class RankedTriples:
    """A method's ranks of the judged triples, and the seconds that they took."""

    label: str
    baseline: bool
    ranks: TripleRanks
    seconds: float
