"""Windows of a corpus counted into a sparse matrix, compiled: a row at a time, each into one dense row that is swept out again."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.threads import in_threads

WEIGHTS = ("harmonic", "linear", "flat")
PARTS = 64
"""Runs of words of about equal work, shared out among the threads: half of all tokens are of a hundred words."""


def cooccurrence(
    ids: np.ndarray, offsets: np.ndarray, n: int, *, window: int = 5, weights: str = "harmonic", n_jobs: int | None = None
) -> sp.csr_array:
    """How often words stand near each other, X_ij = sum over occurrences of i and j at a distance d <= ``window`` of g(d).

    g(d) is 1/d ("harmonic", GloVe's), (window - d + 1)/window ("linear", the expectation of word2vec's shrinking windows) or 1 ("flat").
    Both directions count, so X is symmetric; no window leaves its document.

    Parameters
    ----------
    ids : (tokens,) word numbers from 0 to n - 1, one document after the other
    offsets : (documents + 1,), where documents start and end
    n : number of words
    n_jobs : threads; they do not change the result

    Returns
    -------
    CSR of float64 (n, n) with sorted indices, exactly symmetric

    Time: O(tokens * window), twice. Memory beside the result and its upper half: 16 bytes a token and 16 n bytes a thread, for no pair is
    ever kept on its own.

    Raises
    ------
    UnknownNameError : other weights; ParameterError : a window below 1, ids outside the range

    >>> cooccurrence(np.array([0, 1, 0, 2]), np.array([0, 3, 4]), 3, window=2).toarray().tolist()
    [[1.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    require_whole("window", window)
    share = distance_weights(window, weights)
    if len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= n):
        raise ParameterError(f"word numbers must be from 0 to {n - 1:,}, got {int(ids.min()):,} to {int(ids.max()):,}")
    ids, offsets = np.ascontiguousarray(ids, dtype=np.int32), np.asarray(offsets, dtype=np.int64)
    document = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    order = np.argsort(ids, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(ids, minlength=n))]).astype(np.int64)
    bounds = np.unique(np.concatenate([[0], np.searchsorted(starts, np.linspace(0, len(ids), PARTS + 1)), [n]]))
    sizes = np.zeros(n, dtype=np.int64)

    def count(first: int, last: int) -> None:
        _sizes(ids, document, order, starts, len(share), sizes, bounds[first], bounds[last])

    in_threads(count, len(bounds) - 1, n_jobs)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    columns, values = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1])

    def fill(first: int, last: int) -> None:
        _fill(ids, document, order, starts, share, indptr, columns, values, bounds[first], bounds[last])

    in_threads(fill, len(bounds) - 1, n_jobs)
    # sums of 1/d in another order differ in their last digits: the lower half is a copy, not another sum
    upper = sp.csr_array((values, columns, indptr), shape=(n, n))
    full = sp.csr_array(upper + sp.triu(upper, 1).T)
    full.sort_indices()
    return full


def distance_weights(window: int, weights: str) -> np.ndarray:
    """g(1), ..., g(window).

    >>> distance_weights(4, "linear").tolist()
    [1.0, 0.75, 0.5, 0.25]
    """
    d = np.arange(1.0, window + 1)
    known = {"harmonic": 1 / d, "linear": (window + 1 - d) / window, "flat": np.ones(window)}
    if weights not in known:
        raise UnknownNameError("weighting of distances", weights, WEIGHTS, remedy="known: " + ", ".join(WEIGHTS))
    return known[weights]


@njit(nogil=True, cache=True)
def _sizes(ids, document, order, starts, window, sizes, first, last):  # type: ignore[no-untyped-def]
    """How many different words from ``row`` on stand near word ``row``."""
    seen = np.full(len(sizes), -1, dtype=np.int32)
    for row in range(first, last):
        found = 0
        for p in order[starts[row] : starts[row + 1]]:
            for q in range(max(p - window, 0), min(p + window + 1, len(ids))):
                c = ids[q]
                if q != p and c >= row and document[q] == document[p] and seen[c] != row:
                    seen[c] = row
                    found += 1
        sizes[row] = found


@njit(nogil=True, cache=True)
def _fill(ids, document, order, starts, share, indptr, columns, values, first, last):  # type: ignore[no-untyped-def]
    window, n = len(share), len(indptr) - 1
    total, seen = np.zeros(n), np.full(n, -1, dtype=np.int32)
    for row in range(first, last):
        at = indptr[row]
        for p in order[starts[row] : starts[row + 1]]:
            for q in range(max(p - window, 0), min(p + window + 1, len(ids))):
                c = ids[q]
                if q != p and c >= row and document[q] == document[p]:
                    if seen[c] != row:
                        seen[c] = row
                        columns[at] = c
                        at += 1
                    total[c] += share[abs(q - p) - 1]
        columns[indptr[row] : at] = np.sort(columns[indptr[row] : at])
        for k in range(indptr[row], at):
            values[k] = total[columns[k]]
            total[columns[k]] = 0.0
