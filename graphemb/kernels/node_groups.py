"""The group of each node: from a column of the node table, a mapping by name, or one label a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.warn import warn

WITHOUT = "without a group"
"""The group of nodes that have none."""
Groups = str | Mapping[str, Any] | Sequence[Any] | np.ndarray


@dataclass(frozen=True)
class NodeGroups:
    """``codes`` int64 (n,): the number of each node's group; ``labels``: the groups; ``without``: nodes that have none of their own."""

    codes: np.ndarray
    labels: tuple[str, ...]
    without: int

    def report(self) -> dict[str, Any]:
        """Sizes by label, as notes keep them."""
        sizes = np.bincount(self.codes, minlength=len(self.labels))
        return {"groups": dict(zip(self.labels, sizes.tolist(), strict=True)), "without_group": self.without}


def node_groups(graph: Graph, groups: Groups) -> NodeGroups:
    """The groups of the nodes. Nodes without a label (None, NaN, not in the mapping) make one group of their own, with a warning.

    Parameters
    ----------
    groups : a column of the node table; a mapping from names to labels; or one label a node, in row order

    Raises
    ------
    DataError : no node has a label, all have the same, or as many labels as nodes are not there
    UnknownNameError : no such column; none of the mapping's names is a node

    >>> path = Graph.from_edges([("a", "b"), ("b", "c")])
    >>> found = node_groups(path, {"a": "left", "b": "left", "c": "right"})
    >>> found.codes.tolist(), found.labels
    ([0, 0, 1], ('left', 'right'))
    """
    labels = _labels(graph, groups)
    known = labels.notna()
    codes, found = pd.factorize(labels[known].astype(str))
    without = int((~known).sum())
    if len(found) + bool(without) < 2 or not len(found):
        raise DataError(f"fair walks need nodes of at least two groups, got {', '.join(map(repr, found)) or 'no labels'}")
    every = np.full(graph.n_nodes, len(found), dtype=np.int64)
    every[known.to_numpy()] = codes
    if without:
        warn(f"{without:,} of {graph.n_nodes:,} nodes have no group; they are taken for one of their own, {WITHOUT!r}", DataWarning)
    return NodeGroups(every, (*map(str, found), *((WITHOUT,) if without else ())), without)


def _labels(graph: Graph, groups: Groups) -> pd.Series:
    names = np.asarray(graph.names, dtype=object)
    if isinstance(groups, str):
        table = graph.nodes
        if groups not in table:
            raise UnknownNameError("column", groups, [str(c) for c in table.columns], place="the node table")
        return table[groups]
    if isinstance(groups, Mapping):
        labels = pd.Series([groups.get(name) for name in names], dtype=object)
        if labels.isna().all():
            raise UnknownNameError("node", next(iter(groups), ""), names, place="the graph (groups)")
        return labels
    listed = pd.Series(list(groups), dtype=object)
    if len(listed) != graph.n_nodes:
        raise DataError(f"expected one group for each of the {graph.n_nodes:,} nodes, got {len(listed):,}")
    return listed
