"""QuatE: its formula, and relations that compose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.knowledge.quate import QuatE


def test_the_formula(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(QuatE, ring, epochs=20)
    a, b, c, d = np.split(e.vectors, 4, axis=1)
    p, q, u, v = np.split(e.parameters["relation"][0], 4)
    turned = [a * p - b * q - c * u - d * v, a * q + b * p + c * v - d * u, a * u - b * v + c * p + d * q, a * v + b * u - c * q + d * p]
    np.testing.assert_allclose(all_tails(e, 0), np.hstack(turned) @ e.vectors.T, rtol=1e-4, atol=1e-5)


def test_a_normalised_relation_turns_alone(ring: KnowledgeGraph, learned: Callable[..., Embedding]) -> None:
    e = learned(QuatE, ring, epochs=20, normalised=True)
    moduli = np.linalg.norm(e.parameters["relation"].reshape(4, 4, 4), axis=1)  # relation, part, number
    np.testing.assert_allclose(moduli, 1, rtol=1e-5)


def test_steps_of_two_follow_from_steps_of_one(
    ring: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]
) -> None:
    assert (ranks(learned(QuatE, ring), ring) == 1).all()
