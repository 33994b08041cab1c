"""map_trust: against scikit-learn, samples, maps of projections."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from graphemb.analysis.geometry.map_trust import map_trust, trust_of_random_maps
from graphemb.analysis.projection import project
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError


def cloud(n: int = 200, d: int = 8) -> tuple[Embedding, np.ndarray]:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(n, d))
    return Embedding([f"n{i}" for i in range(n)], vectors), vectors[:, :2] + 0.4 * rng.normal(size=(n, 2))


@pytest.mark.parametrize("k", [1, 5, 40])
def test_scikit_learn_agrees(k):
    e, points = cloud()
    found = map_trust(e, points, k=k, metric="euclidean")
    assert found["trustworthiness"] == pytest.approx(trustworthiness(e.vectors, points, n_neighbors=k), abs=1e-9)
    assert found["continuity"] == pytest.approx(trustworthiness(points, e.vectors, n_neighbors=k), abs=1e-9)


def test_cosine_is_the_order_of_unit_rows():
    e, points = cloud()
    unit = e.vectors / np.linalg.norm(e.vectors, axis=1, keepdims=True)
    assert map_trust(e, points, k=10)["trustworthiness"] == pytest.approx(trustworthiness(unit, points, n_neighbors=10), abs=1e-9)


def test_preservation_is_that_of_sets():
    e, points = cloud(60)
    near = [np.argsort(((z[:, None] - z) ** 2).sum(axis=2), axis=1)[:, 1:6] for z in (e.vectors.astype(float), points)]
    kept = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(*near, strict=True)])
    assert map_trust(e, points, k=5, metric="euclidean")["knn-preservation@5"] == pytest.approx(kept)


def test_the_same_plane_is_perfect():
    e = Embedding([str(i) for i in range(50)], np.random.default_rng(0).normal(size=(50, 2)))
    found = map_trust(e, 3 * e.vectors[:, ::-1] + 1, k=6, metric="euclidean")
    assert [figure.value for figure in found.figures] == pytest.approx([1, 1, 1, 1])


def test_a_random_map_is_at_chance():
    e, _ = cloud(600)
    found = map_trust(e, np.random.default_rng(7).normal(size=(600, 2)), k=10)
    for figure in found.figures:
        assert figure.value == pytest.approx(figure.reference, abs=0.05)
    assert trust_of_random_maps(10, 600) == pytest.approx(0.5, abs=0.02)


def test_a_sample_is_judged_against_all_and_covers():
    e, points = cloud(500)
    whole = map_trust(e, points, sample=None)
    covered = 0
    for seed in range(30):
        part = map_trust(e, points, sample=80, random_state=seed).figures[0]
        covered += part.low <= whole["trustworthiness"] <= part.high
    assert covered >= 24
    assert whole.figures[0].low == whole.figures[0].high
    assert map_trust(e, points, sample=80).headline() == "80 of 500 names, each against all others"


def test_colours_stand_in_the_order_of_the_map():
    e, points = cloud(100)
    points[33] = 50  # far from where it belongs
    found = map_trust(e, points, k=5)
    colours = found.colours()
    assert colours.notna().all()
    assert dict(zip(found.by_name["name"], found.by_name["trustworthiness"], strict=True))["n33"] == colours[33]
    sampled = map_trust(e, points, k=5, sample=20)
    assert sampled.colours("continuity").notna().sum() == 20
    assert (found.by_name["trustworthiness"].diff().dropna() >= 0).all()


def test_projections_say_the_same():
    e, _ = cloud(120)
    drawn = project(e, method="tsne", perplexity=10)
    assert drawn.trustworthiness == pytest.approx(map_trust(e, drawn)["trustworthiness"], abs=1e-4)
    assert map_trust(e, drawn).settings["metric"] == "cosine"
    assert map_trust(e, project(e)).settings["metric"] == "euclidean"


def test_zero_vectors_are_not_judged_by_cosine():
    e, points = cloud(60)
    vectors = np.array(e.vectors)
    vectors[:4] = 0
    found = map_trust(e.replace(vectors=vectors), points, k=5)
    assert found.settings["zero vectors"] == 4
    assert found.colours().isna().tolist() == [True] * 4 + [False] * 56
    with pytest.raises(DataError, match="all vectors are zero"):
        map_trust(e.replace(vectors=np.zeros((60, 2))), points, k=5)


def test_tables_and_json():
    e, points = cloud(60)
    found = map_trust(e, points, k=5, pairs=100)
    assert list(found.shepard.columns) == ["embedding", "map"]
    assert len(found.shepard) == 100
    facts = json.loads(found.to_json())
    assert facts["trustworthiness_chance"] == pytest.approx(0.5, abs=0.1)
    assert len(facts["groups"]["by_name"]) == 60
    assert "distance-spearman" in map_trust(e, np.zeros((60, 2)), k=5).skipped


@pytest.mark.parametrize(
    ("points", "settings", "error", "said"),
    [
        (np.zeros((5, 2)), {}, DataError, "a point for each of the 60 names"),
        (np.zeros(60), {}, DataError, "array of shape"),
        (np.full((60, 2), np.nan), {}, DataError, "NaN"),
        (np.zeros((60, 2)), {"k": 30}, ParameterError, "less than half of the 60 names"),
        (np.zeros((60, 2)), {"k": 0}, ParameterError, "k must be"),
        (np.zeros((60, 2)), {"sample": 1}, ParameterError, "sample must be"),
        (np.zeros((60, 2)), {"metric": "dot"}, ParameterError, "metric must be"),
    ],
    ids=str,
)
def test_wrong_input(points, settings, error, said):
    with pytest.raises(error, match=said):
        map_trust(cloud(60)[0], points, **settings)


def test_a_map_of_other_names():
    e, _ = cloud(60)
    with pytest.raises(DataError, match="other names"):
        map_trust(e, project(e.take(np.arange(60)[::-1])))
