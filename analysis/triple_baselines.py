"""What stands beside models of triples for perspective: how often an entity answers a relation, and entities in random order."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


class AnswerCounts:
    """s(h, r, t) is how many training triples of r have the tail t, for tails, and the head h, for heads; the other end is not looked at.

    Parameters
    ----------
    triples : int64 (3, m), the training triples

    State: a sparse count for each relation and entity, of either side. A relation without training triples scores 0 everywhere.

    >>> counts = AnswerCounts(np.array([[0, 1, 0], [0, 0, 0], [2, 2, 1]]), n_entities=3, n_relations=1)
    >>> counts.tails(np.array([1]), np.array([0])).tolist(), counts.heads(np.array([0]), np.array([2])).tolist()
    ([[0.0, 1.0, 2.0]], [[2.0, 1.0, 0.0]])
    """

    def __init__(self, triples: np.ndarray, n_entities: int, n_relations: int):
        heads, relations, tails = triples
        self.n_entities, self.n_relations = n_entities, n_relations
        shape, ones = (n_relations, n_entities), np.ones(len(heads), dtype=np.float32)
        self._tails, self._heads = (sp.csr_array(sp.coo_array((ones, (relations, ends)), shape=shape)) for ends in (tails, heads))

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """As of :class:`graphemb.kernels.triple_scorer.TripleScorer`."""
        return self._tails[relations].toarray()

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """As of :class:`graphemb.kernels.triple_scorer.TripleScorer`."""
        return self._heads[relations].toarray()


class RandomScores:
    """Independent uniform scores, new ones at every call."""

    def __init__(self, n_entities: int, n_relations: int, rng: np.random.Generator):
        self.n_entities, self.n_relations, self._rng = n_entities, n_relations, rng

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """As of :class:`graphemb.kernels.triple_scorer.TripleScorer`."""
        return self._rng.random((len(heads), self.n_entities), dtype=np.float32)

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """As of :class:`graphemb.kernels.triple_scorer.TripleScorer`."""
        return self._rng.random((len(tails), self.n_entities), dtype=np.float32)
