"""What stands beside recommenders for perspective: the most popular items, and items in random order."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


class Popularity:
    """The same scores for every user: training interactions of each item."""

    def __init__(self, popularity: np.ndarray, n_users: int):
        self._scores, self.n_users, self.n_items = popularity.astype(np.float32), n_users, len(popularity)

    def users(self, rows: np.ndarray) -> np.ndarray:
        """As of :class:`graphemb.kernels.item_scorer.ItemScorer`."""
        return np.tile(self._scores, (len(rows), 1))

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """The same, of new users."""
        return np.tile(self._scores, (taken.shape[0], 1))


class RandomOrder:
    """Independent uniform scores, new ones at every call."""

    def __init__(self, n_users: int, n_items: int, rng: np.random.Generator):
        self.n_users, self.n_items, self._rng = n_users, n_items, rng

    def users(self, rows: np.ndarray) -> np.ndarray:
        """As of :class:`graphemb.kernels.item_scorer.ItemScorer`."""
        return self._rng.random((len(rows), self.n_items), dtype=np.float32)

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """The same, of new users."""
        return self._rng.random((taken.shape[0], self.n_items), dtype=np.float32)
