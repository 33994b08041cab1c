"""What --concept, --pairs, --groups and --targets mean."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from graphemb.cli.concepts import concept_from
from graphemb.cli.targets import targets_from
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError, UnknownNameError


@pytest.fixture
def people() -> Embedding:
    table = pd.DataFrame({"side": ["left", "right", "left"], "age": [1.0, 2.0, 3.0]})
    return Embedding(["a", "b", "c"], [[1, 0], [0, 1], [1, 1]], attributes=table)


def test_a_column_of_the_embedding(people: Embedding) -> None:
    concept = concept_from("side", people, groups="right,left")
    assert concept is not None and dict(concept.groups) == {"right": ("b",), "left": ("a", "c")}
    numbers = concept_from("age", people)
    assert numbers is not None and list(numbers.groups) == ["high", "low"]


def test_a_column_of_the_data(people: Embedding) -> None:
    graph = Graph.from_edges([("a", "b"), ("b", "c"), ("b", "d"), ("c", "d")])
    concept = concept_from("degree", people, graph)
    assert concept is not None and "b" in concept.groups["high"]
    relation = concept_from("in_region", None, "world/facts", groups="Europe,Africa")
    assert relation is not None and "Portugal" in relation.groups["Europe"] and relation.kind == "entity"


def test_a_named_concept_and_a_choice_of_its_groups(people: Embedding) -> None:
    concept = concept_from("gender", people, groups="male,female")
    assert concept is not None and concept.pairs[0] == ("man", "woman") and list(concept.groups) == ["male", "female"]


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "sex.json"
    path.write_text(json.dumps([["she", "he"]]))
    for found in (concept_from(str(path)), concept_from(None, pairs=str(path)), concept_from(None, pairs=str(path), groups="f,m")):
        assert found is not None and found.pairs == (("she", "he"),)


def test_nothing_asked_is_no_concept() -> None:
    assert concept_from(None) is None


def test_what_is_not_there_is_told_with_what_is(people: Embedding) -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'side'.*columns: side, age; --data DATA has more"):
        concept_from("sid", people)
    with pytest.raises(UnknownNameError, match="groups: female, male"):
        concept_from("gender", people, groups="female,mal")
    with pytest.raises(
        UnknownNameError, match=r"unknown group 'lefd' in the concept 'side'; did you mean 'left'\? \(groups: left, right\)"
    ):
        concept_from("side", people, groups="lefd,right")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "gender", "pairs": "a:b"}, "leave one out"),
        ({"text": None, "groups": "a,b"}, "name it with --concept"),
        ({"text": None, "pairs": "a-b"}, "takes A:B,C:D"),
        ({"text": None, "pairs": "a:b,a:b"}, "different names"),
        ({"text": "gender", "groups": "female,,male"}, "different names"),
    ],
)
def test_contradictions(options: dict[str, str | None], message: str) -> None:
    text = options.pop("text")
    with pytest.raises(ParameterError, match=message):
        concept_from(text, **options)  # type: ignore[arg-type]


def test_pairs_of_a_file_of_groups_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sex.json"
    path.write_text(json.dumps({"f": ["she"], "m": ["he"]}))
    with pytest.raises(ParameterError, match="give it as --concept"):
        concept_from(None, pairs=str(path))


def test_targets_are_a_file_groups_by_hand_names_or_a_list(tmp_path: Path) -> None:
    (tmp_path / "a=b").write_text("x\ny\n", encoding="utf-8")
    assert targets_from(str(tmp_path / "a=b")) == ["x", "y"]
    by_hand = targets_from("math=algebra,geometry;arts=poetry,dance")
    assert isinstance(by_hand, Concept) and by_hand.groups["arts"] == ("poetry", "dance")
    assert targets_from("nurse, smith") == ["nurse", "smith"]
    with pytest.raises(ParameterError, match="--targets takes groups of names such as"):
        targets_from("math=;arts=poetry")
