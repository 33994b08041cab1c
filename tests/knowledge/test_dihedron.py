"""The dihedron model: its formula as real matrices, and relations that compose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.knowledge.dihedron import Dihedron


def matrices(rows: np.ndarray) -> np.ndarray:
    """(n, dim / 4, 2, 2): a + b i + c j + d k as [[a + c, d - b], [d + b, a - c]], since jj = kk = 1 and ii = -1."""
    a, b, c, d = np.split(rows, 4, axis=-1)
    return np.stack([np.stack([a + c, d - b], axis=-1), np.stack([d + b, a - c], axis=-1)], axis=-2)


def test_a_product_of_dihedrons_is_one_of_matrices(
    ring: KnowledgeGraph, learned: Callable[..., Embedding], all_tails: Callable[..., np.ndarray]
) -> None:
    e = learned(Dihedron, ring, epochs=20)
    H, R = matrices(e.vectors), matrices(e.parameters["relation"][0])
    turned = H @ R
    np.testing.assert_allclose(all_tails(e, 0), np.einsum("hiab,tiab->ht", turned, H) / 2, rtol=1e-4, atol=1e-5)


def test_steps_of_two_follow_from_steps_of_one(
    ring: KnowledgeGraph, learned: Callable[..., Embedding], ranks: Callable[..., np.ndarray]
) -> None:
    assert (ranks(learned(Dihedron, ring), ring) == 1).all()
