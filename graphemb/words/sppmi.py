"""SPPMI: shifted positive pointwise mutual information of words, truncated to its largest singular values."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import scipy.sparse as sp

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.checks import require_positive, require_within
from graphemb.kernels.cooccurrence import cooccurrence, distance_weights
from graphemb.kernels.corpus_method import CorpusMethod, kept_words
from graphemb.kernels.factors import keep_rank, scaled
from graphemb.kernels.random import RandomState
from graphemb.kernels.spectral import SOLVERS, solver_note, top_eigenpairs, top_singular_triplets
from graphemb.kernels.warn import warn

Weights = Literal["harmonic", "linear", "flat"]


class SPPMI(CorpusMethod):
    """Words near which the same words stand more often than by chance: a sparse matrix of associations and its singular vectors.

    M_ij = max(log(X_ij sum_c x_c^a / (x_i x_j^a)) - log k, 0), X_ij the weight of windows in which i and j meet (see
    :mod:`graphemb.kernels.cooccurrence`), x its row sums, k ``shift``, a ``smoothing``. With M = U S V^T at rank ``dim``: vectors U S^p,
    context V S^(1-p), p ``exponent``, so that the inner product of the sides is M at that rank.

    Parameters
    ----------
    dim : columns a side
    window : furthest distance of two words that count as near
    weights : how a distance counts: "linear" (word2vec's), "harmonic" (GloVe's) or "flat"
    min_count : words that occur less often are left out
    shift : k, above 0: the k negative samples of the skip-gram that has this matrix as its optimum
    smoothing : a, above 0 and at most 1; below 1 rare context words count less
    exponent : p, from 0 to 1: 1 keeps the lengths of rows of M, 0 gives every direction the same weight
    add_context : vectors are U S^p + V S^p, and there is no context
    solver : "auto", "dense", "arpack" or "randomized", see :mod:`graphemb.kernels.spectral`
    n_jobs : threads; they do not change the result
    random_state : seed of the solver's start vectors

    Raises
    ------
    ParameterError, UnknownNameError : a setting outside its range
    DataError : no corpus, fewer than two words that occur ``min_count`` times, or no two words that are associated

    Warns
    -----
    RankWarning : M has a rank below ``dim``
    DataWarning : words without any association, which get zero vectors and are counted in the notes

    Time: O(tokens * window) to count and O(nnz dim) a pass of the solver; memory: 30 bytes an entry of X. Nothing is n x n. Without
    smoothing M is symmetric, and eigenpairs are computed. The same seed gives the same numbers on the same machine.

    Source: Levy and Goldberg, "Neural Word Embedding as Implicit Matrix Factorization", NIPS 2014, for M; Levy, Goldberg and Dagan,
    "Improving Distributional Similarity with Lessons Learned from Word Embeddings", TACL 2015, for its settings. Departures: no
    subsampling of frequent words; smoothing off by default, for it costs similarity on a corpus of a million words.

    >>> texts = ["the cat eats fish", "the dog eats meat", "a cat drinks milk", "a dog drinks water"] * 2
    >>> e = SPPMI(dim=3, min_count=1).fit(texts).embedding_
    >>> e.vectors.shape, e.context.shape, e.names[0]
    ((10, 3), (10, 3), 'a')
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        window: int = 5,
        weights: Weights = "linear",
        min_count: int = 5,
        shift: float = 1.0,
        smoothing: float = 1.0,
        exponent: float = 0.5,
        add_context: bool = False,
        solver: str = "auto",
        n_jobs: int | None = None,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.window = window
        self.weights = weights
        self.min_count = min_count
        self.shift = shift
        self.smoothing = smoothing
        self.exponent = exponent
        self.add_context = add_context
        self.solver = solver
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        distance_weights(self.window, self.weights)
        require_positive("shift", self.shift)
        require_positive("smoothing", self.smoothing)
        require_within("smoothing", self.smoothing, 0, 1)
        require_within("exponent", self.exponent, 0, 1)
        if self.solver not in SOLVERS:
            raise UnknownNameError("solver", self.solver, SOLVERS, remedy="known: " + ", ".join(SOLVERS))

    def _fit(self, corpus: Corpus) -> Embedding:
        words = kept_words(corpus, self.min_count)
        X = cooccurrence(words.ids, words.offsets, len(words), window=self.window, weights=self.weights, n_jobs=self.n_jobs)
        M = associations(X, shift=self.shift, smoothing=self.smoothing)
        if not M.nnz:
            raise DataError("no two words meet more often than by chance; widen the window, lower shift, or give longer documents")
        U, s, V = _triplets(M, self.dim, solver=self.solver, random_state=self.random_state)
        notes = {**words.notes, "pairs": X.nnz, "associations": M.nnz, "solver": solver_note(len(words), self.dim, self.solver)}
        alone = int(np.count_nonzero(np.diff(M.indptr) == 0))
        if alone:
            notes["words_without_association"] = alone
            warn(f"words that are near none more often than by chance get a zero vector: {alone:,} of {len(words):,}", DataWarning)
        kept = keep_rank(s, self.dim, "the matrix of associations")
        vectors = scaled(U, s, kept, self.exponent)
        if self.add_context:
            return Embedding(words.names, vectors + scaled(V, s, kept, self.exponent), attributes=words.attributes, meta=notes)
        context = scaled(V, s, kept, 1 - self.exponent)
        return Embedding(words.names, vectors, context, attributes=words.attributes, decoder="source-target", meta=notes)


def associations(X: sp.csr_array, *, shift: float = 1.0, smoothing: float = 1.0) -> sp.csr_array:
    """M_ij = max(log(X_ij sum_c x_c^a / (x_i x_j^a)) - log k, 0) of a symmetric X, its zeros left out; float32, (n, n).

    >>> bool(np.allclose(associations(sp.csr_array(np.array([[0.0, 2.0], [2.0, 0.0]]))).toarray(), np.log([[1, 2], [2, 1]])))
    True
    """
    total = np.asarray(X.sum(axis=1)).ravel()
    log_total = np.log(total, out=np.zeros_like(total), where=total > 0)
    log_chance = smoothing * log_total
    rows = np.repeat(np.arange(X.shape[0], dtype=np.int32), np.diff(X.indptr))
    # the two logs are added first, so that without smoothing M is symmetric to the bit
    values = np.log(X.data * (np.sum(total**smoothing) / shift)) - (log_total[rows] + log_chance[X.indices])
    kept = values > 1e-12  # what is left of 0 by rounding, of pairs that meet as often as by chance
    ends = np.concatenate([[0], np.cumsum(kept)])[X.indptr]
    return sp.csr_array((values[kept].astype(np.float32), X.indices[kept], ends), shape=X.shape)


def _triplets(M: sp.csr_array, k: int, **settings: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """U, s, V of the largest singular values; of a symmetric M by its eigenpairs, which lose no digits to squaring."""
    if (M != M.T).nnz:
        U, s, V = top_singular_triplets(M, k, **settings)
    else:
        values, U = top_eigenpairs(M, k, **settings)
        s, V = abs(values), U * np.where(values < 0, -1, 1)
    V[np.bincount(M.indices, minlength=len(V)) == 0] = 0.0  # what the start vectors left there
    return U, s, V
