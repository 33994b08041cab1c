"""What the training triples say of entities and relations before anything is learned."""

from __future__ import annotations

import numpy as np

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataWarning
from graphemb.kernels.triple_layout import Layout
from graphemb.kernels.warn import warn

FAR = 10_000.0
"""How far below all scores an answer is put that cannot be; finite, so that it can still be ranked."""


def irreflexive_relations(train: np.ndarray, n_relations: int, layout: Layout) -> np.ndarray:
    """float32, a number a row of the model's relations: -10,000 where fewer than 1% of training triples join an entity to itself, else 0.

    >>> irreflexive_relations(np.array([[0, 1], [0, 1], [0, 2]]), 2, Layout(reciprocal=False)).tolist()
    [0.0, -10000.0]
    """
    heads, relations, tails = train
    loops, triples = (np.bincount(r, minlength=n_relations) for r in (relations[heads == tails], relations))
    lowered = np.where(loops < 0.01 * np.maximum(triples, 1), -FAR, 0).astype(np.float32)
    return np.tile(lowered, 2 if layout.reciprocal else 1)


def unseen_notes(data: KnowledgeGraph) -> dict[str, int]:
    """How many entities and relations have no training triple; warned of, since nothing but a text can place them."""
    heads, relations, tails = data.split("train")
    unseen = {
        "entities_without_training": data.n_entities - len(np.union1d(heads, tails)),
        "relations_without_training": data.n_relations - len(np.unique(relations)),
    }
    if any(unseen.values()):
        entities, relations_ = unseen.values()
        warn(
            f"without training triples: {entities:,} of {data.n_entities:,} entities, {relations_:,} of {data.n_relations:,} relations",
            DataWarning,
        )
    return unseen
