"""Graphs of one kind that interactions imply, for RESTORE to rebuild: items alike in a modality, users who share items.

``graph.meta["kind"]`` says of which kind the nodes are, so that only rows of that kind are matched with them.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.hypergraphs import neighbour_graph, user_hypergraph


def modality_neighbours(data: Interactions, modality: str, k: int = 5) -> Graph:
    """Two items joined where either is among the ``k`` nearest of the other in the features of a modality, by cosine.

    An embedding of users and items is judged on it by its item rows alone. Items without features have no neighbour, and are candidates.

    Raises
    ------
    UnknownNameError : no such modality; DataError : the interactions hold no features

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "oat")], features={"look": [[1, 0], [1, 0.1], [0, 1]]})
    >>> modality_neighbours(data, "look", k=1).n_edges
    2
    """
    if not data.features:
        raise DataError("these interactions hold no features of items, so items have no neighbours in a modality")
    if modality not in data.features:
        raise UnknownNameError("modality", modality, data.features, remedy=f"known: {', '.join(data.features)}")
    joined = neighbour_graph(data.features[modality], k, data.items)
    return _of_kind(joined.adjacency, data, "item", f"{k} nearest items by {modality}")


def co_users(data: Interactions) -> Graph:
    """Two users joined where both took an item in the training split; an embedding is judged on it by its user rows alone.

    Work and memory: see :func:`~graphemb.kernels.hypergraphs.user_hypergraph`, which refuses more pairs than fit.

    >>> co_users(Interactions.from_pairs([("ann", "tea"), ("bob", "tea"), ("cat", "rye")])).n_edges
    1
    """
    return _of_kind(user_hypergraph(data.train) != 0, data, "user", "users who took the same items")


def _of_kind(pattern: sp.csr_array, data: Interactions, kind: str, title: str) -> Graph:
    names, origin = data.items if kind == "item" else data.users, {key: data.meta[key] for key in ("dataset",) if key in data.meta}
    return Graph(sp.csr_array(pattern, dtype=np.float64), names, meta={**origin, "kind": kind, "name": title})
