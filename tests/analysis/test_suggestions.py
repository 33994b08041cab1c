"""Recommendations for single users, known and new, with reasons."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.suggestions import Suggestions, recommendations
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.kernels.recommender import user_item_embedding

PARTS = {
    "train": [("ann", "tea"), ("ann", "rye"), ("bob", "rye"), ("bob", "oat")],
    "validation": [("ann", "oat")],
    "test": [("ann", "nut"), ("eve", "tea")],
}
DATA = Interactions.from_pairs(PARTS, item_text={"tea": "a leaf", "fig": "a fruit"}, item_names=["tea", "rye", "oat", "nut", "fig", "elm"])
ITEMS = np.array([[1, 0], [0, 1], [0, 2], [1, 1], [1, 0.1], [-1, 0]], dtype=np.float32)
USERS = np.array([[2, 1], [0, 1], [1, 0]], dtype=np.float32)


def embedding(**parts) -> Embedding:
    return user_item_embedding(DATA, USERS, ITEMS, **parts)


PLACING = embedding(parameters={"profiles": ITEMS})


def test_a_known_user_gets_unseen_items_best_first():
    table = recommendations(embedding(), DATA, "ann")
    assert table["item"].tolist() == ["fig", "elm"]
    assert table["score"].tolist() == pytest.approx([2.1, -2.0])
    assert table.attrs["left_out"] == 4  # of all three splits
    assert table["text"].tolist() == ["a fruit", ""]


def test_reasons_are_the_nearest_of_the_users_own_items():
    table = recommendations(embedding(), DATA, "ann", reasons=1)
    assert table["because"].tolist() == [["tea"], []]  # nothing of ann's points the way of elm
    assert recommendations(embedding(), DATA, "bob", k=1)["because"].tolist() == [["rye", "oat"]]
    assert recommendations(embedding(), DATA, "ann", reasons=0)["because"].tolist() == [[], []]


def test_a_new_user_is_placed_by_items():
    table = recommendations(PLACING, DATA, items=["tea", "rye", "tea"], k=2)
    assert table["item"].tolist() == ["oat", "nut"]  # equal scores: the first in the data
    assert table["score"].tolist() == [2, 2]
    assert table["because"].tolist() == [["rye"], ["tea", "rye"]]
    assert table.attrs["left_out"] == 2


def test_a_user_whom_the_embedding_lacks_is_placed_by_training_items():
    others = PLACING.take(np.arange(1, 9))
    known = recommendations(others, DATA, "ann", k=1)
    assert known["item"].tolist() == ["fig"]
    with pytest.raises(DataError, match="'eve' is not in the embedding and has no training items"):
        recommendations(PLACING.take(np.array([0, 1, 3, 4, 5, 6, 7, 8])), DATA, "eve")


def test_a_user_without_training_items_is_told():
    with pytest.warns(DataWarning, match="'eve' has no training items"):
        table = recommendations(embedding(), DATA, "eve", k=1)
    assert table["item"].tolist() == ["nut"]
    assert table["because"].tolist() == [["tea"]]


def test_prepared_once_for_many_users():
    prepared = Suggestions(PLACING, DATA)
    assert prepared.for_user("ann").equals(recommendations(PLACING, DATA, "ann"))
    assert prepared.for_items(["tea"]).equals(recommendations(PLACING, DATA, items=["tea"]))
    assert prepared.for_user("ann").equals(prepared.for_user("ann"))


def test_items_that_the_embedding_lacks_are_not_recommended():
    lacking = embedding().take(np.arange(8))
    assert recommendations(lacking, DATA, "ann")["item"].tolist() == ["fig"]


def test_names_that_are_not_there():
    with pytest.raises(UnknownNameError, match=r"unknown user 'anne'; did you mean 'ann'.*of a new user give the items"):
        recommendations(embedding(), DATA, "anne")
    with pytest.raises(UnknownNameError, match="unknown item 'teas'; did you mean 'tea'"):
        recommendations(PLACING, DATA, items=["teas"])


def test_what_cannot_be_asked():
    with pytest.raises(ParameterError, match="expected the name of a user, which is text, got 3"):
        recommendations(embedding(), DATA, 3)
    with pytest.raises(ParameterError, match="one of them, not both"):
        recommendations(embedding(), DATA, "ann", items=["tea"])
    with pytest.raises(ParameterError, match="one of them, not both"):
        recommendations(embedding(), DATA)
    with pytest.raises(ParameterError, match="at least one item"):
        recommendations(PLACING, DATA, items=[])
    with pytest.raises(ParameterError, match="list of items"):
        recommendations(PLACING, DATA, items="tea")
    with pytest.raises(ParameterError, match="k must be"):
        recommendations(embedding(), DATA, "ann", k=0)
    with pytest.raises(DataError, match="no profiles"):
        recommendations(embedding(), DATA, items=["tea"])
    with pytest.raises(DataError, match="knows none of the items"):
        recommendations(user_item_embedding(DATA, USERS, ITEMS).take(np.arange(8)), DATA, items=["elm"])
    with pytest.raises(DataError, match="need Interactions, got Graph"):
        recommendations(embedding(), Graph.from_edges([("a", "b")]), "ann")
