"""Chains of entities whose relations compose, for every model of triples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.kernels.triple_scorer import triple_scorer

N = 20


def steps(closed: bool) -> KnowledgeGraph:
    """n0 -> n1 -> ..., and every other of the steps of two; the others are the test split."""
    one = [(f"n{i}", "next", f"n{(i + 1) % N}") for i in range(N if closed else N - 1)]
    two = [(f"n{i}", "next but one", f"n{(i + 2) % N}") for i in range(N if closed else N - 2)]
    return KnowledgeGraph.from_triples({"train": one + two[::2], "test": two[1::2]})


@pytest.fixture(scope="session")
def ring() -> KnowledgeGraph:
    """Twenty entities in a ring."""
    return steps(closed=True)


@pytest.fixture(scope="session")
def line() -> KnowledgeGraph:
    """Twenty entities in a row."""
    return steps(closed=False)


@pytest.fixture(scope="session")
def learned() -> Callable[..., Embedding]:
    """What a method learns of data so small that it takes a moment."""

    def fit(method: Any, data: KnowledgeGraph, **settings: Any) -> Embedding:
        asked = {"dim": 16, "epochs": 200, "batch_size": 64, "select": None, "random_state": 0, **settings}
        return method(**asked).fit(data).embedding_  # type: ignore[no-any-return]

    return fit


@pytest.fixture(scope="session")
def ranks() -> Callable[[Embedding, KnowledgeGraph], np.ndarray]:
    """Of the true tails of the test split among all twenty entities; by chance 10.5 in the mean."""

    def ranked(e: Embedding, data: KnowledgeGraph) -> np.ndarray:
        h, r, t = data.split("test")
        scores = triple_scorer(e, data).tails(h, r)
        return 1 + (scores > scores[np.arange(len(t)), t][:, None]).sum(axis=1)

    return ranked


@pytest.fixture(scope="session")
def all_tails() -> Callable[[Embedding, int], np.ndarray]:
    """[h, t]: the scores of a relation, or of a reciprocal one."""

    def scored(e: Embedding, relation: int) -> np.ndarray:
        return triple_scorer(e).scorer.tails(np.arange(len(e)), np.full(len(e), relation))

    return scored
