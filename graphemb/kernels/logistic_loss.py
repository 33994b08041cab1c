"""The logistic loss of all ordered pairs of a graph and its gradient, tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.threads import in_threads, one_blas_thread

if TYPE_CHECKING:
    import torch

ROWS, COLUMNS = 128, 1_024
"""Pairs of a tile: 512 KB of scores, which stay beside the core that works on them."""
PARTS = 8
"""Row ranges summed apart and then added in order, so that the number of threads does not change the sum."""
FEW = 2**18
"""Pairs that are not worth a second thread."""
BLOCK = 2**24
"""Pairs of a block on a graphics card: 64 MB of scores."""


class LogisticLoss:
    """L(U, V) = sum over pairs u != v of log(1 + exp(-y_uv U_u . V_v)), y_uv = 1 for edges and -1 for other pairs.

    dL/dU = G V and dL/dV = G^T U with G_uv = -y_uv sigmoid(-y_uv U_u . V_v), and G_uv = 0 for a self-pair.

    Parameters
    ----------
    adjacency : (m, n) CSR with sorted indices, of m sources and n targets; every stored entry is an edge, whatever its weight
    own : (m,) the column that is the source itself, -1 where it is no target; such a pair is left out. None: column u of row u
    n_jobs : threads on the processor; they do not change the result

    Scores are float32; the loss is float32 within a row of a tile and float64 from there on. An edge's score changes its sign before the
    exponential, so that nothing cancels. On the processor a compiled pass turns a tile of scores into G and sums the loss, about 2.5
    pairs a nanosecond and core; on a graphics card torch does the same to blocks of rows.

    Time: O(m n d). Memory: 4 (n d PARTS + 128 x 1,024 a thread) bytes, or three blocks of 64 MB on a card; nothing is m x n.

    >>> import torch
    >>> loss = LogisticLoss(sp.csr_array(np.array([[0, 1], [1, 0]])))
    >>> value, left, right = loss(torch.zeros(2, 1), torch.ones(2, 1))
    >>> round(float(value / np.log(2)), 3), left.ravel().tolist(), right.ravel().tolist()
    (2.0, [-0.5, -0.5], [0.0, 0.0])
    """

    def __init__(self, adjacency: sp.csr_array, own: np.ndarray | None = None, *, n_jobs: int | None = None):
        self.indptr, self.indices = adjacency.indptr, adjacency.indices
        self.m, self.n = adjacency.shape
        self.own = np.arange(self.m) if own is None else own
        self.n_jobs = n_jobs

    def __call__(self, U: torch.Tensor, V: torch.Tensor) -> tuple[float, torch.Tensor, torch.Tensor]:
        """Loss, gradient by U, gradient by V, for float32 factors (m, d) and (n, d) on one device."""
        return self._compiled(U, V) if U.device.type == "cpu" else self._torch(U, V)

    def _compiled(self, U: torch.Tensor, V: torch.Tensor) -> tuple[float, torch.Tensor, torch.Tensor]:
        import torch

        left, right = U.detach().numpy(), V.detach().numpy()
        by_left = np.zeros_like(left)
        jobs = 1 if self.m * self.n <= FEW else self.n_jobs
        ends = [self.m * i // PARTS for i in range(PARTS + 1)]
        with one_blas_thread():  # the threads are ours: each works on its own tiles
            done = in_threads(lambda a, b: [self._rows(left, right, by_left, ends[i], ends[i + 1]) for i in range(a, b)], PARTS, jobs)
        parts = [part for of_thread in done for part in of_thread]
        by_right = parts[0][1]
        for _, gradient in parts[1:]:
            by_right += gradient
        return sum(loss for loss, _ in parts), torch.from_numpy(by_left), torch.from_numpy(by_right)

    def _rows(self, U: np.ndarray, V: np.ndarray, by_left: np.ndarray, first: int, last: int) -> tuple[float, np.ndarray]:
        """Loss of the pairs from some rows to all columns, and its gradient by V; that by U is written in place."""
        loss, by_right = 0.0, np.zeros_like(V)
        buffer, powers = np.empty(ROWS * COLUMNS, np.float32), np.empty(COLUMNS, np.int32)
        product = np.empty((max(ROWS, COLUMNS), V.shape[1]), np.float32)
        for u in range(first, last, ROWS):
            block = U[u : min(u + ROWS, last)]
            next_edge = self.indptr[u : u + len(block)].astype(np.int64)
            for v in range(0, self.n, COLUMNS):
                columns = V[v : v + COLUMNS]
                tile = buffer[: len(block) * len(columns)].reshape(len(block), len(columns))
                np.matmul(block, columns.T, out=tile)
                loss += _pass(tile, u, v, self.indptr, self.indices, self.own, next_edge, powers, powers.view(np.float32))
                by_left[u : u + len(block)] += np.matmul(tile, columns, out=product[: len(block)])
                by_right[v : v + len(columns)] += np.matmul(tile.T, block, out=product[: len(columns)])
        return loss, by_right

    def _torch(self, U: torch.Tensor, V: torch.Tensor) -> tuple[float, torch.Tensor, torch.Tensor]:
        import torch

        loss = torch.zeros((), dtype=torch.float64, device=U.device)
        by_left, by_right = torch.empty_like(U), torch.zeros_like(V)
        step = max(1, BLOCK // self.n)
        for u in range(0, self.m, step):
            block = U[u : u + step]
            scores = block @ V.T
            rows, columns = self._edges(u, min(u + step, self.m), U.device)
            scores[rows, columns] *= -1
            scores[self._selves(u, min(u + step, self.m), U.device)] = -torch.inf
            loss += torch.nn.functional.softplus(scores).sum(dtype=torch.float64)
            scores.sigmoid_()
            scores[rows, columns] *= -1
            by_left[u : u + step] = scores @ V
            by_right += scores.T @ block
        return float(loss), by_left, by_right

    def _edges(self, first: int, last: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """The edges from some rows: rows counted from ``first``, and columns."""
        import torch

        pointers = self.indptr[first : last + 1]
        rows = np.repeat(np.arange(last - first), np.diff(pointers))
        columns = self.indices[pointers[0] : pointers[-1]].astype(np.int64)
        return torch.from_numpy(rows).to(device), torch.from_numpy(columns).to(device)

    def _selves(self, first: int, last: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """The self-pairs of some rows, likewise."""
        import torch

        own = self.own[first:last]
        rows = np.flatnonzero(own >= 0)
        return torch.from_numpy(rows).to(device), torch.from_numpy(own[rows]).to(device)


def _polynomial(function: Callable[[np.ndarray], np.ndarray], degree: int, low: float, high: float) -> tuple[np.float32, ...]:
    """Coefficients, lowest first, of the polynomial that meets a function in the Chebyshev points of an interval."""
    series = np.polynomial.Chebyshev.interpolate(function, degree, domain=[low, high])
    return tuple(np.float32(c) for c in series.convert(kind=np.polynomial.Polynomial).coef)


# relative errors 3e-9 and 6e-9 before rounding to float32
E0, E1, E2, E3, E4, E5, E6 = _polynomial(np.exp, 6, -np.log(2) / 2, np.log(2) / 2)
L0, L1, L2, L3, L4, L5, L6, L7, L8, L9 = _polynomial(lambda x: np.log1p(x) / x, 9, 0, 1)
ZERO, HALF, ONE, LOWEST = np.float32(0), np.float32(0.5), np.float32(1), np.float32(-87)
BY_LN2, LN2_HIGH, LN2_LOW = np.float32(1 / np.log(2)), np.float32(0.693359375), np.float32(np.log(2) - 0.693359375)


@njit(nogil=True, cache=True)
def _pass(tile, first_row, first_column, indptr, indices, own, next_edge, bits, powers):  # type: ignore[no-untyped-def]
    """Turn a tile of scores into G; the loss of its pairs."""
    height, width = tile.shape
    loss = 0.0
    for i in range(height):
        u, scores = first_row + i, tile[i]
        start = end = next_edge[i]
        while end < indptr[u + 1] and indices[end] < first_column + width:
            scores[indices[end] - first_column] *= -ONE
            end += 1
        self_pair = own[u] - first_column
        inside = 0 <= self_pair < width
        if inside:
            scores[self_pair] = LOWEST
        loss += sigmoids(scores, bits, powers)
        for e in range(start, end):
            scores[indices[e] - first_column] *= -ONE
        if inside:
            scores[self_pair] = ZERO
        next_edge[i] = end
    return loss


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"nnan", "nsz", "reassoc", "contract", "arcp"})
def sigmoids(scores, bits, powers):  # type: ignore[no-untyped-def]
    """x to sigmoid(x) in place; the sum of log(1 + exp(x)).

    With a = -|x| = r - k ln 2, |r| <= ln 2 / 2: exp(a) = e = 2^-k exp(r), where 2^-k is a float32 made of its exponent bits. Then
    sigmoid(x) = 1 / (1 + e) or e / (1 + e), and log(1 + exp(x)) = max(x, 0) + log(1 + e). No branch, no call: it runs in vectors.
    """
    for j in range(len(scores)):
        k = np.int32(HALF - max(-abs(scores[j]), LOWEST) * BY_LN2)
        bits[j] = (np.int32(127) - k) << np.int32(23)
    total = ZERO
    for j in range(len(scores)):
        x = scores[j]
        a = max(-abs(x), LOWEST)
        halvings = np.float32(np.int32(HALF - a * BY_LN2))
        r = (a + halvings * LN2_HIGH) + halvings * LN2_LOW
        e = powers[j] * (E0 + r * (E1 + r * (E2 + r * (E3 + r * (E4 + r * (E5 + r * E6))))))
        log = e * (L0 + e * (L1 + e * (L2 + e * (L3 + e * (L4 + e * (L5 + e * (L6 + e * (L7 + e * (L8 + e * L9)))))))))
        total += log + max(x, ZERO)
        q = ONE / (ONE + e)
        scores[j] = q if x > ZERO else e * q
    return np.float64(total)
