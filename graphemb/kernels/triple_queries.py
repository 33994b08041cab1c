"""Triples as distinct queries with all their answers: (h, r, ?) and (?, r, t), each asked once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphemb.errors import DataError


@dataclass(frozen=True)
class QueryBatch:
    """Distinct queries with their answers.

    ``anchors`` (b,) are the entities asked about and ``relations`` (b,) their relations, r + R where heads are asked for. ``answers`` (a,)
    stand query by query, ``indptr`` (b + 1,) says where each query's begin; ``counts`` (b,) are their numbers, ``rows`` (a,) their queries.
    Queries that ask for tails stand before those that ask for heads; there are ``n_tail`` of them.
    """

    anchors: np.ndarray
    relations: np.ndarray
    indptr: np.ndarray
    answers: np.ndarray
    n_tail: int

    def __len__(self) -> int:
        return len(self.anchors)

    @property
    def counts(self) -> np.ndarray:
        return np.diff(self.indptr)

    @cached_property
    def rows(self) -> np.ndarray:
        return np.repeat(np.arange(len(self)), self.counts)

    def loops(self) -> np.ndarray:
        """bool (b,): queries that are answered by the very entity they ask about."""
        return _loops(self.anchors, self.rows, self.answers)

    def sides(self) -> Iterator[tuple[str, QueryBatch]]:
        """The part that asks for tails, the part that asks for heads; those that are not empty."""
        for side, first, last in (("tail", 0, self.n_tail), ("head", self.n_tail, len(self))):
            if last > first:
                start, stop = self.indptr[first], self.indptr[last]
                part = self.anchors[first:last], self.relations[first:last], self.indptr[first : last + 1] - start
                yield side, QueryBatch(*part, self.answers[start:stop], last - first if side == "tail" else 0)


@dataclass(frozen=True)
class TripleQueries:
    """All distinct queries of a set of triples; fields as of :class:`QueryBatch`, in order of relation, then anchor."""

    n_entities: int
    n_relations: int
    anchors: np.ndarray
    relations: np.ndarray
    indptr: np.ndarray
    answers: np.ndarray

    def __len__(self) -> int:
        return len(self.anchors)

    @property
    def n_rows(self) -> int:
        """Pairs of a query and an answer: twice the number of triples."""
        return len(self.answers)

    def involved(self) -> np.ndarray:
        """(n,): how many queries ask about each entity, or are answered by it."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.indptr))
        others = self.anchors[~_loops(self.anchors, rows, self.answers)]
        return np.bincount(self.answers, minlength=self.n_entities) + np.bincount(others, minlength=self.n_entities)

    def take(self, queries: np.ndarray) -> QueryBatch:
        """Queries by number, in ascending order.

        >>> triple_queries(np.array([[0, 0], [0, 0], [1, 2]]), 3, 1).take(np.array([0])).answers.tolist()
        [1, 2]
        """
        queries = np.sort(queries)
        starts, counts = self.indptr[queries], self.indptr[queries + 1] - self.indptr[queries]
        indptr = np.concatenate([[0], np.cumsum(counts)])
        answers = self.answers[np.repeat(starts - indptr[:-1], counts) + np.arange(indptr[-1])]
        relations = self.relations[queries]
        n_tail = int(np.searchsorted(relations, self.n_relations))
        return QueryBatch(self.anchors[queries], relations, indptr, answers, n_tail)

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[QueryBatch]:
        """Every query once, in random batches of nearly equal size, at most ``size``."""
        for queries in np.array_split(rng.permutation(len(self)), self.n_batches(size)):
            yield self.take(queries)

    def n_batches(self, size: int) -> int:
        """Batches of an epoch."""
        return -(-len(self) // size)


def _loops(anchors: np.ndarray, rows: np.ndarray, answers: np.ndarray) -> np.ndarray:
    found = np.zeros(len(anchors), dtype=bool)
    found[rows[anchors[rows] == answers]] = True
    return found


def triple_queries(triples: np.ndarray, n_entities: int, n_relations: int) -> TripleQueries:
    """The distinct queries of triples, in both directions.

    A triple (h, r, t) answers (h, r, ?) with t, and (?, r, t), which stands as (t, r + R, ?), with h. Cross-entropy of a query with n
    answers is n log-sum-exp(s) - sum of the true scores: the loss of all its triples, for the price of one.

    Parameters
    ----------
    triples : (3, m) whole numbers: heads, relations, tails; repeated ones count once
    n_entities, n_relations : n and R

    Raises
    ------
    DataError : no triples

    Time O(m log m); memory 80 bytes a triple on the way, 16 kept and 24 a query.

    >>> queries = triple_queries(np.array([[0, 0], [0, 0], [1, 2]]), 3, 1)
    >>> len(queries), queries.relations.tolist(), queries.anchors.tolist(), queries.answers.tolist()
    (3, [0, 1, 1], [0, 1, 2], [1, 2, 0, 0])
    """
    heads, relations, tails = np.asarray(triples, dtype=np.int64)
    if not len(heads):
        raise DataError("there is nothing to train on: no triples were given")
    asked = np.concatenate([relations * n_entities + heads, (relations + n_relations) * n_entities + tails])
    answers = np.concatenate([tails, heads])
    order = np.lexsort((answers, asked))
    asked, answers = asked[order], answers[order]
    new = np.ones(len(asked), dtype=bool)
    new[1:] = (asked[1:] != asked[:-1]) | (answers[1:] != answers[:-1])
    asked, answers = asked[new], answers[new]
    keys, starts = np.unique(asked, return_index=True)
    indptr = np.append(starts, len(asked)).astype(np.int64)
    return TripleQueries(n_entities, n_relations, keys % n_entities, keys // n_entities, indptr, answers)
