"""The complete scan of signs, against dense float64 arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.errors import DataError, ParameterError
from graphemb.kernels import sign_scan as module
from graphemb.kernels.sign_scan import SignScan, rounding, sign_scan


def dense(U: np.ndarray, V: np.ndarray, A: np.ndarray, margin: float = 0.0) -> dict[str, Any]:
    """The same by n x n arrays. Small whole numbers as factors make it exact."""
    n = len(A)
    s = U.astype(np.float32).astype(float) @ V.astype(np.float32).astype(float).T
    size = np.outer(*(np.linalg.norm(X.astype(float), axis=1) for X in (U, V)))
    off, edge = ~np.eye(n, dtype=bool), (A != 0) & ~np.eye(n, dtype=bool)
    other = off & ~edge
    wrong = edge & (s <= margin) | other & (s > -margin)
    cosines = abs(s[off & (size > 0)]) / size[off & (size > 0)]
    return {
        "pairs": n * (n - 1),
        "edges": int(edge.sum()),
        "false": int((other & (s > 0)).sum()),
        "missing": int((edge & (s <= 0)).sum()),
        "undecided": int((off & (size > 0) & (abs(s) <= rounding(U.shape[1]) * size)).sum()),
        "closest": cosines.min(initial=np.inf),
        "lowest_edge": s[edge].min(initial=np.inf),
        "highest_other": s[other].max(initial=-np.inf),
        "wrong": int(wrong.sum()),
        "listed": list(zip(*np.nonzero(wrong), strict=True)),
    }


def assert_agrees(scan: SignScan, expected: dict[str, Any]) -> None:
    for name in ("pairs", "edges", "false", "missing", "undecided", "wrong"):
        assert getattr(scan, name) == expected[name], name
    for name in ("closest", "lowest_edge", "highest_other"):
        assert getattr(scan, name) == pytest.approx(expected[name], rel=1e-5, abs=1e-6), name


def whole(rng: np.random.Generator, n: int, d: int, high: int = 2) -> np.ndarray:
    """Small whole numbers: every sum is exact, scores of exactly 0 are many, and some vectors are zero."""
    return rng.integers(-high, high + 1, (n, d)).astype(np.float32)


def sparse(rng: np.random.Generator, n: int, share: float = 0.2) -> np.ndarray:
    return (rng.random((n, n)) < share).astype(float)  # directed, with loops


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 40),
    d=st.integers(1, 5),
    rows=st.integers(1, 45),
    columns=st.integers(1, 45),
    margin=st.sampled_from([0.0, 1.0, 2.5]),
    jobs=st.sampled_from([1, 2]),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_the_dense_count_for_any_tiles(n, d, rows, columns, margin, jobs, seed):
    rng = np.random.default_rng(seed)
    U, V, A = whole(rng, n, d), whole(rng, n, d), sparse(rng, n, rng.random())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS", rows)
        patch.setattr(module, "COLUMNS", columns)
        scan = sign_scan(U, V, sp.csr_array(A), margin=margin, collect=n * n, n_jobs=jobs)
    expected = dense(U, V, A, margin)
    assert_agrees(scan, expected)
    assert list(zip(scan.rows, scan.columns, strict=True)) == expected["listed"]


@pytest.mark.parametrize("d", [1, 7, 64, 300])
def test_equals_the_dense_count_of_real_numbers(d):
    rng = np.random.default_rng(d)
    U, V = (rng.normal(size=(300, d)).astype(np.float32) for _ in range(2))
    A = sparse(rng, 300, 0.05)
    assert_agrees(sign_scan(U, V, sp.csr_array(A)), dense(U, V, A))


def test_several_tiles_of_the_real_size():
    rng = np.random.default_rng(0)
    n = module.COLUMNS + 100
    U, V, A = whole(rng, n, 3), whole(rng, n, 3), sparse(rng, n, 0.01)
    told = []
    scan = sign_scan(U, V, sp.csr_array(A), margin=1, advance=told.append)
    assert_agrees(scan, dense(U, V, A, 1))
    assert sum(told) == scan.pairs


def test_signs_that_float32_cannot_tell_are_judged_in_float64():
    # 1e8 + 1 - 1e8 is 0 in float32 and 1 in float64
    U = np.array([[1e4, 1, 1e4], [0, 0, 0]], dtype=np.float32)
    V = np.array([[0, 0, 0], [1e4, 1, -1e4]], dtype=np.float32)
    scan = sign_scan(U, V, sp.csr_array(np.array([[0, 1], [0, 0]])))
    assert (scan.false, scan.missing, scan.undecided, scan.lowest_edge) == (0, 0, 1, 1.0)
    assert scan.exact and not scan.safe
    scan = sign_scan(U, V, sp.csr_array((2, 2)))
    assert (scan.false, scan.missing, scan.undecided, scan.highest_other) == (1, 0, 1, 1.0)


def test_signs_that_plain_float64_cannot_tell_are_told():
    # 1e20 + 1e-30 - 1e20 is 0 in float64
    U = np.array([[1e10, 1, 1e10], [0, 0, 0]], dtype=np.float32)
    V = np.array([[0, 0, 0], [1e10, 1e-30, -1e10]], dtype=np.float32)
    scan = sign_scan(U, V, sp.csr_array((2, 2)))
    assert (scan.false, scan.undecided, scan.exact) == (1, 1, False)
    assert sign_scan(U, V, sp.csr_array(np.array([[0, 1], [0, 0]]))).exact
    assert sign_scan(U, -V, sp.csr_array((2, 2))).exact


def test_products_below_float32_are_judged_in_float64():
    U = np.full((2, 2), 1e-30, dtype=np.float32)
    scan = sign_scan(U, U, sp.csr_array((2, 2)))
    assert (scan.false, scan.undecided, scan.exact) == (2, 2, False)
    assert scan.highest_other > 0


def test_zero_vectors_decide_their_pairs():
    scan = sign_scan(np.zeros((5, 3)), np.ones((5, 3)), sp.csr_array((5, 5)))
    assert scan.safe and scan.closest == np.inf and scan.highest_other == 0
    scan = sign_scan(np.zeros((5, 3)), np.ones((5, 3)), sp.csr_array(np.eye(5, k=1)))
    assert (scan.missing, scan.false, scan.exact) == (4, 0, False)


@pytest.mark.parametrize("n", [1, 2, 3, 200])
def test_complete_graph_and_graph_of_loops(n):
    ones = np.ones((n, 1))
    full = sign_scan(ones, ones, sp.csr_array(np.ones((n, n))))
    assert full.safe and full.edges == full.pairs == n * (n - 1)
    assert full.highest_other == -np.inf
    loops = sign_scan(ones, -ones, sp.csr_array(np.eye(n)))
    assert loops.safe and loops.edges == 0 and loops.lowest_edge == np.inf


def test_weights_do_not_count():
    A = np.array([[0, -3.0, 0], [1e6, 0, 0], [0, 0, 0]])
    U = np.array([[1, -1], [-1, 1], [-1, -1]])
    assert sign_scan(U, -U, sp.csr_array(A)).missing == 0
    assert sign_scan(U, -U, sp.csr_array(A)).edges == 2


def test_unsorted_indices_are_sorted():
    A = sp.csr_array((np.ones(3), np.array([2, 1, 0]), np.array([0, 2, 3, 3])), shape=(3, 3))
    assert not A.has_sorted_indices
    rng = np.random.default_rng(0)
    U, V = whole(rng, 3, 2), whole(rng, 3, 2)
    assert_agrees(sign_scan(U, V, A), dense(U, V, A.toarray()))


# -- the wrong pairs


@pytest.mark.parametrize("collect", [1, 10, 100, 1_000])
def test_listed_pairs_are_an_even_sample_whatever_the_threads(collect):
    rng = np.random.default_rng(1)
    U, V, A = whole(rng, 150, 3), whole(rng, 150, 3), sparse(rng, 150)
    scans = [sign_scan(U, V, sp.csr_array(A), collect=collect, n_jobs=jobs) for jobs in (1, 2)]
    pairs = [list(zip(s.rows, s.columns, strict=True)) for s in scans]
    expected = dense(U, V, A)
    assert scans[0].wrong == scans[1].wrong == expected["wrong"] > 1_000
    assert pairs[0] == pairs[1] and set(pairs[0]) <= set(expected["listed"])
    assert len(set(pairs[0])) == len(pairs[0]) <= collect
    if collect >= 100:  # half of it on average where the limit was halved last
        assert len(pairs[0]) > collect / 3
        rows = scans[0].rows
        assert 55 < rows.mean() < 95  # neither the first rows nor the last


@pytest.mark.parametrize("collect", [1, 2, 4])
def test_short_lists_neither_know_the_threads_nor_throw_away_what_fits(collect):
    """The limit is the largest 2^-k of all hashes that lets no more through than there is room for."""
    rng = np.random.default_rng(2)
    U, V, A = whole(rng, 40, 3), whole(rng, 40, 3), sparse(rng, 40)
    wrong = dense(U, V, A)["listed"]
    for seed in range(60):
        hashes = np.array([int(module._hash(u, v, seed)) for u, v in wrong], dtype=np.uint64)
        bits = next(k for k in range(64) if (hashes <= module.FULL >> np.uint64(k)).sum() <= collect)
        expected = [pair for pair, number in zip(wrong, hashes, strict=True) if number <= module.FULL >> np.uint64(bits)]
        for jobs in (1, 2):
            scan = sign_scan(U, V, sp.csr_array(A), collect=collect, seed=seed, n_jobs=jobs)
            assert list(zip(scan.rows, scan.columns, strict=True)) == expected


def test_another_seed_lists_other_pairs():
    rng = np.random.default_rng(1)
    U, V, A = whole(rng, 100, 3), whole(rng, 100, 3), sparse(rng, 100)
    first, second = (sign_scan(U, V, sp.csr_array(A), collect=100, seed=seed) for seed in (0, 1))
    common = set(zip(first.rows, first.columns, strict=True)) & set(zip(second.rows, second.columns, strict=True))
    assert len(common) < 30


# -- refused


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", ["U", "V"])
def test_factors_that_are_not_finite_are_refused(bad, side):
    factors = {"U": np.ones((3, 2)), "V": np.ones((3, 2))}
    factors[side][1, 1] = bad
    with pytest.raises(DataError, match=f"{side} holds numbers"):
        sign_scan(**factors, adjacency=sp.csr_array((3, 3)))


def test_other_refusals():
    ones, none = np.ones((3, 2)), sp.csr_array((3, 3))
    with pytest.raises(DataError, match="3 rows"):
        sign_scan(np.ones((4, 2)), ones, none)
    with pytest.raises(DataError, match="same shape"):
        sign_scan(ones, np.ones((3, 1)), none)
    with pytest.raises(DataError, match="beyond"):
        sign_scan(ones * 1e25, ones * 1e25, none)
    with pytest.raises(DataError, match="square"):
        sign_scan(ones, ones, sp.csr_array((3, 4)))
    with pytest.raises(DataError, match="at least one node"):
        sign_scan(np.ones((0, 2)), np.ones((0, 2)), sp.csr_array((0, 0)))
    for settings_ in ({"margin": -1.0}, {"margin": np.nan}, {"collect": -1}, {"seed": -1}):
        with pytest.raises(ParameterError, match="at least 0"):
            sign_scan(ones, ones, none, **settings_)
