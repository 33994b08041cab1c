"""GF-CF against its formula written out with dense matrices, and the published figures."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError, RankWarning
from graphemb.kernels.item_scorer import item_scorer
from graphemb.recommend.gfcf import GFCF

pytestmark = pytest.mark.filterwarnings("ignore:without training interactions:graphemb.errors.DataWarning")


def formula(R: np.ndarray, N: np.ndarray, dim: int, weight: float) -> np.ndarray:
    V = np.linalg.svd(N)[2][:dim].T
    root = np.sqrt(R.sum(axis=0))
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
    return R @ N.T @ N + weight * (R * inverse) @ V @ V.T * root


@pytest.mark.parametrize("weight", [0.3, 0.0, 2.0])
@pytest.mark.parametrize("dim", [1, 4, 8])
def test_scores_are_the_formula(small_data, normalised_dense, dim, weight):
    R = small_data.train.toarray().astype(float)
    e = GFCF(dim, weight=weight).fit(small_data).embedding_
    scores = item_scorer(e, small_data).users(np.arange(12))
    np.testing.assert_allclose(scores, formula(R, normalised_dense(R), dim, weight), atol=1e-6)


def test_the_second_term_is_the_inner_product_of_the_vectors(small_data, normalised_dense):
    R = small_data.train.toarray().astype(float)
    e = GFCF(4).fit(small_data).embedding_
    users, items = e.subset(kind="user").vectors, e.subset(kind="item").vectors
    second = formula(R, normalised_dense(R), 4, 1.0) - formula(R, normalised_dense(R), 4, 0.0)
    np.testing.assert_allclose(users @ items.T, second, atol=1e-6)


def test_who_has_no_training_interactions_has_zeros(small_data):
    with pytest.warns(DataWarning, match="1 of 12 users, 1 of 9 items"):
        e = GFCF(4).fit(small_data).embedding_
    scores = item_scorer(e, small_data).users(np.arange(12))
    assert not e["u3"].any() and not e["i7"].any()
    assert not scores[3].any() and not scores[:, 7].any()
    assert e.meta["notes"]["users_without_training"] == e.meta["notes"]["items_without_training"] == 1


def test_a_new_user_with_a_known_history_gets_the_same_scores(small_data):
    method = GFCF(4).fit(small_data)
    scorer = item_scorer(method.embedding_, small_data)
    np.testing.assert_array_equal(scorer.histories(small_data.train), scorer.users(np.arange(12)))
    placed = method.fold_in({"new": [name for name, there in zip(small_data.items, small_data.train.toarray()[5], strict=True) if there]})
    np.testing.assert_array_equal(placed["new"], method.embedding_["u5"])


def test_a_history_of_several_blocks_is_filtered_like_single_rows(small_data):
    scorer = item_scorer(GFCF(4).fit(small_data).embedding_, small_data)
    many = sp.vstack([small_data.train] * 20, format="csr")  # 240 rows, in blocks of 64
    single = np.concatenate([scorer.histories(small_data.train[[u]]) for u in range(12)] * 20)
    np.testing.assert_allclose(scorer.histories(many), single, rtol=1e-5, atol=1e-6)


def test_scores_survive_a_file_and_another_order_of_the_data(small_data, tmp_path):
    e = GFCF(4).fit(small_data).embedding_
    e.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow")
    scores = item_scorer(e, small_data).users(np.arange(12))
    np.testing.assert_array_equal(item_scorer(back, small_data).users(np.arange(12)), scores)
    R = small_data.train.toarray()
    turned = small_data.from_scipy(R[::-1, ::-1], users=list(small_data.users)[::-1], items=list(small_data.items)[::-1])
    np.testing.assert_array_equal(item_scorer(back, turned).users(np.arange(12)), scores[::-1, ::-1])


def test_more_columns_than_the_rank(small_data):
    with pytest.warns(RankWarning, match="dim=50 is more than the rank of the training matrix"):
        e = GFCF(50).fit(small_data).embedding_
    assert e.dim == np.linalg.matrix_rank(small_data.train.toarray())


def test_all_solvers_agree(small_data):
    dense, arpack, randomized = (
        item_scorer(GFCF(3, solver=solver).fit(small_data).embedding_, small_data).users(np.arange(12))
        for solver in ("dense", "arpack", "randomized")
    )
    np.testing.assert_allclose(arpack, dense, atol=1e-5)
    np.testing.assert_allclose(randomized, dense, atol=1e-3)


@pytest.mark.parametrize("weight", [-0.1, np.nan, np.inf, "much", None, True])
def test_wrong_weight(small_data, weight):
    with pytest.raises(ParameterError, match="weight must be a finite number of at least 0"):
        GFCF(2, weight=weight).fit(small_data)


def test_rows_that_are_not_those_of_the_fit_are_refused(small_data):
    method = GFCF(4).fit(small_data)
    for other in (method.embedding_.subset(kind="item"), method.embedding_.take(np.arange(21)[::-1])):
        with pytest.raises(DataError, match="speaks of other rows"):
            other.score(("item", "i1"), ("item", "i2"))
    with pytest.raises(DataError, match="needs a training matrix"):
        method.fold_in({"new": ["i1"]}).score("new", "new")


@pytest.mark.shared
def test_published_figures_of_ml_1m(published_split, at_20, seconds_for_a_new_user):
    data = published_split("ml-1m")
    embedding = GFCF().fit(data).embedding_
    assert seconds_for_a_new_user(embedding, data) < 0.05
    assert at_20(embedding, data) == pytest.approx((0.2667, 0.2549), abs=0.001)


@pytest.mark.shared
@pytest.mark.slow
def test_published_figures_of_gowalla(published_split, at_20, seconds_for_a_new_user):
    data = published_split("gowalla")
    embedding = GFCF().fit(data).embedding_
    assert seconds_for_a_new_user(embedding, data) < 0.05
    assert at_20(embedding, data) == pytest.approx((0.1849, 0.1518), abs=0.001)
