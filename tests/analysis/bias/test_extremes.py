"""The most biased names: who is chosen, who belongs to the concept, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.bias.extremes import biased_names, leanings
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

GENDER = Concept.from_pairs("gender", [("she", "he"), ("woman", "man")], groups=("female", "male"), specific=("queen",))


@pytest.fixture
def space() -> Embedding:
    rng = np.random.default_rng(0)
    own = {"she": [2, 0], "he": [-1, 0], "woman": [1, 0], "man": [-3, 0], "queen": [5, 0.1]}
    angles = np.linspace(0.1, 3.0, 40)
    names = [f"w{i}" for i in range(40)]
    vectors = [*own.values(), *(np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.5, 9, (40, 1)))]
    return Embedding([*own, *names], np.array(vectors, dtype=np.float32))


def test_the_furthest_of_either_side_without_those_of_the_concept(space: Embedding) -> None:
    found = biased_names(space, GENDER, 3)
    assert dict(found.groups) == {"female": ("w0", "w1", "w2"), "male": ("w39", "w38", "w37")}
    assert found.name == "gender-biased" and "of 40" in found.source
    rows, cosines = leanings(space, GENDER)
    assert len(rows) == 40 and np.allclose(cosines, np.cos(np.linspace(0.1, 3.0, 40)), atol=1e-6)


def test_as_many_on_either_side(space: Embedding) -> None:
    found = biased_names(space, GENDER, 2_500)
    sizes = {len(names) for names in found.groups.values()}
    assert len(sizes) == 1 and sizes.pop() <= 20
    few = biased_names(space, GENDER, 5, neutral=["w0", "w1", "w2", "w39", "queen", "she"])
    assert dict(few.groups) == {"female": ("w0",), "male": ("w39",)}


def test_one_pair_gives_the_direction(space: Embedding) -> None:
    moved = np.array(space.vectors)
    moved[0, 1] = 2
    tilted = space.replace(vectors=moved)
    _, cosines = leanings(tilted, GENDER, pair=("woman", "man"))
    assert np.allclose(cosines, leanings(space, GENDER)[1], atol=1e-6)
    assert not np.allclose(leanings(tilted, GENDER, pair=("she", "he"))[1], cosines, atol=0.1)


def test_words_of_lower_case_letters_only(space: Embedding) -> None:
    named = space.replace(names=[*space.names[:5], "aé", "Ab", "a1", "a_b", "ab", *space.names[10:-1], "zz"])
    found = biased_names(named, GENDER, 9, words=True)
    assert dict(found.groups) == {"female": ("aé",), "male": ("zz",)}
    assert biased_names(named, GENDER, 9, words=True).source.endswith("of 3")


def test_what_is_refused(space: Embedding) -> None:
    with pytest.raises(ParameterError, match="count must be a whole number of at least 1"):
        biased_names(space, GENDER, 0)
    with pytest.raises(DataError, match="every name to choose from belongs to 'gender'"):
        biased_names(space, GENDER, neutral=["queen", "he"])
    with pytest.raises(DataError, match="none leans to 'female', or none to 'male'"):
        biased_names(space, GENDER, neutral=["w0", "w1"])
    with pytest.raises(UnknownNameError, match="unknown name 'hee'"):
        biased_names(space, GENDER, pair=("she", "hee"))
    with pytest.raises(DataError, match="a pair is two names"):
        biased_names(space, GENDER, pair=("she",))
    with pytest.raises(DataError, match="the same direction"):
        biased_names(space, GENDER, pair=("she", "woman"))
    nothing = np.array(space.vectors)
    nothing[1] = 0
    with pytest.raises(DataError, match="'he' has a zero vector, which has no direction"):
        biased_names(space.replace(vectors=nothing), GENDER, pair=("she", "he"))
    with pytest.raises(DataError, match="expected a concept of 2 groups"):
        biased_names(space, Concept("three", {"a": ("w1",), "b": ("w2",), "c": ("w3",)}))


@pytest.mark.shared
def test_words_of_newspapers(shared_data: Path) -> None:
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    found = biased_names(e, "gender", 500, pair=("she", "he"))
    assert {len(names) for names in found.groups.values()} == {500}
    assert not {"she", "he", "mother", "father"} & {n for names in found.groups.values() for n in names}
