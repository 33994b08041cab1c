"""Scores of all items for users, whatever the decoder and whoever is missing."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.item_scorer import PairItems, VectorItems, item_scorer
from graphemb.kernels.recommender import user_item_embedding

DATA = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("cid", "oat")])
RNG = np.random.default_rng(0)
U, V, P = (RNG.normal(size=(3, 4)).astype(np.float32) for _ in range(3))


def embedding(**parts) -> Embedding:
    return user_item_embedding(DATA, U, V, **parts)


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


EXPECTED = {
    "dot": U @ V.T,
    "cosine": unit(U) @ unit(V).T,
    "euclidean": -((U[:, None] - V[None]) ** 2).sum(axis=2),
}


@pytest.mark.parametrize("decoder", EXPECTED)
def test_scores_are_those_of_the_decoder(decoder):
    scorer = item_scorer(embedding(), DATA, decoder)
    np.testing.assert_allclose(scorer.users(np.array([2, 0])), EXPECTED[decoder][[2, 0]], rtol=1e-5, atol=1e-5)
    assert isinstance(scorer.scorer, VectorItems if decoder != "euclidean" else PairItems)


def test_rows_follow_the_data():
    other = Interactions.from_pairs([("cid", "rye"), ("eve", "nut"), ("ann", "tea")])
    scorer = item_scorer(embedding(), other)
    assert scorer.scores_user.tolist() == [True, False, True]
    assert scorer.scores_item.tolist() == [True, False, True]
    scores = scorer.users(np.array([0, 2]))
    np.testing.assert_allclose(scores[:, [0, 2]], (U @ V.T)[[2, 0]][:, [1, 0]], rtol=1e-5)
    assert (scores[:, 1] == -np.inf).all()
    with pytest.raises(DataError, match="1 of the users are not in the embedding"):
        scorer.users(np.array([0, 1]))


def test_new_users_of_other_data_are_placed_by_the_items_that_are_known():
    other = Interactions.from_pairs([("cid", "rye"), ("eve", "nut"), ("ann", "tea")])
    scorer = item_scorer(embedding(parameters={"profiles": P}, meta={"notes": {"fold_in": "damped"}}), other)
    taken = sp.csr_array(np.float32([[1, 1, 1], [0, 1, 0]]))
    scores = scorer.histories(taken)
    np.testing.assert_allclose(scores[0, [0, 2]], ((P[1] + P[0]) / np.sqrt(2) @ V.T)[[1, 0]], rtol=1e-5)
    assert (scores[1, [0, 2]] == 0).all()
    assert (scores[:, 1] == -np.inf).all()


def test_cosine_of_new_users():
    scorer = item_scorer(embedding(parameters={"profiles": P}), DATA, "cosine")
    scores = scorer.histories(sp.csr_array(np.float32([[1, 1, 0]])))
    np.testing.assert_allclose(scores, unit((P[0] + P[1])[None]) @ unit(V).T, rtol=1e-5)


def test_embeddings_without_profiles_or_vectors_cannot_place_new_users():
    history = sp.csr_array(np.float32([[1, 0, 0]]))
    with pytest.raises(DataError, match="no profiles"):
        item_scorer(embedding(), DATA).histories(history)
    with pytest.raises(DataError, match="scores known users only"):
        item_scorer(embedding(), DATA, "euclidean").histories(history)


def test_the_order_of_the_rows_does_not_matter():
    rows = np.array([4, 0, 5, 1, 3, 2])
    np.testing.assert_allclose(item_scorer(embedding().take(rows), DATA).users(np.arange(3)), U @ V.T, rtol=1e-5)
    np.testing.assert_allclose(item_scorer(embedding().take(rows)).users(np.arange(1)), (U @ V.T)[:1][:, [1, 2, 0]], rtol=1e-5)


def test_an_embedding_of_the_graph_of_interactions():
    graph = DATA.to_graph()
    e = Embedding(graph.names, np.concatenate([U, V]))
    np.testing.assert_allclose(item_scorer(e, DATA).users(np.arange(3)), U @ V.T, rtol=1e-5)


def test_a_context_is_read_by_its_decoder():
    e = Embedding(DATA.to_graph().names, np.concatenate([U, V]), np.concatenate([V, U]))
    np.testing.assert_allclose(item_scorer(e, DATA).users(np.arange(3)), U @ U.T, rtol=1e-5)


def test_what_is_no_embedding_of_users_and_items():
    with pytest.raises(DataError, match="no names that start with 'user:'"):
        item_scorer(Embedding(["a", "b"], np.eye(2)), DATA)
    with pytest.raises(DataError, match="no rows of kind 'item'"):
        item_scorer(embedding().subset(kind="user"), DATA)
    with pytest.raises(DataError, match="holds none of the 1 users"):
        item_scorer(embedding(), Interactions.from_pairs([("zoe", "tea")]))
    with pytest.raises(DataError, match="3 items but 2 profiles"):
        item_scorer(embedding(parameters={"profiles": P[:2]}), DATA)
    with pytest.raises(UnknownNameError, match="cosine"):
        item_scorer(embedding(), DATA, "cosin")
