"""The training of knowledge-graph models: steps over distinct queries, watched on validation triples, saved, resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from graphemb.errors import ParameterError, TrainingError, UnknownNameError
from graphemb.kernels.epochs import Advance
from graphemb.kernels.full_softmax import BLOCK_BYTES, FullSoftmax
from graphemb.kernels.optimiser import Optimiser, scheduled
from graphemb.kernels.triple_losses import Penalty, SelfAdversarialLoss, SoftmaxLoss, TripleLoss
from graphemb.kernels.triple_model import TripleModel
from graphemb.kernels.triple_queries import TripleQueries
from graphemb.kernels.triple_selection import TripleSelection

ASTRAY = 1e4
"""How many times the loss of a model that knows nothing is too much for any that learns."""
LOSSES = ("softmax", "sampled-softmax", "self-adversarial")


@dataclass(frozen=True)
class TripleOptimisation:
    """How a model is trained."""

    epochs: int
    lr: float = 0.1
    loss: str = "softmax"
    """"softmax", "sampled-softmax" or "self-adversarial"; see :mod:`graphemb.kernels.triple_losses`."""
    optimiser: str = "adagrad"
    """"adagrad" or "adam"."""
    schedule: str = "constant"
    """"constant", "linear" (down to 0), "cosine" (up over a twentieth, down to 0)."""
    batch_size: int = 1024
    """Distinct queries of a step."""
    penalty: str | None = None
    """"n3", "weighted-n3", "f2" or None."""
    weight: float = 0.0
    """Of the penalty, per triple."""
    negatives: int = 1024
    """Entities drawn for a whole batch, where the loss samples."""
    gamma: float = 0.0
    """Margin of the self-adversarial loss."""
    temperature: float = 1.0
    """Of its weights of negatives."""
    precision: str = "auto"
    """Of products with all candidates: "float32", "bfloat16", or "auto": bfloat16 where the device has instructions for it."""
    memory: int = 2**30
    """Bytes that a training step may take beyond model and gradients."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Factors of the learning rate by the beginning of a parameter's name, such as {"projections": 0.1}."""


class TripleTrainer:
    """Steps of Adagrad or Adam on a :class:`TripleModel`, each over a batch of distinct queries.

    What an epoch draws (batches, negatives, what is dropped) comes from (seed, epoch): a resumed training draws the same, and on the
    processor its result is the same to the bit. The loss told is the mean over triples, both directions, penalty included.

    Parameters
    ----------
    model : on its device; trained in place
    queries : what it is trained on
    how : loss, optimiser, sizes
    selection : what chooses the epoch; None keeps the last. A block of its questions is ranked before the first epoch
    seed : of all draws

    Time of an epoch of "softmax" over Q queries: 6 Q n D operations, done in bfloat16 where that is the faster. Memory beyond the model:
    as much again for gradients and for Adagrad (twice for Adam), twice for the best epoch and what is read out; and ``how.memory``.

    Raises
    ------
    ParameterError : ``how.memory`` is too small for a step; the message says what is needed
    UnknownNameError : a loss, penalty, optimiser, schedule or precision of no known name
    """

    def __init__(
        self,
        model: TripleModel,
        queries: TripleQueries,
        how: TripleOptimisation,
        *,
        selection: TripleSelection | None = None,
        seed: int = 0,
    ):
        self.model, self.queries, self.how, self.selection, self.seed = model, queries, how, selection, seed
        self.steps = queries.n_batches(how.batch_size)
        scheduled(how.schedule, how.lr, 0, 1)  # is there such a schedule?
        self._named = dict(model.named_parameters())
        self._loss = self._make_loss()
        by_rows = frozenset({"structure"}) if self.samples else frozenset[str]()
        self._optimiser = Optimiser(how.optimiser, self._named, by_rows=by_rows, rates=how.rates)
        self._rehearsed = False

    @property
    def samples(self) -> bool:
        """Whether a step sees some entities only."""
        return self.how.loss == LOSSES[2] or (self.how.loss == LOSSES[1] and self.how.negatives < self.queries.n_entities)

    def _make_loss(self) -> TripleLoss:
        how = self.how
        if how.loss not in LOSSES:
            raise UnknownNameError("loss", how.loss, LOSSES, remedy="known: " + ", ".join(LOSSES))
        penalty = Penalty(how.penalty, how.weight)
        room = self._room()
        common: dict[str, Any] = {"batch_size": how.batch_size, "negatives": how.negatives}
        if how.loss == LOSSES[2]:
            return SelfAdversarialLoss(self.model, self.queries, penalty, gamma=how.gamma, temperature=how.temperature, **common)
        softmax = FullSoftmax(precision=how.precision, block_bytes=min(BLOCK_BYTES, room))
        return SoftmaxLoss(self.model, self.queries, penalty, softmax, sampled=self.samples, **common)

    def _room(self) -> int:
        """Bytes for scores: the memory, less what else a step holds."""
        n, D, b = self.queries.n_entities, self.model.dim, min(self.how.batch_size, len(self.queries))
        answers = -(-b * self.queries.n_rows // len(self.queries))
        rows = min(n, answers + b + self.how.negatives) if self.samples else n
        # vectors and their gradients, in full and in half; queries, answers and their gradients
        held = 4 * D * (3 * rows + 4 * b + 4 * answers) + (8 * b * self.how.negatives if self.how.loss == LOSSES[2] else 0)
        least = held + 4 * rows
        if self.how.memory < least:
            raise ParameterError(
                f"a step of {b:,} queries among {rows:,} entities in {D} columns takes {least / 2**30:.2g} GiB, and memory allows "
                f"{self.how.memory / 2**30:.2g}; raise memory, or lower batch_size or dim"
            )
        return self.how.memory - held

    # -- the protocol of graphemb.kernels.epochs.Trainer

    def epoch(self, number: int, advance: Advance) -> float:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        if self.selection is not None and not self._rehearsed:
            self.selection.rehearse(self.model)
        self._rehearsed = True
        rng = np.random.default_rng([self.seed, number])
        self.model.reseed(int(rng.integers(2**62)))
        self.model.train()
        total, last = 0.0, self.how.epochs * self.steps
        for step, batch in enumerate(self.queries.batches(self.how.batch_size, rng), start=number * self.steps):
            self._optimiser.zero()
            total += self._loss.add(batch, rng)
            self._optimiser.step(scheduled(self.how.schedule, self.how.lr, step, last))
            advance(1)
        self.model.eval()
        if self.selection is not None and self.selection.due(number + 1) and np.isfinite(total):
            self.selection.judge(number + 1, self.model)
        return self._near(total / self.steps, number)

    def _near(self, loss: float, number: int) -> float:
        """The loss, unless it is so far above that of a model which knows nothing that training has gone astray."""
        ignorant = float(np.log(max(self.queries.n_entities, 2)))
        if np.isfinite(loss) and loss > ASTRAY * ignorant:
            raise TrainingError(
                f"the loss is {loss:.3g} after epoch {number + 1} of {self.how.epochs}, and that of a model which knows nothing is "
                f"{ignorant:.3g}: training has diverged; lower lr, now {self.how.lr:g}"
            )
        return loss

    def done(self) -> bool:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        return self.selection is not None and self.selection.over

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        arrays, values = self._optimiser.state()
        arrays |= {name: p.detach().cpu().numpy() for name, p in self._named.items()}
        if self.selection is not None:
            best, values["selection"] = self.selection.state()
            arrays |= best
        return arrays, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """See :class:`graphemb.kernels.epochs.Trainer`."""
        self._optimiser.restore(arrays, values)
        self._load(arrays)
        if self.selection is not None:
            self.selection.restore(arrays, values["selection"])

    def take_best(self) -> None:
        """Put the parameters of the best epoch into the model, where something chose one."""
        self.model.eval()
        if self.selection is not None and self.selection.best:
            self._load(self.selection.best)

    def _load(self, arrays: Mapping[str, np.ndarray]) -> None:
        with torch.no_grad():
            for name, parameter in self._named.items():
                parameter.copy_(torch.from_numpy(arrays[name]))
