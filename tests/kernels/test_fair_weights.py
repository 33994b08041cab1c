"""Weights of Fairwalk and CrossWalk against loops over their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.fair_weights import crosswalk_weights, fairwalk_weights, nearness_of_others
from graphemb.kernels.walks import random_walks


def small_graph(*, directed: bool, weighted: bool, seed: int = 0, n: int = 14) -> tuple[Graph, np.ndarray]:
    rng = np.random.default_rng(seed)
    A = (rng.random((n, n)) < 0.25).astype(float)
    if weighted:
        A *= rng.integers(1, 9, (n, n))
    if not directed:
        A = np.triu(A, 1) + np.triu(A, 1).T
    return Graph(A, directed=directed), rng.integers(0, 3, n)


def nearness(A: np.ndarray, groups: np.ndarray, reach: int) -> np.ndarray:
    n = len(A)
    out = A.sum(axis=1, keepdims=True)
    P = np.divide(A, out, out=np.zeros_like(A), where=out > 0)
    power, visits = np.eye(n), np.zeros((n, n))
    for _ in range(reach):
        power = power @ P
        visits += power
    m = np.zeros(n)
    for v in range(n):
        if visits[v].sum() > 0:
            m[v] = visits[v, groups != groups[v]].sum() / visits[v].sum()
    return m


def crosswalk(A: np.ndarray, groups: np.ndarray, alpha: float, p: float, reach: int) -> np.ndarray:
    n, m = len(A), nearness(A, groups, reach) ** p
    W = np.zeros((n, n))
    for v in range(n):
        others = {int(groups[u]) for u in range(n) if A[v, u] > 0 and groups[u] != groups[v]}
        inside = any(A[v, u] > 0 and groups[u] == groups[v] for u in range(n))
        for u in range(n):
            if A[v, u] == 0:
                continue
            same = groups[u] == groups[v]
            share = (1 - alpha if others else 1) if same else (alpha if inside else 1) / len(others)
            mates = [z for z in range(n) if A[v, z] > 0 and groups[z] == groups[u]]
            total = sum(A[v, z] * m[z] for z in mates)
            W[v, u] = share * (A[v, u] * m[u] / total if total > 0 else A[v, u] / sum(A[v, z] for z in mates))
    return W


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("alpha", "p", "reach"), [(0.5, 1, 5), (0.3, 4, 2), (0.9, 0, 1)])
def test_crosswalk_is_the_dense_loop(directed, weighted, alpha, p, reach):
    for seed in range(3):
        graph, groups = small_graph(directed=directed, weighted=weighted, seed=seed)
        A = graph.adjacency.toarray()
        W = crosswalk_weights(graph, groups, alpha=alpha, exponent=p, reach=reach)
        np.testing.assert_allclose(W.adjacency.toarray(), crosswalk(A, groups, alpha, p, reach), atol=1e-12)
        np.testing.assert_allclose(W.adjacency.sum(axis=1), (A.sum(axis=1) > 0).astype(float), atol=1e-12)
        assert W.directed and list(W.names) == list(graph.names)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_fairwalk_gives_every_group_the_same_share(directed, weighted):
    graph, groups = small_graph(directed=directed, weighted=weighted)
    A, W = graph.adjacency.toarray(), fairwalk_weights(graph, groups).adjacency.toarray()
    for v in range(len(A)):
        present = sorted({int(groups[u]) for u in np.flatnonzero(A[v])})
        for g in present:
            mates = groups == g
            np.testing.assert_allclose(W[v, mates], A[v, mates] / A[v, mates].sum() / len(present), atol=1e-12)


def test_nearness_is_what_walks_see_and_many_groups_are_counted_in_portions():
    graph, groups = small_graph(directed=False, weighted=True)
    m = nearness_of_others(graph, groups)
    walks = random_walks(graph, n_walks=3000, walk_length=6)
    other = (groups[walks[:, 1:]] != groups[walks[:, :1]]) & (walks[:, 1:] >= 0)
    reached = walks[:, 1] >= 0
    seen = np.array([other[(walks[:, 0] == v) & reached].mean() if (reached & (walks[:, 0] == v)).any() else 0.0 for v in range(14)])
    np.testing.assert_allclose(m, seen, atol=0.03)
    rng = np.random.default_rng(0)
    A = np.triu(rng.random((200, 200)) < 0.05, 1)
    many = rng.permutation(200) % 150
    np.testing.assert_allclose(nearness_of_others(Graph(A + A.T), many), nearness((A + A.T).astype(float), many, 5), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), alpha=st.floats(0.01, 0.99))
def test_alpha_is_the_share_that_crosses(seed, alpha):
    graph, groups = small_graph(directed=True, weighted=True, seed=seed)
    A, W = graph.adjacency.toarray(), crosswalk_weights(graph, groups, alpha=alpha).adjacency.toarray()
    other = groups[:, None] != groups
    both = ((A > 0) & other).any(axis=1) & ((A > 0) & ~other).any(axis=1)
    np.testing.assert_allclose((W * other).sum(axis=1)[both], alpha, atol=1e-9)


def test_bad_input(path_graph):
    groups = np.array([0, 0, 1, 1])
    for settings_ in ({"alpha": 0}, {"alpha": 1}, {"exponent": -1}, {"reach": 0}):
        with pytest.raises(ParameterError, match=next(iter(settings_))):
            crosswalk_weights(path_graph, groups, **settings_)
    negative = Graph.from_edges([("a", "b", -1.0)])
    for weigh in (fairwalk_weights, crosswalk_weights):
        with pytest.raises(DataError, match="negative"):
            weigh(negative, np.array([0, 1]))
