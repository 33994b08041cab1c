"""Soft debiasing: optimal by the conditions of the problem, and right at both ends."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.edits.soft import SoftDebias, SoftProblem, semidefinite
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import ConvergenceWarning, ParameterError


def problem(lam: float, n: int = 60, d: int = 7, seed: int = 0, k: int = 1) -> tuple[SoftProblem, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(n, d)) * np.linspace(2, 0.3, d)
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    neutral = w[: n // 2]
    b = np.linalg.qr(rng.normal(size=(d, k)))[0]
    return SoftProblem(w.T @ w, neutral.T @ neutral, b, lam), w, neutral


def objective(x: np.ndarray, w: np.ndarray, neutral: np.ndarray, b: np.ndarray, lam: float) -> float:
    """As the paper writes it, from T = X^1/2."""
    size, axes = np.linalg.eigh(x)
    t = (axes * np.sqrt(np.maximum(size, 0))) @ axes.T
    tw, tn, tb = t @ w.T, t @ neutral.T, t @ b
    return float(((tw.T @ tw - w @ w.T) ** 2).sum() + lam * ((tn.T @ tb) ** 2).sum())


def gradient(x: np.ndarray, p: SoftProblem) -> np.ndarray:
    pull = p.M @ x @ p.B @ p.B.T
    return 2 * p.A @ (x - np.eye(len(x))) @ p.A + p.lam * (pull + pull.T)


@pytest.mark.parametrize("lam", [0.2, 10.0, 1e3])
@pytest.mark.parametrize("k", [1, 2])
def test_the_conditions_of_an_optimum_hold(lam: float, k: int) -> None:
    p, _, _ = problem(lam, k=k)
    x, gap, _ = p.solve(1e-10, 100_000)
    g = gradient(x, p)
    scale = np.linalg.norm(p.A @ p.A)
    assert gap <= 1e-10
    assert np.linalg.eigvalsh(x).min() > -1e-9  # X is feasible, the gradient is a multiplier, and they are complementary
    assert np.linalg.eigvalsh(g).min() > -1e-6 * scale
    assert abs(np.trace(g @ x)) < 1e-6 * scale


def test_nothing_near_it_is_better() -> None:
    p, w, neutral = problem(5.0)
    x, _, _ = p.solve(1e-10, 10_000)
    best = objective(x, w, neutral, p.B, 5.0)
    assert best < objective(np.eye(len(x)), w, neutral, p.B, 5.0)
    rng = np.random.default_rng(1)
    for size in (1e-1, 1e-2, 1e-3):
        for _ in range(20):
            step = rng.normal(size=x.shape)
            near = semidefinite(x + size * (step + step.T))
            assert objective(near, w, neutral, p.B, 5.0) >= best - 1e-9


def test_without_weight_nothing_moves(space: Embedding, sides: Concept) -> None:
    p, _, _ = problem(0.0)
    np.testing.assert_allclose(p.solve(1e-10, 100)[0], np.eye(7), atol=1e-9)
    edited = SoftDebias(lam=0.0).fit_transform(space, sides)
    assert edited.meta["edits"][0]["moved"] < 1e-12


def test_a_large_weight_takes_the_direction_out() -> None:
    p, _, _ = problem(1e6)
    x, _, _ = p.solve(1e-8, 100_000)
    keep = np.eye(7) - p.B @ p.B.T
    back = np.linalg.pinv(keep @ p.A @ keep)
    np.testing.assert_allclose(x, back @ keep @ p.A @ p.A @ keep @ back, atol=1e-3)  # least squares among maps with X B = 0
    np.testing.assert_allclose(x @ p.B, 0, atol=1e-3)


def test_fewer_rows_than_columns_leave_the_rest_of_the_space() -> None:
    p, w, _ = problem(1.0, n=5, d=9)
    x, _, _ = p.solve(1e-10, 10_000)
    outside = np.linalg.svd(w)[2][5:]
    np.testing.assert_allclose(outside @ x, outside, atol=1e-6)


def test_neutral_names_lean_less_the_more_weight_it_has(space: Embedding, sides: Concept) -> None:
    g = concept_direction(space, sides.locate(space)).first
    rows = space.rows([n for n in space.names if n.startswith("n")])
    leaning = [np.abs(SoftDebias(lam=lam).fit_transform(space, sides).vectors[rows] @ g).mean() for lam in (0.0, 10.0, 100.0, 10_000.0)]
    assert leaning[0] > leaning[1] > leaning[2] > leaning[3] and leaning[3] < 0.05


def test_settings(space: Embedding, sides: Concept) -> None:
    one = SoftDebias(lam=5.0).fit(space, sides)
    assert one.optimality_ <= 1e-8 and one.notes_["optimality"] == one.optimality_
    with pytest.warns(ConvergenceWarning, match="raise max_iter or tol"):
        SoftDebias(lam=1e6, max_iter=1).fit(space, sides)
    for bad in ({"lam": -1.0}, {"tol": 0.0}, {"max_iter": 0}):
        with pytest.raises(ParameterError):
            SoftDebias(**bad).fit(space, sides)  # type: ignore[arg-type]
