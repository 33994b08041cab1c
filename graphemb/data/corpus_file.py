"""Corpora from files: a line a document, a file a document, or a column of texts."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from graphemb.data.corpus import Corpus
from graphemb.data.streams import open_input, split_suffix
from graphemb.data.tables import Table, read_table
from graphemb.errors import DataError, FormatError

TEXT_TITLES = ("text", "texts", "document", "body", "content", "sentence", "abstract", "description")
NAME_TITLES = ("name", "id", "title", "document_id", "doc_id")
LABEL_TITLES = ("label", "category", "class", "topic")
TABLES = (".csv", ".tsv")


def read_corpus(path: str | PathLike[str], *, text: str | None = None, name: str | None = None, label: str | None = None) -> Corpus:
    """A corpus from a file or folder; texts are cut into words as :meth:`Corpus.from_texts` does.

    ``.txt``, or any suffix but those of tables: a line is a document, named by its number from 1. A folder: each of its ``.txt`` files is a
    document, named by its path below the folder without suffix; where all lie in folders of their own, the folder is the label. ``.csv``
    and ``.tsv``: a row of a table with a header is a document. Each may be compressed as ``.gz`` or ``.xz``. Documents without a word are
    left out, and counted in ``meta["empty_documents"]``.

    Parameters
    ----------
    path : a file or folder
    text, name, label : columns of a table; found by their titles (text, document, body, ...; name, id, title; label, category, class)
        where they are not given, the text also as the only column

    Raises
    ------
    DataError : no such file, a folder without texts, a table whose column of texts is not to be told, a column named of what is no table
    FormatError : bytes that are not UTF-8, with their line

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "songs.txt"
    >>> _ = path.write_text("Rain, rain\\n\\nGo away")
    >>> corpus = read_corpus(path)
    >>> list(corpus), list(corpus.names)
    ([['rain', 'rain'], ['go', 'away']], ['1', '3'])
    """
    path = Path(path).expanduser()
    meta: dict[str, Any] = {"source": path.name}
    if split_suffix(path)[0] in TABLES and not path.is_dir():
        return _of_table(path, text, name, label, meta)
    for option, given in (("text", text), ("name", name), ("label", label)):
        if given is not None:
            raise DataError(f"{option}= names a column of a table, and {str(path)!r} is no .csv or .tsv; leave it out")
    if path.is_dir():
        return _of_folder(path, meta)
    lines = list(_lines(path))
    return Corpus.from_texts(lines, range(1, len(lines) + 1), meta=meta, empty="drop")


def _lines(path: Path) -> Iterator[str]:
    with open_input(path) as stream:
        for number, line in enumerate(stream, start=1):
            yield _decoded(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, path, f", line {number}")


def _decoded(text: bytes, path: Path, where: str = "") -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{str(path)!r}{where}: byte 0x{text[error.start]:02x} is not UTF-8 text; save the file as UTF-8") from None


def _of_folder(folder: Path, meta: dict[str, Any]) -> Corpus:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and split_suffix(p)[0] == ".txt" and not p.name.startswith("."))
    if not files:
        raise DataError(f"the folder {str(folder)!r} holds no .txt files, one of which would be a document")
    texts = (_decoded(_whole(file).removeprefix(codecs.BOM_UTF8), file) for file in files)
    inside = [file.relative_to(folder) for file in files]
    names = [str(file.with_name(file.name.partition(".txt")[0]).as_posix()) for file in inside]
    labels = [file.parts[0] for file in inside] if all(len(file.parts) > 1 for file in inside) else None
    return Corpus.from_texts(texts, names, labels, meta=meta, empty="drop")


def _whole(file: Path) -> bytes:
    with open_input(file) as stream:
        return stream.read()


def _of_table(path: Path, text: str | None, name: str | None, label: str | None, meta: dict[str, Any]) -> Corpus:
    table = read_table(path, header=True)
    place = _column(table, text, "text", TEXT_TITLES)
    if place is None and len(table.columns) == 1:
        place = 0
    if place is None:
        listed = ", ".join(map(repr, table.titles))
        raise DataError(f"none of the columns of {path.name!r} ({listed}) is called 'text'; name the one that holds texts: text=...")
    columns = [_column(table, name, "name", NAME_TITLES), _column(table, label, "label", LABEL_TITLES)]
    names, labels = (None if i is None or i == place else table.columns[i].to_pylist() for i in columns)
    return Corpus.from_texts(table.columns[place].to_pylist(), names, labels, meta=meta, empty="drop")


def _column(table: Table, given: str | None, role: str, titles: Sequence[str]) -> int | None:
    """The column that is named, or the first with one of these titles."""
    if given is not None:
        return table.find(given, role)
    lowered = [title.lower() for title in table.titles]
    return next((lowered.index(title) for title in titles if title in lowered), None)
