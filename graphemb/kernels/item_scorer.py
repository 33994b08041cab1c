"""What scores all items for users: the protocol that evaluation, recommendation and early stopping share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse as sp

from graphemb.errors import DataError


class ItemScorer(Protocol):
    """Scores of n users against all m items, a block of users at a time; never an n x m matrix."""

    n_users: int
    n_items: int

    def users(self, rows: np.ndarray) -> np.ndarray:
        """float32 (len(rows), m): the scores of known users, written by the caller at will."""
        ...

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """float32 (b, m): the scores of users that are new, from the items each has taken (binary, (b, m))."""
        ...


class VectorItems:
    """s(u, i) = x_u . y_i; a new user gets x = scale(d) sum of the profiles of the d items taken.

    Parameters
    ----------
    users, items : float32 (n, dim) and (m, dim)
    profiles : float32 (m, dim), or None where new users cannot be placed
    damped : scale(d) is 1 / sqrt(d), else 1

    State: what it is given, not copied. Work per block: 2 b m dim operations.

    >>> scorer = VectorItems(np.eye(2, dtype=np.float32), np.float32([[1, 0], [0, 2], [1, 1]]), profiles=np.ones((3, 2), np.float32))
    >>> scorer.users(np.array([1])).tolist(), scorer.histories(sp.csr_array(np.float32([[1, 1, 0]]))).tolist()
    ([[0.0, 2.0, 1.0]], [[2.0, 4.0, 4.0]])
    """

    def __init__(self, users: np.ndarray, items: np.ndarray, *, profiles: np.ndarray | None = None, damped: bool = False):
        self._users, self._items, self._profiles, self._damped = users, items, profiles, damped
        self.n_users, self.n_items = len(users), len(items)

    def users(self, rows: np.ndarray) -> np.ndarray:
        """Scores of known users; see :class:`ItemScorer`."""
        return np.asarray(self._users[rows] @ self._items.T)

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """Scores of new users; see :class:`ItemScorer`."""
        return np.asarray(self.placed(taken) @ self._items.T)

    def placed(self, taken: sp.csr_array) -> np.ndarray:
        """float32 (b, dim): the vectors of new users."""
        return place_users(taken, self._profiles, damped=self._damped)


def place_users(taken: sp.csr_array, profiles: np.ndarray | None, *, damped: bool) -> np.ndarray:
    """float32 (b, dim): the sum of the profiles of the items taken, over the root of their number if ``damped``.

    >>> place_users(sp.csr_array(np.float32([[1, 1], [0, 0]])), np.float32([[1.0], [3.0]]), damped=False).tolist()
    [[4.0], [0.0]]
    """
    if profiles is None:
        raise DataError("this embedding holds no profiles of items, so new users cannot be placed; train it with graphemb's recommenders")
    vectors = np.asarray(taken @ profiles, dtype=np.float32)
    if damped:
        vectors /= np.sqrt(np.maximum(np.diff(taken.indptr), 1), dtype=np.float32)[:, None]
    return vectors
