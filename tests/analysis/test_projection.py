"""Projections: tiny and degenerate input, repeatability, honesty about what was done."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis import projection as module
from graphemb.analysis.projection import project
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError

METHODS = ["pca", "umap", "tsne"]


def cloud(n: int, dim: int = 8, seed: int = 0) -> Embedding:
    return Embedding([f"n{i}" for i in range(n)], np.random.default_rng(seed).normal(size=(n, dim)))


@pytest.fixture(scope="module")
def clusters() -> Embedding:
    """Three tight groups of thirty in ten columns, pointing in different directions."""
    rng = np.random.default_rng(1)
    centres = np.eye(10)[:3] * 5
    vectors = np.repeat(centres, 30, axis=0) + rng.normal(scale=0.2, size=(90, 10))
    return Embedding([f"n{i}" for i in range(90)], vectors, kinds=np.repeat(["a", "b", "c"], 30))


@pytest.mark.parametrize("method", METHODS)
def test_groups_stay_groups(clusters, method):
    found = project(clusters, method=method)
    groups = found.points.reshape(3, 30, 2)
    centres = groups.mean(axis=1)
    spread = np.linalg.norm(groups - centres[:, None], axis=2).max()
    apart = min(np.linalg.norm(centres[i] - centres[j]) for i, j in [(0, 1), (0, 2), (1, 2)])
    assert apart > 1.5 * spread
    assert found.trustworthiness > 0.8
    assert found.method == method
    assert not found.notes


@pytest.mark.parametrize("method", METHODS)
def test_random_state_repeats_and_the_global_state_is_untouched(method):
    few = cloud(30)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (project(few, method=method, random_state=3).points for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    generated = [project(few, method=method, random_state=np.random.default_rng(3)).points for _ in range(2)]
    assert np.array_equal(*generated)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_too_few_names_are_laid_out_by_pca_with_a_note(method, n):
    if method == "pca":
        found = project(cloud(n))
        assert not found.notes
    else:
        with pytest.warns(DataWarning, match="needs at least 5 names"):
            found = project(cloud(n), method=method)
        assert "this is PCA" in found.caption()
    assert found.method == "pca"
    assert found.points.shape == (n, 2)
    assert np.isfinite(found.points).all()
    assert found.trustworthiness is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(5, 1), (6, 2), (7, 3), (12, 4)], ids=str)
def test_small_input(method, shape):
    found = project(cloud(*shape), method=method)
    assert found.method == method
    assert np.isfinite(found.points).all()
    assert 0 <= found.trustworthiness <= 1


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_equal_vectors(method):
    with pytest.warns(DataWarning, match="all names have the same vector"):
        found = project(Embedding(list("abcdefgh"), np.ones((8, 3))), method=method)
    assert not found.points.any()
    assert found.explained is None


def test_equal_vectors_by_pca():
    assert not project(Embedding(list("ab"), np.ones((2, 3)))).points.any()


@pytest.mark.parametrize("method", METHODS)
def test_rows_of_zeros_and_twins(method):
    vectors = np.random.default_rng(0).normal(size=(20, 4))
    vectors[:3] = 0
    vectors[5] = vectors[6]
    found = project(Embedding([str(i) for i in range(20)], vectors), method=method)
    assert np.isfinite(found.points).all()
    assert ("3 names have a zero vector" in found.caption()) is (method != "pca")


def test_pca_keeps_distances_of_a_plane_and_says_its_shares():
    rng = np.random.default_rng(2)
    plane = rng.normal(size=(50, 2)) * [3, 1]
    basis = np.linalg.qr(rng.normal(size=(6, 2)))[0]
    found = project(Embedding([str(i) for i in range(50)], plane @ basis.T))
    wanted = np.linalg.norm(plane[:, None] - plane, axis=2)
    assert np.linalg.norm(found.points[:, None] - found.points, axis=2) == pytest.approx(wanted, abs=1e-4)
    assert sum(found.explained) == pytest.approx(1, abs=1e-5)
    assert found.explained[0] > found.explained[1]


def test_three_columns(clusters):
    assert list(project(clusters, dim=3).to_frame().columns) == ["name", "kind", "x", "y", "z"]


def test_settings_are_cut_to_the_data_and_said():
    small = cloud(10)
    assert project(small, method="umap", n_neighbors=50).settings["n_neighbors"] == 9
    assert project(small, method="tsne", perplexity=50).settings["perplexity"] == 3
    assert "perplexity=3.0" in project(small, method="tsne").caption()


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"method": "uamp"}, UnknownNameError, "did you mean 'umap'"),
        ({"dim": 4}, ParameterError, "dim must be 2 or 3"),
        ({"perplexity": 5}, ParameterError, "pca has no setting 'perplexity'"),
        ({"method": "umap", "n_neighbours": 5}, ParameterError, "did you mean 'n_neighbors'"),
        ({"method": "umap", "n_neighbors": 1}, ParameterError, "at least 2"),
        ({"method": "umap", "min_dist": "far"}, ParameterError, "min_dist must be a number from 0 to 1"),
        ({"method": "tsne", "perplexity": "ten"}, ParameterError, "at least 2"),
        ({"method": "tsne", "metric": "manhattan"}, ParameterError, "'cosine' or 'euclidean'"),
        ({"random_state": -1}, ParameterError, "random_state"),
    ],
    ids=str,
)
def test_wrong_settings(settings, error, said):
    with pytest.raises(error, match=said):
        project(cloud(9), **settings)


def test_no_names_and_nan():
    with pytest.raises(DataError, match="no names"):
        project(Embedding([], np.empty((0, 2))))
    vectors = np.array([[1, 1], [1, np.nan]], dtype=np.float32)
    held = Embedding._trusted(Names(["a", "b"]), vectors, None)  # as a memory-mapped file is
    with pytest.raises(DataError, match="NaN"):
        project(held)


def test_tsne_of_too_many_is_refused_and_umap_learns_from_a_sample(monkeypatch, clusters):
    monkeypatch.setattr(module, "MOST", 60)
    with pytest.raises(ParameterError, match="t-SNE lays out at most 60 names, got 90"):
        project(clusters, method="tsne")
    found = project(clusters, method="umap")
    assert found.settings["learned_from"] == 60
    assert np.isfinite(found.points).all()
    assert found.trustworthiness > 0.8


def test_trustworthiness_is_of_a_sample(monkeypatch):
    monkeypatch.setattr(module, "_MEASURED", 40)
    assert 0.4 < project(cloud(300, 30)).trustworthiness < 0.9


@pytest.mark.slow
def test_a_million_names_by_pca():
    vectors = np.random.default_rng(0).normal(size=(1_000_000, 64)).astype(np.float32)
    found = project(Embedding(np.arange(1_000_000), vectors))
    assert found.points.shape == (1_000_000, 2)
