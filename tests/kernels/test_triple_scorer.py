"""Scores of all tails and heads, whatever the decoder and whoever is missing."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.triple_scorer import DecoderTriples, relation_names, triple_scorer
from graphemb.reconstruction.decoders.vectors import make_scorer

RNG = np.random.default_rng(0)
ENTITIES, RELATIONS = ["ann", "bob", "cid", "dot", "eve"], ["knows", "likes", "made"]
X, R = (RNG.normal(size=(n, 8)).astype(np.float32) for n in (5, 3))
DATA = KnowledgeGraph(["eve", "fay", "ann", "bob"], ["made", "owns", "knows"], [[0, 1, 2], [0, 1, 2], [2, 3, 0]])


def embedding(decoder: str, **parts) -> Embedding:
    return Embedding(ENTITIES, X, decoder=decoder, **{"parameters": {"relation": R}, "meta": {"relations": RELATIONS}, **parts})


def expected(e: Embedding, relation: str | None) -> np.ndarray:
    return make_scorer(e, "auto", relation).block(np.arange(len(e)), slice(0, len(e)))


@pytest.mark.parametrize("decoder", ["translation", "rotation", "complex", "hamilton"])
def test_scores_are_those_of_the_decoder(decoder):
    e = embedding(decoder)
    scorer = triple_scorer(e)
    assert (scorer.n_entities, scorer.n_relations) == (5, 3)
    heads, relations = np.array([4, 0, 4]), np.array([2, 0, 0])
    tails, every_head = scorer.tails(heads, relations), scorer.heads(relations, heads)
    for i, (h, r) in enumerate(zip(heads, relations, strict=True)):
        whole = expected(e, RELATIONS[r])
        np.testing.assert_allclose(tails[i], whole[h], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(every_head[i], whole[:, h], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("decoder", ["complex", "bilinear"])
def test_rows_follow_the_data(decoder):
    e = embedding(decoder, parameters={"relation": R, "bilinear": RNG.normal(size=(3, 8, 8))})
    scorer = triple_scorer(e, DATA)
    assert scorer.scores_entity.tolist() == [True, False, True, True]
    assert scorer.scores_relation.tolist() == [True, False, True]
    scores = scorer.tails(np.array([0, 1, 2, 3]), np.array([0, 0, 1, 2]))
    np.testing.assert_allclose(scores[0, [0, 2, 3]], expected(e, "made")[4, [4, 0, 1]], rtol=1e-5)
    np.testing.assert_allclose(scores[3, [0, 2, 3]], expected(e, "knows")[1, [4, 0, 1]], rtol=1e-5)
    assert (scores[:, 1] == -np.inf).all() and (scores[1:3] == -np.inf).all()
    heads = scorer.heads(np.array([2, 1]), np.array([3, 3]))
    np.testing.assert_allclose(heads[0, [0, 2, 3]], expected(e, "knows")[[4, 0, 1], 1], rtol=1e-5)
    assert (heads[1] == -np.inf).all()


def test_relations_may_be_rows():
    e = Embedding([*RELATIONS, *ENTITIES], np.vstack([R, X]), kinds=["relation"] * 3 + ["entity"] * 5, decoder="translation")
    assert relation_names(e) == RELATIONS
    for data, rows in ((None, np.arange(5)), (DATA, np.array([4, -1, 0, 1]))):
        scorer = triple_scorer(e, data)
        assert scorer.n_entities == len(rows)
        made = 2 if data is None else 0
        found = scorer.tails(np.array([0]), np.array([made]))[0, rows >= 0]
        np.testing.assert_allclose(found, -((X[rows[0]] + R[2] - X[rows[rows >= 0]]) ** 2).sum(axis=1), rtol=1e-5)


def test_a_decoder_without_relations_scores_all_alike():
    for parts in ({"parameters": {}, "meta": {}}, {}):
        scorer = triple_scorer(embedding("dot", **parts), DATA)
        assert scorer.scores_relation.all()
        found = scorer.tails(np.array([0, 0]), np.array([0, 2]))
        np.testing.assert_allclose(found[0, [0, 2, 3]], (X @ X.T)[4, [4, 0, 1]], rtol=1e-5)
        assert (found[0] == found[1]).all()


def test_every_relation_is_prepared_once():
    asked = []

    def scorer_of(relation):
        asked.append(relation)
        return make_scorer(embedding("complex"), "auto", RELATIONS[relation])

    scorer = DecoderTriples(scorer_of, 5, 3)
    for _ in range(2):
        scorer.tails(np.array([0, 1, 2]), np.array([1, 0, 1]))
        scorer.heads(np.array([1]), np.array([2]))
    assert asked == [0, 1]


def test_a_relation_that_only_the_embedding_knows_is_never_asked():
    few = KnowledgeGraph.from_triples([("ann", "made", "bob")])
    scorer = triple_scorer(embedding("complex"), few)
    assert scorer.n_relations == 1 and scorer.relation_rows.tolist() == [2]
    np.testing.assert_allclose(scorer.tails(np.array([0]), np.array([0])), expected(embedding("complex"), "made")[[0], :2], rtol=1e-5)


def test_an_entity_alone_and_data_without_triples():
    alone = KnowledgeGraph(["ann"], ["knows"], np.empty((3, 0), np.int64))
    scorer = triple_scorer(embedding("hamilton"), alone)
    assert scorer.tails(np.array([0]), np.array([0])).shape == (1, 1)
    nothing = KnowledgeGraph([], [], [])
    assert triple_scorer(embedding("hamilton"), nothing).n_entities == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(UnknownNameError, match="hamilton"):
        triple_scorer(embedding("dot"), None, "hamiltonian")
    with pytest.raises(DataError, match="none of the 2 entities"):
        triple_scorer(embedding("complex"), KnowledgeGraph.from_triples([("x", "knows", "y")]))
    with pytest.raises(DataError, match="none of the 1 relations"):
        triple_scorer(embedding("complex"), KnowledgeGraph.from_triples([("ann", "wrote", "bob")]))
    with pytest.raises(DataError, match="rows of kind item, user only"):
        triple_scorer(Embedding(["a", "b"], X[:2], kinds=["user", "item"]))
    with pytest.raises((DataError, ParameterError), match="needs relations"):
        triple_scorer(embedding("translation", parameters={}, meta={}), DATA)
