"""Words: one function for every encoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphemb.data.tokens import words, words_and_beginnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("... !?", []),
        ("The CAT's 9 lives", ["the", "cat", "s", "9", "lives"]),
        ("physical_entity.n.01", ["physical", "entity", "n", "01"]),
        ("Ünïcode naïve", ["ünïcode", "naïve"]),
        ("u\u0308ber", ["über"]),  # the accent as a character of its own
        ("ﬁnal ＡＢＣ", ["final", "abc"]),
        ("дом и Дома", ["дом", "и", "дома"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("اللُّغَة العربية", ["اللُّغَة", "العربية"]),
        ("abc東京x", ["abc", "東", "京", "x"]),
        ("カタカナ", ["カ", "タ", "カ", "ナ"]),
        ("한국어 문장", ["한국어", "문장"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(max_size=60))
def test_any_text_gives_words_without_blanks(text: str) -> None:
    assert all(word and not any(c.isspace() for c in word) for word in words(text))


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_the_quick_way_for_plain_letters_is_the_same(text: str) -> None:
    assert words(text + " é")[:-1] == words(text)


def test_beginnings() -> None:
    assert words_and_beginnings("a domestication", 5) == ["a", "domestication", "a-", "domes-"]
