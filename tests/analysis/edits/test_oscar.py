"""OSCaR: right angles afterwards, lengths kept, the rest of the space untouched, the formula as published."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.edits.oscar import GradedRotation, OSCaR
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError


def scene(seed: int = 0, d: int = 6) -> tuple[Embedding, Concept, Concept]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(30, d))
    x[[0, 2, 4, 6]] += 2 * np.eye(d)[0]
    x[[4, 6]] += 2 * np.eye(d)[1]
    e = Embedding([f"n{i}" for i in range(30)], x)
    return e, Concept.from_pairs("sex", [("n0", "n1"), ("n2", "n3")]), Concept.from_pairs("work", [("n4", "n5"), ("n6", "n7")])


def published(x: np.ndarray, v1: np.ndarray, v2: np.ndarray) -> np.ndarray:
    """The graded rotation of one row of the plane, by the four cases of the paper."""
    across = v2 - (v1 @ v2) * v1
    across /= np.linalg.norm(across)
    between = np.arccos(v1 @ v2)
    theta = np.pi / 2 - between
    unit = x / np.linalg.norm(x)
    phi, d2 = np.arccos(np.clip(unit @ v1, -1, 1)), unit @ across
    if d2 > 0:
        turn = theta * (phi / between if phi < between else (np.pi - phi) / (np.pi - between))
    else:
        turn = theta * ((np.pi - phi) / between if phi >= np.pi - between else phi / (np.pi - between))
    a, b = x @ v1, x @ across
    return (a * np.cos(turn) - b * np.sin(turn)) * v1 + (a * np.sin(turn) + b * np.cos(turn)) * across


@pytest.mark.parametrize("seed", range(4))
def test_the_two_directions_are_orthogonal_after_it(seed):
    e, sex, work = scene(seed)
    v1, v2 = (concept_direction(e, c.locate(e)).first for c in (sex, work))
    edit = OSCaR(other=work).fit(e, sex)
    first, second = edit.apply(np.stack([v1, v2]))
    np.testing.assert_allclose(first, v1, atol=1e-12)
    assert abs(v1 @ v2) > 1e-3 and abs(first @ second) < 1e-12
    after = edit.transform(e)
    plane = edit.map_.plane
    outside = np.eye(6) - plane.T @ plane
    np.testing.assert_allclose((after.vectors - e.vectors) @ outside, 0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(after.vectors, axis=1), np.linalg.norm(e.vectors, axis=1), rtol=1e-5)
    record = after.meta["edits"][0]
    assert record["parameters"]["other"]["name"] == "work" and record["angle"] == pytest.approx(np.degrees(np.arccos(v1 @ v2)), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(angle=st.floats(0.05, 3.0), at=st.floats(-3.1, 3.1), size=st.floats(0.1, 5))
def test_rows_of_the_plane_turn_as_published(angle, at, size):
    v1, v2 = np.array([1.0, 0.0]), np.array([np.cos(angle), np.sin(angle)])
    x = size * np.array([np.cos(at), np.sin(at)])
    turn = GradedRotation(np.eye(2), angle)
    np.testing.assert_allclose(turn.apply(x[None])[0], published(x, v1, v2), atol=1e-6 * size)
    np.testing.assert_allclose(turn.apply(-x[None]), -turn.apply(x[None]), atol=1e-9 * size)


def test_it_is_one_to_one():
    around = np.linspace(-np.pi, np.pi, 500, endpoint=False)
    after = GradedRotation(np.eye(2), 0.7).apply(np.column_stack([np.cos(around), np.sin(around)]))
    assert (np.diff(np.unwrap(np.arctan2(after[:, 1], after[:, 0]))) > 0).all()


def test_other_may_be_one_group_or_the_targets():
    e, sex, work = scene()
    one = Concept("jobs", {"jobs": ["n8", "n9", "n10"]})
    assert OSCaR(other=one).fit(e, sex).map_.rank == 2
    a, b = OSCaR(other=work).fit(e, sex), OSCaR().fit(e, sex.replace(targets=work))
    np.testing.assert_array_equal(a.map_.plane, b.map_.plane)


def test_other_may_be_the_name_of_a_concept_or_of_a_list():
    x = np.random.default_rng(0).normal(size=(8, 5))
    e = Embedding(["p", "q", "she", "he", "nurse", "plumber", "teacher", "judge"], x)
    pair = Concept.from_pairs("pair", [("p", "q")])
    for name, found in (("gender", {"female": 1, "male": 1}), ("occupations", {"occupations": 4})):
        assert OSCaR(other=name).fit(e, pair).notes_["other"]["found"] == found
    with pytest.raises(UnknownNameError, match="did you mean 'occupations'"):
        OSCaR(other="occupation").fit(e, pair)


def test_orthogonal_concepts_stay():
    e = Embedding(["a", "b", "c", "d"], np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]))
    after = OSCaR(other=Concept.from_pairs("q", [("c", "d")])).fit_transform(e, Concept.from_pairs("p", [("a", "b")]))
    np.testing.assert_allclose(after.vectors, e.vectors, atol=1e-7)


def test_bad_input():
    e, sex, _ = scene()
    with pytest.raises(ParameterError, match="second concept"):
        OSCaR().fit(e, sex)
    with pytest.raises(ParameterError, match="Concept or a name"):
        OSCaR(other=3).fit(e, sex)
    with pytest.raises(DataError, match="same direction"):
        OSCaR(other=sex).fit(e, sex)
