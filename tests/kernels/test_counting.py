"""Counting against sorting, permuting and formulas."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graphemb.errors import DataError
from graphemb.kernels.counting import CUT, LINEAR, METRICS, chance_level, ranking_metrics
from graphemb.kernels.hops import Relevant


def relevant_of(matrix: np.ndarray) -> Relevant:
    """Relevant sets from a boolean matrix."""
    ends = np.cumsum(matrix.sum(axis=1))
    return Relevant(np.flatnonzero(matrix.ravel()) % matrix.shape[1], ends - matrix.sum(axis=1), ends)


def metrics_of_order(relevant: np.ndarray) -> dict[str, float]:
    """Every metric of one ranking without ties, from the definitions; ``relevant`` tells of each rank."""
    r, ranks = relevant.sum(), np.flatnonzero(relevant) + 1
    gains = np.cumsum(relevant)[relevant] / ranks
    others = len(relevant) - r
    filtered = np.array([1 + np.count_nonzero(~relevant[: rank - 1]) for rank in ranks])
    below = [np.count_nonzero(~relevant[rank:]) for rank in ranks]
    return {
        "AP": gains.sum() / r,
        "AP@10": gains[ranks <= CUT].sum() / min(r, CUT),
        "precision@degree": relevant[:r].sum() / r,
        "recall@10": relevant[:CUT].sum() / r,
        "hits@10": float(relevant[:CUT].any()),
        "nDCG": (1 / np.log2(1 + ranks)).sum() / (1 / np.log2(np.arange(r) + 2)).sum(),
        "reciprocal_rank": 1 / ranks[0],
        "AUC": np.mean(below) / others if others else np.nan,
        "filtered_reciprocal_rank": np.mean(1 / filtered),
        "filtered_hits@10": np.mean(filtered <= CUT),
    }


def sorted_ap(scores: np.ndarray, relevant: np.ndarray) -> float:
    """AP by sorting, scores distinct."""
    return metrics_of_order(relevant[np.argsort(-scores, kind="stable")])["AP"]


def expected_metrics(scores: np.ndarray, relevant: np.ndarray) -> dict[str, float]:
    """The mean over all orders of the tied candidates: one order of each tie group after the other, every combination."""
    groups = [np.flatnonzero(scores == value) for value in np.unique(scores)[::-1]]
    orders = [list({tuple(order) for order in itertools.permutations(relevant[g].tolist())}) for g in groups]
    found = [metrics_of_order(np.concatenate([np.array(part, dtype=bool) for part in order])) for order in itertools.product(*orders)]
    return {name: float(np.mean([f[name] for f in found])) for name in found[0]}


def test_without_ties_every_metric_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    scores = np.stack([rng.permutation(400) for _ in range(30)]).astype(np.float32)
    relevant = rng.random((30, 400)) < rng.random((30, 1)) * 0.5
    relevant[:, 7], own = False, np.full(30, 7)
    assert relevant.sum(axis=1).max() > LINEAR > relevant.sum(axis=1).min()  # both ways of counting are used
    found = ranking_metrics(scores.copy(), own, relevant_of(relevant))
    for i in range(30):
        order = [j for j in np.argsort(-scores[i]) if j != 7]
        wanted = metrics_of_order(relevant[i][order])
        for name, value in wanted.items():
            assert found[i, METRICS.index(name)] == pytest.approx(value, abs=1e-12), name
        assert found[i, METRICS.index("tied")] == 0


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.int8, 8, elements=st.integers(0, 3)), hnp.arrays(bool, 8))
def test_with_ties_every_metric_is_the_mean_over_all_orders(scores: np.ndarray, relevant: np.ndarray) -> None:
    relevant[0] = True
    found = ranking_metrics(scores.astype(np.float32)[None], np.array([-1]), relevant_of(relevant[None]), n_missing=1)
    # the source has no column and no candidate lacks one: its own place is the one missing
    for name, value in expected_metrics(scores, relevant).items():
        assert found[0, METRICS.index(name)] == pytest.approx(value, abs=1e-12, nan_ok=True), name


def test_expected_ties_agree_with_4000_random_tie_breaks() -> None:
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 6, 80).astype(np.float32)
    relevant = rng.random(80) < 0.2
    drawn = [sorted_ap(scores + rng.uniform(0, 0.5, 80), relevant) for _ in range(4000)]
    found = ranking_metrics(scores[None].copy(), np.array([-1]), relevant_of(relevant[None]), n_missing=1)[0, 0]
    assert found == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(4000))


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 60), st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 3))
def test_equals_sorting_on_tied_vectors_however_rows_are_split(n: int, seed: int, values: int, jobs: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, values, (n, n)).astype(np.float32)
    relevant = rng.random((n, n)) < rng.random()
    np.fill_diagonal(relevant, False)
    found = ranking_metrics(scores.copy(), np.arange(n), relevant_of(relevant), n_jobs=jobs)[:, 0]
    for u in range(n):
        others = np.delete(np.arange(n), u)
        assert found[u] == pytest.approx(tied_ap(scores[u, others], relevant[u, others]), abs=1e-12, nan_ok=True)


def tied_ap(scores: np.ndarray, relevant: np.ndarray) -> float:
    """Expected AP by sorting: rank i holds a relevant candidate with the share of its tie group."""
    r, total, q, P = relevant.sum(), 0.0, 0, 0
    for value in np.unique(scores)[::-1]:
        t, p = np.count_nonzero(scores == value), np.count_nonzero(relevant[scores == value])
        i = np.arange(1, t + 1)
        total += np.sum(p / t * (P + 1 + (i - 1) * (p - 1) / max(t - 1, 1)) / (q + i))
        q, P = q + t, P + p
    return total / r if r else np.nan


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_is_invariant_to_renumbering(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, relevant = rng.integers(0, 5, (n, n)).astype(np.float32), rng.random((n, n)) < 0.3
    np.fill_diagonal(relevant, False)
    order = rng.permutation(n)
    found = ranking_metrics(scores.copy(), np.arange(n), relevant_of(relevant))
    turned = ranking_metrics(scores[order][:, order].copy(), np.arange(n), relevant_of(relevant[order][:, order]))
    np.testing.assert_array_equal(turned, found[order])


@pytest.mark.parametrize("r", [1, 5, LINEAR, LINEAR + 1, 200])
def test_the_matrix_itself_scores_exactly_one(r: int) -> None:
    row = np.zeros((1, 500), dtype=np.float32)
    row[0, 1 : r + 1] = 1
    found = ranking_metrics(row.copy(), np.array([0]), relevant_of(row > 0))[0]
    assert found[METRICS.index("AP")] == found[METRICS.index("nDCG")] == found[METRICS.index("AUC")] == 1
    assert found[METRICS.index("tied")] == 0


@pytest.mark.parametrize(("n", "r"), [(2, 1), (10, 1), (10, 9), (3000, 17)])
def test_equal_scores_give_the_chance_level(n: int, r: int) -> None:
    relevant = np.zeros((1, n), dtype=bool)
    relevant[0, 1 : r + 1] = True
    found = ranking_metrics(np.zeros((1, n), dtype=np.float32), np.array([0]), relevant_of(relevant))[0]
    assert found[0] == pytest.approx(chance_level(n - 1, np.array([r]))[0], abs=1e-12)
    assert found[METRICS.index("AUC")] == (0.5 if r < n - 1 else pytest.approx(np.nan, nan_ok=True))


def test_chance_level_is_the_mean_over_random_orders() -> None:
    rng = np.random.default_rng(2)
    relevant = np.arange(30) < 4
    drawn = [metrics_of_order(rng.permutation(relevant))["AP"] for _ in range(4000)]
    assert chance_level(30, np.array([4]))[0] == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(4000))
    assert np.isnan(chance_level(30, np.array([0]))[0])


def test_excluded_columns_are_no_candidates() -> None:
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 4, (6, 20)).astype(np.float32)
    relevant = rng.random((6, 20)) < 0.3
    relevant[:, [3, 11]] = False
    np.fill_diagonal(relevant, False)
    found = ranking_metrics(scores.copy(), np.arange(6), relevant_of(relevant), excluded=np.array([3, 11]))
    for u in range(6):
        rest = [j for j in range(20) if j not in (u, 3, 11)]
        wanted = tied_ap(scores[u, rest], relevant[u, rest])
        if u != 3:
            assert found[u, 0] == pytest.approx(wanted, abs=1e-12, nan_ok=True)


def test_candidates_without_a_column_come_last_and_level() -> None:
    scores = np.array([[0, 3, 2, 1]], dtype=np.float32)
    # source 0; columns 1, 2, 3 and three more candidates without a column, of which one is relevant
    sets = Relevant(np.array([1, -1]), np.array([0]), np.array([2]))
    found = ranking_metrics(scores, np.array([0]), sets, n_missing=3)[0]
    assert found[0] == pytest.approx((1 + np.mean([2 / 4, 2 / 5, 2 / 6])) / 2)
    assert found[METRICS.index("tied")] == 0.5


def test_a_row_without_relevant_columns_is_nan() -> None:
    found = ranking_metrics(
        np.zeros((1, 3), dtype=np.float32), np.array([0]), Relevant(np.empty(0, dtype=np.int32), np.array([0]), np.array([0]))
    )
    assert np.isnan(found).all()


@pytest.mark.parametrize("column", [1, 2])
@pytest.mark.parametrize("r", [1, 60])
def test_nan_scores_raise(column: int, r: int) -> None:
    scores = np.arange(100, dtype=np.float32)[None]
    scores[0, column] = np.nan
    relevant = np.zeros((1, 100), dtype=bool)
    relevant[0, 2 : 2 + r] = True
    with pytest.raises(DataError, match="NaN"):
        ranking_metrics(scores, np.array([0]), relevant_of(relevant))


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.int8, 6, elements=st.integers(0, 3)), hnp.arrays(np.int8, 6, elements=st.integers(0, 4)))
def test_gains_weigh_ndcg(scores: np.ndarray, gains: np.ndarray) -> None:
    gains[0] = 1
    relevant = gains > 0
    found = ranking_metrics(
        scores.astype(np.float32)[None],
        np.array([-1]),
        Relevant(np.flatnonzero(relevant), np.array([0]), np.array([relevant.sum()]), gains[relevant].astype(float)),
        n_missing=1,
    )[0]
    discount = 1 / np.log2(np.arange(6) + 2)
    groups = [gains[scores == value] for value in np.unique(scores)[::-1]]
    expected = np.concatenate([np.full(len(group), group.mean()) for group in groups])
    assert found[METRICS.index("nDCG")] == pytest.approx((expected * discount).sum() / (np.sort(gains)[::-1] * discount).sum())
    plain = ranking_metrics(scores.astype(np.float32)[None], np.array([-1]), relevant_of(relevant[None]), n_missing=1)[0]
    assert found[0] == plain[0]
