"""The streamed list of best pairs against sorting all of them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.errors import DataError, ParameterError
from graphemb.kernels import top_pairs as kernel
from graphemb.kernels.pair_bounds import TooManyPairs
from graphemb.kernels.scorer import InnerProduct
from graphemb.kernels.top_pairs import top_pairs


def all_pairs(matrix: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    if directed:
        return np.nonzero(~np.eye(len(matrix), dtype=bool))
    return np.triu_indices(len(matrix), 1)


@st.composite
def cases(draw):
    n = draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    levels = draw(st.sampled_from([1, 2, 3, 1000]))  # few levels: many ties
    left, right = rng.integers(-levels, levels + 1, size=(2, n, 2)).astype(np.float32)
    return left, right, draw(st.booleans()), draw(st.integers(1, 150)), draw(st.booleans())


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(1, 5), st.integers(1, 5))
def test_it_equals_sorting(case, rows, columns):
    left, right, directed, k, prune = case
    n = len(left)
    matrix = left @ right.T
    if not directed:
        matrix = (matrix + matrix.T) / 2
    watch = sp.random_array((n, n), density=0.4, rng=np.random.default_rng(n)).tocsr()
    watch = sp.csr_array(watch + watch.T)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "ROWS", rows)
        patch.setattr(kernel, "COLUMNS", columns)
        best = top_pairs(InnerProduct(left, right), k, directed=directed, watch=watch, prune=prune)
    u, v = all_pairs(matrix, directed)
    ranked = np.sort(matrix[u, v])[::-1]
    listed = min(k, len(u))
    np.testing.assert_array_equal(best.scores, ranked[:listed])
    np.testing.assert_array_equal(matrix[best.sources, best.targets], best.scores)
    assert len(set(zip(best.sources.tolist(), best.targets.tolist(), strict=True))) == listed
    assert (best.sources != best.targets).all() and (directed or (best.sources < best.targets).all())
    assert best.threshold == ranked[listed - 1]
    assert best.beyond == (ranked == best.threshold).sum() - (best.scores == best.threshold).sum()
    entries = (watch.toarray() != 0)[u, v]
    above = np.sort(matrix[u, v][entries & (matrix[u, v] >= best.threshold)])
    np.testing.assert_array_equal(np.sort(best.watched[best.watched >= best.threshold]), above)


def test_pruning_leaves_out_tiles_and_changes_nothing():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(6000, 8)) * rng.pareto(1, size=(6000, 1))).astype(np.float32)
    plain, pruned = (top_pairs(InnerProduct(x, symmetric=True), 500, directed=False, prune=p) for p in (False, True))
    np.testing.assert_allclose(plain.scores, pruned.scores, rtol=1e-5)
    assert pruned.scored < plain.scored / 2


@pytest.mark.parametrize("directed", [True, False])
def test_too_many_pairs_are_refused_unless_bounds_rule_them_out(directed):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8000, 8)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    flat, steep = InnerProduct(x), InnerProduct(x * (rng.pareto(1, size=(8000, 1)) ** 2).astype(np.float32))
    with pytest.raises(TooManyPairs, match="2,000,000"):
        top_pairs(flat, 100, directed=directed, most=2_000_000, prune=False)
    with pytest.raises(TooManyPairs):
        top_pairs(flat, 100, directed=directed, most=20_000_000, prune=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "ROWS", 100)
        patch.setattr(kernel, "COLUMNS", 100)
        assert top_pairs(steep, 100, directed=directed, most=2_000_000, prune=True).scored < 2_000_000


def test_bad_input_is_refused():
    x = np.array([[np.nan], [1.0]], dtype=np.float32)
    with pytest.raises(DataError, match="row 0"):
        top_pairs(InnerProduct(x, symmetric=True), 1, directed=False)
    with pytest.raises(ParameterError, match="at least 1"):
        top_pairs(InnerProduct(x), 0, directed=True)
