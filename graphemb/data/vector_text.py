"""Names and vectors as text, and word2vec's binary: the formats other tools read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from graphemb.data.atomic import atomic_path
from graphemb.data.dialect import NODE_ROLES
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.data.streams import open_input, open_output, plain_stem, split_suffix
from graphemb.data.tables import Table, read_table, write_table
from graphemb.errors import DataError, FormatError, shorten

_BLOCK = 1 << 14  # rows turned into text at a time

# -- word2vec


def save_text(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write word2vec text: ``n dim``, then a line ``name x1 ... xdim`` a row; a name with a blank is refused, for no reader could tell."""
    _require_no_blanks(embedding.names, Path(path).name)
    with atomic_path(path) as temporary, open_output(temporary, split_suffix(path)[1]) as stream:
        stream.write(f"{len(embedding)} {embedding.dim}\n".encode())
        for start in range(0, len(embedding), _BLOCK):
            names = embedding.names.values.slice(start, _BLOCK)
            numbers = (pc.cast(pa.array(c), pa.large_string()) for c in np.ascontiguousarray(embedding.vectors[start : start + _BLOCK].T))
            blank, end, nothing = (pa.scalar(text, pa.large_string()) for text in (" ", "\n", ""))
            lines = pc.binary_join_element_wise(names, *numbers, blank)
            ended = pc.binary_join_element_wise(lines, end, nothing)
            stream.write(memoryview(ended.buffers()[2] or b""))


def load_text(path: Path) -> Embedding:
    """Read word2vec or GloVe text, with or without the line ``n dim``; names may hold blanks: the last ``dim`` fields are numbers."""
    with open_input(path) as stream:
        n, dim, ends_blank = _shape(stream.readline(), stream.readline(), path)
    try:
        names, vectors = _parse(path, n, dim, ends_blank)
    except (pa.ArrowInvalid, UnicodeDecodeError):  # blanks in names, or an error that the slow way can name
        names, vectors = _parse_lines(path, n, dim)
    if n is not None and n != len(names):
        raise FormatError(f"{str(path)!r} is cut short or damaged: its first line says {n:,} vectors, it holds {len(names):,}")
    return Embedding(Names(names), vectors)


def _shape(first: bytes, second: bytes, path: Path) -> tuple[int | None, int, bool]:
    """How many vectors the first line says there are (None without such a line), of how many numbers, and whether lines end in a blank."""
    if b"\0" in first + second or not first.strip():
        raise FormatError(f"{str(path)!r} is {'empty' if not first else 'not text'}, expected word2vec text: a name and its numbers a line")
    if re.fullmatch(rb"\d+ \d+\s*", first):
        n, dim = map(int, first.split())
        if len(_fields(second)) > dim or not second:  # else it is a number with a number's name
            return n, dim, second.rstrip(b"\r\n").endswith(b" ")
    dim = sum(1 for _ in _trailing_numbers(_fields(first)[1:]))
    if not dim:
        raise _odd_line(path, 1, "its", first)
    return None, dim, first.rstrip(b"\r\n").endswith(b" ")


def _fields(line: bytes) -> list[bytes]:
    return re.split(rb" +", line.strip(b" \r\n"))  # not at other white space, which a name may hold


def _trailing_numbers(fields: list[bytes]) -> Iterator[float]:
    for field in reversed(fields):
        try:
            yield float(field)
        except ValueError:
            return


def _parse(path: Path, n: int | None, dim: int, ends_blank: bool) -> tuple[pa.ChunkedArray, np.ndarray]:
    titles = [str(i) for i in range(dim + 1)]
    types = {"0": pa.large_string(), **{title: pa.float32() for title in titles[1:]}}
    with open_input(path) as stream:
        if n is not None:
            stream.readline()
        table = pa_csv.read_csv(
            stream,
            read_options=pa_csv.ReadOptions(column_names=titles + ["end"] * ends_blank, block_size=1 << 24),
            parse_options=pa_csv.ParseOptions(delimiter=" ", quote_char=False),
            convert_options=pa_csv.ConvertOptions(column_types=types, include_columns=titles, null_values=[], strings_can_be_null=False),
        )
    vectors = np.empty((len(table), dim), dtype=np.float32)
    for column in range(dim):
        vectors[:, column] = table.column(column + 1).to_numpy()
    return table.column(0), vectors


def _parse_lines(path: Path, n: int | None, dim: int) -> tuple[list[str], np.ndarray]:
    """Line by line: slow, but it splits from the right and knows the line numbers."""
    names, rows = [], []
    with open_input(path) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip() or (number == 1 and n is not None):
                continue
            fields = line.rstrip().rsplit(b" ", dim)
            try:
                rows.append(np.array(fields[1:], dtype=np.float32))
                names.append(fields[0].decode("utf-8"))
            except UnicodeDecodeError as error:
                raise FormatError(f"{str(path)!r}, line {number}: byte 0x{line[error.start]:02x} is not UTF-8 text") from None
            except ValueError:
                raise _odd_line(path, number, dim, line) from None
            if len(fields) != dim + 1:
                raise _odd_line(path, number, dim, line)
    return names, np.array(rows, dtype=np.float32).reshape(len(rows), dim)


def _odd_line(path: Path, number: int, dim: int | str, line: bytes) -> FormatError:
    shown = shorten(line.decode("utf-8", "replace").strip(), 60)
    return FormatError(f"{str(path)!r}, line {number}: expected a name and {dim} numbers separated by blanks, got {shown!r}")


def save_binary(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write word2vec binary: ``n dim``, then name, blank and little-endian float32 a row."""
    _require_no_blanks(embedding.names, Path(path).name)
    with atomic_path(path) as temporary, open_output(temporary, split_suffix(path)[1]) as stream:
        stream.write(f"{len(embedding)} {embedding.dim}\n".encode())
        rows = np.ascontiguousarray(embedding.vectors, dtype="<f4")
        for name, row in zip(embedding.names, rows, strict=True):  # rows of unequal length: only a loop can write them
            stream.write(name.encode() + b" " + row.tobytes() + b"\n")


def load_binary(path: Path) -> Embedding:
    """Read word2vec binary, with or without line ends between the rows."""
    with open_input(path) as stream:
        first = re.fullmatch(rb"(\d+) (\d+)\s*", stream.readline(100))
        if first is None:
            raise FormatError(f"{str(path)!r} is not word2vec binary: its first line is not two numbers, n and dim")
        n, dim = map(int, first.groups())
        names, numbers = _split_rows(stream, n, 4 * dim, path)
    vectors = np.frombuffer(b"".join(numbers), dtype="<f4").reshape(len(names), dim)
    try:
        return Embedding(Names([name.decode("utf-8") for name in names]), vectors)
    except UnicodeDecodeError as error:
        raise FormatError(f"{str(path)!r}: a name is not UTF-8 text ({error.reason})") from None


def _split_rows(stream: IO[bytes], n: int, width: int, path: Path) -> tuple[list[bytes], list[bytes]]:
    data = stream.read()
    names, numbers, place = [], [], 0
    for row in range(n):  # where a row starts is known only when the name before it has ended
        blank = data.find(b" ", place)
        if blank < 0 or blank + 1 + width > len(data):
            raise FormatError(f"{str(path)!r} is cut short: its first line says {n:,} vectors, it holds {row:,}")
        names.append(data[place:blank].lstrip(b"\n"))
        numbers.append(data[blank + 1 : blank + 1 + width])
        place = blank + 1 + width
    return names, numbers


def _require_no_blanks(names: Names, where: str) -> None:
    bad = pc.match_substring_regex(names.values, r"[\s\x00\x0b]|^$")
    count = int(pc.sum(bad).as_py() or 0)
    if count:
        first = names[int(pc.index(bad, True).as_py())]
        raise DataError(
            f"{where!r} (word2vec) separates by blanks and cannot hold names with blanks or zero characters, of which there are {count:,}, "
            f"first {shorten(first, 40)!r}; write .arrow, .tsv or .csv, or replace the blanks: "
            "embedding.replace(names=[n.replace(' ', '_') for n in embedding.names])"
        )


# -- tables


def save_csv(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write a table: ``name``, ``kind`` where there are kinds, and a column ``x0, x1, ...`` a number."""
    columns = {"name": embedding.names.values}
    if embedding.kinds is not None:
        columns["kind"] = pa.array(embedding.kinds, pa.string())
    write_table({**columns, **_numbers(embedding)}, path)


def load_csv(path: Path) -> Embedding:
    """Read a table of names, perhaps kinds, and numbers: names are the column headed "name", else the first."""
    table = read_table(path, roles=NODE_ROLES)
    if not table.columns:
        raise FormatError(f"{str(path)!r} is empty, expected a name and its numbers a line")
    lowered = [title.lower() for title in table.titles]
    key = lowered.index("name") if "name" in lowered else 0
    kind = lowered.index("kind") if "kind" in lowered else None
    return Embedding(
        Names(table.columns[key], check=kind is None),
        _matrix(table, [i for i in range(len(table.columns)) if i not in (key, kind)]),
        kinds=None if kind is None else table.columns[kind].to_pylist(),
    )


def save_projector(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write the embedding projector's two files: numbers in ``NAME.tsv``, names (kinds, attributes) in ``NAME.metadata.tsv``."""
    beside = _metadata_path(Path(path))
    facts: dict[str, pa.Array] = {"name": embedding.names.values}
    if embedding.kinds is not None:
        facts["kind"] = pa.array(embedding.kinds, pa.string())
    for title, column in embedding.attributes.items():
        facts[str(title)] = pc.cast(pa.Array.from_pandas(column.fillna("") if column.dtype == object else column), pa.large_string())
    # a header only over several columns, as the projector wants it
    write_table(facts, beside, header=len(facts) > 1)
    write_table(_numbers(embedding), path, header=False)


def load_projector(path: Path) -> Embedding:
    """Read the projector's two files; a table whose first column is no number and that has no metadata beside it is read as .csv is."""
    beside = [place for place in (_metadata_path(path), path.with_name("metadata.tsv")) if place.is_file()]
    if not beside:
        return load_csv(path)
    table = read_table(path, header=False, delimiter="tab")
    if not len(table):
        raise FormatError(f"{str(path)!r} is empty, expected the numbers of one vector a line")
    facts = read_table(beside[0], header=False, delimiter="tab")
    n = len(table)
    if len(facts) == n + 1:
        facts = read_table(beside[0], header=True, delimiter="tab")
    if len(facts) != n:
        raise FormatError(f"{str(beside[0])!r} names {len(facts):,} rows, but {path.name!r} has {n:,} vectors")
    by_title = {title: column.to_pylist() for title, column in zip(facts.titles, facts.columns, strict=True)}
    names = by_title.pop(facts.titles[0])
    kinds = by_title.pop("kind", None)
    attributes = pd.DataFrame(by_title) if by_title else None
    return Embedding(names, _matrix(table, list(range(len(table.columns)))), kinds=kinds, attributes=attributes)


def _metadata_path(path: Path) -> Path:
    return path.with_name(f"{plain_stem(path)}.metadata.tsv{split_suffix(path)[1]}")


def _numbers(embedding: Embedding) -> dict[str, pa.Array]:
    return {f"x{i}": pa.array(column) for i, column in enumerate(np.ascontiguousarray(embedding.vectors.T))}


def _matrix(table: Table, columns: list[int]) -> np.ndarray:
    if not columns:
        raise FormatError(f"{str(table.path)!r} has no columns of numbers beside the names")
    return np.stack([table.numbers(column) for column in columns], axis=1).astype(np.float32)
