"""Concepts: how they are made, and where their names stand in an embedding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.data.concept import Concept, find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

PAIRS = [("woman", "man"), ("she", "he"), ("her", "him")]


@pytest.fixture
def words() -> Embedding:
    return Embedding(["woman", "man", "she", "he", "none"], [[1, 0], [-1, 0], [1, 1], [-1, 1], [0, 0]])


def test_pairs_make_groups_of_their_columns_each_name_once() -> None:
    made = Concept.from_pairs("gender", [("woman", "man"), ("woman", "boy")], groups=("f", "m"))
    assert made.groups == {"f": ("woman",), "m": ("man", "boy")} and made.pairs == (("woman", "man"), ("woman", "boy"))
    for wrong in ([], [("a", "b"), ("c",)], [("a",)]):
        with pytest.raises(DataError):
            Concept.from_pairs("gender", wrong)


def test_a_name_may_be_in_one_group_only_and_a_group_is_no_string() -> None:
    with pytest.raises(DataError, match="'x' is in two groups of 'c', 'a' and 'b'"):
        Concept("c", {"a": ["x"], "b": ["x"]})
    with pytest.raises(DataError, match="one string"):
        Concept("c", {"a": "she"})  # type: ignore[dict-item]
    with pytest.raises(DataError, match="has no names"):
        Concept("c", {"a": []})


def test_columns_of_numbers_are_cut_at_quantiles_the_highest_first() -> None:
    table = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0, np.nan], "side": ["l", "r", "l", None, "r"]})
    e = Embedding(list("abcde"), np.eye(5), attributes=table)
    assert dict(Concept.from_attribute(e, "age").groups) == {"high": ("c", "d"), "low": ("a", "b")}
    assert dict(Concept.from_attribute(e, "side", groups=["r", "l"]).groups) == {"r": ("b", "e"), "l": ("a", "c")}
    with pytest.raises(UnknownNameError, match="attribute"):
        Concept.from_attribute(e, "sides")
    with pytest.raises(ParameterError, match="bins must be at least 2"):
        Concept.from_attribute(e, "age", bins=1)


def test_located_says_what_is_missing_and_what_has_no_direction(words: Embedding) -> None:
    found = Concept.from_pairs("gender", [*PAIRS, ("none", "boy")], groups=("f", "m")).locate(words)
    assert found.sets.tolist() == [[0, 1], [2, 3]] and found.all_rows.tolist() == [0, 2, 1, 3] and found.labels.tolist() == [0, 0, 1, 1]
    assert found.missing == {"f": ["her"], "m": ["him", "boy"]} and found.zero["f"] == ["none"]
    assert found.report()["zero"] == {"f": ["none"]}
    with pytest.raises(UnknownNameError, match="'her'"):
        Concept.from_pairs("gender", PAIRS).locate(words, missing="error")


def test_too_few_names_are_an_error_that_says_why(words: Embedding) -> None:
    with pytest.raises(DataError, match=r"has 2 of its 2 names in the embedding, and 3 are needed$"):
        Concept.from_pairs("gender", PAIRS[:2]).locate(words, least=3)
    with pytest.raises(DataError, match=r"and 1 is needed; missing are 'her'"):
        Concept.from_pairs("gender", PAIRS[2:]).locate(words)


def test_lower_case_is_tried_where_the_embedding_knows_no_capitals(words: Embedding) -> None:
    assert find_names(words, ["She", "HE", "it"]).tolist() == [2, 3, -1]
    assert find_names(Embedding(["she", "Paris"], np.eye(2)), ["She"]).tolist() == [-1]
    with pytest.raises(DataError, match="is found for two names"):
        Concept("c", {"a": ["She"], "b": ["she"]}).locate(words)


def test_names_of_several_kinds_need_one() -> None:
    e = Embedding(["a", "b", "a"], np.eye(3), kinds=["user", "user", "item"])
    assert find_names(e, ["a"], "item").tolist() == [2]
    with pytest.raises(DataError, match="stands in several kinds"):
        find_names(e, ["a"])
    with pytest.raises(UnknownNameError, match="kind"):
        find_names(e, ["a"], "tag")
