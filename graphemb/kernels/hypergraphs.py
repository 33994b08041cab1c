"""Second-order graphs of MMHCL: users who share items, items that share nearest neighbours in their features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.data.graph import Graph
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.threads import in_threads
from graphemb.kernels.topk import best_columns
from graphemb.kernels.warn import warn

MOST_ENTRIES = 150_000_000
"""Entries of a user hypergraph that are made without asking: 1.2 GB."""
BLOCK = 16_000_000
"""Similarities held at once: 64 MB."""


def user_hypergraph(train: sp.csr_array, *, most: int = MOST_ENTRIES, n_jobs: int | None = None) -> sp.csr_array:
    """W = D^{-1} (R R^T without its diagonal): users who took the same items, float32 (n, n).

    Items are hyperedges. W_uv = (items that u and v share) / (the same summed over all v); the row of a user without co-users is empty.
    The entries are counted before they are made: O(sum of squared degrees of items) steps, and then 8 bytes an entry.

    Raises
    ------
    DataError : more than ``most`` entries; the message says how many and how much memory they would take

    >>> R = sp.csr_array(np.float32([[1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]]))
    >>> (6 * user_hypergraph(R).toarray()).round().tolist()
    [[0.0, 4.0, 2.0, 0.0], [4.0, 0.0, 2.0, 0.0], [3.0, 3.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    binary, transposed = _binary(train), _binary(train.T.tocsr())
    count = sum(in_threads(lambda a, b: _pairs(a, b, _arrays(binary), _arrays(transposed)), train.shape[0], n_jobs))
    if count > most:
        raise DataError(
            f"the users share items in {count:,} ordered pairs, {8 * count / 1e9:.1f} GB, more than the {most:,} allowed; "
            "train without this graph (u2u=False), or leave out the most popular items"
        )
    shared = sp.csr_array(binary @ transposed)
    shared.setdiag(0)
    shared.eliminate_zeros()
    shared.sort_indices()
    totals = shared.sum(axis=1)
    shared.data /= np.repeat(np.maximum(totals, 1), np.diff(shared.indptr)).astype(np.float32)
    return shared


def _binary(matrix: sp.csr_array) -> sp.csr_array:
    return sp.csr_array((np.ones(matrix.nnz, np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def _arrays(matrix: sp.csr_array) -> tuple[np.ndarray, np.ndarray]:
    return matrix.indptr, matrix.indices


@njit(nogil=True, cache=True)
def _pairs(first, last, items_of, users_of):  # type: ignore[no-untyped-def]
    """How many entries the rows ``first`` to ``last`` of R R^T have."""
    starts, items = items_of
    begins, users = users_of
    seen = np.full(len(starts) - 1, -1, np.int64)
    count = 0
    for u in range(first, last):
        for i in items[starts[u] : starts[u + 1]]:
            for v in users[begins[i] : begins[i + 1]]:
                if seen[v] != u:
                    seen[v] = u
                    count += 1
    return count


def missing_rows(features: np.ndarray) -> np.ndarray:
    """(m,) bool: rows that say nothing, of NaN or of zeros.

    >>> missing_rows(np.array([[1.0, 0.0], [0.0, 0.0], [np.nan, np.nan]])).tolist()
    [False, True, True]
    """
    return np.asarray(np.isnan(features).any(axis=1) | ~np.nan_to_num(features).any(axis=1))


def nearest_items(features: np.ndarray, k: int, *, n_jobs: int | None = None) -> np.ndarray:
    """The ``k`` other items of the highest cosine, best first, int64 (m, k); -1 after the end. O(m^2 d) time, 64 MB beside the result.

    Items without features (a row of NaN or zeros) have no neighbours and are nobody's. Of equal cosines the lower row comes first.

    Raises
    ------
    ParameterError : k below 1; DataError : features that are no finite table (rows of NaN aside)

    Warns
    -----
    DataWarning : k is more than there are other items with features; all of them are taken

    >>> nearest_items(np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [np.nan, np.nan]]), 1).tolist()
    [[1], [0], [1], [-1]]
    """
    if k < 1:
        raise ParameterError(f"k must be at least 1, got {k}")
    unit, there = _directions(features)
    others = max(int(there.sum()) - 1, 0)
    if k > others:
        warn(f"{k:,} neighbours were asked for, but an item has only {others:,} others with these features; all are taken", DataWarning)
    found = np.full((len(unit), k), -1, dtype=np.int64)
    rows = np.flatnonzero(there)
    for block in np.array_split(rows, max(1, -(-len(rows) * len(unit) // BLOCK))):
        cosines = unit[block] @ unit.T
        cosines[:, ~there] = -np.inf
        cosines[np.arange(len(block)), block] = -np.inf
        found[block] = best_columns(cosines, k, n_jobs=n_jobs)
    return found


def _directions(features: Any) -> tuple[np.ndarray, np.ndarray]:
    """float32 rows of length 1, zeros where there are no features, and where there are some."""
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or np.isinf(table).any():
        raise DataError(f"features must be a table of finite numbers, one row an item, got shape {table.shape}")
    there = ~missing_rows(table)
    table = np.where(there[:, None], table, 0)
    table /= np.maximum(np.abs(table).max(axis=1, keepdims=True, initial=0), np.finfo(np.float64).tiny)  # squares must not overflow
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return (table / np.maximum(lengths, 1)).astype(np.float32), there


def neighbour_incidence(features: np.ndarray, k: int, *, n_jobs: int | None = None) -> sp.csr_array:
    """N: N_ij = 1 where j is among the ``k`` items nearest to i by cosine, i itself counted; binary float32 (m, m).

    Rows are items, columns hyperedges. An item without features has itself alone. See :func:`nearest_items`.

    >>> neighbour_incidence(np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 0.0]]), 2).toarray().tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    m = len(features)
    itself = np.arange(m)[:, None]
    others = nearest_items(features, k - 1, n_jobs=n_jobs) if k != 1 else np.empty((m, 0), np.int64)
    columns = np.hstack([itself, others])
    there = columns >= 0
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    matrix = sp.csr_array((np.ones(ends[-1], np.float32), columns[there].astype(np.int32), ends), shape=(m, m))
    matrix.sort_indices()
    return matrix


def item_hypergraph(incidences: Sequence[sp.csr_array]) -> sp.csr_array:
    """W = D^{-1/2} H H^T D^{-1/2} with H = [N_1 | N_2 | ...] and D the row sums of H H^T: float32 (m, m), symmetric.

    (H H^T)_ij counts the nearest neighbours that i and j have in common, over all modalities; its diagonal, of |F| k, is kept.
    Made as a sum of products N N^T, so at most sum_f sum_j (size of hyperedge j)^2 entries.

    >>> item_hypergraph([sp.csr_array(np.eye(2, dtype=np.float32))]).toarray().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if not incidences:
        raise ParameterError("an item hypergraph needs at least one modality; none was given")
    if len({N.shape for N in incidences}) > 1:
        raise DataError(f"all modalities need the same items, got incidences of shapes {', '.join(str(N.shape) for N in incidences)}")
    shared = sp.csr_array(reduce(add, (N @ N.T for N in incidences)))
    shared.sort_indices()
    weights = 1 / np.sqrt(np.maximum(shared.sum(axis=1), 1))
    rows = np.repeat(np.arange(len(weights)), np.diff(shared.indptr))
    shared.data = (shared.data * weights[rows] * weights[shared.indices]).astype(np.float32)
    return shared


def neighbour_graph(
    features: np.ndarray, k: int, names: Names | Iterable[Any], *, directed: bool = False, n_jobs: int | None = None
) -> Graph:
    """The graph of nearest neighbours: an edge from each item to the ``k`` others of the highest cosine; see :func:`nearest_items`.

    Undirected, two items are joined where either is among the nearest of the other. ``meta["reading"]`` counts items without features.

    >>> neighbour_graph(np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]), 1, ["a", "b", "c"]).n_edges
    2
    """
    found = nearest_items(features, k, n_jobs=n_jobs)
    m, there = len(found), found >= 0
    rows = np.repeat(np.arange(m), there.sum(axis=1))
    adjacency = sp.csr_array((np.ones(len(rows)), (rows, found[there])), shape=(m, m))
    if not directed:
        adjacency = adjacency.maximum(adjacency.T)
    meta = {"reading": {"neighbours": k, "without_features": int(missing_rows(np.asarray(features)).sum())}}
    return Graph(adjacency, names, directed=directed, meta=meta)
