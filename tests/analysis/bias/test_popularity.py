"""The popularity direction: planted, absent, in every kind of data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.popularity import popularity_direction
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError

N = 120
NAMES = [f"n{i}" for i in range(N)]


def counted(strength: float, seed: int = 0) -> Embedding:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 6))
    counts = np.exp(1 + strength * x[:, 2] + (1 - strength) * rng.normal(size=N))
    return Embedding(NAMES, x, attributes=pd.DataFrame({"count": counts, "flat": 1.0}))


def test_planted_and_absent() -> None:
    found = popularity_direction(counted(1.0), column="count", draws=199)
    assert found.value > 0.9 and found.p == pytest.approx(1 / 200) and found.low <= found.value <= found.high
    assert found.table["direction"].tolist() == ["best direction", "first component", "length"]
    assert found.details["count"].is_monotonic_decreasing and found.settings["names"] == N
    absent = [popularity_direction(counted(0.0, seed), column="count", draws=99) for seed in range(10)]
    assert abs(np.mean([r.value for r in absent])) < 0.15 and np.mean([r.p <= 0.1 for r in absent]) <= 0.3


def test_degrees_interactions_and_triples() -> None:
    rng = np.random.default_rng(0)
    weight = np.exp(rng.normal(size=N))
    drawn = rng.random((N, N)) < 0.05 * weight[:, None] * weight
    graph = Graph(np.maximum(np.triu(drawn, 1), np.triu(drawn, 1).T).astype(float), NAMES)
    x = np.concatenate([np.log1p(graph.degree())[:, None], rng.normal(size=(N, 4))], axis=1)
    assert measure("popularity-direction:draws=99", Embedding(NAMES, x), data=graph).value > 0.95
    directed = Graph(np.triu(drawn, 1).astype(float), NAMES, directed=True)
    assert popularity_direction(Embedding(NAMES, x), directed, draws=9).value > 0.95
    triples = KnowledgeGraph.from_triples([(NAMES[u], "r", NAMES[v]) for u, v in zip(*np.nonzero(np.triu(drawn, 1)), strict=True)])
    assert popularity_direction(Embedding(NAMES, x), triples, draws=9).value > 0.95
    taken = Interactions.from_pairs([(f"u{u}", NAMES[v]) for u, v in zip(*np.nonzero(drawn), strict=True)])
    times = pd.Series(np.asarray(taken.train.sum(axis=0)).ravel(), index=list(taken.items)).reindex(NAMES).fillna(0).to_numpy()
    both = Embedding(
        [*NAMES, *NAMES], np.tile(np.log1p(times)[:, None], (2, 3)) + rng.normal(size=(2 * N, 3)), kinds=["user"] * N + ["item"] * N
    )
    found = popularity_direction(both, taken, draws=9)
    assert found.value > 0.5 and found.settings["kind"] == "item" and found.settings["names"] == taken.n_items


def test_what_is_refused() -> None:
    e = counted(1.0)
    with pytest.raises(ParameterError, match="popularity needs counts, once"):
        popularity_direction(e)
    with pytest.raises(ParameterError, match="popularity needs counts, once"):
        popularity_direction(e, {"n1": 1.0}, column="count")
    with pytest.raises(UnknownNameError, match="unknown attribute 'counts'; did you mean 'count'"):
        popularity_direction(e, column="counts")
    with pytest.raises(DataError, match="at least ten names with counts that differ"):
        popularity_direction(e, column="flat")
    with pytest.raises(DataError, match="1 have one"):
        popularity_direction(e, {"n1": 1.0, "x": 3.0})
    with pytest.raises(ParameterError, match="got str"):
        popularity_direction(e, "count")
