"""Closed-form scores of items: a polynomial in R~^T R~ and a low-rank part, applied to histories."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError
from graphemb.kernels.interaction_spectrum import damped, item_degrees, normalised
from graphemb.kernels.item_scorer import PROFILES, place_users
from graphemb.kernels.recommender import user_item_embedding
from graphemb.kernels.sparse_rows import SparseRows, polynomial_product

DECODER = "item-filter"
STARTS, TAKEN = "train.indptr", "train.indices"
"""The parameters that hold the training matrix, as CSR stores it."""
AT_ONCE = 64
"""Users filtered together: a row of 64 float32 numbers is four cache lines."""


class ItemFilter:
    """s(r) = r (c_1 P + c_2 P^2 + ... + c_K P^K) + w (r A) B^T for the history r of a user, with P = R~^T R~.

    Parameters
    ----------
    train : (n, m) binary CSR, the histories R of the known users; R~ = D_u^{-1/2} R D_i^{-1/2}
    users, items : float32 (n, dim) and (m, dim): the rows r A of the known users, and B
    profiles : float32 (m, dim): A, which places new users
    polynomial : c_1 ... c_K, at least one
    weight : w
    n_jobs : threads of the sparse products

    An :class:`~graphemb.kernels.item_scorer.ItemScorer`. State: R~ twice, by users and by items. Work for b users: 2 K products of R~
    with b columns (Horner's rule), the first of them sparse, and 2 b m dim operations. Memory: the scores and a few blocks of n x 64.

    >>> R = sp.csr_array(np.float32([[1, 1], [1, 0]]))
    >>> none = np.zeros((2, 1), np.float32)
    >>> ItemFilter(R, none, none, profiles=none, polynomial=[1.0], weight=0.0).users(np.array([1])).round(2).tolist()
    [[0.75, 0.3499999940395355]]
    """

    def __init__(
        self,
        train: sp.csr_array,
        users: np.ndarray,
        items: np.ndarray,
        *,
        profiles: np.ndarray,
        polynomial: Sequence[float],
        weight: float,
        n_jobs: int | None = None,
    ):
        self._train, self._users, self._items, self._profiles = train, users, items, profiles
        self._polynomial, self._weight = list(polynomial), np.float32(weight)
        matrix = normalised(train)
        self._transposed = matrix.T.tocsr()
        self._by_user, self._by_item = SparseRows(matrix, n_jobs=n_jobs), SparseRows(self._transposed, n_jobs=n_jobs)
        self._roots = np.sqrt(np.diff(train.indptr))[:, None], np.sqrt(item_degrees(train))[:, None]
        self.n_users, self.n_items = train.shape

    def users(self, rows: np.ndarray) -> np.ndarray:
        """float32 (len(rows), m): scores of known users."""
        return self._of_histories(self._train[rows], self._users[rows])

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """float32 (b, m): scores of new users."""
        return self._of_histories(taken, place_users(taken, self._profiles, damped=False))

    def audience(self, columns: np.ndarray) -> np.ndarray:
        """float32 (len(columns), n): scores of all known users for some items."""
        scores = self._low_rank(self._items[columns], self._users)
        users, items = self._roots
        for part in _parts(len(columns)):
            filtered = self._filtered(self._transposed[columns[part]].T.toarray())
            scores[part] += (users * self._by_user(items * filtered)).T  # R = D_u^{1/2} R~ D_i^{1/2}
        return scores

    def _of_histories(self, taken: sp.csr_array, vectors: np.ndarray) -> np.ndarray:
        scores = self._low_rank(vectors, self._items)
        for part in _parts(len(vectors)):
            scores[part] += self._filtered((taken[part] @ self._transposed).T.toarray()).T
        return scores

    def _low_rank(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        if not self._weight:
            return np.zeros((len(left), len(right)), dtype=np.float32)
        return np.asarray((left * self._weight) @ right.T)

    def _filtered(self, y: np.ndarray) -> np.ndarray:
        """(m, b): R~^T (c_1 + c_2 G + ... + c_K G^{K-1}) y of a block y (n, b), with G = R~ R~^T: P^k = R~^T G^{k-1} R~."""
        return self._by_item(polynomial_product(self._polynomial, self._by_item, self._by_user, y))


def _parts(n: int) -> list[slice]:
    return [slice(start, start + AT_ONCE) for start in range(0, n, AT_ONCE)]


def filter_embedding(
    data: Interactions, V: np.ndarray, items: np.ndarray, *, polynomial: Sequence[float], weight: float, notes: dict[str, Any]
) -> Embedding:
    """The embedding that :func:`stored_filter` reads: users r A and items B with A = D_i^{-1/2} V, and the training matrix beside them."""
    train = data.train
    profiles = damped(item_degrees(train)) * V
    parts = {PROFILES: profiles, STARTS: train.indptr, TAKEN: train.indices}
    users = place_users(train, profiles, damped=False)
    embedding = user_item_embedding(data, users, items, decoder=DECODER, parameters=parts)
    settings = {"polynomial": [float(c) for c in polynomial], "weight": float(weight), "rows": rows_digest(embedding)}
    return embedding.replace(meta={**notes, "fold_in": "sum", "decoder": settings})


def stored_filter(embedding: Embedding) -> ItemFilter:
    """The filter of a whole embedding of :class:`~graphemb.recommend.gfcf.GFCF` or :class:`~graphemb.recommend.bspm.BSPM`.

    Raises
    ------
    DataError : the embedding holds no training matrix, or its rows are not those of the fit
    """
    settings = embedding.meta.get("decoder") or embedding.meta.get("notes", {}).get("decoder") or {}
    lacking = [part for part in (PROFILES, STARTS, TAKEN) if part not in embedding.parameters]
    if lacking or not {"polynomial", "weight", "rows"} <= settings.keys():
        raise DataError(f"the {DECODER} decoder needs a training matrix and a polynomial beside the vectors, as GFCF and BSPM store them")
    if settings["rows"] != rows_digest(embedding):
        raise DataError(
            f"the training matrix stored here speaks of other rows than these {len(embedding):,}; "
            "score the whole embedding and take rows of the scorer, and give new users as histories"
        )
    profiles, starts, taken = (embedding.parameters[part] for part in (PROFILES, STARTS, TAKEN))
    shape = (len(starts) - 1, len(profiles))
    train = sp.csr_array((np.ones(len(taken), np.float32), taken, starts), shape=shape)
    users, items = embedding.vectors[: shape[0]], embedding.vectors[shape[0] :]
    return ItemFilter(train, users, items, profiles=profiles, polynomial=settings["polynomial"], weight=settings["weight"])


def rows_digest(embedding: Embedding) -> str:
    """A digest of kinds and names in their order: the rows that a stored training matrix speaks of."""
    kinds: Iterable[str] = () if embedding.kinds is None else embedding.kinds
    return hashlib.sha256("\0".join([*kinds, *embedding.names]).encode("utf-8", "surrogatepass")).hexdigest()[:16]
