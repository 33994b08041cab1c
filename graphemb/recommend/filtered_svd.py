"""Vectors of users and items from a filtered singular value decomposition of the interactions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import UnknownNameError
from graphemb.kernels.factors import scaled
from graphemb.kernels.interaction_spectrum import damped, item_degrees, item_factors
from graphemb.kernels.item_scorer import place_users
from graphemb.kernels.random import RandomState
from graphemb.kernels.recommender import PROFILES, Recommender, cold_notes, user_item_embedding
from graphemb.recommend.bspm import sharpening

FILTERS = ("ideal", "linear", "lightgcn-K", "bspm")
BETA, TIME = 0.2, 2.5


class FilteredSVD(Recommender):
    """Spectral embedding of interactions: the leading singular vectors of R~, weighed by a filter g of their singular values.

    With R~ = D_u^{-1/2} R D_i^{-1/2} ~ U S V^T: user rows R~ V g(S)^{1/2} = U S g(S)^{1/2} and item rows V g(S)^{1/2}, scored by their
    inner product. A new user is the sum of the profiles D_i^{-1/2} V g^{1/2} of the items taken, over the root of their number.

    The filters g(s): "ideal" 1; "linear" s^2, that of R~^T R~; "lightgcn-K" (1 + s + ... + s^K) / (K + 1) for any whole K, the layers of
    LightGCN; "bspm" (s^2 + beta) q(s^2), those of :class:`~graphemb.recommend.bspm.BSPM` as published for Gowalla, early merge.

    Vectors of rank ``dim`` are not the closed forms they are named after, whose linear term has full rank: on Gowalla the pure projection
    ("ideal") reaches a recall@20 of about .106 with 64 columns where GF-CF has .185. They are quick, deterministic, good to start
    training from, to look at and to study, and ``gf-cf`` and ``bspm`` are there to recommend.

    Parameters
    ----------
    dim : columns; rank of the approximation
    filter : "ideal", "linear", "lightgcn-K" such as "lightgcn-3", or "bspm"
    asymmetric : weigh as GF-CF does: item rows times D_i^{1/2}, user rows r D_i^{-1/2} V g^{1/2} of the binary history r, a plain sum
        of profiles. On ml-1m this is what 64 columns are best at: recall@20 .274, "ideal", where GF-CF has .267
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`
    random_state : seed of the solver's start vectors

    Raises
    ------
    UnknownNameError : a filter or solver that is not known
    DataError : no training interactions

    Warns
    -----
    RankWarning : R~ has a rank below ``dim``
    DataWarning : users or items without training interactions, whose rows are 0

    Source: the filters of Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021, arXiv 2108.07567, and of Choi
    et al., arXiv 2211.09324, as vectors; He et al., "LightGCN", SIGIR 2020, arXiv 2002.02126, for the polynomial.

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("bob", "oat"), ("cat", "oat")])
    >>> e = FilteredSVD(dim=2, filter="ideal").fit(data).embedding_
    >>> e.vectors.shape, e.decoder
    ((6, 2), 'dot')
    """

    def __init__(
        self,
        dim: int = 64,
        *,
        filter: str = "linear",
        asymmetric: bool = False,
        solver: str = "auto",
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.filter = filter
        self.asymmetric = asymmetric
        self.solver = solver
        self.random_state = random_state

    def _check(self, data: Interactions) -> None:
        super()._check(data)
        singular_filter(self.filter)

    def _fit(self, data: Interactions) -> Embedding:
        train, notes = data.train, cold_notes(data)
        s, V, found = item_factors(train, self.dim, solver=self.solver, random_state=self.random_state)
        weights = singular_filter(self.filter)(s)
        degrees = item_degrees(train)
        items = scaled(V, weights, np.arange(len(s)))
        profiles = damped(degrees) * items
        users = place_users(train, profiles, damped=not self.asymmetric)
        if self.asymmetric:
            items = np.sqrt(degrees)[:, None] * items
        meta = {**notes, **found, "fold_in": "sum" if self.asymmetric else "damped"}
        return user_item_embedding(data, users, items, decoder="dot", parameters={PROFILES: profiles}, meta=meta)


def singular_filter(name: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The function g of singular values in 0..1 behind a filter's name; none is negative there.

    >>> singular_filter("lightgcn-1")(np.array([0.5])).item()
    0.75
    """
    if name == "ideal":
        return np.ones_like
    if name == "linear":
        return np.square
    if name == "bspm":
        (sharpen,) = sharpening("rk4", TIME, 1)
        return lambda s: (s**2 + BETA) * sharpen(s**2)
    if isinstance(name, str) and (match := re.fullmatch(r"lightgcn-(\d+)", name)):
        layers = int(match[1])
        return Polynomial(np.full(layers + 1, 1 / (layers + 1)))
    raise UnknownNameError("filter", name, FILTERS, remedy=f"known: {', '.join(FILTERS)}")
