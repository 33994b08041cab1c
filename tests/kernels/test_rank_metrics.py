"""Figures of ranks against enumeration of all orders, closed cases and PyKEEN."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from graphemb.errors import ParameterError
from graphemb.kernels.rank_metrics import chance_values, figures_of, rank_metrics, rank_values


@pytest.mark.parametrize("C", [1, 2, 3, 5, 6])
def test_expectation_and_variance_over_all_orders(C):
    ranks = np.array([order.index(0) + 1 for order in permutations(range(C))], dtype=float)  # of candidate 0
    values = rank_values(ranks, [1, 3])
    expected, variance = chance_values(np.array([C]), [1, 3])
    for name, each in values.items():
        assert expected[name][0] == pytest.approx(each.mean(), abs=1e-12), name
        assert variance[name][0] == pytest.approx(each.var(), abs=1e-12), name


def test_closed_forms_hold_where_there_are_many_candidates():
    C = 14_541
    j = np.arange(1, C + 1)
    expected, variance = chance_values(np.array([C]), [10])
    assert expected["MRR"][0] == pytest.approx((1 / j).mean(), rel=1e-12)
    assert variance["MRR"][0] == pytest.approx((1 / j).var(), rel=1e-12)
    assert variance["MR"][0] == pytest.approx(j.var(), rel=1e-12)


def test_figures_of_random_ranks_are_those_of_chance():
    rng = np.random.default_rng(5)
    candidates = rng.integers(2, 40, 4_000)
    found = rank_metrics(rng.integers(1, candidates + 1), candidates)
    z = {name: value for name, value in found.items() if name.startswith("z-")}
    assert all(abs(value) < 4 for value in z.values())  # of five standard normal numbers
    assert abs(found["AMR"] - 1) < 0.05 and abs(found["AMRI"]) < 0.05 and abs(found["adjusted-MRR"]) < 0.05


def test_perfect_and_worst_ranks():
    candidates = np.array([3, 5])
    best, worst = rank_metrics(np.ones(2), candidates), rank_metrics(candidates, candidates)
    assert best["MRR"] == best["AMRI"] == best["adjusted-MRR"] == best["adjusted-hits@1"] == 1
    assert worst["AMRI"] == -1 and worst["AMR"] == pytest.approx(8 / 5)
    assert np.isnan(best["adjusted-hits@10"]), "with at most ten candidates every order has them all"


def test_one_candidate_leaves_nothing_to_compare():
    found = rank_metrics(np.ones(3), np.ones(3, dtype=int))
    assert found["MRR"] == found["MR"] == found["AMR"] == 1
    assert all(np.isnan(found[name]) for name in ("AMRI", "adjusted-MRR", "z-MRR", "z-MR", "z-hits@1"))


def test_no_ranks_have_no_figures():
    found = rank_metrics(np.empty((2, 0)), np.empty((2, 0), dtype=int))
    assert list(found) == list(rank_metrics(np.ones(1), np.ones(1, dtype=int)))
    assert all(np.isnan(value) for value in found.values())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="for each of 2 ranks, got 1"):
        rank_metrics(np.ones(2), np.ones(1))
    with pytest.raises(ParameterError, match="k of hits@k must be a whole number"):
        rank_metrics(np.ones(2), np.ones(2), hits=[0])


def test_resamples_are_figures_of_their_means():
    means = {"MRR": np.array([0.5, 0.2]), "MR": np.array([2.0, 9.0])}
    expected = {"MRR": np.array([0.1, 0.1]), "MR": np.array([5.0, 5.0])}
    found = figures_of(means, expected)
    assert found["adjusted-MRR"] == pytest.approx([4 / 9, 1 / 9])
    assert found["AMRI"].tolist() == [0.75, -1.0]
    assert not any(name.startswith("z-") for name in found)


def test_figures_are_pykeens():
    metrics = pytest.importorskip("pykeen.metrics.ranking")
    rng = np.random.default_rng(0)
    candidates = rng.integers(1, 200, 500)
    ranks = rng.integers(1, candidates + 1) + rng.choice([0.0, 0.5], 500) * (candidates > 1)
    ranks = np.minimum(ranks, candidates)
    found = rank_metrics(ranks, candidates, hits=[10])
    theirs = {
        "MRR": metrics.InverseHarmonicMeanRank(),
        "MR": metrics.ArithmeticMeanRank(),
        "AMR": metrics.AdjustedArithmeticMeanRank(),
        "AMRI": metrics.AdjustedArithmeticMeanRankIndex(),
        "hits@10": metrics.HitsAtK(k=10),
        "adjusted-MRR": metrics.AdjustedInverseHarmonicMeanRank(),
        "adjusted-hits@10": metrics.AdjustedHitsAtK(k=10),
        "z-MRR": metrics.ZInverseHarmonicMeanRank(),
        "z-MR": metrics.ZArithmeticMeanRank(),
        "z-hits@10": metrics.ZHitsAtK(k=10),
    }
    for name, metric in theirs.items():
        assert found[name] == pytest.approx(metric(ranks=ranks, num_candidates=candidates), rel=1e-9), name
