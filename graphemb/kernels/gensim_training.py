"""gensim's models an epoch at a time: watched by a loss of our own, saved, resumed, and the same in every interpreter."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphemb.kernels.epochs import Advance

FINAL_LR = 0.004
"""Share of the first learning rate that is left at the end: word2vec's 0.0001 of 0.025."""
LONGEST = 10_000
"""gensim cuts longer sentences without a word, so they are given in pieces."""
MONITORED = 5_000
"""Pairs in the sample whose loss is told."""
MANY_WORDS = 100_000


def pieces(tokens: list[str]) -> Iterator[list[str]]:
    """A text's words in pieces that gensim reads whole; none of a text without words."""
    yield from (tokens[i : i + LONGEST] for i in range(0, len(tokens), LONGEST))


def batch_words(tokens: int, jobs: int = 1) -> int:
    """Words a batch: the learning rate falls once a batch, so few words need small ones.

    >>> batch_words(1_000), batch_words(10**9)
    (20, 10000)
    """
    return int(np.clip(tokens // (50 * jobs), 1, 10_000))


def subsampling(tokens: int) -> float:
    """word2vec's threshold, above which frequent words are sampled away; 0 for few words, of which nearly all are frequent."""
    return 1e-3 if tokens >= MANY_WORDS else 0.0


def steady_hash(text: str) -> int:
    """A hash that is the same in every interpreter, which Python's own of a text is not.

    >>> steady_hash("word")
    3287381265
    """
    return zlib.crc32(str(text).encode("utf-8", "surrogatepass"))


class Guarded:
    """An iterable for gensim's reading thread, in which an exception would leave everybody waiting for ever."""

    def __init__(self, items: Iterable[Any]):
        self._items = items
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._items
        except Exception as error:
            self.error = error


@dataclass
class Monitor:
    """The mean loss of a fixed sample: -log sigma(h . c_t) - sum_k log sigma(-h . c_k), h the mean of some input vectors.

    gensim's own sum overflows its float32, and says nothing of fastText.
    """

    inputs: np.ndarray
    """(m, w) rows of input vectors; -1 is none."""
    targets: np.ndarray
    """(m,) rows of output vectors."""
    negatives: np.ndarray
    """(m, k) rows of output vectors."""

    @classmethod
    def drawn(cls, inputs: np.ndarray, targets: np.ndarray, counts: np.ndarray, negative: int, rng: np.random.Generator) -> Monitor:
        """With negatives in proportion to count^0.75, as in training."""
        weight = counts**0.75
        return cls(inputs, targets, rng.choice(len(counts), size=(len(targets), negative), p=weight / weight.sum()))

    def loss(self, vectors: np.ndarray, context: np.ndarray) -> float:
        """The loss by these input and output vectors; NaN or infinite where they have diverged."""
        there = self.inputs >= 0
        share = there / np.maximum(there.sum(axis=1, keepdims=True), 1)
        with np.errstate(all="ignore"):  # a diverged fit is reported by its loss
            h = np.einsum("iw,iwd->id", share, vectors[self.inputs].astype(np.float64))
            true = np.einsum("id,id->i", h, context[self.targets])
            false = np.einsum("id,ikd->ik", h, context[self.negatives])
            return float((np.logaddexp(0, -true) + np.logaddexp(0, false).sum(axis=1)).mean())


@dataclass
class GensimTrainer:
    """One of gensim's models, trained one pass at a time, the learning rate falling by its share; for ``run_epochs``.

    Parameters
    ----------
    model : with its vocabulary, weights and ``random``
    sentences : what is read in an epoch; ``advance`` hears of the sentences read
    n_sentences, epochs, lr : how many in an epoch, of how many, and the first learning rate
    loss : of the model as it stands
    arrays : those that training changes
    after : what is to be done when arrays were put back
    """

    model: Any
    sentences: Callable[[int, Advance], Iterable[Any]]
    n_sentences: int
    epochs: int
    lr: float
    loss: Callable[[], float]
    arrays: Callable[[], dict[str, np.ndarray]]
    after: Callable[[], None] = lambda: None

    def epoch(self, number: int, advance: Advance) -> float:
        """Train one epoch; the loss after it."""
        lr = np.linspace(self.lr, self.lr * FINAL_LR, self.epochs + 1)
        sentences = Guarded(self.sentences(number, advance))
        start, end = float(lr[number]), float(lr[number + 1])
        self.model.train(sentences, total_examples=self.n_sentences, epochs=1, start_alpha=start, end_alpha=end)
        if sentences.error is not None:
            raise sentences.error
        loss = self.loss()
        return loss if all(np.isfinite(array.sum()) for array in self.arrays().values()) else np.nan

    def done(self) -> bool:
        """Never before the last epoch."""
        return False

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The arrays and where gensim's random numbers stand."""
        kind, keys, position, has_gauss, gauss = self.model.random.get_state()
        return {**self.arrays(), "random_keys": keys}, {"random": [kind, int(position), int(has_gauss), float(gauss)]}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Put them back."""
        for name, array in self.arrays().items():
            array[:] = arrays[name]
        kind, position, has_gauss, gauss = values["random"]
        self.model.random.set_state((kind, arrays["random_keys"], position, has_gauss, gauss))
        self.after()


def infer_document(model: Any, tokens: list[Any], *, seed: int, epochs: int, lr: float) -> np.ndarray:
    """The vector of a new document, float32 (dim,), by gradient steps on it alone; ``model`` is gensim's Doc2Vec and stays as it is.

    gensim's ``infer_vector`` starts from Python's hash of the text, which is another one in every interpreter; here ``seed`` decides, and
    a document's vector does not depend on those inferred before it. Tokens are ones that the model knows, at most ``LONGEST`` are read.
    """
    from gensim.models.doc2vec import train_document_dbow, train_document_dm

    dim = model.vector_size
    before, model.random = model.random, np.random.RandomState(seed)
    vector = ((np.random.default_rng(seed).random((1, dim), dtype=np.float32) - 0.5) / dim).astype(np.float32)
    work, hidden = np.zeros(dim, dtype=np.float32), np.zeros(dim, dtype=np.float32)
    only = {"learn_words": False, "learn_hidden": False, "doctag_vectors": vector, "doctags_lockf": np.ones(1, dtype=np.float32)}
    for rate in np.linspace(lr, lr * FINAL_LR, epochs):
        if model.sg:
            train_document_dbow(model, tokens[:LONGEST], [0], float(rate), work, **only)
        else:
            train_document_dm(model, tokens[:LONGEST], [0], float(rate), work, hidden, **only)
    model.random = before
    found: np.ndarray = vector[0]
    return found
