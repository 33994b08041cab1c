"""Edge lists and matrices to the clean adjacency matrix that a graph stands on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from graphemb.data.names import Names
from graphemb.errors import DataError, ParameterError, shorten

Repeated = Literal["max", "sum", "error"]


def clean_matrix(adjacency: Any) -> sp.csr_array:
    """Sorted CSR in float64 with 32-bit indices where they fit, no explicit zeros, finite weights."""
    if not sp.issparse(adjacency) and np.ndim(adjacency) != 2:
        raise DataError(f"expected a square adjacency matrix, got an array of shape {np.shape(adjacency)}")
    try:
        matrix = sp.csr_array(adjacency, dtype=np.float64, copy=True)
    except (TypeError, ValueError):
        raise DataError("an adjacency matrix holds numbers in rows of one length, these cannot be read as such") from None
    if matrix.shape[0] != matrix.shape[1]:
        raise DataError(f"expected a square adjacency matrix, got {matrix.shape[0]:,} x {matrix.shape[1]:,}")
    matrix.sum_duplicates()
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    if len(bad):
        row = int(np.searchsorted(matrix.indptr, bad[0], side="right") - 1)
        raise DataError(
            f"{len(bad)} edge weights are NaN or infinite, first between rows {row} and {matrix.indices[bad[0]]}; weights must be finite"
        )
    matrix.eliminate_zeros()
    if max(matrix.nnz, *matrix.shape) <= np.iinfo(np.int32).max:  # scipy keeps the 64 bits it was given
        matrix.indices = matrix.indices.astype(np.int32, copy=False)
        matrix.indptr = matrix.indptr.astype(np.int32, copy=False)
    return matrix


def require_symmetric(matrix: sp.csr_array, names: Names) -> None:
    """Raise :class:`DataError` naming the pair that differs most in its two directions."""
    difference = abs(matrix - matrix.T).tocoo()
    if difference.nnz and difference.data.max() > 1e-9 * max(1.0, abs(matrix.data).max(initial=0.0)):
        worst = int(np.argmax(difference.data))
        u, v = names[int(difference.row[worst])], names[int(difference.col[worst])]
        raise DataError(f"an undirected graph needs a symmetric matrix, but {u!r} and {v!r} differ; pass directed=True or symmetrise it")


def as_weights(weights: Any, n: int) -> np.ndarray:
    """The weights as ``n`` finite float64; :class:`DataError` names the first edge that has none."""
    try:
        data = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("edge weights must be numbers") from None
    if data.shape != (n,):
        raise DataError(f"expected {n:,} weights, one an edge, got an array of shape {data.shape}")
    bad = np.flatnonzero(~np.isfinite(data))
    if len(bad):
        raise DataError(f"{len(bad)} edge weights are NaN or infinite, first at edge {bad[0]}; weights must be finite")
    return data


def encode_ends(sources: Any, targets: Any, names: Names | None, *, what: str = "edge") -> tuple[np.ndarray, np.ndarray, Names]:
    """Row numbers of sources and targets, and the names: those given, or all in order of first appearance, line by line."""
    ends = Names(_joined(sources, targets), what="node", check=False).values
    n = len(ends) // 2
    if ends.null_count:
        row = int(pc.index(ends.is_null(), True).as_py())
        first, second = ("source", "target") if what == "edge" else ("head", "tail")
        raise DataError(f"{what} {row % n} has no {second if row >= n else first}")
    if names is None:
        codes, known = _by_first_appearance(ends)
        return codes[:n], codes[n:], known
    found = pc.index_in(ends, value_set=names.values)
    if found.null_count:
        names.rows([ends[int(pc.index(found.is_null(), True).as_py())].as_py()])
    codes = found.to_numpy()
    return codes[:n], codes[n:], names


def _joined(sources: Any, targets: Any) -> pa.Array:
    parts = [Names(values, what="node", check=False).values for values in (sources, targets)]
    if len(parts[0]) != len(parts[1]):
        raise DataError(f"expected as many targets as sources, got {len(parts[1]):,} and {len(parts[0]):,}")
    return pa.concat_arrays(parts)


def _by_first_appearance(ends: pa.Array) -> tuple[np.ndarray, Names]:
    encoded = ends.dictionary_encode()
    codes = encoded.indices.to_numpy()
    line_by_line = codes.reshape(2, -1).T.ravel()
    first = np.empty(len(encoded.dictionary), dtype=np.int64)
    # of several writes to one place the last stays: written backwards, the earliest appearance does
    first[line_by_line[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[codes], Names(encoded.dictionary.take(pa.array(order)), what="node", check=False)


def merge_edges(
    sources: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, names: Names, *, directed: bool, repeated: Repeated
) -> tuple[sp.csr_array, dict[str, int]]:
    """The adjacency matrix with one entry a pair, mirrored if undirected, and the counts of what was merged or left out."""
    if repeated not in ("max", "sum", "error"):
        raise ParameterError(f"repeated must be 'max', 'sum' or 'error', got {repeated!r}")
    n, listed = len(names), len(sources)
    if weights is not None and not weights.all():
        kept = weights != 0
        sources, targets, weights = sources[kept], targets[kept], weights[kept]
    n_zero = listed - len(sources)
    keys = _pair_keys(sources, targets, n, directed)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    if repeated == "error" and len(starts) < len(keys):
        a, b = divmod(int(keys[np.flatnonzero(~first)[0]]), n)
        raise DataError(
            f"edges listed more than once: {len(keys) - len(starts):,}, first {shorten(names[a])!r} to {shorten(names[b])!r}; "
            "pass repeated='max' or 'sum'"
        )
    values = _merged_weights(weights, order, starts, len(keys), repeated)
    u, v = np.divmod(keys[starts], max(n, 1))
    adjacency = _matrix_of(u, v, values, n, directed)
    counts = {"listed": listed, "zero_weight": n_zero, "repeated": len(keys) - len(starts), "self_loops": int(np.count_nonzero(u == v))}
    return adjacency, counts


def _pair_keys(sources: np.ndarray, targets: np.ndarray, n: int, directed: bool) -> np.ndarray:
    """One number a pair, equal for equal pairs: u n + v, with u <= v if undirected."""
    low, high = (sources, targets) if directed else (np.minimum(sources, targets), np.maximum(sources, targets))
    return low.astype(np.int64) * n + high


def _merged_weights(weights: np.ndarray | None, order: np.ndarray, starts: np.ndarray, listed: int, repeated: Repeated) -> np.ndarray:
    if weights is None:
        if repeated == "sum":
            return np.diff(starts, append=listed).astype(np.float64)
        return np.ones(len(starts))
    if not len(starts):
        return np.empty(0)
    return (np.add if repeated == "sum" else np.maximum).reduceat(weights[order], starts)


def _matrix_of(u: np.ndarray, v: np.ndarray, weights: np.ndarray, n: int, directed: bool) -> sp.csr_array:
    u, v = u.astype(np.int32), v.astype(np.int32)
    if not directed:
        other = u != v
        u, v, weights = np.r_[u, v[other]], np.r_[v, u[other]], np.r_[weights, weights[other]]
    matrix = sp.csr_array((weights, (u, v)), shape=(n, n))
    matrix.sort_indices()
    matrix.eliminate_zeros()  # weights that added up to nothing
    return matrix
