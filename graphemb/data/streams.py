"""Files as streams of bytes: suffixes, compression, and what to say when there is nothing to read."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, Any

from graphemb.errors import DataError, FormatError, nearest_names

_MAGIC = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\x00": lzma.open}
_COMPRESSED = (".gz", ".xz")


def split_suffix(path: str | PathLike[str]) -> tuple[str, str]:
    """The suffix that names the format and the one that names the compression, lower case.

    >>> split_suffix("a/edges.tsv.gz"), split_suffix("hope.arrow"), split_suffix("README")
    (('.tsv', '.gz'), ('.arrow', ''), ('', ''))
    """
    path = Path(path)
    last = path.suffix.lower()
    if last in _COMPRESSED:
        return Path(path.stem).suffix.lower(), last
    return last, ""


def plain_stem(path: str | PathLike[str]) -> str:
    """The file's name without the suffixes of compression and format."""
    path = Path(path)
    return Path(path.stem).stem if path.suffix.lower() in _COMPRESSED else path.stem


def require_file(path: str | PathLike[str]) -> Path:
    """The path, if a file is there; else :class:`DataError` with the nearest file names of its folder."""
    path = Path(path)
    if path.is_file():
        return path
    if path.is_dir():
        raise DataError(f"expected a file, but {str(path)!r} is a folder")
    if not path.parent.is_dir():
        raise DataError(f"there is no file {str(path)!r}: its folder does not exist")
    near = nearest_names(path.name, [other.name for other in path.parent.iterdir()])
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else f"; {str(path.parent)!r} holds nothing of a similar name"
    raise DataError(f"there is no file {str(path)!r}{hint}")


def require_unset(path: Path, options: Mapping[str, tuple[Any, Any]]) -> None:
    """Raise :class:`DataError` for an option, given with its default, that says something a file of this format has no use for."""
    for name, (value, default) in options.items():
        if value is not default and value != default:
            raise DataError(f"{name}= has no meaning for {path.name!r}, a {split_suffix(path)[0]} file; leave it out")


@contextmanager
def open_input(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed where its first bytes say gzip or xz, whatever it is called."""
    path = require_file(path)
    try:
        with path.open("rb") as raw:
            head = raw.read(6)
        opener: Any = next((opener for magic, opener in _MAGIC.items() if head.startswith(magic)), open)
        with opener(path, "rb") as stream:
            yield stream
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise FormatError(f"{str(path)!r} is cut short or damaged: its compressed data cannot be read ({error})") from error
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror or error}") from error


@contextmanager
def open_output(path: Path, compression: str) -> Iterator[IO[bytes]]:
    """A stream into a file, compressed as the suffix says; equal content gives equal bytes."""
    with path.open("wb") as raw:
        if compression == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as stream:
                yield stream  # type: ignore[misc]
        elif compression == ".xz":
            with lzma.LZMAFile(raw, mode="wb", preset=3) as stream:
                yield stream
        else:
            yield raw
