from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from graphemb.data.item_lists import read_item_lists
from graphemb.errors import DataError, FormatError


def lists_of(path: Path, data: bytes) -> list[list[int]]:
    path.write_bytes(data)
    lists = read_item_lists(path)
    return [lists.users.tolist(), lists.items.tolist(), lists.positions.tolist(), lists.listed.tolist()]


PLAIN = [[0, 0, 2], [5, 3, 4], [0, 1, 0], [0, 1, 2]]


@pytest.mark.parametrize(
    "data",
    [
        b"0 5 3\n1\n2 4\n",
        b"0 5 3\n1\n2 4",
        b"0 5 3 \n1 \n2 4\n\n",
        b"0 5 3\r\n1\r\n2 4\r\n",
        b"0 5 3\r1\r2 4\r",
        b"0\t5  3\n\n1\n2\t4\n",
        b"\xef\xbb\xbf0 5 3\n1\n2 4\n",
        b"00 05 3\n1\n2 4\n",
    ],
    ids=["plain", "no last line end", "trailing blanks", "Windows", "old Mac", "mixed blanks and tabs", "byte order mark", "leading zeros"],
)
def test_the_same_lists_however_they_are_written(tmp_path: Path, data: bytes) -> None:
    assert lists_of(tmp_path / "train.txt", data) == PLAIN


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_compressed(tmp_path: Path, suffix: str, compress) -> None:  # type: ignore[no-untyped-def]
    assert lists_of(tmp_path / f"train.txt{suffix}", compress(b"0 5 3\n1\n2 4\n")) == PLAIN


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"0 1\n1 2 -3\n", r"line 2, column 3: the item is '-3'"),
        (b"0 1\n-1 2\n", r"line 2, column 1: the user is '-1'"),
        (b"0 1\n1 x2\n", r"line 2, column 2: the item is 'x2'"),
        (b"0 1\n1 2x 4\n", r"line 2, column 2: the item is '2x'"),
        (b"0 1,2\n", r"line 1, column 2: the item is '1,2'"),
        (b"0 1.0\n", r"line 1, column 2: the item is '1.0'"),
        (b"0 1\n\n# 3\n", r"line 3, column 1: the user is '#'"),
        (b"0 1\n1 nan\n", r"'nan'"),
        (b"0 12345678901234567890\n", r"line 1, column 2: the item is '12345678901234567890'"),
        (b"0 1\n1 \xff\n", r"line 2, column 2"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
    ],
)
def test_what_is_no_id_is_named_with_its_place(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said) as error:
        lists_of(tmp_path / "train.txt", data)
    assert "train.txt" in str(error.value) and "\n" not in str(error.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_item_lists(tmp_path / "train.txt")
