"""Walks: their distribution against exact transition probabilities, their ends, their repeatability."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.walks import Walker, random_walks

# Each test looks at dozens of tables at once and its seed is fixed: a right sampler fails a seed in 10,000.
LEVEL = 1e-4


def small_graph(*, directed: bool, weighted: bool, seed: int = 0) -> Graph:
    rng = np.random.default_rng(seed)
    A = (rng.random((12, 12)) < 0.35).astype(float)
    if weighted:
        A *= rng.integers(1, 9, (12, 12))
    if not directed:
        A = np.triu(A, 1) + np.triu(A, 1).T
    return Graph(A, directed=directed)


def transition(A: np.ndarray, t: int, v: int, p: float, q: float) -> np.ndarray:
    """The exact distribution of the node after t -> v."""
    factor = np.where(A[t] > 0, 1.0, 1.0 / q)
    factor[t] = 1.0 / p
    weight = A[v] * factor
    return weight / weight.sum()


def chi_square(counts: np.ndarray, probabilities: np.ndarray) -> tuple[float, int]:
    expected = counts.sum() * probabilities
    assert not counts[probabilities == 0].any()
    use = expected >= 5
    if use.sum() < 2:
        return 0.0, 0
    return float(((counts[use] - expected[use]) ** 2 / expected[use]).sum()), int(use.sum()) - 1


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.5, 2), (4, 0.25), (0.25, 0.5), (2, 4), (0.2, 1), (1, 3)])
def test_steps_follow_the_exact_probabilities(directed, weighted, p, q):
    graph = small_graph(directed=directed, weighted=weighted)
    A = graph.adjacency.toarray()
    walks = random_walks(graph, n_walks=1500, walk_length=20, p=p, q=q, random_state=1)
    triples = np.stack([walks[:, :-2], walks[:, 1:-1], walks[:, 2:]]).reshape(3, -1)
    triples = triples[:, (triples >= 0).all(axis=0)]
    counts = np.zeros((12, 12, 12))
    np.add.at(counts, tuple(triples), 1)
    statistic, freedom = 0.0, 0
    for t, v in zip(*np.nonzero(counts.sum(axis=2)), strict=True):
        assert A[t, v] > 0
        s, d = chi_square(counts[t, v], transition(A, t, v, p, q))
        statistic, freedom = statistic + s, freedom + d
    assert freedom > 100
    assert chi2.sf(statistic, freedom) > LEVEL


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.5, 2)])
def test_first_step_is_first_order(p, q):
    graph = small_graph(directed=True, weighted=True)
    A = graph.adjacency.toarray()
    walks = random_walks(graph, n_walks=4000, walk_length=2, p=p, q=q, random_state=2)
    statistic, freedom = 0.0, 0
    for v in np.flatnonzero(A.sum(axis=1)):
        counts = np.bincount(walks[walks[:, 0] == v, 1], minlength=12)
        s, d = chi_square(counts, A[v] / A[v].sum())
        statistic, freedom = statistic + s, freedom + d
    assert chi2.sf(statistic, freedom) > LEVEL


def test_consecutive_steps_and_neighbouring_walks_are_independent():
    ring = Graph(np.ones((2, 2)))  # every step is a fair coin
    walks = random_walks(ring, n_walks=20_000, walk_length=9, random_state=3)[:, 1:].astype(float) - 0.5
    correlations = np.corrcoef(np.column_stack([walks[:-2], walks[2:]]), rowvar=False)
    # 16 columns of 40,000 fair coins: each correlation has standard deviation 1/200
    assert abs(correlations[np.triu_indices(16, 1)]).max() < 5 / 200


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.5, 2)])
def test_result_does_not_depend_on_threads_or_portions(community_graph, p, q):
    walks = random_walks(community_graph, p=p, q=q, n_jobs=1, random_state=5)
    np.testing.assert_array_equal(walks, random_walks(community_graph, p=p, q=q, n_jobs=2, random_state=5))
    walker = Walker(community_graph, p=p, q=q, random_state=5)
    np.testing.assert_array_equal(walks[100:250], walker.walks(100, 250))
    assert (walks != random_walks(community_graph, p=p, q=q, random_state=6)).any()
    assert walks.dtype == np.int32 and walks.shape == (600, 80)
    np.testing.assert_array_equal(walks[:, 0], np.tile(np.arange(60), 10))


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.5, 2)])
def test_walks_end_in_sinks_and_at_isolated_nodes(p, q):
    graph = Graph.from_edges([("a", "b"), ("b", "c")], directed=True, names=["a", "b", "c", "alone"])
    walks = random_walks(graph, n_walks=1, walk_length=5, p=p, q=q)
    assert walks.tolist() == [[0, 1, 2, -1, -1], [1, 2, -1, -1, -1], [2, -1, -1, -1, -1], [3, -1, -1, -1, -1]]


def test_huge_and_tiny_weights():
    graph = Graph.from_edges([("a", "b", 1e-9), ("a", "c", 1e9), ("b", "c", 1.0)])
    walks = random_walks(graph, n_walks=50, walk_length=10, p=0.5, q=2)
    assert not ((walks[:, :-1] == 0) & (walks[:, 1:] == 1)).any()  # 1 in 10^18


@pytest.mark.parametrize(
    "settings", [{"walk_length": 0}, {"n_walks": 0}, {"p": 0}, {"q": -1}, {"p": float("nan")}, {"q": float("inf")}, {"n_jobs": 0}]
)
def test_refused_settings(settings, path_graph):
    with pytest.raises(ParameterError):
        random_walks(path_graph, **settings)


def test_negative_weights_are_refused():
    with pytest.raises(DataError, match="negative"):
        random_walks(Graph.from_edges([("a", "b", -1.0)]))
