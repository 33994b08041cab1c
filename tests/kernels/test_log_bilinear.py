"""The descent of GloVe's loss against autograd, dense formulas and itself."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphemb.kernels.log_bilinear import BLOCKS, LogBilinear

SIDES = ("vectors", "context", "bias", "context_bias")


def drawn(n=40, density=0.3, seed=0):
    X = sp.random_array((n, n), density=density, rng=np.random.default_rng(seed), format="csr")
    X.data = 1 + 200 * X.data
    return X, np.minimum(X.data / 100, 1).astype(np.float32) ** np.float32(0.75)


def half_loss(X, share, numbers):
    """J/2 by torch, on all entries at once."""
    rows, columns = (torch.from_numpy(a.astype(np.int64)) for a in X.tocoo().coords)
    w, c, b, d = (numbers[name] for name in SIDES)
    error = (w[rows] * c[columns]).sum(1) + b[rows] + d[columns] - torch.from_numpy(np.log(X.data))
    return (torch.from_numpy(share.astype(np.float64)) * error**2).sum() / 2


def test_gradient_of_an_entry_is_autograd_s():
    X = sp.csr_array(([7.0], ([1], [2])), shape=(3, 3))
    share = np.array([0.4], dtype=np.float32)
    model = LogBilinear(X, share, dim=5, lr=0.1, seed=3)
    start = {name: torch.from_numpy(model.numbers[name].astype(np.float64)).requires_grad_() for name in SIDES}
    half_loss(X, share, start).backward()
    loss = model.epoch(0, lambda *told: None)
    assert loss == pytest.approx(2 * float(half_loss(X, share, start).detach()), rel=1e-6)
    for name in SIDES:
        gradient = start[name].grad.numpy()
        np.testing.assert_allclose(model.numbers[f"sum_{name}"], gradient**2, rtol=1e-4, atol=1e-9)
        moved = model.numbers[name] - start[name].detach().numpy()
        np.testing.assert_allclose(moved[gradient != 0], -0.1 * np.sign(gradient[gradient != 0]), rtol=1e-3)  # AdaGrad's first step
        assert not moved[gradient == 0].any()


def test_loss_is_the_mean_over_all_entries():
    X, share = drawn()
    model = LogBilinear(X, share, dim=4, lr=1e-9)
    start = {name: torch.from_numpy(model.numbers[name].astype(np.float64)) for name in SIDES}
    assert model.epoch(0, lambda *told: None) == pytest.approx(2 * float(half_loss(X, share, start)) / X.nnz, rel=1e-4)


def test_descends_to_what_it_can_fit():
    rng = np.random.default_rng(1)
    logs = rng.normal(size=(30, 1)) + rng.normal(size=(1, 30)) + rng.normal(size=(30, 2)) @ rng.normal(size=(2, 30))
    model = LogBilinear(sp.csr_array(np.exp(logs)), np.ones(900, dtype=np.float32), dim=6, lr=0.1)
    losses = [model.epoch(number, lambda *told: None) for number in range(150)]
    assert losses[-1] < 1e-3 * losses[0]


def test_threads_change_nothing_and_work_is_told():
    X, share = drawn()
    told = []
    models = [LogBilinear(X, share, dim=4, lr=0.05, n_jobs=jobs) for jobs in (1, 2)]
    for model in models:
        for number in range(3):
            model.epoch(number, told.append)
    assert sum(told) == 2 * 3 * BLOCKS
    for name in SIDES:
        np.testing.assert_array_equal(models[0].numbers[name], models[1].numbers[name])


def test_state_goes_on_where_it_was():
    X, share = drawn()
    whole, first, second = (LogBilinear(X, share, dim=4, lr=0.05) for _ in range(3))
    for number in range(4):
        whole.epoch(number, lambda *told: None)
    for number in range(2):
        first.epoch(number, lambda *told: None)
    second.restore(*first.state())
    for number in (2, 3):
        second.epoch(number, lambda *told: None)
    np.testing.assert_array_equal(whole.numbers["vectors"], second.numbers["vectors"])
