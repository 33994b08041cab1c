"""Decoders of knowledge graphs: s(h, r, t) for one relation at a time, h ranking tails; ``reversed()`` ranks heads.

The relation is a name or its vector. Names are looked up in ``parameters["relation"]``, an array of one row a relation whose names
stand in order in ``meta["relations"]``; else among the rows of kind "relation" (whose names ``meta`` need not repeat).

Complex vectors of d/2 entries are stored as [real | imaginary], quaternion vectors of d/4 entries as [1 | i | j | k]. All four decoders
are layouts of :class:`graphemb.kernels.hypercomplex_scorer.HypercomplexScorer`, which scores both distances in float64: they differ
from the ``hypercomplex`` decoder in where relations are found, and in bringing them to length 1 themselves.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import unit
from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
from graphemb.kernels.triple_scorer import relation_names
from graphemb.reconstruction.decoders.hypercomplex import OneRelation
from graphemb.reconstruction.decoders.vectors import Relation


class _Layout:
    """What the decoders share: vectors of relations, checked, made a scorer of all of them or of one."""

    name: ClassVar[str]
    parts: ClassVar[int] = 1
    phases: ClassVar[bool] = False

    @classmethod
    def prepare(cls, embedding: Embedding, relation: Relation = None) -> OneRelation:
        """No state beyond the embedding."""
        vector = relation_vector(embedding, relation, cls.name, parts=cls.parts, phases=cls.phases)
        return OneRelation(cls._scorer(embedding.vectors, vector[None]), 0)

    @classmethod
    def triples(cls, embedding: Embedding) -> HypercomplexScorer:
        """What scores all tails and all heads, by every relation that has a name."""
        names: list[Relation] = [*relation_names(embedding)] or [None]  # of none the look-up says what it needs
        vectors = [relation_vector(embedding, name, cls.name, parts=cls.parts, phases=cls.phases) for name in names]
        return cls._scorer(embedding.vectors, np.stack(vectors))

    @staticmethod
    def _scorer(vectors: np.ndarray, relations: np.ndarray) -> HypercomplexScorer:
        raise NotImplementedError


class Translation(_Layout):
    """s(h, r, t) = -|h + r - t|^2, the order of TransE with the Euclidean norm (with the L1 norm the order is another).

    Source: "Translating embeddings for modeling multi-relational data", NIPS 2013.
    """

    name = "translation"

    @staticmethod
    def _scorer(vectors: np.ndarray, relations: np.ndarray) -> HypercomplexScorer:
        return HypercomplexScorer(vectors, product="none", score="distance", relation_shift=relations)


class Rotation(_Layout):
    """s(h, r, t) = -|h o r - t|^2 with |r_i| = 1: the head's complex entries rotated by the relation's angles.

    The relation is d/2 phases in radians, or d numbers, complex and divided by their moduli. The norm is Euclidean
    over all entries, as in PyTorch Geometric; the authors' code sums the moduli, which no inner product can give.
    Source: "RotatE: knowledge graph embedding by relational rotation in complex space", arXiv 1902.10197.
    """

    name, parts, phases = "rotation", 2, True

    @staticmethod
    def _scorer(vectors: np.ndarray, relations: np.ndarray) -> HypercomplexScorer:
        r = relations.astype(np.float64)
        r = unit("complex", r) if r.shape[1] == vectors.shape[1] else np.hstack([np.cos(r), np.sin(r)])
        return HypercomplexScorer(vectors, r, product="complex", score="distance")


class Complex(_Layout):
    """s(h, r, t) = Re < h o r, conj(t) >, the real part of the trilinear product.

    Source: "Complex embeddings for simple link prediction", arXiv 1606.06357.
    """

    name, parts = "complex", 2

    @staticmethod
    def _scorer(vectors: np.ndarray, relations: np.ndarray) -> HypercomplexScorer:
        return HypercomplexScorer(vectors, relations, product="complex")


class Hamilton(_Layout):
    """s(h, r, t) = (h x r / |r|) . t: the head's quaternions rotated by the unit quaternions of the relation.

    Source: "Quaternion knowledge graph embeddings", arXiv 1904.10281 (QuatE).
    """

    name, parts = "hamilton", 4

    @staticmethod
    def _scorer(vectors: np.ndarray, relations: np.ndarray) -> HypercomplexScorer:
        return HypercomplexScorer(vectors, unit("hamilton", relations), product="hamilton")


# -- where relations are found


def relation_number(embedding: Embedding, relation: Relation, parameter: str) -> int:
    """The row of ``parameters[parameter]`` that belongs to a relation name."""
    names = relation_names(embedding)
    if len(names) != len(embedding.parameters[parameter]):
        raise DataError(
            f"parameters[{parameter!r}] holds {len(embedding.parameters[parameter]):,} relations but meta['relations'] names {len(names):,}"
        )
    if relation is None:
        raise ParameterError(f"a triple is scored by its relation; name one of {_some(names)}")
    if relation not in names:
        raise UnknownNameError("relation", relation, names, remedy=f"known: {_some(names)}")
    return names.index(str(relation))


def relation_vector(embedding: Embedding, relation: Relation, decoder: str, *, parts: int = 1, phases: bool = False) -> np.ndarray:
    """The float32 vector of a relation: ``dim`` numbers in ``parts`` equal parts, or ``dim / 2`` where ``phases`` will do."""
    embedding.require_finite()
    if embedding.dim % parts:
        raise DataError(f"the {decoder} decoder needs a dim divisible by {parts}, got {embedding.dim}")
    vector = np.asarray(_find_vector(embedding, relation, decoder), dtype=np.float32)
    allowed = [embedding.dim, embedding.dim // 2] if phases else [embedding.dim]
    if vector.ndim != 1 or len(vector) not in allowed:
        raise DataError(
            f"the {decoder} decoder needs a relation of {' or '.join(map(str, allowed))} numbers at dim {embedding.dim}, got {vector.shape}"
        )
    if not np.isfinite(vector).all():
        raise DataError(f"the vector of relation {relation if isinstance(relation, str) else 'given'!r} holds NaN or infinite numbers")
    return vector


def _find_vector(embedding: Embedding, relation: Relation, decoder: str) -> np.ndarray:
    if isinstance(relation, np.ndarray):
        return relation
    if "relation" in embedding.parameters:
        return embedding.parameters["relation"][relation_number(embedding, relation, "relation")]
    names = relation_names(embedding)
    if not names:
        raise DataError(
            f"the {decoder} decoder needs relations, in parameters['relation'] with meta['relations'] or as rows of kind 'relation'; "
            "this embedding has none"
        )
    if relation is None:
        raise ParameterError(f"the {decoder} decoder scores triples; name one of the relations {_some(names)}")
    return embedding["relation", relation]


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f", ... ({len(names):,} in all)" if len(names) > 5 else "")
