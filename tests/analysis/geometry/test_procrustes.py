"""Procrustes against scipy, and the aligned copy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import procrustes as reference

from graphemb.analysis.geometry.procrustes import procrustes, procrustes_align
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError


def pair(n: int = 50, d: int = 5, e: int = 5, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, d))
    return x, x @ rng.normal(size=(d, e)) + noise * rng.normal(size=(n, e)) + 4


def test_the_residual_is_scipys_disparity():
    x, y = pair()
    assert procrustes(x, y).residual == pytest.approx(reference(x, y)[2], rel=1e-9)
    assert procrustes(y, x).residual == pytest.approx(procrustes(x, y).residual, rel=1e-9)


def test_fewer_columns_are_columns_of_zeros():
    x, y = pair(e=3)
    padded = np.pad(y, ((0, 0), (0, 2)))
    assert procrustes(x, y).residual == pytest.approx(reference(x, padded)[2], rel=1e-9)
    assert procrustes(y, x).residual == pytest.approx(procrustes(x, y).residual, rel=1e-9)


def test_the_aligned_rows_leave_the_residual():
    x, y = pair()
    found = procrustes(x, y)
    left = np.sum((x - found.apply(y)) ** 2) / np.sum((x - x.mean(0)) ** 2)
    assert left == pytest.approx(found.residual, abs=1e-6)


def test_a_turned_copy_is_laid_back():
    x, _ = pair()
    rng = np.random.default_rng(1)
    turned = 5 * x @ np.linalg.qr(rng.normal(size=(5, 5)))[0] - 3
    first = Embedding([f"n{i}" for i in range(50)], x)
    second = Embedding([f"n{i}" for i in range(10, 50)] + ["new"], np.vstack([turned[10:], turned[:1]]))
    found = procrustes_align(second, to=first)
    assert list(found.names) == list(second.names)
    assert found.vectors[:40] == pytest.approx(x[10:], abs=1e-4)
    assert found["new"] == pytest.approx(x[0], abs=1e-4)
    assert found.meta["aligned"]["shared"] == 40
    assert found.meta["aligned"]["residual"] < 1e-9


def test_what_cannot_be_aligned():
    e = Embedding(["a", "b"], np.eye(2))
    with pytest.raises(ParameterError, match="to must be an Embedding"):
        procrustes_align(e, to=np.eye(2))
    with pytest.raises(DataError, match="share no name"):
        procrustes_align(e, to=Embedding(["c"], [[1.0]]))
    with pytest.raises(DataError, match="at least 2 shared names"):
        procrustes_align(e, to=Embedding(["a", "c"], np.eye(2)))
    with pytest.raises(DataError, match="rows of one of the embeddings are equal"):
        procrustes_align(e, to=Embedding(["a", "b"], np.ones((2, 2))))
