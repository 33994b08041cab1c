"""Distances of sampled pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from graphemb.analysis.geometry.distances import distance_spearman, pair_distances, sampled_pairs
from graphemb.errors import DataError


def test_all_pairs_where_they_are_few():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
    pairs = sampled_pairs(30, 1_000, rng)
    assert pair_distances(x, pairs) == pytest.approx(pdist(x))
    found = distance_spearman(pair_distances(x, pairs), pair_distances(y, pairs), complete=True)
    assert found[0] == pytest.approx(spearmanr(pdist(x), pdist(y)).statistic)
    assert found[0] == found[1] == found[2]


def test_a_sample_has_no_pair_of_one():
    pairs = sampled_pairs(100, 500, np.random.default_rng(0))
    assert pairs.shape == (2, 500)
    assert (pairs[0] != pairs[1]).all()


def test_the_interval_of_a_sample_covers_all_pairs():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6))
    y = x[:, :2] + 0.5 * rng.normal(size=(200, 2))
    whole = spearmanr(pdist(x), pdist(y)).statistic
    covered = 0
    for _ in range(40):
        pairs = sampled_pairs(200, 400, rng)
        _, low, high = distance_spearman(pair_distances(x, pairs), pair_distances(y, pairs))
        covered += low <= whole <= high
    assert covered >= 33


def test_no_order():
    with pytest.raises(DataError, match="at least 3 pairs"):
        distance_spearman(np.ones(2), np.ones(2))
    with pytest.raises(DataError, match="no order to compare"):
        distance_spearman(np.ones(5), np.arange(5.0))
