"""Correlations with permutations: against scipy, exact where there are few pairs, and on nothing at all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, permutation_test, spearmanr

from graphemb.analysis.bias.correlation import Kind, correlate
from graphemb.errors import DataError


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_against_scipy(kind: Kind) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=30).round(1)
    y = 0.5 * x + rng.normal(size=30).round(1)
    found = correlate(x, y, np.random.default_rng(0), kind=kind)
    expected = pearsonr(x, y) if kind == "pearson" else spearmanr(x, y)
    assert found.r == pytest.approx(expected[0]) and found.low < found.r < found.high
    assert found.p == pytest.approx(expected[1], rel=0.3, abs=5e-4) and found.p_kind == "Monte Carlo, 10,000 random orders"


def test_few_pairs_are_exact() -> None:
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 9])
    found = correlate(x, y, np.random.default_rng(0))
    expected = permutation_test((x,), lambda v: abs(np.corrcoef(v, y)[0, 1]), permutation_type="pairings", alternative="greater")
    assert found.p == pytest.approx(expected.pvalue) and found.p_kind == "exact, 120 orders"


def test_nothing_to_correlate() -> None:
    flat = correlate(np.ones(5), np.arange(5.0), np.random.default_rng(0))
    assert np.isnan([flat.r, flat.p, flat.low]).all()
    with pytest.raises(DataError, match="at least three pairs, got 2"):
        correlate(np.arange(2.0), np.arange(2.0), np.random.default_rng(0))


def test_p_values_without_correlation_are_even() -> None:
    rng = np.random.default_rng(5)
    p = [correlate(rng.normal(size=15), rng.normal(size=15), rng, draws=99).p for _ in range(120)]
    assert 0.02 < np.mean(np.array(p) <= 0.1) < 0.2
