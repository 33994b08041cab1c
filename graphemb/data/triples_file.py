"""Knowledge graphs from files and to files: tables of triples, folders of splits, Parquet, N-Triples and Turtle."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphemb.data.atomic import atomic_path
from graphemb.data.dialect import NODE_ROLES, TRIPLE_ROLES, Header, find_roles, looks_like_header
from graphemb.data.knowledge_graph import SPLIT_WORDS, KnowledgeGraph
from graphemb.data.names import Names
from graphemb.data.node_file import find_part
from graphemb.data.streams import open_input, open_output, require_file, require_unset, split_suffix
from graphemb.data.tables import Table, read_parquet, read_table, require_writable, write_table
from graphemb.data.texts import joined
from graphemb.data.unsafe import refuse_pickle
from graphemb.errors import DataError, DataWarning, FormatError, MissingExtraError, UnknownNameError

SPLITS = tuple(SPLIT_WORDS)
_RDF = {".nt": "nt", ".ttl": "turtle"}

Column = str | int | None


def read_knowledge_graph(
    path: str | PathLike[str],
    *,
    head: Column = None,
    relation: Column = None,
    tail: Column = None,
    header: Header = "auto",
    delimiter: str = "auto",
) -> KnowledgeGraph:
    """Read a knowledge graph from a file of triples or a folder of splits, plain, ``.gz`` or ``.xz``.

    A file is delimited text (head, relation, tail; a column headed ``split`` cuts it, other columns are left out), ``.parquet``, or
    ``.nt`` / ``.ttl`` (needs rdflib; triples with literals are left out and counted). A folder holds ``train.*``, ``valid.*`` (or
    ``validation.*``, ``val.*``, ``dev.*``) and ``test.*``, those there are and perhaps empty, or ``triples.*``, and perhaps
    ``entity_text.*`` (or ``nodes.*``) and ``relation_text.*``: a name, then fields of its text; texts of names in no triple
    are left out and counted. Names of all
    splits are known: the test split may speak of entities that no training triple holds.

    Parameters
    ----------
    path : the file or folder
    head, relation, tail : columns by name, or by number from 0; the first three, or those whose headers say so, if not given
    header, delimiter : "auto", or True / False, and the separator itself

    Raises
    ------
    DataError, FormatError, UnknownNameError : as :func:`graphemb.data.graph_file.read_graph`
    MissingExtraError : RDF without rdflib

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "facts.tsv"
    >>> _ = path.write_text("Lisbon\\tcapital_of\\tPortugal\\nPortugal\\tborders\\tSpain\\n")
    >>> read_knowledge_graph(path)
    KnowledgeGraph(3 entities, 2 relations, 2 triples: train 2)
    """
    path = Path(path)
    refuse_pickle(path)
    meta = {"source": path.name}
    suffix = "" if path.is_dir() else split_suffix(path)[0]
    if suffix in (".parquet", *_RDF):
        require_unset(path, {"header": (header, "auto"), "delimiter": (delimiter, "auto")})
    if suffix in _RDF:
        require_unset(path, {"head": (head, None), "relation": (relation, None), "tail": (tail, None)})
        return _read_rdf(require_file(path), meta)
    files = _split_files(path) if path.is_dir() else {"train": require_file(path)}
    several = len(files) > 1
    tables = {name: _triples(file, (head, relation, tail), header, delimiter, several) for name, file in files.items()}
    if len(tables) == 1 and "split" in (only := next(iter(tables.values())))[1]:
        graph = _cut_by_column(*only, meta)
    else:
        columns = [pa.chunked_array([c for found, _ in tables.values() for c in found[i].chunks], pa.large_string()) for i in range(3)]
        graph = KnowledgeGraph.from_arrays(*columns, sizes={name: len(found[0]) for name, (found, _) in tables.items()}, meta=meta)
    return _with_texts(graph, path) if path.is_dir() else graph


Found = tuple[list[pa.ChunkedArray], dict[str, pa.ChunkedArray]]


def _split_files(folder: Path) -> dict[str, Path]:
    files = {name: file for name, stems in SPLIT_WORDS.items() if (file := find_part(folder, stems, None)) is not None}
    return files or {"train": find_part(folder, ("triples", "train", "facts"), "triples")}


def _triples(file: Path, wanted: tuple[Column, Column, Column], header: Header, delimiter: str, may_be_empty: bool) -> Found:
    """The columns of heads, relations and tails, and all columns by name."""
    if split_suffix(file)[0] == ".parquet":
        table = Table.of_columns(file, read_parquet(file))
    else:
        named = [c for c in wanted if isinstance(c, str)]
        table = read_table(file, header=header, delimiter=delimiter, wanted=named, roles=TRIPLE_ROLES)
    if not table.columns and may_be_empty:
        return [pa.chunked_array([], pa.large_string())] * 3, {}
    if not table.columns:
        raise FormatError(f"{str(file)!r} is empty, expected one triple a line: head, relation and tail")
    if len(table.columns) < 3:
        raise FormatError(f"{str(file)!r} has {len(table.columns)} columns, expected head, relation and tail in three")
    defaults = find_roles(table.titles, TRIPLE_ROLES)
    roles = zip(wanted, defaults, ("head", "relation", "tail"), strict=True)
    places = [default if column is None else table.find(column, role) for column, default, role in roles]
    if len(set(places)) < 3:
        raise DataError(f"head, relation and tail are not three columns of {file.name!r}: {', '.join(table.titles[i] for i in places)}")
    if split_suffix(file)[0] != ".parquet":
        for place in places:
            table.require_filled(place)
    text = [column.cast(pa.large_string()) for column in table.columns]
    by_name = dict(zip(table.titles, text, strict=True)) if table.dialect.header else {}
    return [text[place] for place in places], by_name


def _cut_by_column(columns: list[pa.ChunkedArray], by_name: Mapping[str, pa.ChunkedArray], meta: dict[str, Any]) -> KnowledgeGraph:
    words = by_name["split"].combine_chunks().dictionary_encode()
    codes = words.indices.to_numpy()
    order = pa.array(np.argsort(codes, kind="stable"))
    sizes = dict(zip(words.dictionary.to_pylist(), np.bincount(codes, minlength=len(words.dictionary)).tolist(), strict=True))
    return KnowledgeGraph.from_arrays(*(column.take(order) for column in columns), sizes=sizes, meta=meta)


def _with_texts(graph: KnowledgeGraph, folder: Path) -> KnowledgeGraph:
    entity_file = find_part(folder, ("entity_text", "entities", "nodes"), None)
    relation_file = find_part(folder, ("relation_text", "relations"), None)
    if entity_file is None and relation_file is None:
        return graph
    return KnowledgeGraph(
        graph.entities,
        graph.relations,
        graph.triples,
        splits=graph.splits,
        entity_fields=_fields(entity_file, graph.entities),
        relation_text=_relation_text(relation_file, graph.relations),
        meta=graph.meta,
    )


def _fields(file: Path | None, names: Names) -> dict[str, dict[str, str]] | None:
    """The columns after the one of names: by title, a text a name."""
    if file is None:
        return None
    table = read_table(file, roles=NODE_ROLES)
    keys = [int(np.count_nonzero(names.find(column.to_pylist()) >= 0)) for column in table.columns]
    if not keys:
        return None
    if not any(keys):  # the constructor counts them all as unknown
        warnings.warn(f"{file.name!r} holds no text of any {names.what} in the triples", DataWarning, stacklevel=4)
    key = int(np.argmax(keys))
    listed = table.columns[key].to_pylist()
    columns = zip(table.titles[key + 1 :], table.columns[key + 1 :], strict=True)
    return {title: dict(zip(listed, column.to_pylist(), strict=True)) for title, column in columns}


def _relation_text(file: Path | None, names: Names) -> dict[str, str] | None:
    fields = _fields(file, names)
    if not fields:
        return None
    told = list(next(iter(fields.values())))
    return dict(zip(told, joined({title: tuple(column.values()) for title, column in fields.items()}, len(told)), strict=True))


def _read_rdf(file: Path, meta: dict[str, Any]) -> KnowledgeGraph:
    try:
        import rdflib
    except ImportError:
        raise MissingExtraError("rdflib", "rdf", "reading N-Triples and Turtle") from None
    with open_input(file) as stream:
        try:
            read = rdflib.Graph().parse(data=stream.read(), format=_RDF[split_suffix(file)[0]])
        except Exception as error:  # rdflib's parsers raise many kinds; nothing of ours runs in the block
            raise FormatError(f"{str(file)!r} is not whole {_RDF[split_suffix(file)[0]]}: {' '.join(str(error).split())[:200]}") from None
    listed = sorted((str(s), str(p), str(o)) for s, p, o in read if not isinstance(o, rdflib.Literal))
    graph = KnowledgeGraph.from_triples(listed)
    graph.meta.update(meta)
    graph.meta["reading"]["literals"] = len(read) - len(listed)
    return graph


def write_knowledge_graph(graph: KnowledgeGraph, path: str | PathLike[str]) -> None:
    """Write a knowledge graph: ``.csv``, ``.tsv``, ``.parquet`` (one table with a column ``split``), or a folder if there is no suffix.

    A folder gets ``train.tsv``, ``valid.tsv``, ``test.tsv``, without header, and ``entity_text.tsv`` and ``relation_text.tsv`` where there
    are texts; a single file leaves the texts out, which a :class:`DataWarning` says, as it counts the entities and relations that stand
    in no triple, which no format keeps. Text files may end in ``.gz`` or ``.xz``.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "facts"
    >>> write_knowledge_graph(KnowledgeGraph.from_triples({"train": [("a", "likes", "b")], "test": [("b", "likes", "a")]}), path)
    >>> read_knowledge_graph(path)
    KnowledgeGraph(2 entities, 1 relations, 2 triples: train 1, test 1)
    """
    path = Path(path)
    suffix, compression = split_suffix(path)
    _warn_of_unused(graph, path.name)
    if not suffix:
        _write_folder(graph, path)
        return
    if suffix not in (".csv", ".tsv", ".txt", ".parquet"):
        raise UnknownNameError("format of triples", suffix, [".csv", ".tsv", ".txt", ".parquet"], remedy="no suffix writes a folder")
    if graph.entity_text is not None or graph.relation_text is not None:
        warnings.warn(f"{path.name!r} is a table of triples and leaves out the texts; a folder keeps them", DataWarning, stacklevel=2)
    sizes = [part.stop - part.start for part in graph.splits.values()]
    columns = {**_columns(graph, graph.triples), "split": pa.array(np.repeat(np.array([*graph.splits], dtype=object), sizes), pa.string())}
    if suffix != ".parquet":
        write_table(columns, path)
        return
    with atomic_path(path) as temporary, open_output(temporary, compression) as stream:
        pq.write_table(pa.table(columns), stream)


def _warn_of_unused(graph: KnowledgeGraph, where: str) -> None:
    heads, relations, tails = graph.triples
    entities = graph.n_entities - len(np.union1d(heads, tails))
    unused = [(entities, "entities"), (graph.n_relations - len(np.unique(relations)), "relations")]
    lost = [f"{what} ({count:,})" for count, what in unused if count]
    if lost:
        warnings.warn(f"{where!r} lists triples and leaves out {' and '.join(lost)} that stand in none", DataWarning, stacklevel=3)


def _write_folder(graph: KnowledgeGraph, folder: Path) -> None:
    unfit = [name for name in graph.splits if name not in SPLITS]
    if unfit:
        raise DataError(f"a folder holds the splits {', '.join(SPLITS)}, and this knowledge graph has {unfit[0]!r}; write .csv or .parquet")
    tables = {name: _columns(graph, graph.split(name)) for name in graph.splits}
    tables |= _text_columns("entity", graph.entities, graph.entity_fields)
    tables |= _text_columns("relation", graph.relations, {} if graph.relation_text is None else {"text": graph.relation_text})
    for stem in (*SPLITS, "entity_text", "relation_text"):
        old = find_part(folder, SPLIT_WORDS.get(stem, (stem,)), None) if folder.is_dir() else None
        if old is not None and (stem not in tables or old.name != f"{stem}.tsv"):
            raise DataError(f"the folder {str(folder)!r} holds {old.name!r}, which would be read with the new files; remove it first")
    for name, columns in tables.items():
        require_writable(columns, folder / f"{name}.tsv")
    folder.mkdir(exist_ok=True)
    for name, columns in tables.items():
        first = [column[0].as_py() for column in columns.values() if len(column)]
        # without a header, as everyone's tools want it, unless the first triple would read as one
        header = name not in SPLITS or bool(first and looks_like_header([first], TRIPLE_ROLES))
        write_table(columns, folder / f"{name}.tsv", header=header)


def _text_columns(what: str, names: Names, fields: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, pa.Array]]:
    """A table of those names that have a text, on one line each; none where nobody has one."""
    if what in fields:
        raise DataError(f"the field {what!r} of the texts would stand beside the column of names, which is called so; give it another name")
    told = {field: [" ".join(t.split()) for t in texts] for field, texts in fields.items()}
    filled = np.flatnonzero([any(texts) for texts in zip(*told.values(), strict=True)])
    columns = {what: names.take(filled).values}
    columns |= {field: pa.array([texts[i] or None for i in filled], pa.large_string()) for field, texts in told.items()}
    return {f"{what}_text": columns} if len(filled) else {}


def _columns(graph: KnowledgeGraph, triples: np.ndarray) -> dict[str, pa.Array]:
    h, r, t = (pa.array(row) for row in triples)
    entities, relations = graph.entities.values, graph.relations.values
    return {"head": entities.take(h), "relation": relations.take(r), "tail": entities.take(t)}
