"""Negative sampling, compiled: a vector learns which words are there, against words drawn by their counts."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphemb.kernels.walks import uniform

POWER = 0.75
"""word2vec's: noise words are drawn proportional to count^0.75."""
TABLE = 2**20
FLOATS = {"contract", "reassoc", "nsz", "arcp"}
"""What the compiler may reorder; numbers that are not finite stay visible."""


def noise_table(counts: np.ndarray, size: int = TABLE) -> np.ndarray:
    """Word numbers of which one drawn uniformly falls on a word proportional to count^0.75; int32, about ``size``, each word at least once.

    >>> np.bincount(noise_table(np.array([16, 1]), 9)).tolist()
    [8, 1]
    """
    weight = np.asarray(counts, dtype=np.float64) ** POWER
    times = np.maximum(np.rint(weight / weight.sum() * size), 1).astype(np.int64)
    return np.repeat(np.arange(len(counts), dtype=np.int32), times)


def keep_probability(counts: np.ndarray, sample: float) -> np.ndarray:
    """Probability with which an occurrence is kept, min(1, sqrt(t / f) + t / f) of a word's share f of all tokens, t ``sample``; float32.

    Source: word2vec's code, which departs from the formula of its paper.

    >>> keep_probability(np.array([96, 4]), 0.06).tolist()
    [0.3125, 1.0]
    """
    ratio = sample * counts.sum() / np.maximum(counts, 1)
    return np.minimum(np.sqrt(ratio) + ratio, 1).astype(np.float32)


@njit(inline="always")
def predict(v, word, words, noise, negative, lr, gradient, state):  # type: ignore[no-untyped-def]
    """One word against ``negative`` noise words: log s(v . u_word) + sum log s(-v . u_k) goes up.

    The rows u of ``words`` move at once; what v should move by (before ``lr``) is added to ``gradient``. Returns the loss and the next
    state of the generator.
    """
    loss, one = 0.0, np.float32(1)
    for turn in range(negative + 1):
        row, truth = word, one
        if turn:
            state, u = uniform(state)
            row, truth = noise[int(u * len(noise))], np.float32(0)
            if row == word:
                continue
        score = np.float32(0)
        for m in range(len(v)):
            score += v[m] * words[row, m]
        small = np.exp(-abs(score))
        loss += np.log(one + small) + max(-score if turn == 0 else score, np.float32(0))
        error = truth - (one if score > 0 else small) / (one + small)
        step = lr * error
        for m in range(len(v)):
            gradient[m] += error * words[row, m]
            words[row, m] += step * v[m]
    return loss, state
