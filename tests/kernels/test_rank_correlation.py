"""Rank correlation against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from graphemb.kernels import rank_correlation
from graphemb.kernels.rank_correlation import resampled_spearman, spearman


def test_rows_are_correlated_as_scipy_does() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 5, size=(2, 6, 40)).astype(float)
    np.testing.assert_allclose(spearman(x, y), [spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)])
    assert np.isnan(spearman(np.ones((1, 3)), np.array([[1.0, 2.0, 3.0]])))[0]


def test_resamples_are_those_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 30))
    drawn = rng.integers(0, 30, size=(17, 30))
    monkeypatch.setattr(rank_correlation, "AT_ONCE", 100)
    np.testing.assert_allclose(resampled_spearman(x, y, drawn), [spearmanr(x[d], y[d]).statistic for d in drawn])
