"""Whitening and all-but-the-top."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.edits.all_but_the_top import AllButTheTop
from graphemb.analysis.edits.whitening import Whitening
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError

KINDS = pytest.mark.parametrize("kind", ["zca", "pca", "cholesky"])


@pytest.fixture
def slanted() -> Embedding:
    rng = np.random.default_rng(0)
    return Embedding([f"{i}" for i in range(60)], rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) + 3)


def covariance(x: np.ndarray) -> np.ndarray:
    return np.cov(x, rowvar=False)


@KINDS
def test_all_directions_have_variance_one(kind: str, slanted: Embedding) -> None:
    y = Whitening(kind=kind, shrinkage=0.0).fit(slanted).map_.apply(slanted.vectors.astype(np.float64))  # type: ignore[arg-type]
    np.testing.assert_allclose(covariance(y), np.eye(4), atol=1e-9)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-9)


def test_the_kinds_are_what_they_say(slanted: Embedding) -> None:
    maps = {kind: Whitening(kind=kind, shrinkage=0.0).fit(slanted).map_.matrix for kind in ("zca", "pca", "cholesky")}  # type: ignore[arg-type,attr-defined]
    np.testing.assert_allclose(maps["zca"], maps["zca"].T, atol=1e-9)
    np.testing.assert_allclose(maps["cholesky"], np.tril(maps["cholesky"]), atol=1e-9)
    centred = slanted.vectors.astype(np.float64) - slanted.vectors.mean(axis=0)
    gaps = {kind: np.linalg.norm(centred @ m - centred) for kind, m in maps.items()}
    assert gaps["zca"] <= min(gaps.values())
    strongest = np.linalg.eigh(covariance(centred))[1][:, -1]
    assert abs(maps["pca"][:, 0] @ strongest) / np.linalg.norm(maps["pca"][:, 0]) == pytest.approx(1)


def test_fewer_components_keep_the_columns(slanted: Embedding) -> None:
    pca = Whitening(kind="pca", rank=2, shrinkage=0.0).fit_transform(slanted)
    assert pca.dim == 4 and not pca.vectors[:, 2:].any()
    zca = Whitening(rank=2, shrinkage=0.0).fit_transform(slanted)
    assert np.linalg.matrix_rank(zca.vectors, tol=1e-4) == 2
    with pytest.raises(ParameterError, match="rank"):
        Whitening(rank=5).fit(slanted)
    with pytest.raises(ParameterError, match="needs all components"):
        Whitening(kind="cholesky", rank=2).fit(slanted)


@KINDS
def test_directions_without_variance_need_shrinkage(kind: str) -> None:
    few = Embedding(list("abc"), np.random.default_rng(0).normal(size=(3, 6)))
    with pytest.raises(DataError, match=r"only 2 of the 6 directions have any variance among 3 rows; set shrinkage"):
        Whitening(kind=kind, shrinkage=0.0).fit(few)  # type: ignore[arg-type]
    assert np.isfinite(Whitening(kind=kind, shrinkage=0.1).fit_transform(few).vectors).all()  # type: ignore[arg-type]
    assert Whitening(kind="pca", rank=2, shrinkage=0.0).fit_transform(few).vectors[:, :2].any()


def test_shrinkage_spares_weak_directions(slanted: Embedding) -> None:
    strong, weak = (covariance(Whitening(shrinkage=s).fit_transform(slanted).vectors) for s in (1e-3, 1.0))
    assert np.linalg.eigvalsh(weak).min() < np.linalg.eigvalsh(strong).min()
    with pytest.raises(ParameterError, match="kind must be"):
        Whitening(kind="svd").fit(slanted)  # type: ignore[arg-type]


def test_all_but_the_top_is_the_loop_of_the_paper(slanted: Embedding) -> None:
    x = slanted.vectors.astype(np.float64)
    mean = x.mean(axis=0)
    axes = np.linalg.svd(x - mean)[2][:2]
    expected = np.stack([v - mean - sum((u @ (v - mean)) * u for u in axes) for v in x])
    one = AllButTheTop(components=2).fit(slanted)
    np.testing.assert_allclose(one.map_.apply(x), expected, atol=1e-9)
    assert 0 < one.notes_["variance_share"] < 1


def test_how_many_components(slanted: Embedding) -> None:
    assert AllButTheTop().fit(slanted).notes_["components"] == 1
    wide = Embedding([f"{i}" for i in range(9)], np.random.default_rng(0).normal(size=(9, 300)))
    assert AllButTheTop().fit(wide).notes_["components"] == 3
    only_mean = AllButTheTop(components=0).fit_transform(slanted)
    np.testing.assert_allclose(only_mean.vectors, slanted.vectors - slanted.vectors.mean(axis=0), atol=1e-5)
    for bad in (4, -1, 1.5):
        with pytest.raises(ParameterError, match="components"):
            AllButTheTop(components=bad).fit(slanted)  # type: ignore[arg-type]
    rows = np.random.default_rng(0).normal(size=(4, 30))
    with pytest.raises(DataError, match="the 4 rows vary in 3 directions, and without 3 of them nothing would be left"):
        AllButTheTop(components=3).fit(Embedding(list("abcd"), rows))
    with pytest.raises(DataError, match="vary in 0 directions"):
        AllButTheTop().fit(Embedding(list("abcd"), np.ones((4, 30))))


def test_rows_of_length_one(slanted: Embedding) -> None:
    for one in (AllButTheTop(normalise=True), Whitening(normalise=True)):
        np.testing.assert_allclose(np.linalg.norm(one.fit_transform(slanted).vectors, axis=1), 1, atol=1e-6)
