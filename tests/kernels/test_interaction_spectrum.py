"""Normalised interactions and their singular triplets."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.kernels.interaction_spectrum import damped, item_factors, normalised


def random_train(n: int, m: int) -> sp.csr_array:
    taken = np.random.default_rng(0).random((n, m)) < 0.2
    taken[2] = taken[:, 1] = False
    return sp.csr_array(taken.astype(np.float32))


@pytest.mark.parametrize(("n", "m"), [(20, 30), (30, 20)])
def test_factors_are_those_of_a_dense_decomposition(n, m):
    train = random_train(n, m)
    s, V, notes = item_factors(train, 5, solver="auto", random_state=0)
    wanted, Vt = np.linalg.svd(normalised(train).toarray().astype(float))[1:]
    np.testing.assert_allclose(s, wanted[:5], atol=1e-6)
    np.testing.assert_allclose(V @ V.T, Vt[:5].T @ Vt[:5], atol=1e-5)
    assert s[0] == pytest.approx(1) and V.shape == (m, 5) and len(notes["singular_values"]) == 5


def test_the_sign_of_a_vector_is_fixed():
    first, second = (item_factors(random_train(20, 30), 3, solver="arpack", random_state=seed)[1] for seed in (0, 9))
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_degree_zero_is_damped_to_zero():
    assert damped(np.array([0, 4])).tolist() == [[0.0], [0.5]]
