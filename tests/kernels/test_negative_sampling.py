"""Negative sampling: who is drawn, who is kept, and that steps go down the loss."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphemb.kernels.negative_sampling import keep_probability, noise_table, predict

step = njit(lambda v, word, words, noise, negative, lr, g, state: predict(v, word, words, noise, negative, lr, g, state))


def test_noise_follows_counts_to_the_power_of_three_quarters() -> None:
    counts = np.array([1000, 100, 10, 1])
    share = np.bincount(noise_table(counts)) / len(noise_table(counts))
    np.testing.assert_allclose(share, counts**0.75 / (counts**0.75).sum(), rtol=1e-3)
    assert np.bincount(noise_table(np.array([10**9, 1]), 10)).tolist()[1] == 1


def test_frequent_words_are_kept_less_often() -> None:
    kept = keep_probability(np.array([1000, 10, 1]), 1e-2)
    assert kept[0] < kept[1] == kept[2] == 1
    assert (keep_probability(np.array([5, 5]), 1.0) == 1).all()


def test_the_loss_is_the_formula_and_the_gradient_its_slope() -> None:
    rng = np.random.default_rng(0)
    words, noise = rng.normal(size=(4, 3)).astype(np.float32), np.full(8, 2, dtype=np.int32)
    v = rng.normal(size=3).astype(np.float32)

    def loss(at: np.ndarray) -> float:
        return float(np.logaddexp(0, -at @ words[1]) + 2 * np.logaddexp(0, at @ words[2]))

    gradient = np.zeros(3, dtype=np.float32)
    found, _ = step(v, 1, words.copy(), noise, 2, np.float32(0), gradient, np.uint64(5))
    slope = [(loss(v + h) - loss(v - h)) / 2e-3 for h in 1e-3 * np.eye(3)]
    assert abs(found - loss(v)) < 1e-5
    np.testing.assert_allclose(-gradient, slope, atol=1e-2)
