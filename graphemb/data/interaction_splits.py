"""Filters and splits of interactions: k-core, least rating, ratio, leave-one-out, by time; all by name and seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphemb.data.interactions import SPLITS, Interactions
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.registry import normalise

RULES = ("ratio", "leave-one-out", "time")
_TEST, _VALIDATION = 0.2, 0.1


def rated_at_least(data: Interactions, rating: float) -> Interactions:
    """The interactions rated at least ``rating``; the others leave their splits, and are counted in ``meta["filters"]``.

    Users and items stay, those without an interaction too; :func:`k_core` with ``user=1, item=1`` lets these go.

    >>> data = Interactions(["ann"], ["tea", "rye"], [[0, 0], [0, 1]], ratings=[5, 2])
    >>> kept = rated_at_least(data, 4)
    >>> kept.n_pairs, kept.meta["filters"]
    (1, [{'rule': 'rating', 'at_least': 4.0, 'interactions': 1}])
    """
    if data.ratings is None:
        raise DataError("there are no ratings to filter by; name their column when reading (rating=...)")
    if not np.isfinite(rating):
        raise ParameterError(f"the least rating must be a finite number, got {rating!r}")
    keep = data.ratings >= rating
    return _kept(data, keep, {"rule": "rating", "at_least": float(rating), "interactions": int((~keep).sum())})


def k_core(data: Interactions, user: int = 5, item: int = 5) -> Interactions:
    """The largest part in which every user has at least ``user`` and every item at least ``item`` interactions, of all splits together.

    Users and items with fewer go, with their names, features and texts, until none has fewer (Seidman, "Network structure and minimum
    degree", Social Networks 1983, for the two sides of a bipartite graph). What went is counted in ``meta["filters"]``. Work: O(m) a
    round, of which a few dozen are usual.

    Raises
    ------
    ParameterError : less than 0; DataError : nothing is left

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("bob", "rye"), ("cat", "oat")])
    >>> core = k_core(data, 2, 2)
    >>> list(core.users), list(core.items), core.meta["filters"][0]["interactions"]
    (['ann', 'bob'], ['tea', 'rye'], 1)
    """
    for what, least in (("user", user), ("item", item)):
        if isinstance(least, bool) or not isinstance(least, (int, np.integer)) or least < 0:
            raise ParameterError(f"{what} must be a whole number of at least 0, got {least!r}")
    users, items = data.pairs
    keep = np.ones(data.n_pairs, dtype=bool)
    before = -1
    while before != (before := int(keep.sum())):
        many = np.bincount(users[keep], minlength=data.n_users) >= user, np.bincount(items[keep], minlength=data.n_items) >= item
        keep &= many[0][users] & many[1][items]
    if not keep.any():
        raise DataError(f"no interaction is left where every user has {user} and every item {item}; ask for fewer")
    left = np.flatnonzero(many[0]), np.flatnonzero(many[1])
    counts = {"interactions": int((~keep).sum()), "users": data.n_users - len(left[0]), "items": data.n_items - len(left[1])}
    return _kept(data, keep, {"rule": "k-core", "user": int(user), "item": int(item), **counts}, *left)


def _kept(data: Interactions, keep: np.ndarray, record: dict[str, Any], *left: np.ndarray) -> Interactions:
    """Some interactions, and the users and items ``left`` (all, if not given), with a record of the filter."""
    rows = left or (np.arange(data.n_users), np.arange(data.n_items))
    numbers = [np.full(n, -1) for n in (data.n_users, data.n_items)]
    for number, row in zip(numbers, rows, strict=True):
        number[row] = np.arange(len(row))
    ends = np.cumsum(keep)
    stops = [int(ends[part.stop - 1]) if part.stop else 0 for part in data.splits.values()]
    splits = {name: slice(start, stop) for name, start, stop in zip(data.splits, [0, *stops[:-1]], stops, strict=True)}
    made = Interactions(
        data.users.take(rows[0]),
        data.items.take(rows[1]),
        np.stack([numbers[0][data.pairs[0, keep]], numbers[1][data.pairs[1, keep]]]),
        splits=splits,
        ratings=None if data.ratings is None else data.ratings[keep],
        times=None if data.times is None else data.times[keep],
        features={name: matrix[rows[1]] for name, matrix in data.features.items()},
        item_text=None if data.item_text is None else [data.item_text[row] for row in rows[1]],
        meta={**data.meta, "filters": [*data.meta.get("filters", []), record]},
    )
    made.meta["reading"] = data.meta["reading"]
    return made


def split_interactions(
    data: Interactions, rule: str, *, test: float | None = None, validation: float | None = None, random_state: int = 0
) -> Interactions:
    """Cut all interactions, of whatever splits, into train, validation and test anew.

    Parameters
    ----------
    rule : ``ratio``: of each user, those shares at random; n interactions give ``test * n`` to test, a fraction of one by lot, so that the
        shares hold on average for users of few items too. ``leave-one-out``: of each user the last by time to test, the one before to
        validation (equal times: the later in the data is the last; without times, two at random). ``time``: one cut for all, the latest
        share to test; interactions at the time of a cut go to the later side together
    test, validation : shares in [0, 1), 0.2 and 0.1 if not given; leave-one-out takes no ``test``, and ``validation=0`` for none
    random_state : seed of what is random

    A user keeps at least one training interaction (two rules; a cut by time may leave none). Users too small to give a test interaction
    stay in train whole. What was done, and how many these are, stands in ``meta["split"]``.

    Raises
    ------
    UnknownNameError : no such rule; ParameterError : shares outside their range; DataError : no times, or nothing left to learn from

    >>> data = Interactions.from_pairs([("ann", str(i)) for i in range(10)])
    >>> cut = split_interactions(data, "ratio", test=0.2, validation=0.1)
    >>> [cut.size(name) for name in ("train", "validation", "test")]
    [7, 1, 2]
    """
    names = {normalise(name): name for name in RULES}
    if normalise(rule) not in names:
        raise UnknownNameError("rule of splitting", rule, RULES, remedy=f"known: {', '.join(RULES)}")
    rule = names[normalise(rule)]
    if not data.n_pairs:
        raise DataError("there is no interaction to split")
    if rule == "leave-one-out":
        if test is not None:
            raise ParameterError("leave-one-out holds out one interaction a user; leave test out")
        label, record = _leave_one_out(data, validation, random_state)
    else:
        shares = _shares(_TEST if test is None else test, _VALIDATION if validation is None else validation)
        label, record = (_by_ratio if rule == "ratio" else _by_time)(data, *shares, random_state)
    return _relabelled(data, label, {"rule": rule, **record})


def hold_out(data: Interactions, share: float = 0.1, random_state: int = 0) -> Interactions:
    """That share of each user's training interactions as validation, at random; test stays as it is.

    A fraction of an interaction is given by lot, and every user keeps one, so users with a single one give none. Stated in
    ``meta["hold_out"]``.

    Raises
    ------
    DataError : there is a validation split already; ParameterError : a share outside (0, 1)

    >>> held = hold_out(Interactions.from_pairs([("ann", str(i)) for i in range(10)]), 0.2)
    >>> held.size("train"), held.size("validation")
    (8, 2)
    """
    if not 0 < share < 1:
        raise ParameterError(f"share must lie between 0 and 1, got {share!r}")
    if data.size("validation"):
        raise DataError(f"there is a validation split of {data.size('validation'):,} interactions already; use that")
    rng = np.random.default_rng(random_state)
    label = np.repeat(np.arange(3), [data.size(name) for name in SPLITS])
    train = data.pairs[0, data.splits["train"]]
    rank, count = _ranked(train, rng.random(len(train)), data.n_users)
    label[data.splits["train"]] = rank < _lots(share, count, rng)[train]
    record = {"share": share, "random_state": random_state, "interactions": int((label == 1).sum())}
    return _relabelled(data, label, record, key="hold_out")


def _shares(test: float, validation: float) -> tuple[float, float]:
    if not (0 <= test < 1 and 0 <= validation < 1 and test + validation < 1) or test + validation == 0:
        raise ParameterError(
            f"test and validation must be shares of at least 0 that sum to more than 0 and less than 1, got {test} and {validation}"
        )
    return float(test), float(validation)


def _by_ratio(data: Interactions, test: float, validation: float, random_state: int) -> tuple[np.ndarray, dict[str, Any]]:
    rng = np.random.default_rng(random_state)
    users = data.pairs[0]
    rank, count = _ranked(users, rng.random(len(users)), data.n_users)
    n_test = _lots(test, count, rng)
    n_both = n_test + np.minimum(_lots(validation, count, rng), np.maximum(count - 1 - n_test, 0))
    label = np.where(rank < n_test[users], 2, np.where(rank < n_both[users], 1, 0))
    whole = int(((n_both if test == 0 else n_test) == 0)[count > 0].sum())
    return label, {"test": test, "validation": validation, "random_state": random_state, "users_kept_whole": whole}


def _leave_one_out(data: Interactions, validation: float | None, random_state: int) -> tuple[np.ndarray, dict[str, Any]]:
    if validation not in (None, 0):
        raise ParameterError(f"leave-one-out holds out one interaction a user for validation, or none with 0; got {validation!r}")
    held = 1 if validation == 0 else 2
    users = data.pairs[0]
    # ranks count from the last: time, and the place in the data where times are equal
    key = np.random.default_rng(random_state).random(len(users)) if data.times is None else -data.times
    rank, count = _ranked(users[::-1], key[::-1], data.n_users)
    rank = rank[::-1]
    splittable = (count > held)[users]
    label = np.where(splittable & (rank == 0), 2, np.where(splittable & (rank == 1) & (held == 2), 1, 0))
    record: dict[str, Any] = {"order": "random", "random_state": random_state} if data.times is None else {"order": "time"}
    return label, {**record, "validation": held == 2, "users_kept_whole": int(((count > 0) & (count <= held)).sum())}


def _by_time(data: Interactions, test: float, validation: float, random_state: int) -> tuple[np.ndarray, dict[str, Any]]:
    if data.times is None:
        raise DataError("there are no times to split by; name their column when reading (time=...), or split by ratio or leave-one-out")
    ordered = np.sort(data.times)
    m = len(ordered)
    # a cut lies before the first interaction of the later side: nothing with that time stays on the earlier one
    cuts = [ordered[m - n] if (n := round(share * m)) else np.inf for share in (test, test + validation)]
    label = np.where(data.times >= cuts[0], 2, np.where(data.times >= cuts[1], 1, 0))
    if not (label == 0).any():
        raise DataError("a cut by time leaves nothing to learn from: too many interactions have the same time; split by ratio instead")
    trained = np.unique(data.pairs[0, label == 0])
    idle = len(np.setdiff1d(data.pairs[0], trained))
    times = {"cut_validation": float(cuts[1]), "cut_test": float(cuts[0])}
    return label, {"test": test, "validation": validation, **{k: v for k, v in times.items() if v < np.inf}, "users_without_training": idle}


def _ranked(users: np.ndarray, key: np.ndarray, n_users: int) -> tuple[np.ndarray, np.ndarray]:
    """The rank (from 0) of each interaction among its user's by ``key``, equal ones in their order; and each user's number of them."""
    count = np.bincount(users, minlength=n_users)
    order = np.lexsort((key, users))
    rank = np.empty(len(users), dtype=np.int64)
    rank[order] = np.arange(len(users)) - np.repeat(np.cumsum(count) - count, count)
    return rank, count


def _lots(share: float, count: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How many of each user's interactions make the share: its whole part, one more by lot for the fraction, and never all."""
    exact = np.round(share * count, 9)  # 0.29 * 100 is 29
    return np.minimum(np.floor(exact + rng.random(len(count))), np.maximum(count - 1, 0)).astype(np.int64)


def _relabelled(data: Interactions, label: np.ndarray, record: dict[str, Any], key: str = "split") -> Interactions:
    made = data.replace(splits={name: np.flatnonzero(label == i) for i, name in enumerate(SPLITS)}, meta={**data.meta, key: record})
    made.meta["reading"] = data.meta["reading"]
    return made
