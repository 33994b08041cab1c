"""BSPM: blurring and sharpening of histories, without training."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.polynomial import Polynomial

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import UnknownNameError
from graphemb.kernels.checks import require_whole, require_within
from graphemb.kernels.factors import scaled
from graphemb.kernels.interaction_spectrum import item_degrees, item_factors, normalised
from graphemb.kernels.item_filter import filter_embedding
from graphemb.kernels.random import RandomState
from graphemb.kernels.recommender import Recommender, cold_notes
from graphemb.kernels.sparse_rows import SparseRows, polynomial_product

MODES = ("em", "lm")
TAYLOR = {"euler": (1, 1), "rk4": (1, 1, 1 / 2, 1 / 6, 1 / 24)}
"""A step of each integrator on the linear equation dx/dt = a x, as a polynomial in a times the length of the step."""
LONGEST = 5.0
"""Up to this time the powers of P, whose weights grow like e^time before they cancel, keep four digits in float32."""


class BSPM(Recommender):
    """Blurring-sharpening process model: a history is blurred by graph filters, then sharpened by an equation that runs backwards.

    With P = R~^T R~, F = D_i^{-1/2} V V^T D_i^{1/2} (as in :class:`~graphemb.recommend.gfcf.GFCF`) and a user's row r of the training
    matrix: blurred b = r P and f = r F; sharpened by dx/dt = -x P for ``time``, in ``steps`` of the ``integrator``. All is linear, so
    x(T) = x(0) q(P) with a polynomial: q(P) = I - TP for one Euler step, I - TP + T^2P^2/2 - T^3P^3/6 + T^4P^4/24 for one of
    Runge and Kutta's. "em" (early merge) sharpens b + beta f; "lm" (late merge) sharpens b, then adds beta f. User rows are
    r D_i^{-1/2} V and item rows what is left of V^T D_i^{1/2} ("em": sharpened), so beta times their inner product is the part of f.

    Parameters
    ----------
    dim : number of singular vectors in F
    mode : "em" or "lm"
    integrator : "rk4" or "euler"
    time : T, 0 (no sharpening) to 5
    steps : equal steps that T is taken in
    beta : weight of f, at least 0; at 0 the vectors are in the file and not in the scores
    combine : the mean of b and the sharpened results of all steps, in place of the last ("t-point combination")
    solver : "auto", "dense", "arpack" or "randomized"; see :mod:`graphemb.kernels.spectral`
    random_state : seed of the solver's start vectors

    Raises
    ------
    ParameterError : a setting outside its range
    DataError : no training interactions

    Warns
    -----
    RankWarning : R~ has a rank below ``dim``
    DataWarning : users or items without training interactions, whose rows and scores are 0

    The defaults are those published for Gowalla. For Yelp2018: ``dim=384, integrator="euler", time=1.2, beta=0.3, combine=True``; for
    Amazon-Book: ``time=2.2, steps=2, beta=0``. A user's scores take 2 K products with the training matrix, K - 1 the degree of q.

    Source: Choi et al., "Blurring-Sharpening Process Models for Collaborative Filtering", SIGIR 2023, arXiv 2211.09324, and its repository.
    Departures: blurring is one Euler step of length 1, the repository's default in all three settings, and no setting here.

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("bob", "oat"), ("cat", "oat")])
    >>> e = BSPM(dim=2, integrator="euler", time=0.5).fit(data).embedding_
    >>> e.meta["notes"]["decoder"]["polynomial"]  # P (I - P/2)
    [1.0, -0.5]
    """

    def __init__(
        self,
        dim: int = 448,
        *,
        mode: Literal["em", "lm"] = "em",
        integrator: Literal["rk4", "euler"] = "rk4",
        time: float = 2.5,
        steps: int = 1,
        beta: float = 0.2,
        combine: bool = False,
        solver: str = "auto",
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.mode = mode
        self.integrator = integrator
        self.time = time
        self.steps = steps
        self.beta = beta
        self.combine = combine
        self.solver = solver
        self.random_state = random_state

    def _check(self, data: Interactions) -> None:
        super()._check(data)
        for what, name, known in (("mode", self.mode, MODES), ("integrator", self.integrator, tuple(TAYLOR))):
            if name not in known:
                raise UnknownNameError(what, name, known, remedy=f"known: {', '.join(known)}")
        require_within("time", self.time, 0, LONGEST)
        require_whole("steps", self.steps)
        require_within("beta", self.beta)

    def _fit(self, data: Interactions) -> Embedding:
        train, notes = data.train, cold_notes(data)
        s, V, found = item_factors(train, self.dim, solver=self.solver, random_state=self.random_state)
        V = scaled(V, np.ones_like(s), np.arange(len(s)))
        items = (np.sqrt(item_degrees(train))[:, None] * V).astype(np.float32)
        of_b, of_f = self._polynomials()
        if self.mode == "em" and self.beta:
            matrix = normalised(train)
            items = polynomial_product(of_f.coef.tolist(), SparseRows(matrix), SparseRows(matrix.T.tocsr()), items)
        return filter_embedding(data, V, items, polynomial=of_b.coef.tolist(), weight=self.beta, notes={**notes, **found})

    def _polynomials(self) -> tuple[Polynomial, Polynomial]:
        """What becomes of b, and of f where it is sharpened too."""
        points = sharpening(self.integrator, self.time, self.steps)
        if not self.combine:
            return points[-1], points[-1]
        nothing = Polynomial([0.0])
        return sum(points, Polynomial([1.0])) / (len(points) + 1), sum(points, nothing) / (len(points) + 1)


def sharpening(integrator: str, time: float, steps: int) -> list[Polynomial]:
    """x -> x(t) for t at the end of each step of dx/dt = -x P, as polynomials in P.

    >>> [q.coef.tolist() for q in sharpening("euler", 1.0, 2)]
    [[1.0, -0.5], [1.0, -1.0, 0.25]]
    """
    step = Polynomial([c * (-time / steps) ** k for k, c in enumerate(TAYLOR[integrator])])
    return [step**k for k in range(1, steps + 1)]
