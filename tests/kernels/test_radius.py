"""Spectral radius: certified bounds, acyclic graphs, periodic graphs, signs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.errors import ConvergenceWarning
from graphemb.kernels import radius
from graphemb.kernels.radius import largest_singular_value, spectral_radius


def exact(A) -> float:
    return float(abs(np.linalg.eigvals(A.toarray())).max())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("density", [0.002, 0.01, 0.1])
def test_radius_equals_lapack(seed, density):
    A = sp.random_array((300, 300), density=density, rng=np.random.default_rng(seed), format="csr")
    assert spectral_radius(A) == pytest.approx(exact(A), rel=1e-6, abs=1e-12)


def test_acyclic_graph_has_radius_zero_exactly():
    A = sp.csr_array(np.triu(np.ones((50, 50)), 1))
    assert spectral_radius(A) == 0.0
    assert largest_singular_value(A) > 1


def test_long_cycle_with_a_chord():
    n = 2000
    A = sp.csr_array((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n)).tolil()
    A[n // 2, 0] = 1.0
    A = sp.csr_array(A)
    found = spectral_radius(A)
    # lambda^2000 = 1 + lambda^999, the characteristic equation of cycles of 2000 and 1001 edges
    assert found**n == pytest.approx(1 + found ** (n - n // 2 - 1), rel=1e-5)


def test_loop_and_periodic_blocks():
    assert spectral_radius(sp.csr_array([[3.0, 1.0], [0.0, 0.0]])) == pytest.approx(3.0)
    assert spectral_radius(sp.csr_array([[0, 4.0, 0], [0, 0, 2.0], [1.0, 0, 0]])) == pytest.approx(2.0)
    assert spectral_radius(sp.csr_array((4, 4))) == 0.0
    assert largest_singular_value(sp.csr_array((4, 4))) == 0.0


@pytest.mark.parametrize("n", [20, 500])
def test_negative_weights(n):
    A = sp.random_array((n, n), density=0.1, rng=np.random.default_rng(0), format="csr")
    A.data -= 0.8
    assert spectral_radius(A) == pytest.approx(exact(A), rel=1e-8)


def test_symmetric_radius_may_be_a_negative_eigenvalue():
    assert spectral_radius(sp.csr_array([[0.0, -2.0], [-2.0, -1.0]]), symmetric=True) == pytest.approx((1 + 17**0.5) / 2)


def test_an_upper_bound_stands_in_where_arpack_gives_up(monkeypatch):
    def fail(*args, **kwargs):
        raise radius.ArpackError(-9)

    A = sp.random_array((500, 500), density=0.1, rng=np.random.default_rng(0), format="csr")
    A.data -= 0.8
    monkeypatch.setattr(radius, "eigs", fail)
    with pytest.warns(ConvergenceWarning, match="upper bound"):
        assert spectral_radius(A) >= exact(A)
