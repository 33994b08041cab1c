"""Parity of links: by counting, planted, absent, directed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.parity import parity
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError


def space(lean: float, seed: int = 0, n: int = 40) -> tuple[Embedding, Concept, Graph]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(["a", "b"], n // 2)
    x = rng.normal(size=(n, 6))
    x[:, 0] = np.where(labels == "a", lean, -lean)
    upper = np.triu(rng.random((n, n)) < np.where(labels[:, None] == labels, 0.2, 0.1), 1)
    names = [f"n{i}" for i in range(n)]
    return Embedding(names, x), Concept.from_labels("side", names, labels), Graph((upper | upper.T).astype(float), names)


@pytest.mark.parametrize("directed", [False, True])
def test_by_counting(directed: bool) -> None:
    e, concept, graph = space(0.7)
    if directed:
        graph = Graph(np.triu(graph.adjacency.toarray()), graph.names, directed=True)
        e = e.replace(context=np.random.default_rng(9).normal(size=e.vectors.shape), decoder="source-target")
    pairs = list(itertools.permutations(range(40), 2) if directed else itertools.combinations(range(40), 2))
    scores = np.array([e.score(f"n{u}", f"n{v}") for u, v in pairs])
    edge = np.array([graph.adjacency[u, v] > 0 for u, v in pairs])
    link = scores >= np.sort(scores)[::-1][edge.sum() - 1]
    same = np.array([(u < 20) == (v < 20) for u, v in pairs])
    found = parity(e, concept, graph, draws=50)
    table = found.table.set_index("figure")
    assert found.value == pytest.approx(link[same].mean() - link[~same].mean())
    assert table.loc["demographic parity", "graph"] == pytest.approx(edge[same].mean() - edge[~same].mean())
    equal = table.loc["equal opportunity"]
    assert equal["same"] == pytest.approx(link[same & edge].mean()) and equal["different"] == pytest.approx(link[~same & edge].mean())
    assert found.low <= found.value <= found.high and found.settings["predicted"] == edge.sum()


def test_planted_and_absent() -> None:
    strong = parity(*space(2.0), draws=199)
    assert strong.value > 0.1 and strong.p == pytest.approx(1 / 200) and strong.bias == strong.value
    weak = [parity(*space(0.0, seed=s), draws=99) for s in range(10)]
    assert abs(np.mean([r.value for r in weak])) < 0.03 and np.mean([r.p for r in weak]) > 0.25


def test_without_a_graph_and_by_name() -> None:
    e, concept, graph = space(2.0)
    found = measure("parity:share=0.1,draws=20", e, concept)
    assert found.table["figure"].tolist() == ["demographic parity"] and found.settings["predicted"] == 78
    assert measure("parity:draws=20,decoder=cosine", e, concept, data=graph).settings["decoder"] == "cosine"
    part = Graph.from_edges([("n0", "n1"), ("n2", "n3"), ("n0", "other")])
    few = parity(e, concept, part, draws=20).table.set_index("figure")
    assert np.isnan(few.loc["equal opportunity", "different"]) and np.isnan(few.loc["equal opportunity", "p"])


def test_what_is_refused() -> None:
    e, concept, _ = space(1.0)
    with pytest.raises(DataError, match="the graph has no edge among the 40 names"):
        parity(e, concept, Graph.from_edges([("x", "y")]))
    with pytest.raises(ParameterError, match="share must be a finite number"):
        parity(e, concept, share=0.0)
    with pytest.raises(DataError, match="there is no pair within groups"):
        parity(e, Concept("two", {"a": ("n1",), "b": ("n2",)}))
