"""Users, an item that each took and one that each did not, drawn as both LightGCN repositories draw them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.checks import require_whole

SAMPLERS = ("tensorflow", "pytorch", "pytorch-cpp", "users")


@dataclass(frozen=True)
class Batch:
    """Rows of users, of an item that each took, and of one that each did not take; int64, of one length."""

    users: np.ndarray
    positives: np.ndarray | None = None
    negatives: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.users)


class Sampler:
    """Batches of an epoch. In every one the positive is uniform among the user's items, the negative among all others.

    Parameters
    ----------
    R : binary CSR (n, m) with sorted indices
    sampler : how users are drawn, among those who took something.
        "pytorch": nnz times, uniformly, with replacement; "pytorch-cpp": each floor(nnz / users) times, shuffled;
        "tensorflow": nnz // batch_size + 1 batches, each of distinct users (of repeated ones where the users are fewer than a batch);
        "users": each once, shuffled, without any item
    batch_size : draws of a batch; the last of an epoch may be smaller
    negatives : draw them; users who took every item are then left out, and counted in ``left_out``

    Raises
    ------
    UnknownNameError : another sampler; DataError : nobody to draw

    Draws are uniform over users, not over interactions, as in both repositories (LightGCN, arXiv 2002.02126; kuandeng/LightGCN and
    gusye1234/LightGCN-PyTorch). Departure: a negative is the r-th item that the user did not take, found by one binary search, so nothing
    is drawn twice; the distribution is the same. Memory: 8 bytes an interaction.

    >>> R = sp.csr_array(np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=np.float32))
    >>> (batch,) = Sampler(R, sampler="pytorch", batch_size=8).epoch(np.random.default_rng(0))
    >>> len(batch), set(batch.users.tolist()) <= {0, 2}, bool(R[batch.users, batch.positives].all()), R[batch.users, batch.negatives].sum()
    (3, True, True, np.float32(0.0))
    """

    def __init__(self, R: sp.csr_array, *, sampler: str = "pytorch", batch_size: int = 2048, negatives: bool = True):
        if sampler not in SAMPLERS:
            raise UnknownNameError("sampler", sampler, SAMPLERS, remedy="known: " + ", ".join(SAMPLERS))
        require_whole("batch_size", batch_size)
        self.sampler, self.batch_size, self.with_negatives = sampler, batch_size, negatives and sampler != "users"
        self._starts, self._items, self._m = R.indptr.astype(np.int64), R.indices, R.shape[1]
        self._degrees = np.diff(self._starts)
        full = self._degrees == self._m
        self.left_out = int(full.sum()) if self.with_negatives else 0
        self._drawn = np.flatnonzero((self._degrees > 0) & ~(full & self.with_negatives))
        if not len(self._drawn):
            raise DataError(
                "no user to learn from: each took every item or none; a loss without negatives, such as 'ssm', takes the former"
            )
        users = np.repeat(np.arange(len(self._degrees)), self._degrees)
        places = np.arange(len(users)) - self._starts[users]
        self._others_below = users * self._m + self._items - places
        """Sorted: for each interaction, user * m + the number of items below that the user did not take."""

    @property
    def batches(self) -> int:
        """How many an epoch has."""
        if self.sampler == "tensorflow":
            return len(self._items) // self.batch_size + 1
        return -(-self._draws() // self.batch_size)

    def _draws(self) -> int:
        users = len(self._drawn)
        return {"pytorch": len(self._items), "pytorch-cpp": users * self._times(), "users": users}[self.sampler]

    def _times(self) -> int:
        return max(1, len(self._items) // len(self._drawn))

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """The batches of one epoch; all that is drawn comes from ``rng``."""
        if self.sampler == "tensorflow":
            again = self.batch_size > len(self._drawn)
            for _ in range(self.batches):
                yield self._with_items(rng.choice(self._drawn, self.batch_size, replace=again), rng)
            return
        if self.sampler == "pytorch":
            users = rng.choice(self._drawn, self._draws())
        else:
            users = rng.permutation(np.repeat(self._drawn, 1 if self.sampler == "users" else self._times()))
        for first in range(0, len(users), self.batch_size):
            part = users[first : first + self.batch_size]
            yield Batch(part) if self.sampler == "users" else self._with_items(part, rng)

    def _with_items(self, users: np.ndarray, rng: np.random.Generator) -> Batch:
        positives = self._items[self._starts[users] + rng.integers(self._degrees[users])].astype(np.int64)
        return Batch(users, positives, self._others(users, rng) if self.with_negatives else None)

    def _others(self, users: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The r-th item that a user did not take is r + the number of taken ones with at most r others below them."""
        r = rng.integers(self._m - self._degrees[users])
        return r + np.searchsorted(self._others_below, users * self._m + r, side="right") - self._starts[users]
