"""Lines ``u i1 i2 ...`` of whole numbers: a user and the items that this user took, as LightGCN and NGCF publish their splits."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from graphemb.data.streams import open_input
from graphemb.errors import FormatError, shorten

_OTHER, _DIGIT, _BLANK, _END = range(4)
_CLASS = np.zeros(256, dtype=np.uint8)  # of every byte
_CLASS[list(b"0123456789")] = _DIGIT
_CLASS[list(b" \t\r")] = _BLANK
_CLASS[list(b"\n")] = _END
_LONGEST = 18  # digits; ids are stored as int64


@dataclass(frozen=True)
class ItemLists:
    """Parallel arrays of the pairs, and the users of all lines: a line without items is a user without items."""

    users: np.ndarray
    items: np.ndarray
    positions: np.ndarray  # of each item in its line, from 0
    listed: np.ndarray


def read_item_lists(path: str | PathLike[str]) -> ItemLists:
    """Read lines of a user and items, numbers from 0 between blanks, plain or compressed; no header, no comments.

    Bytes are classified and cut in numpy: a million ids take about a tenth of a second, and 20 bytes of memory each.

    Raises
    ------
    FormatError : anything but whole numbers, with line and column; a file without a line

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "train.txt"
    >>> _ = path.write_text("0 3 5\\n7\\n1 3\\n")
    >>> lists = read_item_lists(path)
    >>> lists.users.tolist(), lists.items.tolist(), lists.listed.tolist()
    ([0, 0, 1], [3, 5, 3], [0, 7, 1])
    """
    with open_input(path) as stream:
        text = stream.read().removeprefix(codecs.BOM_UTF8)
    if b"\r" in text and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    kinds = _CLASS[np.frombuffer(text, dtype=np.uint8)]
    digits = np.concatenate([[False], kinds == _DIGIT, [False]])
    starts, ends = np.flatnonzero(digits[1:] & ~digits[:-1]), np.flatnonzero(digits[:-1] & ~digits[1:])
    strange = np.flatnonzero(kinds == _OTHER)
    too_long = starts[ends - starts > _LONGEST]
    if len(strange) or len(too_long):
        raise _not_an_id(Path(path), text, int(min([*strange[:1], *too_long[:1]])))
    if not len(starts):
        raise FormatError(f"{str(path)!r} is empty, expected lines of a user and the items taken: u i1 i2 ...")
    return _cut(np.fromstring(text.decode("ascii"), dtype=np.int64, sep=" "), np.searchsorted(np.flatnonzero(kinds == _END), starts))


def _cut(ids: np.ndarray, lines: np.ndarray) -> ItemLists:
    """The ids of all lines; the first of each line is the user."""
    first = np.concatenate([[True], lines[1:] != lines[:-1]])
    heads = np.flatnonzero(first)
    counts = np.diff(np.append(heads, len(ids))) - 1
    positions = np.arange(len(ids)) - np.repeat(heads, counts + 1) - 1
    return ItemLists(np.repeat(ids[heads], counts), ids[~first], positions[~first], ids[heads])


def _not_an_id(path: Path, text: bytes, place: int) -> FormatError:
    """What stands at the first wrong byte, and in which line and column."""
    before = text[:place]
    line, lead = before.count(b"\n") + 1, before[before.rfind(b"\n") + 1 :]
    opened = len(lead) - len(lead.split()[-1]) if lead.split() and not lead[-1:].isspace() else len(lead)
    rest = text[place - len(lead) + opened :].split(None, 1)[0].decode("utf-8", "replace")
    column = len(lead[:opened].split()) + 1
    what = "user" if column == 1 else "item"
    return FormatError(
        f"{str(path)!r}, line {line}, column {column}: the {what} is {shorten(rest, 40)!r}, expected a whole number from 0 "
        "(lines are a user, then the items taken, between blanks)"
    )
