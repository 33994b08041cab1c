"""Hard debiasing: what the formulas promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.edits.edit import unit
from graphemb.analysis.edits.hard import HardDebias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataWarning, UnknownNameError


def direction(space: Embedding, sides: Concept) -> np.ndarray:
    return concept_direction(space, sides.locate(space)).first


def test_neutral_names_lose_the_direction_and_all_rows_have_length_one(space: Embedding, sides: Concept) -> None:
    edited = HardDebias().fit_transform(space, sides)
    g = direction(space, sides)
    neutral = [n for n in space.names if n not in sides.all_names]
    assert np.abs(edited.vectors[space.rows(neutral)] @ g).max() < 1e-6
    np.testing.assert_allclose(np.linalg.norm(edited.vectors, axis=1), 1, atol=1e-6)


def test_equalised_pairs_differ_in_the_direction_alone(space: Embedding, sides: Concept) -> None:
    edited = HardDebias().fit_transform(space, sides)
    g = direction(space, sides)
    neutral = edited.vectors[space.rows([n for n in space.names if n.startswith("n")])]
    for first, second in sides.equalise:
        a, b = edited[first], edited[second]
        np.testing.assert_allclose(a @ g, -b @ g, atol=1e-6)
        np.testing.assert_allclose(neutral @ a, neutral @ b, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(neutral - a, axis=1), np.linalg.norm(neutral - b, axis=1), atol=1e-6)
        assert a @ g > 0 > b @ g


def test_specific_names_stay_but_for_their_length(space: Embedding, sides: Concept) -> None:
    edited = HardDebias(specific=["n3", "l0"], equalise=False).fit_transform(space, sides)
    np.testing.assert_allclose(edited["n3"], unit(space.vectors.astype(float))[space.rows("n3")[0]], atol=1e-6)
    assert abs(edited["l1"] @ direction(space, sides)) < 1e-6
    notes = edited.meta["edits"][0]
    assert notes["specific"] == {"list": "given", "asked": 2, "found": 2} and "equalised_sets" not in notes


def test_a_pair_that_was_made_neutral_goes_the_way_of_its_groups(space: Embedding, sides: Concept) -> None:
    one = HardDebias(specific=[]).fit(space, sides)
    g = direction(space, sides)
    a, b = one.replaced_["queen"], one.replaced_["king"]
    assert a @ g > 0.01 and abs(a @ g + b @ g) < 1e-9


def test_the_direction_wants_pairs_in_any_case(space: Embedding, sides: Concept) -> None:
    more = Embedding([*space.names, "Queen", "KING", "King"], np.vstack([space.vectors, np.eye(6)[:3]]))
    assert HardDebias(cases=False).fit(more, sides).notes_["equalised_sets"] == 2
    one = HardDebias().fit(more, sides)
    assert one.notes_["equalised_sets"] == 3 and {"Queen", "King"} <= set(one.replaced_)  # queen-king, Queen-King; QUEEN is not there


def test_several_directions(space: Embedding, sides: Concept) -> None:
    edited = HardDebias(components=2).fit_transform(space, sides)
    basis = concept_direction(space, sides.locate(space), components=2).basis
    neutral = edited.vectors[space.rows([n for n in space.names if n.startswith("n")])]
    assert np.abs(neutral @ basis.T).max() < 1e-6
    a, b = edited["queen"], edited["king"]
    np.testing.assert_allclose(neutral @ a, neutral @ b, atol=1e-6)


def test_a_row_along_the_direction_becomes_zero_and_no_noise(space: Embedding, sides: Concept) -> None:
    x = space.vectors.copy()
    x[50] = 3 * direction(space, sides)
    one = HardDebias().fit(space, sides)
    gone = one.map_.apply(unit(direction(space, sides)[None]))
    assert (gone == 0).all()
    assert np.isfinite(HardDebias().fit_transform(space.replace(vectors=x), sides).vectors).all()


def test_the_published_list_or_a_word_about_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    gender = Concept.from_pairs("gender", [("she", "he"), ("woman", "man")])
    e = Embedding(["she", "he", "woman", "man", "actress", "nurse"], rng.normal(size=(6, 5)))
    monkeypatch.delenv("GRAPHEMB_DATA", raising=False)
    with pytest.warns(DataWarning, match="'gender-specific' was not found, so the 4 names of 'gender'"):
        one = HardDebias().fit(e, gender)
    assert one.notes_["specific"]["list"] == "names of gender" and "actress" not in one.untouched_
    with pytest.raises(UnknownNameError):
        HardDebias(specific="actresses").fit(e, gender)
