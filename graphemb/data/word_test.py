"""Word tests: what people say about words, to be compared with vectors."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
import pandas as pd

from graphemb.data.concept import find_names
from graphemb.data.streams import open_input, plain_stem, split_suffix
from graphemb.errors import DataError, FormatError, ParameterError, shorten

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

Kind = Literal["similarity", "analogy", "categorisation", "outlier"]
COLUMNS: dict[str, tuple[str, ...]] = {
    "similarity": ("first", "second", "score"),
    "analogy": ("section", "a", "b", "c", "d"),
    "categorisation": ("word", "category"),
    "outlier": ("cluster", "word", "outlier"),
}
"""What the table of each kind has."""
_WORDS = {"similarity": ("first", "second"), "analogy": ("a", "b", "c", "d"), "categorisation": ("word",), "outlier": ("word",)}
_FIELDS = {3: "similarity", 4: "analogy", 2: "categorisation"}
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no", "")


@dataclass(frozen=True, eq=False)
class WordTest:
    """A test of word vectors, as a table.

    Parameters
    ----------
    name : what it is called in results
    kind : "similarity": pairs with the score people give them; "analogy": a is to b as c is to d, in sections; "categorisation": words
        with their categories; "outlier": clusters of words, and words that do not belong to them
    table : with the columns ``first, second, score``; ``section, a, b, c, d``; ``word, category``; or ``cluster, word, outlier`` (bool)
    source : where it is from

    Raises
    ------
    DataError : a column is missing, a word empty, a score no finite number; a table without rows

    >>> test = WordTest("mine", "similarity", pd.DataFrame({"first": ["cat"], "second": ["dog"], "score": [7.5]}))
    >>> len(test), test.words
    (1, ['cat', 'dog'])
    """

    name: str
    kind: Kind
    table: pd.DataFrame = field(repr=False)
    source: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ParameterError(f"the kind of a word test is one of {', '.join(get_args(Kind))}, got {self.kind!r}")
        lacking = [column for column in COLUMNS[self.kind] if column not in self.table]
        if lacking:
            needed = ", ".join(COLUMNS[self.kind])
            raise DataError(f"the table of {self.name!r} ({self.kind}) needs the columns {needed}; {lacking[0]!r} is missing")
        table = self.table[list(COLUMNS[self.kind])].reset_index(drop=True)
        object.__setattr__(self, "table", _checked(table, self.kind, self.name))

    @classmethod
    def read(cls, path: str | PathLike[str], kind: Kind | None = None, *, name: str = "", source: str = "") -> Self:
        """A test from a file: fields between any white space, in ``.csv`` between commas; ``#`` begins a comment.

        Three fields with a number are a similarity test, four words (under lines ``: section``) analogies, two a word and its category. A
        first line that names the columns may give them in another order; that of an outlier test must (``cluster, word, outlier``, the
        last 1 for a word that does not belong).

        Raises
        ------
        FormatError : a line of another number of fields, a score that is no number; file and line named

        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "pairs.txt"
        >>> _ = path.write_text("cat  dog   7.5\\ncat\\tcar\\t1\\n")
        >>> WordTest.read(path).kind
        'similarity'
        """
        path = Path(path)
        lines = [(number, fields) for number, fields in _fields(path) if fields]
        table, found = _table(path, lines, kind)
        return cls(name or plain_stem(path), found, table, source or path.name)

    def __len__(self) -> int:
        """How many pairs, questions, words, or outliers to be found."""
        return int(self.table["outlier"].sum()) if self.kind == "outlier" else len(self.table)

    @property
    def words(self) -> list[str]:
        """Every word, once, in the order of the table."""
        return list(dict.fromkeys(self.table[list(_WORDS[self.kind])].to_numpy(dtype=object).ravel().tolist()))

    def rows(self, embedding: Embedding, kind: str | None = None) -> np.ndarray:
        """The row of each word of the table in an embedding, int64 (rows of the table, words in each); -1 where it is not there.

        A word is found as it is written, else in lower case.
        """
        columns = self.table[list(_WORDS[self.kind])]
        found = find_names(embedding, columns.to_numpy(dtype=object).ravel(), kind, lower=True)
        return found.reshape(columns.shape)

    def covered(self, embedding: Embedding, kind: str | None = None) -> int:
        """How many pairs, questions, words, or outliers beside at least two words of their cluster, the embedding has vectors for."""
        there = (self.rows(embedding, kind) >= 0).all(axis=1)
        if self.kind != "outlier":
            return int(there.sum())
        table = self.table.assign(there=there)
        inside = table[~table["outlier"]].groupby("cluster")["there"].sum()
        outside = table[table["outlier"] & table["there"]]["cluster"]
        return int((outside.map(inside) >= 2).sum())

    def __repr__(self) -> str:
        return f"WordTest({self.name!r}, {self.kind}, {len(self):,} {UNITS[self.kind]})"


UNITS = {"similarity": "pairs", "analogy": "questions", "categorisation": "words", "outlier": "outliers"}
"""What each kind counts."""


def _checked(table: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    if not len(table):
        raise DataError(f"the word test {name!r} has no rows")
    for column in table.columns:
        if column in ("score", "outlier"):
            continue
        wrong = [not isinstance(word, str) or not word.strip() for word in table[column]]
        if any(wrong) and column != "section":
            row = wrong.index(True)
            raise DataError(f"row {row} of {name!r} has {table[column].tolist()[row]!r} as {column}, expected a word")
    if kind == "similarity":
        scores = pd.to_numeric(table["score"], errors="coerce").astype(np.float64)
        if not np.isfinite(scores).all():
            row = int(np.flatnonzero(~np.isfinite(scores))[0])
            raise DataError(f"row {row} of {name!r} has the score {table['score'].tolist()[row]!r}, expected a finite number")
        return table.assign(score=scores)
    return table.assign(outlier=table["outlier"].astype(bool)) if kind == "outlier" else table


def _fields(path: Path) -> Iterable[tuple[int, list[str]]]:
    """Number and fields of each line; a line ``: section`` is one field."""
    with open_input(path) as stream:
        data = stream.read()
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        where = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"{str(path)!r}, line {where}: byte 0x{data[error.start]:02x} is not UTF-8 text; save it as UTF-8") from None
    for number, line in enumerate(lines, start=1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(":"):
            yield number, [line.strip()]
        elif split_suffix(path)[0] == ".csv":
            yield number, [part.strip() for part in next(csv.reader([line]))]
        else:
            yield number, line.split()


def _table(path: Path, lines: Sequence[tuple[int, list[str]]], kind: Kind | None) -> tuple[pd.DataFrame, Kind]:
    """The table and its kind, told from the titles or the number of fields where it is not given."""
    if not lines:
        raise DataError(f"{str(path)!r} holds no word test: it has no lines")
    titles = [title.lower() for title in lines[0][1]]
    named: Any = next((k for k, columns in COLUMNS.items() if set(columns) - {"section"} <= set(titles)), None)
    if named is not None and kind in (None, named):
        rows = _of_width(path, lines[1:], len(titles))
        return _typed(path, pd.DataFrame([fields for _, fields in rows], columns=titles), named, [n for n, _ in rows]), named
    section, sections, kept = "", [], []
    for number, fields in lines:
        if fields[0].startswith(":"):
            section = fields[0][1:].strip()
            continue
        sections.append(section)
        kept.append((number, fields))
    width = len(kept[0][1]) if kept else 0
    found: Any = kind or _FIELDS.get(width)
    if found is None or found == "outlier":
        raise FormatError(
            f"{str(path)!r} is no word test by its first line; expected 2, 3 or 4 fields, or titles such as cluster,word,outlier"
        )
    columns = [column for column in COLUMNS[found] if column != "section"]
    rows = _of_width(path, kept, len(columns))
    table = pd.DataFrame([fields for _, fields in rows], columns=columns)
    return _typed(path, table.assign(section=sections) if found == "analogy" else table, found, [n for n, _ in rows]), found


def _of_width(path: Path, lines: Sequence[tuple[int, list[str]]], width: int) -> Sequence[tuple[int, list[str]]]:
    for number, fields in lines:
        if len(fields) != width:
            raise FormatError(f"{str(path)!r}, line {number}: {len(fields)} fields where {width} are expected")
    return lines


def _typed(path: Path, table: pd.DataFrame, kind: Kind, numbers: Sequence[int]) -> pd.DataFrame:
    """Scores as numbers, outliers as truth values, a section for analogies that have none."""
    if kind == "similarity":
        scores = pd.to_numeric(table["score"], errors="coerce")
        if scores.isna().any():
            row = int(np.flatnonzero(scores.isna())[0])
            shown = shorten(str(table["score"].iloc[row]), 40)
            raise FormatError(f"{str(path)!r}, line {numbers[row]}: the score is {shown!r}, expected a number")
        return table.assign(score=scores)
    if kind == "outlier":
        said = table["outlier"].str.lower()
        wrong = np.flatnonzero(~said.isin([*_TRUE, *_FALSE]))
        if len(wrong):
            raise FormatError(f"{str(path)!r}, line {numbers[wrong[0]]}: outlier is {said.iloc[wrong[0]]!r}, expected 1 or 0")
        return table.assign(outlier=said.isin(_TRUE))
    return table if kind != "analogy" or "section" in table else table.assign(section="")
