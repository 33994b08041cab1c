"""Every decoder against an explicit loop over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.reconstruction.decoders.vectors import make_scorer
from graphemb.reconstruction.restore import restore

N = 7


def random_embedding(seed: int = 0, n: int = N, dim: int = 4, context: bool = False) -> Embedding:
    rng = np.random.default_rng(seed)
    sides = rng.normal(size=(2, n, dim))
    return Embedding([f"n{i}" for i in range(n)], sides[0], sides[1] if context else None)


def dense(score, n: int = N) -> np.ndarray:
    return np.array([[score(u, v) for v in range(n)] for u in range(n)])


def test_dot(assert_scores):
    e = random_embedding()
    x = e.vectors.astype(float)
    assert_scores(make_scorer(e), dense(lambda u, v: x[u] @ x[v]))


def test_source_target_and_not_the_other_way_round(assert_scores):
    e = random_embedding(context=True)
    x, y = e.vectors.astype(float), e.context.astype(float)
    scorer = make_scorer(e)
    assert not scorer.symmetric
    assert_scores(scorer, dense(lambda u, v: x[u] @ y[v]))
    assert np.shares_memory(scorer.left, e.vectors) and np.shares_memory(scorer.right, e.context)


def test_cosine_of_a_zero_vector_is_zero(assert_scores):
    x = np.random.default_rng(0).normal(size=(N, 3))
    x[2] = 0
    e = Embedding(range(N), x)
    norms = np.linalg.norm(x, axis=1)
    assert_scores(make_scorer(e, "cosine"), dense(lambda u, v: x[u] @ x[v] / (norms[u] * norms[v]) if norms[u] * norms[v] else 0))


@pytest.mark.parametrize("decoder", ["euclidean", "rbf"])
def test_euclidean_and_rbf(decoder, assert_scores):
    e = random_embedding()
    x = e.vectors.astype(float)
    expected = dense(lambda u, v: -((x[u] - x[v]) ** 2).sum())
    assert_scores(make_scorer(e, decoder), np.exp(expected) if decoder == "rbf" else expected)


def test_points_far_from_the_origin_keep_their_distances(assert_scores):
    x = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
    shifted = (x + np.float32(4096)).astype(np.float32)
    x = shifted.astype(float)
    assert_scores(make_scorer(Embedding(range(N), shifted), "euclidean"), dense(lambda u, v: -((x[u] - x[v]) ** 2).sum()), 1e-4)


@pytest.mark.filterwarnings("ignore:the mean squared distance")  # the two lines are so far apart that rbf is 0 between them
@pytest.mark.parametrize("decoder", ["euclidean", "rbf"])
def test_distant_tight_clusters_rank_right(decoder):
    steps = np.arange(200) * 1e-3
    e = Embedding(range(400), np.concatenate([steps, 100 + steps])[:, None])  # two lines of points a thousandth apart
    graph = Graph.from_edges([(str(u), str(u + 1)) for u in range(399) if u != 199])
    assert restore(e, graph, decoder=decoder).to_frame().loc[0, "mAP"] == 1.0


def test_distant_tight_clusters_agree_with_the_loop():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.standard_normal((10, 64)), 5, axis=0) + 1e-3 * rng.standard_normal((50, 64))
    e = Embedding(range(50), x)
    x = e.vectors.astype(float)
    expected = -((x[:, None] - x) ** 2).sum(axis=2)
    scorer = make_scorer(e, "euclidean")
    found = scorer.block(np.arange(50), slice(0, 50))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-12)
    assert np.shares_memory(scorer.left, e.vectors) and np.shares_memory(scorer.right, e.vectors)


def test_auto_is_the_embeddings_own_decoder_and_score_goes_through_it():
    e = random_embedding(context=True)
    assert e.score("n1", "n2") == pytest.approx(float(e.vectors[1] @ e.context[2]))
    assert e.replace(decoder="euclidean").score("n1", "n2") == pytest.approx(-float(((e.vectors[1] - e.vectors[2]) ** 2).sum()), rel=1e-5)


def test_what_does_not_fit_is_refused():
    e = random_embedding()
    with pytest.raises(DataError, match="needs an embedding with a context"):
        make_scorer(e, "source-target")
    with pytest.raises(UnknownNameError, match="cosine"):
        make_scorer(e, "cosin")
    with pytest.raises(ParameterError, match="without a relation"):
        make_scorer(e, "dot", relation="likes")
    broken = e.vectors.copy()
    broken[3, 1] = np.nan
    with pytest.raises(DataError, match="n3"):
        make_scorer(Embedding._trusted(e.names, broken, None))


def test_rbf_warns_where_it_underflows():
    with pytest.warns(DataWarning, match="underflow"):
        make_scorer(Embedding(range(3), [[0.0], [100.0], [200.0]]), "rbf")


def test_bilinear(assert_scores):
    rng = np.random.default_rng(1)
    form = rng.normal(size=(4, 4)).astype(np.float32)
    e = random_embedding(context=True).replace(parameters={"bilinear": form}, decoder="bilinear")
    x, y = e.vectors.astype(float), e.context.astype(float)
    assert_scores(make_scorer(e), dense(lambda u, v: x[u] @ form @ y[v]), 1e-4)
    assert make_scorer(random_embedding().replace(parameters={"bilinear": form + form.T}), "bilinear").symmetric
    with pytest.raises(DataError, match="parameters"):
        make_scorer(random_embedding(), "bilinear")
    with pytest.raises(DataError, match="shape"):
        make_scorer(e.replace(parameters={"bilinear": form[:3]}))
