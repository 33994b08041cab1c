"""Filtered singular vectors against dense decompositions."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.errors import UnknownNameError
from graphemb.recommend.filtered_svd import FilteredSVD

pytestmark = pytest.mark.filterwarnings("ignore:without training interactions:graphemb.errors.DataWarning")

FILTERS = {
    "ideal": lambda s: np.ones_like(s),
    "linear": lambda s: s**2,
    "lightgcn-0": lambda s: np.ones_like(s),
    "lightgcn-3": lambda s: (1 + s + s**2 + s**3) / 4,
    "bspm": lambda s: (s**2 + 0.2) * sum((-2.5 * s**2) ** k / [1, 1, 2, 6, 24][k] for k in range(5)),
}


@pytest.mark.parametrize("asymmetric", [False, True])
@pytest.mark.parametrize("name", FILTERS)
def test_scores_are_the_filtered_decomposition(small_data, normalised_dense, name, asymmetric):
    R = small_data.train.toarray().astype(float)
    N = normalised_dense(R)
    s, Vt = np.linalg.svd(N)[1:]
    g = (Vt[:4].T * FILTERS[name](s[:4])) @ Vt[:4]  # the filter between items
    root = np.sqrt(R.sum(axis=0))
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
    expected = (R * inverse) @ g * root if asymmetric else N @ g
    e = FilteredSVD(4, filter=name, asymmetric=asymmetric).fit(small_data).embedding_
    np.testing.assert_allclose(e.subset(kind="user").vectors @ e.subset(kind="item").vectors.T, expected, atol=1e-6)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_a_new_user_with_a_known_history_gets_the_same_vector(small_data, asymmetric):
    method = FilteredSVD(4, asymmetric=asymmetric).fit(small_data)
    taken = small_data.train.toarray() > 0
    histories = {f"new {u}": np.asarray(small_data.items)[taken[u]].tolist() for u in range(12)}
    np.testing.assert_array_equal(method.fold_in(histories).vectors, method.embedding_.subset(kind="user").vectors)


def test_columns_are_orthogonal_and_ordered(small_data):
    items = FilteredSVD(4, filter="linear").fit(small_data).embedding_.subset(kind="item").vectors
    gram = items.T @ items
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-6)
    assert (np.diff(np.diag(gram)) <= 0).all()


def test_filters_are_never_negative():
    from graphemb.recommend.filtered_svd import singular_filter

    s = np.linspace(0, 1, 1001)
    assert all((singular_filter(name)(s) >= 0).all() for name in FILTERS)


@pytest.mark.parametrize("name", ["lightgcn", "lightgcn--1", "linaer", "", None, 3])
def test_unknown_filter(small_data, name):
    with pytest.raises(UnknownNameError, match="unknown filter"):
        FilteredSVD(2, filter=name).fit(small_data)


@pytest.mark.shared
def test_the_figures_of_the_docstring_on_ml_1m(published_split, at_20):
    data = published_split("ml-1m")
    assert at_20(FilteredSVD(filter="ideal").fit(data).embedding_, data) == pytest.approx((0.2271, 0.2049), abs=0.001)
