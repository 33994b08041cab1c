"""Scores of all tails and heads by the models of one layout, from arrays that are ready to score."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.hypercomplex import adjoint, moduli, multiply, product_of
from graphemb.kernels.scorer import PAIRS_AT_ONCE
from graphemb.kernels.triple_layout import NO_PRODUCT, SCORES

COLUMNS_AT_ONCE = 8_192
"""Entities converted to float64, or turned by a relation, at a time."""
UNIT = 1e-5
"""How far from 1 a modulus may be for its product to be called a rotation: what float32 leaves of a division by the norm, and more."""
BY_RELATION = ("relation", "relation_pre", "relation_shift", "relation_self")
BY_ENTITY = ("head_rotor", "head_shift", "head_bias", "tail_bias")
"""The parameters of a model, one row a relation (or two, where relations have reciprocals) and one an entity."""


class HypercomplexScorer:
    """Models of one layout: q(h, r) = (h + pre_r) * rotor + shift, s = q . t + b_h + b_t or -|q - t|^2 + b_h + b_t.

    Parameters
    ----------
    entities : float32 (n, D), ready to score
    relation : float32 (R, D), the rotors, nothing left to normalise; (2R, D) with ``reciprocal``, r + R being the reciprocal of r. None
        where ``head_rotor`` (n, D) has them by entity, or the product is "none"
    product : a name of :data:`graphemb.kernels.hypercomplex.PRODUCTS`, or "none": q(h, r) = h + pre_r + shift
    score : "dot" or "distance"
    reciprocal : the head of (?, r, t) is asked as the tail of (t, r + R, ?). Else s(h, r, t) itself is computed for all h: by
        <(h + pre) r + shift, t> = <h, t r*> + <pre r + shift, t>, which is one matrix product too; a distance by
        -|h - ((t - shift) r* - pre)|^2 where r is a rotation; and by turning all heads, once a relation, where it is none
    relation_pre, relation_shift : float32, as many rows as ``relation``
    relation_self : float32, as many numbers: c_r, added where an entity is its own answer
    head_shift, head_bias, tail_bias : float32 (n, D), (n,) and (n,)

    Distances are computed in float64 and rounded to float32 at the end: they are differences of numbers as large as the norms.
    State: what it is given, not copied. Work per block: 2 b n D operations. Memory: the block, and b x 8,192 float64 of a distance.

    Raises
    ------
    DataError : shapes that do not fit, NaN or infinite numbers

    Source: the models named in :mod:`graphemb.kernels.hypercomplex`; TransE, NIPS 2013; RotatE, arXiv 1902.10197.

    >>> scorer = HypercomplexScorer(np.float32([[1, 0], [0, 1]]), np.float32([[0, 1]]), product="complex")
    >>> scorer.tails(np.array([0]), np.array([0])).tolist(), scorer.heads(np.array([0]), np.array([1])).tolist()
    ([[0.0, 1.0]], [[1.0, 0.0]])
    """

    def __init__(
        self,
        entities: np.ndarray,
        relation: np.ndarray | None = None,
        *,
        product: str,
        score: str = "dot",
        reciprocal: bool = False,
        relation_pre: np.ndarray | None = None,
        relation_shift: np.ndarray | None = None,
        relation_self: np.ndarray | None = None,
        head_rotor: np.ndarray | None = None,
        head_shift: np.ndarray | None = None,
        head_bias: np.ndarray | None = None,
        tail_bias: np.ndarray | None = None,
    ):
        if score not in SCORES:
            raise UnknownNameError("score", score, SCORES, remedy="known: " + ", ".join(SCORES))
        if product != NO_PRODUCT:
            product_of(product)
        self.entities, self.product, self.score, self.reciprocal = entities, product, score, reciprocal
        self.relation, self.relation_pre, self.relation_shift = relation, relation_pre, relation_shift
        self.relation_self = relation_self
        self.head_rotor, self.head_shift, self.head_bias, self.tail_bias = head_rotor, head_shift, head_bias, tail_bias
        self.n_entities = len(entities)
        rows = self._check()
        self.n_relations = rows // 2 if reciprocal else rows

    def _check(self) -> int:
        """Rows of the relations, after a look at all shapes and numbers."""
        n, width = self.entities.shape
        given = {name: getattr(self, name) for name in ("entities", *BY_RELATION, *BY_ENTITY) if getattr(self, name) is not None}
        counts = {name: len(given[name]) for name in BY_RELATION if name in given}
        if not counts or (self.product != NO_PRODUCT and self.relation is None and self.head_rotor is None):
            raise DataError("a model of triples needs the vectors of its relations, and there are none")
        rows = next(iter(counts.values()))
        for name, array in given.items():
            count = rows if name in BY_RELATION else n
            shape = (count,) if name.endswith(("bias", "self")) else (count, width)
            if array.shape != shape:
                raise DataError(f"expected {name} of shape {shape}, got {array.shape}; the parameters belong to other rows")
            if not np.isfinite(array.sum(dtype=np.float64)):
                raise DataError(f"{name} holds NaN or infinite numbers; train again with a smaller learning rate")
        if self.reciprocal and rows % 2:
            raise DataError(f"a model with reciprocal relations has an even number of them, got {rows}")
        if self.product != NO_PRODUCT and width % product_of(self.product).parts:
            raise DataError(f"a {self.product} product needs columns in {product_of(self.product).parts} equal parts, got {width}")
        return rows

    # -- what is asked

    def tails(self, heads: np.ndarray, relations: np.ndarray, columns: slice = slice(None), out: np.ndarray | None = None) -> np.ndarray:
        """Scores of all tails, or of some ``columns``, written into ``out`` if given; see :class:`TripleScorer`."""
        columns = slice(*columns.indices(self.n_entities))
        out = self._against_entities(self.queries(heads, relations), columns, out)
        return self._own(_biased(out, self.head_bias, heads, self.tail_bias, columns), heads, relations, columns)

    def heads(self, relations: np.ndarray, tails: np.ndarray, columns: slice = slice(None), out: np.ndarray | None = None) -> np.ndarray:
        """Scores of all heads, or of some ``columns``, written into ``out`` if given; see :class:`TripleScorer`."""
        if self.reciprocal:
            return self.tails(tails, relations + self.n_relations, columns, out)
        columns = slice(*columns.indices(self.n_entities))
        if self.head_rotor is not None or self.head_shift is not None or not (self.score == "dot" or self._isometric(relations)):
            out = self._turning_heads(relations, tails, columns, out)
        elif self.score == "dot":
            out = self._against_entities(self._turned_back(self.entities[tails], relations), columns, out)
            out += self._constants(relations, tails)[:, None]
        else:
            out = self._against_entities(self._places_of_heads(relations, tails), columns, out)
        return self._own(_biased(out, self.tail_bias, tails, self.head_bias, columns), tails, relations, columns)

    def _own(self, scores: np.ndarray, asked: np.ndarray, relations: np.ndarray, columns: slice) -> np.ndarray:
        """The same scores, with what a relation adds where an entity is its own answer."""
        if self.relation_self is not None:
            here = np.flatnonzero((asked >= columns.start) & (asked < columns.stop))
            scores[here, asked[here] - columns.start] += self.relation_self[relations[here]]
        return scores

    def triples(self, heads: np.ndarray, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """float32 (m,): s(h, r, t) of single triples; a relation may be a reciprocal one."""
        scores = np.empty(len(heads), dtype=np.float32)
        for part in _blocks(slice(0, len(heads)), PAIRS_AT_ONCE):
            q, t = self.queries(heads[part], relations[part]), self.entities[tails[part]]
            scores[part] = np.einsum("ij,ij->i", q, t) if self.score == "dot" else -((q - t) ** 2).sum(axis=1)
        if self.head_bias is not None:
            scores += self.head_bias[heads]
        if self.relation_self is not None:
            scores += np.where(heads == tails, self.relation_self[relations], 0)
        return scores if self.tail_bias is None else scores + self.tail_bias[tails]

    def take(self, rows: np.ndarray) -> HypercomplexScorer:
        """The scorer of some entities, renumbered in the order given, a copy of them."""
        parts: dict[str, Any] = {name: None if getattr(self, name) is None else getattr(self, name)[rows] for name in BY_ENTITY}
        parts |= {name: getattr(self, name) for name in (*BY_RELATION, "product", "score", "reciprocal")}
        return HypercomplexScorer(self.entities[rows], **parts)

    def queries(self, heads: np.ndarray | slice, relations: np.ndarray) -> np.ndarray:
        """q(h, r), (b, D); float64 where distances are scored. One relation serves all heads."""
        h = self._values(self.entities[heads])
        if self.relation_pre is not None:
            h = h + self.relation_pre[relations]
        if self.product != NO_PRODUCT:
            rotors = self._rotors(relations) if self.head_rotor is None else self.head_rotor[heads]
            h = multiply(self.product, h, rotors)
        if self.relation_shift is not None:
            h = h + self.relation_shift[relations]
        return np.asarray(h if self.head_shift is None else h + self.head_shift[heads])

    # -- heads without a reciprocal relation

    def _turned_back(self, tails: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """t r*, (b, D)."""
        if self.product == NO_PRODUCT:
            return tails
        return np.asarray(multiply(self.product, tails, adjoint(self.product, self._rotors(relations))))

    def _constants(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """<pre r + shift, t>, float32 (b,): what of the score is the same for every head."""
        constant = np.zeros((len(relations), self.entities.shape[1]), dtype=np.float32)
        if self.relation_pre is not None:
            pre = self.relation_pre[relations]
            constant = pre if self.product == NO_PRODUCT else multiply(self.product, pre, self._rotors(relations))
        if self.relation_shift is not None:
            constant = constant + self.relation_shift[relations]
        return np.einsum("ij,ij->i", constant, self.entities[tails])

    def _places_of_heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """(t - shift) r* - pre, float64 (b, D): where the head would stand, r being a rotation."""
        t = self._values(self.entities[tails])
        if self.relation_shift is not None:
            t = t - self.relation_shift[relations]
        t = self._turned_back(t, relations)
        return t if self.relation_pre is None else t - self.relation_pre[relations]

    def _isometric(self, relations: np.ndarray) -> bool:
        """Whether h -> h r keeps distances for all these relations."""
        if self.product == NO_PRODUCT:
            return True
        if self.product not in ("real", "complex", "hamilton"):
            return False
        return bool((np.abs(moduli(self.product, self._rotors(np.unique(relations)).astype(np.float64)) - 1) <= UNIT).all())

    def _turning_heads(self, relations: np.ndarray, tails: np.ndarray, columns: slice, out: np.ndarray | None) -> np.ndarray:
        """Scores, without biases, by q(h, r) of every head in the columns, computed once for each relation."""
        out = np.empty((len(tails), columns.stop - columns.start), dtype=np.float32) if out is None else out
        t = self._values(self.entities[tails])
        for relation, mine in grouped(relations):
            for block in _blocks(columns):
                place = slice(block.start - columns.start, block.stop - columns.start)
                out[mine, place] = self._scores(t[mine], self.queries(block, np.array([relation])))
        return self._level(out, columns) if self.head_rotor is None and self.head_shift is None else out

    # -- products

    def _values(self, rows: np.ndarray) -> np.ndarray:
        return rows.astype(np.float64) if self.score == "distance" else rows

    def _rotors(self, relations: np.ndarray) -> np.ndarray:
        assert self.relation is not None  # seen to when it was made
        return np.asarray(self.relation[relations])

    def _against_entities(self, queries: np.ndarray, columns: slice, out: np.ndarray | None) -> np.ndarray:
        """float32 (b, width): q . t or -|q - t|^2, t being the entities of the columns."""
        out = np.empty((len(queries), columns.stop - columns.start), dtype=np.float32) if out is None else out
        if self.score == "dot":
            np.matmul(queries, self.entities[columns].T, out=out)
        else:
            for block in _blocks(columns):
                place = slice(block.start - columns.start, block.stop - columns.start)
                out[:, place] = self._scores(queries, self.entities[block].astype(np.float64))
        return self._level(out, columns)

    def _level(self, scores: np.ndarray, columns: slice) -> np.ndarray:
        """The same scores, those of equal entities made equal: the edges of a matrix product add up in another order than its middle."""
        members, groups = self._twins
        here = slice(*np.searchsorted(members, (columns.start, columns.stop)))
        if here.start < here.stop:
            _, first, group = np.unique(groups[here], return_index=True, return_inverse=True)
            places = members[here] - columns.start
            scores[:, places] = scores[:, places[first[group]]]
        return scores

    @cached_property
    def _twins(self) -> tuple[np.ndarray, np.ndarray]:
        return equal_rows(self.entities)

    def _scores(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """q . t, or 2 q . t - |q|^2 - |t|^2, which rounding alone could bring above 0."""
        products = left @ right.T
        if self.score == "dot":
            return products
        products *= 2
        products -= np.einsum("ij,ij->i", left, left)[:, None]
        products -= np.einsum("ij,ij->i", right, right)
        return np.minimum(products, 0, out=products)


def grouped(relations: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each relation among the queries, with the rows of its queries.

    >>> [(r, rows.tolist()) for r, rows in grouped(np.array([5, 2, 5]))]
    [(2, [1]), (5, [0, 2])]
    """
    order = np.argsort(relations, kind="stable")
    different, starts = np.unique(relations[order], return_index=True)
    yield from zip(different.tolist(), np.split(order, starts[1:]), strict=True)


def equal_rows(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that equal another one, in order, and a number for each that equal rows share; int64 (m,) each.

    >>> equal_rows(np.float32([[1, 2], [3, 4], [1, 2], [5, 6]]))
    (array([0, 2]), array([0, 0]))
    """
    # a hash in whole numbers, whose sum does not depend on the order; + 0.0 turns -0.0 into 0.0
    factors = np.random.default_rng(0).integers(2**63, size=matrix.shape[1], dtype=np.uint64) * 2 + 1
    blocks = [matrix[rows].astype(np.float32) + np.float32(0) for rows in _blocks(slice(0, len(matrix)))]
    keys = np.concatenate([block.view(np.uint32).astype(np.uint64) @ factors for block in blocks] or [np.empty(0, np.uint64)])
    _, first, group, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    members = np.flatnonzero(count[group] > 1)
    members = members[(matrix[members] == matrix[first[group[members]]]).all(axis=1)]
    return members, first[group[members]]


def _blocks(columns: slice, step: int = COLUMNS_AT_ONCE) -> Iterator[slice]:
    for start in range(columns.start, columns.stop, step):
        yield slice(start, min(start + step, columns.stop))


def _biased(
    scores: np.ndarray, of_query: np.ndarray | None, entities: np.ndarray, of_answers: np.ndarray | None, columns: slice
) -> np.ndarray:
    """The scores with the biases of the entities asked about and of the answers added in place."""
    if of_query is not None:
        scores += of_query[entities][:, None]
    if of_answers is not None:
        scores += of_answers[columns]
    return scores
