"""Which columns of an edge list are read as what, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from graphemb.data.graph_file import read_graph
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def weights(graph: object) -> list[float]:
    return graph.to_frame()["weight"].tolist()  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["nan", "inf", "-Inf", "NA", "n/a", "null", ""])
def test_a_missing_weight_is_no_header(tmp_path: Path, word: str) -> None:
    path = write(tmp_path / "g.csv", f"a,b,{word}\nb,c,1\n")
    with pytest.raises(FormatError, match=rf"g\.csv', line 1: 'column 3' is '{word}', expected a finite number"):
        read_graph(path)


def test_a_guessed_header_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "g.csv", "# by hand\nalice,bob,strong\na,b,1\nb,c,2\n")
    with pytest.warns(DataWarning, match=r"g\.csv', line 2: 'alice,bob,strong' was taken as a header.*header=False"):
        graph = read_graph(path)
    assert graph.meta["reading"]["header"] == "alice,bob,strong"
    assert weights(graph) == [1.0, 2.0]
    assert "header" not in read_graph(path, header=True).meta["reading"]
    assert read_graph(path, header=False, weight=False).n_edges == 3


def test_a_header_alone_is_no_graph(tmp_path: Path) -> None:
    path = write(tmp_path / "edges.csv", "source,target\n")
    with pytest.raises(
        DataError,
        match=r"edges\.csv' is an empty graph: its single line, 'source, target', was taken as a header.*'source,target' above it",
    ):
        read_graph(path)
    assert read_graph(path, header=False).n_edges == 1
    write(tmp_path / "nodes.csv", "id\na\nb\n")
    assert read_graph(tmp_path).n_nodes == 2


@pytest.mark.parametrize("text", ["from,to,strength\na,b,2\nb,c,0.5\n", "from,strength,to\na,2,b\nb,0.5,c\n"])
def test_the_third_column_is_the_weight(tmp_path: Path, text: str) -> None:
    graph = read_graph(write(tmp_path / "g.csv", text))
    assert weights(graph) == [2.0, 0.5] and graph.meta["reading"]["weights"] == "strength"
    pd.DataFrame({"from": ["a"], "to": ["b"], "strength": [2.5]}).to_parquet(tmp_path / "g.parquet")
    assert weights(read_graph(tmp_path / "g.parquet")) == [2.5]


@pytest.mark.parametrize("title", ["year", "Timestamp", "created_date", "EdgeId", "label", "type"])
def test_numbers_that_are_no_weights(tmp_path: Path, title: str) -> None:
    path = write(tmp_path / "g.csv", f"source,target,{title}\na,b,1999\n")
    with pytest.warns(DataWarning, match=f"read with no weights, and left out '{title}'"):
        graph = read_graph(path)
    assert not graph.weighted and graph.meta["reading"]["left_out"] == [title]
    assert read_graph(path, weight=title).meta["reading"]["weights"] == title
    assert read_graph(path, weight=False).meta["reading"]["left_out"] == [title]
    with pytest.raises(UnknownNameError, match="unknown weight column"):
        read_graph(path, weight=True)


@pytest.mark.parametrize(
    ("text", "found", "left_out"),
    [
        ("a,b,2,x\nb,c,3,y\n", [2.0, 3.0], ["column 4"]),
        ("1\t2\t0.5\t1082040961\n2\t3\t4\t1082040962\n", [0.5, 4.0], ["column 4"]),
        ("a,b,x,2\nb,c,y,3\n", [1.0, 1.0], ["column 3", "column 4"]),
        ("from,to,strength\na,b,much\n", [1.0], ["strength"]),
        ("from,to,strength,sort\na,b,2,x\n", [1.0], ["strength", "sort"]),
    ],
)
def test_columns_left_out_are_named(tmp_path: Path, text: str, found: list[float], left_out: list[str]) -> None:
    with pytest.warns(DataWarning, match=f"left out {', '.join(map(repr, left_out))}"):
        graph = read_graph(write(tmp_path / "g.txt", text))
    assert (weights(graph) if graph.weighted else [1.0] * graph.n_edges) == found
    assert graph.meta["reading"]["left_out"] == left_out


@pytest.mark.parametrize("name", ["g.csv", "g.txt"])
@pytest.mark.parametrize("head", ["", "from;to;strength\n"])
def test_semicolons_and_decimal_commas(tmp_path: Path, name: str, head: str) -> None:
    graph = read_graph(write(tmp_path / name, f"{head}a;b;1,5\nb;c;2\n"))
    assert list(graph.names) == ["a", "b", "c"] and weights(graph) == [1.5, 2.0]
    assert weights(read_graph(write(tmp_path / name, f"{head}a;b;1,5\nb;c;2,25\n"))) == [1.5, 2.25]


@pytest.mark.parametrize(("text", "line"), [("a;b;1,5\nb;c;2.5\n", 1), ("a;b;1,234\nb;c;2,500\n", 1), ("a;b;1\nb;c;1,2,3\n", 2)])
def test_commas_that_may_mean_anything_are_refused(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(FormatError, match=rf"line {line}: 'column 3' is '1,.*', expected a finite number with a decimal point"):
        read_graph(write(tmp_path / "g.csv", text))


def test_commas_in_names_stay(tmp_path: Path) -> None:
    assert read_graph(write(tmp_path / "g.csv", "a;x,b\nc;x,d\n"), delimiter="comma").n_edges == 2
    assert list(read_graph(write(tmp_path / "g.txt", "a,b,c\td,e,f\ng,h,i\tj,k,l\n")).names) == ["a,b,c", "d,e,f", "g,h,i", "j,k,l"]
    assert read_graph(write(tmp_path / "g.csv", "New York,Los Angeles\nSan Jose,Santa Cruz\n")).n_nodes == 4


def test_one_column_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"one column.*no tab, comma, semicolon, blank or bar separates them.*one edge a line"):
        read_graph(write(tmp_path / "words", "root:x:0\ndaemon:x:1\n"))
