"""Rankings of items against hand-made examples and a slow oracle."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels import item_ranking
from graphemb.kernels.item_ranking import rank_items, ranking_metrics, stored_entries
from graphemb.kernels.item_scorer import VectorItems


def scorer_of(scores) -> VectorItems:
    """The scorer of a dense matrix of scores."""
    scores = np.asarray(scores, dtype=np.float32)
    return VectorItems(np.eye(len(scores), dtype=np.float32), np.ascontiguousarray(scores.T))


def binary(rows, n_items: int) -> sp.csr_array:
    """Lists of items, one a user, as a matrix."""
    dense = np.zeros((len(rows), n_items), dtype=np.float32)
    for user, items in enumerate(rows):
        dense[user, items] = 1
    return sp.csr_array(dense)


def oracle(ranking, relevant: set[int], k: int, ndcg: str) -> dict[str, float]:
    """The metrics of one user, term by term."""
    hits = [int(item in relevant) for item in ranking[:k] if item >= 0]
    gain = sum(h / np.log2(r + 1) for r, h in enumerate(hits, start=1))
    ideal_hits = min(k, len(relevant)) if ndcg == "ideal" else sum(hits)
    ideal = sum(1 / np.log2(r + 1) for r in range(1, ideal_hits + 1))
    precisions = [sum(hits[:r]) / r for r in range(1, len(hits) + 1) if hits[r - 1]]
    return {
        f"recall@{k}": sum(hits) / len(relevant),
        f"precision@{k}": sum(hits) / k,
        f"ndcg@{k}": gain / ideal if ideal else 0.0,
        f"MRR@{k}": 1 / (hits.index(1) + 1) if 1 in hits else 0.0,
        f"MAP@{k}": sum(precisions) / min(k, len(relevant)),
        f"hit@{k}": float(any(hits)),
    }


def test_more_relevant_items_than_places():
    found = ranking_metrics(np.array([[0, 5]]), binary([[0, 1, 2]], 6), [2])
    assert found["recall@2"].item() == pytest.approx(1 / 3)
    assert found["precision@2"].item() == 0.5
    assert found["ndcg@2"].item() == pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert found["MAP@2"].item() == pytest.approx(1 / 2)
    assert (found["MRR@2"].item(), found["hit@2"].item()) == (1, 1)


def test_fewer_relevant_items_than_places():
    found = ranking_metrics(np.array([[5, 0, 1, 4]]), binary([[0]], 6), [4])
    assert found["recall@4"].item() == 1
    assert found["precision@4"].item() == 0.25
    assert found["ndcg@4"].item() == pytest.approx(1 / np.log2(3))
    assert found["MRR@4"].item() == found["MAP@4"].item() == 0.5


def test_retrieved_ndcg_forgets_what_was_not_found():
    ranked, relevant = np.array([[0, 5, 4]]), binary([[0, 1, 2]], 6)
    assert ranking_metrics(ranked, relevant, [3], ndcg="retrieved")["ndcg@3"].item() == 1
    assert ranking_metrics(ranked, relevant, [3])["ndcg@3"].item() < 0.5
    assert ranking_metrics(ranked, binary([[1]], 6), [3], ndcg="retrieved")["ndcg@3"].item() == 0


def test_users_without_relevant_items_have_no_figures():
    found = ranking_metrics(np.array([[0, 1], [0, 1]]), binary([[], [0]], 2), [1, 2])
    assert all(np.isnan(values[0]) and np.isfinite(values[1]) for values in found.values())


def test_a_ranking_that_ends_early():
    found = ranking_metrics(np.array([[1, -1, -1]]), binary([[0, 1]], 2), [3])
    assert found["recall@3"].item() == 0.5
    assert found["precision@3"].item() == pytest.approx(1 / 3)


def test_the_last_item_of_the_last_user():
    assert ranking_metrics(np.array([[2]]), binary([[2]], 3), [1])["recall@1"].item() == 1
    assert ranking_metrics(np.array([[2]]), binary([[1]], 3), [1])["recall@1"].item() == 0


@pytest.mark.parametrize("ndcg", ["ideal", "retrieved"])
@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), users=st.integers(1, 6), items=st.integers(1, 12))
def test_metrics_agree_with_the_oracle(ndcg, seed, users, items):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (users, items))  # many ties
    seen, relevant = (sp.csr_array((rng.random((users, items)) < share).astype(np.float32)) for share in (0.3, 0.4))
    depth = int(rng.integers(1, items + 3))
    ks = sorted({1, depth})
    ranked = rank_items(scorer_of(scores), np.arange(users), seen, depth, n_jobs=1)
    found = ranking_metrics(ranked, relevant, ks, ndcg=ndcg)
    for user in range(users):
        taken, wanted = set(seen[[user]].indices.tolist()), set(relevant[[user]].indices.tolist())
        order = [i for i in sorted(range(items), key=lambda i: (-scores[user, i], i)) if i not in taken][:depth]
        assert ranked[user].tolist() == order + [-1] * (depth - len(order))
        for k in ks:
            expected = oracle(order, wanted, k, ndcg) if wanted else dict.fromkeys(oracle(order, {0}, k, ndcg), np.nan)
            for name, value in expected.items():
                assert found[name][user] == pytest.approx(value, nan_ok=True), (name, user)


def test_ndcg_agrees_with_scikit_learn():
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20, 15)).astype(np.float32)
    relevant = (rng.random((20, 15)) < 0.3).astype(np.float32)
    relevant[:, 0] = 1
    ranked = rank_items(scorer_of(scores), np.arange(20), None, 5, n_jobs=1)
    ours = ranking_metrics(ranked, sp.csr_array(relevant), [5])["ndcg@5"].mean()
    assert ours == pytest.approx(ndcg_score(relevant, scores, k=5))


def test_blocks_do_not_change_the_ranking(monkeypatch):
    scores = np.random.default_rng(1).normal(size=(30, 9))
    users, seen = np.array([5, 29, 0, 7, 7]), sp.csr_array((scores > 1).astype(np.float32))
    done = []
    whole = rank_items(scorer_of(scores), users, seen, 4, advance=done.append)
    assert done == [5]
    monkeypatch.setattr(item_ranking, "BLOCK_BYTES", 4 * 9 * 2)
    assert (rank_items(scorer_of(scores), users, seen, 4, advance=done.append) == whole).all()
    assert done == [5, 2, 2, 1]
    assert (whole[3] == whole[4]).all()


def test_only_candidates_are_ranked():
    ranked = rank_items(scorer_of([[3, 2, 1]]), np.array([0]), None, 2, candidates=np.array([False, True, True]))
    assert ranked.tolist() == [[1, 2]]


def test_more_places_than_items():
    assert rank_items(scorer_of([[1, 2]]), np.array([0]), None, 4).tolist() == [[1, 0, -1, -1]]


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite")])
def test_a_score_that_is_no_number_is_named(value, word):
    scorer = VectorItems(np.ones((1, 1), np.float32), np.array([[1.0], [value]], np.float32))
    with pytest.raises(DataError, match=f"mine gives a score that is {word}"):
        rank_items(scorer, np.array([0]), None, 1, name="mine")


def test_minus_infinity_is_never_chosen():
    scorer = VectorItems(np.ones((1, 1), np.float32), np.array([[1.0], [-np.inf]], np.float32))
    assert rank_items(scorer, np.array([0]), None, 2).tolist() == [[0, -1]]


def test_no_users_and_no_entries():
    assert rank_items(scorer_of([[1, 2]]), np.empty(0, np.int64), binary([[0]], 2), 2).shape == (0, 2)
    assert [len(part) for part in stored_entries(binary([[], [0]], 2), np.array([0, 0]))] == [0, 0]


def test_wrong_arguments_are_named():
    ranked, relevant = np.array([[0, 1]]), binary([[0]], 2)
    with pytest.raises(ParameterError, match="k must be from 1 to 2"):
        ranking_metrics(ranked, relevant, [3])
    with pytest.raises(ParameterError, match="got none"):
        ranking_metrics(ranked, relevant, [])
    with pytest.raises(ParameterError, match="a row of relevant items"):
        ranking_metrics(ranked, binary([[0], [1]], 2), [1])
    with pytest.raises(UnknownNameError, match="retrieved"):
        ranking_metrics(ranked, relevant, [1], ndcg="retreived")
    with pytest.raises(ParameterError, match="k must be"):
        rank_items(scorer_of([[1]]), np.array([0]), None, 0)
