"""Which answers to (h, r, ?) and (?, r, t) are known to be true: the filter of evaluation, and what completion marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    from graphemb.data.knowledge_graph import KnowledgeGraph


class KnownAnswers:
    """The true answers of every query that some triples hold, looked up by binary search.

    Parameters
    ----------
    triples : int64 (3, m): head, relation and tail; repeated ones count once
    n_entities, n_relations : how many there are of each

    State: for either side a sorted key relation * n_entities + entity of each distinct query, and its answers as a row of a sparse
    matrix: at most 26 bytes a triple. Work: one sort of the triples a side, then a binary search a query.

    >>> known = KnownAnswers(np.array([[0, 0, 2], [0, 0, 0], [1, 2, 1]]), n_entities=3, n_relations=1)
    >>> known.tails(np.array([0, 1]), np.array([0, 0])).toarray().astype(int).tolist()
    [[0, 1, 1], [0, 0, 0]]
    >>> known.heads(np.array([0]), np.array([1])).indices.tolist()
    [0, 2]
    """

    def __init__(self, triples: np.ndarray, n_entities: int, n_relations: int):
        heads, relations, tails = triples
        self.n_entities, self.n_relations = n_entities, n_relations
        self._tails = _Side(heads, relations, tails, n_entities)
        self._heads = _Side(tails, relations, heads, n_entities)

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> sp.csr_array:
        """bool (b, n_entities): the known tails of each (h, r, ?), in ascending order."""
        return self._tails.of(heads, relations)

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> sp.csr_array:
        """bool (b, n_entities): the known heads of each (?, r, t), in ascending order."""
        return self._heads.of(tails, relations)


def known_answers(data: KnowledgeGraph, splits: Sequence[str] | None = None) -> KnownAnswers:
    """The answers that the triples of some splits make true; None for all splits. An unknown split is an :class:`UnknownNameError`.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples({"train": [("a", "likes", "b")], "test": [("a", "likes", "c")]})
    >>> [known_answers(facts, splits).tails(np.array([0]), np.array([0])).nnz for splits in (None, ["train"], [])]
    [2, 1, 0]
    """
    chosen = data.splits if splits is None else dict.fromkeys(splits)
    parts = [np.empty((3, 0), dtype=np.int64), *map(data.split, chosen)]
    return KnownAnswers(np.concatenate(parts, axis=1), data.n_entities, data.n_relations)


class _Side:
    """The answers of one side: distinct query keys in order, a row of answers for each, and an empty row after the last."""

    def __init__(self, entities: np.ndarray, relations: np.ndarray, answers: np.ndarray, n_entities: int):
        self._n = n_entities
        self._keys, rows = np.unique(relations * n_entities + entities, return_inverse=True)
        shape = (len(self._keys) + 1, n_entities)
        self._answers = sp.csr_array((np.ones(len(rows), dtype=bool), (rows, answers)), shape=shape)

    def of(self, entities: np.ndarray, relations: np.ndarray) -> sp.csr_array:
        asked = np.asarray(relations, dtype=np.int64) * self._n + entities
        places = np.searchsorted(self._keys, asked)
        there = np.append(self._keys, -1)[places] == asked
        return self._answers[np.where(there, places, len(self._keys))]
