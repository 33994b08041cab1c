"""Hyperbolic decoders against the textbook formulas, also near the boundary."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.reconstruction.decoders.vectors import make_scorer

N = 7


def ball(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 3))
    return (x / np.linalg.norm(x, axis=1)[:, None] * np.linspace(0, 0.9999, N)[:, None]).astype(np.float32)


def distance(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.arccosh(1 + 2 * ((x - y) ** 2).sum() / ((1 - x @ x) * (1 - y @ y))))


def dense(score, n: int = N) -> np.ndarray:
    return np.array([[score(u, v) for v in range(n)] for u in range(n)])


def test_poincare(assert_scores):
    x = ball().astype(float)
    assert_scores(make_scorer(Embedding(range(N), x), "poincare"), dense(lambda u, v: -distance(x[u], x[v])), 5e-4)


def test_lorentz_gives_the_distances_of_the_ball(assert_scores):
    x = ball().astype(float)
    norm = (x**2).sum(axis=1, keepdims=True)
    sheet = np.hstack([1 + norm, 2 * x]) / (1 - norm)
    assert_scores(make_scorer(Embedding(range(N), sheet), "lorentz"), dense(lambda u, v: -distance(x[u], x[v])), 2e-3)


def test_neighbours_near_the_boundary_are_told_apart():
    angle = np.array([0.0, 1e-5, 3e-5])
    x = 0.99999 * np.column_stack([np.cos(angle), np.sin(angle)])
    scorer = make_scorer(Embedding("abc".replace("", " ").split(), x), "poincare")
    x = x.astype(np.float32).astype(float)
    np.testing.assert_allclose(scorer.block(np.array([0]), slice(1, 3))[0], [-distance(x[0], x[1]), -distance(x[0], x[2])], rtol=1e-3)


def test_points_off_the_manifold_are_refused():
    with pytest.raises(DataError, match="norm below 1; 'b'"):
        make_scorer(Embedding(["a", "b"], [[0.1, 0], [0, 1.5]]), "poincare")
    with pytest.raises(DataError, match="'b' has -1"):
        make_scorer(Embedding(["a", "b"], [[1.0, 0], [-1.0, 0]]), "lorentz")
