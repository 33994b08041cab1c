"""The decoder of closed-form recommenders: users score items, items score users, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.item_scorer import item_scorer
from graphemb.kernels.scorer import Scorer
from graphemb.recommend.bspm import BSPM
from graphemb.reconstruction.decoders.item_filter import ItemFilterDecoder
from graphemb.reconstruction.decoders.vectors import make_scorer

USERS, ITEMS = np.arange(30), np.arange(30, 50)
NEAR = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    taken = np.random.default_rng(5).random((30, 20)) < 0.3
    return BSPM(4).fit(Interactions.from_scipy(taken)).embedding_


@pytest.fixture(scope="module")
def scores(embedding) -> np.ndarray:
    return item_scorer(embedding).users(USERS)


def test_blocks_in_both_directions(embedding, scores):
    scorer = make_scorer(embedding)
    assert isinstance(scorer, Scorer) and scorer.n == 50 and scorer.symmetric and scorer.reversed() is scorer
    np.testing.assert_allclose(scorer.block(USERS, slice(30, 50)), scores, **NEAR)
    np.testing.assert_allclose(scorer.block(USERS[::-3], slice(33, 40)), scores[::-3, 3:10], **NEAR)
    np.testing.assert_allclose(scorer.block(ITEMS, slice(0, 30)), scores.T, **NEAR)
    wide = np.empty((2, 100), dtype=np.float32)
    out = wide[:, 5:12]
    assert scorer.block(np.array([49, 31]), slice(2, 9), out) is out
    np.testing.assert_allclose(out, scores[2:9, [19, 1]].T, **NEAR)


def test_pairs_in_any_order(embedding, scores):
    scorer = make_scorer(embedding)
    u, i = np.random.default_rng(0).integers([30, 20], size=(400, 2)).T
    left, right = np.where(u % 2, u, i + 30), np.where(u % 2, i + 30, u)  # some from the item's side
    np.testing.assert_allclose(scorer.pairs(left, right), scores[u, i], **NEAR)
    assert scorer.pairs(USERS[:0], USERS[:0]).shape == (0,)
    assert embedding.score(("item", "3"), ("user", "7")) == pytest.approx(scores[7, 3], abs=1e-5)


def test_taken_rows_are_renumbered(embedding, scores):
    taken = make_scorer(embedding).take(np.array([4, 40, 2, 39])).take(np.array([2, 0, 1]))  # user 2, user 4, item 10
    assert taken.n == 3
    np.testing.assert_allclose(taken.block(np.array([0, 1]), slice(2, 3)), scores[[2, 4], 10][:, None], **NEAR)
    np.testing.assert_allclose(taken.block(np.array([2]), slice(0, 2)), scores[[2, 4], 10][None], **NEAR)


def test_pairs_of_one_kind_have_no_score(embedding):
    scorer = make_scorer(embedding)
    for rows, columns, kind in ((USERS, slice(0, 2), "user"), (ITEMS, slice(30, 31), "item")):
        with pytest.raises(DataError, match=f"users against items, got {kind} against {kind}"):
            scorer.block(rows, columns)
    with pytest.raises(DataError, match="got item against item"):
        scorer.pairs(ITEMS[:2], ITEMS[:2])
    for rows, columns in ((np.arange(25, 35), slice(0, 2)), (USERS, slice(0, 50))):
        with pytest.raises(DataError, match="mixed"):
            scorer.block(rows, columns)


def test_files_keep_what_scoring_needs(embedding, scores, tmp_path):
    embedding.save(tmp_path / "e.arrow")
    back = make_scorer(Embedding.load(tmp_path / "e.arrow"))
    np.testing.assert_allclose(back.block(USERS, slice(30, 50)), scores, **NEAR)


def test_what_it_needs_is_asked_for(embedding):
    with pytest.raises(DataError, match="needs a training matrix"):
        make_scorer(Embedding(["a"], [[1.0]]), "item-filter")
    with pytest.raises(DataError, match="needs a training matrix"):
        make_scorer(embedding.replace(meta={}))
    with pytest.raises(DataError, match="other rows than these 49"):
        make_scorer(embedding.take(np.arange(49)))
    with pytest.raises(ParameterError, match="without a relation"):
        make_scorer(embedding, relation="likes")


def test_numbers_of_a_row(embedding):
    interactions = len(embedding.parameters["train.indices"])
    assert ItemFilterDecoder.numbers_per_node(embedding) == 4 + round(interactions / 50)
