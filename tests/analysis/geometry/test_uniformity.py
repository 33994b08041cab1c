"""Uniformity and alignment against pairs written out; intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.geometry.subject import formed
from graphemb.analysis.geometry.uniformity import MOST_ROWS, alignment, uniformity
from graphemb.errors import DataError


def test_uniformity_is_over_all_pairs():
    x = formed(np.random.default_rng(0).normal(size=(60, 5)), "unit")
    squares = ((x[:, None].astype(float) - x) ** 2).sum(axis=2)[np.triu_indices(60, 1)]
    value, low, high = uniformity(x)
    assert value == pytest.approx(np.log(np.exp(-2 * squares).mean()), abs=1e-5)
    assert low == value == high


def test_evenly_spread_rows_come_near_the_limit():
    x = formed(np.random.default_rng(0).normal(size=(2_000, 300)), "unit")
    assert uniformity(x)[0] == pytest.approx(-3.973, abs=0.002)


def test_the_interval_of_a_sample_covers_the_whole():
    rng = np.random.default_rng(0)
    x = formed(rng.normal(size=(3_000, 8)) + 0.5, "unit")
    whole = uniformity(x)[0]
    covered = 0
    for _ in range(40):
        _, low, high = uniformity(x[rng.choice(3_000, 300, replace=False)], population=3_000)
        covered += low <= whole <= high
    assert covered >= 33  # 95% intervals: below 33 of 40 once in 10,000


def test_too_few_too_many_too_far():
    with pytest.raises(DataError, match="2 to 4,000 rows"):
        uniformity(np.ones((1, 2)))
    with pytest.raises(DataError, match="2 to 4,000 rows"):
        uniformity(np.ones((MOST_ROWS + 1, 2)))
    with pytest.raises(DataError, match="rows of length one"):
        uniformity(np.array([[0.0], [1e4]]))


def test_alignment_of_twins_and_strangers():
    x = formed(np.random.default_rng(0).normal(size=(1_000, 50)), "unit")
    assert alignment(x, np.array([[1, 2], [1, 2]]))[0] == 0
    value, low, high = alignment(x, np.stack([np.arange(500), np.arange(500, 1_000)]), population=10_000)
    assert low < 2 < high
    assert value == pytest.approx(2, abs=0.05)
    with pytest.raises(DataError, match="none of the pairs"):
        alignment(x, np.empty((2, 0), dtype=int))
