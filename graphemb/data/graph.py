"""The graph: names and a sparse adjacency matrix."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from graphemb.data.edges import Repeated, as_weights, clean_matrix, encode_ends, merge_edges, require_symmetric
from graphemb.data.names import Names
from graphemb.errors import DataError, shorten

if TYPE_CHECKING:
    import networkx as nx
    from torch_geometric.data import Data


class Graph:
    """A simple graph, directed or not, weighted or not, whose nodes have names. Immutable.

    Parameters
    ----------
    adjacency : sparse or dense (n, n); ``adjacency[u, v]`` is the weight of the edge from u to v. An undirected graph must be
        symmetric. Entries of 0 are no edges. Self-loops are kept, and are never candidates in RESTORE.
    names : n unique names; the row numbers if not given
    directed : whether u -> v and v -> u are different edges
    nodes : table of n rows with facts about the nodes, in row order
    meta : anything worth remembering about the origin, as JSON can hold it

    Raises
    ------
    DataError : not square, not symmetric though undirected, NaN or infinite weights, names missing or repeated

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c")])
    >>> graph.n_nodes, graph.n_edges, graph.degree().tolist()
    (3, 2, [1, 2, 1])
    """

    def __init__(
        self,
        adjacency: Any,
        names: Iterable[Any] | Names | None = None,
        *,
        directed: bool = False,
        nodes: pd.DataFrame | None = None,
        meta: Mapping[str, Any] | None = None,
    ):
        matrix = clean_matrix(adjacency)
        n = matrix.shape[0]
        known = Names(np.arange(n).astype(str) if names is None else names, what="node")
        if len(known) != n:
            raise DataError(f"expected {n:,} names for an adjacency matrix of {n:,} rows, got {len(known):,}")
        if not directed:
            require_symmetric(matrix, known)
        self._set(matrix, known, directed, nodes, meta)

    def _set(
        self, adjacency: sp.csr_array, names: Names, directed: bool, nodes: pd.DataFrame | None, meta: Mapping[str, Any] | None
    ) -> None:
        """Take over parts that are known to fit; the matrix is frozen."""
        if nodes is not None and len(nodes) != len(names):
            raise DataError(f"expected a node table of {len(names):,} rows, got {len(nodes):,}")
        self.adjacency, self.names, self.directed = adjacency, names, bool(directed)
        self._nodes = None if nodes is None else nodes.reset_index(drop=True)
        self.meta: dict[str, Any] = dict(meta or {})
        self._freeze()

    def _freeze(self) -> None:
        for array in (self.adjacency.data, self.adjacency.indices, self.adjacency.indptr):
            array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._freeze()  # numpy forgets on the way that an array was read-only

    # -- what it is

    @property
    def nodes(self) -> pd.DataFrame:
        """Facts about the nodes in row order (a copy; empty without a node table)."""
        return pd.DataFrame(index=range(self.n_nodes)) if self._nodes is None else self._nodes.copy()

    @property
    def n_nodes(self) -> int:
        return int(self.adjacency.shape[0])

    @cached_property
    def n_self_loops(self) -> int:
        return int(np.count_nonzero(self.adjacency.diagonal()))

    @property
    def n_edges(self) -> int:
        """Edges, self-loops among them; an undirected edge counts once."""
        return int(self.adjacency.nnz) if self.directed else int(self.adjacency.nnz + self.n_self_loops) // 2

    @cached_property
    def weighted(self) -> bool:
        """Whether any edge has a weight other than 1."""
        return bool((self.adjacency.data != 1).any())

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over names, edges and weights in row order: equal for equal graphs, however they were read."""
        digest = hashlib.sha256(b"directed" if self.directed else b"undirected")
        for name in self.names:
            digest.update(name.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(self.adjacency.indptr.astype("<i8").tobytes())
        digest.update(self.adjacency.indices.astype("<i8").tobytes())
        digest.update(self.adjacency.data.astype("<f8").tobytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return self.n_nodes

    def __repr__(self) -> str:
        kind = f"{'directed' if self.directed else 'undirected'}{', weighted' if self.weighted else ''}"
        return f"Graph({self.n_nodes:,} nodes, {self.n_edges:,} edges, {kind})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(shorten(name, 60))}</li>" for name in self.names[:5])
        more = f"<li>… {self.n_nodes - 5:,} more</li>" if self.n_nodes > 5 else ""
        return f"<div><b>{escape(repr(self))}</b><ul>{rows}{more}</ul></div>"

    def edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Source rows, target rows and weights; an undirected edge once with source <= target."""
        coo = self.adjacency.tocoo()
        if self.directed:
            return coo.row, coo.col, coo.data
        once = coo.row <= coo.col
        return coo.row[once], coo.col[once], coo.data[once]

    def degree(self, direction: Literal["out", "in"] = "out") -> np.ndarray:
        """Number of neighbours other than oneself, by node."""
        loops = (self.adjacency.diagonal() != 0).astype(np.int64)
        if direction == "out":
            return np.diff(self.adjacency.indptr).astype(np.int64) - loops
        return np.bincount(self.adjacency.indices, minlength=self.n_nodes).astype(np.int64) - loops

    def rows(self, names: Iterable[str]) -> np.ndarray:
        """Row numbers of the names; an unknown one raises with the nearest known names."""
        return self.names.rows(names)

    @cached_property
    def components(self) -> np.ndarray:
        """Component number of each node (weak ones where the graph is directed), the largest component being 0."""
        _, labels = connected_components(self.adjacency, directed=self.directed, connection="weak")
        by_size = np.argsort(-np.bincount(labels), kind="stable")
        rank = np.empty_like(by_size)
        rank[by_size] = np.arange(len(by_size))
        return rank[labels]

    # -- other graphs from this one

    def _replace(self, adjacency: sp.csr_array, *, directed: bool | None = None, rows: np.ndarray | None = None) -> Graph:
        names = self.names if rows is None else self.names.take(rows)
        nodes = self._nodes if rows is None or self._nodes is None else self._nodes.iloc[rows]
        return Graph(adjacency, names, directed=self.directed if directed is None else directed, nodes=nodes, meta=self.meta)

    def undirected(self) -> Graph:
        """The graph without directions; of two opposite edges the larger weight stays, and a one-way edge keeps its own."""
        if not self.directed:
            return self
        # not the larger of the matrix and its transpose, where an absent edge is a 0 that beats a negative weight
        adjacency, _ = merge_edges(*self.edges(), self.names, directed=False, repeated="max")
        return self._replace(adjacency, directed=False)

    def reverse(self) -> Graph:
        """Every edge turned round."""
        return self._replace(self.adjacency.T.tocsr())

    def without_self_loops(self) -> Graph:
        """The graph without edges from a node to itself."""
        if not self.n_self_loops:
            return self
        coo = self.adjacency.tocoo()
        keep = coo.row != coo.col
        return self._replace(sp.csr_array((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=coo.shape))

    def renumbered(self, order: np.ndarray) -> Graph:
        """The same graph with its rows in another order."""
        return self._replace(self.adjacency[order][:, order], rows=np.asarray(order))

    def subgraph(self, names: Iterable[str]) -> Graph:
        """The nodes named and the edges among them, in the order given."""
        return self.renumbered(self.rows(names))

    # -- from elsewhere

    @classmethod
    def from_edges(
        cls,
        edges: Iterable[tuple[Any, ...]],
        *,
        directed: bool = False,
        names: Iterable[Any] | None = None,
        repeated: Repeated = "max",
    ) -> Graph:
        """A graph from ``(source, target)`` or ``(source, target, weight)`` tuples; ``names`` may add isolated nodes."""
        rows = list(edges)
        if len({len(r) for r in rows} - {2, 3}):
            bad = next(i for i, r in enumerate(rows) if len(r) not in (2, 3))
            raise DataError(f"edge {bad} has {len(rows[bad])} parts; expected (source, target) or (source, target, weight)")
        weights = [r[2] if len(r) == 3 else 1.0 for r in rows]
        return cls.from_arrays([r[0] for r in rows], [r[1] for r in rows], weights, directed=directed, names=names, repeated=repeated)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        source: str = "source",
        target: str = "target",
        weight: str | None = None,
        directed: bool = False,
        names: Iterable[Any] | None = None,
        repeated: Repeated = "max",
    ) -> Graph:
        """A graph from an edge table; ``weight`` names the column of weights, if any."""
        for column in filter(None, (source, target, weight)):
            if column not in frame.columns:
                raise DataError(f"the edge table has no column {column!r}; its columns are {', '.join(map(repr, frame.columns))}")
        weights = None if weight is None else frame[weight].to_numpy()
        return cls.from_arrays(
            frame[source].to_numpy(), frame[target].to_numpy(), weights, directed=directed, names=names, repeated=repeated
        )

    @classmethod
    def from_arrays(
        cls,
        sources: Any,
        targets: Any,
        weights: Any = None,
        *,
        directed: bool = False,
        names: Iterable[Any] | None = None,
        nodes: pd.DataFrame | None = None,
        repeated: Repeated = "max",
        meta: Mapping[str, Any] | None = None,
    ) -> Graph:
        """A graph from parallel arrays of source names, target names and weights.

        Without ``names`` the nodes stand in order of first appearance (sources and targets interleaved). An edge listed more
        than once, in either direction if undirected, is one edge: ``repeated`` says whether the larger weight stays, weights
        add up, or it is an error.
        """
        known = None if names is None else Names(names, what="node")
        u, v, known = encode_ends(sources, targets, known)
        values = None if weights is None else as_weights(weights, len(u))
        adjacency, reading = merge_edges(u, v, values, known, directed=directed, repeated=repeated)
        new = cls.__new__(cls)
        new._set(adjacency, known, directed, nodes, {**(meta or {}), "reading": reading})
        return new

    @classmethod
    def from_scipy(
        cls, matrix: Any, names: Iterable[Any] | None = None, *, directed: bool = False, nodes: pd.DataFrame | None = None
    ) -> Graph:
        """A graph from a square scipy matrix or numpy array."""
        return cls(matrix, names, directed=directed, nodes=nodes)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, *, weight: str | None = "weight", repeated: Repeated = "sum") -> Graph:
        """A graph from networkx; node attributes become the node table, parallel edges add up unless ``repeated`` says else."""
        table = pd.DataFrame(list(dict(graph.nodes(data=True)).values())) if len(graph) else None
        nodes = None if table is None or table.empty else table
        listed = list(graph.edges(data=True))
        weights = None if weight is None else [d.get(weight, 1.0) for _, _, d in listed]
        return cls.from_arrays(
            [u for u, _, _ in listed],
            [v for _, v, _ in listed],
            weights,
            directed=graph.is_directed(),
            names=list(graph.nodes),
            nodes=nodes,
            repeated=repeated,
        )

    @classmethod
    def from_pyg(cls, data: Data, names: Iterable[Any] | None = None, *, directed: bool | None = None) -> Graph:
        """A graph from a PyG ``Data`` (``edge_index``, optional one-column ``edge_weight`` or ``edge_attr``)."""
        if getattr(data, "edge_index", None) is None:
            given = "a Data without one" if hasattr(data, "edge_index") else type(data).__name__
            raise DataError(f"expected a PyG Data with an edge_index, got {given}")
        index = data.edge_index.cpu().numpy()
        weight = data.edge_weight if getattr(data, "edge_weight", None) is not None else data.edge_attr
        if weight is not None and weight.numel() != index.shape[1]:
            weight = None  # a feature matrix of the edges, not their weights
        values = None if weight is None else weight.cpu().numpy().reshape(-1)
        labels = np.arange(data.num_nodes).astype(str) if names is None else np.asarray(list(names), dtype=object)
        return cls.from_arrays(
            labels[index[0]],
            labels[index[1]],
            values,
            directed=data.is_directed() if directed is None else directed,
            names=labels,
        )

    # -- to elsewhere

    def to_frame(self) -> pd.DataFrame:
        """The edges as a table of source, target and weight; an undirected edge once."""
        sources, targets, weights = self.edges()
        names = np.asarray(self.names)
        return pd.DataFrame({"source": names[sources], "target": names[targets], "weight": weights})

    def to_scipy(self) -> sp.csr_array:
        """A copy of the adjacency matrix."""
        return self.adjacency.copy()

    def to_networkx(self) -> nx.Graph:
        """A networkx ``Graph`` or ``DiGraph`` with names as nodes, ``weight`` on edges and the node table as attributes."""
        import networkx as nx

        graph = nx.DiGraph() if self.directed else nx.Graph()
        table = self.nodes.to_dict("records") if self._nodes is not None else [{}] * self.n_nodes
        graph.add_nodes_from(zip(self.names, table, strict=True))
        graph.add_weighted_edges_from(self.to_frame().itertuples(index=False, name=None))
        return graph

    def to_pyg(self) -> Data:
        """A PyG ``Data`` with both directions of an undirected edge, ``edge_weight`` and ``node_names``."""
        import torch
        from torch_geometric.data import Data

        coo = self.adjacency.tocoo()
        index = torch.from_numpy(np.stack([coo.row, coo.col]).astype(np.int64))
        weight = torch.from_numpy(coo.data.astype(np.float32))
        return Data(edge_index=index, edge_weight=weight, num_nodes=self.n_nodes, node_names=list(self.names))


def not_a_graph(who: str, given: object) -> DataError:
    """The error for what is no graph of ours, with its package, since others have a ``Graph`` too, and the way to convert it."""
    kind = type(given)
    package = kind.__module__.partition(".")[0]
    makers = {"networkx": "networkx", "scipy": "scipy", "numpy": "scipy", "pandas": "frame", "torch_geometric": "pyg"}
    name = kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"
    remedy = f"make one by graphemb.read_graph or Graph.from_{makers.get(package, '*')}"
    return DataError(f"{who} needs a Graph, got {name}; {'its to_graph() is one' if hasattr(kind, 'to_graph') else remedy}")
