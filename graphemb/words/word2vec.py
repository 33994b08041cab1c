"""word2vec: words by the words around them, skip-gram or continuous bag of words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import UnknownNameError
from graphemb.kernels.epochs import Advance
from graphemb.kernels.gensim_training import GensimTrainer, Monitor
from graphemb.kernels.random import RandomState
from graphemb.kernels.word_method import Pieces, WordMethod

ARCHITECTURES = ("skip-gram", "cbow")


class Word2Vec(WordMethod):
    """Predict words from the words around them: log sigma(h . c_w) + sum over sampled k of log sigma(-h . c_k) as large as can be.

    h is the vector of one word at a distance of up to ``window`` ("skip-gram"), or the mean of those within it ("cbow"). Windows shrink
    at random, negatives are drawn in proportion to count^0.75, a word of share f of all is kept with chance sqrt(t/f) + t/f at ``sample``
    t, and the learning rate falls linearly to a 250th. The skip-gram's optimum is u . c = PMI - log k, which SPPMI factorises outright.

    Parameters
    ----------
    dim : columns a side
    architecture : "skip-gram" or "cbow"
    window : furthest distance of two words that count as near
    min_count : words that occur less often are left out
    negative : sampled words for each true one
    sample : t, from 0 (none are sampled away) to 1. None: 0.001 for 100,000 tokens and more, else 0
    epochs : passes over the corpus
    lr : first learning rate, above 0 and at most 1
    n_jobs : threads. Only 1 gives the same numbers every time
    random_state : seed of start vectors, order and what is sampled

    Raises
    ------
    ParameterError, UnknownNameError : a setting outside its range
    DataError : no corpus, fewer than two words that occur ``min_count`` times, a checkpoint of another run
    TrainingError : the loss is not finite

    ``vectors`` are the input side and ``context`` the output side. Documents are read in another order each epoch, long ones in pieces of
    10,000 words. The losses are means over a fixed sample of 5,000 windows. Training is gensim's.

    Source: Mikolov et al., "Distributed Representations of Words and Phrases and their Compositionality", NIPS 2013, arXiv 1310.4546.
    Departure: 20 epochs instead of 5, for a corpus of a million words is far from learned after these.

    >>> texts = ["the cat eats fish", "the dog eats meat", "a cat drinks milk", "a dog drinks water"] * 2
    >>> e = Word2Vec(dim=3, min_count=1, epochs=2).fit(texts).embedding_
    >>> e.vectors.shape, e.context.shape, e.decoder
    ((10, 3), (10, 3), 'source-target')
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        architecture: Literal["skip-gram", "cbow"] = "skip-gram",
        window: int = 5,
        min_count: int = 5,
        negative: int = 5,
        sample: float | None = None,
        epochs: int = 20,
        lr: float = 0.025,
        n_jobs: int | None = 1,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.architecture = architecture
        self.window = window
        self.min_count = min_count
        self.negative = negative
        self.sample = sample
        self.epochs = epochs
        self.lr = lr
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        if self.architecture not in ARCHITECTURES:
            raise UnknownNameError("architecture", self.architecture, ARCHITECTURES, remedy="known: " + ", ".join(ARCHITECTURES))

    def _model(self, pieces: Pieces, seed: int) -> Any:
        from gensim.models import Word2Vec as Model

        model = Model(sg=int(self.architecture == "skip-gram"), **self._settings(pieces, seed))
        words = pieces.words
        model.build_vocab_from_freq(dict(enumerate(words.counts.tolist())), corpus_count=len(pieces))
        return model

    def _monitor(self, pieces: Pieces, rng: np.random.Generator) -> Monitor:
        return self._pairs(pieces, rng, one=self.architecture == "skip-gram")

    def _trainer(self, model: Any, pieces: Pieces, monitor: Monitor) -> GensimTrainer:
        def sentences(epoch: int, advance: Advance) -> Iterator[list[int]]:
            return (rows for _, rows in pieces.read(epoch, advance))

        def arrays() -> dict[str, np.ndarray]:
            return {"vectors": model.wv.vectors, "context": model.syn1neg}

        return GensimTrainer(
            model, sentences, len(pieces), self.epochs, self.lr, lambda: monitor.loss(model.wv.vectors, model.syn1neg), arrays
        )

    def _read_out(self, model: Any, corpus: Corpus, pieces: Pieces, notes: dict[str, Any]) -> Embedding:
        return Embedding(pieces.words.names, model.wv.vectors, model.syn1neg, attributes=pieces.words.attributes, meta=notes)
