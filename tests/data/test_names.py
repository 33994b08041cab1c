"""Names: any string, unique, found by name, suggested when mistyped."""

from __future__ import annotations

import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.names import Names, fixed_width
from graphemb.errors import DataError, UnknownNameError

text = st.text(st.characters(exclude_categories=["Cs"]))
STRANGE = [
    "",
    " ",
    "a b",
    "a,b",
    'say "hi"',
    "tab\there",
    "line\nbreak",
    "😀🏳️‍🌈",
    "שלום",
    "مرحبا",
    "\u00e9",
    "e\u0301",
    "x" * 10_000,
    "nan",
    "None",
    "007",
    "\0",
]


def test_strange_names_are_names() -> None:
    names = Names(STRANGE)
    assert list(names) == STRANGE
    assert names.rows(STRANGE[::-1]).tolist() == list(range(len(STRANGE)))[::-1]
    assert all(name in names for name in STRANGE)
    assert names[-1] == "\0" and list(names[2:4]) == ["a b", "a,b"]


@settings(deadline=None)
@given(st.lists(text, unique=True))
def test_look_up_inverts_order(values: list[str]) -> None:
    names = Names(values)
    assert names.find(values).tolist() == list(range(len(values)))
    assert list(names) == values and len(names) == len(values)
    assert pickle.loads(pickle.dumps(names)) == names
    assert list(names.take(np.arange(len(values))[::-1])) == values[::-1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", "b", "a"], "1 name is there more than once, first 'a'"),
        (["a", None], "name in row 1 is missing"),
        (["a", float("nan")], "name in row 1 is missing"),
        (["\ud800"], "not valid Unicode"),
        ("abc", "expected a list of names, got one string 'abc'"),
    ],
)
def test_what_is_refused(values: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Names(values)  # type: ignore[arg-type]


def test_other_types_become_text() -> None:
    assert list(Names([1, 2.5, ("a", 1)])) == ["1", "2.5", "('a', 1)"]
    assert list(Names(np.arange(3))) == ["0", "1", "2"]
    for array in (pa.array(["a", "b"]), pa.chunked_array([["a"], ["b"]]), pa.array(["a", "b"]).dictionary_encode()):
        assert list(Names(array)) == ["a", "b"]
        assert Names(array).values.type == pa.large_string()


def test_unknown_names_offer_the_nearest() -> None:
    names = Names(["Portugal", "Spain"], what="country")
    with pytest.raises(UnknownNameError, match=r"unknown country 'Portugl'; did you mean 'Portugal'\?"):
        names.rows(["Spain", "Portugl"])
    assert names.find(["Spain", "Mars"]).tolist() == [1, -1]
    assert names.suggest("spain") == ["Spain"]


def test_a_long_name_does_not_flood_a_message() -> None:
    with pytest.raises(DataError) as caught:
        Names(["y" * 10_000] * 2)
    assert len(str(caught.value)) < 300
    assert len(repr(Names(["y" * 10_000]))) < 100


def test_fixed_width_text_refuses_what_numpy_would_change() -> None:
    assert fixed_width(Names(["a", "ü", ""]), "x.npz").tolist() == ["a", "ü", ""]
    with pytest.raises(DataError, match="ends in a zero character"):
        fixed_width(Names(["a\0"]), "x.npz")
    with pytest.raises(DataError, match=r"would need 1\.\d GiB"):
        fixed_width(Names(["x" * 10_000, *map(str, range(30_000))]), "x.npz")
