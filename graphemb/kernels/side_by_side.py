"""Models of the same triples side by side in one embedding: trained apart, and weighed by relation on validation triples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphemb.kernels.epochs import Advance
from graphemb.kernels.known_answers import KnownAnswers
from graphemb.kernels.triple_ranking import ScoresTriples, rank_triples

if TYPE_CHECKING:
    from graphemb.kernels.triple_training import TripleTrainer

WEIGHTS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
"""What is tried."""
UNTRIED = 0.5
"""The weight where no triples can choose it."""
ENOUGH = 20
"""Triples of a relation that may choose a weight of its own; the others share one."""


class SideBySide:
    """Trainers whose epochs go side by side, as one of :class:`graphemb.kernels.epochs.Trainer`; each may end by itself."""

    def __init__(self, trainers: Sequence[TripleTrainer]):
        self.trainers = list(trainers)

    @property
    def steps(self) -> int:
        """Steps of an epoch, over all."""
        return sum(trainer.steps for trainer in self.trainers)

    def epoch(self, number: int, advance: Advance) -> float:
        """See :class:`graphemb.kernels.epochs.Trainer`; the loss is the sum of theirs."""
        return sum(trainer.epoch(number, advance) for trainer in self.trainers if not trainer.done())

    def done(self) -> bool:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        return all(trainer.done() for trainer in self.trainers)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        arrays: dict[str, np.ndarray] = {}
        values: dict[str, Any] = {}
        for i, trainer in enumerate(self.trainers):
            own, values[str(i)] = trainer.state()
            arrays |= {f"{i}.{name}": array for name, array in own.items()}
        return arrays, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        for i, trainer in enumerate(self.trainers):
            own = {name.removeprefix(f"{i}."): array for name, array in arrays.items() if name.startswith(f"{i}.")}
            trainer.restore(own, values[str(i)])

    def take_best(self) -> None:
        """Put the parameters of its best epoch into each model."""
        for trainer in self.trainers:
            trainer.take_best()


class Weighed:
    """s(h, r, t) = first + w_r second; of the weights (2, R) the first row is for tails, the second for heads.

    >>> class Constant:
    ...     n_entities, n_relations = 2, 1
    ...     def tails(self, heads, relations): return np.ones((len(heads), 2), np.float32)
    >>> Weighed(Constant(), Constant(), np.float32([[3], [0]])).tails(np.array([0]), np.array([0])).tolist()
    [[4.0, 4.0]]
    """

    def __init__(self, first: ScoresTriples, second: ScoresTriples, weights: np.ndarray):
        self.first, self.second, self.weights = first, second, weights
        self.n_entities = first.n_entities

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """See :class:`graphemb.kernels.triple_scorer.TripleScorer`."""
        return self.first.tails(heads, relations) + self.weights[0, relations, None] * self.second.tails(heads, relations)

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        """See :class:`graphemb.kernels.triple_scorer.TripleScorer`."""
        return self.first.heads(relations, tails) + self.weights[1, relations, None] * self.second.heads(relations, tails)


def relation_weights(
    first: ScoresTriples,
    second: ScoresTriples,
    triples: np.ndarray,
    known: KnownAnswers,
    n_relations: int,
    *,
    both_ways: bool,
    memory: int,
    n_jobs: int | None = None,
) -> np.ndarray:
    """float32 (2, R): the weights of the second scorer, for tails and for heads, by which triples rank best.

    Each of eight weights from 0 to 1.5 is tried on all triples; a relation of at least 20 triples takes the one with the highest filtered
    MRR of its own answers, every other that with the highest of all. Unless ``both_ways``, tails and heads share their weights.
    """
    tried = []
    for weight in WEIGHTS:
        scorer = Weighed(first, second, np.full((2, n_relations), weight, dtype=np.float32))
        tried.append(1 / rank_triples(scorer, triples, known, memory=memory, n_jobs=n_jobs).realistic)
    values = np.stack(tried)  # (weights, sides, m)
    if not both_ways:
        values = np.repeat(values.mean(axis=1, keepdims=True), 2, axis=1)
    best = np.full((2, n_relations), WEIGHTS[int(values.mean(axis=(1, 2)).argmax())], dtype=np.float32)
    for relation in np.flatnonzero(np.bincount(triples[1], minlength=n_relations) >= ENOUGH):
        own = values[:, :, triples[1] == relation].mean(axis=2)
        best[:, relation] = np.array(WEIGHTS)[own.argmax(axis=0)]
    return best


def weights_of(
    scorers: Sequence[ScoresTriples], triples: np.ndarray, known: KnownAnswers, n_relations: int, **settings: Any
) -> list[np.ndarray]:
    """The weights (2, R) of all models: 1 for the first, then one after the other as :func:`relation_weights` finds them."""
    found = [np.ones((2, n_relations), dtype=np.float32)]
    together = scorers[0]
    for scorer in scorers[1:]:
        found.append(relation_weights(together, scorer, triples, known, n_relations, **settings))
        together = Weighed(together, scorer, found[-1])
    return found


def joined(arrays: Sequence[Mapping[str, np.ndarray]], parts: int, weights: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of several models as those of one, whose score is the sum of theirs, weighed by relation.

    Every part of an entity or relation is that of the first model, then that of the second, and so on; relations are multiplied by their
    ``weights`` (rows of relations,), so that the products are. Of what a relation adds for an entity itself the first's is kept.

    >>> one = {"entities": np.ones((1, 2), np.float32), "relation": np.ones((1, 2), np.float32)}
    >>> joined([one, one], 2, np.float32([[1], [3]]))["relation"].tolist()
    [[1.0, 3.0, 1.0, 3.0]]
    """
    found = {name: array for name, array in arrays[0].items() if array.ndim == 1}
    for name in arrays[0].keys() - found.keys():
        weighed = name in ("relation", "relation_shift")
        found[name] = side_by_side(
            [own[name] * w[:, None] if weighed else own[name] for own, w in zip(arrays, weights, strict=True)], parts
        )
    return found


def side_by_side(vectors: Sequence[np.ndarray], parts: int) -> np.ndarray:
    """Vectors of several models as :func:`joined` puts them: part by part.

    >>> side_by_side([np.zeros((1, 2)), np.ones((1, 2))], 2).tolist()
    [[0.0, 1.0, 0.0, 1.0]]
    """
    cut = [np.split(rows, parts, axis=1) for rows in vectors]
    return np.concatenate([blocks[i] for i in range(parts) for blocks in cut], axis=1)
