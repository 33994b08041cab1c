"""Neighbours kept: how far two embeddings agree on who is near whom."""

from __future__ import annotations

import numpy as np


def shared_neighbours(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How many of its neighbours each query has in both lists, int64 (q,); ``first``, ``second`` int64 (q, k), no name twice in a list.

    >>> shared_neighbours(np.array([[1, 2], [0, 3]]), np.array([[2, 5], [3, 0]])).tolist()
    [1, 2]
    """
    both = np.sort(np.concatenate([first, second], axis=1), axis=1)
    return np.asarray((both[:, 1:] == both[:, :-1]).sum(axis=1))


def jaccard(shared: np.ndarray, k: int) -> np.ndarray:
    """Shared over all of two lists of ``k`` names, from how many they share.

    >>> jaccard(np.array([0, 5, 10]), 10).round(2).tolist()
    [0.0, 0.33, 1.0]
    """
    return np.asarray(shared / (2 * k - shared))


def expected_jaccard(k: int, n: int) -> float:
    """The mean Jaccard index of two random lists of ``k`` out of ``n - 1`` others: over the hypergeometric number of shared names.

    >>> expected_jaccard(1, 3)
    0.5
    """
    from scipy.stats import hypergeom

    shared = np.arange(k + 1)
    return float(jaccard(shared, k) @ hypergeom.pmf(shared, n - 1, k, k))


def only_in(lists: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The entries of each list, int64 (q, k), that the other list lacks, in order; -1 in place of those it has."""
    return np.where((lists[:, :, None] == other[:, None, :]).any(axis=2), -1, lists)
