"""Hubness against a loop over all lists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew

from graphemb.analysis.geometry.hubness import gini, occurrences, skewness, skewness_interval
from graphemb.analysis.geometry.subject import Subject


def test_counts_are_those_of_a_dense_loop():
    x = np.random.default_rng(0).normal(size=(120, 20)) + 0.4
    subject = Subject(x.astype(np.float32), "unit", k=7)
    cosine = subject.x @ subject.x.T
    np.fill_diagonal(cosine, -np.inf)
    counts = np.zeros(120, dtype=int)
    for row in cosine:
        counts[np.argsort(-row)[:7]] += 1
    found = occurrences(subject.nearest(subject.live, subject.live), 120)
    assert found.tolist() == counts.tolist()
    assert skewness(found) == pytest.approx(skew(counts))


def test_a_star_is_one_hub():
    counts = occurrences(np.zeros((50, 1), dtype=int), 50)
    assert counts[0] == 50
    assert gini(counts) == pytest.approx(1 - 1 / 50)
    assert skewness(counts) > 6


def test_gini_is_the_mean_gap_of_pairs():
    counts = np.random.default_rng(0).poisson(4, size=80)
    gaps = np.abs(counts[:, None] - counts).sum()
    assert gini(counts) == pytest.approx(gaps / (2 * 80 * counts.sum()))


def test_equal_counts_are_not_skewed():
    assert skewness(np.full(9, 3)) == 0
    assert gini(np.full(9, 3)) == 0
    assert gini(np.zeros(9, dtype=int)) == 0


def test_the_interval_holds_the_value():
    counts = np.random.default_rng(0).poisson(3, size=2_000)
    low, high = skewness_interval(counts, np.random.default_rng(1))
    assert low < skewness(counts) < high
    assert high - low < 0.4
