"""Fair walks: steps against the exact probabilities, first and second order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from graphemb.data.graph import Graph
from graphemb.kernels.fair_walks import FairWalker

LEVEL = 1e-4


def small_graph(*, directed: bool, weighted: bool) -> tuple[Graph, np.ndarray]:
    rng = np.random.default_rng(0)
    A = (rng.random((12, 12)) < 0.4).astype(float)
    if weighted:
        A *= rng.integers(1, 9, (12, 12))
    if not directed:
        A = np.triu(A, 1) + np.triu(A, 1).T
    return Graph(A, directed=directed), np.arange(12) % 3


def transition(A: np.ndarray, groups: np.ndarray, t: int, v: int, p: float, q: float) -> np.ndarray:
    """The exact distribution of the node after t -> v; t = -1 at the start."""
    factor = np.ones(len(A))
    if t >= 0:
        factor = np.where(A[t] > 0, 1.0, 1.0 / q)
        factor[t] = 1.0 / p
    weight = A[v] * factor
    present = np.unique(groups[A[v] > 0])
    shares = [np.where(groups == g, weight, 0.0) for g in present]
    return np.asarray(sum(s / s.sum() for s in shares) / len(present))


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.5, 2), (0.2, 1), (2, 0.25), (0.25, 0.5)])
def test_steps_follow_the_exact_probabilities(directed, weighted, p, q):
    graph, groups = small_graph(directed=directed, weighted=weighted)
    A = graph.adjacency.toarray()
    walks = FairWalker(graph, groups, walk_length=20, p=p, q=q, random_state=1).walks(0, 1500 * 12)
    triples = np.stack([walks[:, :-2], walks[:, 1:-1], walks[:, 2:]]).reshape(3, -1)
    triples = np.concatenate([triples[:, (triples >= 0).all(axis=0)], [-np.ones(len(walks), int), walks[:, 0], walks[:, 1]]], axis=1)
    triples = triples[:, triples[2] >= 0]
    counts = np.zeros((13, 12, 12))
    np.add.at(counts, (triples[0], triples[1], triples[2]), 1)  # the start, -1, is the last table
    statistic, freedom = 0.0, 0
    for t, v in zip(*np.nonzero(counts.sum(axis=2)), strict=True):
        exact = transition(A, groups, t if t < 12 else -1, v, p, q)
        expected = counts[t, v].sum() * exact
        assert not counts[t, v][exact == 0].any()
        use = expected >= 5
        if use.sum() > 1:
            statistic += float(((counts[t, v][use] - expected[use]) ** 2 / expected[use]).sum())
            freedom += int(use.sum()) - 1
    assert freedom > 100
    assert chi2.sf(statistic, freedom) > LEVEL


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.5, 2)])
def test_threads_portions_sinks_and_isolated_nodes(p, q):
    graph = Graph.from_edges([("a", "b"), ("b", "c"), ("b", "d")], directed=True, names=["a", "b", "c", "d", "alone"])
    one, two = (FairWalker(graph, np.array([0, 1, 0, 1, 1]), p=p, q=q, walk_length=4, n_jobs=jobs) for jobs in (1, 2))
    walks = one.walks(0, 50)
    np.testing.assert_array_equal(walks, two.walks(0, 50))
    np.testing.assert_array_equal(walks[7:20], one.walks(7, 20))
    assert walks[4].tolist() == [4, -1, -1, -1] and walks[2].tolist() == [2, -1, -1, -1]
    assert set(map(tuple, walks[::5].tolist())) == {(0, 1, 2, -1), (0, 1, 3, -1)}
