"""Graphs from files and to files, by suffix: edge lists, Parquet, GraphML, scipy's npz, folders."""

from __future__ import annotations

import io
import json
import warnings
from os import PathLike
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring
from xml.parsers.expat import ExpatError, ParserCreate

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp

from graphemb.data.atomic import atomic_path
from graphemb.data.dialect import Header
from graphemb.data.edge_columns import Column, describe, find_ends, find_weight, require_edges
from graphemb.data.edges import Repeated
from graphemb.data.graph import Graph
from graphemb.data.names import fixed_width
from graphemb.data.node_file import find_part, read_node_files
from graphemb.data.npz_file import read_arrays, write_arrays
from graphemb.data.streams import open_input, open_output, require_file, require_unset, split_suffix
from graphemb.data.tables import Table, read_parquet, read_table, write_table
from graphemb.data.unsafe import refuse_pickle, refuse_to_write_pickle
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError, UnsafeFileError

_EDGE_STEMS = ("edges", "edgelist", "edge_list", "links")
_NODE_STEMS = ("nodes", "labels")
_TEXT = (".csv", ".tsv", ".txt", ".edges", ".edgelist")
_WRITTEN = (*_TEXT, ".parquet", ".graphml", ".npz")


def read_graph(
    path: str | PathLike[str],
    *,
    directed: bool | None = None,
    source: Column = None,
    target: Column = None,
    weight: Column | bool = None,
    header: Header = "auto",
    delimiter: str = "auto",
    nodes: str | PathLike[str] | None = None,
    repeated: Repeated = "max",
) -> Graph:
    """Read a graph; the suffix says how, with ``.gz`` or ``.xz`` after it if compressed.

    ``.parquet``, ``.graphml`` and ``.npz`` (``scipy.sparse.save_npz``) are what they are; any other file is delimited text, one edge a
    line, whose separator, header and comment lines are found from its first lines. A folder holds ``edges.*`` and, if it likes,
    ``nodes.*`` and ``labels.*``. What was merged or left out is counted in ``graph.meta["reading"]``.

    Parameters
    ----------
    path : the file or folder
    directed : None takes what the file says (GraphML, npz and Parquet of ours do), else undirected
    source, target : columns by name, or by number from 0; the first two, or those whose headers say so, if not given
    weight : column of weights, False for none; if not given a column headed "weight", else the third, if it holds finite numbers and
        its header (of three columns) does not speak of times, row numbers, labels or types. Which column it was, and which were left out,
        is in ``meta["reading"]``; a :class:`DataWarning` names what was left out
    header, delimiter : "auto", or True / False, and the separator itself
    nodes : a delimited file that names nodes (isolated ones too) and tells facts about them
    repeated : whether of an edge listed twice the larger weight stays, weights add up, or it is an error

    Raises
    ------
    DataError : no such file (nearest names offered), a weight that is not a number
    FormatError : a ragged line, text that is not UTF-8, a truncated file; file and line are named
    UnknownNameError : no such column
    UnsafeFileError : a pickled file

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "edges.csv"
    >>> _ = path.write_text("source,target,weight\\na,b,2\\nb,c,0.5\\n")
    >>> read_graph(path)
    Graph(3 nodes, 2 edges, undirected, weighted)
    """
    path = Path(path)
    refuse_pickle(path)
    node_files = [] if nodes is None else [require_file(nodes)]
    file = path
    if path.is_dir():
        file = find_part(path, _EDGE_STEMS, "edges")
        node_files += [part for stem in _NODE_STEMS if (part := find_part(path, (stem,), None)) is not None]
    meta = {"source": path.name}
    suffix = split_suffix(require_file(file))[0]
    if suffix in (".parquet", ".graphml", ".npz"):
        require_unset(file, {"header": (header, "auto"), "delimiter": (delimiter, "auto")})
    if suffix in (".graphml", ".npz"):
        require_unset(file, {"source": (source, None), "target": (target, None), "weight": (weight, None), "nodes": (nodes, None)})
    if suffix == ".npz":
        require_unset(file, {"repeated": (repeated, "max")})
    if suffix in (".graphml", ".npz"):
        return (_read_graphml if suffix == ".graphml" else _read_npz)(file, directed, repeated, meta)
    read = _parquet_edges if suffix == ".parquet" else _text_edges
    table, ends, weights, said, facts = read(file, source, target, weight, header, delimiter)
    if not node_files and suffix != ".parquet":
        require_edges(table)
    names, told = read_node_files(node_files, ends) if node_files else (None, None)
    graph = Graph.from_arrays(
        *ends, weights, directed=said if directed is None else directed, names=names, nodes=told, repeated=repeated, meta=meta
    )
    graph.meta["reading"] |= {"comments": table.n_comments, **facts}
    return graph


Edges = tuple[Table, tuple[Any, Any], Any, bool, dict[str, Any]]


def _text_edges(file: Path, source: Column, target: Column, weight: Column | bool, header: Header, delimiter: str) -> Edges:
    wanted = [c for c in (source, target, weight) if isinstance(c, str)]
    table = read_table(file, header=header, delimiter=delimiter, wanted=wanted)
    if not table.columns:
        raise FormatError(f"{str(file)!r} is empty, expected one edge a line: source and target")
    if len(table.columns) < 2:
        raise FormatError(
            f"{str(file)!r} has one column, expected source and target in two: "
            + ("no tab, comma, semicolon, blank or bar separates them" if delimiter == "auto" else f"no {delimiter!r} separates them")
            + "; write one edge a line, as in 'a,b', or name another separator with delimiter= of read_graph"
        )
    (s, t), w, facts = _columns(table, source, target, weight)
    for column in (s, t):
        table.require_filled(column)
    return table, (table.columns[s], table.columns[t]), None if w is None else table.numbers(w), False, facts


def _columns(table: Table, source: Column, target: Column, weight: Column | bool) -> tuple[tuple[int, int], int | None, dict[str, Any]]:
    """The places of the ends and of the weights, and what is to be said of them."""
    ends, ends_said = find_ends(table, source, target), source is not None and target is not None
    w = find_weight(table, ends, weight, ends_said=ends_said)
    return ends, w, describe(table, ends, w, chosen=ends_said or weight is not None)


def _parquet_edges(file: Path, source: Column, target: Column, weight: Column | bool, header: Header, delimiter: str) -> Edges:
    data = read_parquet(file)
    table = Table.of_columns(file, data)
    if len(table.columns) < 2:
        raise FormatError(f"{str(file)!r} has one column, expected source and target in two")
    (s, t), w, facts = _columns(table, source, target, weight)
    said = json.loads((data.schema.metadata or {}).get(b"graphemb", b"{}"))
    weights = None if w is None else data.column(w).to_numpy()
    ends = (data.column(s).cast(pa.large_string()), data.column(t).cast(pa.large_string()))
    return table, ends, weights, bool(said.get("directed")), facts


def _read_graphml(file: Path, directed: bool | None, repeated: Repeated, meta: dict[str, Any]) -> Graph:
    import networkx as nx

    with open_input(file) as stream:
        data = stream.read()
    try:
        _refuse_doctype(data, file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # networkx on attributes it leaves out
            read = nx.read_graphml(io.BytesIO(data))
    except UnsafeFileError:
        raise
    except (ExpatError, ParseError, nx.NetworkXError, KeyError, ValueError) as error:
        raise FormatError(f"{str(file)!r} is not a whole GraphML file: {str(error).splitlines()[0]}") from None
    graph = Graph.from_networkx(read, repeated=repeated)
    if directed is not None and directed != graph.directed:
        graph = graph.undirected() if not directed else Graph(graph.adjacency, graph.names, directed=True, nodes=graph._nodes)
    return Graph(graph.adjacency, graph.names, directed=graph.directed, nodes=graph._nodes, meta={**graph.meta, **meta})


def _refuse_doctype(data: bytes, file: Path) -> None:
    """Raise :class:`UnsafeFileError` for a document type, the one place where entities are defined, in any encoding.

    It stands before the first element, so the parser that networkx uses reads that far and no further.
    """

    def refuse(*_: Any) -> None:
        raise UnsafeFileError(f"{str(file)!r} defines XML entities, which can grow without bound; remove its DOCTYPE")

    elements: list[str] = []
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, _: elements.append(name)
    stream = io.BytesIO(data)
    while not elements and (part := stream.read(1 << 12)):
        parser.Parse(part, False)
    if not elements:
        parser.Parse(b"", True)


def _read_npz(file: Path, directed: bool | None, repeated: Repeated, meta: dict[str, Any]) -> Graph:
    arrays, data = read_arrays(file)
    try:
        matrix = sp.load_npz(data)
    except (ValueError, KeyError, NotImplementedError) as error:
        raise FormatError(f"{str(file)!r} is not a sparse matrix of scipy.sparse.save_npz: {str(error).splitlines()[0]}") from None
    names = arrays.get("names")
    said = bool(arrays["directed"]) if "directed" in arrays else None
    matrix = sp.csr_array(matrix)
    if directed is None:
        directed = said or False
    if said and not directed:
        return Graph(matrix, names, directed=True, meta=meta).undirected()
    return Graph(matrix, names, directed=directed, meta=meta)


def write_graph(graph: Graph, path: str | PathLike[str]) -> None:
    """Write a graph; the suffix says how: ``.csv``, ``.tsv`` / ``.txt`` / ``.edges`` / ``.edgelist``, ``.parquet``, ``.graphml``, ``.npz``.

    ``.graphml`` keeps everything but ``meta``; ``.npz`` leaves out the node table; ``.parquet`` also nodes without edges and the order of
    the nodes; text also that edges have a direction. What is left out of this graph is said in a :class:`DataWarning`. Text files may
    end in ``.gz`` or ``.xz``. A name that the format cannot hold is refused, and nothing written.

    Raises
    ------
    DataError : a name that the format cannot hold, or a graph without edges in an edge list
    UnknownNameError : an unknown suffix

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "edges.tsv.gz"
    >>> write_graph(Graph.from_edges([("a", "b"), ("b", "c")]), path)
    >>> read_graph(path).n_edges
    2
    """
    suffix, compression = split_suffix(path)
    if suffix not in _WRITTEN:
        refuse_to_write_pickle(path, _WRITTEN)
        remedy = f"the suffix chooses among {', '.join(_WRITTEN)}"
        raise UnknownNameError("graph format", suffix or Path(path).name, _WRITTEN, remedy=remedy)
    if suffix == ".graphml":
        return _write_graphml(graph, path)
    _warn_of_loss(graph, Path(path).name, suffix)
    if suffix == ".npz":
        return write_arrays(_to_arrays(graph, Path(path).name), path)
    columns = _edge_columns(graph)
    if suffix != ".parquet":
        return write_table(columns, path)
    said = {"graphemb": json.dumps({"directed": graph.directed})}
    with atomic_path(path) as temporary, open_output(temporary, compression) as stream:
        pq.write_table(pa.table(columns).replace_schema_metadata(said), stream)


def _edge_columns(graph: Graph) -> dict[str, pa.Array]:
    u, v, weights = graph.edges()
    columns = {"source": graph.names.values.take(pa.array(u)), "target": graph.names.values.take(pa.array(v))}
    return {**columns, "weight": pa.array(weights)} if graph.weighted else columns


def _warn_of_loss(graph: Graph, where: str, suffix: str) -> None:
    """Say what the format leaves out of this graph; refuse an edge list that would have no line."""
    is_list, columns = suffix != ".npz", 0 if graph._nodes is None else len(graph._nodes.columns)
    touched = np.diff(graph.adjacency.indptr) + np.bincount(graph.adjacency.indices, minlength=graph.n_nodes)
    isolated = int(np.count_nonzero(touched == 0)) if is_list else 0
    if is_list and not graph.n_edges and (isolated or suffix != ".parquet"):
        raise DataError(f"{where!r} is an edge list and cannot hold a graph without edges ({isolated:,} nodes); write .npz or .graphml")
    lost = [f"{isolated:,} {'node' if isolated == 1 else 'nodes'} without edges"] if isolated else []
    lost += [f"the node table ({columns:,} {'column' if columns == 1 else 'columns'})"] if columns else []
    lost += ["that edges have a direction (to be read with directed=True or --directed)"] if graph.directed and suffix in _TEXT else []
    if lost:
        keepers = ".graphml leaves nothing out" if columns else ".npz and .graphml leave nothing out"
        warnings.warn(f"{where!r} leaves out {' and '.join(lost)}; {keepers}", DataWarning, stacklevel=3)


def _write_graphml(graph: Graph, path: str | PathLike[str]) -> None:
    import networkx as nx

    whole = io.BytesIO()
    try:
        nx.write_graphml(graph.to_networkx(), whole)
        fromstring(whole.getvalue())  # XML has no way to write control characters, which networkx does not check
    except (ParseError, ValueError, TypeError, nx.NetworkXError) as error:
        problem = f"{Path(path).name!r} (GraphML) cannot hold this graph: {str(error).splitlines()[0]}"
        raise DataError(f"{problem}; write .npz instead") from None
    with atomic_path(path) as temporary, open_output(temporary, split_suffix(path)[1]) as stream:
        stream.write(whole.getbuffer())


def _to_arrays(graph: Graph, where: str) -> dict[str, Any]:
    """What ``scipy.sparse.save_npz`` writes, and names and direction."""
    matrix = graph.adjacency
    return {
        "format": np.array("csr"),
        "shape": np.array(matrix.shape),
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "_is_array": np.array(True),
        "names": fixed_width(graph.names, where),
        "directed": np.array(graph.directed),
    }
