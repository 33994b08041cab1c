"""The decoder of all models of triples, from what their embeddings store."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import multiply
from graphemb.kernels.triple_scorer import triple_scorer
from graphemb.reconstruction.decoders.hypercomplex import Hypercomplex
from graphemb.reconstruction.decoders.vectors import make_scorer

N, D = 7, 8
RNG = np.random.default_rng(5)
X = RNG.normal(size=(N, D)).astype(np.float32)
R = RNG.normal(size=(4, D)).astype(np.float32)
BIAS = RNG.normal(size=N).astype(np.float32)


def embedding(*, reciprocal: bool, score: str = "dot", product: str = "dihedron", **parameters: np.ndarray) -> Embedding:
    relations = ["likes", "knows"] if reciprocal else ["likes", "knows", "made", "owns"]
    notes = {"relations": relations, "scoring": {"product": product, "score": score, "reciprocal": reciprocal}}
    parts = {"relation": R, "place.structure": np.full(3, np.nan), **parameters}
    return Embedding(range(N), X, kinds=["entity"] * N, decoder="hypercomplex", parameters=parts, meta={"notes": notes})


def dense(score: str, relation: int) -> np.ndarray:
    q = multiply("dihedron", X.astype(float), R[relation].astype(float))
    return (q @ X.T if score == "dot" else -((q[:, None] - X) ** 2).sum(axis=2)) + BIAS


@pytest.mark.parametrize("score", ["dot", "distance"])
def test_one_relation_of_a_model(assert_scores, score):
    e = embedding(reciprocal=False, score=score, tail_bias=BIAS)
    assert_scores(make_scorer(e, "auto", "made"), dense(score, 2), 1e-4)


@pytest.mark.parametrize("score", ["dot", "distance"])
def test_heads_are_asked_by_the_reciprocal_relation(score):
    e = embedding(reciprocal=True, score=score, tail_bias=BIAS)
    scorer = make_scorer(e, "auto", "knows")
    every = np.arange(N)
    backward = scorer.reversed()
    np.testing.assert_allclose(scorer.block(every, slice(0, N)), dense(score, 1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(backward.block(every, slice(0, N)), dense(score, 3), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(backward.pairs(every, every[::-1]), dense(score, 3)[every, every[::-1]], rtol=1e-4, atol=1e-4)
    aligned = triple_scorer(e)
    np.testing.assert_allclose(aligned.heads(np.array([1]), np.array([4]))[0], dense(score, 3)[4], rtol=1e-4, atol=1e-4)


def test_symmetric_relations_are_told():
    real = R.copy()
    real[:, 4:] = 0
    assert make_scorer(embedding(reciprocal=False, product="complex", relation=real), "auto", "owns").symmetric
    assert not make_scorer(embedding(reciprocal=False, product="complex"), "auto", "owns").symmetric
    assert not make_scorer(embedding(reciprocal=False, product="complex", relation=real, tail_bias=BIAS), "auto", "owns").symmetric


def test_numbers_of_a_node_count_what_is_stored_by_entity():
    assert Hypercomplex.numbers_per_node(embedding(reciprocal=True)) == D
    assert Hypercomplex.numbers_per_node(embedding(reciprocal=True, tail_bias=BIAS, head_rotor=X)) == 2 * D + 1


def test_an_embedding_is_checked_once():
    e = embedding(reciprocal=True)
    assert make_scorer(e, "auto", "likes").scorer is make_scorer(e, "auto", "knows").scorer


def test_an_embedding_scores_triples_by_name():
    e = embedding(reciprocal=False, tail_bias=BIAS)
    assert e.score("2", "5", relation="made") == pytest.approx(dense("dot", 2)[2, 5], rel=1e-4)
    np.testing.assert_allclose(e.score(["2", "0"], ["5", "1"], relation="made"), dense("dot", 2)[[2, 0], [5, 1]], rtol=1e-4, atol=1e-5)
    with pytest.raises(ParameterError, match="scored by its relation"):
        e.score("2", "5")
    with pytest.raises(ParameterError, match="without a relation"):
        e.replace(decoder="dot").score("2", "5", relation="made")


def test_what_does_not_fit_is_refused():
    e = embedding(reciprocal=True)
    with pytest.raises(ParameterError, match="name one of likes, knows"):
        make_scorer(e)
    with pytest.raises(UnknownNameError, match="likes"):
        make_scorer(e, "auto", "like")
    with pytest.raises(DataError, match="takes the name of a relation"):
        make_scorer(e, "auto", R[0])
    with pytest.raises(DataError, match="'product' is not there"):
        make_scorer(e.replace(meta={"relations": ["likes", "knows"]}), "auto", "likes")
    with pytest.raises(DataError, match="2 relations but meta names 1"):
        make_scorer(e.replace(meta={"notes": {**e.meta["notes"], "relations": ["likes"]}}), "auto", "likes")
    with pytest.raises(DataError, match="tail_bias of shape"):
        make_scorer(embedding(reciprocal=True, tail_bias=BIAS).take(np.array([0, 1])), "auto", "likes")
    with pytest.raises(DataError, match="relation holds NaN"):
        make_scorer(embedding(reciprocal=True, relation=np.full_like(R, np.nan)), "auto", "likes")
