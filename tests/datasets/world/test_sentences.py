from __future__ import annotations

from dataclasses import replace

import pytest

from graphemb.datasets.world.sentences import country_text, describe, fold, in_round_words, in_words
from graphemb.datasets.world.source import Country

ERIADOR = Country(
    code="ERI",
    name="Eriador",
    capital="Fornost",
    region="Middle-earth",
    subregion="Western Shores",
    population=1_234_567,
    area=98_700,
    latitude=51.2,
    longitude=-0.6,
    demonym="Eriadorian",
    native_name="Eriadu",
    spellings=["Land of Eriador", "Fornost Realm"],
    provinces=["Bree", "Lindon", "The Shire"],
    clocks=["UTC"],
    languages=["Eriadoric", "Westron"],
    currencies=["Eriador Penny"],
    neighbours={"LIN", "GON"},
)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (110, "one hundred ten"),
        (4900, "four thousand nine hundred"),
        (1_000_001, "one million one"),
    ],
)
def test_in_words(number: int, words: str) -> None:
    assert in_words(number) == words


@pytest.mark.parametrize(
    ("number", "words"), [(1, "one"), (56, "fifty-six"), (2.02, "two"), (995, "one thousand"), (0.49, "less than one")]
)
def test_in_round_words(number: float, words: str) -> None:
    assert in_round_words(number) == words


def test_text_leaves_out_what_is_linked() -> None:
    text = country_text(ERIADOR, ["Lindon", "Fornost", "Westron", "Middle-earth"])
    assert "Lindon" not in text and "Fornost" not in text
    assert "The Shire" in text and "98,700" in text and "0.6 degrees west" in text and "UTC" in text


def test_description_leaves_out_the_name() -> None:
    text = describe(ERIADOR)
    assert text is not None and "eria" not in fold(text)
    assert "Westron" in text and "penny" in text and "one million two hundred thousand" in text and "two other countries" in text


def test_nothing_is_described_without_numbers() -> None:
    assert describe(replace(ERIADOR, population=None)) is None


def test_an_island_has_no_neighbours() -> None:
    text = describe(replace(ERIADOR, neighbours=set()))
    assert text is not None and "countr" not in text
