"""Double-hard debiasing: it finds the component that was planted, and what it does is that and hard debiasing."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.edits.double_hard import DoubleHard
from graphemb.analysis.edits.edit import unit
from graphemb.analysis.edits.hard import HardDebias
from graphemb.analysis.recovery import recovery
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_concept
from graphemb.errors import DataError, ParameterError

SEX = Concept.from_pairs("sex", [("n0", "n1"), ("n2", "n3"), ("n4", "n5")])


def scene(n: int = 400, d: int = 12) -> Embedding:
    """Names that lean along axis 0; along axis 1, the longest, those that lean to one side lie to one side too."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, d))
    lean = rng.normal(size=n)
    x[:, 0], x[:, 1] = lean, 3 * np.sign(lean) + rng.normal(size=n)
    x[:6] *= 0.3
    x[:6, 0] += np.tile([3.0, -3.0], 3)
    x[:6, 1] += np.tile([2.0, -2.0], 3)
    return Embedding([f"n{i}" for i in range(n)], x)


def test_finds_the_component_that_stands_in_the_way():
    e = scene()
    edit = DoubleHard(candidates=6, count=100).fit(e, SEX)
    table = edit.accuracies_
    chosen = table.loc[table["accuracy"].idxmin()]
    assert chosen["component"] == edit.notes_["component"] == 1 and (table["accuracy"] >= chosen["accuracy"]).all()
    labels = biased_names(e, SEX, 100)
    before, hard, double = (
        recovery(x, labels, probes=("k-means",))[0].accuracy for x in (e, HardDebias().fit_transform(e, SEX), edit.transform(e))
    )
    assert before > 0.9 and hard > 0.9 and double < 0.7


def test_it_is_the_component_out_and_then_hard_debiasing():
    e = scene()
    edit = DoubleHard(candidates=6, count=100).fit(e, SEX)
    x = unit(e.vectors.astype(float))
    u = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][edit.notes_["component"] - 1]
    space = e.replace(vectors=x - np.outer(x @ u, u) - x.mean(axis=0))
    np.testing.assert_allclose(edit.transform(e).vectors, HardDebias().fit_transform(space, SEX).vectors, atol=1e-5)
    neutral = edit.apply(e.vectors[10:20])
    np.testing.assert_allclose(neutral, edit.transform(e).vectors[10:20], atol=1e-6)
    g = concept_direction(space, SEX.locate(space)).first  # found anew
    np.testing.assert_allclose(neutral @ g, 0, atol=1e-6)


def test_specific_names_lose_the_component_only():
    e = scene()
    edit = DoubleHard(candidates=3, count=100, specific=["n50"], equalise=False).fit(e, SEX)
    component, _ = edit.map_.maps
    np.testing.assert_allclose(edit.transform(e)["n50"], unit(component.apply(unit(e.vectors[50:51].astype(float))))[0], atol=1e-6)


def test_few_names_are_judged_by_their_own_groups_and_zero_rows_stay():
    e = scene(9)
    vectors = e.vectors.copy()
    vectors[8] = 0
    wide = Concept.from_pairs("sex", [(f"n{i}", f"n{i + 1}") for i in range(0, 8, 2)])
    after = DoubleHard(candidates=2).fit_transform(e.replace(vectors=vectors), wide)
    assert not after.vectors[8].any() and np.isfinite(after.vectors).all()


def test_fewer_rows_than_columns():
    e = scene(9, 30)
    wide = Concept.from_pairs("sex", [(f"n{i}", f"n{i + 1}") for i in range(0, 8, 2)])
    edit = DoubleHard(candidates=20, n_starts=1).fit(e, wide)
    assert len(edit.accuracies_) == 8 and np.isfinite(edit.transform(e).vectors).all()


def test_bad_input():
    e = scene()
    with pytest.raises(DataError, match="2 groups"):
        DoubleHard().fit(e, Concept.from_pairs("three", [("n0", "n1", "n2")]))
    for settings in ({"candidates": 0}, {"count": 0}, {"n_starts": 0}):
        with pytest.raises(ParameterError, match=next(iter(settings))):
            DoubleHard(**settings).fit(e, SEX)


@pytest.mark.shared
@pytest.mark.slow
def test_clusters_more_mixed_than_after_hard_debiasing_on_googlenews(shared_data):
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    gender = load_concept("gender")
    labels = biased_names(e, gender, 500, pair=("she", "he"))
    hard, double = (recovery(m.fit_transform(e, gender), labels, probes=("k-means",))[0].accuracy for m in (HardDebias(), DoubleHard()))
    # the notebook prints .999, .923 and .592 of a larger vocabulary
    assert hard > 0.88 and double < 0.75
