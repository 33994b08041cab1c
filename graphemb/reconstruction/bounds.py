"""How near the adjacency matrix a rank-d matrix can come, and how near an embedding's scores are: Frobenius norms, nothing n x n."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.random import RandomState
from graphemb.kernels.scorer import InnerProduct, Scorer
from graphemb.kernels.spectral import top_eigenpairs, top_singular_triplets

ROWS_AT_ONCE = 65_536


def spectral_bound(graph: Graph, ranks: Sequence[int], *, random_state: RandomState = 0) -> pd.DataFrame:
    r"""The least relative Frobenius error of any rank-d matrix: min ||A - S|| / ||A|| = sqrt(1 - sum_{i<=d} sigma_i^2 / ||A||^2).

    Parameters
    ----------
    graph : A is its adjacency matrix without self-loops, ||A||^2 the sum of squared entries (2 |E| where undirected, unweighted)
    ranks : d, columns per side

    Returns
    -------
    DataFrame of ``rank``, ``captured`` (the share sum sigma_i^2 / ||A||^2, 0 to 1), ``residual`` (the bound), and the same of
    positive eigenvalues alone, ``captured_positive`` and ``residual_positive``: what one vector a node can reach by inner
    products (NaN where directed)

    This bounds the Frobenius error only; rankings can do better or worse than it suggests. Source: Eckart and Young, "The
    approximation of one matrix by another of lower rank", Psychometrika 1936.

    >>> edge = Graph.from_edges([("a", "b")])
    >>> [round(x, 3) for x in spectral_bound(edge, [1, 2])["captured"]]
    [0.5, 1.0]
    """
    if not len(ranks) or min(ranks) < 1:
        raise ParameterError(f"ranks must be whole numbers of at least 1, got {list(ranks)}")
    A = graph.without_self_loops().adjacency
    total = float((A.data**2).sum())
    if total == 0:
        raise DataError("the graph has no edge between two nodes, so no rank-d matrix is to be bounded")
    most = min(max(ranks), graph.n_nodes)
    if graph.directed:
        captured = _shares(top_singular_triplets(A, most, random_state=random_state)[1], total)
        positive = np.full_like(captured, np.nan)
    else:
        captured = _shares(top_eigenpairs(A, most, random_state=random_state)[0], total)
        positive = _shares(np.maximum(top_eigenpairs(A, most, which="algebraic", random_state=random_state)[0], 0), total)
    captured, positive = (_at(shares, ranks) for shares in (captured, positive))
    table = {"rank": list(ranks), "captured": captured, "residual": np.sqrt(1 - captured)}
    return pd.DataFrame({**table, "captured_positive": positive, "residual_positive": np.sqrt(1 - positive)})


def _at(shares: np.ndarray, ranks: Sequence[int]) -> np.ndarray:
    """The share at each rank, the last for ranks beyond it: of a large matrix a solver may find all pairs but one."""
    return shares[np.minimum(ranks, len(shares)) - 1]


def _shares(values: np.ndarray, total: float) -> np.ndarray:
    return np.minimum(np.cumsum(values**2) / total, 1.0)


def frobenius_errors(scorer: InnerProduct, graph: Graph) -> dict[str, float]:
    r"""How far scores s = U V^T are from the weights, relative to the weights.

    - ``on_edges``: sqrt(sum_E (s - a)^2) / sqrt(sum_E a^2), which is 1 for scores of 0 and says nothing of false edges;
    - ``all_pairs``: sqrt(||A||^2 - 2 sum_E a_uv s_uv + tr((U^T U)(V^T V)) - sum_u s_uu^2) / ||A||, over all ordered pairs
      but self-pairs;
    - ``with_self_pairs``: the same with self-pairs, whose weight is 0: what :func:`spectral_bound` bounds.

    Work O(|E| d + n d^2), memory O(d^2 + |E|). Raises :class:`DataError` for a decoder that is no plain inner product: its
    scores are not on the scale of weights.
    """
    if not isinstance(scorer, InnerProduct) or scorer.link is not None:
        raise DataError("Frobenius errors are defined for scores that are inner products (dot, source-target, bilinear)")
    A = graph.without_self_loops().adjacency.tocoo()
    s = scorer.pairs(A.row.astype(np.int64), A.col.astype(np.int64)).astype(np.float64)
    weight = float((A.data**2).sum())
    left = right = np.zeros(1)
    own = 0.0
    for start in range(0, scorer.n, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, scorer.n))
        U, V = scorer.queries(rows).astype(np.float64), scorer.keys(rows).astype(np.float64)
        left, right = left + U.T @ U, right + V.T @ V
        own += float((np.einsum("ij,ij->i", U, V) ** 2).sum())
    pairs = weight - 2 * float(A.data @ s) + float(np.sum(left * right)) - own
    return {
        "on_edges": float(np.sqrt(((s - A.data) ** 2).sum() / weight)),
        "all_pairs": float(np.sqrt(max(pairs, 0.0) / weight)),
        "with_self_pairs": float(np.sqrt(max(pairs + own, 0.0) / weight)),
    }


def weight_correlation(scorer: Scorer, graph: Graph) -> float:
    """Spearman's rank correlation of scores and weights over the edges, ties at their mean rank; NaN where either is constant.

    An undirected edge counts once, by the score from its earlier node.

    >>> path = Graph.from_edges([("a", "b", 1.0), ("b", "c", 2.0)])
    >>> weight_correlation(InnerProduct(np.array([[1.0], [1.0], [3.0]])), path)
    1.0
    """
    u, v, weights = graph.without_self_loops().edges()
    scores = scorer.pairs(u.astype(np.int64), v.astype(np.int64))
    if len(scores) < 2 or np.ptp(scores) == 0 or np.ptp(weights) == 0:
        return float("nan")
    ranks = pd.Series(scores).rank(), pd.Series(weights).rank()
    return float(np.corrcoef(*ranks)[0, 1].round(12))
