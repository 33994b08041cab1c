"""Binary paragraph vectors, compiled: the rounded code of a document predicts its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit

from graphemb.kernels.epochs import Advance
from graphemb.kernels.negative_sampling import FLOATS, keep_probability, noise_table, predict
from graphemb.kernels.walks import uniform

LOWEST = 0.01
"""Share of the learning rate that is left at the end."""
HELD = 8
"""Words that a document predicts before its vector moves and its code is rounded anew."""
PORTIONS = 100
"""Steps of the learning rate and of the progress bar in an epoch, at most."""


@dataclass
class ParagraphTrainer:
    """A trainer (see :class:`graphemb.kernels.epochs.Trainer`) of document vectors and codes, one thread; it draws by seed and epoch.

    ``numbers`` hold documents y (n, dim), what y predicts with (``words``), and of codes the projection W (bits, dim) and what b predicts
    with (``code_words``, whose last column is a bias). Without a projection the code is of y itself, and y predicts through it alone.
    """

    ids: np.ndarray
    offsets: np.ndarray
    counts: np.ndarray
    dim: int
    bits: int | None
    negative: int
    sample: float
    epochs: int
    lr: float
    seed: int
    numbers: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        rng, n = np.random.default_rng(self.seed), len(self.offsets) - 1
        width = self.bits or self.dim
        self.numbers = {
            "documents": (rng.normal(size=(n, self.dim)) * 0.1).astype(np.float32),
            "words": np.zeros((len(self.counts) if self.bits else 0, self.dim), dtype=np.float32),
            "projection": (rng.normal(size=(width if self.bits else 0, self.dim)) / np.sqrt(self.dim)).astype(np.float32),
            "code_words": np.zeros((len(self.counts), width + 1), dtype=np.float32),
        }
        self._noise, self._keep = noise_table(self.counts), keep_probability(self.counts, self.sample)

    def epoch(self, number: int, advance: Advance) -> float:
        """One pass over all documents in a new order; the mean loss of a predicted word by the code."""
        rng = np.random.default_rng([self.seed, number])
        order = rng.permutation(len(self.offsets) - 1)
        state, loss, predicted = np.uint64(rng.integers(2**63)), 0.0, 0
        portions = np.array_split(order, min(PORTIONS, len(order)))
        for turn, portion in enumerate(portions):
            rate = np.float32(self.lr * max(1 - (number + turn / len(portions)) / self.epochs, LOWEST))
            more, pairs, after = self._portion(portion, rate, state)
            loss, predicted, state = loss + more, predicted + pairs, np.uint64(after)
            advance(1 / len(portions))
        return loss / max(predicted, 1) if np.isfinite(self.numbers["documents"].sum()) else np.nan

    def _portion(self, portion: np.ndarray, rate: np.float32, state: np.uint64) -> tuple[float, int, int]:
        step: Any = _train
        found: tuple[float, int, int] = step(
            *(self.ids, self.offsets, portion, *self.numbers.values(), self._keep, self._noise, self.negative, rate, state)
        )
        return found

    def activations(self) -> np.ndarray:
        """What is rounded to codes: y, or W y; float32 (n, bits)."""
        y = self.numbers["documents"]
        return y if self.bits is None else y @ self.numbers["projection"].T

    def done(self) -> bool:
        """Never before the last epoch."""
        return False

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All numbers; what is drawn depends on seed and epoch alone."""
        return {name: array for name, array in self.numbers.items() if array.size}, {}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up numbers that were written down."""
        for name, array in arrays.items():
            self.numbers[name][:] = array


@njit(error_model="numpy", fastmath=FLOATS)
def _round(y, projection, code, slope):  # type: ignore[no-untyped-def]
    """Code b = [s(a) > 1/2] as -1 and 1, and the slope s'(a) = s (1 - s) that lets gradients through; a = W y, or y."""
    one = np.float32(1)
    for j in range(len(slope)):
        a = y[j] if not len(projection) else np.float32(0)
        for m in range(len(y) if len(projection) else 0):
            a += projection[j, m] * y[m]
        s = one / (one + np.exp(-a))
        code[j] = one if a > 0 else -one
        slope[j] = s * (one - s) * np.float32(4)


@njit(error_model="numpy", fastmath=FLOATS)
def _back(y, projection, through, towards, lr):  # type: ignore[no-untyped-def]
    """The gradient of a, given to y (added to ``towards``) and to W."""
    for j in range(len(through)):
        if not len(projection):
            towards[j] += through[j]
            continue
        for m in range(len(y)):
            towards[m] += through[j] * projection[j, m]
            projection[j, m] += lr * through[j] * y[m]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FLOATS)
def _train(ids, offsets, portion, documents, words, projection, code_words, keep, noise, negative, lr, state):  # type: ignore[no-untyped-def]
    """A step for each word of each document that subsampling keeps: the loss of the codes, words predicted, the generator's state."""
    dim, bits, loss, predicted = documents.shape[1], code_words.shape[1] - 1, 0.0, 0
    code, slope, through = np.ones(bits + 1, np.float32), np.zeros(bits, np.float32), np.zeros(bits + 1, np.float32)
    towards = np.zeros(dim, np.float32)
    for document in portion:
        y, held = documents[document], 0
        for i in range(offsets[document], offsets[document + 1]):
            state, u = uniform(state)
            if u <= keep[ids[i]]:
                if not held:
                    _round(y, projection, code, slope)
                    through[:], towards[:] = 0, 0
                more, state = predict(code, ids[i], code_words, noise, negative, lr, through, state)
                loss, predicted, held = loss + more, predicted + 1, held + 1
                if len(projection):
                    _, state = predict(y, ids[i], words, noise, negative, lr, towards, state)
            if held == HELD or (held and i + 1 == offsets[document + 1]):
                for j in range(bits):
                    through[j] *= slope[j]
                _back(y, projection, through[:bits], towards, lr)
                for m in range(dim):
                    y[m] += lr * towards[m]
                held = 0
    return loss, predicted, state
