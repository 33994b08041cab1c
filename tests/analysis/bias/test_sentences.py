"""Sentences of concepts: what they say, and that WEAT on means of word vectors finds in them what it finds in the words."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.sentences import TEMPLATES, in_sentences
from graphemb.analysis.bias.weat import weat
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError

ATTRIBUTES = Concept("worth", {"good": ("joy", "love"), "bad": ("woe", "hate")}, sets=(("joy", "woe"),))
TARGETS = Concept("things", {"flowers": ("rose", "tulip", "lily"), "insects": ("wasp", "fly", "gnat")})


def words() -> Embedding:
    rng = np.random.default_rng(0)
    lean = {"joy": 2, "love": 2, "woe": -2, "hate": -2, "rose": 1, "tulip": 1, "lily": 1, "wasp": -1, "fly": -1, "gnat": -1}
    vectors = rng.normal(size=(14, 8)) * 0.3
    vectors[:10, 0] += list(lean.values())
    return Embedding([*lean, "this", "is", "here", "there"], vectors)


def test_names_become_sentences() -> None:
    said = in_sentences(ATTRIBUTES, ["nurse"], encoder="tfidf:dim=4")
    assert said.concept.groups["good"][:2] == ("This is joy.", "That is joy.") and len(said.concept.groups["bad"]) == 2 * len(TEMPLATES)
    assert said.concept.sets[0] == ("This is joy.", "This is woe.") and len(said.concept.sets) == len(TEMPLATES)
    assert said.targets == [template.replace("{}", "nurse") for template in TEMPLATES]
    assert set(said.embedding.names) == {*said.concept.all_names, *said.targets}
    assert said.embedding.meta["notes"]["encoder"] == "tfidf:dim=4"


def test_weat_runs_on_them() -> None:
    said = in_sentences(ATTRIBUTES, TARGETS, encoder=words())
    assert isinstance(said.targets, Concept)
    found, plain = weat(said.embedding, said.concept, said.targets), weat(words(), ATTRIBUTES, TARGETS)
    assert found.value > 1 and plain.value > 1 and found.settings["targets"]["found"] == {"flowers": 18, "insects": 18}
    held = in_sentences(ATTRIBUTES.replace(targets=TARGETS), encoder=words())
    assert weat(held.embedding, held.concept).value == found.value


@pytest.mark.parametrize("templates", [[], ["no place"], "{} alone"])
def test_templates_that_are_refused(templates: list[str]) -> None:
    with pytest.raises(ParameterError, match="templates must be sentences with"):
        in_sentences(ATTRIBUTES, TARGETS, encoder="tfidf", templates=templates)
