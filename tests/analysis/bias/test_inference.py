"""Attribute inference: planted groups, groups of nothing, a curved boundary, small groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from graphemb.analysis.bias import inference
from graphemb.analysis.bias.inference import attribute_inference
from graphemb.analysis.bias.named import measure
from graphemb.analysis.edits.mean_difference import MeanDifference
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError


def space(gap: float, sizes: tuple[int, ...] = (60, 60), seed: int = 0) -> tuple[Embedding, Concept]:
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"g{i}" for i in range(len(sizes))], sizes)
    x = rng.normal(size=(len(labels), 8))
    x[np.arange(len(labels)), np.repeat(np.arange(len(sizes)), sizes)] += gap
    names = [str(i) for i in range(len(labels))]
    return Embedding(names, x), Concept.from_labels("group", names, labels)


def test_planted_and_absent() -> None:
    found = attribute_inference(*space(2.5))
    assert found.value > 0.85 and found.p < 0.001 and found.low <= found.value <= found.high and found.null == 0.5
    assert found.table["classifier"].tolist() == ["logistic", "rbf"] and found.bias == found.value - 0.5
    nothing = [attribute_inference(*space(0.0, seed=s), classifiers=("logistic",), draws=200) for s in range(12)]
    assert abs(np.mean([r.value for r in nothing]) - 0.5) < 0.05 and np.mean([r.p <= 0.1 for r in nothing]) <= 0.3
    assert np.mean([r.low <= 0.5 <= r.high for r in nothing]) > 0.6


def test_more_groups_and_small_ones() -> None:
    e, concept = space(3.0, (30, 25, 20, 3))
    found = attribute_inference(e, concept, classifiers=("logistic",), draws=500)
    assert found.table["group"].isin(["g0", "g1", "g2"]).all() and len(found.table) == 3
    assert found.settings["groups_left_out"] == ["g3"] and found.value == pytest.approx(found.table["auc"].mean()) and found.p == 1 / 501
    few = attribute_inference(*space(4.0, (4, 5)), draws=500)
    assert few.settings["folds"] == 4 and "exact, 6 splits" in few.p_kind
    assert len(attribute_inference(e, concept, most=40, draws=50).table) == 6
    assert attribute_inference(e, concept, most=40, draws=50).settings["names"] <= 44


def test_areas_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1], [30, 20])
    scores = rng.normal(size=(50, 2)).round(1)
    sample = inference._Sample(rng.normal(size=(50, 2)), groups, ["a", "b"], [])
    auc, resampled = inference._areas(sample, scores, np.zeros(50, dtype=int), rng)
    assert auc == pytest.approx([roc_auc_score(groups == g, scores[:, g]) for g in (0, 1)])
    assert np.quantile(resampled[:, 0], 0.025) < auc[0] < np.quantile(resampled[:, 0], 0.975)


def test_what_a_line_cannot_tell() -> None:
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 300)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # groups are opposite quarters of the circle, with the same mean
    names = [str(i) for i in range(300)]
    crossed = Concept.from_labels("quarter", names, np.where(np.sin(2 * angle) > 0, "odd", "even"))
    table = attribute_inference(Embedding(names, x), crossed, C=100.0, draws=100).table.set_index("classifier")
    assert table.loc["logistic", "auc"] < 0.65 and table.loc["rbf", "auc"] > 0.95


def test_an_edit_is_seen() -> None:
    e, concept = space(2.0)
    after = MeanDifference().fit_transform(e, concept)
    assert measure("attribute-inference:classifiers=logistic,unit=false", after, concept).value < 0.5  # equal means
    assert measure("attribute-inference:classifiers=logistic", e.replace(vectors=e.vectors * 50), concept).value > 0.85


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"classifiers": ("tree",)}, UnknownNameError, "unknown classifier 'tree'"),
        ({"classifiers": ()}, ParameterError, "classifiers must name"),
        ({"folds": 1}, ParameterError, "folds must be a whole number of at least 2"),
        ({"concept": Concept("one", {"a": ("0", "1", "2", "3", "4"), "b": ("5", "nobody")})}, DataError, "there are a 5, b 1"),
        ({"concept": Concept("one", {"a": ("0", "1", "2", "3", "4")})}, DataError, "expected a concept of at least 2 groups"),
    ],
)
def test_what_is_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    e, concept = space(1.0)
    with pytest.raises(error, match=message):
        attribute_inference(e, **{"concept": concept, **options})
