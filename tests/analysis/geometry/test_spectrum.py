"""The spectrum: IsoScore's short form against its published recipe, invariances, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from graphemb.analysis.geometry.spectrum import effective_rank, iso_score, participation_ratio, principal_axes, top_share
from graphemb.errors import DataError


def published_iso_score(variances: np.ndarray) -> float:
    """The recipe of arXiv 2108.07344, step by step."""
    d = len(variances)
    scaled = variances * np.sqrt(d) / np.linalg.norm(variances)
    delta = np.linalg.norm(scaled - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    phi = (d - delta**2 * (d - np.sqrt(d))) ** 2 / d**2
    return (d * phi - 1) / (d - 1)


@given(arrays.arrays(np.float64, st.integers(2, 30), elements=st.floats(0.001, 1_000)))
def test_the_short_form_is_the_published_recipe(variances):
    assert iso_score(variances) == pytest.approx(published_iso_score(variances), abs=1e-9)


@given(arrays.arrays(np.float64, st.integers(2, 30), elements=st.floats(0.001, 1_000)))
def test_bounds(variances):
    d = len(variances)
    assert 1 - 1e-9 <= participation_ratio(variances) <= d + 1e-9
    assert participation_ratio(variances) <= effective_rank(variances) + 1e-9 <= d + 2e-9
    assert top_share(variances, d) == pytest.approx(1)


def test_iso_score_ignores_shift_scale_and_rotation():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6)) * [3, 2, 1, 1, 1, 0.5]
    turned = 7 * x @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + 20
    assert iso_score(principal_axes(turned)[0]) == pytest.approx(iso_score(principal_axes(x)[0]), rel=1e-9)


def test_axes_are_those_of_the_covariance():
    x = np.random.default_rng(0).normal(size=(100, 5)) + 3
    values, axes = principal_axes(x)
    assert values == pytest.approx(np.sort(np.linalg.eigvalsh(np.cov(x.T) * 99))[::-1])
    assert (x - x.mean(0)) @ axes[:, 0] @ ((x - x.mean(0)) @ axes[:, 0]) == pytest.approx(values[0])


def test_fewer_rows_than_columns():
    """Four rows span three axes however many columns there are."""
    values, _ = principal_axes(np.random.default_rng(0).normal(size=(4, 50)))
    assert (values > 0).sum() == 3
    assert effective_rank(values) <= 3


def test_constant_columns_have_no_variance():
    x = np.random.default_rng(0).normal(size=(50, 4))
    x[:, 2] = 5
    values, _ = principal_axes(x)
    assert (values > 0).sum() == 3


def test_equal_rows_and_a_single_column_are_refused():
    with pytest.raises(DataError, match="all rows are equal"):
        principal_axes(np.ones((5, 3)))
    with pytest.raises(DataError, match="one column only"):
        iso_score(np.array([2.0]))
