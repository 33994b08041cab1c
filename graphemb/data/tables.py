"""Delimited text to columns of strings and back: compression, separator, header, comments, line numbers in errors."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from graphemb.data.atomic import atomic_path
from graphemb.data.dialect import EDGE_ROLES, Dialect, Header, Roles, is_blank, is_comment, is_quoted, sniff
from graphemb.data.streams import open_input, open_output, split_suffix
from graphemb.errors import DataError, FormatError, UnknownNameError, shorten

_SAMPLE = 1 << 18  # bytes looked at to find the dialect
_BLOCK = 1 << 23  # bytes parsed at a time; no record may be longer
_COMMENT_LINE = re.compile(rb"(?:\A|(?<=[\r\n]))[#%](?:[ \t#%][^\r\n]*)?(?:\r\n|\r|\n|\Z)")


@dataclass(frozen=True)
class Table:
    """Columns of strings read from a delimited file, and where they came from."""

    path: Path
    dialect: Dialect
    columns: list[pa.ChunkedArray]
    n_comments: int

    @classmethod
    def of_columns(cls, path: Path, data: pa.Table) -> Table:
        """A table whose columns are named, from a file that is not text."""
        return cls(path, Dialect("\t", tuple(data.column_names), 0, data.num_columns, 0), data.columns, 0)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def titles(self) -> list[str]:
        """The column names of the header, or ``column 1, column 2, ...``."""
        return list(self.dialect.header or (f"column {i + 1}" for i in range(len(self.columns))))

    def find(self, column: str | int, role: str = "column") -> int:
        """The position of a column given by name or number (from 0)."""
        if isinstance(column, str):
            if column in self.titles:
                return self.titles.index(column)
            listed = "its columns are " + ", ".join(repr(shorten(t, 40)) for t in self.titles[:20])
            raise UnknownNameError(f"{role} column", column, self.titles, place=repr(self.path.name), remedy=listed)
        if not 0 <= column < len(self.columns):
            raise DataError(f"{self.path.name!r} has {len(self.columns)} columns, so no {role} column number {column} (counted from 0)")
        return column

    def numbers(self, column: int) -> np.ndarray:
        """A column as float64; the first field that is not a finite number is named with its line."""
        text = self.columns[column] if self._is_number(column) else pc.utf8_trim_whitespace(self.columns[column])
        if self.dialect.delimiter != "," and not self._is_number(column):
            text = _with_points(text)
        try:
            values = pc.cast(text, pa.float64()).to_numpy()
        except pa.ArrowInvalid:
            values = np.array([_number(t) for t in text.to_pylist()])
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            row = int(bad[0])
            shown, hint = shorten(str(text[row].as_py()), 40), " with a decimal point" if "," in str(text[row].as_py()) else ""
            place = f"row {row}" if self._is_number(column) else f"line {self.line_of(row)}"
            raise FormatError(
                f"{str(self.path)!r}, {place}: {self.titles[column]!r} is {shown!r}, "
                f"expected a finite number{hint}{f' ({len(bad):,} such lines)' if len(bad) > 1 else ''}"
            )
        return values

    def _is_number(self, column: int) -> bool:
        """Whether the column holds numbers already, as one of Parquet may."""
        kind = self.columns[column].type
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    def require_filled(self, column: int) -> None:
        """Raise :class:`FormatError` with the line of the first empty field."""
        if pc.any(pc.equal(pc.binary_length(self.columns[column]), 0)).as_py():
            row = int(pc.index(pc.binary_length(self.columns[column]), 0).as_py())
            raise FormatError(f"{str(self.path)!r}, line {self.line_of(row)}: {self.titles[column]!r} is empty, expected a name")

    def line_of(self, row: int) -> int:
        """The line number (from 1) of a record; reads the file again, for messages only."""
        return next(number for i, (number, _) in enumerate(_records(self.path, self.dialect)) if i == row)


def read_table(
    path: str | PathLike[str],
    *,
    header: Header = "auto",
    delimiter: str = "auto",
    wanted: Sequence[str] = (),
    roles: Roles = EDGE_ROLES,
) -> Table:
    """Read a delimited text file, plain or compressed, into columns of strings.

    Every field stays the text it is: "007", "NA" and "null" are names. Separator and header are found from the first lines;
    comment lines (a ``#`` or ``%``, then a blank, in no quotes) and blank lines are skipped, comments counted. Between commas and
    semicolons, quotes enclose fields; between tabs and blanks they are part of the name. Memory: the text once, plus 4 bytes a field.

    Raises
    ------
    FormatError : a line with another number of fields than the first, text that is not UTF-8, a binary file; file and line named
    DataError : no such file, with the nearest names of the folder
    """
    path = Path(path)
    with open_input(path) as stream:
        sample = stream.read(_SAMPLE)
    lines, suffix = _sample_lines(sample, path), split_suffix(path)[0]
    dialect = sniff(lines, repr(str(path)), suffix=suffix, delimiter=delimiter, header=header, wanted=tuple(wanted), roles=roles)
    if not dialect.n_columns:
        return Table(path, dialect, [], dialect.n_comments)
    columns, n_comments = _read_columns(path, dialect)
    alike = _like_comments(columns[0], dialect)
    if dialect.quoted and alike is not None:  # read again, for a comment and a quoted name look the same by now
        columns, n_comments = _read_columns(path, dialect, cut=True)
    elif alike is not None:
        columns = [column.filter(pc.invert(alike)) for column in columns]
        n_comments += int(pc.sum(alike).as_py() or 0)
    return Table(path, dialect, columns, dialect.n_comments + n_comments)


def _sample_lines(sample: bytes, path: Path) -> list[str]:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FormatError(f"{str(path)!r} is UTF-16 text, expected UTF-8; save it as UTF-8")
    if b"\0" in sample:
        raise FormatError(f"{str(path)!r} is a binary file, expected delimited text in UTF-8")
    if len(sample) == _SAMPLE:  # the last line is cut short
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        text = sample.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, sample.count(b"\n", 0, error.start) + 1, error) from None
    return re.split(r"\r\n|\n|\r", text)[:200]


def _not_utf8(path: Path, line: int, error: UnicodeDecodeError) -> FormatError:
    return FormatError(f"{str(path)!r}, line {line}: byte 0x{error.object[error.start]:02x} is not UTF-8 text; save the file as UTF-8")


def _read_columns(path: Path, dialect: Dialect, *, cut: bool = False) -> tuple[list[pa.ChunkedArray], int]:
    """The columns, and the number of comments among them; ``cut`` takes comments out before the line is cut into fields."""
    comments: list[str] = []
    n_cut = 0
    with open_input(path) as stream:
        for _ in range(dialect.skip):
            stream.readline()
        if cut:
            stream, n_cut = _uncommented(stream.read())
        try:
            columns = _parse(_squeezed(stream) if dialect.delimiter == " " else stream, dialect, comments)
        except pa.ArrowInvalid as error:
            raise _explained(path, dialect, error) from None
    return columns, n_cut + len(comments)


def _parse(stream: IO[bytes], dialect: Dialect, comments: list[str]) -> list[pa.ChunkedArray]:
    def skip_comments(row: Any) -> str:
        if row.text.startswith(("#", "%")) or not row.text.strip():
            comments.extend([row.text] if row.text.strip() else [])
            return "skip"
        return "error"

    names = [str(i) for i in range(dialect.n_columns)]
    start = stream.tell()
    # Nothing to parse is an error to pyarrow, and its threads outlive that error: they may abort a process that ends soon.
    if not stream.read(4096).strip(b"\r\n") and not stream.read(1):
        return [pa.chunked_array([], pa.string()) for _ in names]
    stream.seek(start)
    try:
        table = pa_csv.read_csv(
            stream,
            read_options=pa_csv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.quoted else False,
                newlines_in_values=dialect.quoted,
                invalid_row_handler=skip_comments,
            ),
            convert_options=pa_csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return [pa.chunked_array([], pa.string()) for _ in names]
        raise
    return table.columns


def _squeezed(stream: IO[bytes]) -> IO[bytes]:
    """The stream with runs of blanks and tabs made one blank, and none at the ends of lines."""
    data = re.sub(rb"[ \t]{2,}|\t", b" ", stream.read().removeprefix(codecs.BOM_UTF8))
    return io.BytesIO(re.sub(rb"(?m)^ | (?=\r?$)", b"", data))


def _uncommented(data: bytes) -> tuple[IO[bytes], int]:
    """The text without comment lines, and their number; a line within quotes, before which there is an odd number of them, is none."""
    kept, place, quotes, count = [], 0, 0, 0
    for comment in _COMMENT_LINE.finditer(data):
        kept.append(data[place : comment.start()])
        quotes += kept[-1].count(b'"')
        place = comment.start() if quotes % 2 else comment.end()
        count += quotes % 2 == 0
    return io.BytesIO(b"".join([*kept, data[place:]])), count


def _like_comments(first: pa.ChunkedArray, dialect: Dialect) -> pa.ChunkedArray | None:
    """Which records read like comment lines that happen to have as many fields as a record; None where none does."""
    marked = pc.or_(pc.starts_with(first, "#"), pc.starts_with(first, "%"))
    if not pc.any(marked).as_py():
        return None
    marked = pc.match_substring_regex(first, r"^[#%]$" if dialect.delimiter == " " else r"^[#%]([\s#%]|$)")
    return marked if pc.any(marked).as_py() else None


def _records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each record, slowly: only to say where something is wrong."""
    with open_input(path) as stream:
        for number, line, fields in _cut(_decoded(stream, path), dialect):
            odd = len(fields) != dialect.n_columns and line.startswith(("#", "%"))
            if number > dialect.skip and not is_blank(line) and not is_comment(line) and not odd:
                yield number, fields


def _cut(text: Iterator[str], dialect: Dialect) -> Iterator[tuple[int, str, list[str]]]:
    """Number and text of the line on which each record starts, and its fields."""
    if not dialect.quoted:
        for number, line in enumerate(text, start=1):
            yield number, line, dialect.fields(line)
        return
    lines: list[str] = []  # of the record at hand

    def noted() -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    reader = csv.reader(noted(), delimiter=dialect.delimiter)
    for fields in reader:
        yield reader.line_num - len(lines) + 1, lines[0], fields
        lines.clear()


def _decoded(stream: IO[bytes], path: Path) -> Iterator[str]:
    for number, line in enumerate(stream, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _not_utf8(path, number, error) from None


def _explained(path: Path, dialect: Dialect, error: Exception) -> FormatError:
    for number, fields in _records(path, dialect):
        if len(fields) != dialect.n_columns:
            return FormatError(
                f"{str(path)!r}, line {number}: expected {dialect.n_columns} columns separated by {dialect.words}, "
                f"got {len(fields)}: {shorten(dialect.delimiter.join(fields), 60)!r}"
            )
    return FormatError(f"{str(path)!r} cannot be read as columns separated by {dialect.words}: {str(error).splitlines()[0]}")


def _with_points(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column written with decimal commas throughout, with points; any other, and one whose commas may stand for thousands, as it is."""
    if not len(text) or not pc.all(pc.match_substring_regex(text, r"^[-+]?\d+(,\d+)?([eE][-+]?\d+)?$")).as_py():
        return text
    decimal = pc.any(pc.match_substring_regex(text, r"^[-+]?0,|,\d{1,2}([eE]|$)|,\d{4}")).as_py()
    return pc.replace_substring(text, ",", ".") if decimal else text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_parquet(path: str | PathLike[str]) -> pa.Table:
    """A whole Parquet file, decompressed if need be; :class:`FormatError` where it is cut short or something else."""
    with open_input(path) as stream:
        try:
            return pq.read_table(pa.BufferReader(stream.read()))
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"{str(path)!r} is not a whole Parquet file: {str(error).splitlines()[0]}") from None


# -- writing


def write_table(columns: Mapping[str, pa.Array], path: str | PathLike[str], *, header: bool = True) -> None:
    """Write columns of strings or numbers as ``.csv`` (quoted) or tab-separated text (anything else), plain, ``.gz`` or ``.xz``.

    A string that is missing (null) is an empty field; an empty string, which a name cannot be, is refused.

    Raises
    ------
    DataError : a name that the format cannot hold (a tab or a line break between tabs), said before anything is written
    """
    arrays, delimiter = _fields(columns, path)
    with atomic_path(path) as temporary, open_output(temporary, split_suffix(path)[1]) as stream:
        if header:
            stream.write((delimiter.join(columns) + "\n").encode())
        for start in range(0, len(arrays[0]), 1 << 20):
            parts = [array.slice(start, 1 << 20) for array in arrays]
            lines = pc.binary_join_element_wise(*parts, pa.scalar(delimiter, pa.large_string()))
            # the values of a string array lie end to end in one buffer: with line ends, that is the file
            ended = pc.binary_join_element_wise(lines, pa.scalar("\n", pa.large_string()), pa.scalar("", pa.large_string()))
            stream.write(memoryview(ended.buffers()[2] or b""))


def require_writable(columns: Mapping[str, pa.Array], path: str | PathLike[str]) -> None:
    """Raise the :class:`DataError` that :func:`write_table` would."""
    _fields(columns, path)


def _fields(columns: Mapping[str, pa.Array], path: str | PathLike[str]) -> tuple[list[pa.Array], str]:
    """The columns as the text that stands between the delimiters."""
    delimiter = "," if split_suffix(path)[0] == ".csv" else "\t"
    where = Path(path).name
    if len(columns) == 1 and not is_quoted(delimiter):
        title, text = next(iter(columns.items()))
        blank = pc.equal(pc.utf8_trim_whitespace(pc.cast(text, pa.large_string())), "")
        _refuse(text, blank, f"{where!r} (one column) cannot hold", title, "would read as an empty line")
    return [_field(array, delimiter, title, where, first=i == 0) for i, (title, array) in enumerate(columns.items())], delimiter


def _field(array: pa.Array, delimiter: str, title: str, where: str, *, first: bool) -> pa.Array:
    if not pa.types.is_string(array.type) and not pa.types.is_large_string(array.type):
        return pc.cast(array, pa.large_string())
    text = pc.cast(array, pa.large_string())
    _refuse(text, pc.match_substring_regex(text, r"\x00|^$"), f"{where!r} (text) cannot hold", title, "is empty or has a zero character")
    if is_quoted(delimiter):
        doubled = pc.fill_null(pc.replace_substring(text, '"', '""'), "")
        quote, nothing = pa.scalar('"', pa.large_string()), pa.scalar("", pa.large_string())
        return pc.binary_join_element_wise(quote, doubled, quote, nothing)
    _refuse(text, pc.match_substring_regex(text, r"[\t\r\n]"), f"{where!r} (tab-separated) cannot hold", title, "has a tab or line break")
    if first:
        comment = pc.match_substring_regex(text, r"^[#%]([\s#%]|$)|^\x{FEFF}")
        _refuse(text, comment, f"{where!r} (tab-separated) cannot hold", title, "would read as a comment")
    return pc.fill_null(text, "")


def _refuse(text: pa.Array, bad: pa.Array, problem: str, title: str, reason: str) -> None:
    count = int(pc.sum(bad).as_py() or 0)
    if count:
        name = text[int(pc.index(bad, True).as_py())].as_py()
        raise DataError(f"{problem} the {title} {shorten(name, 40)!r}, which {reason} ({count:,} such names); write .parquet instead")
