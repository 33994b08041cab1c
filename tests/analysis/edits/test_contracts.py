"""What every registered edit promises, one small check at a time."""

from __future__ import annotations

import inspect
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from graphemb import registry
from graphemb.analysis.edits.chain import Chain
from graphemb.analysis.edits.edit import Edit, unit
from graphemb.analysis.edits.named import edit
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, GraphembError, GraphembWarning, ParameterError

# Settings for speed only, or so that something moves: an edit that is not named here is checked with its own defaults.
QUICK: dict[str, dict[str, Any]] = {
    "soft": {"lam": 50.0},
    "double-hard": {"candidates": 2, "count": 10, "n_starts": 1},
    "inlp": {"rounds": 2, "early_stop": False},
    "ran": {"epochs": 20},
}
NAMES = [entry.name for entry in registry.entries("edit")]
every = pytest.mark.parametrize("name", [*NAMES, "chain"])


def make(name: str) -> Edit:
    if name == "chain":
        return Chain([edit("all-but-the-top"), edit("hard"), edit("leace")])
    return edit(name, **QUICK.get(name, {}))


def fitted(name: str, embedding: Embedding, concept: Concept, **options: Any) -> Edit:
    """The edit, whatever it has to say about the data."""
    one = make(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        return one.fit(embedding, concept if one.takes_concept else None, **options)


def plain_rows(one: Edit, embedding: Embedding) -> np.ndarray:
    """Rows that the map alone decides on."""
    steps = one.edits_ if isinstance(one, Chain) else [one]
    special = {name for step in steps for name in (*step.replaced_, *step.untouched_)}
    return np.array([row for row, name in enumerate(embedding.names) if name not in special])


def has_unit(one: Edit) -> bool:
    return one.map_.unit


@every
def test_settings_are_stored_unchanged_and_cloned(name: str) -> None:
    one = make(name)
    for key, value in one.get_params(deep=False).items():
        assert getattr(one, key) is value
    assert clone(one).get_params(deep=False).keys() == one.get_params(deep=False).keys()
    assert all(p.default is not p.empty or name == "chain" for p in inspect.signature(type(one)).parameters.values())


@every
def test_an_edit_that_is_not_fitted_says_so(name: str, space: Embedding) -> None:
    with pytest.raises(NotFittedError, match="call fit first"):
        make(name).transform(space)
    with pytest.raises(NotFittedError, match="call fit first"):
        make(name).apply(space.vectors)


@every
def test_what_does_not_move_is_kept(name: str, space: Embedding, sides: Concept) -> None:
    before = space.vectors.copy()
    edited = fitted(name, space, sides).transform(space)
    assert list(edited.names) == list(space.names) and edited.dim == space.dim and edited.decoder == space.decoder
    assert edited.attributes.equals(space.attributes) and edited.meta["method"] == "by hand"
    np.testing.assert_array_equal(space.vectors, before)
    assert np.isfinite(edited.vectors).all() and not np.array_equal(edited.vectors, before)


@every
def test_an_edit_can_be_fitted_again(name: str, space: Embedding, sides: Concept) -> None:
    other = space.replace(vectors=space.vectors[:, ::-1])
    one = fitted(name, space, sides)
    first = one.transform(space).vectors
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        one.fit(other, sides if one.takes_concept else None)
        one.fit(space, sides if one.takes_concept else None)
    np.testing.assert_array_equal(one.transform(space).vectors, first)


@every
def test_strength_nought_leaves_the_rows(name: str, space: Embedding, sides: Concept) -> None:
    one = fitted(name, space, sides)
    start = unit(space.vectors.astype(np.float64)) if has_unit(one) else space.vectors
    np.testing.assert_allclose(one.transform(space, strength=0.0).vectors, start, atol=1e-6)


@every
def test_strength_by_row_and_by_name(name: str, space: Embedding, sides: Concept) -> None:
    one = fitted(name, space, sides)
    whole, none = one.transform(space).vectors, one.transform(space, strength=0.0).vectors
    by_row = one.transform(space, strength=np.arange(len(space)) % 2).vectors
    np.testing.assert_array_equal(by_row[1::2], whole[1::2])
    np.testing.assert_array_equal(by_row[::2], none[::2])
    by_name = one.transform(space, strength={"n3": 1.0}).vectors
    row = space.rows("n3")[0]
    np.testing.assert_array_equal(by_name[row], whole[row])
    np.testing.assert_array_equal(np.delete(by_name, row, axis=0), np.delete(none, row, axis=0))


@every
@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan"), [0.5, 0.5]])
def test_strengths_that_are_none(name: str, strength: Any, space: Embedding, sides: Concept) -> None:
    with pytest.raises(ParameterError, match="strength"):
        fitted(name, space, sides).transform(space, strength=strength)


@every
def test_the_edit_stands_in_meta_and_in_the_file(name: str, space: Embedding, sides: Concept, tmp_path: Path) -> None:
    edited = fitted(name, space, sides).transform(space, strength=0.5)
    edited.save(tmp_path / "e.arrow")
    records = Embedding.load(tmp_path / "e.arrow").meta["edits"]
    json.dumps(records, allow_nan=False)
    wanted = ["all-but-the-top", "hard", "leace"] if name == "chain" else [name]
    assert [record["edit"] for record in records] == wanted
    for record in records:
        assert record["strength"] == 0.5 and record["rank"] >= 1 and record["rows"] == len(space) and record["moved"] > 0
        assert record["parameters"].keys() == edit(record["edit"]).get_params(deep=False).keys()
    twice = fitted(name, edited, sides).transform(edited)
    assert [record["edit"] for record in twice.meta["edits"]] == 2 * wanted


@every
def test_new_vectors_are_changed_as_rows_are(name: str, space: Embedding, sides: Concept) -> None:
    if name == "oracle-leace":
        pytest.skip("it asks for the labels of new vectors, see test_leace.py")
    one = fitted(name, space, sides)
    rows = plain_rows(one, space)
    for strength in (1.0, 0.3):
        applied = one.apply(space.vectors[rows].astype(np.float64), strength=strength)
        np.testing.assert_allclose(applied, one.transform(space, strength=strength).vectors[rows], atol=2e-6)
    assert one.apply(space.vectors[:2]).dtype == np.float32
    with pytest.raises(DataError, match="expected vectors of 6 columns"):
        one.apply(space.vectors[:, :3])


@every
def test_other_embeddings(name: str, space: Embedding, sides: Concept) -> None:
    one = fitted(name, space, sides)
    part = space.take(np.arange(30, 40))
    np.testing.assert_allclose(one.transform(part).vectors, one.transform(space).vectors[30:40], atol=2e-6)
    with pytest.raises(DataError, match="fitted to 6 columns"):
        one.transform(space.replace(vectors=space.vectors[:, :4]))


@every
def test_the_target_side_and_both(name: str, space: Embedding, sides: Concept) -> None:
    double = space.replace(context=space.vectors[:, ::-1])
    context = fitted(name, double, sides, side="context").transform(double)
    np.testing.assert_array_equal(context.vectors, double.vectors)
    both = fitted(name, double, sides).transform(double)
    assert both.meta["edits"][-1]["side"] == "both" and context.meta["edits"][-1]["side"] == "context"
    vectors = fitted(name, double, sides, side="vectors").transform(double)
    np.testing.assert_array_equal(vectors.context, double.context)
    np.testing.assert_allclose(both.context, context.context, atol=1e-6)
    np.testing.assert_allclose(both.vectors, fitted(name, space, sides).transform(space).vectors, atol=1e-6)
    with pytest.raises(DataError, match="needs an embedding with a context"):
        fitted(name, space, sides, side="both")
    with pytest.raises(ParameterError, match="side must be"):
        fitted(name, double, sides, side="left")


@every
def test_relations_are_neither_learned_from_nor_changed(name: str, space: Embedding, sides: Concept) -> None:
    kinds = np.array(["entity"] * len(space) + ["relation"] * 3)
    table = pd.concat([space.attributes, pd.DataFrame({"size": [0, 0, 0]})])
    names = [*space.names, "x", "y", "z"]
    known = Embedding(names, np.vstack([space.vectors, 100 * np.ones((3, 6))]), kinds=kinds, attributes=table)
    edited = fitted(name, known, sides).transform(known)
    np.testing.assert_array_equal(edited.vectors[-3:], known.vectors[-3:])
    np.testing.assert_allclose(edited.vectors[:-3], fitted(name, space, sides).transform(space).vectors, atol=1e-5)


@every
def test_a_concept_is_asked_for_or_refused(name: str, space: Embedding, sides: Concept) -> None:
    one = make(name)
    if one.takes_concept:
        with pytest.raises(ParameterError, match="needs a concept"):
            one.fit(space)
        with pytest.raises(DataError, match="has 0 of its 2 names in the embedding"):
            one.fit(space, Concept("side", {"left": ("who", "what"), "right": ("r0", "r1")}, targets=sides.targets))
    else:
        with pytest.raises(ParameterError, match="takes no concept"):
            one.fit(space, sides)


def hardships(space: Embedding) -> dict[str, Embedding]:
    """Embeddings with something wrong about them."""
    x, zero_rows, flat, alike = (space.vectors.copy() for _ in range(4))
    zero_rows[[5, 40, 41]] = 0
    flat[:, 3] = 2.0
    alike[1:16:2] = alike[0:16:2]
    few = space.take(np.arange(22))
    wide = np.random.default_rng(0).normal(size=(len(few), 40)) + np.pad(few.vectors, ((0, 0), (0, 34)))
    return {
        "fewer rows than columns": few.replace(vectors=wide),
        "duplicated rows": space.replace(vectors=np.vstack([x[:45], x[:45]])),
        "groups that are the same rows": space.replace(vectors=alike),
        "zero rows": space.replace(vectors=zero_rows),
        "a column without variance": space.replace(vectors=flat),
        "nothing but zeros": space.replace(vectors=np.zeros_like(x)),
        "one column": space.replace(vectors=x[:, :1]),
        "two rows": space.take(np.arange(2)),
    }


@every
@pytest.mark.parametrize(
    "what",
    [
        "fewer rows than columns",
        "duplicated rows",
        "groups that are the same rows",
        "zero rows",
        "a column without variance",
        "nothing but zeros",
        "one column",
        "two rows",
    ],
)
def test_hard_data_gives_finite_rows_or_a_clear_error(name: str, what: str, space: Embedding, sides: Concept) -> None:
    embedding = hardships(space)[what]
    try:
        one = fitted(name, embedding, sides)
    except GraphembError as error:
        assert "\n" not in str(error) and len(str(error)) > 20
        return
    edited = one.transform(embedding)
    assert np.isfinite(edited.vectors).all()
    json.dumps(edited.meta["edits"], allow_nan=False)


@every
def test_groups_of_one_name(name: str, space: Embedding, sides: Concept) -> None:
    single = Concept.from_pairs("side", [("l0", "r0")], targets=sides.targets)
    try:
        one = fitted(name, space, single)
    except GraphembError as error:
        assert len(str(error)) > 20
        return
    assert np.isfinite(one.transform(space).vectors).all()


@every
def test_infinite_numbers_are_refused(name: str, space: Embedding, sides: Concept) -> None:
    broken = space.replace()
    broken.vectors = np.where(np.arange(6) == 2, np.nan, space.vectors)
    with pytest.raises(DataError, match="NaN or infinite"):
        fitted(name, broken, sides)


def test_unknown_names_and_settings() -> None:
    with pytest.raises(GraphembError, match="did you mean 'leace'"):
        edit("leaces")
    with pytest.raises(ParameterError, match="did you mean 'alpha'"):
        edit("decor:alph=1")
    with pytest.raises(ParameterError, match="got none"):
        edit([])
