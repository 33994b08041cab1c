"""Groups of users by their activity, and of items by their popularity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from graphemb.kernels.item_ranking import ranking_hits, stored_entries

PARTS = ("head", "mid", "tail", "cold")


@dataclass(frozen=True)
class Groups:
    """A number for each member, the group it is in, and what the groups are called."""

    of: np.ndarray
    names: tuple[str, ...]


def activity_groups(degrees: np.ndarray, parts: int = 4) -> Groups:
    """Users by their number of training items, in quantile groups; those without any are a group apart.

    >>> groups = activity_groups(np.array([0, 1, 1, 2, 9]), parts=2)
    >>> groups.of.tolist(), groups.names
    ([0, 1, 1, 2, 2], ('no training items', '1 training item', '2-9 training items'))
    """
    return count_groups(degrees, "training item", parts)


def count_groups(counts: np.ndarray, unit: str, parts: int = 4) -> Groups:
    """Members by a count of theirs, in quantile groups; those who have none are a group apart.

    Boundaries are quantiles of ``counts`` (S,) over members with at least one; equal members share a group, so there may be fewer groups.

    >>> count_groups(np.array([5, 5, 7]), "fact", parts=2).names
    ('5 facts', '7 facts')
    """
    active = counts[counts > 0]
    ends = np.unique(np.quantile(active, np.arange(1, parts) / parts, method="lower")) if len(active) else np.empty(0)
    of = np.where(counts > 0, 1 + np.searchsorted(ends, counts), 0)
    there, of = np.unique(of, return_inverse=True)
    return Groups(of, tuple(_count_name(group, counts[of == place], unit) for place, group in enumerate(there)))


def _count_name(group: int, counts: np.ndarray, unit: str) -> str:
    low, high = counts.min(), counts.max()
    span = f"{low:,}" if low == high else f"{low:,}-{high:,}"
    return f"no {unit}s" if group == 0 else f"{span} {unit}{'' if high == 1 else 's'}"


def item_groups(popularity: np.ndarray) -> Groups:
    """Items by their number of training interactions: head, mid and tail hold about a third of all interactions each, cold have none.

    Items are cut from the most popular down; the lower row comes first among equals.

    >>> groups = item_groups(np.array([3, 0, 2, 1]))
    >>> [groups.names[g] for g in groups.of]
    ['head', 'cold', 'mid', 'tail']
    """
    order = np.argsort(-popularity, kind="stable")
    counts = popularity[order].astype(np.float64)
    before = np.cumsum(counts) - counts  # interactions of the items above
    of = np.empty(len(popularity), dtype=np.int64)
    of[order] = np.where(counts > 0, np.minimum(3 * before // max(counts.sum(), 1), 2), 3)
    return Groups(of, PARTS)


def recall_by_item_group(ranked: np.ndarray, relevant: sp.csr_array, groups: Groups, k: int) -> np.ndarray:
    """float64 (S, groups): recall@k of each user restricted to the relevant items of a group; NaN where the user has none of them.

    >>> groups = Groups(np.array([0, 1, 1]), ("head", "tail"))
    >>> recall_by_item_group(np.array([[1, 0]]), sp.csr_array(np.float32([[0, 1, 1]])), groups, 2).tolist()
    [[nan, 0.5]]
    """
    shape, n = (len(ranked), len(groups.names)), len(ranked)
    users, items = stored_entries(relevant, np.arange(n))
    wanted = np.bincount(users * shape[1] + groups.of[items], minlength=n * shape[1]).reshape(shape)
    user, place = np.nonzero(ranking_hits(ranked[:, :k], relevant))
    found = np.bincount(user * shape[1] + groups.of[ranked[user, place]], minlength=n * shape[1]).reshape(shape)
    return np.divide(found, wanted, out=np.full(shape, np.nan), where=wanted > 0)
