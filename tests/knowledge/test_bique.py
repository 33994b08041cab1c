"""BiQUE: moved, then multiplied."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.kernels.hypercomplex import multiply
from graphemb.knowledge.bique import BiQUE


def test_the_formula(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(BiQUE, ring, epochs=20)
    for relation in range(4):
        moved = e.vectors + e.parameters["relation_pre"][relation]
        q = multiply("biquaternion", moved, np.broadcast_to(e.parameters["relation"][relation], moved.shape))
        np.testing.assert_allclose(all_tails(e, relation), q @ e.vectors.T, rtol=1e-4, atol=1e-5)


def test_what_is_trained_comes_first(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(BiQUE, ring)
    h, _, t = ring.split("train")[:, ring.split("train")[1] == 0]
    assert (all_tails(e, 0)[h].argmax(axis=1) == t).mean() > 0.9
