"""ComplEx: its formula, and relations that compose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.knowledge.complex import ComplEx


def test_the_formula(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(ComplEx, ring, epochs=20)
    z, r = e.vectors[:, :8] + 1j * e.vectors[:, 8:], e.parameters["relation"][1, :8] + 1j * e.parameters["relation"][1, 8:]
    np.testing.assert_allclose(all_tails(e, 1), np.einsum("hi,i,ti->ht", z, r, z.conj()).real, rtol=1e-4, atol=1e-5)


def test_steps_of_two_follow_from_steps_of_one(
    ring: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]
) -> None:
    assert (ranks(learned(ComplEx, ring), ring) == 1).all()


def test_a_relation_has_a_direction(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(ComplEx, ring, reciprocal=False)
    row = e.rows([f"n{i}" for i in range(20)])
    scores = all_tails(e, 0)[np.ix_(row, row)]
    assert (scores.argmax(axis=1) == np.roll(np.arange(20), -1)).all()
    assert (scores.argmax(axis=0) == np.roll(np.arange(20), 1)).all()  # heads of tails, by the same relation
