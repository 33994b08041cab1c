"""Texts cut into words, in one way for every encoder."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Burmese, Khmer, kana and Han: written without blanks between words, so each character stands alone."""


def words(text: str) -> list[str]:
    """The words of a text in order: lower case, runs of letters, digits and their accents; a character each where a script has no blanks.

    >>> words("The Eiffel_Tower (Paris), 330 m; cité हिन्दी 東京")
    ['the', 'eiffel', 'tower', 'paris', '330', 'm', 'cité', 'हिन्दी', '東', '京']
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _word().findall(unicodedata.normalize("NFKC", text).lower())


def words_and_beginnings(text: str, letters: int) -> list[str]:
    """The words of a text, and the first letters of each with a hyphen, by which inflected and derived forms meet.

    >>> words_and_beginnings("domestic cats", 5)
    ['domestic', 'cats', 'domes-', 'cats-']
    """
    whole = words(text)
    return whole + [f"{word[:letters]}-" for word in whole]


@cache
def _word() -> re.Pattern[str]:
    # combining marks are no letters to ``\w``, which would cut हिन्दी in four
    marks = "".join(re.escape(c) for c in map(chr, range(0x300, 0x1F000)) if unicodedata.category(c)[0] == "M")
    letter = rf"(?:[^\W_]|[{marks}])"
    return re.compile(rf"[{_UNSPACED}][{marks}]*|(?:(?![{_UNSPACED}]){letter})+")
