"""Precision@K against sorting all pairs, and its reference values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import eigsh

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.scorer import InnerProduct
from graphemb.reconstruction.decoders.vectors import make_scorer
from graphemb.reconstruction.precision import precision_at_k


def naive(scores: np.ndarray, adjacency: np.ndarray, k: int, directed: bool) -> float:
    """Expected precision over random orders of ties, group by group."""
    pairs = ~np.eye(len(scores), dtype=bool) if directed else np.triu(np.ones_like(scores, dtype=bool), 1)
    s, edge = scores[pairs], adjacency[pairs] != 0
    hits, left = 0.0, k
    for level in np.unique(s)[::-1]:
        group = s == level
        taken = min(left, group.sum())
        hits += taken * edge[group].mean()
        left -= taken
    return hits / k


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 9), st.integers(0, 10_000), st.booleans(), st.sampled_from([1, 2, 100]), st.booleans())
def test_it_equals_sorting(n, seed, directed, levels, some_missing):
    rng = np.random.default_rng(seed)
    adjacency = (rng.random((n, n)) < 0.4).astype(float)
    adjacency[0, 1] = 1
    if not directed:
        adjacency = np.maximum(adjacency, adjacency.T)
    left, right = rng.integers(-levels, levels + 1, size=(2, n, 2)).astype(np.float32)
    scores = left @ right.T
    if not directed:
        scores = (scores + scores.T) / 2
    rows, scorer = None, InnerProduct(left, right)
    if some_missing and n > 3:
        scores[-1] = scores[:, -1] = -1e9
        order = rng.permutation(n - 1)  # the rows of the scorer stand in another order than the nodes
        rows = np.r_[np.argsort(order), -1]
        scorer = InnerProduct(left[order], right[order])
    total = n * (n - 1) // (1 if directed else 2)
    ks = list(range(1, total + 1))
    table = precision_at_k(scorer, Graph(adjacency, directed=directed), ks, rows=rows)
    np.testing.assert_allclose(table["precision"], [naive(scores, adjacency, k, directed) for k in ks], rtol=1e-12)
    np.fill_diagonal(adjacency, 0)
    m = adjacency.sum() / (1 if directed else 2)
    assert table["recall"].iloc[-1] == pytest.approx(1.0) and table["precision"].iloc[-1] == pytest.approx(m / total)


def test_the_standard_ks_end_with_the_number_of_edges(community_graph):
    e = Embedding(community_graph.names, np.repeat(np.eye(3), 20, axis=0))
    table = precision_at_k(make_scorer(e), community_graph)
    assert sorted([10, 100, 1000, community_graph.n_edges]) == table["K"].tolist()
    at_m = table[table["K"] == community_graph.n_edges]
    assert at_m["precision"].item() == pytest.approx(at_m["recall"].item())
    assert not table["sampled"].any() and (table["low"] == table["precision"]).all()


def test_random_vectors_reach_the_density_and_no_more():
    rng = np.random.default_rng(0)
    adjacency = np.triu(rng.random((400, 400)) < 0.02, 1)
    graph = Graph((adjacency | adjacency.T).astype(float))
    density = graph.n_edges / (400 * 399 / 2)
    scorer = InnerProduct(rng.normal(size=(400, 16)).astype(np.float32), symmetric=True)
    precision = precision_at_k(scorer, graph, [1000])["precision"].item()
    assert abs(precision - density) < 4 * np.sqrt(density / 1000)  # self-pairs would make it 0.4 or more


@pytest.mark.parametrize("directed", [False, True])
def test_a_sample_estimates_the_whole(directed):
    rng = np.random.default_rng(1)
    n = 1500
    x = rng.normal(size=(n, 4)).astype(np.float32)
    chance = 1 / (1 + np.exp(6 - 2 * (x @ x.T)))
    drawn = rng.random((n, n)) < chance
    adjacency = drawn if directed else np.triu(drawn, 1) | np.triu(drawn, 1).T
    graph = Graph(sp.csr_array(adjacency.astype(float)), directed=directed)
    scorer = InnerProduct(x, symmetric=True)
    whole = precision_at_k(scorer, graph)
    part = precision_at_k(scorer, graph, budget=1_000_000)
    assert part["sampled"].all() and part["K"].tolist() == whole["K"].tolist()
    assert abs(part["pairs"].iloc[0] / 20_000 - 1) < 0.05
    told = part["precision"].notna().to_numpy()
    assert told.tolist() == (part["K"] * 20_000 >= 10 * whole["pairs"]).tolist() and told.any() and not told.all()
    exact = whole["precision"].to_numpy()[told]
    assert ((part["low"][told] - 0.02 < exact) & (exact < part["high"][told] + 0.02)).all()
    pd.testing.assert_frame_equal(part, precision_at_k(scorer, graph, budget=1_000_000))


def test_bad_input_is_refused(path_graph):
    scorer = InnerProduct(np.ones((4, 1), dtype=np.float32))
    with pytest.raises(ParameterError, match="between 1 and the number of pairs, 6"):
        precision_at_k(scorer, path_graph, [7])
    with pytest.raises(DataError, match="rows="):
        precision_at_k(InnerProduct(np.ones((3, 1), dtype=np.float32)), path_graph)
    with pytest.raises(DataError, match="edge"):
        precision_at_k(scorer, Graph(np.eye(4)))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "spectral", "positive"), [("ca-grqc", 0.640, 0.653), ("ppi", 0.699, 0.727)])
def test_reference_values(shared_graph, name, spectral, positive):
    graph = shared_graph(name)
    A = graph.without_self_loops().adjacency
    values, vectors = eigsh(A, 128, which="LM", v0=np.ones(len(graph)))
    size = np.sqrt(np.abs(values))
    e = Embedding(graph.names, vectors * size, vectors * size * np.sign(values))
    assert at_m(make_scorer(e), graph) == pytest.approx(spectral, abs=0.005)
    values, vectors = eigsh(A, 128, which="LA", v0=np.ones(len(graph)))
    assert at_m(make_scorer(Embedding(graph.names, vectors * np.sqrt(values))), graph) == pytest.approx(positive, abs=0.005)
    degree = Embedding(graph.names, graph.degree()[:, None])
    assert at_m(make_scorer(degree), graph) == pytest.approx({"ca-grqc": 0.173, "ppi": 0.204}[name], abs=0.005)
    random = Embedding(graph.names, np.random.default_rng(0).normal(size=(len(graph), 128)))
    assert at_m(make_scorer(random), graph) == pytest.approx({"ca-grqc": 0.001, "ppi": 0.005}[name], abs=0.003)


def at_m(scorer, graph: Graph) -> float:
    return precision_at_k(scorer, graph, [graph.without_self_loops().n_edges])["precision"].item()
