"""Partition tests: all splits against a list of them, random ones against all, ties, and the +1 rule."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.errors import DataError, ParameterError
from graphemb.kernels.partition_test import Alternative, partition_test, random_orders, split_test

SIDES: tuple[Alternative, ...] = ("greater", "less", "two-sided")


def by_listing(values: np.ndarray, m: int, alternative: str) -> float:
    """The p-value from a loop over every split."""
    x = values - values.mean()
    sums = np.array([x[list(part)].sum() for part in combinations(range(len(x)), m)])
    found, near = x[:m].sum(), 1e-9
    reached = {"greater": sums >= found - near, "less": sums <= found + near, "two-sided": np.abs(sums) >= abs(found) - near}
    return float(reached[alternative].mean())


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize(("n", "m"), [(2, 1), (5, 1), (5, 4), (8, 3), (9, 5), (12, 6), (13, 2)])
def test_all_splits_are_counted(n: int, m: int, alternative: Alternative) -> None:
    values = np.random.default_rng(n).normal(size=n)
    found = partition_test(values, m, alternative=alternative)
    assert found.p == pytest.approx(by_listing(values, m, alternative), abs=1e-12)
    assert found.p_kind == f"exact, {comb(n, m):,} splits"
    assert found.statistic == pytest.approx(values[:m].mean() - values[m:].mean())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=3, max_size=9), st.data(), st.sampled_from(SIDES))
def test_ties_count(values: list[int], data: st.DataObject, alternative: Alternative) -> None:
    m = data.draw(st.integers(1, len(values) - 1))
    x = np.array(values) * 0.1
    assert partition_test(x, m, alternative=alternative).p == pytest.approx(by_listing(x, m, alternative), abs=1e-12)


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize("m", [4, 13])
def test_random_splits_agree_with_all(m: int, alternative: Alternative) -> None:
    values = np.random.default_rng(1).normal(size=17)
    values[:m] += 0.4
    exact = partition_test(values, m, alternative=alternative)
    drawn = partition_test(values, m, alternative=alternative, exact_up_to=0, draws=40_000)
    assert "40,000 random splits" in drawn.p_kind
    assert abs(drawn.p - exact.p) < 5 * np.sqrt(exact.p * (1 - exact.p) / 40_000) + 1e-4


def test_p_is_never_zero() -> None:
    values = np.r_[np.full(30, 5.0), np.zeros(30)] + np.random.default_rng(0).normal(size=60)
    assert partition_test(values, 30, draws=999).p == 1 / 1000
    assert partition_test(values, 30, draws=999, alternative="less").p == 1.0


def test_the_same_values_everywhere_tell_nothing() -> None:
    for options in ({}, {"exact_up_to": 0, "draws": 50}):
        assert all(partition_test(np.full(9, 0.1), 4, alternative=a, **options).p == 1.0 for a in SIDES)


def test_many_splits_are_counted_too_where_asked_for() -> None:
    values = np.random.default_rng(2).normal(size=32)
    exact = partition_test(values, 16, exact_up_to=10**12)
    assert exact.p_kind == "exact, 601,080,390 splits"
    assert exact.p == pytest.approx(partition_test(values, 16).p, abs=5e-3)


def test_p_is_uniform_without_a_difference() -> None:
    rng = np.random.default_rng(5)
    found = [partition_test(rng.normal(size=12), 6).p for _ in range(400)]
    assert abs(np.mean(np.array(found) <= 0.1) - 0.1) < 0.05 and abs(np.mean(found) - 0.5) < 0.05


@pytest.mark.parametrize("alternative", SIDES)
def test_any_statistic(alternative: Alternative) -> None:
    values = np.random.default_rng(6).normal(size=9)

    def gap(orders: np.ndarray) -> np.ndarray:
        dealt = values[orders]
        return np.asarray(dealt[:, :4].mean(axis=1) - dealt[:, 4:].mean(axis=1))

    expected = partition_test(values, 4, alternative=alternative)
    exact = split_test(gap, (4, 5), alternative=alternative, at_once=50)
    assert exact.p_kind == "exact, 126 splits"
    assert exact.statistic == pytest.approx(expected.statistic) and exact.p == pytest.approx(expected.p)
    drawn = split_test(gap, (4, 5), alternative=alternative, draws=100)
    assert drawn.p == pytest.approx(expected.p, abs=0.2) and "100 random splits" in drawn.p_kind
    assert np.isnan(split_test(gap, (4, 5), draws=0).p)


def test_three_groups_are_dealt_out_at_random() -> None:
    values = np.r_[np.zeros(4), np.ones(4), np.full(4, 2.0)]
    spread = split_test(lambda o: values[o].reshape(len(o), 3, 4).mean(axis=2).var(axis=1), (4, 4, 4), draws=2_000)
    assert spread.p < 0.01


def test_random_orders_are_orders() -> None:
    blocks = list(random_orders(2**18, 9, np.random.default_rng(0)))
    assert [len(b) for b in blocks] == [4, 4, 1] and (np.sort(blocks[0][0]) == np.arange(2**18)).all()
    few = np.concatenate(list(random_orders(3, 6_000, np.random.default_rng(0))))
    assert np.allclose(np.unique(few, axis=0, return_counts=True)[1] / 6_000, 1 / 6, atol=0.03)


@pytest.mark.parametrize(
    ("values", "n_first", "options", "error", "message"),
    [
        ([1.0, np.nan], 1, {}, DataError, "finite numbers"),
        ([1.0, 2.0], 0, {}, ParameterError, "n_first must be a whole number from 1 to 1"),
        ([1.0, 2.0], 2, {}, ParameterError, "n_first must be a whole number from 1 to 1"),
        ([1.0, 2.0], 1, {"alternative": "both"}, ParameterError, "alternative must be"),
        ([1.0, 2.0], 1, {"exact_up_to": 0, "draws": 0}, ParameterError, "draws must be a whole number of at least 1"),
    ],
)
def test_what_is_refused(values: list[float], n_first: int, options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        partition_test(np.array(values), n_first, **options)
