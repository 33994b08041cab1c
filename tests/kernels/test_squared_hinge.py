"""The machine with a squared hinge: LIBLINEAR's solution, projections without a second look at the rows, ridge as its first step."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.svm import LinearSVC

from graphemb.kernels.squared_hinge import SquaredHinge


def rows_and_labels(n: int = 200, d: int = 12, gap: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.4, 1.0, -1.0)
    x = rng.normal(size=(n, d)) + gap * y[:, None] * np.eye(d)[0]
    return x / np.sqrt((x**2).sum(axis=1).mean()), y


@pytest.mark.parametrize("gap", [0.0, 0.5, 2.0, 8.0])
@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
def test_is_the_solution_of_liblinear(gap, C):
    x, y = rows_and_labels(gap=gap)
    peer = LinearSVC(C=C, dual=False, tol=1e-10, max_iter=100_000).fit(x, y)
    w = SquaredHinge(x, C=C).fit(y)
    np.testing.assert_allclose(w[:-1], peer.coef_[0], atol=1e-4 * max(1.0, abs(w).max()))
    np.testing.assert_allclose(w[-1], peer.intercept_[0], atol=1e-4 * max(1.0, abs(w).max()))


def test_the_gradient_vanishes_with_fewer_rows_than_columns():
    x, y = rows_and_labels(n=10, d=40, gap=1.0)
    w = SquaredHinge(x, C=3.0).fit(y)
    wide = np.column_stack([x, np.ones(10)])
    slack = np.maximum(0, 1 - y * (wide @ w))
    np.testing.assert_allclose(w - 2 * 3.0 * wide.T @ (y * slack), 0, atol=1e-9)


def test_without_directions_is_the_machine_of_projected_rows():
    x, y = rows_and_labels()
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 3)))[0].T
    left = SquaredHinge(x).without(basis)
    np.testing.assert_allclose(left.gram, SquaredHinge(x - x @ basis.T @ basis).gram, atol=1e-10)
    w = left.fit(y)
    np.testing.assert_allclose(w, SquaredHinge(x - x @ basis.T @ basis).fit(y), atol=1e-9)
    np.testing.assert_allclose(basis @ w[:-1], 0, atol=1e-10)


def test_the_first_step_is_ridge_regression_on_labels():
    x, y = rows_and_labels()
    w = SquaredHinge(x, C=0.5).fit(y, steps=1)
    wide = np.column_stack([x, np.ones(len(x))])
    np.testing.assert_allclose(w, Ridge(alpha=1.0, fit_intercept=False).fit(wide, y).coef_, atol=1e-10)
