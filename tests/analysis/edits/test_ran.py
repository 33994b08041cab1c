"""RAN: a loop over rows with automatic gradients as oracle, who is moved, what is minimised."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphemb.analysis.bias.direct import direct_bias
from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.edits.ran import RAN
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.scorer import unit_rows

SEX = Concept.from_pairs("sex", [("n0", "n1"), ("n2", "n3")])


def scene(n: int = 60, d: int = 16) -> Embedding:
    x = np.random.default_rng(0).normal(size=(n, d))
    x[:, 0] += np.where(np.arange(n) % 2, -2.0, 2.0)  # a direction that brings half of the names together
    return Embedding([f"n{i}" for i in range(n)], x)


def repelling(x: np.ndarray, row: int, g: np.ndarray, k: int, threshold: float) -> list[int]:
    """The set S of one row, by the definition of indirect bias."""
    w, found = x[row], []
    order = [v for v in np.argsort(-(x @ w)) if v != row][:k]
    for v in order:
        perp, other = w - (w @ g) * g, x[v] - (x[v] @ g) * g
        beta = (w @ x[v] - perp @ other / np.linalg.norm(perp) / np.linalg.norm(other)) / (w @ x[v])
        if beta > threshold:
            found.append(int(v))
    return found


def loop(w: np.ndarray, near: np.ndarray, g: np.ndarray, epochs: int) -> np.ndarray:
    """One row, as the authors train it, but for the cosine with g."""
    cos = torch.nn.functional.cosine_similarity
    start, axis, others = (torch.tensor(a, dtype=torch.float32) for a in (w, g, near))
    x = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([x], lr=0.01)
    for _ in range(epochs):
        adam.zero_grad()
        push = cos(x[None], others).abs().mean() if len(others) else 0.0
        loss = 0.33 * push + 0.33 * (cos(x, start, dim=0) - 1).abs() / 2 + 0.33 * cos(x, axis, dim=0).abs()
        loss.backward()
        adam.step()
    return (x / x.norm()).detach().numpy()


@pytest.mark.parametrize(("k", "threshold"), [(10, 0.05), (10, 0.3), (5, 5.0), (100, 0.05)])
def test_every_row_is_the_one_a_loop_finds(k, threshold):
    e = scene()
    g = concept_direction(e, SEX.locate(e)).first
    x = unit_rows(e.vectors).astype(float)
    moved = RAN(k=k, threshold=threshold, epochs=40).fit_transform(e, SEX).vectors
    sizes = set()
    for row in range(4, 60, 5):
        near = repelling(x, row, g, k, threshold)
        sizes.add(len(near))
        expected = loop(x[row], x[near], g, 40)
        # the signs of |cos| jump, so rounding decides some last steps of 0.01
        assert moved[row] @ expected > 0.9995
    assert len(sizes) > 1 or threshold == 5.0


def test_bias_falls_and_rows_stay_near():
    e = scene()
    names = [f"n{i}" for i in range(4, 60)]
    after = RAN(k=10).fit_transform(e, SEX)
    assert direct_bias(after, SEX, names, draws=0).value < 0.1 * direct_bias(e, SEX, names, draws=0).value
    kept = (unit_rows(e.vectors)[4:] * after.vectors[4:]).sum(axis=1)
    assert kept.mean() > 0.8
    np.testing.assert_allclose(np.linalg.norm(after.vectors, axis=1), 1, atol=1e-6)


def test_only_asked_names_move_and_each_by_itself():
    e = scene()
    every = RAN(k=10, epochs=20).fit(e, SEX)
    some = RAN(k=10, epochs=20, names=["n9", "n30", "unknown"]).fit_transform(e, SEX)
    whole = every.transform(e)
    np.testing.assert_allclose(some.vectors[[9, 30]], whole.vectors[[9, 30]], atol=1e-6)
    rest = np.setdiff1d(np.arange(60), [9, 30])
    np.testing.assert_allclose(some.vectors[rest], unit_rows(e.vectors)[rest], atol=1e-6)
    assert some.meta["edits"][0]["moved_names"] == 2
    np.testing.assert_allclose(every.apply(e.vectors[9:10]), whole.vectors[9:10], atol=1e-6)
    np.testing.assert_array_equal(whole.vectors[:4], unit_rows(e.vectors)[:4])  # the names of the concept


def test_zero_rows_and_more_neighbours_than_rows():
    e = scene(8)
    vectors = e.vectors.copy()
    vectors[6] = 0
    after = RAN(k=100, epochs=5).fit_transform(e.replace(vectors=vectors), SEX)
    assert not after.vectors[6].any() and np.isfinite(after.vectors).all()


def test_bad_input():
    e = scene(8)
    for settings in ({"k": 0}, {"epochs": 0}, {"lr": 0}, {"repulsion": -1}, {"threshold": float("nan")}):
        with pytest.raises(ParameterError, match=next(iter(settings))):
            RAN(**settings).fit(e, SEX)
    with pytest.raises(DataError, match="none of the 1 names"):
        RAN(names=["unknown"]).fit(e, SEX)
