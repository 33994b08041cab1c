"""The decoder of all models of :mod:`graphemb.knowledge`: one layout, one relation at a time."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import adjoint
from graphemb.kernels.hypercomplex_scorer import BY_ENTITY, BY_RELATION, HypercomplexScorer
from graphemb.kernels.triple_scorer import relation_names
from graphemb.reconstruction.decoders.vectors import Relation

_CHECKED: WeakKeyDictionary[Embedding, HypercomplexScorer] = WeakKeyDictionary()


class OneRelation:
    """A :class:`~graphemb.kernels.scorer.Scorer` of one relation of a model: heads rank tails, and ``reversed()`` tails rank heads.

    Heads are ranked as the model is asked for them: by the relation's reciprocal where it has one, so that ``reversed()`` then scores
    s(t, r + R, h), which is not s(h, r, t) of the other direction.

    State: the model's. Work per block: 2 rows x width x D operations either way, but for distances after a product that is no rotation.
    """

    def __init__(self, scorer: HypercomplexScorer, relation: int, *, backward: bool = False):
        self.scorer, self.relation, self._backward = scorer, relation, backward
        self.n, self.symmetric = scorer.n_entities, _is_symmetric(scorer, relation)

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores; see :class:`~graphemb.kernels.scorer.Scorer`."""
        relations = np.full(len(rows), self.relation)
        return self.scorer.heads(relations, rows, columns, out) if self._backward else self.scorer.tails(rows, relations, columns, out)

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores."""
        relations = np.full(len(rows), self.relation)
        if self._backward and self.scorer.reciprocal:
            return self.scorer.triples(rows, relations + self.scorer.n_relations, columns)
        return self.scorer.triples(*((columns, relations, rows) if self._backward else (rows, relations, columns)))

    def queries(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), D): q(h, r) of the rows as heads."""
        return self.scorer.queries(rows, np.full(len(rows), self.relation))

    def reversed(self) -> OneRelation:
        """Heads ranked for tails, or tails for heads again."""
        return self if self.symmetric else OneRelation(self.scorer, self.relation, backward=not self._backward)

    def take(self, rows: np.ndarray) -> OneRelation:
        """The scorer of some rows, a copy of them."""
        return OneRelation(self.scorer.take(rows), self.relation, backward=self._backward)


class Hypercomplex:
    """s(h, r, t) = q(h, r) . t or -|q(h, r) - t|^2, plus biases, with q(h, r) = (h + pre_r) * rotor + shift.

    ``parameters`` hold what :class:`~graphemb.kernels.hypercomplex_scorer.HypercomplexScorer` takes, ready to score, and
    ``meta["notes"]`` the names of the ``relations`` and ``scoring``: ``{"product": ..., "score": ..., "reciprocal": ...}``.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> OneRelation:
        """No state beyond the embedding."""
        names = relation_names(embedding)
        known = ", ".join(names[:5]) + (f", ... ({len(names):,} in all)" if len(names) > 5 else "")
        if relation is None:
            raise ParameterError(f"a triple is scored by its relation; name one of {known}, or restore relation by relation (relations)")
        if not isinstance(relation, str):
            raise DataError(f"the hypercomplex decoder takes the name of a relation, got {type(relation).__name__}")
        if relation not in names:
            raise UnknownNameError("relation", relation, names, remedy=f"known: {known}")
        return OneRelation(Hypercomplex.triples(embedding), names.index(relation))

    @staticmethod
    def triples(embedding: Embedding) -> HypercomplexScorer:
        """What scores all tails and all heads, by every relation; checked once for an embedding, which never changes."""
        if embedding not in _CHECKED:
            _CHECKED[embedding] = Hypercomplex._checked(embedding)
        return _CHECKED[embedding]

    @staticmethod
    def _checked(embedding: Embedding) -> HypercomplexScorer:
        said, parts = _scoring(embedding), embedding.parameters
        given = {name: np.asarray(parts[name]) for name in (*BY_RELATION, *BY_ENTITY) if name in parts}
        scorer = HypercomplexScorer(
            embedding.vectors, **given, product=said["product"], score=said["score"], reciprocal=bool(said["reciprocal"])
        )
        if scorer.n_relations != len(relation_names(embedding)):
            raise DataError(f"the parameters hold {scorer.n_relations:,} relations but meta names {len(relation_names(embedding)):,}")
        return scorer

    @staticmethod
    def numbers_per_node(embedding: Embedding) -> int:
        """dim, and what else is stored for every entity: rotors and shifts made of its text, biases."""
        return embedding.dim + sum(embedding.parameters[name][:1].size for name in BY_ENTITY if name in embedding.parameters)


def _scoring(embedding: Embedding) -> Mapping[str, str]:
    said = (embedding.meta.get("notes") or {}).get("scoring") or {}
    lacking = [key for key in ("product", "score", "reciprocal") if key not in said]
    if lacking:
        raise DataError(
            f"the hypercomplex decoder reads meta['notes']['scoring'] of a model of triples, and {lacking[0]!r} is not there; "
            "train one of graphemb's knowledge methods"
        )
    return dict(said)


def _is_symmetric(scorer: HypercomplexScorer, relation: int) -> bool:
    """Whether s(h, r, t) = s(t, r, h) for all h and t, as far as the layout tells: r* = r, and nothing is added to one side alone."""
    added = (scorer.relation_pre, scorer.relation_shift, scorer.head_rotor, scorer.head_shift, scorer.head_bias, scorer.tail_bias)
    if scorer.reciprocal or scorer.product == "none" or scorer.score != "dot" or any(part is not None for part in added):
        return False
    assert scorer.relation is not None
    rotor = scorer.relation[relation]
    return bool((adjoint(scorer.product, rotor) == rotor).all())
