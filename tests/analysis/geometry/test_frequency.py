"""Frequency, degree and pairs from every kind of data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.geometry.frequency import correlation, counts_of, pairs_of
from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError

PLAIN = Embedding(["a", "b", "c", "x"], np.eye(4))


def test_attributes():
    e = Embedding(list("ab"), np.eye(2), attributes=pd.DataFrame({"degree": [1, 2], "count": [3, 4]}))
    counts, words = counts_of(e)
    assert (counts.tolist(), words) == ([3, 4], "attribute count")
    assert counts_of(PLAIN) == (None, "")


def test_a_graph_gives_degrees_and_edges():
    graph = Graph.from_edges([("a", "b"), ("b", "c")], directed=True)
    counts, words = counts_of(PLAIN, graph)
    assert counts[:3].tolist() == [1, 2, 1]
    assert np.isnan(counts[3])
    assert words == "degree"
    assert pairs_of(PLAIN, graph).tolist() == [[0, 1], [1, 2]]


def test_a_knowledge_graph_gives_triples():
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "b"), ("a", "s", "c"), ("q", "s", "c")]})
    e = Embedding(["a", "b", "c", "r"], np.eye(4), kinds=["entity"] * 3 + ["relation"])
    assert counts_of(e, data)[0][:3].tolist() == [2, 1, 2]
    assert pairs_of(e, data).tolist() == [[0, 0], [1, 2]]


def test_interactions_give_users_and_items():
    data = Interactions.from_pairs({"train": [("u", "i"), ("u", "j")], "test": [("u", "k")]})
    e = Embedding(["u", "i", "j"], np.eye(3), kinds=["user", "item", "item"])
    assert counts_of(e, data)[0].tolist() == [2, 1, 1]
    assert pairs_of(e, data).tolist() == [[0, 0], [1, 2]]
    items = e.subset(kind="item")
    assert counts_of(items, data)[0].tolist() == [1, 1]
    assert pairs_of(items, data) is None


def test_a_corpus_and_a_mapping():
    assert counts_of(PLAIN, Corpus([["a", "b", "a"]]))[0][:2].tolist() == [2, 1]
    assert counts_of(PLAIN, {"b": 7})[0][1] == 7


def test_pairs_by_name():
    assert pairs_of(PLAIN, pairs=[("a", "x"), ("a", "nobody")]).tolist() == [[0], [3]]
    for wrong in ([], [("a", "b", "c")]):
        with pytest.raises(DataError, match="pairs must be"):
            pairs_of(PLAIN, pairs=wrong)


def test_wrong_data():
    with pytest.raises(DataError, match="share no name"):
        counts_of(PLAIN, {"nobody": 3})
    with pytest.raises(DataError, match="got list"):
        counts_of(PLAIN, [1])


def test_correlation():
    counts = np.exp(np.random.default_rng(0).normal(size=300))
    values = np.log(counts) + np.random.default_rng(1).normal(size=300)
    value, low, high = correlation(values, counts)
    assert value == pytest.approx(np.corrcoef(values, np.log(counts))[0, 1])
    assert low < value < high
    counts[:100] = np.nan
    counts[100:120] = 0
    assert np.isfinite(correlation(values, counts)[0])
    with pytest.raises(DataError, match="at least 10 names"):
        correlation(values[:5], np.ones(5))
    with pytest.raises(DataError, match="all equal"):
        correlation(values, np.ones(300))
