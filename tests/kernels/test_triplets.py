"""Samplers: who is drawn how often, what positives and negatives are, users who took nothing or everything."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.triplets import Batch, Sampler


@pytest.fixture
def R() -> sp.csr_array:
    """Six users, five items: user 1 took nothing, user 4 everything."""
    rows = [[1, 1, 0, 0, 1], [0] * 5, [0, 0, 1, 0, 0], [0, 1, 1, 1, 1], [1] * 5, [1, 0, 0, 0, 1]]
    return sp.csr_array(np.array(rows, dtype=np.float32))


def drawn(sampler: Sampler, epochs: int = 1, seed: int = 0) -> list[Batch]:
    rng = np.random.default_rng(seed)
    return [batch for _ in range(epochs) for batch in sampler.epoch(rng)]


@pytest.mark.parametrize("name", ["tensorflow", "pytorch", "pytorch-cpp"])
def test_positives_are_taken_and_negatives_are_not_and_both_are_uniform(R: sp.csr_array, name: str) -> None:
    batches = drawn(Sampler(R, sampler=name, batch_size=4), epochs=1500)
    u, p, n = (np.concatenate([getattr(b, part) for b in batches]) for part in ("users", "positives", "negatives"))
    A = R.toarray()
    assert (A[u, p] == 1).all() and (A[u, n] == 0).all()
    assert set(u) == {0, 2, 3, 5}  # who took nothing or everything cannot be drawn
    for user in (0, 3):
        for items, taken in ((p, A[user] == 1), (n, A[user] == 0)):
            share = np.bincount(items[u == user], minlength=5) / (u == user).sum()
            np.testing.assert_allclose(share, taken / taken.sum(), atol=0.03)
    np.testing.assert_allclose(np.bincount(u, minlength=6)[[0, 2, 3, 5]] / len(u), 0.25, atol=0.02)


def test_an_epoch_is_as_long_as_in_the_repositories(R: sp.csr_array) -> None:
    nnz = int(R.nnz)
    assert nnz == 15
    batches = drawn(Sampler(R, sampler="tensorflow", batch_size=3))
    assert [len(b) for b in batches] == [3] * (nnz // 3 + 1)
    assert all(len(set(b.users)) == 3 for b in batches)
    assert [len(b) for b in drawn(Sampler(R, sampler="pytorch", batch_size=4))] == [4, 4, 4, 3]
    often = np.concatenate([b.users for b in drawn(Sampler(R, sampler="pytorch-cpp", batch_size=5))])
    assert np.bincount(often).tolist() == [3, 0, 3, 3, 0, 3]  # floor(15 / 4 users) each
    for name in ("tensorflow", "pytorch", "pytorch-cpp", "users"):
        sampler = Sampler(R, sampler=name, batch_size=4)
        assert sampler.batches == len(drawn(sampler))


def test_users_alone_are_drawn_once_each(R: sp.csr_array) -> None:
    batches = drawn(Sampler(R, sampler="users", batch_size=2))
    assert sorted(np.concatenate([b.users for b in batches])) == [0, 2, 3, 4, 5]
    assert all(b.positives is None and b.negatives is None for b in batches)


def test_a_batch_larger_than_the_users_repeats_them(R: sp.csr_array) -> None:
    (batch,) = drawn(Sampler(R, sampler="tensorflow", batch_size=64))
    assert len(batch) == 64


def test_who_took_everything_is_left_out_and_counted_where_negatives_are_drawn(R: sp.csr_array) -> None:
    assert Sampler(R).left_out == 1
    without = Sampler(R, negatives=False)
    assert without.left_out == 0
    users = np.concatenate([b.users for b in drawn(without, epochs=20)])
    assert 4 in users and 1 not in users


def test_the_same_seed_draws_the_same(R: sp.csr_array) -> None:
    for name in ("tensorflow", "pytorch", "pytorch-cpp"):
        one, two = (np.concatenate([b.negatives for b in drawn(Sampler(R, sampler=name, batch_size=4), seed=3)]) for _ in range(2))  # type: ignore[arg-type]
        assert (one == two).all()


def test_what_cannot_be_is_refused(R: sp.csr_array) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'pytorch'"):
        Sampler(R, sampler="pytroch")
    with pytest.raises(ParameterError, match="batch_size"):
        Sampler(R, batch_size=0)
    with pytest.raises(DataError, match="no user to learn from"):
        Sampler(sp.csr_array(np.ones((2, 2), np.float32)))
    with pytest.raises(DataError, match="no user to learn from"):
        Sampler(sp.csr_array((2, 2), dtype=np.float32), negatives=False)
