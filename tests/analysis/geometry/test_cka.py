"""CKA against dense kernels."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.geometry.cka import debiased_cka, linear_cka
from graphemb.errors import DataError


def dense(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """CKA and debiased CKA by n x n kernels."""
    n = len(x)
    centring = np.eye(n) - 1 / n
    K, L = x @ x.T, y @ y.T

    def biased(A: np.ndarray, B: np.ndarray) -> float:
        return float(np.trace(centring @ A @ centring @ B))

    def unbiased(A: np.ndarray, B: np.ndarray) -> float:
        A, B = A - np.diag(np.diag(A)), B - np.diag(np.diag(B))
        one = np.ones(n)
        total = np.trace(A @ B) + (one @ A @ one) * (one @ B @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ A @ B @ one)
        return float(total / (n * (n - 3)))

    return tuple(h(K, L) / np.sqrt(h(K, K) * h(L, L)) for h in (biased, unbiased))  # type: ignore[return-value]


@pytest.mark.parametrize("shape", [(30, 4, 7), (12, 20, 3), (4, 2, 2)], ids=str)
def test_by_columns_is_by_kernels(shape):
    n, d, e = shape
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, d)) + 2
    y = x[:, :1] * rng.normal(size=e) + rng.normal(size=(n, e)) - 5
    assert (linear_cka(x, y), debiased_cka(x, y)) == pytest.approx(dense(x, y), rel=1e-8)


def test_rotation_and_scale_change_nothing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 6))
    turned = 3 * x @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + 1
    assert linear_cka(x, turned) == pytest.approx(1)
    assert debiased_cka(x, turned) == pytest.approx(1)
    assert linear_cka(x, x @ rng.normal(size=(6, 6))) < 0.99


def test_unrelated_vectors_with_few_names():
    """The plain figure is high where columns outnumber names; the debiased one is not."""
    rng = np.random.default_rng(0)
    found = [(linear_cka(*pair), debiased_cka(*pair)) for pair in rng.normal(size=(20, 2, 40, 100))]
    plain, debiased = np.mean(found, axis=0)
    assert plain > 0.5
    assert abs(debiased) < 0.05


def test_equal_rows_and_too_few():
    x = np.random.default_rng(0).normal(size=(10, 3))
    with pytest.raises(DataError, match="are equal"):
        linear_cka(x, np.ones((10, 2)))
    with pytest.raises(DataError, match="at least 4 shared names, got 3"):
        debiased_cka(x[:3], x[:3])
    with pytest.raises(DataError, match="no variance beyond chance"):
        debiased_cka(x, np.ones((10, 2)))
