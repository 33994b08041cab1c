"""The rebuilt graph itself: its edges are the best-scored pairs; and how its shape compares with that of the original."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.cores import core_numbers
from graphemb.kernels.louvain import louvain, modularity
from graphemb.kernels.scorer import Scorer
from graphemb.kernels.spectral import top_eigenpairs
from graphemb.kernels.top_pairs import top_pairs
from graphemb.kernels.triangles import clustering

SPECTRUM = 16
"""Eigenvalues that are compared."""


def rebuild(scorer: Scorer, graph: Graph, k: int | None = None) -> Graph:
    """The graph whose edges are the ``k`` best-scored pairs, without weights; |E| of them unless said.

    Pairs as in :func:`graphemb.reconstruction.precision.precision_at_k`: unordered where the graph is undirected, no self-pairs. Of pairs
    level at the cut an arbitrary part is kept. ``scorer`` has a row for each node, in order. Memory: see :func:`top_pairs`.

    >>> from graphemb.kernels.scorer import InnerProduct
    >>> path = Graph.from_edges([("a", "b"), ("b", "c")])
    >>> scorer = InnerProduct(path.adjacency.toarray().astype(np.float32), np.eye(3, dtype=np.float32), symmetric=True)
    >>> rebuild(scorer, path).to_frame()[["source", "target"]].to_numpy().tolist()
    [['a', 'b'], ['b', 'c']]
    """
    graph = graph.without_self_loops()
    if scorer.n != graph.n_nodes:
        raise DataError(f"expected a scorer of {graph.n_nodes:,} rows, one a node, got {scorer.n:,}")
    if k is None and graph.n_edges == 0:
        raise DataError("rebuilding needs a graph with an edge, or a number of edges k")
    best = top_pairs(scorer, graph.n_edges if k is None else k, directed=graph.directed)
    u, v = best.sources, best.targets
    if not graph.directed:
        u, v = np.r_[u, v], np.r_[v, u]
    adjacency = sp.csr_array((np.ones(len(u)), (u, v)), shape=graph.adjacency.shape)
    return Graph(adjacency, graph.names, directed=graph.directed)


def graph_shape(graph: Graph) -> dict[str, float]:
    """Whole-graph figures, of the graph without weights and self-loops; NaN where undefined.

    ``edges``; ``isolated`` nodes; ``components`` (weak) and ``largest``, the share of nodes in the largest; ``max_degree``; ``max_core``;
    ``clustering``, the mean coefficient over nodes with two neighbours; ``assortativity``, Pearson's correlation of degree over edges
    (Newman, arXiv cond-mat/0209450); ``reciprocity``, the share of directed edges that have their opposite (1 where undirected).

    >>> graph_shape(Graph.from_edges([("a", "b"), ("b", "a"), ("b", "c")], directed=True))["reciprocity"]
    0.6666666666666666
    """
    graph = graph.without_self_loops()
    both = graph.undirected()
    degree, pairs = both.degree(), both.adjacency.tocoo()
    first, second = degree[pairs.row].astype(float), degree[pairs.col].astype(float)
    varies = len(first) and first.std() > 0
    return {
        "edges": float(graph.n_edges),
        "isolated": float((degree == 0).sum()),
        "components": float(graph.components.max() + 1) if len(graph) else 0.0,
        "largest": float((graph.components == 0).mean()) if len(graph) else float("nan"),
        "max_degree": float(degree.max(initial=0)),
        "max_core": float(core_numbers(both.adjacency).max(initial=0)),
        "clustering": float(clustering(both.adjacency)[degree > 1].mean()) if (degree > 1).any() else float("nan"),
        "assortativity": float(np.corrcoef(first, second)[0, 1]) if varies else float("nan"),
        "reciprocity": reciprocity(graph),
    }


def reciprocity(graph: Graph) -> float:
    """The share of directed edges that have their opposite, self-loops apart: 1 where undirected, NaN without an edge.

    >>> round(reciprocity(Graph.from_edges([("a", "b"), ("b", "a"), ("b", "c")], directed=True)), 3)
    0.667
    """
    adjacency = graph.without_self_loops().adjacency
    mutual = (adjacency != 0).multiply(adjacency.T != 0).nnz
    return mutual / adjacency.nnz if adjacency.nnz else float("nan")


def rebuilt_table(scorer: Scorer, graph: Graph) -> pd.DataFrame:
    """The shape of a graph beside that of the graph rebuilt from |E| best pairs: columns ``figure``, ``original``, ``rebuilt``.

    The figures of :func:`graph_shape`, and of the two graphs without weights and directions:

    - ``modularity`` of the communities of the original (Louvain's): low in a rebuilt graph whose edges ignore them;
    - ``degree_distance``: half the L1 distance of the degree sequences, both sorted, over |E| (0: the same sequence; at most 2);
    - ``spectrum_distance``: ||lambda - lambda'|| / ||lambda|| of the ``SPECTRUM`` largest eigenvalues of the adjacency matrices.
    """
    again = rebuild(scorer, graph)
    shapes = [graph_shape(g) for g in (graph, again)]
    patterns = [sp.csr_array((g.without_self_loops().undirected().adjacency != 0).astype(float)) for g in (graph, again)]
    communities = louvain(patterns[0])
    degrees = [np.sort(np.diff(A.indptr)) for A in patterns]
    spectra = [top_eigenpairs(A, SPECTRUM, which="algebraic")[0] for A in patterns]
    for shape, A, degree, spectrum in zip(shapes, patterns, degrees, spectra, strict=True):
        shape["modularity"] = modularity(A, communities)
        shape["degree_distance"] = float(np.abs(degrees[0] - degree).sum() / 2 / shapes[0]["edges"])
        shape["spectrum_distance"] = float(np.linalg.norm(spectra[0] - spectrum) / np.linalg.norm(spectra[0]))
    return pd.DataFrame({"figure": list(shapes[0]), "original": list(shapes[0].values()), "rebuilt": list(shapes[1].values())})
