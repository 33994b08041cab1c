"""DistMult: its formula, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.knowledge.distmult import DistMult


def test_the_formula(ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]) -> None:
    e = learned(DistMult, ring, epochs=20)
    assert e.parameters["relation"].shape == (4, 16)
    for relation, r in enumerate(e.parameters["relation"]):
        np.testing.assert_allclose(all_tails(e, relation), np.einsum("hi,i,ti->ht", e.vectors, r, e.vectors), rtol=1e-4, atol=1e-5)


def test_without_reciprocals_every_relation_is_symmetric(
    ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]
) -> None:
    e = learned(DistMult, ring, reciprocal=False)
    scores = all_tails(e, 0)
    np.testing.assert_allclose(scores, scores.T, rtol=1e-5, atol=1e-5)
    row = e.rows([f"n{i}" for i in range(20)])
    np.testing.assert_allclose(scores[row, row[np.arange(1, 21) % 20]], scores[row[np.arange(1, 21) % 20], row], rtol=1e-5)


def test_it_cannot_tell_forth_from_back(ring: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]) -> None:
    assert (ranks(learned(DistMult, ring), ring) > 1).any()  # where ComplEx has all of them first
