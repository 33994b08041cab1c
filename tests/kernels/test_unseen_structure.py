"""The map from features to structure against least squares in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphemb.kernels.triple_layout import Layout
from graphemb.kernels.triple_model import Start, TripleModel
from graphemb.kernels.unseen_structure import RIDGE, structure_map

N, WIDTH = 40, 3


def drawn(columns: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, structure and facts: two entities of five have none."""
    rng = np.random.default_rng(seed)
    facts = rng.integers(1, 50, size=N)
    facts[::5] = facts[1::5] = 0
    return rng.normal(1, 2, size=(N, columns)).astype(np.float32), rng.normal(3, 1, size=(N, WIDTH)).astype(np.float32), facts


def ridge(X: np.ndarray, S: np.ndarray, facts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W and b by least squares of rows that also hold the penalty: sqrt(lambda) W = 0."""
    share = np.sqrt(facts) / np.sqrt(facts).sum()
    k = X.shape[1]
    penalty = RIDGE * np.average((X - np.average(X, axis=0, weights=share)) ** 2, axis=0, weights=share).mean()
    weighted = np.sqrt(share)[:, None] * np.hstack([X, np.ones((N, 1))])
    rows = np.vstack([weighted, np.hstack([np.sqrt(penalty) * np.eye(k), np.zeros((k, 1))])])
    found = np.linalg.lstsq(rows, np.vstack([np.sqrt(share)[:, None] * S, np.zeros((k, WIDTH))]), rcond=None)[0]
    return found[:-1], found[-1]


@pytest.mark.parametrize("columns", [1, 4, 60])  # 60: more columns than entities with facts
def test_it_is_the_weighted_ridge(columns: int) -> None:
    X, S, facts = drawn(columns)
    W, b = ridge(X.astype(float), S.astype(float), facts)
    found = structure_map([torch.from_numpy(X)], torch.from_numpy(S), torch.from_numpy(facts))
    np.testing.assert_allclose(found.weights, W, atol=1e-5)
    np.testing.assert_allclose(found.intercept, b, atol=1e-4)
    np.testing.assert_allclose(found.of([torch.from_numpy(X)]), X @ W + b, atol=1e-4)


def test_features_stand_side_by_side() -> None:
    X, S, facts = (torch.from_numpy(part) for part in drawn(5))
    whole, parts = structure_map([X], S, facts), structure_map([X[:, :2], X[:, 2:]], S, facts)
    torch.testing.assert_close(parts.weights, whole.weights)
    torch.testing.assert_close(parts.of([X[:, :2], X[:, 2:]]), whole.of([X]))


def test_without_features_it_is_the_weighted_mean() -> None:
    _, S, facts = drawn(1)
    found = structure_map([], torch.from_numpy(S), torch.from_numpy(facts))
    assert found.weights.shape == (0, WIDTH)
    np.testing.assert_allclose(found.intercept, np.average(S, axis=0, weights=np.sqrt(facts)), rtol=1e-5)


def test_features_that_are_zero_say_nothing() -> None:
    _, S, facts = drawn(1)
    found = structure_map([torch.zeros(N, 4)], torch.from_numpy(S), torch.from_numpy(facts))
    assert not found.weights.any()
    np.testing.assert_allclose(found.intercept, np.average(S, axis=0, weights=np.sqrt(facts)), rtol=1e-5)


def test_entities_without_facts_have_no_say() -> None:
    X, S, facts = (torch.from_numpy(part) for part in drawn(4))
    before = structure_map([X], S, facts)
    S[facts == 0], X[facts == 0] = 1e3, -1e3
    after = structure_map([X], S, facts)
    torch.testing.assert_close(after.weights, before.weights)
    torch.testing.assert_close(after.intercept, before.intercept)


def test_one_entity_with_facts() -> None:
    X, S, _ = (torch.from_numpy(part) for part in drawn(4))
    found = structure_map([X], S, torch.tensor([0] * (N - 1) + [7]))
    assert not found.weights.any()
    torch.testing.assert_close(found.of([X])[0], S[-1])


def test_the_structure_of_those_who_were_seen_is_left_alone() -> None:
    gloss = {"gloss": drawn(4)[0]}
    model = TripleModel(Layout(product="real", unseen=("gloss",)), N, 1, 6, features=gloss, start=Start(std=1.0))
    before = model.structure.detach().numpy().copy()
    model.facts = torch.ones(N, dtype=torch.int64)
    np.testing.assert_array_equal(model.read_out()["entities"], before)
    model.facts[3] = 0
    after = model.read_out()["entities"]
    np.testing.assert_array_equal(np.delete(after, 3, axis=0), np.delete(before, 3, axis=0))
    predicted = model.predicted_structure(model.structure_map())[3].detach().numpy()
    np.testing.assert_allclose(after[3], predicted, rtol=1e-6)
    assert np.abs(after[3] - before[3]).max() > 0.1
