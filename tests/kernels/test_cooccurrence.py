"""Counted windows against the loop that one would write by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.cooccurrence import WEIGHTS, cooccurrence, distance_weights


def by_hand(documents, n, window, weights):
    X = np.zeros((n, n))
    share = {"harmonic": lambda d: 1 / d, "linear": lambda d: (window - d + 1) / window, "flat": lambda d: 1.0}[weights]
    for document in documents:
        for p, word in enumerate(document):
            for q, other in enumerate(document):
                if 0 < abs(p - q) <= window:
                    X[word, other] += share(abs(p - q))
    return X


def drawn(n=12, seed=0):
    rng = np.random.default_rng(seed)
    documents = [(rng.random(length) ** 2 * n).astype(int) for length in [0, 1, 2, 30, 0, 7, 200, 1]]
    ids = np.concatenate(documents).astype(np.int32)
    return documents, ids, np.cumsum([0, *map(len, documents)])


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("window", [1, 3, 5, 500])
def test_equals_the_loop(weights, window):
    documents, ids, offsets = drawn()
    X = cooccurrence(ids, offsets, 12, window=window, weights=weights)
    np.testing.assert_allclose(X.toarray(), by_hand(documents, 12, window, weights), rtol=1e-12)
    assert X.has_sorted_indices and X.data.all()


@pytest.mark.parametrize("weights", WEIGHTS)
def test_symmetric_to_the_bit_whatever_the_threads(weights):
    _, ids, offsets = drawn(n=90, seed=1)
    one, two = (cooccurrence(ids, offsets, 90, window=7, weights=weights, n_jobs=jobs) for jobs in (1, 2))
    assert (one != one.T).nnz == 0 and (one != two).nnz == 0


def test_total_of_flat_windows_is_the_number_of_pairs():
    length, window = 1000, 4
    ids = np.random.default_rng(2).integers(50, size=length)
    X = cooccurrence(ids, np.array([0, length]), 50, window=window, weights="flat")
    assert X.sum() == 2 * sum(length - d for d in range(1, window + 1))


def test_nothing_to_count():
    assert cooccurrence(np.empty(0, np.int32), np.array([0]), 3).nnz == 0
    assert cooccurrence(np.array([0, 1, 2]), np.array([0, 1, 2, 3]), 3).nnz == 0  # a word a document


def test_bad_settings():
    with pytest.raises(UnknownNameError, match="harmonic, linear, flat"):
        distance_weights(3, "inverse")
    with pytest.raises(ParameterError, match="window"):
        cooccurrence(np.array([0]), np.array([0, 1]), 1, window=0)
    with pytest.raises(ParameterError, match="from 0 to 1"):
        cooccurrence(np.array([0, 2]), np.array([0, 2]), 2)
