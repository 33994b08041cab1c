"""Skip-gram with negative sampling on walks: gensim's Word2Vec, an epoch at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.gensim_training import FINAL_LR, MONITORED, GensimTrainer, Monitor, batch_words
from graphemb.kernels.threads import thread_count
from graphemb.kernels.walk_corpus import WalkCorpus


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
        monitor = _monitor(corpus, nodes, self.window, self.negative, seed)
        trainer = GensimTrainer(
            model,
            corpus.sentences,
            corpus.n_sentences,
            self.epochs,
            self.lr,
            loss=lambda: monitor.loss(model.wv.vectors, model.syn1neg),
            arrays=lambda: {"vectors": model.wv.vectors, "context": model.syn1neg},
        )
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
            batch_words=batch_words(int(counts.sum()), jobs),
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


def _monitor(corpus: WalkCorpus, nodes: np.ndarray, window: int, negative: int, seed: int) -> Monitor:
    """Pairs of nodes that are near each other on walks drawn at random."""
    rng = np.random.default_rng([seed, 1])
    walks = corpus.take(rng.integers(corpus.n_sentences, size=MONITORED))
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
    u, v = (rank[walks[rows[inside], place[inside]]] for place in (at, other))
    return Monitor.drawn(u[:, None], v, corpus.counts[nodes], negative, rng)
