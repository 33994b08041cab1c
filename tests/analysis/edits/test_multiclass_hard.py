"""Multiclass hard debiasing: its invariants for three groups; of two groups it is hard debiasing."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.edits.hard import HardDebias
from graphemb.analysis.edits.multiclass_hard import MulticlassHard
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError


def scene(groups: int, sets: int = 3) -> tuple[Embedding, Concept]:
    rng = np.random.default_rng(groups)
    x = rng.normal(size=(40, 10))
    members = [[f"n{groups * s + g}" for g in range(groups)] for s in range(sets)]
    x[: groups * sets] += 3 * np.tile(np.eye(10)[:groups], (sets, 1))
    return Embedding([f"n{i}" for i in range(40)], x), Concept.from_pairs("faith", members)


@pytest.mark.parametrize("groups", [3, 4])
def test_neutral_names_are_neutral_and_equally_near_to_every_name_of_a_set(groups):
    e, concept = scene(groups)
    edit = MulticlassHard().fit(e, concept)
    assert edit.map_.rank == groups - 1
    B = concept_direction(e, concept.locate(e), components=groups - 1).basis
    after = edit.transform(e).vectors.astype(float)
    neutral = after[groups * 3 :]
    np.testing.assert_allclose(neutral @ B.T, 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), 1, atol=1e-6)
    for first in range(0, groups * 3, groups):
        near = after[first : first + groups] @ neutral.T
        np.testing.assert_allclose(near, near[:1].repeat(groups, axis=0), atol=1e-6)
    np.testing.assert_allclose(edit.transform(edit.transform(e)).vectors[groups * 3 :], neutral, atol=1e-6)


def test_of_two_groups_it_is_hard_debiasing():
    e, concept = scene(2)
    np.testing.assert_array_equal(MulticlassHard().fit_transform(e, concept).vectors, HardDebias().fit_transform(e, concept).vectors)


def test_fewer_components_leave_a_part():
    e, concept = scene(4)
    assert MulticlassHard(components=1).fit(e, concept).map_.rank == 1
    with pytest.raises(DataError, match="components=11"):
        MulticlassHard(components=11).fit(e, concept)


def test_bad_input():
    e, _ = scene(3)
    with pytest.raises(DataError, match="at least 2 groups"):
        MulticlassHard().fit(e, Concept("one", {"a": ["n0"]}))
    with pytest.raises(DataError, match="no defining set"):
        MulticlassHard().fit(e, Concept.from_pairs("pairs", [("n0", "unknown"), ("other", "n1")]))
