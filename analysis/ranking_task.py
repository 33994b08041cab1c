"""What every method of a ranking evaluation is asked, and what its answer is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from graphemb.data.interactions import Interactions


@dataclass(frozen=True)
class RankingTask:
    """Users to judge by the items of a split, and what they must not be shown.

    Attributes
    ----------
    split, mask : the split that is judged by, and those whose items are no candidates
    ks, ndcg : as of :func:`graphemb.kernels.item_ranking.ranking_metrics`
    users : int64 (S,), their rows in ``data``
    left_out : how many users are not judged, by reason
    """

    data: Interactions
    split: str
    mask: tuple[str, ...]
    ks: tuple[int, ...]
    ndcg: str
    users: np.ndarray
    left_out: dict[str, int]

    @cached_property
    def relevant(self) -> sp.csr_array:
        """(S, m): the items that each judged user should find."""
        return self.data.split(self.split)[self.users]

    @cached_property
    def seen(self) -> sp.csr_array | None:
        """(n, m): what is no candidate, of all users; None where nothing is masked."""
        parts = [self.data.split(name) for name in self.mask]
        return sp.csr_array(sum(parts[1:], parts[0])) if parts else None

    @cached_property
    def n_candidates(self) -> np.ndarray:
        """(S,): how many items each judged user may be shown."""
        masked = 0 if self.seen is None else np.diff(self.seen.indptr)[self.users]
        return np.asarray(self.data.n_items - masked + np.zeros(len(self.users), dtype=np.int64))

    @cached_property
    def degrees(self) -> np.ndarray:
        """Training items of each judged user."""
        return np.diff(self.data.train.indptr)[self.users].astype(np.int64)

    @cached_property
    def popularity(self) -> np.ndarray:
        """Training interactions of each item."""
        return np.bincount(self.data.train.indices, minlength=self.data.n_items)

    @cached_property
    def own_popularity(self) -> np.ndarray:
        """Mean training popularity of each judged user's training items; NaN without any."""
        total = (self.data.train @ self.popularity.astype(np.float64))[self.users]
        return np.divide(total, self.degrees, out=np.full(len(total), np.nan), where=self.degrees > 0)


@dataclass(frozen=True)
class RankedMethod:
    """A method's rankings of the judged users: ``ranked`` int64 (S, k), and ``values`` by metric, (S,) each."""

    label: str
    baseline: bool
    ranked: np.ndarray
    values: Mapping[str, np.ndarray]
