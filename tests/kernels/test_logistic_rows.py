"""Rows of a logistic factorization against a general optimiser, and where they stop."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize

from graphemb.kernels import logistic_rows as module
from graphemb.kernels.logistic_rows import RIDGE, logistic_rows


@pytest.fixture
def factor() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((80, 4)).astype(np.float32)


def random_rows(m: int, n: int, share: float = 0.3) -> sp.csr_array:
    return sp.csr_array((np.random.default_rng(1).random((m, n)) < share).astype(float))


def test_the_minimum_is_that_of_scipy(factor):
    edges, V = random_rows(6, 80), factor.astype(float)
    rows, wrong = logistic_rows(edges, factor)
    assert (wrong > 0).all()  # none can be separated
    ridge = RIDGE * (V**2).sum() / 80
    for row, a in zip(rows, edges.toarray(), strict=True):
        y = np.where(a, 1, -1)
        best = minimize(lambda x, y=y: np.logaddexp(0, -y * (V @ x)).sum() + ridge / 2 * x @ x, np.zeros(4), tol=1e-12)
        np.testing.assert_allclose(row, best.x, rtol=1e-3, atol=1e-5)


def separable(factor: np.ndarray, m: int = 10) -> sp.csr_array:
    """Edges where some vector's inner product is above 0."""
    x = np.random.default_rng(2).standard_normal((m, factor.shape[1]))
    return sp.csr_array((x @ factor.T > 0).astype(float))


def test_what_can_be_separated_is_and_stays_finite(factor):
    edges = separable(factor)
    rows, wrong = logistic_rows(edges, factor)
    assert not wrong.any() and np.isfinite(rows).all()
    np.testing.assert_array_equal(rows.astype(float) @ factor.T.astype(float) > 0, edges.toarray() > 0)


def test_wrong_signs_are_counted(factor):
    edges = random_rows(6, 80)
    rows, wrong = logistic_rows(edges, factor)
    signs = rows.astype(float) @ factor.T.astype(float) > 0
    np.testing.assert_array_equal(wrong, (signs != (edges.toarray() > 0)).sum(axis=1))


def test_blocks_change_nothing(factor, monkeypatch):
    edges = sp.csr_array(sp.vstack([random_rows(7, 80), separable(factor)]))
    whole, _ = logistic_rows(edges, factor)
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", 200)
    np.testing.assert_allclose(logistic_rows(edges, factor)[0], whole, rtol=1e-4, atol=1e-6)


def test_weights_do_not_count(factor):
    edges = separable(factor)
    np.testing.assert_array_equal(logistic_rows(edges, factor)[0], logistic_rows(edges * 1e6, factor)[0])


def test_rows_without_an_edge_and_vectors_of_zeros(factor):
    factor[3] = 0
    edges = np.zeros((2, 80))
    edges[0, 5] = 1
    rows, wrong = logistic_rows(sp.csr_array(edges), factor)
    assert not rows[1].any() and wrong[1] == 0
    edges[0, 3] = 1  # no vector reaches it
    assert logistic_rows(sp.csr_array(edges), factor)[1][0] >= 1


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_the_scale_of_the_vectors_does_not_matter(factor, scale):
    edges = separable(factor)
    rows, wrong = logistic_rows(edges, factor * np.float32(scale))
    assert not wrong.any() and np.isfinite(rows).all()


def test_all_zero_factor():
    rows, wrong = logistic_rows(sp.csr_array(np.array([[1.0, 0.0]])), np.zeros((2, 3)))
    assert not rows.any() and wrong.tolist() == [1]


def test_no_rows(factor):
    rows, wrong = logistic_rows(sp.csr_array((0, 80)), factor)
    assert rows.shape == (0, 4) and wrong.shape == (0,)
