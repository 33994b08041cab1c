"""The nearest rows of every row: exact neighbours by blocks of products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from graphemb.errors import ParameterError
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.topk import best_columns

Similarity = Literal["cosine", "euclidean"]
BLOCK = 2**24
"""Scores held at a time: 64 MiB."""


def nearest_rows(
    x: np.ndarray, k: int, *, queries: np.ndarray | None = None, similarity: Similarity = "cosine", n_jobs: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` rows nearest to each row, best first: rows int64 (q, k) and scores float32 (q, k); a row is no neighbour of itself.

    Exact: q n d multiplications, memory 64 MiB beside the result. Scores are cosines, or minus squared distances for "euclidean" (rows
    are centred first, so that rounding stays small). Of equal scores the lower row comes first. A ``k`` above n - 1 is cut to it.

    Parameters
    ----------
    x : (n, d)
    queries : rows whose neighbours are wanted, int64 (q,); all if not given

    >>> found, score = nearest_rows(np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]), 1)
    >>> found.ravel().tolist()
    [1, 0, 1]
    """
    if k < 1:
        raise ParameterError(f"k must be at least 1, got {k}")
    n = len(x)
    k = min(k, max(n - 1, 0))
    wanted = np.arange(n) if queries is None else np.asarray(queries, dtype=np.int64)
    found, score = np.empty((len(wanted), k), dtype=np.int64), np.empty((len(wanted), k), dtype=np.float32)
    if k == 0:
        return found, score
    for part, scores in score_blocks(x, wanted, similarity):
        scores[np.arange(len(scores)), wanted[part]] = -np.inf
        found[part] = best_columns(scores, k, n_jobs=n_jobs)
        score[part] = np.take_along_axis(scores, found[part], axis=1)
    return found, score


def score_blocks(x: np.ndarray, queries: np.ndarray, similarity: Similarity = "cosine") -> Iterator[tuple[slice, np.ndarray]]:
    """Scores of some rows with all rows, a block of queries at a time: which of them, and float32 (b, n), which may be written to.

    >>> [block.shape for _, block in score_blocks(np.eye(3), np.array([0, 2]))]
    [(2, 3)]
    """
    if similarity not in ("cosine", "euclidean"):
        raise ParameterError(f"similarity must be 'cosine' or 'euclidean', got {similarity!r}")
    if similarity == "cosine":
        rows, halves = unit_rows(x), None
    else:
        rows = np.asarray(x - np.mean(x, axis=0, dtype=np.float64), dtype=np.float32)
        halves = np.einsum("ij,ij->i", rows, rows)
    step = max(1, BLOCK // max(len(x), 1))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        scores = rows[queries[part]] @ rows.T
        if halves is not None:
            scores *= 2
            scores -= halves
            scores -= halves[queries[part], None]
            np.minimum(scores, 0, out=scores)
        yield part, scores
