"""The learned decoder: logistic regression on features of a pair of vectors, fitted on other pairs than it scores."""

from __future__ import annotations

import warnings
from typing import Literal, get_args

import numpy as np
from numba import njit

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ConvergenceWarning, DataError, ParameterError, UnknownNameError
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import PAIRS_AT_ONCE, InnerProduct, Scorer
from graphemb.kernels.threads import in_threads
from graphemb.reconstruction.decoders.vectors import Relation, mean_row, refuse_relation

Features = Literal["hadamard", "l1", "l2", "average"]
FOLDS = 2


def fit_logistic_decoder(
    embedding: Embedding, graph: Graph, *, features: Features = "hadamard", max_pairs: int = 50_000, random_state: RandomState = 0
) -> Embedding:
    """The embedding with a "logistic" decoder fitted to the graph, two-fold by node so that no scored pair was fitted on.

    With x the vector of u and y the context of v (its vector where there is no context), the score is the log-odds
    w . f(x, y) + b with f one of ``hadamard`` x o y, ``l1`` |x - y|, ``l2`` (x - y)^2, ``average`` (x + y) / 2. The nodes
    are split at random into two folds. The weights of fold 0 are fitted on edges and as many non-edges with both ends in
    fold 1, and the other way round; u -> v is scored by the weights of the fold of u. So a pair that a model scores has an
    end that the model never saw. Edges across the folds, about half of them, are fitted on by neither.

    Parameters
    ----------
    embedding, graph : their names are matched; every node needs a vector
    features : how two vectors become features (the operators of "node2vec", arXiv 1607.00653, table 1)
    max_pairs : at most so many edges a fold, and as many non-edges

    Raises :class:`DataError` where a fold holds no edge or no non-edge. With ``average`` every source ranks alike.
    The embedding's own vectors have seen all edges, as any reconstruction has: only the decoder is cross-fitted.

    >>> ring = Graph.from_edges([(i, (i + j) % 30) for i in range(30) for j in (1, 2, 3)])
    >>> angle = np.arange(30) * 2 * np.pi / 30
    >>> e = fit_logistic_decoder(Embedding(ring.names, np.column_stack([np.cos(angle), np.sin(angle)])), ring)
    >>> e.score("0", "2") > e.score("0", "15")
    True
    """
    if features not in get_args(Features):
        raise UnknownNameError("edge feature", features, get_args(Features))
    if max_pairs < 1:
        raise ParameterError(f"max_pairs must be at least 1, got {max_pairs}")
    embedding.require_finite()
    rng = generator(random_state)
    at = embedding.rows(graph.names)
    fold = rng.permutation(len(embedding)) % FOLDS
    streams = rng.spawn(FOLDS)
    x, y = embedding.vectors, embedding.vectors if embedding.context is None else embedding.context
    weights, biases = [], []
    for f in range(FOLDS):
        sources, targets, labels = _pairs_outside(graph, fold[at], f, max_pairs, streams[f])
        w, b = fit_log_odds(pair_features(x[at[sources]], y[at[targets]], features), labels)
        weights.append(w)
        biases.append(b)
    fitted = {
        "logistic.weight": np.asarray(weights, dtype=np.float32),
        "logistic.bias": np.asarray(biases, dtype=np.float32),
        "logistic.fold": fold.astype(np.uint8),
    }
    return embedding.replace(
        decoder="logistic", parameters={**embedding.parameters, **fitted}, meta={**embedding.meta, "logistic": {"features": features}}
    )


def pair_features(x: np.ndarray, y: np.ndarray, features: str) -> np.ndarray:
    """(m, dim) features of m pairs of vectors."""
    if features == "hadamard":
        return x * y
    if features == "average":
        return (x + y) / 2
    return np.abs(x - y) if features == "l1" else (x - y) ** 2


def _pairs_outside(
    graph: Graph, fold: np.ndarray, f: int, max_pairs: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges and as many non-edges with both ends outside fold ``f``: rows of the graph, and 1 or 0."""
    sources, targets, _ = graph.edges()
    inside = np.flatnonzero(fold != f)
    edges = np.flatnonzero((fold[sources] != f) & (fold[targets] != f) & (sources != targets))
    if len(edges) > max_pairs:
        edges = rng.choice(edges, max_pairs, replace=False)
    if len(edges) == 0 or len(inside) < 2:
        raise DataError("the logistic decoder found no edge within one half of the nodes to fit on; this graph is too small for it")
    # a few rounds of rejection: enough unless the half is almost complete, where fewer non-edges do
    wanted = len(edges)
    u, v = rng.choice(inside, 4 * wanted), rng.choice(inside, 4 * wanted)
    free = np.flatnonzero((u != v) & (np.asarray(graph.adjacency[u, v]).ravel() == 0))[:wanted]
    if len(free) == 0:
        raise DataError("the logistic decoder found no non-edge within one half of the nodes to fit on; this graph is too dense for it")
    labels = np.r_[np.ones(wanted), np.zeros(len(free))]
    return np.r_[sources[edges], u[free]], np.r_[targets[edges], v[free]], labels


def fit_log_odds(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias on the raw features, fitted on standardised ones (so that the penalty treats columns alike)."""
    from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    mean, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    scale[scale == 0] = 1
    model = LogisticRegression(solver="newton-cholesky", class_weight="balanced")  # a few steps of dim^2: many pairs, few columns
    with warnings.catch_warnings():
        warnings.simplefilter("error", SklearnConvergenceWarning)
        try:
            model.fit((features - mean) / scale, labels)
        except SklearnConvergenceWarning:
            warnings.simplefilter("ignore", SklearnConvergenceWarning)
            model.fit((features - mean) / scale, labels)
            warnings.warn("the logistic decoder stopped before its tolerance", ConvergenceWarning, stacklevel=3)
    weight = model.coef_[0] / scale
    return weight, float(model.intercept_[0] - weight @ mean)


class Logistic:
    """s(u -> v) = w . f(x_u, y_v) + b, the log-odds that :func:`fit_logistic_decoder` fitted."""

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> Scorer:
        """No state beyond the embedding."""
        refuse_relation("logistic", relation)
        if "logistic.weight" not in embedding.parameters:
            raise DataError("the logistic decoder must be fitted first; score what fit_logistic_decoder(embedding, graph) returns")
        embedding.require_finite()
        weight, bias, fold = (embedding.parameters[f"logistic.{part}"] for part in ("weight", "bias", "fold"))
        if weight.shape != (FOLDS, embedding.dim) or len(fold) != len(embedding):
            raise DataError("the fitted logistic decoder belongs to an embedding of another shape; fit it again")
        features = (embedding.meta.get("logistic") or (embedding.meta.get("notes") or {}).get("logistic") or {}).get("features")
        x, y = embedding.vectors, embedding.vectors if embedding.context is None else embedding.context
        if features == "l1":
            return WeightedL1(x, y, weight, bias, fold)
        forms = {"hadamard": _hadamard, "l2": _squares, "average": _average}
        if features not in forms:
            raise UnknownNameError("edge feature", features, get_args(Features))
        return forms[features](x, y, weight, bias, fold)


def _columns(*parts: np.ndarray) -> np.ndarray:
    return np.column_stack(parts).astype(np.float32, copy=False)


def _hadamard(x: np.ndarray, y: np.ndarray, weight: np.ndarray, bias: np.ndarray, fold: np.ndarray) -> InnerProduct:
    """[w o x, b] . [y, 1]."""
    return InnerProduct(
        x, y, query=lambda x, u: _columns(weight[fold[u]] * x, bias[fold[u]]), key=lambda y, _: _columns(y, np.ones(len(y), np.float32))
    )


def _squares(x: np.ndarray, y: np.ndarray, weight: np.ndarray, bias: np.ndarray, fold: np.ndarray) -> InnerProduct:
    """[-2 w o x, w, w . x^2 + b] . [y, y^2, 1], in float64 as of :func:`.vectors.minus_squared_distance`, both sides centred together."""
    centre = (mean_row(x) + mean_row(y)) / 2

    def query(x: np.ndarray, u: np.ndarray) -> np.ndarray:
        x, w = x - centre, weight[fold[u]]
        return np.column_stack([-2 * w * x, w, (w * x * x).sum(axis=1) + bias[fold[u]]])

    def key(y: np.ndarray, _: np.ndarray) -> np.ndarray:
        y = y - centre
        return np.column_stack([y, y * y, np.ones(len(y))])

    return InnerProduct(x, y, query=query, key=key)


def _average(x: np.ndarray, y: np.ndarray, weight: np.ndarray, bias: np.ndarray, fold: np.ndarray) -> InnerProduct:
    """[w / 2, w . x / 2 + b] . [y, 1]."""

    def query(x: np.ndarray, u: np.ndarray) -> np.ndarray:
        half = weight[fold[u]] / 2
        return _columns(half, (half * x).sum(axis=1) + bias[fold[u]])

    return InnerProduct(x, y, query=query, key=lambda y, _: _columns(y, np.ones(len(y), np.float32)))


class WeightedL1:
    """s(u -> v) = sum_i w_i |x_ui - y_vi| + b with the weights of the fold of u; no inner product, so a compiled loop.

    Work per block: 3 rows x width x dim operations. State: what it is given.
    """

    symmetric = False

    def __init__(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray, bias: np.ndarray, fold: np.ndarray, *, backward: bool = False):
        self.x, self.y, self.weight, self.bias, self.fold, self.backward = x, y, weight, bias, fold, backward
        self.n = len(x)

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width) of scores; see :class:`Scorer`."""
        numbers = np.arange(self.n)[columns]
        scores = np.empty((len(rows), len(numbers)), dtype=np.float32) if out is None else out
        sources, targets = (numbers, rows) if self.backward else (rows, numbers)
        fold = self.fold[sources]
        table = scores.T if self.backward else scores
        x, y, w, b = self.x[sources], self.y[targets], self.weight[fold], self.bias[fold]
        in_threads(lambda first, last: _weighted_l1(x[first:last], y, w[first:last], b[first:last], table[first:last]), len(x))
        return scores

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,) of scores."""
        sources, targets = (columns, rows) if self.backward else (rows, columns)
        scores = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), PAIRS_AT_ONCE):
            u, v = sources[start : start + PAIRS_AT_ONCE], targets[start : start + PAIRS_AT_ONCE]
            w, b = self.weight[self.fold[u]], self.bias[self.fold[u]]
            scores[start : start + len(u)] = (w * np.abs(self.x[u] - self.y[v])).sum(axis=1) + b
        return scores

    def reversed(self) -> WeightedL1:
        """The roles swapped; see :class:`Scorer`."""
        return WeightedL1(self.x, self.y, self.weight, self.bias, self.fold, backward=not self.backward)

    def take(self, rows: np.ndarray) -> WeightedL1:
        """The scorer of some rows."""
        return WeightedL1(self.x[rows], self.y[rows], self.weight, self.bias, self.fold[rows], backward=self.backward)


@njit(nogil=True, fastmath=True, cache=True)
def _weighted_l1(x, y, weight, bias, out):  # type: ignore[no-untyped-def]
    for i in range(len(x)):
        for j in range(len(y)):
            total = bias[i]
            for k in range(x.shape[1]):
                total += weight[i, k] * abs(x[i, k] - y[j, k])
            out[i, j] = total
