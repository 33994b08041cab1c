"""Delimited text: what is found from the first lines, and which line an error names."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.dialect import NODE_ROLES, TRIPLE_ROLES
from graphemb.data.tables import read_parquet, read_table, write_table
from graphemb.errors import DataError, FormatError, ParameterError, UnknownNameError


def write(tmp_path: Path, content: str | bytes, name: str = "t.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(table: object) -> list[list[str]]:
    return [list(row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc\td\n", [["a", "b"], ["c", "d"]]),
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ("a;b\nc;d\n", [["a", "b"], ["c", "d"]]),
        ("a|b\nc|d\n", [["a", "b"], ["c", "d"]]),
        ("a b\nc d\n", [["a", "b"], ["c", "d"]]),
        ("  a   b \n c \t d\n", [["a", "b"], ["c", "d"]]),
        ("New York\tLos Angeles\nRome\tOslo\n", [["New York", "Los Angeles"], ["Rome", "Oslo"]]),
        ("New York,Rome\nOslo,Los Angeles\n", [["New York", "Rome"], ["Oslo", "Los Angeles"]]),
        ("a\tb\r\n\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ("\n\na\tb\n\n\n", [["a", "b"]]),
        ("\ufeffa\tb\n", [["a", "b"]]),
        ("\ufeffa b\n", [["a", "b"]]),
        ("\ufeffa,b\n", [["a", "b"]]),
        ("# SNAP\n# FromNodeId\tToNodeId\n0\t1\n", [["0", "1"]]),
        ("% sym unweighted\n% 3 2 2\n0 1\n", [["0", "1"]]),
        ("a\tb\n# in the middle\nc\td\n# two\tfields\n", [["a", "b"], ["c", "d"]]),
        ("a b\n# x\n# long comment here\nc d\n", [["a", "b"], ["c", "d"]]),
        ("#love\t#peace\na\tb\n", [["#love", "#peace"], ["a", "b"]]),
        ("a,b\n# note, more\nc,d\n## no, no\n%\ty,z\n", [["a", "b"], ["c", "d"]]),
        ("a,b\r\n# note, more\r\nc,d\r\n# last, one", [["a", "b"], ["c", "d"]]),
        ("a;b\n# note; more\nc;d\n", [["a", "b"], ["c", "d"]]),
        ("a,b\n#love,#peace\n#,%\n", [["a", "b"], ["#love", "#peace"], ["#", "%"]]),
        (
            'a,b\n"# name",b\n# say ""hi",x\n"in\n# a, name",b\n# note, more\n"#",d\n',
            [["a", "b"], ["# name", "b"], ["in\n# a, name", "b"], ["#", "d"]],
        ),
        ('"a,b",c\n"d ""e""",f\n"two\nlines",g\n', [["a,b", "c"], ['d "e"', "f"], ["two\nlines", "g"]]),
        ('"a"\tb"c\n', [['"a"', 'b"c']]),
        ("007\tNA\nnull\tnan\nTrue\t1e5\n", [["007", "NA"], ["null", "nan"], ["True", "1e5"]]),
        ("source,target\na,b\n", [["a", "b"]]),
        ("SOURCE, TARGET\na,b\n", [["a", "b"]]),
        ("#source\ttarget\na\tb\n", [["a", "b"]]),
        ("x,y\n1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ("hub,1\n2,3\n", [["hub", "1"], ["2", "3"]]),
    ],
)
def test_what_is_read(tmp_path: Path, text: str, expected: list[list[str]]) -> None:
    assert rows(read_table(write(tmp_path, text))) == expected


def test_comments_are_counted(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "# one\n# two\na\tb\n# three\n# four\tb\n")).n_comments == 4
    assert read_table(write(tmp_path, "# one\n# two\na,b\n# three\n# four,b\n#five\n")).n_comments == 5


@pytest.mark.parametrize("roles", [TRIPLE_ROLES, NODE_ROLES])
def test_a_header_needs_a_word_for_each_role(tmp_path: Path, roles: tuple[tuple[str, ...], ...]) -> None:
    assert read_table(write(tmp_path, "object\tIsA\tsource\na\tb\tc\n"), roles=roles).dialect.header is None
    assert read_table(write(tmp_path, "id\trelation\ttarget\tsource\na\tb\tc\td\n"), roles=roles).dialect.header is not None


def test_header_and_separator_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\tc\nd,e\tf\n")
    assert rows(read_table(path)) == [["a,b", "c"], ["d,e", "f"]]
    assert rows(read_table(path, delimiter="comma")) == [["a", "b\tc"], ["d", "e\tf"]]
    assert read_table(path, header=True).titles == ["a,b", "c"]
    assert read_table(write(tmp_path, "source\ttarget\n"), header=False).titles == ["column 1", "column 2"]
    with pytest.raises(ParameterError, match="delimiter must be"):
        read_table(path, delimiter="nothing")
    with pytest.raises(ParameterError, match="header must be"):
        read_table(path, header="maybe")  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="line 1: the header names a column twice"):
        read_table(write(tmp_path, "source,target,source\na,b,c\n"))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz", "t.tsv.xz"])
def test_compression_is_told_from_the_bytes(tmp_path: Path, pack: object, name: str) -> None:
    data = pack(b"a\tb\n" * 1000)  # type: ignore[operator]
    assert len(read_table(write(tmp_path, data, name))) == 1000
    with pytest.raises(FormatError, match="is cut short or damaged"):
        read_table(write(tmp_path, data[:-6], name))


def test_ragged_line_one_million(tmp_path: Path) -> None:
    path = write(tmp_path, b"source\ttarget\n" + b"a\tb\n" * 999_998 + b"only one\n" + b"a\tb\n" * 10)
    with pytest.raises(FormatError, match=r"t\.txt', line 1000000: expected 2 columns separated by tabs, got 1: 'only one'") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('source,target\n"a\nb",c\n"d",e,f\n', "line 4: expected 2 columns separated by commas, got 3"),
        ('a,b\n# c,d\n"x\n# y",z\n\nc,d,e\n', "line 6: expected 2 columns separated by commas, got 3"),
        ("# c\na b\n\nc d e\n", "line 4: expected 2 columns separated by blanks, got 3: 'c d e'"),
        (b"a\tb\ncaf\xe9\td\n", "line 2: byte 0xe9 is not UTF-8 text"),
        (b"a\tb\n" * 100_000 + b"caf\xe9\td\n", "line 100001: byte 0xe9 is not UTF-8 text"),
        (b"\x00\x01\x02\x03garbage", "is a binary file, expected delimited text"),
        ("a\tb\n".encode("utf-16"), "is UTF-16 text, expected UTF-8"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read_table(write(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_missing_file_offers_the_nearest_names(tmp_path: Path) -> None:
    write(tmp_path, "a\tb\n", "edges.tsv")
    with pytest.raises(DataError, match=r"there is no file '.*edgs\.tsv'; did you mean 'edges\.tsv'\?"):
        read_table(tmp_path / "edgs.tsv")
    with pytest.raises(DataError, match="its folder does not exist"):
        read_table(tmp_path / "nowhere" / "edges.tsv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


def test_columns_and_numbers(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "source,target,weight\na,b, 1.5 \n\nc,d,nan\ne,,1e999\n"))
    assert table.find("weight") == 2
    with pytest.raises(
        UnknownNameError, match=r"unknown weight column 'wieght' in 't\.txt'; did you mean 'weight'\?.*'source', 'target', 'weight'"
    ):
        table.find("wieght", "weight")
    with pytest.raises(DataError, match="3 columns, so no target column number 7"):
        table.find(7, "target")
    with pytest.raises(FormatError, match=r"line 4: 'weight' is 'nan', expected a finite number \(2 such lines\)"):
        table.numbers(2)
    with pytest.raises(FormatError, match="line 5: 'target' is empty, expected a name"):
        table.require_filled(1)
    assert read_table(write(tmp_path, "a b 1\nc d x\n")).columns[2].to_pylist() == ["1", "x"]
    with pytest.raises(FormatError, match="line 2: 'column 3' is 'x'"):
        read_table(write(tmp_path, "a b 1\nc d x\n")).numbers(2)


def test_empty_files(tmp_path: Path) -> None:
    for text in ("", "\n\n", "# only\n# comments\n"):
        assert len(read_table(write(tmp_path, text))) == 0
    assert len(read_table(write(tmp_path, "source\ttarget\n"))) == 0
    assert read_table(write(tmp_path, "source\ttarget\n")).titles == ["source", "target"]


def test_truncated_parquet(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="is not a whole Parquet file"):
        read_parquet(write(tmp_path, b"PAR1xxxx", "t.parquet"))


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(names, names), min_size=1), suffix=st.sampled_from([".csv", ".csv.gz", ".tsv", ".txt.xz"]))
def test_text_comes_back_or_is_refused(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]], suffix: str) -> None:
    path = tmp_path_factory.mktemp("t") / f"t{suffix}"
    columns = {"source": pa.array([p[0] for p in pairs]), "target": pa.array([p[1] for p in pairs])}
    try:
        write_table(columns, path)
    except DataError as error:
        assert suffix[:4] != ".csv" and "cannot hold" in str(error) and not path.exists()
        return
    table = read_table(path)
    assert [tuple(row) for row in rows(table)] == pairs
    assert table.dialect.header == ("source", "target")


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "a\rb", "", "# a", "%", "\ufeffa", "a\0b"])
def test_names_that_tabs_cannot_separate_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot hold the source"):
        write_table({"source": pa.array(["ok", name]), "target": pa.array(["x", "y"])}, tmp_path / "t.tsv")
    assert not list(tmp_path.iterdir())


def test_blank_names(tmp_path: Path) -> None:
    write_table({"a": pa.array([" ", "  "]), "b": pa.array([" ", "x"])}, tmp_path / "t.tsv", header=False)
    assert rows(read_table(tmp_path / "t.tsv")) == [[" ", " "], ["  ", "x"]]
    with pytest.raises(DataError, match="would read as an empty line"):
        write_table({"a": pa.array(["x", "\u00a0"])}, tmp_path / "t.tsv")


def test_numbers_come_back_exactly(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal(1000) * 10.0 ** np.arange(-300, 300, 0.6)
    write_table({"source": pa.array([*map(str, range(1000))]), "weight": pa.array(values)}, tmp_path / "t.csv")
    assert np.array_equal(read_table(tmp_path / "t.csv").numbers(1), values)


def test_lines_are_counted_with_the_comments_above_them(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, 'source,target,weight\n# x,y,z\n"# x\n",y,1\n\na,b,q\n'))
    with pytest.raises(FormatError, match="line 6: 'weight' is 'q'"):
        table.numbers(2)


@pytest.mark.parametrize("rest", ["", "\n\r\n\n"])
def test_a_header_alone_is_not_given_to_arrow(tmp_path: Path, rest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its threads outlive the error that it raises then: once in ten times they aborted a process that ended."""
    monkeypatch.setattr("graphemb.data.tables.pa_csv.read_csv", None)
    assert rows(read_table(write(tmp_path, "source,target\n" + rest), header=True)) == []
