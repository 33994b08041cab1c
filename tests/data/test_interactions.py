from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from graphemb.data.graph import not_a_graph
from graphemb.data.interaction_counts import interaction_counts
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, DataWarning, UnknownNameError

PAIRS = {"train": [("ann", "tea"), ("ann", "rye"), ("bob", "tea")], "validation": [("bob", "rye")], "test": [("ann", "oat")]}


@pytest.fixture
def data() -> Interactions:
    return Interactions.from_pairs(PAIRS)


def test_matrices_and_sizes(data: Interactions) -> None:
    assert (data.n_users, data.n_items, data.n_pairs, len(data)) == (2, 3, 5, 5)
    assert [data.size(name) for name in ("train", "validation", "test")] == [3, 1, 1] and data.size("valid") == 1
    assert data.train.toarray().tolist() == [[1, 1, 0], [1, 0, 0]]
    assert data.validation.toarray().tolist() == [[0, 0, 0], [0, 1, 0]] and data.split("test").toarray().tolist() == [[0, 0, 1], [0, 0, 0]]
    assert data.train.dtype == np.float32 and data.train.indices.dtype == np.int32 and data.train.has_sorted_indices


def test_pairs_cannot_be_changed(data: Interactions) -> None:
    with pytest.raises(ValueError, match="read-only"):
        data.pairs[0, 0] = 1


def test_repeats_count_once_and_keep_the_last_rating() -> None:
    again = Interactions(["ann"], ["tea", "rye"], [[0, 0, 0], [0, 1, 0]], ratings=[1, 2, 3], times=[10, 11, 12])
    assert again.n_pairs == 2 and again.meta["reading"] == {"listed": 3, "repeated": 1, "in_an_earlier_split": 0}
    assert dict(zip(again.pairs[1].tolist(), again.ratings.tolist(), strict=True)) == {1: 2.0, 0: 3.0}
    assert sorted(again.times.tolist()) == [11, 12]


def test_a_pair_of_two_splits_stays_in_the_earlier_and_is_warned_of_once() -> None:
    pairs = {"train": [("ann", "tea")], "validation": [("ann", "tea"), ("ann", "rye")], "test": [("ann", "rye"), ("ann", "oat")]}
    with pytest.warns(DataWarning, match=r"earlier split too are left out of the later one: 2") as warned:
        data = Interactions.from_pairs(pairs)
    assert len(warned) == 1
    assert [data.size(name) for name in ("train", "validation", "test")] == [1, 1, 1]
    assert data.meta["reading"]["in_an_earlier_split"] == 2


def test_item_only_in_test_is_an_item_and_its_user_too() -> None:
    data = Interactions.from_pairs({"train": [("ann", "tea")], "test": [("cat", "oat")]})
    assert list(data.users) == ["ann", "cat"] and list(data.items) == ["tea", "oat"]
    counts = interaction_counts(data)
    assert (counts["users_without_training"], counts["test_users_without_training"]) == (1, 1)
    assert (counts["items_without_training"], counts["test_items_without_training"]) == (1, 1)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([[0, -1], [0, 0]], r"the user of interaction 1 is number -1, expected 0 to 1"),
        ([[0, 2], [0, 0]], r"the user of interaction 1 is number 2"),
        ([[0, 0], [0, 3]], r"the item of interaction 1 is number 3, expected 0 to 2"),
        ([[0.5], [0]], r"whole numbers of shape"),
        ([0, 1], r"whole numbers of shape"),
    ],
)
def test_ids_outside_the_names(pairs: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Interactions(["ann", "bob"], ["tea", "rye", "oat"], pairs)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_missing_names(missing: object) -> None:
    with pytest.raises(DataError, match=r"interaction 1 has no item"):
        Interactions.from_pairs([("ann", "tea"), ("bob", missing)])


def test_unknown_and_overlapping_splits() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown split 'tset'; did you mean 'test'"):
        Interactions.from_pairs({"tset": [("ann", "tea")]})
    with pytest.raises(DataError, match=r"belongs to one split, but interaction 0 stands in 2"):
        Interactions(["ann"], ["tea"], [[0], [0]], splits={"train": slice(0, 1), "test": [0]})
    with pytest.raises(DataError, match=r"interaction 1 stands in 0"):
        Interactions(["ann"], ["tea", "rye"], [[0, 0], [0, 1]], splits={"train": slice(0, 1)})


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (np.zeros((2, 4)), r"'visual' need one row an item, so 3 rows and at least one column, got shape \(2, 4\)"),
        (np.zeros((3, 0)), r"at least one column"),
        (np.zeros(3), r"got shape \(3,\)"),
        ([[0, 1], [np.nan, 1], [0, 0]], r"'visual' of 1 items hold NaN in a part of the row, first 'rye'"),
        ([[0, 1], [np.inf, 1], [0, 0]], r"of 1 items hold infinite numbers, first 'rye'"),
        ([[0, 1], [1e39, 1], [0, 0]], r"infinite numbers"),
        ([["a"], ["b"], ["c"]], r"must be a table of numbers"),
        ([[0, 1], [1], [0, 0]], r"rows of one length"),
    ],
)
def test_features_that_do_not_fit(data: Interactions, features: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        data.replace(features={"visual": features})


def test_rows_of_nan_are_items_without_features(data: Interactions) -> None:
    with_some = data.replace(features={"visual": [[0, 1], [np.nan, np.nan], [1, 1]]})
    assert with_some.missing_features("visual").tolist() == [False, True, False]
    assert with_some.features["visual"].dtype == np.float32 and not with_some.features["visual"].flags.writeable
    assert interaction_counts(with_some)["items_without_features"] == {"visual": 1}
    with pytest.raises(UnknownNameError, match="unknown modality 'visul'; did you mean 'visual'"):
        with_some.missing_features("visul")


def test_fingerprint_is_of_the_content(data: Interactions) -> None:
    other_order = {name: part[::-1] for name, part in PAIRS.items()}
    assert Interactions.from_pairs(PAIRS).fingerprint == data.fingerprint
    named = {"item_names": ["tea", "rye", "oat"], "user_names": ["ann", "bob"]}
    assert Interactions.from_pairs(other_order, **named).fingerprint == data.fingerprint
    moved = {**PAIRS, "train": PAIRS["train"][:2], "validation": [("bob", "rye"), ("bob", "tea")]}
    assert Interactions.from_pairs(moved).fingerprint != data.fingerprint
    assert data.replace(features={"visual": np.zeros((3, 2))}).fingerprint != data.fingerprint


def test_frame_there_and_back(data: Interactions) -> None:
    timed = Interactions(data.users, data.items, data.pairs, splits=data.splits, ratings=range(5), times=range(5, 10))
    again = Interactions.from_frame(timed.to_frame(), split="split", rating="rating", time="time")
    assert again.fingerprint == data.fingerprint and again.ratings.tolist() == timed.ratings.tolist()
    assert again.times.tolist() == timed.times.tolist()
    with pytest.raises(UnknownNameError, match="unknown column 'rated'"):
        Interactions.from_frame(timed.to_frame(), rating="rated")
    with pytest.raises(UnknownNameError, match="unknown split 'dev2'"):
        Interactions.from_frame(pd.DataFrame({"user": ["a"], "item": ["b"], "split": ["dev2"]}), split="split")


def test_from_matrices() -> None:
    train, test = sp.csr_array([[1, 0], [0, 2]]), sp.csr_array([[0, 1], [0, 0]])
    data = Interactions.from_scipy(train, test=test)
    assert data.train.toarray().tolist() == [[1, 0], [0, 1]] and data.test.toarray().tolist() == [[0, 1], [0, 0]]
    assert list(data.users) == ["0", "1"]
    with pytest.raises(DataError, match="need one shape"):
        Interactions.from_scipy(train, test=sp.csr_array((2, 3)))


def test_graph_methods_say_where_the_graph_is(data: Interactions) -> None:
    error = not_a_graph("HOPE", data)
    assert str(error) == "HOPE needs a Graph, got graphemb.Interactions; its to_graph() is one"


def test_graph_has_kinds_and_tells_same_names_apart() -> None:
    graph = Interactions.from_pairs({"train": [("1", "1"), ("1", "2")], "test": [("2", "1")]}).to_graph()
    assert list(graph.names) == ["user:1", "user:2", "item:1", "item:2"] and graph.n_edges == 2
    assert list(graph.nodes["kind"]) == ["user", "user", "item", "item"] and not graph.directed


@pytest.mark.parametrize("what", ["ratings", "times"])
def test_numbers_that_do_not_fit(what: str) -> None:
    for values, said in (
        ([1], "expected 2"),
        ([1, np.nan], r"1 \w+ are NaN or infinite, first that of interaction 1"),
        (["a", "b"], "must be num"),
    ):
        with pytest.raises(DataError, match=said):
            Interactions(["ann"], ["tea", "rye"], [[0, 0], [0, 1]], **{what: values})


def test_text_by_name_or_in_order(data: Interactions) -> None:
    assert data.replace(item_text={"rye": "bread"}).item_text == ("", "bread", "")
    with pytest.raises(DataError, match=r"expected 3 texts, one an? item, got 1"):
        data.replace(item_text=["x"])


def test_empty() -> None:
    nothing = Interactions(["ann"], ["tea"], [[], []])
    assert nothing.n_pairs == 0 and nothing.train.nnz == 0 and "no interactions" in repr(nothing)
    assert nothing.to_graph().n_edges == 0 and interaction_counts(nothing)["density"] == 0
