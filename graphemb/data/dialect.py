"""How a delimited text file is written: its separator, quoting, header and comment lines, found from its first lines."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import Literal

from graphemb.errors import FormatError, ParameterError

Header = Literal["auto"] | bool

_WORDS = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "blanks", "|": "bars"}
_NAMED = {"tab": "\t", "comma": ",", "semicolon": ";", "blank": " ", "space": " ", "bar": "|"}
_ORDER = {".csv": ",;\t |", ".tsv": "\t, ;|"}
_MISSING = {"", "nan", "inf", "infinity", "na", "n/a", "nil", "none", "null"}
_COMMENT = re.compile(r"[#%]($|[\s#%])")

SOURCE_WORDS = ("source", "src", "from", "fromnodeid", "from_node", "fromnode", "node1", "u", "head", "h", "subject", "user1")
TARGET_WORDS = ("target", "dst", "dest", "to", "tonodeid", "to_node", "tonode", "node2", "v", "tail", "t", "object", "user2")
WEIGHT_WORDS = ("weight", "weights", "edge_weight", "w")
RELATION_WORDS = ("relation", "rel", "r", "predicate", "label", "edge")
_TIMES = ("time", "timestamp", "ts", "date", "datetime", "year", "month", "week", "day", "hour", "start", "end", "since", "until")
_NUMBERS = ("id", "eid", "uid", "index", "key", "no", "unnamed", "line", "level", "rank", "code")
_TYPES = (
    "label",
    "labels",
    "type",
    "types",
    "kind",
    "class",
    "category",
    "group",
    "community",
    "cluster",
    "layer",
    "color",
    "colour",
    "split",
    "sign",
)
OTHER_WORDS = (*_TIMES, *_NUMBERS, *_TYPES)
"""Words in the header of a column whose numbers are no weights."""
NODE_WORDS = ("node", "id", "name", "entity", "node_id", "relation", "user", "item")

EDGE_ROLES = (SOURCE_WORDS, TARGET_WORDS)
TRIPLE_ROLES = (SOURCE_WORDS, RELATION_WORDS, TARGET_WORDS)
NODE_ROLES = (NODE_WORDS,)
Roles = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Dialect:
    """What :func:`sniff` found. Quotes enclose fields between commas, semicolons and bars, and are part of the name elsewhere."""

    delimiter: str
    header: tuple[str, ...] | None
    skip: int  # physical lines before the first record: comments, blank lines, the header
    n_columns: int
    n_comments: int
    guessed: bool = False  # whether the header holds no known word, and was taken for one since it stands over numbers

    @property
    def quoted(self) -> bool:
        return is_quoted(self.delimiter)

    @property
    def words(self) -> str:
        return _WORDS.get(self.delimiter, repr(self.delimiter))

    def fields(self, line: str) -> list[str]:
        """One line cut into its fields."""
        return split_line(line, self.delimiter)


def is_quoted(delimiter: str) -> bool:
    """Whether quotes enclose fields between these separators."""
    return delimiter in ",;|"


def is_comment(line: str) -> bool:
    """Whether a line is a comment as SNAP (#), KONECT and Matrix Market (%) write them: the mark, then a blank or the end.

    >>> is_comment("# Nodes: 5"), is_comment("#love\\t#peace"), is_comment("%")
    (True, False, True)
    """
    return _COMMENT.match(line) is not None


def is_blank(line: str) -> bool:
    """Whether a line holds nothing; one with a tab holds two names, blank as they may be."""
    return not line.strip(" \r\n")


def split_line(line: str, delimiter: str) -> list[str]:
    """The fields of one line."""
    if delimiter == " ":
        return line.split()
    line = line.rstrip("\r\n")
    return next(csv.reader([line], delimiter=delimiter), []) if is_quoted(delimiter) else line.split(delimiter)


def sniff(
    lines: list[str],
    where: str,
    *,
    suffix: str = "",
    delimiter: str = "auto",
    header: Header = "auto",
    wanted: tuple[str, ...] = (),
    roles: Roles = EDGE_ROLES,
) -> Dialect:
    """The dialect of a file from its first lines.

    The first line is a header if it holds a column name the caller asks for (``wanted``), or a known word for every role of a column
    (source and target, say), or, but for triples, words only over a column of numbers.
    """
    if header not in ("auto", True, False):
        raise ParameterError(f"header must be 'auto', True or False, got {header!r}")
    if delimiter != "auto" and len(_NAMED.get(delimiter, delimiter)) != 1:
        raise ParameterError(f"delimiter must be 'auto', one character or one of {', '.join(_NAMED)}, got {delimiter!r}")
    first, n_comments = _first_record(lines)
    records = [line for line in lines[first:] if not is_blank(line) and not is_comment(line)]
    if not records:
        return Dialect("\t" if delimiter == "auto" else _NAMED.get(delimiter, delimiter), None, first, 0, n_comments)
    chosen = _find_delimiter(records, suffix) if delimiter == "auto" else _NAMED.get(delimiter, delimiter)
    rows = [split_line(line, chosen) for line in records]
    titles = tuple(_title(field) for field in rows[0])
    has_header = any(name in titles for name in wanted) or looks_like_header(rows, roles) if header == "auto" else header
    if has_header and len(set(titles)) < len(titles):
        raise FormatError(f"{where}, line {first + 1}: the header names a column twice: {', '.join(map(repr, titles))}")
    guessed = header == "auto" and has_header and not any(name in titles for name in wanted) and not _holds_known_word(titles)
    return Dialect(chosen, titles if has_header else None, first + int(has_header), len(rows[0]), n_comments, guessed)


def _first_record(lines: list[str]) -> tuple[int, int]:
    """The number of blank and comment lines at the top, and of comments among them."""
    n_comments = 0
    for number, line in enumerate(lines):
        if is_comment(line):
            n_comments += 1
        elif not is_blank(line):
            return number, n_comments
    return len(lines), n_comments


def _find_delimiter(records: list[str], suffix: str) -> str:
    """The first separator that cuts all the lines into equally many fields, else one that cuts the first line at all.

    Commas, which stand in numbers and names too, give way to tabs and semicolons that cut as evenly into no fewer fields.
    """
    candidates = _ORDER.get(suffix, "\t,; |")
    counts = {c: [len(split_line(line, c)) for line in records] for c in candidates}
    even = [c for c in candidates if counts[c][0] > 1 and len(set(counts[c])) == 1]
    if even and even[0] == ",":
        return max((c for c in ("\t", ";", ",") if c in even), key=lambda c: counts[c][0])
    some = [c for c in candidates if counts[c][0] > 1]
    return (even or some or [candidates[0]])[0]


def looks_like_header(rows: list[list[str]], roles: Roles) -> bool:
    """Whether the first row names the columns of the others. A title that comes again below is a name, as in a graph of words.

    >>> looks_like_header([["Source", "Target"], ["a", "b"]], EDGE_ROLES), looks_like_header([["a", "b"], ["c", "d"]], EDGE_ROLES)
    (True, False)
    >>> looks_like_header([["u", "v"], ["v", "w"]], EDGE_ROLES)
    False
    """
    titles = [_title(field) for field in rows[0]]
    written_by_us = titles[:2] == ["source", "target"] or titles[:3] == ["head", "relation", "tail"]
    if not written_by_us and any(title and title in row for title in titles for row in rows[1:]):
        return False
    if all(any(title.lower() in words for title in titles) for words in roles):
        return True
    # triples, written without a header nearly always, mix numbers and words as names
    if roles == TRIPLE_ROLES or any(_is_number(title) for title in titles) or _lacks_value(titles):
        return False
    body = [row for row in rows[1:] if len(row) == len(titles)]
    return bool(body) and any(all(_is_number(row[column]) for row in body) for column in range(len(titles)))


def _lacks_value(fields: list[str]) -> bool:
    """Whether a field says that a value is missing, so that this is a line of data; a table with an index has no title over it."""
    return any(field.lower().lstrip("+-") in _MISSING for field in fields[1:]) or fields[0].lower() in _MISSING - {""}


def _holds_known_word(titles: tuple[str, ...]) -> bool:
    known = {*SOURCE_WORDS, *TARGET_WORDS, *WEIGHT_WORDS, *RELATION_WORDS, *NODE_WORDS}
    return any(title.lower() in known or is_other(title) for title in titles)


def is_other(title: str) -> bool:
    """Whether a header speaks of times, numbers of rows, labels or types, which are no weights.

    >>> is_other("EdgeId"), is_other("created_year"), is_other("strength")
    (True, True, False)
    """
    words = re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", title)
    return any(word.lower() in OTHER_WORDS or word.lower() in RELATION_WORDS for word in words)


def _title(field: str) -> str:
    return field.strip().lstrip("#%").strip()


def find_roles(titles: list[str], roles: Roles) -> list[int]:
    """The column of each role by its header, or the first columns where one is not to be found.

    >>> find_roles(["weight", "target", "source"], EDGE_ROLES), find_roles(["a", "b"], EDGE_ROLES)
    ([2, 1], [0, 1])
    """
    lowered = [title.lower() for title in titles]
    found = [next((i for i, title in enumerate(lowered) if title in words), None) for words in roles]
    known = [column for column in found if column is not None]
    return known if len(set(known)) == len(roles) else list(range(len(roles)))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ".", 1))
    except ValueError:
        return False
    return any(character.isdigit() for character in text)  # "nan" and "inf" are names as well
