"""What ``graphemb probe`` reads and writes beside embeddings: labels, and splits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphemb.errors import DataError, UnknownNameError, shorten

if TYPE_CHECKING:
    from graphemb.analysis.edge_split import EdgeSplit
    from graphemb.analysis.node_labels import NodeLabels
    from graphemb.data.graph import Graph


def labels_of(graph: Graph, text: str | None) -> NodeLabels:
    """The labels in a column of the node table, in a file, or in a column of a file."""
    from graphemb.analysis.node_labels import node_labels
    from graphemb.data.node_file import read_node_files

    columns = list(map(str, graph.nodes.columns))
    if text is None or text in columns:
        return node_labels(graph, text)
    path, _, column = (text, "", "") if Path(text).is_file() else text.rpartition(":")
    if not path or not Path(path).is_file():
        remedy = f"columns: {shorten(', '.join(columns) or 'none', 200)}; a file of that name is not there either"
        raise UnknownNameError("column", text, columns, remedy=remedy)
    names, table = read_node_files([Path(path)], (graph.names, graph.names[:0]), wanted=[column] if column else [])
    if table is None:
        raise DataError(f"{path!r} has names and nothing else; labels stand in another column")
    import numpy as np

    return node_labels(table.set_axis(np.asarray(names), axis=0), column or None, graph=graph)


def write_splits(splits: Sequence[EdgeSplit], folder: Path) -> list[Path]:
    """Write ``train-1.npz``, ``test-1.csv``, ... and return their paths.

    The training graph is written as npz, which keeps isolated nodes and the order of the nodes, and so the fingerprint. The node table
    stays with the data.
    """
    from graphemb.data.atomic import atomic_path
    from graphemb.data.graph import Graph
    from graphemb.data.graph_file import write_graph

    folder.mkdir(exist_ok=True)
    written = []
    for i, split in enumerate(splits, start=1):
        train, pairs = folder / f"train-{i}.npz", folder / f"test-{i}.csv"
        write_graph(Graph(split.train.adjacency, split.train.names, directed=split.train.directed), train)
        with atomic_path(pairs) as temporary:
            split.to_frame().assign(edge=lambda table: table["edge"].astype(int)).to_csv(temporary, index=False)
        written += [train, pairs]
    return written


def split_facts(split: EdgeSplit, train: Path, test: Path) -> dict[str, Any]:
    """What ``--json`` says of a split that was written."""
    facts = {"train": str(train), "test": str(test), "fingerprint": split.train.fingerprint}
    return {**facts, "edges": split.train.n_edges, "held_out": len(split.test_edges), "share": split.share}
