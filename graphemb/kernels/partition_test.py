"""The permutation test of a split: is the sum of one part of a list larger than in other splits of the same sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import comb
from typing import Literal

import numpy as np

from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator

Alternative = Literal["greater", "less", "two-sided"]
EXACT_UP_TO = 10**6
"""Splits that are all looked at unless another number is asked for."""
LARGEST_HALF = 24
"""Values in a half of the list whose subsets are all summed: 2^24 sums are 128 MiB."""
KEYS_AT_ONCE = 2**20
ROUNDING = 1e-11
"""Sums of the same size differ by so much of the sum of all sizes and count as equal, as rounding may have parted them."""


@dataclass(frozen=True)
class PartitionTest:
    """What was tested, and its p-value."""

    statistic: float
    """The difference of the means of the two parts, or what :func:`split_test` was asked for."""
    p: float
    p_kind: str
    """How p was found, such as "exact, 12,870 splits"."""


def partition_test(
    values: np.ndarray,
    n_first: int,
    *,
    alternative: Alternative = "greater",
    draws: int = 200_000,
    exact_up_to: int = EXACT_UP_TO,
    random_state: RandomState = 0,
) -> PartitionTest:
    """Whether the first ``n_first`` values are larger than the others, by all splits of the list into parts of the same sizes, or by many.

    Under the null every split is equally probable, and the p-value is the share of splits whose first part has a sum (and so a difference
    of means) at least as large as the one given, that one counted: of all C(n, m) splits where they are at most ``exact_up_to``, else of
    ``draws`` random ones, drawn without replacement within a split, and the one given, (1 + hits) / (1 + draws). So p is never 0. Sums that
    differ by rounding only count as equal.

    All splits are counted without listing them: subsets of each half of the list are summed and sorted, and for each subset of the one half
    a search finds how many of the other reach the sum with it. Work: 2^(n/2) n. So ``exact_up_to`` may be 10^12 for lists of up to 48.

    Parameters
    ----------
    values : n finite numbers, those of the first part first
    n_first : m, from 1 to n - 1
    alternative : "greater", "less", or "two-sided": as far from the mean of all splits, either way

    Raises
    ------
    DataError : values that are not finite; ParameterError : an empty part, or no draws where they are needed

    Source: Phipson and Smyth, "Permutation P-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9 (2010), for the +1.

    >>> partition_test(np.array([3.0, 4.0, 1.0, 2.0]), 2)
    PartitionTest(statistic=2.0, p=0.16666666666666666, p_kind='exact, 6 splits')
    """
    if alternative not in ("greater", "less", "two-sided"):
        raise ParameterError(f"alternative must be 'greater', 'less' or 'two-sided', got {alternative!r}")
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise DataError("a partition test needs a list of finite numbers")
    n, m = len(x), n_first
    require_whole("n_first", m, 1, max(n - 1, 1))
    require_whole("draws", draws, least=0)
    difference = float(x[:m].mean() - x[m:].mean())
    centred = x - x.mean() if alternative != "less" else x.mean() - x
    both, slack = alternative == "two-sided", ROUNDING * float(np.abs(x).sum())
    found = float(centred[:m].sum())
    least = (abs(found) if both else found) - slack
    splits = comb(n, m)
    if splits <= exact_up_to and (n + 1) // 2 <= LARGEST_HALF:
        sides = (centred, -centred) if both else (centred,)
        hits = splits if both and least <= 0 else sum(_splits_at_least(side, m, least) for side in sides)
        return PartitionTest(difference, hits / splits, f"exact, {splits:,} splits")
    require_whole("draws", draws)
    reached = sum(int(((np.abs(sums) if both else sums) >= least).sum()) for sums in _random_sums(centred, m, draws, random_state))
    return PartitionTest(difference, (1 + reached) / (1 + draws), f"Monte Carlo, {draws:,} random splits")


def split_test(
    statistic: Callable[[np.ndarray], np.ndarray],
    sizes: Sequence[int],
    *,
    alternative: Alternative = "greater",
    draws: int = 1_000,
    at_once: int = 1_000,
    random_state: RandomState = 0,
) -> PartitionTest:
    """The same for any statistic of two groups or more: is it more extreme than with the members dealt out to the groups anew.

    ``statistic`` gets orders, int64 (block, n) with n the sum of the ``sizes``, of which the first ``sizes[0]`` places are the first group
    and so on, and returns one number an order; ``at_once`` limits the block. Two groups with at most ``draws`` splits are split in every
    way, else ``draws`` random orders are looked at and the one given counts as one more. "two-sided" compares absolute values.

    >>> x = np.array([3.0, 4.0, 1.0, 2.0])
    >>> split_test(lambda orders: x[orders[:, :2]].sum(axis=1), (2, 2)).p_kind
    'exact, 6 splits'
    """
    require_whole("draws", draws, least=0)
    n = int(sum(sizes))
    found = statistic(np.arange(n)[None])
    side: Callable[[np.ndarray], np.ndarray] = {"greater": np.positive, "less": np.negative, "two-sided": np.abs}[alternative]
    least = float(side(found)[0]) - ROUNDING * max(1.0, abs(float(found[0])))
    if draws == 0:
        return PartitionTest(float(found[0]), np.nan, "")
    splits = comb(n, sizes[0])
    exact = len(sizes) == 2 and splits <= draws
    orders = _every_order(n, sizes[0], splits, at_once) if exact else random_orders(n, draws, generator(random_state), at_once)
    hits = sum(int((side(statistic(block)) >= least).sum()) for block in orders)
    if exact:
        return PartitionTest(float(found[0]), hits / splits, f"exact, {splits:,} splits")
    return PartitionTest(float(found[0]), (1 + hits) / (1 + draws), f"Monte Carlo, {draws:,} random splits")


def random_orders(n: int, draws: int, rng: np.random.Generator, at_once: int = KEYS_AT_ONCE) -> Iterator[np.ndarray]:
    """``draws`` random orders of 0 to n - 1 in blocks, int64 (block, n).

    >>> [block.shape for block in random_orders(3, 5, np.random.default_rng(0))]
    [(5, 3)]
    """
    step = max(1, min(at_once, KEYS_AT_ONCE // max(n, 1)))
    for start in range(0, draws, step):
        yield rng.random((min(step, draws - start), n), dtype=np.float32).argsort(axis=1, kind="stable")


def _every_order(n: int, m: int, splits: int, at_once: int) -> Iterator[np.ndarray]:
    """One order for each split: its m members, then the others."""
    listed = np.fromiter(chain.from_iterable(combinations(range(n), m)), dtype=np.int64, count=splits * m).reshape(splits, m)
    inside = np.zeros((splits, n), dtype=bool)
    np.put_along_axis(inside, listed, True, axis=1)
    orders = (~inside).argsort(axis=1, kind="stable")
    yield from (orders[start : start + at_once] for start in range(0, splits, at_once))


def _random_sums(x: np.ndarray, m: int, draws: int, random_state: RandomState) -> Iterator[np.ndarray]:
    """Sums of ``draws`` random parts of m values, in blocks: of so many random keys the m smallest."""
    rng, few = generator(random_state), min(m, len(x) - m)
    side = x if few == m else -x  # all values sum to 0, so the other part's sum has the other sign
    step = max(1, KEYS_AT_ONCE // len(x))
    for start in range(0, draws, step):
        keys = rng.random((min(step, draws - start), len(x)), dtype=np.float32)
        yield side[np.argpartition(keys, few - 1, axis=1)[:, :few]].sum(axis=1)


def _splits_at_least(x: np.ndarray, m: int, least: float) -> int:
    """How many subsets of m values have a sum of at least ``least``."""
    left, right = (_subset_sums(half) for half in (x[: len(x) // 2], x[len(x) // 2 :]))
    hits = 0
    for size in range(max(0, m - len(right) + 1), min(m, len(left) - 1) + 1):
        hits += int((len(right[m - size]) - np.searchsorted(right[m - size], least - left[size])).sum())
    return hits


def _subset_sums(x: np.ndarray) -> list[np.ndarray]:
    """By size, from 0 to len(x), the sums of all subsets of that size, ascending."""
    sums, sizes = np.zeros(1), np.zeros(1, dtype=np.int64)
    for value in x:
        sums, sizes = np.concatenate([sums, sums + value]), np.concatenate([sizes, sizes + 1])
    return [np.sort(sums[sizes == size]) for size in range(len(x) + 1)]
