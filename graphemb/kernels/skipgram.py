"""Skip-gram with negative sampling on walks: gensim's Word2Vec, an epoch at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from graphemb.kernels.epochs import Advance, Callback, History, run_epochs
from graphemb.kernels.threads import thread_count
from graphemb.kernels.walk_corpus import WalkCorpus

FINAL_LR = 0.004
"""Share of the first learning rate that is left at the end: word2vec's 0.0001 of 0.025."""
MONITORED_PAIRS = 5_000
LONGEST_WALK = 10_000
"""gensim cuts longer sentences without a word."""


@dataclass(frozen=True)
class SkipGram:
    """Maximise log sigma(u_i . c_j) + sum over ``negative`` sampled k of log sigma(-u_i . c_k), for j within ``window`` of i on a walk.

    The window shrinks at random from pair to pair, negatives are drawn proportional to count^0.75 and the learning rate
    falls linearly from ``lr`` to a 250th of it over all epochs, as in word2vec. No occurrence is sampled away.

    Source: Mikolov et al., "Distributed Representations of Words and Phrases and their Compositionality", NIPS 2013,
    arXiv 1310.4546.
    """

    dim: int = 128
    window: int = 10
    negative: int = 5
    epochs: int = 1
    lr: float = 0.025
    n_jobs: int | None = 1

    def fit(
        self,
        corpus: WalkCorpus,
        seed: int,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
        run: dict[str, Any] | None = None,
    ) -> SkipGramVectors:
        """Vectors and contexts of all nodes of the corpus; zeros for those that never occur.

        ``callback(epoch, epochs, loss)`` is called after each epoch and stops the fit by returning True; the checkpoint then
        stays, as after a kill, and is removed when the last epoch is done. With one thread a resumed fit ends as an
        uninterrupted one would. ``run`` describes the run, so that a checkpoint of another one is refused.
        """
        nodes = np.flatnonzero(corpus.counts)
        result = SkipGramVectors.zeros(len(corpus.counts), self.dim)
        if not len(nodes):
            return result
        model = self._model(corpus.counts[nodes], corpus.n_sentences, nodes, seed)
        trainer = _Trainer(self, model, corpus, _Monitor(corpus, nodes, self.window, self.negative, seed))
        result.history = run_epochs(
            trainer,
            self.epochs,
            title="skip-gram",
            remedy=f"lower lr, now {self.lr:g}",
            work=corpus.n_sentences,
            run=run,
            progress=progress,
            callback=callback,
            checkpoint=checkpoint,
        )
        result.vectors[nodes], result.context[nodes] = model.wv.vectors, model.syn1neg
        return result

    def _model(self, counts: np.ndarray, n_sentences: int, nodes: np.ndarray, seed: int) -> Any:
        from gensim.models import Word2Vec

        jobs = thread_count(self.n_jobs)
        model = Word2Vec(
            sg=1,
            hs=0,
            negative=self.negative,
            window=self.window,
            vector_size=self.dim,
            alpha=self.lr,
            min_alpha=self.lr * FINAL_LR,
            min_count=0,
            sample=0,
            sorted_vocab=0,  # rows stay in the order of the nodes
            workers=jobs,
            seed=seed,
            # the learning rate falls once a batch: small corpora need small batches
            batch_words=int(np.clip(counts.sum() // (50 * jobs), 1, 10_000)),
        )
        model.build_vocab_from_freq(dict(zip(nodes.tolist(), counts.tolist(), strict=True)), corpus_count=n_sentences)
        return model


@dataclass
class SkipGramVectors:
    """What a skip-gram learned, and how the learning went."""

    vectors: np.ndarray
    context: np.ndarray
    history: History = field(default_factory=History)

    @classmethod
    def zeros(cls, n: int, dim: int) -> SkipGramVectors:
        """Nothing learned yet."""
        return cls(np.zeros((n, dim), dtype=np.float32), np.zeros((n, dim), dtype=np.float32))


class _Guarded:
    """An iterable for gensim's reading thread, in which an exception would leave everybody waiting for ever."""

    def __init__(self, items: Any):
        self._items = items
        self.error: BaseException | None = None

    def __iter__(self) -> Any:
        try:
            yield from self._items
        except Exception as error:
            self.error = error


class _Monitor:
    """The mean loss of a fixed sample of pairs and negatives; gensim's own sum overflows its float32."""

    def __init__(self, corpus: WalkCorpus, nodes: np.ndarray, window: int, negative: int, seed: int):
        rng = np.random.default_rng([seed, 1])
        walks = corpus.take(rng.integers(corpus.n_sentences, size=MONITORED_PAIRS))
        rows = np.arange(len(walks))
        length = (walks >= 0).sum(axis=1)
        at = rng.integers(length)
        shift = np.ceil(rng.integers(1, window + 1, size=len(rows)) * rng.random(len(rows))).astype(int)
        other = at + np.where(rng.random(len(rows)) < 0.5, shift, -shift)
        inside = (other >= 0) & (other < length)
        if not inside.any():  # walks so short that no pair was hit: take each first step
            at, other, inside = np.zeros_like(at), np.ones_like(at), np.ones(len(at), dtype=bool)
        rank = np.zeros(len(corpus.counts), dtype=np.int64)
        rank[nodes] = np.arange(len(nodes))
        self._u = rank[walks[rows[inside], at[inside]]]
        self._v = rank[walks[rows[inside], other[inside]]]
        weight = corpus.counts[nodes] ** 0.75
        self._negatives = rng.choice(len(nodes), size=(len(self._u), negative), p=weight / weight.sum())

    def loss(self, vectors: np.ndarray, context: np.ndarray) -> float:
        u = vectors[self._u].astype(np.float64)
        with np.errstate(all="ignore"):  # a diverged fit is reported by its loss
            true = np.einsum("id,id->i", u, context[self._v])
            false = np.einsum("id,ikd->ik", u, context[self._negatives])
            return float((np.logaddexp(0, -true) + np.logaddexp(0, false).sum(axis=1)).mean())


@dataclass
class _Trainer:
    """gensim's model, trained one pass over the walks at a time, the learning rate falling by its share."""

    settings: SkipGram
    model: Any
    corpus: WalkCorpus
    monitor: _Monitor

    def epoch(self, number: int, advance: Advance) -> float:
        first = self.settings.lr
        lr = np.linspace(first, first * FINAL_LR, self.settings.epochs + 1)
        sentences = _Guarded(self.corpus.sentences(number, advance))
        self.model.train(
            sentences,
            total_examples=self.corpus.n_sentences,
            epochs=1,
            start_alpha=float(lr[number]),
            end_alpha=float(lr[number + 1]),
        )
        if sentences.error is not None:
            raise sentences.error
        loss = self.monitor.loss(self.model.wv.vectors, self.model.syn1neg)
        return loss if np.isfinite(self.model.wv.vectors.sum()) else np.nan

    def done(self) -> bool:
        return False

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        kind, keys, position, has_gauss, gauss = self.model.random.get_state()
        arrays = {"vectors": self.model.wv.vectors, "context": self.model.syn1neg, "random_keys": keys}
        return arrays, {"random": [kind, int(position), int(has_gauss), float(gauss)]}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        self.model.wv.vectors[:] = arrays["vectors"]
        self.model.syn1neg[:] = arrays["context"]
        kind, position, has_gauss, gauss = values["random"]
        self.model.random.set_state((kind, arrays["random_keys"], position, has_gauss, gauss))
