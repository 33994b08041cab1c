"""Clusters, classifiers and neighbours of names that leaned: planted, hidden from a projection, taken away, and published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphemb.analysis.bias.classifier import classifier_bias
from graphemb.analysis.bias.cluster import cluster_bias
from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.neighbour import neighbour_bias
from graphemb.analysis.edits.hard import HardDebias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

SIDES = Concept.from_pairs("side", [("she", "he")], groups=("left", "right"))
NAMES = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200)]


def planted(hidden: float, seed: int = 0) -> tuple[Embedding, Embedding]:
    """Names leaning along the first axis, and along the second as much times ``hidden``; and the same without the first axis."""
    rng = np.random.default_rng(seed)
    lean = rng.normal(size=200)
    x = rng.normal(size=(200, 12)) * 0.5
    x[:, 0], x[:, 1] = lean, hidden * lean + rng.normal(size=200) * 0.3
    before = np.concatenate([np.eye(12)[:1], -np.eye(12)[:1], x])
    after = before.copy()
    after[2:, 0] = 0
    return Embedding(["she", "he", *NAMES], before), Embedding(["she", "he", *NAMES], after)


def test_what_a_projection_hides_is_found() -> None:
    before, after = planted(2.0)
    for function in (cluster_bias, classifier_bias):
        found = function(after, SIDES, original=before, count=60)
        assert found.value > 0.9 and found.p < 1e-6 and found.low <= found.value <= found.high and found.bias > 0.3
    near = neighbour_bias(after, SIDES, NAMES, original=before, k=20, draws=199)
    assert near.value > 0.6 and near.p == pytest.approx(1 / 200) and near.null == 0


def test_nothing_is_found_where_nothing_is_left() -> None:
    before, after = planted(0.0)
    for function in (cluster_bias, classifier_bias):
        found = function(after, SIDES, original=before, count=60)
        assert abs(found.value - found.null) < 0.12 and found.p > 0.01
    assert abs(neighbour_bias(after, SIDES, NAMES, original=before, k=20, draws=199).value) < 0.2
    assert cluster_bias(before, SIDES, count=60).value > 0.75


def test_the_null_of_clusters_is_above_one_half() -> None:
    before, after = planted(0.0)
    few = cluster_bias(after, SIDES, original=before, count=10)
    assert 0.55 < few.null < 0.7 and few.settings["names"]["found"] == {"left": 10, "right": 10}


def test_groups_of_a_concept_in_place_of_extremes() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)) + 4 * np.repeat(np.eye(4)[:3], 20, axis=0)
    e = Embedding([str(i) for i in range(60)], x)
    three = Concept.from_labels("third", e.names, np.repeat(["a", "b", "c"], 20))
    for function in (cluster_bias, classifier_bias):
        found = function(e, three, labels="groups", draws=200)
        assert found.value > 0.9 and found.p <= 0.005
        assert function(e, SIDES, labels=three, draws=10).value == pytest.approx(found.value, abs=0.05)
    assert found.table["classifier"].tolist() == ["rbf", "linear"] and found.table["learned"].tolist() == [12, 12]


def test_by_name_and_from_the_settings() -> None:
    before, after = planted(2.0)
    found = measure("classifier-bias:count=40,classifiers=linear,train=0.5", after, SIDES, original=before)
    assert found.table["asked"].tolist() == [40] and found.settings["classifiers"] == ["linear"] and found.settings["original"]
    again = measure("cluster-bias:count=40", after, SIDES, original=before, random_state=3)
    assert again.to_dict()["cluster-bias"] == again.value and again.settings["random_state"] == 3


@pytest.mark.parametrize(
    ("function", "options", "error", "message"),
    [
        (cluster_bias, {"labels": "some"}, ParameterError, "labels must be 'extremes', 'groups' or a Concept"),
        (cluster_bias, {"labels": "groups"}, DataError, "has 1 of its 1 names in the embedding, and 2 are needed"),
        (cluster_bias, {"n_starts": 0}, ParameterError, "n_starts must be a whole number"),
        (classifier_bias, {"classifiers": ("tree",)}, UnknownNameError, "unknown classifier 'tree'"),
        (classifier_bias, {"classifiers": ()}, ParameterError, "classifiers must name at least one"),
        (classifier_bias, {"train": 1.0}, ParameterError, "train must be a finite number from 0.01 to 0.99"),
        (classifier_bias, {"gamma": 0.0}, ParameterError, "gamma must be a number above 0"),
        (neighbour_bias, {"k": 0}, ParameterError, "k must be a whole number"),
        (neighbour_bias, {"targets": ["waa", "wab", "she"]}, DataError, "2 of the 3 targets are left"),
        (neighbour_bias, {"targets": ["nobody"]}, DataError, "none of the 1 targets"),
    ],
)
def test_what_is_refused(function: Any, options: dict[str, Any], error: type[Exception], message: str) -> None:
    before, _ = planted(1.0)
    with pytest.raises(error, match=message):
        function(before, SIDES, **options)


def test_spaces_with_other_names() -> None:
    before, after = planted(2.0)
    some = after.subset(["she", "he", *NAMES[:150]])
    found = neighbour_bias(some, SIDES, NAMES, original=before, k=20, draws=9)
    assert len(found.table) == 150 and found.settings["targets"]["left out"]["not in both spaces"] == 50
    assert found.settings["targets"]["missing"] == NAMES[150:]


@pytest.mark.shared
def test_published_figures(shared_data: Path) -> None:
    """Gonen and Goldberg's tests on GoogleNews before and after hard debiasing: clusters .999 and .922, professions .750 and .606, ..."""
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    hard = HardDebias().fit_transform(e, "gender")
    common: dict[str, Any] = {"original": e, "pair": ("she", "he")}
    for space, clusters, near, rbf, linear in ((e, 0.999, 0.750, 0.974, 1.0), (hard, 0.922, 0.606, 0.882, 0.915)):
        assert cluster_bias(space, "gender", words=True, **common).value == pytest.approx(clusters, abs=0.01)
        machines = classifier_bias(space, "gender", words=True, **common).table["accuracy"].tolist()
        assert machines == [pytest.approx(rbf, abs=0.01), pytest.approx(linear, abs=0.01)]
        professions = neighbour_bias(space, "gender", "professions", draws=99, **common)
        assert len(professions.table) == 303 and professions.value == pytest.approx(near, abs=5e-4)
