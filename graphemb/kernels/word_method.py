"""The base of methods that train gensim's models on a corpus: pieces of documents, one loss, one way to resume."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from os import PathLike
from typing import Any

import numpy as np

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError
from graphemb.kernels.checks import require_positive, require_within
from graphemb.kernels.corpus_method import CorpusMethod, KeptWords, kept_words
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Advance, Callback, run_epochs
from graphemb.kernels.gensim_training import (
    FINAL_LR,
    LONGEST,
    MONITORED,
    GensimTrainer,
    Monitor,
    batch_words,
    steady_hash,
    subsampling,
)
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.threads import thread_count


class Pieces:
    """Documents in pieces that gensim reads whole, in an order of its own each epoch; they can be read again and again.

    >>> words = kept_words(Corpus([["a", "b"], ["b"], ["a"]]), 1)
    >>> pieces = Pieces(words, seed=0)
    >>> len(pieces), sorted(ids for _, ids in pieces.read(0))
    (3, [[0], [0, 1], [1]])
    """

    def __init__(self, words: KeptWords, seed: int):
        self.words, self.seed = words, seed
        lengths = np.diff(words.offsets)
        number = -(-lengths // LONGEST)
        self.documents = np.repeat(np.arange(len(lengths)), number)
        """The document that each piece is of."""
        within = np.arange(len(self.documents)) - np.repeat(np.cumsum(number) - number, number)
        self.starts = words.offsets[self.documents] + within * LONGEST
        self.ends = np.minimum(self.starts + LONGEST, words.offsets[self.documents + 1])

    def __len__(self) -> int:
        return len(self.documents)

    def read(self, epoch: int, advance: Advance = lambda amount: None) -> Iterator[tuple[int, list[int]]]:
        """Every piece once: its document, and its words by their rows."""
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self))
        documents, starts, ends = (values[order].tolist() for values in (self.documents, self.starts, self.ends))
        for document, start, end in zip(documents, starts, ends, strict=True):
            yield document, self.words.ids[start:end].tolist()
            advance(1)

    def windows(self, window: int, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Words drawn at random, (number,), the words around them, (number, 2 window), -1 where there is none, and their documents."""
        piece = rng.choice(len(self), size=number, p=(self.ends - self.starts) / len(self.words.ids))
        at = rng.integers(self.starts[piece], self.ends[piece])
        shift = np.concatenate([np.arange(-window, 0), np.arange(1, window + 1)])
        near = at[:, None] + shift
        inside = (near >= self.starts[piece, None]) & (near < self.ends[piece, None])
        inside &= abs(shift) <= rng.integers(1, window + 1, size=(number, 1))  # windows shrink, as in training
        around = np.where(inside, self.words.ids[np.where(inside, near, 0)], -1)
        return self.words.ids[at], around, self.documents[piece]


class WordMethod(CorpusMethod, EpochMethod[Corpus]):
    """Base of methods that train one of gensim's models; a subclass builds it, reads it out, and says what stands for a word's input."""

    dim: int
    window: int
    negative: int
    sample: float | None
    epochs: int
    lr: float
    n_jobs: int | None
    random_state: RandomState

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        require_positive("lr", self.lr)
        if self.lr > 1:  # gensim looks a score up in a table, and one that is not a number ends the process
            raise ParameterError(f"lr must be at most 1, got {self.lr!r}; usual values are 0.01 to 0.1")
        if self.sample is not None:
            require_within("sample", self.sample, 0, 1)

    def _train(
        self,
        corpus: Corpus,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        seed, order_seed, monitor_seed = (int(s) for s in generator(self.random_state).integers(2**31, size=3))
        pieces = Pieces(kept_words(corpus, self.min_count), order_seed)
        model = self._model(pieces, seed)
        monitor = self._monitor(pieces, np.random.default_rng(monitor_seed))
        history = run_epochs(
            self._trainer(model, pieces, monitor),
            self.epochs,
            title=type(self).__name__,
            remedy=f"lower lr, now {self.lr:g}",
            work=len(pieces),
            run=self._run(corpus),
            progress=progress,
            callback=callback,
            checkpoint=checkpoint,
        )
        notes = {**pieces.words.notes, "sample": self._sample(pieces), **history.notes("cpu")}
        if thread_count(self.n_jobs) > 1:
            notes |= {"reproducible": False, "why_not_reproducible": "several threads update the same vectors; n_jobs=1 repeats exactly"}
        return self._read_out(model, corpus, pieces, notes)

    @abstractmethod
    def _model(self, pieces: Pieces, seed: int) -> Any:
        """gensim's model with its vocabulary and start vectors."""

    @abstractmethod
    def _monitor(self, pieces: Pieces, rng: np.random.Generator) -> Monitor:
        """A sample of what it is to predict."""

    @abstractmethod
    def _trainer(self, model: Any, pieces: Pieces, monitor: Monitor) -> GensimTrainer:
        """What trains it."""

    @abstractmethod
    def _read_out(self, model: Any, corpus: Corpus, pieces: Pieces, notes: dict[str, Any]) -> Embedding:
        """The embedding."""

    def _sample(self, pieces: Pieces) -> float:
        return subsampling(len(pieces.words.ids)) if self.sample is None else float(self.sample)

    def _settings(self, pieces: Pieces, seed: int) -> dict[str, Any]:
        """What all of gensim's models are given."""
        jobs = thread_count(self.n_jobs)
        return {
            "vector_size": self.dim,
            "window": self.window,
            "negative": self.negative,
            "hs": 0,
            "sample": self._sample(pieces),
            "alpha": self.lr,
            "min_alpha": self.lr * FINAL_LR,
            "min_count": 0,  # rare words are gone
            "sorted_vocab": 0,  # rows stay in our order
            "workers": jobs,
            "seed": seed,
            "hashfxn": steady_hash,
            "batch_words": batch_words(len(pieces.words.ids), jobs),
        }

    def _pairs(self, pieces: Pieces, rng: np.random.Generator, *, one: bool) -> Monitor:
        """Words to be predicted from the words around them, or from ``one`` of these."""
        targets, around, _ = pieces.windows(self.window, MONITORED, rng)
        there = around >= 0
        some = np.flatnonzero(there.any(axis=1))
        if not len(some):  # no document holds two words: the loss is that of no input
            some = np.arange(len(targets))
        inputs, targets, there = around[some], targets[some], there[some]
        if one:
            chosen = np.argmax(there * rng.random(there.shape), axis=1)
            inputs = inputs[np.arange(len(inputs)), chosen][:, None]
        return Monitor.drawn(inputs, targets, pieces.words.counts, self.negative, rng)
