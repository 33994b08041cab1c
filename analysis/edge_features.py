"""Logistic regression on features of two vectors: the classifier of link prediction, fitted on training pairs alone."""

from __future__ import annotations

from typing import get_args

import numpy as np

from graphemb.analysis.edge_split import EdgeSplit, free_pairs, n_pairs
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.random import RandomState, generator
from graphemb.reconstruction.decoders.learned import FOLDS, Features, fit_log_odds, pair_features

CLASSIFIERS: tuple[str, ...] = tuple(f"logistic-{features}" for features in get_args(Features))
"""Names of the scores that are fitted: one for each way of making features of two vectors."""
MOST_PAIRS = 20_000


def training_pairs(split: EdgeSplit, *, max_pairs: int = MOST_PAIRS, random_state: RandomState = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pairs to fit on: edges of the training graph (at most ``max_pairs``, drawn at random) and as many non-edges.

    Returns int64 (m, 2) of rows and (m,) of 1 for an edge, 0 for none. The non-edges are drawn uniformly among the pairs that are
    neither an edge of the training graph nor a pair of the test, so nothing that is tested is fitted on, with whichever label.
    Raises :class:`DataError` where there is no such pair.
    """
    rng = generator(random_state)
    n, directed = split.train.n_nodes, split.train.directed
    u, v, _ = split.train.edges()
    edges = np.column_stack([u, v]).astype(np.int64)[u != v]
    tested = np.concatenate([split.test_edges, split.non_edges])
    taken = np.sort(np.concatenate([edges, tested]) @ np.array([n, 1]))
    chosen = edges if len(edges) <= max_pairs else edges[np.sort(rng.choice(len(edges), max_pairs, replace=False))]
    free = n_pairs(n, directed=directed) - len(taken)
    if free == 0:
        raise DataError(
            "logistic regression needs pairs that are no edge and not tested, and there is none; hold out fewer edges, or score by decoder"
        )
    others = free_pairs(n, taken, min(len(chosen), free), directed=directed, rng=rng)
    return np.concatenate([chosen, others]), np.repeat([1, 0], [len(chosen), len(others)])


def with_edge_classifier(embedding: Embedding, pairs: np.ndarray, labels: np.ndarray, name: str, *, directed: bool) -> Embedding:
    """The embedding with a "logistic" decoder fitted to labelled pairs of its rows.

    With x the vector of u and y the context of v (its vector where there is no context), s(u -> v) = w . f(x, y) + b, the log-odds of a
    logistic regression on standardised features with scikit-learn's penalty (C = 1). Where pairs have no order and the
    features do, each pair is fitted on in both orders; who scores takes the mean of both.

    Parameters
    ----------
    name : one of ``CLASSIFIERS``: the features are x o y (hadamard), (x + y) / 2 (average), \\|x - y\\| (l1), (x - y)^2 (l2),
        the operators of "node2vec" (arXiv 1607.00653, table 1)
    """
    features = name.removeprefix("logistic-")
    sources, targets = pairs.T
    same_sides = embedding.context is None or (features == "hadamard" and embedding.numbers_per_node == embedding.dim)  # up to signs
    if not directed and not same_sides:
        sources, targets, labels = np.r_[sources, targets], np.r_[targets, sources], np.r_[labels, labels]
    x, y = embedding.vectors, embedding.vectors if embedding.context is None else embedding.context
    weight, bias = fit_log_odds(pair_features(x[sources], y[targets], features), labels)
    fitted = {  # the decoder knows two folds of nodes; one fit serves both
        "logistic.weight": np.tile(weight, (FOLDS, 1)).astype(np.float32),
        "logistic.bias": np.full(FOLDS, bias, dtype=np.float32),
        "logistic.fold": np.zeros(len(embedding), dtype=np.uint8),
    }
    meta = {**embedding.meta, "logistic": {"features": features}}
    return embedding.replace(decoder="logistic", parameters={**embedding.parameters, **fitted}, meta=meta)
