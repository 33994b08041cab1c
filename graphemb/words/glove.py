"""GloVe: vectors and biases whose sums are the logarithms of how often words meet."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal

import numpy as np

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_within
from graphemb.kernels.cooccurrence import cooccurrence, distance_weights
from graphemb.kernels.corpus_method import CorpusMethod, kept_words
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, run_epochs
from graphemb.kernels.log_bilinear import BLOCKS, LogBilinear
from graphemb.kernels.random import RandomState, generator

BY_ROW = ["bias", "context_bias"]


class GloVe(CorpusMethod, EpochMethod[Corpus]):
    """Weighted least squares of the logarithms of counted windows, by vectors and biases of both sides.

    Minimise J = sum over X_ij > 0 of f(X_ij) (w_i . c_j + b_i + d_j - log X_ij)^2 with f(x) = min(x / x_max, 1)^alpha, X as counted by
    :mod:`graphemb.kernels.cooccurrence`, by AdaGrad over its entries in shuffled blocks. The vectors are w + c. It fits what the skip-gram
    fits, log X_ij = w . c + b_i + d_j against log X_ij = w . c + log x_i + log x_j - log (total / k): so the biases follow log counts.

    Parameters
    ----------
    dim : columns
    window : furthest distance of two words that count as near
    weights : how a distance counts: "harmonic" (1 / distance, GloVe's), "linear" or "flat"
    min_count : words that occur less often are left out
    x_max : counts from here on weigh 1
    alpha : how fast smaller counts weigh less, from 0 to 1
    add_context : vectors are w + c; False keeps w as vectors and c as context
    epochs : passes over all pairs that meet
    lr : first learning rate of AdaGrad, above 0
    n_jobs : threads; they do not change the result
    random_state : seed of start vectors and order

    Raises
    ------
    ParameterError, UnknownNameError : a setting outside its range
    DataError : no corpus, fewer than two words that occur ``min_count`` times, no two words that meet, a checkpoint of another run
    TrainingError : the loss is not finite

    ``parameters`` hold ``bias`` and ``context_bias``, a number a word. The losses are J over the number of pairs, each pair as it stood
    before its step. Time: O(nnz dim) an epoch; memory: 30 bytes a pair beside 16 (dim + 1) bytes a word.

    Source: Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation", EMNLP 2014. Departures: sums of squares of
    gradients start at 0 instead of 1, else words of small weight hardly move in a corpus of a million words; 25 epochs instead of 50.

    >>> texts = ["the cat eats fish", "the dog eats meat", "a cat drinks milk", "a dog drinks water"] * 2
    >>> e = GloVe(dim=3, min_count=1, epochs=5).fit(texts).embedding_
    >>> e.vectors.shape, e.parameters["bias"].shape
    ((10, 3), (10,))
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        window: int = 5,
        weights: Literal["harmonic", "linear", "flat"] = "harmonic",
        min_count: int = 5,
        x_max: float = 100.0,
        alpha: float = 0.75,
        add_context: bool = True,
        epochs: int = 25,
        lr: float = 0.05,
        n_jobs: int | None = None,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.window = window
        self.weights = weights
        self.min_count = min_count
        self.x_max = x_max
        self.alpha = alpha
        self.add_context = add_context
        self.epochs = epochs
        self.lr = lr
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        distance_weights(self.window, self.weights)
        require_positive("x_max", self.x_max)
        require_positive("lr", self.lr)
        require_within("alpha", self.alpha, 0, 1)

    def _train(
        self,
        corpus: Corpus,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        seed = int(generator(self.random_state).integers(2**31))
        words = kept_words(corpus, self.min_count)
        X = cooccurrence(words.ids, words.offsets, len(words), window=self.window, weights=self.weights, n_jobs=self.n_jobs)
        if not X.nnz:
            raise DataError("no two words meet within a window; give longer documents, or lower min_count")
        share = (np.minimum(X.data / self.x_max, 1) ** self.alpha).astype(np.float32)
        model = LogBilinear(X, share, self.dim, self.lr, seed, self.n_jobs)
        history = run_epochs(
            model,
            self.epochs,
            title="GloVe",
            remedy=f"lower lr, now {self.lr:g}",
            work=BLOCKS,
            run=self._run(corpus),
            progress=progress,
            callback=callback,
            checkpoint=checkpoint,
        )
        notes: dict[str, Any] = {**words.notes, "pairs": X.nnz, **history.notes("cpu"), "by_row": BY_ROW}
        vectors, context = model.numbers["vectors"], model.numbers["context"]
        sides = {"vectors": vectors + context} if self.add_context else {"vectors": vectors, "context": context}
        biases = {name: model.numbers[name] for name in BY_ROW}
        return Embedding(words.names, **sides, attributes=words.attributes, parameters=biases, meta=notes)
