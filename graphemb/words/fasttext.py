"""fastText: words as means over their character n-grams, so that words never seen have vectors too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.epochs import Advance
from graphemb.kernels.gensim_training import GensimTrainer, Monitor
from graphemb.kernels.random import RandomState
from graphemb.kernels.warn import warn
from graphemb.kernels.word_method import Pieces
from graphemb.words.word2vec import Word2Vec


class FastText(Word2Vec):
    """word2vec whose input vector of a word is the mean of a vector of its own and those of its character n-grams.

    v_w = (z_w + sum of z_g over the n-grams g of "<w>") / (1 + number of n-grams), ``min_n`` to ``max_n`` letters long, which share
    ``buckets`` vectors by a hash. Otherwise as :class:`Word2Vec`. :meth:`transform` gives new words the mean of their n-grams.

    Parameters
    ----------
    dim : columns a side
    architecture : "skip-gram" or "cbow"
    window : furthest distance of two words that count as near
    min_count : words that occur less often are left out
    min_n, max_n : letters of the shortest and the longest n-gram, the signs "<" and ">" at the ends of a word among them
    buckets : vectors that n-grams share: 4 dim bytes each
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

    Source: Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017, arXiv 1607.04606. Departures: 200,000 buckets
    instead of two million, which are for corpora a thousand times larger; 20 epochs instead of 5.

    >>> texts = ["the cat eats fish", "the dog eats meat", "a cat drinks milk", "a dog drinks water"] * 2
    >>> model = FastText(dim=3, min_count=1, epochs=2, buckets=100).fit(texts)
    >>> model.embedding_.vectors.shape, list(model.transform(["catfish"]).names)
    ((10, 3), ['catfish'])
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        architecture: Literal["skip-gram", "cbow"] = "skip-gram",
        window: int = 5,
        min_count: int = 5,
        min_n: int = 3,
        max_n: int = 6,
        buckets: int = 200_000,
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
        self.min_n = min_n
        self.max_n = max_n
        self.buckets = buckets
        self.negative = negative
        self.sample = sample
        self.epochs = epochs
        self.lr = lr
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        for name in ("min_n", "max_n", "buckets"):
            require_whole(name, getattr(self, name))
        if self.max_n < self.min_n:
            raise ParameterError(f"max_n must be at least min_n, got {self.max_n} and {self.min_n}")

    def _model(self, pieces: Pieces, seed: int) -> Any:
        from gensim.models import FastText as Model

        grams = {"min_n": self.min_n, "max_n": self.max_n, "bucket": self.buckets}
        model = Model(sg=int(self.architecture == "skip-gram"), **grams, **self._settings(pieces, seed))
        words = pieces.words
        counts = dict(zip(words.names, words.counts.tolist(), strict=True))
        model.build_vocab_from_freq(counts, corpus_count=len(pieces))
        return model

    def _trainer(self, model: Any, pieces: Pieces, monitor: Monitor) -> GensimTrainer:
        names = np.asarray(pieces.words.names)

        def sentences(epoch: int, advance: Advance) -> Iterator[list[str]]:
            return (names[rows].tolist() for _, rows in pieces.read(epoch, advance))

        def arrays() -> dict[str, np.ndarray]:
            return {"words": model.wv.vectors_vocab, "grams": model.wv.vectors_ngrams, "context": model.syn1neg}

        def loss() -> float:
            return monitor.loss(model.wv.vectors, model.syn1neg)

        return GensimTrainer(model, sentences, len(pieces), self.epochs, self.lr, loss, arrays, after=model.wv.adjust_vectors)

    def _read_out(self, model: Any, corpus: Corpus, pieces: Pieces, notes: dict[str, Any]) -> Embedding:
        self.words_ = model.wv
        return super()._read_out(model, corpus, pieces, notes)

    def transform(self, words: Iterable[str]) -> Embedding:
        """Vectors of any words: of those that were there at the fit their own, of others the mean of their n-grams.

        Raises
        ------
        DataError : one text in place of a list of words, no words, or one of them twice; NotFittedError : before the fit

        Warns
        -----
        DataWarning : words without an n-gram, which get zero vectors
        """
        if isinstance(words, (str, bytes)):
            raise DataError(f"expected a list of words, got one text {shorten(repr(words), 40)}; put it into a list")
        wanted, found = list(words), self.words_
        if not wanted:
            raise DataError("there is no word to place: the list is empty")
        rows = [found[word] if word in found.key_to_index or _has_grams(word, found) else np.zeros(self.embedding_.dim) for word in wanted]
        bare = sum(not row.any() for row in rows)
        if bare:
            warn(f"words too short for an n-gram of {self.min_n} letters get a zero vector: {bare:,} of {len(wanted):,}", DataWarning)
        meta = {key: self.embedding_.meta[key] for key in ("format_version", "method", "parameters", "random_state")}
        made = {"fitted_on": self.embedding_.meta["data"], "unseen": sum(word not in found.key_to_index for word in wanted)}
        return Embedding(wanted, np.stack(rows), meta={**meta, "transform": made})


def _has_grams(word: str, vectors: Any) -> bool:
    return len(word) + 2 >= vectors.min_n
