"""Intrinsic dimension: known dimensions, copies, and the package scikit-dimension."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from graphemb.analysis.geometry.intrinsic_dimension import levina_bickel, neighbour_distances, two_nn, two_nn_likelihood
from graphemb.analysis.geometry.subject import Subject
from graphemb.errors import DataError


def distances(x: np.ndarray, k: int = 10) -> np.ndarray:
    subject = Subject(x.astype(np.float32), "raw", k)
    rows = subject.distinct
    return neighbour_distances(subject.x, rows, subject.nearest(rows, rows))


@pytest.fixture(scope="module")
def plane() -> np.ndarray:
    """Three thousand points of a plane in twelve columns."""
    rng = np.random.default_rng(0)
    return rng.uniform(size=(3_000, 2)) @ rng.normal(size=(2, 12))


def test_a_plane_has_two_dimensions(plane):
    found = distances(plane)
    assert two_nn(found) == pytest.approx(2, abs=0.15)
    value, low, high = two_nn_likelihood(found)
    assert low < 2.05 < high + 0.1
    assert levina_bickel(found)[0] == pytest.approx(2, abs=0.25)
    assert levina_bickel(found)[1] < levina_bickel(found)[0] < levina_bickel(found)[2]
    assert value == pytest.approx(2, abs=0.15)


def test_the_package_agrees():
    with warnings.catch_warnings():  # its imports are not ours to mend
        warnings.simplefilter("ignore")
        skdim = pytest.importorskip("skdim", reason="scikit-dimension is in the extra oracles")
        x = (np.random.default_rng(0).normal(size=(500, 4)) @ np.random.default_rng(1).normal(size=(4, 10))).astype(np.float32)
        theirs = skdim.id.TwoNN().fit(x.astype(float)).dimension_
        mle = skdim.id.MLE().fit(x.astype(float), n_neighbors=10, comb="mle").dimension_
    found = distances(x)
    assert two_nn(found) == pytest.approx(theirs, rel=1e-6)
    assert levina_bickel(found)[0] == pytest.approx(mle, rel=1e-6)


def test_copies_are_left_out(plane):
    once = plane[:500]
    twice = np.concatenate([once, once])
    assert two_nn(distances(twice)) == pytest.approx(two_nn(distances(once)))


def test_scaled_copies_are_copies_on_the_sphere():
    x = np.random.default_rng(0).normal(size=(200, 60)).astype(np.float32)
    subject = Subject(np.concatenate([x, 3 * x, x * np.float32(0.7)]), "unit")
    assert subject.distinct.tolist() == list(range(200))
    alone = Subject(x, "unit")
    assert subject.nearest(subject.distinct, subject.distinct).tolist() == alone.nearest(alone.distinct, alone.distinct).tolist()


@pytest.mark.parametrize(
    ("given", "figure", "said"),
    [
        (np.zeros((3, 2)), two_nn, "every row has a copy"),
        (np.ones((3, 1)), two_nn, "at least two neighbours"),
        (np.ones((3, 2)), levina_bickel, "at least 3 neighbours"),
        (np.ones((3, 4)), levina_bickel, "equally far"),
        (np.ones((20, 2)), two_nn, "equally far"),
        (np.ones((20, 2)), two_nn_likelihood, "equally far"),
    ],
)
def test_what_tells_no_dimension_is_said(given, figure, said):
    with pytest.raises(DataError, match=said):
        figure(given)
