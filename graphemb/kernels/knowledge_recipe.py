"""The settings that models of triples are best with, as far as the caller leaves them open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from graphemb.kernels.triple_layout import Layout

STEPS, FEW_ENTITIES = 6_000, 5_000


@dataclass(frozen=True)
class Recipe:
    """The settings that a model is best with, where the caller gives none; None is settled by the data."""

    epochs: int | None = None
    """6,000 steps in all, but 12 to 40 epochs."""
    lr: float = 0.3
    loss: str | None = None
    """"softmax" up to 5,000 entities, else "sampled-softmax", which is as good after a fifth of the work."""
    optimiser: str = "adagrad"
    schedule: str = "linear"
    batch_size: int | None = None
    """512, or an eighth of the queries where these are few, but 64 at least."""
    penalty: str | None = "n3"
    weight: float | None = None
    """The largest of 0.01, 0.01 (n / 2,000)^0.75 and 0.2 n / m, of n entities and m triples: few facts of many need more of it."""
    init_std: float = 1e-3
    text_lr: float = 0.01
    """Of the projections of features."""
    negatives: int = 2048
    gamma: float = 9.0
    temperature: float = 1.0

    def settled(self, n_entities: int, n_triples: int, n_queries: int) -> Recipe:
        """The same, with what the data decide.

        >>> told = Recipe().settled(40_943, 86_835, 120_000)
        >>> told.loss, told.epochs, round(told.weight, 3)
        ('sampled-softmax', 26, 0.096)
        """
        batch_size = min(max(64, -(-n_queries // 8)), 512) if self.batch_size is None else self.batch_size
        epochs = min(max(12, -(-STEPS // -(-n_queries // batch_size))), 40) if self.epochs is None else self.epochs
        loss = self.loss or ("softmax" if n_entities <= FEW_ENTITIES else "sampled-softmax")
        weight = max(0.01, 0.01 * (n_entities / 2_000) ** 0.75, 0.2 * n_entities / n_triples) if self.weight is None else self.weight
        return replace(self, epochs=epochs, batch_size=batch_size, loss=loss, weight=0.0 if self.penalty is None else weight)


class Share(NamedTuple):
    """A model that has some of the columns, and what its recipe has in place of the method's."""

    layout: Layout
    dim: int
    recipe: Mapping[str, Any]
