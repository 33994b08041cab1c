"""Decoders of knowledge graphs: s(h, r, t) for one relation at a time, h ranking tails; ``reversed()`` ranks heads.

The relation is a name or its vector. Names are looked up in ``parameters["relation"]``, an array of one row a relation whose names
stand in order in ``meta["relations"]``; else among the rows of kind "relation" (whose names ``meta`` need not repeat).

Complex vectors of d/2 entries are stored as [real | imaginary], quaternion vectors of d/4 entries as [1 | i | j | k].
None of the decoders keeps state beyond what :class:`InnerProduct` needs: the head is turned when its block is scored, the two
distances in float64 (see :mod:`graphemb.reconstruction.decoders.vectors`).
"""

from __future__ import annotations

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.scorer import InnerProduct
from graphemb.reconstruction.decoders.vectors import Relation, minus_squared_distance

SMALLEST_NORM = 1e-12


class Translation:
    """s(h, r, t) = -|h + r - t|^2, the order of TransE with the Euclidean norm (with the L1 norm the order is another).

    Source: "Translating embeddings for modeling multi-relational data", NIPS 2013.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding and its mean; a block is converted to float64 when it is scored."""
        r = relation_vector(embedding, relation, "translation")
        return minus_squared_distance(embedding.vectors, lambda h: h + r)


class Rotation:
    """s(h, r, t) = -|h o r - t|^2 with |r_i| = 1: the head's complex entries rotated by the relation's angles.

    The relation is d/2 phases in radians, or d numbers, complex and divided by their moduli. The norm is Euclidean
    over all entries, as in PyTorch Geometric; the authors' code sums the moduli, which no inner product can give.
    Source: "RotatE: knowledge graph embedding by relational rotation in complex space", arXiv 1902.10197.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding; a block is converted to float64 when it is scored, uncentred: it turns about the origin."""
        r = relation_vector(embedding, relation, "rotation", parts=2, phases=True).astype(np.float64)
        if len(r) == embedding.dim // 2:
            r = np.r_[np.cos(r), np.sin(r)]
        else:
            r = r / np.tile(np.maximum(np.hypot(*np.split(r, 2)), SMALLEST_NORM), 2)
        return minus_squared_distance(embedding.vectors, lambda h: complex_product(h, r), about=np.zeros(embedding.dim))


class Complex:
    """s(h, r, t) = Re < h o r, conj(t) >, the real part of the trilinear product.

    Source: "Complex embeddings for simple link prediction", arXiv 1606.06357.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding."""
        r = relation_vector(embedding, relation, "complex", parts=2)
        return InnerProduct(embedding.vectors, query=lambda h, _: complex_product(h, r), symmetric=not r[len(r) // 2 :].any())


class Hamilton:
    """s(h, r, t) = (h x r / |r|) . t: the head's quaternions rotated by the unit quaternions of the relation.

    Source: "Quaternion knowledge graph embeddings", arXiv 1904.10281 (QuatE).
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding."""
        r = relation_vector(embedding, relation, "hamilton", parts=4)
        r = r / np.tile(np.maximum(np.linalg.norm(r.reshape(4, -1), axis=0), SMALLEST_NORM), 4)
        return InnerProduct(embedding.vectors, query=lambda h, _: hamilton_product(h, r))


def complex_product(h: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Entry by entry product of complex rows [real | imaginary], (n, d) times (d,)."""
    (a, b), (c, d) = np.split(h, 2, axis=1), np.split(r, 2)
    return np.hstack([a * c - b * d, a * d + b * c])


def hamilton_product(h: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Entry by entry Hamilton product of quaternion rows [1 | i | j | k], (n, d) times (d,), r on the right."""
    (a, b, c, d), (p, q, u, v) = np.split(h, 4, axis=1), np.split(r, 4)
    return np.hstack(
        [
            a * p - b * q - c * u - d * v,
            a * q + b * p + c * v - d * u,
            a * u - b * v + c * p + d * q,
            a * v + b * u - c * q + d * p,
        ]
    )


# -- where relations are found


def relation_names(embedding: Embedding) -> list[str]:
    """The relations an embedding knows, in the order of ``parameters["relation"]`` or of its rows; [] if none."""
    for meta in (embedding.meta, embedding.meta.get("notes") or {}):  # a method's own notes lie under "notes"
        if "relations" in meta:
            return [str(name) for name in meta["relations"]]
    if embedding.kinds is None:
        return []
    return list(embedding.names.take(np.flatnonzero(embedding.kinds == "relation")))


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
