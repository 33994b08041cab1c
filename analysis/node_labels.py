"""Labels of nodes, one or several each, and the rows of embeddings that they belong to."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.names import Names
from graphemb.data.node_file import JOINED_BY
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError, shorten
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.warn import warn
from graphemb.reconstruction.contenders import named_embeddings

Labelled: TypeAlias = Graph | Embedding | pd.DataFrame | Mapping[str, Any]
Embeddings: TypeAlias = Embedding | Mapping[str, Embedding] | Iterable[Embedding]
USUAL = ("label", "labels", "class", "group")


@dataclass(frozen=True)
class NodeLabels:
    """Which node has which labels.

    Attributes
    ----------
    names : n nodes, labelled or not
    labels : the label names, the most frequent first, equal ones in the order of their text
    indicator : boolean (n, len(labels)), sparse: whether the node has the label
    column : where the labels stood, "" if in a mapping
    graph : the graph that has these nodes, in this order, if one is known
    unknown : names that had labels but are no nodes of the graph, and were left out
    """

    names: Names
    labels: Names
    indicator: sp.csr_array
    column: str = ""
    graph: Graph | None = None
    unknown: int = 0

    @cached_property
    def per_node(self) -> np.ndarray:
        """How many labels each node has, (n,)."""
        return np.diff(self.indicator.indptr)

    @property
    def counts(self) -> pd.Series:
        """How many nodes have each label."""
        return pd.Series(np.asarray(self.indicator.sum(axis=0)), index=list(self.labels), dtype=np.int64)

    @property
    def labelled(self) -> np.ndarray:
        """Rows of the nodes that have a label."""
        return np.flatnonzero(self.per_node)

    @property
    def n_unlabelled(self) -> int:
        """Nodes without a label."""
        return len(self.names) - len(self.labelled)

    @property
    def single(self) -> bool:
        """Whether no node has more than one label."""
        return bool((self.per_node <= 1).all())

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        each = "one a node" if self.single else f"{self.per_node[self.labelled].mean():.2f} a node"
        unlabelled = f", {self.n_unlabelled:,} without" if self.n_unlabelled else ""
        return f"NodeLabels({len(self.labelled):,} nodes with {len(self.labels):,} labels, {each}{unlabelled})"


def node_labels(
    graph_or_table: Labelled, column: str | None = None, *, separator: str | None = JOINED_BY, graph: Graph | None = None
) -> NodeLabels:
    """The labels of nodes, from the node table of a graph, a table, or a mapping of names to labels.

    Parameters
    ----------
    graph_or_table : a :class:`Graph` (its ``nodes``), an :class:`Embedding` (its ``attributes``), a DataFrame, or a mapping. A DataFrame
        is indexed by name; if its rows are only numbered, its first column holds the names. A name on several rows has the labels of all
    column : the column of labels; if not given "label", or the only column there is
    separator : where one text holds several labels, they are cut here ("|", as folders of data are read); None cuts nothing
    graph : the graph that the names of a table or mapping are nodes of; names that it lacks are left out and counted in a
        :class:`DataWarning`, nodes that the table lacks are unlabelled

    A value may also be a list, tuple or set of labels. Missing values and blanks are no label.

    Raises
    ------
    DataError : no table of nodes, no label at all, numbers that are not whole, no name that is a node
    UnknownNameError : no such column, or several of which none is named
    ParameterError : ``column`` of a mapping

    >>> labels = node_labels({"a": "red", "b": ["red", "blue"], "c": None})
    >>> labels, labels.counts.to_dict()
    (NodeLabels(2 nodes with 2 labels, 1.50 a node, 1 without), {'red': 2, 'blue': 1})
    >>> from graphemb.datasets.registry import load_dataset
    >>> node_labels(load_dataset("karate-club"), "club")
    NodeLabels(34 nodes with 2 labels, one a node)
    """
    names, values, column = _column_of(graph_or_table, column)
    texts = _one_label_a_row(values, separator)
    own = graph_or_table if isinstance(graph_or_table, Graph) else graph
    nodes = own.names if own is not None else Names(pd.unique(names), what="node")
    rows = nodes.find(names)[texts.index]
    unknown = int((nodes.find(pd.unique(names)) < 0).sum())
    _say_unknown(nodes, names, unknown)
    texts, rows = texts[rows >= 0], rows[rows >= 0]
    if not len(texts):
        raise DataError(f"no node has a label{f' in the column {shorten(column)!r}' if column else ''}")
    frequent = texts.to_frame("label").assign(node=rows).drop_duplicates()["label"].value_counts()
    order = frequent.reset_index().sort_values(["count", "label"], ascending=[False, True])["label"]
    labels = Names(order, what="label")
    indicator = sp.coo_array((np.ones(len(rows), dtype=bool), (rows, labels.find(texts))), shape=(len(nodes), len(labels))).tocsr()
    indicator.data[:] = True  # a label said twice was added up
    return NodeLabels(nodes, labels, indicator, column, own, unknown)


def _column_of(given: Any, column: str | None) -> tuple[np.ndarray, pd.Series, str]:
    """Names, their values, and what the column is called."""
    if isinstance(given, Mapping):
        if column is not None:
            raise ParameterError(f"a mapping has no columns, so no {shorten(column)!r}; leave column out")
        return np.array([str(name) for name in given], dtype=object), pd.Series(list(given.values()), dtype=object), ""
    if isinstance(given, (Graph, Embedding)):
        table = given.nodes if isinstance(given, Graph) else given.attributes
        names, what = np.asarray(given.names), "table of nodes" if isinstance(given, Graph) else "table of attributes"
        if table is None or not len(table.columns):
            raise DataError(f"there is no {what}, so there are no labels; pass a table, or a mapping of names to labels")
    elif isinstance(given, pd.DataFrame):
        table = given
        if isinstance(table.index, pd.RangeIndex) and len(table.columns):
            table = table.set_index(table.columns[0])
        names = table.index.astype(str).to_numpy(dtype=object)
    else:
        raise DataError(f"labels stand in a Graph, an Embedding, a DataFrame or a mapping of names, got {type(given).__name__}")
    column = _chosen([str(c) for c in table.columns], column)
    return names, table.set_axis([str(c) for c in table.columns], axis=1)[column].reset_index(drop=True), column


def _chosen(columns: list[str], column: str | None) -> str:
    if column in columns:
        return str(column)
    listed = shorten(", ".join(columns) or "none", 300)
    if column is not None:
        raise UnknownNameError("label column", column, columns, remedy=f"columns: {listed}")
    usual = [c for c in columns if c.lower() in USUAL]
    if len(columns) == 1 or len(usual) == 1:
        return (usual or columns)[0]
    raise DataError(f"there are several columns; say which holds the labels: {listed}")


def _one_label_a_row(values: pd.Series, separator: str | None) -> pd.Series:
    """Labels as text, one a row, indexed by the row of the value they came from; blanks and missing values gone."""
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna()
        if not (whole == whole.round()).all():
            raise DataError("labels are classes, but the column holds numbers that are not whole; cut it into classes first (pandas.cut)")
        values = values.astype("Int64")
    values = values.astype(object)
    if separator:
        texts = values.map(lambda value: isinstance(value, str))
        values = values.where(~texts, values[texts].str.split(separator, regex=False))
    values = values.explode().dropna()
    values = values.map(_text).astype(object)
    return values[values != ""]


def _text(value: Hashable) -> str:
    return (str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)).strip()


def _say_unknown(nodes: Names, names: np.ndarray, unknown: int) -> None:
    if not unknown:
        return
    first = str(names[int(np.flatnonzero(nodes.find(names) < 0)[0])])
    if unknown == len(pd.unique(names)):
        raise DataError(f"no name of the labels is a node of the graph, as {shorten(first)!r} is none; names must match as text")
    near = nodes.suggest(first, 1)
    hint = f" (did you mean {shorten(near[0])!r}?)" if near else ""
    warn(f"{unknown:,} of the names with labels are no nodes and were left out, first {shorten(first)!r}{hint}", DataWarning)


# -- labels and embeddings


@dataclass(frozen=True)
class Matched:
    """Labelled nodes that every embedding has a row for.

    Attributes
    ----------
    nodes : (m,) rows of the labels
    rows : by embedding, the row of each of these nodes
    missing : by embedding, how many labelled nodes have no row there
    """

    embeddings: dict[str, Embedding]
    nodes: np.ndarray
    rows: dict[str, np.ndarray]
    missing: dict[str, int]

    def features(self, name: str, include: str) -> np.ndarray:
        """What is known of each node, float64 (m, columns): its vector, its context beside it if ``include`` is "both", at length one.

        A context that is the vectors up to signs says nothing new and is left out. A row of zeros stays one.
        """
        embedding, rows = self.embeddings[name], self.rows[name]
        sides = [embedding.vectors[rows]]
        if include == "both" and embedding.context is not None and embedding.numbers_per_node > embedding.dim:
            sides.append(embedding.context[rows])
        return unit_rows(np.hstack(sides), np.float64)


def match(embeddings: Embeddings, labels: NodeLabels, nodes: np.ndarray) -> Matched:
    """The given rows of the labels that all embeddings have, found by name.

    Raises
    ------
    DataError : an embedding has none of the names, or they share none
    """
    named = named_embeddings(embeddings)
    if not named:
        raise ParameterError("there is no embedding to judge; give one, or a mapping of names to embeddings")
    wanted = labels.names.take(nodes)
    found = {name: _rows_of(embedding, wanted) for name, embedding in named.items()}
    missing = {name: int((rows < 0).sum()) for name, rows in found.items()}
    for name, count in missing.items():
        if count == len(nodes):
            raise DataError(
                f"{shorten(name)!r} has none of the {len(nodes):,} labelled names, such as {shorten(wanted[0])!r}; "
                f"its own are like {shorten(named[name].names[0]) if len(named[name]) else ''!r}"
            )
        named[name].require_finite()
    kept = np.all([rows >= 0 for rows in found.values()], axis=0)
    if not kept.any():
        raise DataError("no labelled node has a row in all embeddings; judge them one by one")
    return Matched(named, nodes[kept], {name: rows[kept] for name, rows in found.items()}, missing)


def _rows_of(embedding: Embedding, names: Names) -> np.ndarray:
    """The row of each name or KIND:NAME, -1 where there is none; among entities where names stand in several kinds."""
    if embedding.kinds is None:
        return embedding.names.find(names)
    rows, own = np.arange(len(embedding)), set(embedding.names)
    if len(names) and names[0] not in own and names[0].partition(":")[0] in set(embedding.kinds):
        return Names(np.asarray(embedding.kinds, dtype=object) + ":" + np.asarray(embedding.names)).find(names)
    if len(own) < len(embedding):
        rows = np.flatnonzero(embedding.kinds == "entity")
        if not len(rows):
            raise DataError(
                "names stand in several kinds of this embedding; call the nodes KIND:NAME, or cut it to the kind of the nodes: "
                "embedding.subset(kind=...)"
            )
    found = embedding.names.take(rows).find(names)
    return np.where(found >= 0, rows[found], -1)
