"""Corpora as data sets: Brown, and speeches of presidents of the United States, below ``$GRAPHEMB_DATA/words``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from os import PathLike
from typing import TYPE_CHECKING

from graphemb.data.streams import open_input
from graphemb.datasets.card import Card
from graphemb.datasets.word_files import has_word_file, word_file
from graphemb.errors import DataError, FormatError

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.data.corpus import Corpus

_NLTK = "nltk/nltk_data"
_LETTER = re.compile("[a-z]")

CARDS = (
    Card(
        "brown",
        "The Brown corpus",
        "corpus",
        what="American English of 1961 in 15 categories; a sentence is a document, its category its label. Tokens are lower-case words "
        "that hold a letter.",
        source=_NLTK,
        licence="may be used for non-commercial purposes; redistribution permitted",
        counts={"documents": 56_833, "tokens": 1_005_119, "types": 48_052},
        citation="Francis and Kucera: Brown corpus manual, Brown University 1964, 1979",
        notes=(
            "507 of 57,340 sentences hold no such word and are left out.",
            "graphemb.datasets.corpora.word_tags counts the parts of speech of each word.",
        ),
    ),
    Card(
        "state-union",
        "State of the Union addresses, 1945 to 2006",
        "corpus",
        what="An address is a document, named by year and speaker, its speaker its label; words in lower case.",
        source=_NLTK,
        licence="public domain",
        counts={"documents": 65, "tokens": 354_923, "types": 12_673},
    ),
    Card(
        "inaugural",
        "Inaugural addresses of the presidents of the United States",
        "corpus",
        what="An address is a document, named by year and speaker, its speaker its label; words in lower case.",
        source=_NLTK,
        licence="public domain",
        counts={"documents": 59, "tokens": 138_441, "types": 9_281},
    ),
)
_FILES = {"brown": "corpora/brown_tagged.txt.gz", "state-union": "corpora/state_union.txt.gz", "inaugural": "corpora/inaugural.txt.gz"}


def cards() -> list[Card]:
    """The cards of corpora that can be loaded here."""
    return [card for card in CARDS if has_word_file(_FILES[card.name])]


def absent_cards() -> list[Card]:
    """The cards of corpora whose files are not here."""
    return [card for card in CARDS if not has_word_file(_FILES[card.name])]


def load(name: str) -> Corpus:
    """The corpus; ``name`` is that of a card.

    Raises
    ------
    DataError : the file is not there
    """
    from graphemb.data.corpus import Corpus

    lines = list(_lines(name))
    meta = {"dataset": name, "source": _NLTK}
    if name == "brown":
        counted: Counter[str] = Counter()
        names = []
        for category, _ in lines:
            counted[category] += 1
            names.append(f"{category} {counted[category]}")
        documents = ([word for word, _ in _tagged(text) if _LETTER.search(word)] for _, text in lines)
        return Corpus(documents, names, [category for category, _ in lines], meta=meta, empty="drop")
    names = [file.removesuffix(".txt") for file, _ in lines]
    speakers = [name.partition("-")[2] for name in names]
    return Corpus.from_texts((text for _, text in lines), names, speakers, meta=meta)


def word_tags() -> pd.DataFrame:
    """How often each word of Brown has each part of speech: columns ``word`` (lower case), ``tag`` (of the Brown tag set), ``count``.

    A tag's additions for titles, headlines, citations and negation are left out, so that ``np-tl`` is ``np``.

    Raises
    ------
    DataError : the file is not there
    """
    import pandas as pd

    counts = Counter((word, tag) for _, text in _lines("brown") for word, tag in _tagged(text))
    rows = [(word, tag, count) for (word, tag), count in sorted(counts.items())]
    return pd.DataFrame(rows, columns=["word", "tag", "count"])


def _lines(name: str) -> Iterator[tuple[str, str]]:
    """What stands before and after the tab of each line."""
    path = word_file(_FILES[name], f"the corpus {name!r}", _NLTK)
    with open_input(path) as stream:
        for number, line in enumerate(stream, start=1):
            first, tab, text = line.decode("utf-8").rstrip("\n").partition("\t")
            if not tab:
                raise FormatError(f"{str(path)!r}, line {number}: expected a name or category, a tab and a text")
            yield first, text


def _tagged(text: str) -> Iterator[tuple[str, str]]:
    """Words in lower case with their tags."""
    for token in text.split(" "):
        word, _, tag = token.rpartition("/")
        yield word.lower(), re.sub(r"(?<=.)(-(tl|hl|nc)|\*)+$|^fw-", "", tag) or "*"


def load_corpus(name_or_path: str | PathLike[str]) -> Corpus:
    """A corpus: a data set by name, or a file or folder that :func:`~graphemb.data.corpus_file.read_corpus` reads.

    Raises
    ------
    UnknownNameError, DataError : no such data set, file or folder; a data set of another kind
    """
    from graphemb.data.corpus import Corpus
    from graphemb.data.corpus_file import read_corpus
    from graphemb.datasets.card import Card
    from graphemb.datasets.registry import find_data, load_dataset

    found = find_data(name_or_path)
    if not isinstance(found, Card):
        return read_corpus(found)
    loaded = load_dataset(found.name) if found.kind == "corpus" else None
    if not isinstance(loaded, Corpus):
        raise DataError(f"{found.name!r} is a data set of kind {found.kind!r}, where a corpus is needed")
    return loaded
