"""The sampled solver of the logistic factorization: its parts held against dense sums."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import expit

from graphemb.kernels import hard_pairs
from graphemb.kernels.hard_pairs import HARD, HardPairs, _Pairs, _Tiles
from graphemb.kernels.sign_scan import sign_scan


@pytest.fixture
def adjacency():
    rng = np.random.default_rng(0)
    dense = np.triu(rng.random((60, 60)) < 0.08, 1)
    return sp.csr_array((dense | dense.T).astype(float))


def factors(n, dim=6, scale=0.3, seed=1):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(scale=scale, size=(n, dim)).astype(np.float32) for _ in range(2))


def edges_of(adjacency):
    return np.stack(adjacency.tocoo().coords).astype(np.int64)


def test_gradient_of_edges_and_hard_pairs_is_the_dense_one(adjacency):
    n = adjacency.shape[0]
    U, V = factors(n)
    hard = np.array([[0, 3, 3, 59], [1, 4, 50, 0]])
    hard = hard[:, adjacency.toarray()[hard[0], hard[1]] == 0]
    assert hard.shape[1] >= 2
    target = adjacency.toarray()
    counted = target.copy()
    counted[tuple(hard)] = 1
    signs = np.where(target > 0, 1, -1)
    scores = U.astype(float) @ V.T
    dense = -signs * expit(-signs * scores) * counted
    by_U, by_V = np.full_like(U, np.nan), np.full_like(V, np.nan)
    loss = _Pairs(edges_of(adjacency), hard, n).gradient(U, V, by_U, by_V, 1)
    assert loss == pytest.approx((np.logaddexp(0, -signs * scores) * counted).sum(), rel=1e-6)
    np.testing.assert_allclose(by_U, dense @ V, atol=1e-5)
    np.testing.assert_allclose(by_V, dense.T @ U, atol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_is_told(adjacency, bad):
    U, V = factors(adjacency.shape[0])
    edges = edges_of(adjacency)
    U[edges[0, 0]] = bad
    assert not np.isfinite(_Pairs(edges, edges[:, :0], len(U)).gradient(U, V, np.empty_like(U), np.empty_like(V), 1))


@pytest.mark.parametrize("side", [7, 12, 1_024])
def test_all_shifts_together_sample_every_other_pair_once(adjacency, monkeypatch, side):
    monkeypatch.setattr(hard_pairs, "SIDE", side)
    n = adjacency.shape[0]
    U, V = factors(n, scale=0.2)
    hard = np.array([[0], [1]])
    tiles = _Tiles(edges_of(adjacency), hard, n, np.random.default_rng(3))
    by_U, by_V = np.zeros_like(U), np.zeros_like(V)
    for shift in range(tiles.parts):
        tiles.add_gradient(shift, U, V, by_U, by_V, 1)
    others = adjacency.toarray() == 0
    np.fill_diagonal(others, False)
    others[0, 1] = False
    scores = U.astype(float) @ V.T
    G = expit(np.minimum(scores, HARD)) * others  # hard scores are cut, and noted
    np.testing.assert_allclose(by_U / tiles.parts, G @ V, atol=1e-4)
    np.testing.assert_allclose(by_V / tiles.parts, G.T @ U, atol=1e-4)
    found = tiles.found()
    assert sorted(map(tuple, found.T.tolist())) == sorted(map(tuple, np.argwhere(others & (scores > HARD)).tolist()))


def test_one_step_is_unbiased_over_draws(adjacency, monkeypatch):
    monkeypatch.setattr(hard_pairs, "SIDE", 10)
    n = adjacency.shape[0]
    U, V = (x - 1 for x in factors(n, scale=0.05))
    V = -V  # every score lies near -6: nothing is hard
    draws = []
    for seed in range(400):
        by_U, by_V = np.zeros_like(U), np.zeros_like(V)
        _Tiles(edges_of(adjacency), np.empty((2, 0), dtype=np.int64), n, np.random.default_rng(seed)).add_gradient(1, U, V, by_U, by_V, 1)
        draws.append(by_U.sum(axis=1))
    others = adjacency.toarray() == 0
    np.fill_diagonal(others, False)
    expected = (expit(U.astype(float) @ V.T) * others @ V).sum(axis=1)
    error = np.std(draws, axis=0) / np.sqrt(len(draws))
    assert (abs(np.mean(draws, axis=0) - expected) < 5 * error).all()


def train(adjacency, epochs, **options):
    trainer = HardPairs(adjacency, start(adjacency), epochs=60, lr=0.1, **options)
    for number in range(epochs):
        trainer.epoch(number, lambda amount: None)
    return trainer


def start(adjacency):
    U, V = factors(adjacency.shape[0], dim=12)
    U[:, 0], V[:, 0] = 1.5, -1.5
    return U, V


def test_ends_exact_and_says_so(adjacency):
    trainer = HardPairs(adjacency, start(adjacency), epochs=100, lr=0.1)
    for number in range(100):
        trainer.epoch(number, lambda amount: None)
        if trainer.done():
            break
    assert trainer.done() and number < 99
    predicted = (lambda U, V: U.astype(float) @ V.T > 0)(*trainer.factors())
    np.fill_diagonal(predicted, False)
    assert (predicted == (adjacency.toarray() > 0)).all()
    assert sign_scan(*trainer.factors(), adjacency).safe


def test_nodes_without_edges_on_a_side_are_zero_there(adjacency):
    dense = adjacency.toarray()
    dense[:4] = 0  # no out-edges
    dense[:, 50:] = 0  # no in-edges
    U, V = train(sp.csr_array(dense), 2).factors()
    assert not U[:4].any() and not V[50:].any()
    assert V[:4].any() and U[50:].any()


def test_threads_do_not_change_the_result(adjacency):
    one, two = (train(adjacency, 3, n_jobs=jobs).factors() for jobs in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert a.tobytes() == b.tobytes()


def test_another_seed_draws_other_samples(adjacency):
    assert train(adjacency, 2, seed=0).factors()[0].tobytes() != train(adjacency, 2, seed=1).factors()[0].tobytes()


def test_state_goes_on_as_if_nothing_had_happened(adjacency):
    whole = train(adjacency, 6)
    first = train(adjacency, 3)
    arrays, values = first.state()
    second = HardPairs(adjacency, start(adjacency), epochs=60, lr=0.1)
    second.restore({name: np.array(a) for name, a in arrays.items()}, values)
    for number in range(3, 6):
        second.epoch(number, lambda amount: None)
    assert second.factors()[0].tobytes() == whole.factors()[0].tobytes()
    assert second.hard.tolist() == whole.hard.tolist() and second.evaluations == whole.evaluations
