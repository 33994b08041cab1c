"""Decoders: how two rows of an embedding become the score of an edge.

Each decoder has ``prepare(embedding, relation=None) -> Scorer`` and a name in the registry. The decoder is part of a
result, so reports name it. This file holds those that read the vectors alone; ``hyperbolic.py``, ``relations.py``, ``network.py`` and
``learned.py`` beside it hold the rest.

Distances between points of one tight cluster are differences of numbers as large as the distance between clusters, so
distances are computed in float64, converted block by block, and the score is rounded to float32; inner products stay in float32.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Protocol

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.scorer import InnerProduct, Scorer, unit_rows

__all__ = ["RBF", "Bilinear", "Cosine", "Decoder", "Dot", "Euclidean", "InnerProduct", "Scorer", "SourceTarget", "make_scorer"]

Relation = str | np.ndarray | None


class Decoder(Protocol):
    """What stands behind a registered decoder name.

    One that reads other than the numbers of the embedding may say how many a node by a static ``numbers_per_node(embedding)``.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> Scorer:
        """A scorer over all rows of the embedding, in row order."""
        ...


def make_scorer(embedding: Embedding, decoder: str = "auto", relation: Relation = None) -> Scorer:
    """The scorer of an embedding by a decoder's name; ``"auto"`` is the embedding's own decoder.

    ``relation`` is the name of a relation, or its vector, for the decoders of knowledge graphs.

    Raises :class:`UnknownNameError` for an unknown name (offering the nearest), :class:`DataError` where the embedding lacks
    what the decoder needs or holds NaN or infinite numbers.

    >>> e = Embedding(["a", "b"], [[3.0, 0.0], [1.0, 1.0]])
    >>> make_scorer(e, "cosine").pairs(np.array([0]), np.array([0])).item()
    1.0
    """
    name = embedding.decoder if decoder == "auto" else decoder
    scorer: Scorer = registry.resolve("decoder", name).prepare(embedding, relation)
    return scorer


def refuse_relation(decoder: str, relation: Relation) -> None:
    """Raise where a relation is given to a decoder that has no use for it."""
    if relation is not None:
        raise ParameterError(f"the {decoder} decoder scores pairs without a relation, but one was given; leave it out")


class Dot:
    """s(u, v) = x_u . x_v, of ``vectors`` alone."""

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding."""
        refuse_relation("dot", relation)
        embedding.require_finite()
        return InnerProduct(embedding.vectors, symmetric=True)


class SourceTarget:
    """s(u -> v) = U_u . V_v, of ``vectors`` on the source side and ``context`` on the target side."""

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding. Symmetric where the context is the vectors up to one sign a column."""
        refuse_relation("source-target", relation)
        if embedding.context is None:
            raise DataError("the source-target decoder needs an embedding with a context (target side); this one has none, use dot")
        embedding.require_finite()
        return InnerProduct(embedding.vectors, embedding.context, symmetric=embedding.numbers_per_node == embedding.dim)


class Cosine:
    """s(u, v) = x_u . x_v / (|x_u| |x_v|), of ``vectors`` alone; 0 where either is the zero vector."""

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """State: one normalised copy, 4 n dim bytes."""
        refuse_relation("cosine", relation)
        embedding.require_finite()
        return InnerProduct(unit_rows(embedding.vectors), symmetric=True)


class Euclidean:
    """s(u, v) = -|x_u - x_v|^2, of ``vectors`` alone.

    By [2x, -1, -|x|^2] . [y, |y|^2, 1] it is an inner product, of centred vectors in float64: float32 would lose the distances
    within a cluster to those between clusters. A score above 0 can only be rounding, and becomes 0.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding and its mean; a block is converted when it is scored."""
        refuse_relation("euclidean", relation)
        embedding.require_finite()
        return minus_squared_distance(embedding.vectors)


class RBF:
    """s(u, v) = exp(-|x_u - x_v|^2): the order of :class:`Euclidean`, on a scale from 0 to 1.

    In float32 squared distances below 6e-8 tie at 1, and those above about 100 at 0; where most do the latter, a
    :class:`DataWarning` says so.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """State as of :class:`Euclidean`."""
        refuse_relation("rbf", relation)
        embedding.require_finite()
        x = embedding.vectors
        squares = float(np.einsum("ij,ij->", x, x, dtype=np.float64)) / max(len(x), 1)
        mean_square = 2 * (squares - float((mean_row(x) ** 2).sum()))  # E|x - y|^2 = 2 (E|x|^2 - |E x|^2)
        if mean_square > 100:
            warnings.warn(
                f"the mean squared distance is {mean_square:.3g}, so most rbf scores underflow to 0 and tie; rank by euclidean",
                DataWarning,
                stacklevel=2,
            )
        return minus_squared_distance(x, link=_exponential)


class Bilinear:
    """s(u -> v) = U_u^T W V_v with W in ``parameters["bilinear"]``; V is the context, or the vectors where there is none.

    W is (dim, dim), or (relations, dim, dim) with a relation named as :mod:`graphemb.reconstruction.decoders.relations` says
    ("A three-way model for collective learning on multi-relational data", ICML 2011: RESCAL).
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """No state beyond the embedding."""
        embedding.require_finite()
        form = _form(embedding, relation)
        symmetric = embedding.context is None and bool((form == form.T).all())
        return InnerProduct(embedding.vectors, embedding.context, query=lambda x, _: x @ form, symmetric=symmetric)


def _form(embedding: Embedding, relation: Relation) -> np.ndarray:
    if isinstance(relation, np.ndarray):
        form = relation.astype(np.float32)
    elif "bilinear" not in embedding.parameters:
        raise DataError("the bilinear decoder needs a (dim, dim) matrix in parameters['bilinear']; this embedding has none")
    else:
        form = embedding.parameters["bilinear"].astype(np.float32)
        if form.ndim == 3:
            from graphemb.reconstruction.decoders.relations import relation_number

            form = form[relation_number(embedding, relation, "bilinear")]
        else:
            refuse_relation("bilinear (of one matrix)", relation)
    if form.shape != (embedding.dim, embedding.dim):
        raise DataError(f"the bilinear decoder needs a matrix of shape ({embedding.dim}, {embedding.dim}), got {form.shape}")
    if not np.isfinite(form).all():
        raise DataError("parameters['bilinear'] holds NaN or infinite numbers; train again with a smaller learning rate")
    return form


# -- pieces other decoders use too


def mean_row(x: np.ndarray) -> np.ndarray:
    """(d,) float64, the mean of the rows; zeros where there are none."""
    return np.asarray(x.mean(axis=0, dtype=np.float64)) if len(x) else np.zeros(x.shape[1])


def minus_squared_distance(
    x: np.ndarray,
    turn: Callable[[np.ndarray], np.ndarray] | None = None,
    *,
    about: np.ndarray | None = None,
    link: Callable[..., np.ndarray] | None = None,
) -> InnerProduct:
    """-|turn(x_u - c) - (x_v - c)|^2 in float64, c being ``about`` or the mean; ``link`` must cut off what rounding leaves above 0.

    The rows of a block are converted when they are scored: a float64 copy of all of them is never held.
    """
    centre = mean_row(x) if about is None else np.asarray(about, dtype=np.float64)

    def key(values: np.ndarray, _: np.ndarray) -> np.ndarray:
        return distance_keys(values - centre)

    def query(values: np.ndarray, _: np.ndarray) -> np.ndarray:
        values = values - centre
        return distance_queries(distance_keys(values if turn is None else turn(values)))

    return InnerProduct(x, query=query, key=key, link=at_most_zero if link is None else link, symmetric=turn is None)


def distance_keys(y: np.ndarray) -> np.ndarray:
    """[y, |y|^2, 1], the right factor of minus the squared distance; (n, d + 2) in the type of ``y``."""
    keys = np.ones((len(y), y.shape[1] + 2), dtype=y.dtype)
    keys[:, :-2] = y
    keys[:, -2] = np.einsum("ij,ij->i", y, y, dtype=np.float64)
    return keys


def distance_queries(keys: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """[2x, -1, -|x|^2] from [x, |x|^2, 1], the left factor of minus the squared distance; scaled where that is scaled."""
    queries = 2 * keys
    queries[:, -1] = -keys[:, -2]
    queries[:, -2] = -keys[:, -1]
    return queries


def at_most_zero(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    """min(x, 0), in place: minus a distance is never positive but by rounding."""
    return np.minimum(x, 0, out=out)


def _exponential(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    np.exp(at_most_zero(x, out=out), out=out)
    return out
