"""Weighted least squares of a sparse matrix's logarithms by vectors and biases, compiled: AdaGrad over its entries, block by block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numba import njit

from graphemb.kernels.epochs import Advance
from graphemb.kernels.threads import in_threads

BLOCKS = 8
"""Rows and columns fall into so many parts each; blocks that share neither are worked on side by side, so threads change nothing."""

START = 1e-10
"""Where the sums of squares start: enough to divide by, and nothing beside a gradient."""


@dataclass
class LogBilinear:
    """w_i . c_j + b_i + d_j for the log of x_ij, one epoch at a time, as :func:`graphemb.kernels.epochs.run_epochs` trains it.

    The half of J = sum_ij f_ij (w_i . c_j + b_i + d_j - log x_ij)^2 is descended entry by entry with AdaGrad: a number p with gradient g
    moves by -lr g / sqrt(sum of all its g^2 so far). Entries are shuffled within blocks of rows and columns, anew for
    each epoch. Blocks of one round share no row and no column, so that threads work on them without meeting.

    Parameters
    ----------
    matrix : CSR of positive numbers (n, m)
    share : f_ij, float32 (nnz,), in the order of its entries
    dim, lr, n_jobs : columns, first rate, threads
    seed : of the start vectors (uniform within 0.5/dim of 0, as in GloVe) and the order of entries

    Memory: 16 bytes an entry and 8 (dim + 1) (n + m) bytes.

    Source: Pennington, Socher and Manning, EMNLP 2014, for J; Gemulla et al., "Large-Scale Matrix Factorization with Distributed Stochastic
    Gradient Descent", KDD 2011, for the rounds of blocks.
    """

    matrix: sp.csr_array
    share: np.ndarray
    dim: int
    lr: float
    seed: int = 0
    n_jobs: int | None = None
    numbers: dict[str, np.ndarray] = field(init=False)
    """vectors, context, bias, context_bias; and ``sum_`` of each, the squares of its gradients so far."""

    def __post_init__(self) -> None:
        n, m = self.matrix.shape
        rng = np.random.default_rng(self.seed)
        shapes = {"vectors": (n, self.dim), "context": (m, self.dim), "bias": (n,), "context_bias": (m,)}
        self.numbers = {name: ((rng.random(shape, dtype=np.float32) - 0.5) / self.dim) for name, shape in shapes.items()}
        self.numbers |= {f"sum_{name}": np.full(shape, START, dtype=np.float32) for name, shape in shapes.items()}
        rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(self.matrix.indptr))
        columns = self.matrix.indices.astype(np.int32, copy=False)
        # words are in the order of their counts, so every eighth makes parts of about equal work
        part = rows % BLOCKS
        key = ((columns - part) % BLOCKS * BLOCKS + part).astype(np.int8)
        order = np.argsort(key, kind="stable")
        self._ends = np.concatenate([[0], np.cumsum(np.bincount(key, minlength=BLOCKS**2))])
        self._entries = [values[order] for values in (rows, columns, np.log(self.matrix.data).astype(np.float32), self.share)]

    def epoch(self, number: int, advance: Advance) -> float:
        """One pass over all entries; the mean of f_ij (...)^2, each as it stood before its step."""
        rng = np.random.default_rng([self.seed, number])
        losses = np.zeros(BLOCKS**2)
        seeds = rng.integers(2**63, size=BLOCKS**2)
        for stratum in rng.permutation(BLOCKS):

            def blocks(first: int, last: int, stratum: int = stratum) -> None:
                for block in range(stratum * BLOCKS + first, stratum * BLOCKS + last):
                    losses[block] = self._block(block, seeds[block])

            in_threads(blocks, BLOCKS, self.n_jobs)
            advance(1)
        return float(losses.sum() / max(self._ends[-1], 1))

    def _block(self, block: int, seed: int) -> float:
        first, last = self._ends[block : block + 2]
        order = first + np.random.default_rng(seed).permutation(last - first)
        step: Any = descend
        loss: float = step(*(values[order] for values in self._entries), *self.numbers.values(), np.float32(self.lr))
        return loss

    def done(self) -> bool:
        """Never before the last epoch."""
        return False

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All numbers; what is drawn depends on seed and epoch alone."""
        return self.numbers, {}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up numbers that were written down."""
        for name, array in self.numbers.items():
            array[:] = arrays[name]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})
def descend(rows, columns, logs, shares, w, c, b, d, sum_w, sum_c, sum_b, sum_d, lr):  # type: ignore[no-untyped-def]
    """A step for each entry in the order given; the sum of f (...)^2 before the steps."""
    loss, dim, one = 0.0, w.shape[1], np.float32(1)
    for k in range(len(rows)):
        i, j = rows[k], columns[k]
        error = b[i] + d[j] - logs[k]
        dot = np.float32(0)
        for m in range(dim):
            dot += w[i, m] * c[j, m]
        error += dot
        gradient = shares[k] * error
        loss += gradient * error
        for m in range(dim):
            of_w, of_c = gradient * c[j, m], gradient * w[i, m]
            sum_w[i, m] += of_w * of_w
            sum_c[j, m] += of_c * of_c
            w[i, m] -= lr * of_w * (one / np.sqrt(sum_w[i, m]))
            c[j, m] -= lr * of_c * (one / np.sqrt(sum_c[j, m]))
        sum_b[i] += gradient * gradient
        sum_d[j] += gradient * gradient
        b[i] -= lr * gradient / np.sqrt(sum_b[i])
        d[j] -= lr * gradient / np.sqrt(sum_d[j])
    return loss
