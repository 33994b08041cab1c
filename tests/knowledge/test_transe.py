"""TransE: its formula, and translations that add up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.knowledge.transe import TransE


def test_the_formula(line: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(TransE, line, epochs=20)
    ends = e.vectors + e.parameters["relation_shift"][1]
    np.testing.assert_allclose(all_tails(e, 1), -((ends[:, None] - e.vectors[None]) ** 2).sum(axis=2), rtol=1e-4, atol=1e-4)


def test_two_steps_are_one_step_twice(line: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]) -> None:
    e = learned(TransE, line, dim=8, reciprocal=False, optimiser="adam", lr=0.1)
    found = ranks(e, line)
    assert np.median(found) == 1 and found.max() <= 3
    one, two = e.parameters["relation_shift"]
    assert one @ two > 0.8 * np.linalg.norm(one) * np.linalg.norm(two) and np.linalg.norm(two) > 1.2 * np.linalg.norm(one)


def test_no_translation_goes_round_a_ring(
    ring: KnowledgeGraph, line: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]
) -> None:
    settings = {"dim": 8, "reciprocal": False, "optimiser": "adam", "lr": 0.1}
    assert ranks(learned(TransE, ring, **settings), ring).mean() > ranks(learned(TransE, line, **settings), line).mean() + 1
