"""DECOR's algebra, and what its axes say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.analysis.edits.decor import DECOR
from graphemb.analysis.edits.edit import unit
from graphemb.analysis.edits.hard import HardDebias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Embedding, np.ndarray]:
    """An embedding, and some rows that are not wanted."""
    n, d, m = draw(st.integers(2, 12)), draw(st.integers(2, 8)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    e = Embedding([f"{i}" for i in range(n)], rng.normal(size=(n, d)).astype(np.float32))
    return e, rng.normal(size=(m, d))


SHARES = st.floats(0.0, 1.0, allow_nan=False)


@given(scenes())
@settings(deadline=None, max_examples=40)
def test_all_of_it_makes_rows_orthogonal_to_every_unwanted_row(scene: tuple[Embedding, np.ndarray]) -> None:
    e, unwanted = scene
    one = DECOR(undesired=unwanted).fit(e)
    y = one.map_.apply(e.vectors.astype(np.float64))
    np.testing.assert_allclose(y @ unwanted.T, 0, atol=1e-9)
    assert one.map_.rank == np.linalg.matrix_rank(unwanted)
    np.testing.assert_allclose(one.map_.apply(y), y, atol=1e-9)


@given(scenes(), SHARES)
@settings(deadline=None, max_examples=40)
def test_twice_is_once_with_one_minus_the_square(scene: tuple[Embedding, np.ndarray], alpha: float) -> None:
    e, unwanted = scene
    x = e.vectors.astype(np.float64)
    once = DECOR(undesired=unwanted, alpha=alpha).fit(e)
    both = DECOR(undesired=unwanted, alpha=1 - (1 - alpha) ** 2).fit(e)
    np.testing.assert_allclose(once.map_.apply(once.map_.apply(x)), both.map_.apply(x), atol=1e-9)
    matrix = once.map_.apply(np.eye(e.dim))
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)
    span = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(np.sort(span)[: once.map_.rank], 1 - alpha, atol=1e-9)


@given(scenes(), SHARES, SHARES)
@settings(deadline=None, max_examples=40)
def test_strength_is_alpha(scene: tuple[Embedding, np.ndarray], alpha: float, strength: float) -> None:
    e, unwanted = scene
    product = DECOR(undesired=unwanted, alpha=alpha * strength).fit(e).apply(e.vectors)
    np.testing.assert_allclose(DECOR(undesired=unwanted, alpha=alpha).fit(e).apply(e.vectors, strength=strength), product, atol=1e-5)


@given(scenes(), st.data())
@settings(deadline=None, max_examples=40)
def test_preserved_rows_do_not_change(scene: tuple[Embedding, np.ndarray], data: st.DataObject) -> None:
    e, unwanted = scene
    kept = data.draw(st.lists(st.sampled_from(list(e.names)), min_size=1, max_size=min(e.dim - 1, len(e)), unique=True))
    centre = data.draw(st.booleans())
    if len(kept) + centre >= e.dim:
        kept = kept[: max(e.dim - 2, 1)]
    one = DECOR(undesired=unwanted, preserve=kept, centre=centre)
    try:
        one.fit(e)
    except DataWarning:  # all that the rows span is to be preserved
        return
    x = e.vectors[e.rows(kept)].astype(np.float64)
    np.testing.assert_allclose(one.map_.apply(x), x, atol=1e-6)


@given(scenes(), st.floats(0.01, 100.0))
@settings(deadline=None, max_examples=40)
def test_the_soft_part_is_ridge(scene: tuple[Embedding, np.ndarray], lam: float) -> None:
    e, unwanted = scene
    x = e.vectors.astype(np.float64)
    ridge = unwanted.T @ np.linalg.inv(unwanted @ unwanted.T + lam * np.eye(len(unwanted))) @ unwanted
    np.testing.assert_allclose(DECOR(undesired=unwanted, lam=lam).fit(e).map_.apply(x), x - x @ ridge, atol=1e-8)
    limit = DECOR(undesired=unwanted, lam=1e-12).fit(e).map_.apply(x)
    np.testing.assert_allclose(limit, DECOR(undesired=unwanted).fit(e).map_.apply(x), atol=1e-6)


@given(scenes())
@settings(deadline=None, max_examples=20)
def test_centring_keeps_the_mean(scene: tuple[Embedding, np.ndarray]) -> None:
    e, unwanted = scene
    x = e.vectors.astype(np.float64)
    np.testing.assert_allclose(DECOR(undesired=unwanted, centre=True).fit(e).map_.apply(x).mean(axis=0), x.mean(axis=0), atol=1e-9)


def test_ranks_and_energy() -> None:
    unwanted = np.diag([3.0, 2.0, 1.0, 0.0])
    e = Embedding(list("abcd"), np.eye(4))
    ranks = {rank: DECOR(undesired=unwanted, rank=rank).fit(e).map_.rank for rank in (None, 1, 2, 3, 0.6, 0.65, 0.99)}
    assert ranks == {None: 3, 1: 1, 2: 2, 3: 3, 0.6: 1, 0.65: 2, 0.99: 3}  # shares 9, 13 and 14 of 14
    for bad in (4, 0, -1, 0.0, 1.5, True):
        with pytest.raises(ParameterError):
            DECOR(undesired=unwanted, rank=bad).fit(e)
    with pytest.raises(ParameterError, match="the 4 unwanted rows span 3 axes, and rank=4 was asked for"):
        DECOR(undesired=unwanted, rank=4).fit(e)


def test_one_direction_is_the_neutral_half_of_hard_debiasing(space: Embedding, sides: Concept) -> None:
    whole = space.replace(vectors=unit(space.vectors.astype(np.float64)))
    ours = DECOR(rank=1).fit_transform(whole, sides).vectors
    hard = HardDebias(specific=[], equalise=False).fit_transform(whole, sides).vectors
    np.testing.assert_allclose(unit(ours.astype(np.float64)), hard, atol=1e-6)


def test_what_is_unwanted(space: Embedding, sides: Concept) -> None:
    one_group = Concept("topic", {"topic": ("n1", "n2", "n3")})
    assert DECOR().fit(space, one_group).notes_["unwanted"] == "names"
    assert DECOR().fit(space, sides).notes_["unwanted"] == "differences within sets"
    without = sides.replace(sets=(), equalise=())
    means = DECOR().fit(space, without)
    assert means.notes_["unwanted"] == "differences of means" and means.map_.rank == 1
    names = DECOR(rows="names").fit(space, sides)
    assert names.notes_["unwanted_rows"] == 16 and names.map_.rank == 6
    assert DECOR(rows="centred", rank=2).fit(space, sides).map_.rank == 2
    with pytest.raises(DataError, match="at least 2 groups"):
        DECOR(rows="differences").fit(space, one_group)


def test_axes_say_what_they_mean(space: Embedding, sides: Concept) -> None:
    one = DECOR().fit(space, sides)
    table = one.axes(3)
    assert list(table.columns) == ["axis", "singular_value", "energy", "strength", "ahead", "behind"]
    assert set(table["ahead"][0].split(", ")) <= set(sides.groups["left"]) | {"queen", "aunt"}
    assert set(table["behind"][0].split(", ")) & set(sides.groups["right"])
    assert table["energy"].sum() == pytest.approx(1) and (np.diff(table["singular_value"]) <= 0).all()
    assert one.transform(space).meta["edits"][0]["axes"][0]["ahead"].startswith(table["ahead"][0])


def test_length_can_be_kept(space: Embedding, sides: Concept) -> None:
    edited = DECOR(rank=1, renorm=True).fit_transform(space, sides)
    np.testing.assert_allclose(np.linalg.norm(edited.vectors, axis=1), np.linalg.norm(space.vectors, axis=1), rtol=1e-5)


def test_only_some_rows(space: Embedding, sides: Concept) -> None:
    one = DECOR(rank=1).fit(space, sides)
    edited = one.transform(space, strength={"n1": 1.0, "n2": 0.5})
    assert np.flatnonzero((edited.vectors != space.vectors).any(axis=1)).tolist() == space.rows(["n1", "n2"]).tolist()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"alpha": 1.1}, ParameterError, "alpha"),
        ({"lam": -1.0}, ParameterError, "lam"),
        ({"rows": "all"}, ParameterError, "rows must be"),
        ({"preserve": "n1"}, ParameterError, "preserve takes a list"),
        ({"preserve": ["who"]}, DataError, "none of the 1 names to preserve"),
    ],
)
def test_settings_that_are_none(given: dict[str, Any], error: type[Exception], message: str, space: Embedding, sides: Concept) -> None:
    with pytest.raises(error, match=message):
        DECOR(**given).fit(space, sides)


def test_rows_of_ones_own_must_fit(space: Embedding, sides: Concept) -> None:
    for bad in (np.ones((2, 3)), np.full((1, 6), np.nan)):
        with pytest.raises(DataError, match="finite rows of 6 columns"):
            DECOR(undesired=bad).fit(space)
    with pytest.raises(ParameterError, match="takes no concept"):
        DECOR(undesired=np.ones((1, 6))).fit(space, sides)
    assert DECOR(undesired=np.ones(6)).fit(space).map_.rank == 1


def test_nothing_is_left_to_take(space: Embedding) -> None:
    topic = Concept("topic", {"topic": ("n1",)})
    with pytest.warns(DataWarning, match="all that they span is to be preserved"):
        one = DECOR(preserve=["n1"]).fit(space, topic)
    np.testing.assert_array_equal(one.transform(space).vectors, space.vectors)
    with pytest.warns(DataWarning, match="1 of 2 names to preserve are not in the embedding"):
        DECOR(preserve=["n4", "who"]).fit(space, topic)
