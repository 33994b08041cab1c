"""The few best columns of every row of a block of scores, and the ranks of a few columns."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphemb.errors import ParameterError
from graphemb.kernels.threads import in_threads


def best_columns(scores: np.ndarray, k: int, *, n_jobs: int | None = None) -> np.ndarray:
    """The ``k`` highest columns of each row, best first, int64 (S, k); -1 where a row has fewer above -inf.

    Of equal scores the lower column comes first. One pass with a sorted list of k, so k is meant to be small; NaN never wins.

    >>> best_columns(np.array([[1.0, 3.0, 2.0], [-np.inf, 0.0, -np.inf]], dtype=np.float32), 2).tolist()
    [[1, 2], [1, -1]]
    """
    if k < 1:
        raise ParameterError(f"k must be at least 1, got {k}")
    found = np.full((len(scores), k), -1, dtype=np.int64)
    in_threads(lambda a, b: _best(scores[a:b], found[a:b]), len(scores), n_jobs)
    return found


@njit(nogil=True, cache=True)
def _best(scores, found):  # type: ignore[no-untyped-def]
    k = found.shape[1]
    values = np.empty(k, scores.dtype)
    for i in range(len(scores)):
        values[:] = -np.inf
        for j in range(scores.shape[1]):
            s = scores[i, j]
            if not s > values[k - 1]:
                continue
            place = k - 1
            while place > 0 and s > values[place - 1]:
                values[place], found[i, place] = values[place - 1], found[i, place - 1]
                place -= 1
            values[place], found[i, place] = s, j


def ranks_of(scores: np.ndarray, columns: np.ndarray, *, n_jobs: int | None = None) -> np.ndarray:
    """The rank of each given column in its row, int64 (S, k): 1 and the number of columns with a higher score.

    Columns of equal scores have the same, better rank. One pass over the scores, so that k is meant to be small.

    >>> ranks_of(np.array([[1.0, 3.0, 2.0]], dtype=np.float32), np.array([[0, 1]])).tolist()
    [[3, 1]]
    """
    ranks = np.empty(columns.shape, dtype=np.int64)
    in_threads(lambda a, b: _rank(scores[a:b], columns[a:b], ranks[a:b]), len(scores), n_jobs)
    return ranks


@njit(nogil=True, cache=True)
def _rank(scores, columns, ranks):  # type: ignore[no-untyped-def]
    k = columns.shape[1]
    for i in range(len(scores)):
        thresholds = scores[i][columns[i]]
        order = np.argsort(thresholds)
        rising = thresholds[order]
        above = np.zeros(k + 1, np.int64)  # above[j]: scores that exceed exactly the j lowest thresholds
        for s in scores[i]:
            if s > rising[0]:
                j = 1
                while j < k and s > rising[j]:
                    j += 1
                above[j] += 1
        higher = 0
        for j in range(k - 1, -1, -1):
            higher += above[j + 1]
            ranks[i, order[j]] = higher + 1
