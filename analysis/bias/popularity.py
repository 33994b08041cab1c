"""The popularity direction: how well one direction of the vectors tells how connected, popular or frequent names are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from graphemb.analysis.bias.correlation import Correlation, correlate
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.provenance import seed_in_words
from graphemb.data.concept import find_names
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator

Counts: TypeAlias = Graph | Interactions | KnowledgeGraph | Mapping[str, float] | pd.Series
BEST, FIRST, LENGTH = "best direction", "first component", "length"
PENALTIES = np.logspace(-4, 4, 9)
"""Of the ridge regression, for columns of mean square one; the best is chosen among the names learned from."""


def popularity_direction(
    embedding: Embedding,
    data: Counts | None = None,
    *,
    column: str | None = None,
    kind: str | None = None,
    folds: int = 5,
    draws: int = 1_000,
    random_state: RandomState = 0,
) -> BiasResult:
    """The correlation of log(1 + count) with what the best direction of the vectors predicts for names it has not seen.

    The count of a name is its degree in a graph, the number of interactions of an item or user in the training split, of triples of an
    entity there, a number given, or a column of attributes. The best direction is that of a ridge regression, learned on the other parts
    of the names, ``folds`` in all. Beside it stand the first principal component and the length of the vectors, which know nothing of
    counts. 0 without bias; a recommender with a strong one favours what is popular whoever asks.

    ``p`` is two-sided, by permuted counts. For the best direction it is that of one learned on half of the names and asked about the
    others, as figures of folds have no simple test. The interval resamples names.

    Source: the frequency direction of Wang et al., "Double-Hard Debias", arXiv 2005.00965, and Mu and Viswanath, "All-but-the-top", arXiv
    1702.01417, here of any count.

    Parameters
    ----------
    data : a graph, interactions, a knowledge graph, or numbers by name
    column : an attribute of the embedding in place of ``data``
    kind : of the names looked at; items where the embedding has some and the data are interactions

    Returns
    -------
    BiasResult : by direction ``r``, its interval and ``p``; ``details`` has the counts and predictions by name, the most popular first

    Raises
    ------
    DataError : fewer than ten names with a count, counts that are all equal or negative; ParameterError : no counts, or two kinds of them

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(60, 4))
    >>> names = [str(i) for i in range(60)]
    >>> found = popularity_direction(Embedding(names, x), dict(zip(names, np.exp(3 + x[:, 1]))), draws=99)
    >>> found.value > 0.95, found.p
    (True, 0.01)
    """
    require_whole("folds", folds, least=2)
    require_whole("draws", draws, least=0)
    if (data is None) == (column is None):
        raise ParameterError("popularity needs counts, once: data (a graph, interactions, numbers by name) or the column of an attribute")
    if kind is None and isinstance(data, Interactions) and embedding.kinds is not None:
        kind = "item"
    rows, counts = _counts(embedding, data, column, kind)
    if len(rows) < 10 or counts.min() < 0 or np.ptp(counts) == 0:
        raise DataError(f"at least ten names with counts that differ and are not negative are needed; {len(rows)} have one")
    x, y = embedding.vectors[rows].astype(np.float64), np.log1p(counts)
    rng = generator(random_state)
    predicted = _held_out(x, y, rng.permutation(len(y)) % folds)
    axis = _first_component(x)
    simple = {FIRST: x @ axis, LENGTH: np.linalg.norm(x, axis=1)}
    results = {BEST: _best(x, y, predicted, draws, rng), **{name: correlate(v, y, rng, draws=draws) for name, v in simple.items()}}
    table = pd.DataFrame([{"direction": name, "r": c.r, "low": c.low, "high": c.high, "p": c.p} for name, c in results.items()])
    details = pd.DataFrame({"name": np.asarray(embedding.names)[rows], "count": counts, BEST: predicted, **simple})
    head = results[BEST]
    settings: dict[str, Any] = {"folds": folds, "names": len(rows), "kind": kind, "column": column}
    settings |= {"data": None if data is None else getattr(data, "fingerprint", "given")}
    return BiasResult(
        "popularity-direction",
        table,
        0.0,
        "counts can be read from the vectors by one direction",
        head.r,
        head.low,
        head.high,
        head.p,
        f"{head.p_kind} of names not learned from" if head.p_kind else "",
        details.sort_values("count", ascending=False, kind="stable").reset_index(drop=True),
        {**settings, "random_state": seed_in_words(random_state)},
    )


def _counts(embedding: Embedding, data: Counts | None, column: str | None, kind: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the embedding and their counts, float64, of names that have one."""
    if column is not None:
        table = embedding.attributes
        if column not in table:
            raise UnknownNameError("attribute", column, [str(c) for c in table.columns])
        counts = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
        wanted = np.isfinite(counts) & (True if kind is None or embedding.kinds is None else embedding.kinds == kind)
        return np.flatnonzero(wanted), counts[wanted]
    names, numbers = _by_name(data, kind)
    at = find_names(embedding, names, kind)
    rows, first = np.unique(at, return_index=True)
    known = (rows >= 0) & np.isfinite(numbers[first])
    return rows[known], numbers[first][known]


def _by_name(data: Any, kind: str | None) -> tuple[list[str], np.ndarray]:
    if isinstance(data, Graph):
        degree = data.degree() + (data.degree("in") if data.directed else 0)
        return list(data.names), degree.astype(np.float64)
    if isinstance(data, Interactions):
        users = kind == "user"
        return list(data.users if users else data.items), np.asarray(data.train.sum(axis=1 if users else 0), dtype=np.float64).ravel()
    if isinstance(data, KnowledgeGraph):
        heads, _, tails = data.split("train")
        return list(data.entities), np.bincount(np.concatenate([heads, tails]), minlength=data.n_entities).astype(np.float64)
    if isinstance(data, (Mapping, pd.Series)):
        given = pd.Series(data)
        return [str(n) for n in given.index], pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64)
    raise ParameterError(f"popularity is counted in a graph, interactions, a knowledge graph or numbers by name, got {type(data).__name__}")


def _ridge(x: np.ndarray, y: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Predictions of a ridge regression that chose its penalty by leaving out one name at a time."""
    from sklearn.linear_model import RidgeCV

    middle, scale = x.mean(axis=0), max(float(x.std()), 1e-30)
    return np.asarray(RidgeCV(PENALTIES).fit((x - middle) / scale, y).predict((asked - middle) / scale))


def _held_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    predicted = np.empty(len(y))
    for f in range(int(fold.max()) + 1):
        seen = fold != f
        predicted[~seen] = _ridge(x[seen], y[seen], x[~seen])
    return predicted


def _best(x: np.ndarray, y: np.ndarray, predicted: np.ndarray, draws: int, rng: np.random.Generator) -> Correlation:
    """Correlation and interval of the predictions by folds; the test of one half."""
    found = correlate(predicted, y, rng, draws=0)
    half = rng.permutation(len(y)) % 2 == 0
    test = correlate(_ridge(x[half], y[half], x[~half]), y[~half], rng, draws=draws)
    return Correlation(found.r, found.low, found.high, test.p, test.p_kind)


def _first_component(x: np.ndarray) -> np.ndarray:
    """The first principal axis, its largest number positive, float64 (d,)."""
    centred = x - x.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    return np.asarray(axis * np.sign(axis[np.abs(axis).argmax()]))
