"""Small interactions, and the real ones that published figures are of."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.suggestions import Suggestions
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.datasets.registry import load_dataset
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import item_scorer


@pytest.fixture
def small_data() -> Interactions:
    """Twelve users, nine items; user 3 and item 7 have no training interaction."""
    rng = np.random.default_rng(4)
    taken = rng.random((12, 9)) < 0.35
    taken[np.arange(12), np.arange(12) % 7] = taken[4, 8] = True
    taken[3] = taken[:, 7] = False
    test = ~taken & (rng.random((12, 9)) < 0.15)
    return Interactions.from_scipy(taken, test=test, users=[f"u{i}" for i in range(12)], items=[f"i{i}" for i in range(9)])


@pytest.fixture
def normalised_dense() -> Callable[[np.ndarray], np.ndarray]:
    """R -> D_u^{-1/2} R D_i^{-1/2}, element by element."""

    def normalise(R: np.ndarray) -> np.ndarray:
        users, items = R.sum(axis=1), R.sum(axis=0)
        return np.array([[R[u, i] / np.sqrt(users[u] * items[i]) if R[u, i] else 0.0 for i in range(R.shape[1])] for u in range(len(R))])

    return normalise


@pytest.fixture
def published_split(shared_data: Path) -> Callable[[str], Interactions]:
    """``published_split("gowalla")``: the training and test files as published."""
    return load_dataset


@pytest.fixture
def at_20() -> Callable[[Embedding, Interactions], tuple[float, float]]:
    """Recall@20 and NDCG@20 over all users with test items."""

    def evaluate(embedding: Embedding, data: Interactions) -> tuple[float, float]:
        users = np.flatnonzero(np.diff(data.test.indptr))
        ranked = rank_items(item_scorer(embedding, data), users, data.train, 20)
        found = ranking_metrics(ranked, data.test[users], [20])
        return float(found["recall@20"].mean()), float(found["ndcg@20"].mean())

    return evaluate


@pytest.fixture
def seconds_for_a_new_user() -> Callable[[Embedding, Interactions], float]:
    """Processor seconds from three items to twenty recommendations, the least of ten times: others at work do not lengthen it."""

    def measure(embedding: Embedding, data: Interactions) -> float:
        suggestions, items, taken = Suggestions(embedding, data), [data.items[i] for i in (1, 100, 2000)], []
        for _ in range(10):
            started = time.process_time()
            assert len(suggestions.for_items(items, 20)) == 20
            taken.append(time.process_time() - started)
        return min(taken)

    return measure
