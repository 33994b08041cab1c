"""LEACE and its relatives: erasure to rounding, and the reference package."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from graphemb.analysis.edits.labels import labels_of
from graphemb.analysis.edits.leace import LEACE, shrunk
from graphemb.analysis.edits.mean_difference import MeanDifference
from graphemb.analysis.edits.named import edit
from graphemb.analysis.edits.oracle_leace import OracleLEACE
from graphemb.analysis.edits.sal import SAL
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError

ERASERS = pytest.mark.parametrize("name", ["leace", "leace:method=orth", "leace:shrinkage=0", "sal", "mean-difference"])


def labelled(groups: int = 3, n: int = 240, d: int = 12, seed: int = 0) -> tuple[Embedding, Concept, np.ndarray]:
    """Correlated columns in which groups of unequal sizes have different means; names are numbers."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(groups, size=n, p=np.arange(1, groups + 1) / np.arange(1, groups + 1).sum())
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2 * rng.normal(size=(groups, d))[codes] + 5
    e = Embedding([f"{i}" for i in range(n)], x)
    return e, Concept("kind", {f"g{g}": tuple(map(str, np.flatnonzero(codes == g))) for g in range(groups)}), codes


@ERASERS
@pytest.mark.parametrize("groups", [2, 3, 5])
def test_all_groups_have_the_same_mean(name: str, groups: int) -> None:
    e, concept, codes = labelled(groups)
    one = edit(name).fit(e, concept)
    y = one.map_.apply(e.vectors.astype(np.float64))
    means = np.stack([y[codes == g].mean(axis=0) for g in range(groups)])
    np.testing.assert_allclose(means - means[0], 0, atol=1e-8)
    assert one.map_.rank == groups - 1
    np.testing.assert_allclose(one.map_.apply(y), y, atol=1e-8)  # twice is once


@ERASERS
def test_no_linear_classifier_finds_anything(name: str) -> None:
    e, concept, codes = labelled(2)
    y = edit(name).fit(e, concept).map_.apply(e.vectors.astype(np.float64))
    y -= y.mean(axis=0)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(y, codes)
    assert np.abs(model.coef_).max() < 1e-4


def test_fewer_rows_than_columns_are_erased_too() -> None:
    e, concept, codes = labelled(2, n=20, d=60)
    for name in ("leace:labels=groups", "leace:labels=groups,shrinkage=0"):
        y = edit(name).fit(e, concept).map_.apply(e.vectors.astype(np.float64))
        np.testing.assert_allclose(y[codes == 0].mean(axis=0), y[codes == 1].mean(axis=0), atol=1e-8)


def test_where_columns_are_white_it_is_the_mean_difference_and_sal() -> None:
    rng = np.random.default_rng(1)
    codes = np.arange(200) % 2
    x = rng.normal(size=(200, 5)) + 1.5 * codes[:, None] * np.array([1.0, 0, 0, 0, 0])
    x -= x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    e = Embedding([f"{i}" for i in range(200)], x)
    concept = Concept("side", {"a": [str(i) for i in range(0, 200, 2)], "b": [str(i) for i in range(1, 200, 2)]})
    edited = [edit(name).fit(e, concept).map_.apply(x) for name in ("leace:shrinkage=0", "mean-difference", "sal", "leace:method=orth")]
    for other in edited[1:]:
        np.testing.assert_allclose(edited[0], other, atol=1e-5)


def test_it_moves_the_labelled_rows_least() -> None:
    e, concept, _ = labelled(2)
    moved = {
        name: edit(name).fit_transform(e, concept).meta["edits"][0]["moved"] for name in ("leace:shrinkage=0", "mean-difference", "sal")
    }
    oracle = OracleLEACE().fit_transform(e, concept).meta["edits"][0]["moved"]
    assert oracle < moved["leace:shrinkage=0"] < min(moved["mean-difference"], moved["sal"])


@ERASERS
def test_groups_with_the_same_mean_leave_nothing_to_do(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    e = Embedding([f"{i}" for i in range(40)], np.vstack([x, x]))
    concept = Concept("half", {"a": [str(i) for i in range(20)], "b": [str(i) for i in range(20, 40)]})
    one = edit(name)
    with pytest.warns(DataWarning, match="same mean already"):
        one.fit(e, concept)
    assert one.map_.rank == 0
    np.testing.assert_array_equal(one.transform(e).vectors, e.vectors)


@pytest.mark.parametrize("groups", [2, 4])
@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({"shrinkage": 0.0}, {"shrinkage": False}),
        ({"shrinkage": "auto"}, {"shrinkage": True}),
        ({"method": "orth"}, {"method": "orth"}),
    ],
)
def test_the_package_of_the_authors_gives_the_same(groups: int, settings: dict[str, Any], theirs: dict[str, Any]) -> None:
    erasure = pytest.importorskip("concept_erasure")
    import torch

    e, concept, codes = labelled(groups)
    x = torch.from_numpy(e.vectors.astype(np.float64))
    z = torch.nn.functional.one_hot(torch.from_numpy(codes))
    fitted = erasure.LeaceFitter(x.shape[1], groups, dtype=torch.float64, **theirs).update(x, z)
    ours = LEACE(tol=0.01, labels="groups", **settings).fit(e, concept).map_.apply(x.numpy())
    np.testing.assert_allclose(ours, fitted.eraser(x).numpy(), atol=1e-6)


def test_the_oracle_of_the_authors_gives_the_same() -> None:
    erasure = pytest.importorskip("concept_erasure")
    import torch

    e, concept, codes = labelled(3)
    x = torch.from_numpy(e.vectors.astype(np.float64))
    z = torch.nn.functional.one_hot(torch.from_numpy(codes)).to(torch.float64)
    ours = OracleLEACE().fit(e, concept).apply(x.numpy(), labels=[f"g{c}" for c in codes])
    np.testing.assert_allclose(ours, erasure.OracleEraser.fit(x, z)(x, z).numpy(), atol=1e-6)


def test_the_oracle_goes_by_name_and_leaves_the_others(space: Embedding, sides: Concept) -> None:
    one = OracleLEACE().fit(space, sides)
    edited = one.transform(space)
    others = [n for n in space.names if n[0] == "n"]
    np.testing.assert_array_equal(edited.vectors[space.rows(others)], space.vectors[space.rows(others)])
    left, right = (edited.vectors[space.rows(names)].mean(axis=0) for names in sides.groups.values())
    np.testing.assert_allclose(left, right, atol=1e-6)
    reordered = one.transform(space.take(np.arange(len(space))[::-1]))
    np.testing.assert_allclose(reordered.vectors[::-1], edited.vectors, atol=1e-6)


def test_the_oracle_asks_for_the_labels_of_new_vectors(space: Embedding, sides: Concept) -> None:
    one = OracleLEACE().fit(space, sides)
    moved = one.apply(space.vectors[:3], labels=["left", "right", None], strength=0.5)
    np.testing.assert_allclose(moved[:2], one.transform(space, strength=0.5).vectors[:2], atol=1e-6)
    np.testing.assert_array_equal(moved[2], space.vectors[2])
    for labels in (None, ["left"]):
        with pytest.raises(ParameterError, match="needs the group of each of the 3 vectors"):
            one.apply(space.vectors[:3], labels=labels)
    with pytest.raises(UnknownNameError, match="did you mean 'left'"):
        one.apply(space.vectors[:1], labels=["lef"])


def test_sal_takes_the_strongest_directions_first() -> None:
    e, concept, codes = labelled(4)
    ranks = [SAL(rank=r).fit(e, concept) for r in (1, 2, 3)]
    spread = []
    for one in ranks:
        y = one.map_.apply(e.vectors.astype(np.float64))
        means = np.stack([y[codes == g].mean(axis=0) for g in range(4)])
        spread.append(np.linalg.norm(means - means.mean(axis=0)))
    assert spread[0] > spread[1] > spread[2] and spread[2] < 1e-8
    with pytest.raises(ParameterError, match="covary with 3 directions, and rank=4"):
        SAL(rank=4).fit(e, concept)


def test_few_names_give_way_to_those_that_lean_most() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 30))
    x[0, 0], x[1, 0] = 9, -9
    e = Embedding([f"w{i}" for i in range(400)], x)
    concept = Concept.from_pairs("sex", [("w0", "w1")])
    with pytest.warns(DataWarning, match="2 names for 30 columns, so the 80 names that lean most"):
        one = LEACE().fit(e, concept)
    assert one.notes_ == {"labels": "biased", "labelled": {"group 1": 40, "group 2": 40}}
    assert LEACE(labels="groups").fit(e, concept).notes_["labels"] == "groups"
    located = concept.locate(e)
    assert labels_of(e, located, "biased").source == "biased"
    few = e.take(np.arange(12))  # a tenth of twelve names a side are not more than its own
    assert labels_of(few, concept.locate(few)).source == "groups"
    with pytest.raises(ParameterError, match="labels must be"):
        MeanDifference(labels="all").fit(e, concept)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="concept of 2 groups"):
        three = Concept("three", {"a": ("w0",), "b": ("w1",), "c": ("w2",)})
        LEACE(labels="biased").fit(e, three)


def test_shrinkage_is_a_weight() -> None:
    s = np.cov(np.random.default_rng(0).normal(size=(30, 20)), rowvar=False)
    np.testing.assert_allclose(shrunk(s, 30, 1.0), np.trace(s) / 20 * np.eye(20))
    auto = shrunk(s, 30, "auto")
    assert np.linalg.norm(auto - np.eye(20)) < np.linalg.norm(s - np.eye(20))
    with pytest.raises(ParameterError, match="shrinkage"):
        shrunk(s, 30, 1.5)
