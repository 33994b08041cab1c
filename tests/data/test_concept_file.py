"""Concepts in JSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphemb.data.concept_file import read_concept
from graphemb.errors import DataError, FormatError


def written(folder: Path, document: Any) -> Path:
    path = folder / "sex.json"
    path.write_text(json.dumps(document))
    return path


def test_pairs(tmp_path: Path) -> None:
    concept = read_concept(written(tmp_path, [["she", "he"], ["woman", "man"]]))
    assert concept.name == "sex" and concept.pairs == (("she", "he"), ("woman", "man"))


def test_groups(tmp_path: Path) -> None:
    assert read_concept(written(tmp_path, {"f": ["she"], "m": ["he"]})).groups == {"f": ("she",), "m": ("he",)}


def test_all_parts(tmp_path: Path) -> None:
    targets = {"groups": {"art": ["poem"], "science": ["nasa"]}}
    parts = {"name": "gender", "groups": ["f", "m"], "sets": [["she", "he"]], "equalise": [["queen", "king"]], "specific": ["nun"]}
    concept = read_concept(written(tmp_path, {**parts, "targets": targets, "kind": "word"}))
    assert concept.groups == {"f": ("she",), "m": ("he",)} and concept.equalise == (("queen", "king"),)
    assert concept.specific == ("nun",) and concept.kind == "word" and concept.targets is not None
    assert list(concept.targets.groups) == ["art", "science"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("she", "groups of names, or a list of pairs; got str"),
        ({"f": "she", "m": ["he"]}, "'f' must be a list of names"),
        ({"groups": {"f": ["a"]}, "size": 2}, "no part 'size'"),
        ({"pairs": "she:he"}, "list of lists"),
        ([["she", 1]], "'pairs' must be a list of names"),
    ],
)
def test_what_makes_no_concept(tmp_path: Path, document: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_concept(written(tmp_path, document))


def test_no_json_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with pytest.raises(DataError, match="is no file"):
        read_concept(path)
    path.write_text("{")
    with pytest.raises(FormatError, match="expected JSON"):
        read_concept(path)
