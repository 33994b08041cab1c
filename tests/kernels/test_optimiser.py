"""Adagrad and Adam: as torch's, row by row where gradients are sparse, resumed as if nothing had happened."""

from __future__ import annotations

import json

import pytest
import torch
from torch.nn.functional import embedding

from graphemb.errors import UnknownNameError
from graphemb.kernels.optimiser import Optimiser, scheduled

ROWS = [torch.tensor([0, 2]), torch.tensor([3, 2, 1]), torch.tensor([2])]


def parameters() -> dict[str, torch.nn.Parameter]:
    random = torch.Generator().manual_seed(1)
    return {"table": torch.nn.Parameter(torch.randn(5, 3, generator=random)), "net.0.weight": torch.nn.Parameter(torch.ones(3))}


def train(optimiser: Optimiser, named: dict[str, torch.nn.Parameter], steps: range, *, sparse: bool) -> None:
    for step in steps:
        optimiser.zero()
        rows = ROWS[step % 3]
        (embedding(rows, named["table"], sparse=sparse) * named["net.0.weight"]).square().sum().backward()
        optimiser.step(0.1)


@pytest.mark.parametrize("name", ["adagrad", "adam"])
def test_rows_that_are_always_there_are_updated_as_by_torch(name, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROWS", [torch.arange(5)] * 3)
    results = []
    for sparse in (False, True):
        named = parameters()
        train(Optimiser(name, named, by_rows=frozenset({"table"} if sparse else ())), named, range(6), sparse=sparse)
        results.append(named)
    for key in results[0]:
        torch.testing.assert_close(results[0][key], results[1][key])


@pytest.mark.parametrize("name", ["adagrad", "adam"])
def test_rows_without_a_gradient_stay(name):
    named, before = parameters(), parameters()
    train(Optimiser(name, named, by_rows=frozenset({"table"})), named, range(3), sparse=True)
    moved = (named["table"] != before["table"]).any(dim=1)
    assert moved.tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("name", ["adagrad", "adam"])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_resumed_one_goes_on_to_the_bit(name, sparse):
    by_rows = frozenset({"table"} if sparse else ())
    named = parameters()
    optimiser = Optimiser(name, named, by_rows=by_rows)
    train(optimiser, named, range(2), sparse=sparse)
    arrays, values = optimiser.state()
    arrays = {key: array.copy() for key, array in arrays.items()}
    later = {key: torch.nn.Parameter(p.detach().clone()) for key, p in named.items()}
    other = Optimiser(name, later, by_rows=by_rows)
    other.restore(arrays, json.loads(json.dumps(values)))
    train(optimiser, named, range(2, 5), sparse=sparse)
    train(other, later, range(2, 5), sparse=sparse)
    assert all(torch.equal(named[key], later[key]) for key in named)


def test_rates_are_by_the_beginning_of_a_name():
    named = parameters()
    before = named["net.0.weight"].detach().clone()
    train(Optimiser("adagrad", named, rates={"net": 0.0}), named, range(2), sparse=False)
    assert torch.equal(named["net.0.weight"], before) and not torch.equal(named["table"], parameters()["table"])


def test_schedules():
    assert [scheduled("constant", 2.0, step, 4) for step in (0, 3)] == [2.0, 2.0]
    assert [scheduled("linear", 2.0, step, 4) for step in (0, 1, 3)] == [2.0, 1.5, 0.5]
    assert scheduled("cosine", 1.0, 99, 100) == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(UnknownNameError, match="did you mean 'linear'"):
        scheduled("linaer", 1.0, 0, 1)
    with pytest.raises(UnknownNameError, match="did you mean 'adagrad'"):
        Optimiser("adagrat", {})
