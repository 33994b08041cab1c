"""The forms of rows, copies, and the reference."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.geometry.subject import Subject, drawn, formed, rows_of
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError


@pytest.fixture
def rows() -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32) + 1
    x[3] = 0
    return x


def test_forms(rows):
    unit, centred, raw = (formed(rows, form) for form in ("unit", "centred", "raw"))
    live = np.arange(30) != 3
    for x in (unit, centred):
        assert np.linalg.norm(x[live], axis=1) == pytest.approx(1, abs=1e-6)
        assert not x[3].any()
    assert np.linalg.norm(centred[live].mean(axis=0)) < 0.3 < np.linalg.norm(unit[live].mean(axis=0))
    assert np.array_equal(raw, rows)
    with pytest.raises(ParameterError, match="unit, centred, raw"):
        formed(rows, "whole")


def test_rows_without_a_direction_have_no_neighbours(rows):
    subject = Subject(rows, "unit", k=5)
    assert 3 not in subject.live
    assert 3 not in subject.nearest(subject.live, subject.live)
    assert 3 in Subject(rows, "raw").live


def test_queries_find_neighbours_among_the_rows_given(rows):
    subject = Subject(rows, "unit", k=3)
    among = np.array([0, 4, 5, 9, 20, 21])
    found = subject.nearest(among, np.array([4, 21]))
    assert found.shape == (2, 3)
    assert set(found.ravel()) <= set(among)
    cosine = subject.x[4] @ subject.x[among].T
    assert found[0].tolist() == [r for r in among[np.argsort(-cosine)] if r != 4][:3]


def test_copies(rows):
    rows[7], rows[8] = rows[5], 2 * rows[5]
    assert len(Subject(rows, "unit").distinct) == 27  # a row of zeros and two copies
    assert len(Subject(rows, "raw").distinct) == 29
    assert 5 in Subject(rows, "unit").distinct


def test_the_reference_has_the_shape_and_the_length(rows):
    other = Subject(rows, "unit").normal(np.random.default_rng(0))
    assert other.raw.shape == rows.shape
    assert np.mean(other.raw**2) == pytest.approx(np.mean(rows**2), rel=0.3)


def test_drawn():
    assert drawn(np.arange(5), 9, np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]
    found = drawn(np.arange(100), 9, np.random.default_rng(0))
    assert len(set(found)) == 9
    assert (np.diff(found) > 0).all()


def test_relations_are_left_out_unless_asked_for():
    e = Embedding(["a", "b", "r", "s"], np.eye(4), kinds=["entity", "entity", "relation", "relation"])
    assert list(rows_of(e)[0].names) == ["a", "b"]
    assert list(rows_of(e, "relation")[0].names) == ["r", "s"]


@pytest.mark.parametrize(
    ("embedding", "settings", "error", "said"),
    [
        (Embedding(["a"], [[1.0]]), {}, DataError, "at least 2 rows"),
        (Embedding(["a", "b"], np.eye(2)), {"side": "context"}, DataError, "has no context"),
        (Embedding(["a", "b"], np.eye(2)), {"side": "left"}, ParameterError, "'vectors' or 'context'"),
    ],
)
def test_wrong_embeddings(embedding, settings, error, said):
    with pytest.raises(error, match=said):
        rows_of(embedding, **settings)
