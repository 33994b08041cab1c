"""GF-CF: collaborative filtering as two fixed graph filters, without training."""

from __future__ import annotations

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.kernels.checks import require_within
from graphemb.kernels.factors import scaled
from graphemb.kernels.interaction_spectrum import item_degrees, item_factors
from graphemb.kernels.item_filter import filter_embedding
from graphemb.kernels.random import RandomState
from graphemb.kernels.recommender import Recommender, cold_notes


class GFCF(Recommender):
    """Graph filter collaborative filtering: a linear filter and an ideal low-pass filter on the history of a user.

    s(u) = r R~^T R~ + weight r D_i^{-1/2} V V^T D_i^{1/2}, where r is the user's row of the binary training matrix R (n, m),
    R~ = D_u^{-1/2} R D_i^{-1/2}, and V (m, dim) its leading right singular vectors. User rows are r D_i^{-1/2} V and item rows D_i^{1/2} V,
    whose inner product is the second term; the first has full rank, so the decoder ``item-filter`` reads the training matrix, which is
    stored in ``parameters``. A new user is a new row r: ``graphemb.recommendations(embedding, data, items=[...])``.

    Parameters
    ----------
    dim : number of singular vectors
    weight : of the second term, at least 0; at 0 (as published for Amazon-Book) the vectors are in the file and not in the scores
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`
    random_state : seed of the solver's start vectors

    Raises
    ------
    ParameterError : a weight below 0, an unknown solver
    DataError : no training interactions

    Warns
    -----
    RankWarning : R~ has a rank below ``dim``
    DataWarning : users or items without training interactions, whose rows and scores are 0

    One decomposition, 2 nnz dim products a pass; a user's scores take 2 nnz operations and 2 m dim.

    Source: Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021, arXiv 2108.07567. No departure: on
    Gowalla's published split recall@20 and NDCG@20 are .1849 and .1518 with the defaults.

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("bob", "oat"), ("cat", "oat")])
    >>> e = GFCF(dim=2).fit(data).embedding_
    >>> e.vectors.shape, e.decoder
    ((6, 2), 'item-filter')
    >>> e.score(("user", "cat"), ("item", "tea")) > e.score(("user", "cat"), ("item", "rye"))
    True
    """

    def __init__(self, dim: int = 256, *, weight: float = 0.3, solver: str = "auto", random_state: RandomState = 0):
        self.dim = dim
        self.weight = weight
        self.solver = solver
        self.random_state = random_state

    def _check(self, data: Interactions) -> None:
        super()._check(data)
        require_within("weight", self.weight)

    def _fit(self, data: Interactions) -> Embedding:
        train, notes = data.train, cold_notes(data)
        s, V, found = item_factors(train, self.dim, solver=self.solver, random_state=self.random_state)
        V = scaled(V, np.ones_like(s), np.arange(len(s)))
        items = np.sqrt(item_degrees(train))[:, None] * V
        return filter_embedding(data, V, items, polynomial=[1.0], weight=self.weight, notes={**notes, **found})
