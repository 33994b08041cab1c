"""SPPMI against dense formulas, and on the Brown corpus."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.data.corpus import Corpus
from graphemb.errors import DataError, DataWarning, ParameterError, RankWarning, UnknownNameError
from graphemb.kernels.cooccurrence import cooccurrence
from graphemb.kernels.corpus_method import kept_words
from graphemb.words.sppmi import SPPMI, associations


def drawn(seed=0, words=40, documents=60):
    """Texts of which each draws its words from one of three topics."""
    rng = np.random.default_rng(seed)
    topic = rng.dirichlet(np.full(words, 0.3), size=3)
    return Corpus([[f"w{w}" for w in rng.choice(words, size=20, p=topic[d % 3])] for d in range(documents)])


def counts(corpus, window=5, weights="linear", min_count=1):
    kept = kept_words(corpus, min_count)
    return cooccurrence(kept.ids, kept.offsets, len(kept), window=window, weights=weights)


def dense(X, shift, smoothing):
    """The definition, n x n."""
    X = X.toarray()
    of_word, of_context = X.sum(axis=1), X.sum(axis=0) ** smoothing
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi = np.log((X / X.sum()) / np.outer(of_word / X.sum(), of_context / of_context.sum()))
    return np.maximum(np.nan_to_num(pmi, nan=0, neginf=-np.inf) - np.log(shift), 0)


@pytest.mark.parametrize("shift", [0.5, 1, 5])
@pytest.mark.parametrize("smoothing", [0.75, 1.0])
def test_associations_equal_the_dense_definition(shift, smoothing):
    X = counts(drawn())
    M = associations(X, shift=shift, smoothing=smoothing)
    np.testing.assert_allclose(M.toarray(), dense(X, shift, smoothing), atol=1e-6)
    assert ((M != M.T).nnz == 0) == (smoothing == 1.0)


@pytest.mark.parametrize("smoothing", [0.75, 1.0])
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_the_sides_rebuild_the_best_matrix_of_that_rank(smoothing, exponent):
    corpus = drawn()
    e = SPPMI(dim=8, min_count=1, smoothing=smoothing, exponent=exponent).fit(corpus).embedding_
    U, s, Vt = np.linalg.svd(dense(counts(corpus), 1, smoothing))
    np.testing.assert_allclose(e.vectors @ e.context.T, (U[:, :8] * s[:8]) @ Vt[:8], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(e.vectors, axis=0), s[:8] ** exponent, rtol=1e-4)


def test_lanczos_and_krylov_agree_with_dense_on_many_words():
    corpus = drawn(words=600, documents=400)
    _, s, _ = np.linalg.svd(dense(counts(corpus), 1, 0.9))
    for solver, tolerance in (("arpack", 1e-5), ("randomized", 2e-3)):
        e = SPPMI(dim=10, min_count=1, smoothing=0.9, solver=solver, exponent=1.0).fit(corpus).embedding_
        np.testing.assert_allclose(np.linalg.norm(e.vectors, axis=0), s[:10], rtol=tolerance)


def test_sides_can_be_added():
    corpus = drawn()
    e, both = (SPPMI(dim=6, min_count=1, add_context=added).fit(corpus).embedding_ for added in (False, True))
    np.testing.assert_allclose(both.vectors, e.vectors + e.context, atol=1e-6)  # at p = 1/2 the sides are U sqrt(S) and V sqrt(S)
    assert both.context is None and both.decoder == "dot"


def test_threads_change_nothing():
    first, second = (SPPMI(dim=6, min_count=1, n_jobs=jobs).fit(drawn()).embedding_ for jobs in (1, 2))
    np.testing.assert_array_equal(first.vectors, second.vectors)


def test_words_that_stand_alone_get_zero_vectors():
    corpus = Corpus([["a", "b", "c"], ["b", "c", "d"], ["hermit"], ["a", "d", "d"]])
    with pytest.warns(DataWarning, match="zero vector: 1 of 5"):
        e = SPPMI(dim=2, min_count=1).fit(corpus).embedding_
    assert not e["hermit"].any() and not e.context[e.rows("hermit")].any() and e["a"].any()
    assert e.meta["notes"]["words_without_association"] == 1


def test_rank_below_dim_is_told():
    with pytest.warns(RankWarning, match="matrix of associations"):
        e = SPPMI(dim=50, min_count=1).fit(["a b", "c d", "a b c d"]).embedding_
    assert e.dim <= 4


def test_nothing_meets_more_often_than_by_chance():
    with pytest.raises(DataError, match="more often than by chance"):
        SPPMI(min_count=1).fit([["a"], ["b"]])


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"shift": 0}, ParameterError),
        ({"smoothing": 0}, ParameterError),
        ({"smoothing": 1.5}, ParameterError),
        ({"exponent": -1}, ParameterError),
        ({"window": 0}, ParameterError),
        ({"min_count": 0}, ParameterError),
        ({"weights": "inverse"}, UnknownNameError),
        ({"solver": "exact"}, UnknownNameError),
    ],
)
def test_bad_settings(settings, error):
    with pytest.raises(error, match=next(iter(settings)) if error is ParameterError else "known"):
        SPPMI(**settings).fit(drawn())


def test_levy_and_goldberg():
    """Skip-gram with k negatives is at its optimum where u . c = PMI - log k: the gradient of its expected loss vanishes there."""
    X = counts(drawn(words=12, documents=200), weights="flat").toarray()
    assert (X > 0).all()
    k, row = 5, X.sum(axis=1)
    score = np.log(X * X.sum() / np.outer(row, row)) - np.log(k)
    # loss of a pair: -X log sigma(s) - k x_i x_j / total log sigma(-s)
    sigma = 1 / (1 + np.exp(-score))
    gradient = -X * (1 - sigma) + k * np.outer(row, row) / X.sum() * sigma
    np.testing.assert_allclose(gradient, 0, atol=1e-9)
    np.testing.assert_allclose(associations(sp.csr_array(X), shift=k).toarray(), np.maximum(score, 0), atol=1e-6)


@pytest.mark.shared
def test_brown_reaches_its_similarities(brown, similarities):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # two words that are near none
        e = SPPMI().fit(brown).embedding_
    assert len(e) == 13_974
    (ws, ws_pairs), (men, men_pairs) = similarities(e)
    assert (ws_pairs, men_pairs) == (274, 1_971)
    assert ws == pytest.approx(0.462, abs=0.002) and men == pytest.approx(0.517, abs=0.002)
