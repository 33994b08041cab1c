"""Training of a logistic factorization on edges, sampled tiles of pairs, and the hard pairs found in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.epochs import Advance
from graphemb.kernels.logistic_loss import LOWEST, sigmoids
from graphemb.kernels.sign_scan import SignScan, sign_scan
from graphemb.kernels.threads import in_threads, one_blas_thread

STEPS = 20
"""Steps of Adam in an epoch."""
SIDE = 1_024
"""Rows and columns of a tile, at most; a graph is cut into at least ``FEWEST`` parts a side."""
FEWEST = 5
HARD = np.float32(-1)
"""A pair without an edge is hard where its score is above this."""
FORGET = np.float32(2)
"""A hard pair is let go where its score is this far below ``HARD``."""
ROOM = 4_096
"""Hard pairs that a tile can give back; the others stay what they are, sampled ones."""
SCAN_BELOW = 0.25
"""The complete scan waits until the loss of an edge is below this on the mean: before, it could not come out exact."""


class HardPairs:
    """A trainer (see :class:`graphemb.kernels.epochs.Trainer`) of the logistic loss: all edges, hard pairs and a sample at each step.

    A step of Adam takes the gradient of

        sum over edges log(1 + exp(-s)) + sum over hard pairs log(1 + exp(s)) + T sum over a sample log(1 + exp(s)), s = U_u . V_v.

    The sample is a T-th of all pairs: rows and columns are cut at random into T parts each, and in the k-th step of an epoch part i meets
    part i + k mod T, so that every row and every column has its fair share, no pair is drawn twice, and the work is dense products. A pair
    of the sample whose score is above -1 joins the hard ones, which from the next epoch on count fully and not as sampled;
    those whose score falls below -3 leave. Their gradient within the epoch is that of a score of -1.

    Whether it is done a complete scan of all signs decides, made after every epoch once the mean loss is low.

    Parameters
    ----------
    adjacency : (n, n) CSR with sorted indices
    start : U and V, each (n, d)
    epochs : of the whole training; the rate is ``lr`` in its first half and falls linearly to a half of it in the third quarter
    lr : rate of Adam
    seed : of the samples
    n_jobs : threads; they do not change the result

    Time of a step: O(n^2 d / T + (m + hard pairs) d). Memory: 4 x 2 n d x 5 bytes, 60 bytes an edge and hard pair; nothing is n x n.
    """

    def __init__(
        self,
        adjacency: sp.csr_array,
        start: tuple[np.ndarray, np.ndarray],
        *,
        epochs: int,
        lr: float = 0.05,
        seed: int = 0,
        n_jobs: int | None = None,
    ):
        import torch

        self.adjacency, self.n = adjacency, adjacency.shape[0]
        self.epochs, self.lr, self.seed, self.n_jobs = epochs, lr, seed, n_jobs
        rows, columns = adjacency.tocoo().coords
        self.edges = np.stack([rows, columns])[:, rows != columns].astype(np.int64)
        self.bare = tuple(np.bincount(side, minlength=self.n) == 0 for side in self.edges)
        self.hard = np.empty((2, 0), dtype=np.int64)
        self.factors_ = torch.from_numpy(np.concatenate(start).astype(np.float32)).requires_grad_()
        self.factors_.grad = torch.zeros_like(self.factors_)
        self.optimizer = torch.optim.Adam([self.factors_], lr=lr, betas=(0.9, 0.99), fused=True)
        self.evaluations = 0
        self._scan: SignScan | None = None
        self._may_be_exact = False

    def epoch(self, number: int, advance: Advance) -> float:
        """Some steps, the hard pairs brought up to date, and a scan where it may come out exact; the mean loss of an edge or hard pair."""
        rng = np.random.default_rng([self.seed, number])
        self.optimizer.param_groups[0]["lr"] = self.lr * min(1.0, max(0.5, 2 * (1 - number / self.epochs)))
        U, V = self._sides(self.factors_.detach().numpy())
        gradients = self._sides(self.factors_.grad.numpy())  # type: ignore[union-attr]
        pairs = _Pairs(self.edges, self.hard, self.n)
        tiles = _Tiles(self.edges, self.hard, self.n, rng)
        loss, steps = 0.0, min(STEPS, tiles.parts)
        with one_blas_thread():  # the threads are ours: each works on its own tiles
            for shift in rng.permutation(tiles.parts)[:steps]:
                loss += pairs.gradient(U, V, *gradients, self.n_jobs)
                tiles.add_gradient(int(shift), U, V, *gradients, self.n_jobs)
                self.optimizer.step()
                advance(1 / steps)
        self.evaluations += steps
        mean = loss / max(steps * pairs.n_pairs, 1)
        self._remember(U, V, tiles.found())
        self._scan, self._may_be_exact = None, mean < SCAN_BELOW
        return mean

    @property
    def scan(self) -> SignScan:
        """The complete scan of the factors as they are, made when it is first asked for."""
        if self._scan is None:
            self._scan = sign_scan(*self.factors(), self.adjacency, n_jobs=self.n_jobs)
        return self._scan

    def done(self) -> bool:
        """Every sign is right beyond rounding; looked at where the loss is low."""
        return self._may_be_exact and self.scan.safe

    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """U and V, each float32 (n, d); zero where a node has no edge on that side, whose score of 0 is right."""
        U, V = (side.copy() for side in self._sides(self.factors_.detach().numpy()))
        U[self.bare[0]] = V[self.bare[1]] = 0
        return U, V

    def _sides(self, both: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return both[: self.n], both[self.n :]

    def _remember(self, U: np.ndarray, V: np.ndarray, found: np.ndarray) -> None:
        """The hard pairs: those found join, those that have become easy leave."""
        pairs = np.concatenate([self.hard, found], axis=1)
        self.hard = pairs[:, _scores(U, V, *pairs) > HARD - FORGET]

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The factors, the memory of Adam and the hard pairs."""
        memory = self.optimizer.state[self.factors_]
        arrays = {"factors": self.factors_.detach().numpy(), "hard": self.hard}
        arrays |= {name: memory[name].numpy() for name in ("exp_avg", "exp_avg_sq", "step")}
        return arrays, {"evaluations": self.evaluations}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up what was written down."""
        import torch

        with torch.no_grad():
            self.factors_.copy_(torch.from_numpy(arrays["factors"]))
        memory = self.optimizer.state[self.factors_]
        memory.update({name: torch.from_numpy(arrays[name].copy()) for name in ("exp_avg", "exp_avg_sq", "step")})
        self.hard, self.evaluations = arrays["hard"], values["evaluations"]


class _Pairs:
    """Edges and hard pairs by row and by column, and the gradient of their loss."""

    def __init__(self, edges: np.ndarray, hard: np.ndarray, n: int):
        rows, columns = np.concatenate([edges, hard], axis=1)
        self.n, self.n_pairs = n, len(rows)
        order = np.lexsort((columns, rows))
        self.columns = columns[order].astype(np.int32)
        self.signs = np.where(order < edges.shape[1], np.float32(1), np.float32(-1))
        self.by_row = np.searchsorted(rows[order], np.arange(n + 1))
        self.place = np.argsort(self.columns, kind="stable")
        self.rows = rows[order][self.place].astype(np.int32)
        self.by_column = np.searchsorted(self.columns[self.place], np.arange(n + 1))
        self.coefficients = np.empty(self.n_pairs, dtype=np.float32)

    def gradient(self, U: np.ndarray, V: np.ndarray, by_U: np.ndarray, by_V: np.ndarray, n_jobs: int | None) -> float:
        """The loss; its gradients are written into the last two arrays."""
        losses = in_threads(
            lambda a, b: _by_rows(U, V, self.by_row, self.columns, self.signs, self.coefficients, by_U, a, b), self.n, n_jobs
        )
        in_threads(lambda a, b: _by_columns(U, self.by_column, self.rows, self.place, self.coefficients, by_V, a, b), self.n, n_jobs)
        return sum(losses)


class _Tiles:
    """Random parts of rows and columns, and the gradient of what is sampled where they meet."""

    def __init__(self, edges: np.ndarray, hard: np.ndarray, n: int, rng: np.random.Generator):
        side = min(SIDE, -(-n // FEWEST))
        self.n, self.side, self.parts = n, side, -(-n // side)
        self.row_order, self.column_order = rng.permutation(n), rng.permutation(n)
        self.out_rows, self.out_columns, self.bounds = self._left_out(np.concatenate([edges, hard, np.tile(np.arange(n), (2, 1))], axis=1))
        self._found: list[np.ndarray] = []

    def _left_out(self, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs that are not sampled: their places within their tiles, tile by tile."""
        place = np.empty((2, self.n), dtype=np.int64)
        place[0, self.row_order] = place[1, self.column_order] = np.arange(self.n)
        rows, columns = place[0, pairs[0]], place[1, pairs[1]]
        part, other = rows // self.side, columns // self.side
        tile = (other - part) % self.parts * self.parts + part
        order = np.argsort(tile, kind="stable")
        bounds = np.searchsorted(tile[order], np.arange(self.parts**2 + 1))
        return (rows[order] % self.side).astype(np.int32), (columns[order] % self.side).astype(np.int32), bounds

    def add_gradient(self, shift: int, U: np.ndarray, V: np.ndarray, by_U: np.ndarray, by_V: np.ndarray, n_jobs: int | None) -> None:
        """Add the gradient of the sampled pairs, in which every part of the rows meets one part of the columns."""

        def work(first: int, last: int) -> list[np.ndarray]:
            return [self._tile(part, shift, U, V, by_U, by_V) for part in range(first, last)]

        for found in in_threads(work, self.parts, n_jobs):
            self._found.extend(found)

    def _tile(self, part: int, shift: int, U: np.ndarray, V: np.ndarray, by_U: np.ndarray, by_V: np.ndarray) -> np.ndarray:
        rows, columns = self._rows(self.row_order, part), self._rows(self.column_order, (part + shift) % self.parts)
        left, right = U[rows], V[columns]
        tile = left @ right.T
        first, last = self.bounds[shift * self.parts + part], self.bounds[shift * self.parts + part + 1]
        found = np.empty((2, ROOM), dtype=np.int32)
        count = _sampled(tile, self.out_rows[first:last], self.out_columns[first:last], found, np.empty(tile.shape[1], np.int32))
        by_U[rows] += self.parts * (tile @ right)
        by_V[columns] += self.parts * (tile.T @ left)
        return np.stack([rows[found[0, :count]], columns[found[1, :count]]])

    def _rows(self, order: np.ndarray, part: int) -> np.ndarray:
        return order[part * self.side : (part + 1) * self.side]

    def found(self) -> np.ndarray:
        """The hard pairs (2, k) that the tiles had."""
        return np.concatenate([np.empty((2, 0), dtype=np.int64), *self._found], axis=1)


@njit(nogil=True, cache=True)
def _sampled(tile, out_rows, out_columns, found, bits):  # type: ignore[no-untyped-def]
    """Turn scores into sigmoids, 0 for what is left out; note hard pairs, cut to ``HARD``, and return their number."""
    powers, count = bits.view(np.float32), 0
    for e in range(len(out_rows)):
        tile[out_rows[e], out_columns[e]] = LOWEST
    for i in range(tile.shape[0]):
        row = tile[i]
        if row.max() > HARD:
            for j in range(len(row)):
                if row[j] > HARD and count < found.shape[1]:
                    found[0, count], found[1, count] = i, j
                    row[j] = HARD
                    count += 1
        sigmoids(row, bits, powers)
    return count


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"nsz", "reassoc", "contract", "arcp", "afn"})
def _by_rows(U, V, by_row, columns, signs, coefficients, by_U, first, last):  # type: ignore[no-untyped-def]
    """Coefficients c = -y sigmoid(-y s) of the pairs of some rows, and sum_v c V_v; the loss."""
    dim, loss = U.shape[1], 0.0
    for u in range(first, last):
        by_U[u] = 0
        for e in range(by_row[u], by_row[u + 1]):
            v, score = columns[e], np.float32(0)
            for k in range(dim):
                score += U[u, k] * V[v, k]
            x = -signs[e] * score
            power = np.exp(-abs(x))
            loss += max(x, np.float32(0)) + np.log1p(power)
            c = -signs[e] * (np.float32(1) if x > 0 else power) / (np.float32(1) + power)
            coefficients[e] = c
            for k in range(dim):
                by_U[u, k] += c * V[v, k]
    return loss


@njit(nogil=True, cache=True, fastmath=True)
def _by_columns(U, by_column, rows, place, coefficients, by_V, first, last):  # type: ignore[no-untyped-def]
    """sum_u c U_u over the pairs of some columns."""
    for v in range(first, last):
        by_V[v] = 0
        for e in range(by_column[v], by_column[v + 1]):
            u, c = rows[e], coefficients[place[e]]
            for k in range(U.shape[1]):
                by_V[v, k] += c * U[u, k]


@njit(nogil=True, cache=True, fastmath=True)
def _scores(U, V, rows, columns):  # type: ignore[no-untyped-def]
    """U_u . V_v of listed pairs."""
    scores = np.zeros(len(rows), dtype=np.float32)
    for e in range(len(rows)):
        for k in range(U.shape[1]):
            scores[e] += U[rows[e], k] * V[columns[e], k]
    return scores
