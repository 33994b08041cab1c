"""The filter of histories against dense matrices, for users and for items."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.kernels.item_filter import AT_ONCE, ItemFilter

POLYNOMIALS = ([1.0], [0.0, 1.0], [1.0, -2.5, 3.125, -2.6, 1.6])


def random_filter(polynomial, weight=0.7, n=150, m=90, seed=0):
    """A filter of random parts, and its scores with dense matrices; user 1 and item 2 have no entry."""
    rng = np.random.default_rng(seed)
    R = (rng.random((n, m)) < 0.1).astype(np.float32)
    R[1] = R[:, 2] = 0
    profiles, items = rng.normal(size=(2, m, 5)).astype(np.float32)
    users = R @ profiles
    degrees = [np.maximum(R.sum(axis=axis), 1) for axis in (1, 0)]
    N = R / np.sqrt(degrees[0][:, None] * degrees[1])
    P = (N.T @ N).astype(float)
    expected = R @ sum(c * np.linalg.matrix_power(P, k) for k, c in enumerate(polynomial, 1)) + weight * users @ items.T
    return ItemFilter(sp.csr_array(R), users, items, profiles=profiles, polynomial=polynomial, weight=weight), expected, R


@pytest.mark.parametrize("polynomial", POLYNOMIALS, ids=str)
def test_users_histories_and_audience_read_one_matrix(polynomial):
    scorer, expected, R = random_filter(polynomial)
    near = {"rtol": 1e-4, "atol": 1e-4}
    rows, columns = np.array([149, 1, 1, 30]), np.array([2, 89, 0])
    assert (scorer.n_users, scorer.n_items) == R.shape
    np.testing.assert_allclose(scorer.users(np.arange(150)), expected, **near)
    np.testing.assert_allclose(scorer.users(rows), expected[rows], **near)
    np.testing.assert_allclose(scorer.audience(np.arange(90)), expected.T, **near)
    np.testing.assert_allclose(scorer.audience(columns), expected[:, columns].T, **near)
    np.testing.assert_array_equal(scorer.histories(sp.csr_array(R)), scorer.users(np.arange(150)))


def test_scores_are_the_callers_to_write_on():
    scorer, expected, _ = random_filter([1.0])
    for _ in range(2):
        scores = scorer.users(np.arange(3))
        assert scores.dtype == np.float32 and scores.flags.writeable
        np.testing.assert_allclose(scores, expected[:3], rtol=1e-4, atol=1e-4)
        scores[:] = -np.inf


def test_no_users_and_no_items_are_no_error():
    scorer, _, R = random_filter([1.0, 2.0])
    none = np.empty(0, dtype=np.int64)
    assert scorer.users(none).shape == (0, 90) and scorer.audience(none).shape == (0, 150)
    assert scorer.histories(sp.csr_array(R)[:0]).shape == (0, 90)


def test_blocks_end_where_they_should():
    scorer, expected, _ = random_filter([1.0, 0.5])
    for count in (1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE):
        np.testing.assert_allclose(scorer.users(np.arange(count)), expected[:count], rtol=1e-4, atol=1e-4)


def test_without_weight_the_vectors_are_not_read():
    scorer, expected, _ = random_filter([1.0], weight=0.0)
    np.testing.assert_allclose(scorer.users(np.arange(150)), expected, rtol=1e-4, atol=1e-4)
    assert not scorer.users(np.array([1])).any()


def test_it_can_be_pickled():
    scorer, _, _ = random_filter([1.0, 0.5])
    copy = pickle.loads(pickle.dumps(scorer))  # our own bytes, of a moment ago
    np.testing.assert_array_equal(copy.users(np.arange(5)), scorer.users(np.arange(5)))
