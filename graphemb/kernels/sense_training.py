"""Senses of words, compiled: which one a context speaks of and what it predicts, learned together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit

from graphemb.kernels.epochs import Advance
from graphemb.kernels.negative_sampling import FLOATS, keep_probability, noise_table, predict
from graphemb.kernels.walks import uniform

PORTION = 20_000
"""Tokens between two steps of the learning rate and of the progress bar."""
LOWEST = 0.01
"""Share of the learning rate that is left at the end."""
SPREAD = 0.3
"""Length of the random part of a new sense, as a share of the word's vector it starts from."""
START_QUERY = 0.1
MEMORY = np.float32(0.01)
"""How much one occurrence moves the running share of a sense."""
TINY = np.float32(1e-9)


@dataclass(frozen=True)
class SenseSettings:
    """How senses are learned; see :class:`graphemb.words.disambiguated_skipgram.DisambiguatedSkipGram`."""

    dim: int
    senses: int
    multi_sense: int
    window: int
    negative: int
    sample: float
    epochs: int
    warm_up: int
    lr: float
    temperature: float
    parsimony: float


@dataclass
class SenseTrainer:
    """A trainer (see :class:`graphemb.kernels.epochs.Trainer`) of senses, one thread; all it draws comes from seed and epoch.

    In the first ``warm_up`` epochs every word has one sense. Then the ``multi_sense`` most frequent words have ``senses`` each, in rows
    ``start[w]`` to ``start[w + 1]``, which begin near the vector of the word.
    """

    ids: np.ndarray
    offsets: np.ndarray
    counts: np.ndarray
    how: SenseSettings
    seed: int
    start: np.ndarray = field(init=False)
    numbers: dict[str, np.ndarray] = field(init=False)
    """vectors and queries of senses, their running shares; words, the output vectors, of which contexts are means."""

    def __post_init__(self) -> None:
        n, dim = len(self.counts), self.how.dim
        rng = np.random.default_rng(self.seed)
        vectors = (rng.random((n, dim), dtype=np.float32) - np.float32(0.5)) / np.float32(dim)
        words = np.zeros((n, dim), dtype=np.float32)
        self.start = np.arange(n + 1)
        self.numbers = {"vectors": vectors, "queries": np.zeros_like(vectors), "share": np.ones(n, dtype=np.float32), "words": words}
        self.weight = keep_probability(self.counts, self.how.sample)
        self._noise = noise_table(self.counts)

    def epoch(self, number: int, advance: Advance) -> float:
        """One pass over all documents in a new order; the mean loss of a predicted word."""
        rng = np.random.default_rng([self.seed, number])
        if number == self.how.warm_up:
            self._split(rng)
        joint = max(self.how.epochs - 1 - self.how.warm_up, 1)
        temperature = self.how.temperature ** (max(number - self.how.warm_up, 0) / joint)
        order = rng.permutation(len(self.offsets) - 1)
        ends = np.cumsum(np.diff(self.offsets)[order])
        cuts = np.unique(np.searchsorted(ends, np.arange(PORTION, ends[-1] + PORTION, PORTION)).clip(max=len(order) - 1) + 1)
        state, loss, predicted, begin = np.uint64(rng.integers(2**63)), 0.0, 0, 0
        for end in cuts.tolist():
            done = number + (ends[begin - 1] / ends[-1] if begin else 0.0)
            rate = self.how.lr * max(1 - done / self.how.epochs, LOWEST)
            more, pairs, after = self._portion(order[begin:end], rate, temperature, state)
            loss, predicted, begin, state = loss + more, predicted + pairs, end, np.uint64(after)
            advance(1 / len(cuts))
        return loss / max(predicted, 1) if np.isfinite(self.numbers["vectors"].sum()) else np.nan

    def _portion(self, documents: np.ndarray, rate: float, temperature: float, state: np.uint64) -> tuple[float, int, int]:
        step: Any = _train
        settings = np.float32(rate), np.float32(temperature), np.float32(self.how.parsimony)
        found: tuple[float, int, int] = step(
            *(self.ids, self.offsets, documents, self.start, *self.numbers.values(), self.weight, self._noise),
            *(self.how.window, self.how.negative, *settings, state),
        )
        return found

    def _split(self, rng: np.random.Generator) -> None:
        """Every frequent word becomes several senses near its vector, told apart by small random queries."""
        senses = np.ones(len(self.counts), dtype=np.int64)
        senses[: self.how.multi_sense] = self.how.senses
        self.start = np.concatenate([[0], np.cumsum(senses)])
        vectors = np.repeat(self.numbers["vectors"], senses, axis=0)
        several = np.repeat(senses > 1, senses)
        around = rng.normal(size=(2, *vectors.shape)).astype(np.float32) * several[:, None]
        length = np.linalg.norm(vectors, axis=1, keepdims=True) / np.sqrt(self.how.dim)
        self.numbers["vectors"] = (vectors + SPREAD * length * around[0]).astype(np.float32)
        self.numbers["queries"] = np.float32(START_QUERY) * around[1]
        self.numbers["share"] = np.repeat(1 / senses, senses).astype(np.float32)

    def probabilities(self) -> np.ndarray:
        """p(sense | word, context) of every occurrence, float32 (tokens, senses); an occurrence of a word of one sense has 1 first."""
        found = np.zeros((len(self.ids), int(np.diff(self.start).max())), dtype=np.float32)
        tell: Any = tell_senses
        tell(self.ids, self.offsets, self.start, self.numbers["queries"], self.numbers["words"], self.weight, self.how.window, found)
        return found

    def done(self) -> bool:
        """Never before the last epoch."""
        return False

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All numbers; what is drawn depends on seed and epoch alone."""
        return {**self.numbers, "start": self.start}, {}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up numbers that were written down."""
        self.start = arrays["start"].copy()
        self.numbers = {name: arrays[name].copy() for name in self.numbers}


@njit(error_model="numpy", fastmath=FLOATS)
def mean_context(ids, first, last, at, window, weight, words, context):  # type: ignore[no-untyped-def]
    """The weighted mean of the words around a place of the document ``first`` to ``last``; returns the sum of their weights."""
    context[:] = 0
    total = np.float32(0)
    for j in range(max(first, at - window), min(last, at + window + 1)):
        if j != at:
            share = weight[ids[j]]
            total += share
            for m in range(len(context)):
                context[m] += share * words[ids[j], m]
    if total > 0:
        for m in range(len(context)):
            context[m] /= total
    return total


@njit(error_model="numpy", fastmath=FLOATS)
def softmax(scores):  # type: ignore[no-untyped-def]
    """exp(score) over their sum, in place."""
    top, total = scores[0], np.float32(0)
    for s in range(len(scores)):
        top = max(top, scores[s])
    for s in range(len(scores)):
        scores[s] = np.exp(scores[s] - top)
        total += scores[s]
    for s in range(len(scores)):
        scores[s] /= total


@njit(error_model="numpy", fastmath=FLOATS)
def scores_of_senses(queries, first, context, scores):  # type: ignore[no-untyped-def]
    """query . context of the senses from row ``first`` on."""
    for s in range(len(scores)):
        scores[s] = 0
        for m in range(len(context)):
            scores[s] += queries[first + s, m] * context[m]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FLOATS)
def tell_senses(ids, offsets, start, queries, words, weight, window, found):  # type: ignore[no-untyped-def]
    """p(sense | word, context) of every token into its row of ``found``; even where the context holds no word."""
    context = np.zeros(words.shape[1], np.float32)
    for document in range(len(offsets) - 1):
        first, last = offsets[document], offsets[document + 1]
        for i in range(first, last):
            senses = start[ids[i] + 1] - start[ids[i]]
            mean_context(ids, first, last, i, window, weight, words, context)
            scores_of_senses(queries, start[ids[i]], context, found[i, :senses])
            softmax(found[i, :senses])


@njit(error_model="numpy", fastmath=FLOATS)
def _draw(queries, first, context, temperature, p, z, state):  # type: ignore[no-untyped-def]
    """p = softmax(query . context), z = softmax((query . context + Gumbel noise) / temperature)."""
    scores_of_senses(queries, first, context, p)
    for s in range(len(p)):
        state, u = uniform(state)
        z[s] = (p[s] - np.float32(np.log(-np.log(u + 1e-12) + 1e-12))) / temperature
    softmax(p)
    softmax(z)
    return state


@njit(error_model="numpy", fastmath=FLOATS)
def _score_gradient(vectors, share, first, gradient, temperature, parsimony, p, z, towards):  # type: ignore[no-untyped-def]
    """Where the scores of senses should go: for the words predicted, through z; and for fewer senses, to those whose share is large."""
    mean, mean_log = np.float32(0), np.float32(0)
    for s in range(len(p)):
        towards[s] = 0
        for m in range(len(gradient)):
            towards[s] += gradient[m] * vectors[first + s, m]
        mean += z[s] * towards[s]
        mean_log += p[s] * np.log(share[first + s])
    for s in range(len(p)):
        fewer = parsimony * p[s] * (np.log(share[first + s]) - mean_log)
        towards[s] = z[s] * (towards[s] - mean) / temperature + fewer
        share[first + s] += MEMORY * (p[s] - share[first + s]) + TINY


@njit(error_model="numpy", fastmath=FLOATS)
def _push_context(ids, first, last, at, window, weight, words, back, rate):  # type: ignore[no-untyped-def]
    """Every word of the context moves by its share of the context's gradient."""
    for j in range(max(first, at - window), min(last, at + window + 1)):
        if j != at:
            step = rate * weight[ids[j]]
            for m in range(len(back)):
                words[ids[j], m] += step * back[m]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FLOATS)
def _train(  # type: ignore[no-untyped-def]
    ids, offsets, documents, start, vectors, queries, share, words, weight, noise, window, negative, lr, temperature, parsimony, state
):
    """A step for each occurrence that subsampling keeps, document by document: the loss, words predicted, the generator's state."""
    dim, most = words.shape[1], (start[1:] - start[:-1]).max()
    loss, predicted, total = 0.0, 0, np.float32(1)
    context, centre, gradient, back = (
        np.zeros(dim, np.float32),
        np.zeros(dim, np.float32),
        np.zeros(dim, np.float32),
        np.zeros(dim, np.float32),
    )
    all_p, all_z, all_towards = np.zeros((3, most), np.float32)
    for document in documents:
        first, last = offsets[document], offsets[document + 1]
        for i in range(first, last):
            row, senses = start[ids[i]], start[ids[i] + 1] - start[ids[i]]
            state, u = uniform(state)
            if u > weight[ids[i]] or last - first < 2:
                continue
            p, z, towards = all_p[:senses], all_z[:senses], all_towards[:senses]
            centre[:], gradient[:], z[:] = 0, 0, 1
            if senses > 1:
                total = mean_context(ids, first, last, i, window, weight, words, context)
                state = _draw(queries, row, context, temperature, p, z, state)
            for s in range(senses):
                for m in range(dim):
                    centre[m] += z[s] * vectors[row + s, m]
            for j in range(max(first, i - window), min(last, i + window + 1)):
                state, u = uniform(state)
                if j != i and u <= weight[ids[j]]:
                    more, state = predict(centre, ids[j], words, noise, negative, lr, gradient, state)
                    loss += more
                    predicted += 1
            if senses > 1:
                _score_gradient(vectors, share, row, gradient, temperature, parsimony, p, z, towards)
                back[:] = 0
                for s in range(senses):
                    for m in range(dim):
                        back[m] += towards[s] * queries[row + s, m]
                        queries[row + s, m] += lr * towards[s] * context[m]
                _push_context(ids, first, last, i, window, weight, words, back, lr / total)
            for s in range(senses):
                for m in range(dim):
                    vectors[row + s, m] += lr * z[s] * gradient[m]
    return loss, predicted, state
