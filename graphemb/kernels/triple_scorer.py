"""What scores all tails and all heads of a knowledge graph: the protocol that evaluation, prediction and early stopping share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.names import Names
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.hypercomplex_scorer import grouped
from graphemb.kernels.scorer import Scorer

ENTITY = "entity"


class TripleScorer(Protocol):
    """Scores of n entities against all n entities by a relation, a block of queries at a time; never an n x n matrix."""

    n_entities: int
    n_relations: int

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """float32 (b, n): s(h, r, t) of every t, from two int64 (b,); written by the caller at will."""
        ...

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """float32 (b, n): s(h, r, t) of every h, by the reciprocal relation where the model has one; written by the caller at will."""
        ...


class DecoderTriples:
    """The scores of any decoder, one relation at a time, each prepared once: ``scorer_of(r)`` is a scorer of pairs of entities.

    Queries of one relation are best asked together: a block is scored once for every relation in it.
    """

    def __init__(self, scorer_of: Callable[[int], Scorer], n_entities: int, n_relations: int):
        self._scorer_of, self.n_entities, self.n_relations = cache(scorer_of), n_entities, n_relations

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """Scores of all tails; see :class:`TripleScorer`."""
        return self._by_relation(self._scorer_of, relations, heads)

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """Scores of all heads, by the scorer reversed; see :class:`TripleScorer`."""
        return self._by_relation(lambda relation: self._scorer_of(relation).reversed(), relations, tails)

    def _by_relation(self, scorer_of: Callable[[int], Scorer], relations: np.ndarray, entities: np.ndarray) -> np.ndarray:
        scores = np.empty((len(entities), self.n_entities), dtype=np.float32)
        for relation, mine in grouped(relations):
            scores[mine] = scorer_of(relation).block(entities[mine], slice(0, self.n_entities))
        return scores


class AlignedTriples:
    """Another scorer with entities and relations in the order of some data, whether it knows all of them or not.

    Parameters
    ----------
    scorer : in its own order
    entity_rows, relation_rows : int64 (n,) and (R,), the scorer's number of each entity and relation of the data, -1 where it has none

    An entity that is not known scores -inf as an answer; a query about one, or by a relation that is not known, scores -inf
    everywhere, so that all its answers are level. ``scores_entity`` and ``scores_relation`` (bool) tell who is known.

    >>> from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
    >>> inner = HypercomplexScorer(np.float32([[1], [2]]), np.float32([[3]]), product="real")
    >>> AlignedTriples(inner, np.array([1, -1, 0]), np.array([0])).tails(np.array([0, 1]), np.array([0, 0])).tolist()
    [[12.0, -inf, 6.0], [-inf, -inf, -inf]]
    """

    def __init__(self, scorer: TripleScorer, entity_rows: np.ndarray, relation_rows: np.ndarray):
        self.scorer, self.entity_rows, self.relation_rows = scorer, entity_rows, relation_rows
        self.n_entities, self.n_relations = len(entity_rows), len(relation_rows)
        self.scores_entity, self.scores_relation = entity_rows >= 0, relation_rows >= 0
        self._in_order = len(entity_rows) == scorer.n_entities and bool((entity_rows == np.arange(scorer.n_entities)).all())

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """Scores of all tails; see :class:`TripleScorer`."""
        return self._ordered(lambda entities, which: self.scorer.tails(entities, which), heads, relations)

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """Scores of all heads; see :class:`TripleScorer`."""
        return self._ordered(lambda entities, which: self.scorer.heads(which, entities), tails, relations)

    def _ordered(
        self, scores_of: Callable[[np.ndarray, np.ndarray], np.ndarray], entities: np.ndarray, relations: np.ndarray
    ) -> np.ndarray:
        rows, which = self.entity_rows[entities], self.relation_rows[relations]
        known = (rows >= 0) & (which >= 0)
        if known.all():
            return self._in_data_order(scores_of(rows, which))
        scores = np.full((len(entities), self.n_entities), -np.inf, dtype=np.float32)
        if known.any():
            scores[known] = self._in_data_order(scores_of(rows[known], which[known]))
        return scores

    def _in_data_order(self, scores: np.ndarray) -> np.ndarray:
        if self._in_order:
            return scores
        ordered = scores[:, np.maximum(self.entity_rows, 0)]
        ordered[:, ~self.scores_entity] = -np.inf
        return ordered


def triple_scorer(embedding: Embedding, data: KnowledgeGraph | None = None, decoder: str = "auto") -> AlignedTriples:
    """The scores of all tails and all heads, by an embedding of entities and a decoder of relations.

    Parameters
    ----------
    embedding : its rows are entities, those of kind "entity" where it has kinds
    data : whose entities and relations, matched by name, and whose order; None for those of the embedding
    decoder : a registered name; "auto" is the embedding's own. A decoder with a static ``triples(embedding) -> TripleScorer``, of all
        rows of the embedding and the relations of :func:`relation_names`, scores by that. Of any other the scorers of its relations
        are asked; one that has no use for relations scores all of them alike

    Returns
    -------
    AlignedTriples ; its ``scores_entity`` and ``scores_relation`` tell who was found

    Raises
    ------
    DataError : none of the data's entities or relations in the embedding, NaN or infinite numbers
    UnknownNameError : an unknown decoder

    >>> data = KnowledgeGraph.from_triples([("b", "likes", "a"), ("a", "knows", "c")])
    >>> e = Embedding(["a", "b"], [[1.0], [2.0]], decoder="translation", parameters={"relation": [[1.0]]}, meta={"relations": ["likes"]})
    >>> scorer = triple_scorer(e, data)
    >>> scorer.scores_entity.tolist(), scorer.scores_relation.tolist(), scorer.tails(np.array([1]), np.array([0])).tolist()
    ([True, True, False], [True, False], [[0.0, -1.0, -inf]])
    """
    found = registry.find("decoder", embedding.decoder if decoder == "auto" else decoder).load()
    names = relation_names(embedding)
    blind = None if hasattr(found, "triples") else _blind(embedding, found, names)
    entities = _entities_of(embedding, data)
    if blind is not None:
        level = DecoderTriples(lambda relation: blind, len(embedding), 1)
        return AlignedTriples(level, entities, np.zeros(1 if data is None else data.n_relations, dtype=np.int64))
    if hasattr(found, "triples"):
        scorer: TripleScorer = found.triples(embedding)
    else:
        scorer = DecoderTriples(lambda relation: _prepared(embedding, found, names[relation]), len(embedding), len(names))
    return AlignedTriples(scorer, entities, _relations_of(names, data))


def relation_names(embedding: Embedding) -> list[str]:
    """The relations an embedding knows, in the order of ``parameters["relation"]`` or of its rows; [] if none.

    They stand in ``meta["relations"]``, in ``meta["notes"]["relations"]``, or are the rows of kind "relation".
    """
    for meta in (embedding.meta, embedding.meta.get("notes") or {}):  # a method's own notes lie under "notes"
        if "relations" in meta:
            return [str(name) for name in meta["relations"]]
    if embedding.kinds is None:
        return []
    return list(embedding.names.take(np.flatnonzero(embedding.kinds == "relation")))


def _entities_of(embedding: Embedding, data: KnowledgeGraph | None) -> np.ndarray:
    """int64: the embedding's row of each entity of the data, -1 where it has none; without data its own entities."""
    rows = np.arange(len(embedding)) if embedding.kinds is None else np.flatnonzero(embedding.kinds == ENTITY)
    if not len(rows):
        there = ", ".join(map(str, np.unique(np.asarray(embedding.kinds, dtype=str))))
        raise DataError(f"expected an embedding of entities, but this one holds rows of kind {there or 'none'} only")
    if data is None:
        return rows
    found = embedding.names.take(rows).find(data.entities)
    if len(found) and (found < 0).all():
        raise DataError(f"the embedding holds none of the {len(found):,} entities of the data; was it trained on other data?")
    return np.where(found >= 0, rows[found], -1)


def _relations_of(names: list[str], data: KnowledgeGraph | None) -> np.ndarray:
    """int64: the number of each relation of the data among those of the embedding, -1 where it is none."""
    if data is None:
        return np.arange(len(names))
    found = Names(names, what="relation").find(data.relations)
    if len(found) and (found < 0).all():
        raise DataError(f"the embedding holds none of the {len(found):,} relations of the data; was it trained on other data?")
    return found


def _blind(embedding: Embedding, decoder: Any, names: list[str]) -> Scorer | None:
    """The one scorer of a decoder that has no use for relations, None for any other."""
    if not names:
        return _prepared(embedding, decoder, None)  # which raises where relations are needed
    try:
        _prepared(embedding, decoder, names[0])
    except ParameterError:
        return _prepared(embedding, decoder, None)
    return None


def _prepared(embedding: Embedding, decoder: Any, relation: str | None) -> Scorer:
    made: Scorer = decoder.prepare(embedding, relation)
    return made
