"""The geometric series operator equals the dense inverse, both ways of applying it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.errors import ConvergenceWarning
from graphemb.kernels import series
from graphemb.kernels.series import geometric_series


def scaled(radius: float, n: int = 80) -> sp.csr_array:
    A = sp.random_array((n, n), density=0.1, rng=np.random.default_rng(0), format="csr")
    return sp.csr_array(A * (radius / abs(np.linalg.eigvals(A.toarray())).max()))


@pytest.mark.parametrize(("radius", "how"), [(0.5, "terms"), (0.85, "terms"), (0.97, "LU")])
def test_operator_equals_the_inverse(radius, how):
    M = scaled(radius)
    operator, applied = geometric_series(M)
    exact = np.linalg.inv(np.eye(80) - M.toarray()) - np.eye(80)
    x = np.random.default_rng(1).standard_normal((80, 3))
    assert how in applied
    np.testing.assert_allclose(operator @ x, exact @ x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(operator.H @ x, exact.T @ x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(operator @ x[:, 0], exact @ x[:, 0], rtol=1e-5, atol=1e-6)


def test_series_of_a_graph_without_cycles_ends_by_itself():
    path = sp.csr_array(np.eye(5, k=1) * 100)
    operator, how = geometric_series(path)
    assert how == "5 terms of the series"
    np.testing.assert_allclose(operator @ np.eye(5), np.linalg.inv(np.eye(5) - path.toarray()) - np.eye(5))


def test_a_series_that_is_too_slow_says_so(monkeypatch):
    monkeypatch.setattr(series, "LU_ROWS", 10)
    monkeypatch.setattr(series, "MANY_TERMS", 400)
    with pytest.warns(ConvergenceWarning, match="400 terms"):
        geometric_series(scaled(0.99))
