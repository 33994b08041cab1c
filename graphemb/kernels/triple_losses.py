"""Losses of queries with their answers: softmax over all entities or over drawn ones, self-adversarial; and penalties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch.nn.functional import embedding_bag, logsigmoid

from graphemb.errors import UnknownNameError
from graphemb.kernels.full_softmax import Cells, FullSoftmax

if TYPE_CHECKING:
    from graphemb.kernels.triple_model import TripleModel
    from graphemb.kernels.triple_queries import QueryBatch, TripleQueries

PENALTIES = {"n3": (1.5, (1.0, 1.0, 1.0)), "weighted-n3": (1.5, (2.0, 0.5, 2.0)), "f2": (1.0, (1.0, 1.0, 1.0))}
"""Power of the squared moduli, and weights of heads, relations and tails."""


class Penalty:
    """weight sum over triples of a |h|^p + b |r|^p + c |t|^p, over the moduli of the numbers of head, relation and tail.

    "n3": p = 3 and a = b = c = 1; "weighted-n3": p = 3 and 2, 0.5, 2; "f2": p = 2. A group of n triples with one query counts its head and
    its relation n times, so that the sum is that of single triples, both directions of each.

    Source: "Canonical tensor decomposition for knowledge base completion", arXiv 1806.07297 (N3); "BiQUE", arXiv 2109.14401 (weighted).
    """

    def __init__(self, name: str | None, weight: float):
        if name is not None and name not in PENALTIES:
            raise UnknownNameError("penalty", name, PENALTIES, remedy="known: " + ", ".join(PENALTIES))
        self.weight = weight if name is not None else 0.0
        self.power, self.factors = PENALTIES[name or "n3"]

    def __call__(
        self,
        model: TripleModel,
        heads: torch.Tensor,
        relations: torch.Tensor,
        tails: torch.Tensor,
        counts: torch.Tensor,
        tail_counts: torch.Tensor,
    ) -> torch.Tensor:
        """Its value, for vectors (b, dim) of heads, numbers (b,) of relations, both ``counts`` times, and tails ``tail_counts`` times."""
        squares = model.squared_moduli(heads, relations, tails)
        factors = self.factors if len(squares) == 3 else (self.factors[0], self.factors[2])  # a relation that is all of unit length
        weights = [counts] * (len(squares) - 1) + [tail_counts]
        terms = [a * (w @ square.pow(self.power).sum(dim=1)) for a, w, square in zip(factors, weights, squares, strict=True)]
        return self.weight * torch.stack(terms).sum()


class TripleLoss(Protocol):
    """The mean over triples, both directions of each, of a loss and its penalty."""

    def add(self, batch: QueryBatch, rng: np.random.Generator) -> float:
        """The batch's share in the loss of an epoch, times the number of batches; its gradient is left with the model's parameters."""
        ...


class _Loss:
    """What the losses share. ``share`` makes the mean over batches that over triples."""

    def __init__(self, model: TripleModel, queries: TripleQueries, penalty: Penalty, *, batch_size: int, negatives: int):
        self.model, self.queries, self.penalty, self.negatives = model, queries, penalty, min(negatives, queries.n_entities)
        self.share = queries.n_batches(batch_size) / queries.n_rows

    @property
    def device(self) -> torch.device:
        return self.model.structure.device

    def _numbers(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).to(self.device)

    def _relations(self, batch: QueryBatch) -> torch.Tensor:
        return self._numbers(self._relation_rows(batch))

    def _relation_rows(self, batch: QueryBatch) -> np.ndarray:
        """Rows of the model's relations; where it has no reciprocal ones, (?, r, t) is about r."""
        return batch.relations if self.model.layout.reciprocal else batch.relations % self.queries.n_relations

    def _asked(self, vectors: torch.Tensor, batch: QueryBatch, side: str) -> tuple[torch.Tensor, str]:
        """The vectors of queries, and the side whose candidates answer them: a reciprocal relation asks for tails."""
        anchors, relations = self._numbers(batch.anchors), self._relations(batch)
        if side == "head" and not self.model.layout.reciprocal:
            return self.model.adjoint_queries(vectors, anchors, relations), "head"
        return self.model.queries(vectors, anchors, relations), "tail"

    def _draw(self, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(self.queries.n_entities, self.negatives, replace=False)

    def _lowered(self, batch: QueryBatch) -> np.ndarray:
        """(b,): what the relation of each query adds where the anchor is its own answer."""
        by_relation = self.model.relation_self
        if by_relation is None:
            return np.zeros(len(batch), dtype=np.float32)
        return by_relation[self._relation_rows(batch)]

    def _shrink(self, heads: torch.Tensor, tails: torch.Tensor, batch: QueryBatch, tail_counts: np.ndarray) -> torch.Tensor:
        counts = self._numbers(batch.counts * self.share).to(heads)
        return self.penalty(self.model, heads, self._relations(batch), tails, counts, self._numbers(tail_counts * self.share).to(heads))


class SoftmaxLoss(_Loss):
    """-log( exp(s(h, r, t)) / sum over entities j of exp(s(h, r, j)) ), over all entities or over those that were drawn.

    A query with n answers costs n log-sum-exp - sum of their scores. Over all entities the loss is exact; the step is three products with
    all their vectors, in blocks (:class:`graphemb.kernels.full_softmax.FullSoftmax`).

    With ``sampled``, the candidates of a batch are all entities in it and ``negatives`` more, drawn without replacement. Each counts
    1 / pi times, where pi = 1 - (1 - negatives / n) (1 - b / Q)^a is how probably an entity that a of the Q queries ask about, or are
    answered by, is among the candidates of b queries; those of the query itself, which always are, count once. The sum is unbiased, its
    logarithm a little low. Only rows of the batch are composed and updated.

    Source: Lacroix et al., arXiv 1806.07297 (full softmax); the correction is that of Horvitz and Thompson, as in sampled softmax,
    Bengio and Senecal, "Quick training of probabilistic neural nets by importance sampling", AISTATS 2003.
    """

    def __init__(
        self,
        model: TripleModel,
        queries: TripleQueries,
        penalty: Penalty,
        softmax: FullSoftmax,
        *,
        batch_size: int,
        negatives: int = 0,
        sampled: bool = False,
    ):
        super().__init__(model, queries, penalty, batch_size=batch_size, negatives=negatives)
        self._softmax, self._sampled = softmax, sampled and negatives < queries.n_entities
        self._times = queries.involved()
        self._gradient: torch.Tensor | None = None

    def add(self, batch: QueryBatch, rng: np.random.Generator) -> float:
        """See :class:`TripleLoss`."""
        rows = self._rows(batch, rng)
        E = self.model.entities(None if rows is None else self._numbers(rows))
        fixed, chance = E.detach(), self._log_chance(rows, len(batch))
        gradient = self._zeros(fixed)
        distinct, tail_counts = np.unique(batch.answers, return_counts=True)
        anchors, tails = (self._numbers(places(ids, rows)) for ids in (batch.anchors, distinct))
        Y, V, T = (x.requires_grad_() for x in (E.detach(), fixed[anchors], fixed[tails]))
        value = 0.0
        outputs: list[torch.Tensor] = []
        gradients: list[torch.Tensor | None] = []
        for side, part, vectors in self._sides(batch, V):
            Q, answering = self._asked(vectors, part, side)
            X, column = self.model.operands(Q, Y, None if rows is None else self._numbers(rows), side=answering)
            terms, dX, dc = self._terms(X.detach(), fixed, column, part, gradient, rows, chance)
            value += terms
            outputs += [X] if column is None else [X, column]
            gradients += [dX] if column is None else [dX, dc]
        if self.penalty.weight:
            shrink = self._shrink(V, T, batch, tail_counts)
            value += float(shrink.detach())
            outputs.append(shrink)
            gradients.append(torch.ones_like(shrink))
        torch.autograd.backward(outputs, gradients)
        for where, leaf in ((anchors, V), (tails, T)):
            if leaf.grad is not None:
                gradient.index_add_(0, where, leaf.grad)
        if Y.grad is not None:
            gradient += Y.grad
        if E.is_leaf:
            E.grad = gradient
        else:
            torch.autograd.backward([E], [gradient])
        return value

    def _sides(self, batch: QueryBatch, V: torch.Tensor) -> list[tuple[str, QueryBatch, torch.Tensor]]:
        """What is asked alike: all of it where relations are reciprocal, else tails and heads one after the other."""
        if self.model.layout.reciprocal:
            return [("tail", batch, V)]
        vectors = {"tail": V[: batch.n_tail], "head": V[batch.n_tail :]}
        return [(side, part, vectors[side]) for side, part in batch.sides()]

    def _rows(self, batch: QueryBatch, rng: np.random.Generator) -> np.ndarray | None:
        """The entities of the step in ascending order; None for all entities."""
        return np.unique(np.concatenate([batch.anchors, batch.answers, self._draw(rng)])) if self._sampled else None

    def _zeros(self, like: torch.Tensor) -> torch.Tensor:
        if self._sampled:
            return torch.zeros_like(like)
        if self._gradient is None or self._gradient.device != like.device or self._gradient.dtype != like.dtype:
            self._gradient = torch.empty_like(like)
        return self._gradient.zero_()

    def _terms(
        self,
        X: torch.Tensor,
        Y: torch.Tensor,
        column: torch.Tensor | None,
        part: QueryBatch,
        gradient: torch.Tensor,
        rows: np.ndarray | None,
        chance: torch.Tensor | None,
    ) -> tuple[float, torch.Tensor, torch.Tensor | None]:
        """The loss of queries, its gradients for X and column; that for Y is added to ``gradient``."""
        own = self._numbers(places(part.answers, rows))
        queries, starts, counts = (self._numbers(x) for x in (part.rows, part.indptr, part.counts))
        sums = embedding_bag(own, Y, starts, mode="sum", include_last_offset=True)
        true = (X * sums).sum(dim=1)
        fixed = None if column is None else column.detach()
        if fixed is not None:
            true.index_add_(0, queries, fixed[own])
        about = true / counts.to(X)
        if chance is not None:
            fixed = -chance if fixed is None else fixed - chance
        dc = None if fixed is None else torch.zeros_like(fixed)
        weights, raised = counts.to(X) * self.share, self._raised(part, rows, chance, X)
        rest, dX = self._softmax(X, Y, weights, into=gradient, column=fixed, into_column=dc, about=about, raised=raised)
        gradient.index_add_(0, own, X[queries], alpha=-self.share)
        if dc is not None:
            dc.index_add_(0, own, torch.full_like(own, -self.share, dtype=dc.dtype))
        return rest - self.share * float(true.sum()), dX.sub_(sums, alpha=self.share), dc

    def _log_chance(self, rows: np.ndarray | None, asked: int) -> torch.Tensor | None:
        """log pi of the candidates; None where all entities are."""
        if rows is None:
            return None
        missed = (1 - self.negatives / self.queries.n_entities) * (1 - asked / len(self.queries)) ** self._times[rows]
        return self._numbers(np.log1p(-missed)).to(self.model.structure)

    def _raised(self, part: QueryBatch, rows: np.ndarray | None, chance: torch.Tensor | None, like: torch.Tensor) -> Cells | None:
        """The scores that are not as the column has them: of entities of the query itself, and of an anchor as its own answer."""
        queries, columns = np.flatnonzero(~part.loops()), part.anchors[~part.loops()]
        lowered = self._lowered(part)[queries]
        if chance is None:
            queries, columns, lowered = (x[lowered != 0] for x in (queries, columns, lowered))
        else:
            order = np.argsort(np.concatenate([part.rows, queries]), kind="stable")
            lowered = np.concatenate([np.zeros(len(part.answers), lowered.dtype), lowered])[order]
            queries, columns = (np.concatenate(pair)[order] for pair in ((part.rows, queries), (part.answers, columns)))
        if not len(queries):
            return None
        where, values = self._numbers(places(columns, rows)), self._numbers(lowered).to(like)
        return self._numbers(queries), where, values if chance is None else values + chance[where]


class SelfAdversarialLoss(_Loss):
    """-log sigmoid(gamma + s+) - sum_i p_i log sigmoid(-gamma - s_i), where p_i is the softmax of temperature s_i and taken as fixed.

    The ``negatives`` i are drawn without replacement, once for a batch, and count only where they are no answers in training. Distances
    are squared, so gamma is on another scale than in the source, which also halves the loss and weighs rare queries more.

    Source: "RotatE: knowledge graph embedding by relational rotation in complex space", arXiv 1902.10197.
    """

    def __init__(
        self,
        model: TripleModel,
        queries: TripleQueries,
        penalty: Penalty,
        *,
        batch_size: int,
        negatives: int,
        gamma: float,
        temperature: float,
    ):
        super().__init__(model, queries, penalty, batch_size=batch_size, negatives=negatives)
        self.gamma, self.temperature = gamma, temperature

    def add(self, batch: QueryBatch, rng: np.random.Generator) -> float:
        """See :class:`TripleLoss`."""
        negatives = self._draw(rng)
        distinct, tail_counts = np.unique(batch.answers, return_counts=True)
        rows = np.unique(np.concatenate([batch.anchors, distinct, negatives]))
        E = self.model.entities(self._numbers(rows))
        V, T, N = (E.index_select(0, self._numbers(places(ids, rows))) for ids in (batch.anchors, distinct, negatives))
        vectors = {"tail": V[: batch.n_tail], "head": V[batch.n_tail :]}
        losses = [self._of_side(vectors[side], E, N, part, side, rows, negatives) for side, part in batch.sides()]
        if self.penalty.weight:
            losses.append(self._shrink(V, T, batch, tail_counts))
        loss = torch.stack(losses).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _of_side(
        self,
        vectors: torch.Tensor,
        E: torch.Tensor,
        N: torch.Tensor,
        part: QueryBatch,
        side: str,
        rows: np.ndarray,
        negatives: np.ndarray,
    ) -> torch.Tensor:
        Q, answering = self._asked(vectors, part, side)
        own, queries = E.index_select(0, self._numbers(places(part.answers, rows))), self._numbers(part.rows)
        X, column = self.model.operands(Q, own, self._numbers(part.answers), side=answering)
        true = (X.index_select(0, queries) * own).sum(dim=1)
        true = true if column is None else true + column
        X, column = self.model.operands(Q, N, self._numbers(negatives), side=answering)
        others = X @ N.T if column is None else X @ N.T + column
        shared = self.model.row_constant(Q, self._numbers(part.anchors), side=answering)
        if shared is not None:
            true, others = true + shared.index_select(0, queries), others + shared[:, None]
        others = others.masked_fill(self._not_wrong(part, negatives), -torch.inf)
        weights = (self.temperature * others.detach()).softmax(dim=1).nan_to_num()  # no negative is left: nothing to weigh
        away = (weights * logsigmoid(-self.gamma - others)).sum(dim=1)
        counts = self._numbers(part.counts).to(away)
        return -self.share * (logsigmoid(self.gamma + true).sum() + counts @ away)

    def _not_wrong(self, part: QueryBatch, negatives: np.ndarray) -> torch.Tensor:
        """bool (b, negatives): which are answers of a query in training, or would be its own where the model rules that out."""
        found = np.zeros((len(part), len(negatives)), dtype=bool)
        column = np.full(self.queries.n_entities, -1)
        column[negatives] = np.arange(len(negatives))
        ruled_out = np.flatnonzero(self._lowered(part))
        rows, entities = np.concatenate([part.rows, ruled_out]), np.concatenate([part.answers, part.anchors[ruled_out]])
        at = column[entities]
        found[rows[at >= 0], at[at >= 0]] = True
        return self._numbers(found)


def places(entities: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    """Where entities stand among ascending ``rows``; None are all entities.

    >>> places(np.array([7, 4]), np.array([4, 5, 7])).tolist()
    [2, 0]
    """
    return entities if rows is None else np.searchsorted(rows, entities)
