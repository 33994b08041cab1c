"""Where word lists, tests, corpora and vectors lie: in the folder ``words`` below ``$GRAPHEMB_DATA``."""

from __future__ import annotations

import os
from pathlib import Path

from graphemb.errors import DataError

FOLDER = "words"


def words_folder() -> Path | None:
    """The folder, None where there is none."""
    home = os.environ.get("GRAPHEMB_DATA")
    folder = Path(home).expanduser() / FOLDER if home else None
    return folder if folder is not None and folder.is_dir() else None


def has_word_file(name: str) -> bool:
    """Whether this file, named from the folder on, is there.

    >>> has_word_file("no/such/file.txt")
    False
    """
    folder = words_folder()
    return folder is not None and (folder / name).is_file()


def word_file(name: str, what: str, source: str) -> Path:
    """The path of a file that is needed for ``what`` and published at ``source``.

    Raises
    ------
    DataError : it is not there; the message says where it belongs and where to get it
    """
    folder = words_folder()
    if folder is None:
        why = "and GRAPHEMB_DATA names no folder that holds words/; set it"
    elif not (folder / name).is_file():
        why = f"and {str(folder)!r} has no such file; put it there"
    else:
        return folder / name
    raise DataError(f"{what} is read from $GRAPHEMB_DATA/{FOLDER}/{name}, {why} (published by {source})")
