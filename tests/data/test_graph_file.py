"""Graphs from files: every format, every count, every message."""

from __future__ import annotations

import gzip
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph, write_graph
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError, UnsafeFileError

STRANGE = ["New York", "a,b", 'say "hi"', "😀", "שלום עולם", "مرحبا", "x" * 10_000, "007", "NA", "nan", "null", "", "#tag", "'", "1.0"]
KEEPS_ALL = (".graphml", ".npz")
FORMATS = (".csv", ".csv.gz", ".tsv", ".tsv.xz", ".txt", ".edges", ".parquet", ".graphml", ".graphml.gz", ".npz", ".npz.gz")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore:.*that edges have a direction:graphemb.errors.DataWarning")
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_round_trip(tmp_path: Path, suffix: str, directed: bool, weighted: bool) -> None:
    named = [n for n in STRANGE if n]
    edges = [(u, v, 0.1 * (i + 1) if weighted else 1.0) for i, (u, v) in enumerate(pairwise(named))]
    graph = Graph.from_edges([*edges, ("007", "007", 2.0 if weighted else 1.0)], directed=directed)
    write_graph(graph, tmp_path / f"g{suffix}")
    read = read_graph(tmp_path / f"g{suffix}", directed=directed)
    assert dict(zip(read.names, read.degree(), strict=True)) == dict(zip(graph.names, graph.degree(), strict=True))
    assert read.subgraph(graph.names).fingerprint == graph.fingerprint
    assert read.meta["source"] == f"g{suffix}"


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.mark.filterwarnings("ignore:.*that edges have a direction:graphemb.errors.DataWarning")
@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=8), st.sampled_from(FORMATS), st.booleans())
def test_names_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]], suffix: str, directed: bool
) -> None:
    graph = Graph.from_edges(pairs, directed=directed)
    path = tmp_path_factory.mktemp("g") / f"g{suffix}"
    try:
        write_graph(graph, path)
    except DataError as error:
        assert "cannot hold" in str(error) and "\n" not in str(error)
        assert not list(path.parent.iterdir())
        return
    assert read_graph(path, directed=directed).subgraph(graph.names).fingerprint == graph.fingerprint


@pytest.mark.parametrize("suffix", KEEPS_ALL)
def test_isolated_nodes_and_direction_are_kept(tmp_path: Path, suffix: str) -> None:
    graph = Graph.from_edges([("a", "b")], names=["z", "a", "b"], directed=True)
    write_graph(graph, tmp_path / f"g{suffix}")
    read = read_graph(tmp_path / f"g{suffix}")
    assert read.fingerprint == graph.fingerprint
    assert not read_graph(tmp_path / f"g{suffix}", directed=False).directed


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_what_an_edge_list_leaves_out_is_said(tmp_path: Path, suffix: str) -> None:
    graph = Graph.from_edges([("a", "b")], names=["z", "a", "b"])
    said = r"leaves out 1 node without edges and the node table \(1 column\); \.graphml leaves nothing out"
    with pytest.warns(DataWarning, match=said):
        write_graph(Graph(graph.adjacency, graph.names, nodes=pd.DataFrame({"x": [1, 2, 3]})), tmp_path / f"g{suffix}")
    assert read_graph(tmp_path / f"g{suffix}").n_nodes == 2
    with pytest.warns(DataWarning, match=r"leaves out 1 node without edges; \.npz and \.graphml leave nothing out"):
        write_graph(graph, tmp_path / f"g{suffix}")


def test_what_npz_leaves_out_is_said(tmp_path: Path) -> None:
    graph = Graph.from_edges([("a", "b")], names=["z", "a", "b"])
    with pytest.warns(DataWarning, match=r"leaves out the node table \(2 columns\); \.graphml leaves nothing out"):
        write_graph(Graph(graph.adjacency, graph.names, nodes=pd.DataFrame({"x": [1, 2, 3], "y": list("abc")})), tmp_path / "g.npz")
    assert read_graph(tmp_path / "g.npz").fingerprint == graph.fingerprint


def test_text_that_leaves_out_directions_says_how_to_read_it(tmp_path: Path) -> None:
    graph = Graph.from_edges([("a", "b"), ("b", "c")], directed=True)
    with pytest.warns(DataWarning, match="that edges have a direction .*directed=True or --directed"):
        write_graph(graph, tmp_path / "g.csv")
    assert read_graph(tmp_path / "g.csv", directed=True).fingerprint == graph.fingerprint


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("names", [["b", "a"], []])
def test_a_graph_without_edges_comes_back_or_is_refused(tmp_path: Path, suffix: str, names: list[str]) -> None:
    graph, path = Graph.from_edges([], names=names), tmp_path / f"g{suffix}"
    if suffix.startswith(KEEPS_ALL) or (suffix == ".parquet" and not names):
        write_graph(graph, path)
        assert read_graph(path).fingerprint == graph.fingerprint
        return
    with pytest.raises(DataError, match=rf"cannot hold a graph without edges \({len(names)} nodes\); write \.npz or \.graphml"):
        write_graph(graph, path)
    assert not list(tmp_path.iterdir())


def test_parquet_keeps_direction_and_reads_numbers_as_names(tmp_path: Path) -> None:
    write_graph(Graph.from_edges([("a", "b")], directed=True), tmp_path / "g.parquet")
    assert read_graph(tmp_path / "g.parquet").directed
    pd.DataFrame({"u": [1, 2], "v": [2, 3], "weight": [1.0, 2.5]}).to_parquet(tmp_path / "n.parquet")
    assert read_graph(tmp_path / "n.parquet").to_frame().iloc[1].tolist() == ["2", "3", 2.5]


@pytest.mark.parametrize(
    ("text", "edges", "weighted"),
    [
        ("a\tb\nb\tc\n", 2, False),
        ("a b 2\nb c 0.5\n", 2, True),
        ("source,target,weight\na,b,2\n", 1, True),
        ("weight,target,source\n2,b,a\n", 1, True),
        ("# SNAP\n# FromNodeId\tToNodeId\n0\t1\n1\t2\n1\t0\n", 2, False),
        ("node1;node2\na;b\n", 1, False),
    ],
)
def test_columns_are_found(tmp_path: Path, text: str, edges: int, weighted: bool) -> None:
    graph = read_graph(write(tmp_path / "g.txt", text))
    assert (graph.n_edges, graph.weighted) == (edges, weighted)


def test_columns_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "g.csv", "id,from here,to there,strength\n1,a,b,3\n2,b,c,4\n")
    graph = read_graph(path, source="from here", target="to there", weight="strength", directed=True)
    assert graph.meta["reading"]["left_out"] == ["id"]
    assert graph.to_frame().values.tolist() == [["a", "b", 3.0], ["b", "c", 4.0]]
    assert read_graph(path, source=1, target=2).n_edges == 2
    assert not read_graph(write(tmp_path / "h.txt", "a b 2\n"), weight=False).weighted


def test_what_was_merged_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "g.tsv", "# made by hand\na\tb\t1\nb\ta\t3\nc\tc\t1\nc\td\t0\n")
    graph = read_graph(path)
    assert graph.meta["reading"] == {"listed": 4, "zero_weight": 1, "repeated": 1, "self_loops": 1, "comments": 1, "weights": "column 3"}
    assert graph.to_frame()["weight"].tolist() == [3.0, 1.0]
    assert read_graph(path, repeated="sum").to_frame()["weight"].tolist() == [4.0, 1.0]
    assert read_graph(path, directed=True).n_edges == 3


def test_a_folder_with_edges_labels_and_nodes(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "edges.tsv.gz", "wt") as file:
        file.write("0\t1\n1\t2\n")
    write(tmp_path / "labels.tsv", "2\tred\n0\tblue\n2\tgreen\n3\tred\n")
    write(tmp_path / "nodes.csv", "id,name,size\n0,zero,10\n1,one,20\n2,two,30\n3,three,40\n4,four,50\n")
    graph = read_graph(tmp_path)
    assert list(graph.names) == ["0", "1", "2", "3", "4"] and graph.degree().tolist() == [1, 2, 1, 0, 0]
    assert graph.nodes["name"].tolist() == ["zero", "one", "two", "three", "four"]
    assert graph.nodes["label"].fillna("").tolist() == ["blue", "", "red|green", "red", ""]
    assert graph.meta["source"] == tmp_path.name
    assert read_graph(tmp_path / "edges.tsv.gz", nodes=tmp_path / "nodes.csv").n_nodes == 5


def test_folders_that_are_no_graph(tmp_path: Path) -> None:
    write(tmp_path / "train.tsv", "a\tlikes\tb\n")
    with pytest.raises(DataError, match=r"has no file of edges \(edges\.\*.*it holds 'train\.tsv'"):
        read_graph(tmp_path)
    write(tmp_path / "edges.tsv", "a\tb\n")
    write(tmp_path / "edges.csv", "a,b\n")
    with pytest.raises(DataError, match=r"holds both 'edges\.csv' and 'edges\.tsv'"):
        read_graph(tmp_path)


def test_scipys_own_npz(tmp_path: Path) -> None:
    matrix = sp.coo_array(([1.0, 1.0], ([0, 1], [1, 0])), shape=(3, 3))
    sp.save_npz(tmp_path / "m.npz", matrix)
    assert read_graph(tmp_path / "m.npz").n_nodes == 3
    sp.save_npz(tmp_path / "d.npz", sp.csr_matrix(np.array([[0, 1], [0, 0]])))
    assert read_graph(tmp_path / "d.npz", directed=True).n_edges == 1
    write_graph(Graph.from_edges([("a", "b")]), tmp_path / "own.npz")
    assert sp.load_npz(tmp_path / "own.npz").nnz == 2


def test_graphml_of_others(tmp_path: Path) -> None:
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_node("z", colour="red")
    graph.add_edge("a", "b", weight=2.5)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    read = read_graph(tmp_path / "g.graphml")
    assert read.directed and read.weighted and read.n_nodes == 3
    assert "red" in read.nodes["colour"].tolist()


@pytest.mark.parametrize(
    ("name", "content", "options", "error", "message"),
    [
        ("g.tsv", "", {}, FormatError, "is empty, expected one edge a line"),
        ("g.tsv", "a\nb\n", {}, FormatError, "has one column, expected source and target"),
        ("g.tsv", "a\tb\nc\n", {}, FormatError, "line 2: expected 2 columns separated by tabs, got 1"),
        ("g.tsv", "a\tb\n\tc\n", {}, FormatError, "line 2: 'column 1' is empty, expected a name"),
        ("g.csv", "source,target,weight\na,b,1\nb,c,nan\n", {}, FormatError, "line 3: 'weight' is 'nan', expected a finite number"),
        ("g.csv", "source,target,weight\na,b,1\nb,c,\n", {}, FormatError, "line 3: 'weight' is ''"),
        ("g.tsv", "a\tlikes\tb\n", {}, FormatError, "line 1: 'column 3' is 'b', expected a finite number"),
        (
            "g.csv",
            "source,target\na,b\n",
            {"source": "sorce"},
            UnknownNameError,
            r"unknown source column 'sorce' in 'g\.csv'; did you mean 'source'",
        ),
        ("g.csv", "source,target\na,b\n", {"weight": "w"}, UnknownNameError, "unknown weight column 'w'"),
        ("g.csv", "source,target\na,b\n", {"source": 1}, DataError, "the same column, .target."),
        ("g.csv", "a,b\nb,a\n", {"repeated": "error"}, DataError, "edges listed more than once: 1, first 'a' to 'b'"),
        ("g.parquet", "PAR1 not", {}, FormatError, "is not a whole Parquet file"),
        ("g.graphml", "<graphml><node", {}, FormatError, "is not a whole GraphML file"),
        ("g.graphml", '<!DOCTYPE x [<!ENTITY a "b">]><graphml/>', {}, UnsafeFileError, "defines XML entities"),
        ("g.npz", "PK nothing", {}, FormatError, r"is not a whole \.npz file"),
        ("g.npz", "PK nothing", {"weight": "w"}, DataError, r"weight= has no meaning for 'g\.npz'"),
        ("g.npz", "PK nothing", {"repeated": "sum"}, DataError, r"repeated= has no meaning for 'g\.npz'"),
        ("g.parquet", "PAR1", {"delimiter": "tab"}, DataError, r"delimiter= has no meaning for 'g\.parquet'"),
        ("g.graphml", "<x/>", {"header": True}, DataError, r"header= has no meaning for 'g\.graphml'"),
        ("g.gpickle", "x", {}, UnsafeFileError, r"pickled file.*nx\.write_graphml"),
        ("g.pkl", "x", {}, UnsafeFileError, "pickled file, which could run code"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: str, options: dict[str, object], error: type[Exception], message: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(error, match=message) as caught:
        read_graph(path, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert name in str(caught.value) or "repeated" in options


def test_missing_file(tmp_path: Path) -> None:
    write(tmp_path / "edges.tsv", "a\tb\n")
    with pytest.raises(DataError, match=r"there is no file .*did you mean 'edges\.tsv'"):
        read_graph(tmp_path / "edges.tvs")


def test_npz_with_objects_is_not_opened(tmp_path: Path) -> None:
    matrix = sp.csr_array(np.eye(2))
    fields = {"format": "csr", "shape": matrix.shape, "data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    np.savez(tmp_path / "g.npz", **fields, names=np.array(["a", None], dtype=object))
    with pytest.raises(UnsafeFileError, match="pickled objects"):
        read_graph(tmp_path / "g.npz")


def test_a_parquet_file_without_rows_is_the_empty_graph(tmp_path: Path) -> None:
    write_graph(Graph.from_edges([]), tmp_path / "g.parquet")
    assert read_graph(tmp_path / "g.parquet").n_nodes == 0


def test_unknown_suffix_for_writing(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown graph format '\.grapml'; did you mean '\.graphml'"):
        write_graph(Graph.from_edges([("a", "b")]), tmp_path / "g.grapml")


def test_the_fingerprint_does_not_depend_on_the_route(tmp_path: Path) -> None:
    text = "a\tb\nb\tc\nc\ta\nd\ta\n"
    routes = [
        read_graph(write(tmp_path / "g.tsv", text)),
        read_graph(write(tmp_path / "g.csv", "source,target\n" + text.replace("\t", ","))),
        Graph.from_edges([tuple(line.split("\t")) for line in text.splitlines()]),
        Graph.from_frame(pd.DataFrame([line.split("\t") for line in text.splitlines()], columns=["source", "target"])),
    ]
    assert len({graph.fingerprint for graph in routes}) == 1


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "directed", "n_nodes", "n_edges", "n_components", "max_degree"),
    [
        ("ca-grqc", False, 5241, 14_484, 354, 81),
        ("ppi", False, 3890, 37_845, 35, 593),
        ("blogcatalog", False, 10_312, 333_983, 1, 3992),
        ("wiki-vote", True, 7115, 103_689, 24, 893),
        ("cora-citation", True, 2708, 5429, 78, None),
    ],
)
def test_real_graphs(
    shared_data: Path, name: str, directed: bool, n_nodes: int, n_edges: int, n_components: int, max_degree: int | None
) -> None:
    graph = read_graph(shared_data / "graphs" / name, directed=directed)
    assert (graph.n_nodes, graph.n_edges, graph.n_self_loops) == (n_nodes, n_edges, 0)
    assert graph.components.max() + 1 == n_components
    assert max_degree is None or graph.degree().max() == max_degree
    assert sum(graph.meta["reading"][key] for key in ("repeated", "zero_weight", "comments")) == 0


@pytest.mark.shared
def test_real_labels(shared_data: Path) -> None:
    graph = read_graph(shared_data / "graphs" / "ppi")
    assert (graph.degree() == 0).sum() == 30
    labels = graph.nodes["label"]
    assert labels.notna().all() and labels.str.count(r"\|").sum() + len(labels) == 6640


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_entities_are_refused_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    space = "http://graphml.graphdrawing.org/xmlns"
    body = f'<graphml xmlns="{space}"><graph edgedefault="undirected"><node id="%s"/></graph></graphml>'
    text = '<?xml version="1.0"?>' + "<!-- far from the start -->" * 1000 + '<!DOCTYPE graphml [<!ENTITY a "bomb">]>' + body % "&a;"
    path = tmp_path / "g.graphml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(UnsafeFileError, match="defines XML entities"):
        read_graph(path)
    path.write_bytes(('<?xml version="1.0"?><!-- no <!DOCTYPE -->' + body % "a").encode(encoding))
    assert list(read_graph(path).names) == ["a"]  # a comment defines nothing


def test_a_line_of_names_that_come_again_is_no_header(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("head tail\ntail wag\nwag dog\n")
    assert read_graph(path).n_edges == 3


def test_nodes_called_like_columns_survive_a_file(tmp_path):
    graph = Graph.from_edges([("source", "target"), ("target", "weight"), ("u", "v")])
    write_graph(graph, tmp_path / "g.csv")
    assert read_graph(tmp_path / "g.csv").to_frame().values.tolist() == graph.to_frame().values.tolist()
