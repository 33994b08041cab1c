"""A naive mean average precision, to judge methods without the code that is under test elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph
from graphemb.kernels.method import Method
from graphemb.reconstruction.restore import restore


def _scores(embedding: Embedding, swap: bool) -> np.ndarray:
    U = embedding.vectors.astype(float)
    V = U if embedding.context is None else embedding.context.astype(float)
    if embedding.decoder == "euclidean":
        U = U - U.mean(axis=0)
        size = (U**2).sum(axis=1)
        return 2 * U @ U.T - size[None, :] - size[:, None]
    return (V @ U.T) if swap else (U @ V.T)


def _average_precision(scores: np.ndarray, relevant: np.ndarray) -> float:
    hits = np.flatnonzero(relevant[np.argsort(-scores)]) + 1
    return float((np.arange(1, len(hits) + 1) / hits).mean())


@pytest.fixture
def mean_ap() -> Callable[..., float]:
    """mAP over all nodes with an out-edge, by sorting; a dense n x n score matrix, so small graphs only."""

    def evaluate(embedding: Embedding, graph: Graph, *, swap: bool = False) -> float:
        order = np.random.default_rng(0).permutation(graph.n_nodes)  # so that ties fall as they may
        scores, edges = _scores(embedding, swap)[:, order], graph.adjacency[:, order]
        values = []
        for u in np.flatnonzero(graph.degree() > 0):
            relevant = np.zeros(graph.n_nodes, dtype=bool)
            relevant[edges.indices[edges.indptr[u] : edges.indptr[u + 1]]] = True
            others = order != u
            values.append(_average_precision(scores[u, others], relevant[others]))
        return float(np.mean(values))

    return evaluate


@pytest.fixture
def real_map(shared_data) -> Callable[[Method, str], float]:
    """mAP of a method on an undirected graph of the shared folder, over all nodes."""

    def evaluate(method: Method, name: str) -> float:
        graph = read_graph(shared_data / "graphs" / name / "edges.tsv.gz")
        return float(restore(method.fit(graph).embedding_, graph, sources="all").to_frame().loc[0, "mAP"])

    return evaluate
