"""RotatE: its formula, and rotations that compose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.knowledge.rotate import RotatE


def numbers(rows: np.ndarray) -> np.ndarray:
    """Complex numbers of real and imaginary parts side by side."""
    real, imaginary = np.split(rows, 2, axis=-1)
    return real + 1j * imaginary


def test_the_formula(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(RotatE, ring, epochs=20)
    z, r = numbers(e.vectors), numbers(e.parameters["relation"][1])
    distances = (np.abs((z * r)[:, None] - z[None]) ** 2).sum(axis=2)
    biases = e.parameters["head_bias"][:, None] + e.parameters["tail_bias"]
    assert np.abs(biases).max() > 0.001
    np.testing.assert_allclose(all_tails(e, 1), biases - distances, rtol=1e-4, atol=1e-4)


def test_two_steps_are_one_rotation_twice(
    ring: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]
) -> None:
    e = learned(RotatE, ring)
    assert (ranks(e, ring) == 1).all()
    one, two = numbers(e.parameters["relation"][:2])
    np.testing.assert_allclose(np.abs(numbers(e.parameters["relation"])), 1, rtol=1e-5)
    assert np.abs(one * one - two).max() < 0.1 < np.abs(one - two).mean()


def test_the_way_back_is_the_inverse(ring: KnowledgeGraph, learned: Callable[..., Embedding]) -> None:
    e = learned(RotatE, ring)
    there, _, back, _ = numbers(e.parameters["relation"])
    assert np.abs(there * back - 1).max() < 0.1
