"""The training of knowledge-graph models: steps over distinct queries, watched on validation triples, saved, resumed.

As it will be called::

    queries = triple_queries(train, n_entities, n_relations)                # train (3, m) int64
    selection = TripleSelection(triples, known, score, every=..., epochs=..., patience=..., seed=..., memory=...)    # or None
    trainer = TripleTrainer(model, queries, TripleOptimisation(...), selection=selection, seed=0)
    history = run_epochs(trainer, how.epochs, work=trainer.steps, ...)
    trainer.take_best()                                                     # the best parameters are put into the model
    model.read_out()

``known`` is what ``known_answers`` made; ``score(read_out) -> TripleScorer`` makes the scorer of ``model.read_out()``. The model lies on
its device before the trainer is made. ``train, chosen, splits = choosing_triples(data, select, seed, notes)`` of ``triple_selection`` reads
``select``: the triples to train on, those that choose the epoch (or None), the splits whose triples are filtered out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TripleOptimisation:
    """How a model is trained."""

    epochs: int
    lr: float = 0.1
    loss: str = "softmax"
    """"softmax", "sampled-softmax" or "self-adversarial"."""
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
    """Of products with all entities: "float32", "bfloat16", or "auto": bfloat16 where the device has instructions for it."""
    memory: int = 2**30
    """Bytes that a training step may take beyond the model."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Factors of the learning rate by the beginning of a parameter's name, such as {"projections": 0.1}."""
