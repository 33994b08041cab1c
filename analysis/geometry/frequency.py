"""Frequency and degree: what a name is known by before any vector is looked at, and pairs of names that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import pearsonr

from graphemb.data.concept import find_names
from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError

COLUMNS = ("count", "frequency", "degree")
"""Attributes that are taken for a frequency, the first that is there."""
LEAST = 10
"""Names with a count that a correlation needs."""


def counts_of(embedding: Embedding, data: Any = None) -> tuple[np.ndarray | None, str]:
    """How often or how strongly connected every name is, float64 (n,), NaN where not known; and what was counted. None without a source.

    ``data`` is a graph (degree), a knowledge graph (triples that hold the entity), interactions, a corpus (tokens) or a mapping of names to
    numbers; without it the attribute ``count``, ``frequency`` or ``degree`` is taken.
    """
    if data is None:
        column = next((c for c in COLUMNS if c in embedding.attributes), None)
        if column is None:
            return None, ""
        return pd.to_numeric(embedding.attributes[column], errors="coerce").to_numpy(dtype=np.float64), f"attribute {column}"
    counts = np.full(len(embedding), np.nan)
    words, groups = _counted(data)
    for names, kind, values in groups:
        rows = find_names(embedding, names, kind if embedding.kinds is not None and kind in embedding.kinds else None)
        counts[rows[rows >= 0]] = np.asarray(values, dtype=np.float64)[rows >= 0]
    if not np.isfinite(counts).any():
        raise DataError("the data and the embedding share no name, so no frequency or degree is known")
    return counts, words


def _counted(data: Any) -> tuple[str, list[tuple[Iterable[str], str | None, Any]]]:
    """What was counted; by kind the names and their counts."""
    if isinstance(data, Graph):
        return "degree", [(data.names, None, data.degree() + (data.degree("in") if data.directed else 0))]
    if isinstance(data, KnowledgeGraph):
        heads, _, tails = data.triples
        return "triples", [(data.entities, "entity", np.bincount(np.concatenate([heads, tails]), minlength=data.n_entities))]
    if isinstance(data, Interactions):
        users, items = data.pairs[:, data.splits["train"]]
        times = np.bincount(users, minlength=data.n_users), np.bincount(items, minlength=data.n_items)
        return "interactions", [(data.users, "user", times[0]), (data.items, "item", times[1])]
    if isinstance(data, Corpus):
        return "tokens", [(data.types, None, data.counts)]
    if isinstance(data, Mapping):
        return "counts", [([str(name) for name in data], None, list(data.values()))]
    raise DataError(f"data must be a Graph, KnowledgeGraph, Interactions, Corpus or a mapping of names, got {type(data).__name__}")


def pairs_of(embedding: Embedding, data: Any = None, pairs: Iterable[Iterable[str]] | None = None) -> np.ndarray | None:
    """Rows of pairs that belong together, int64 (2, m): those given, else edges, triples or interactions of the data; None without any."""
    if pairs is not None:
        listed = [tuple(pair) for pair in pairs]
        if not listed or any(len(pair) != 2 for pair in listed):
            raise DataError("pairs must be a list of at least one pair of names")
        left, right = zip(*listed, strict=True)
        return _present(find_names(embedding, left), find_names(embedding, right))
    if isinstance(data, Graph):
        sources, targets, _ = data.edges()
        rows = find_names(embedding, data.names)
        return _present(rows[sources], rows[targets])
    kinds = set() if embedding.kinds is None else set(embedding.kinds)
    if isinstance(data, KnowledgeGraph):
        heads, _, tails = data.triples
        rows = find_names(embedding, data.entities, "entity" if "entity" in kinds else None)
        return _present(rows[heads], rows[tails])
    if isinstance(data, Interactions) and {"user", "item"} <= kinds:
        users, items = data.pairs[:, data.splits["train"]]
        return _present(find_names(embedding, data.users, "user")[users], find_names(embedding, data.items, "item")[items])
    return None


def _present(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    there = (left >= 0) & (right >= 0) & (left != right)
    return np.stack([left[there], right[there]])


def correlation(values: np.ndarray, counts: np.ndarray) -> tuple[float, float, float]:
    """Pearson's correlation of values with the log of counts, and its 95% interval; names without a count above 0 are left out.

    Raises
    ------
    DataError : fewer than ten such names, or values or counts that are all equal

    >>> round(correlation(np.arange(12.0), np.exp(np.arange(12.0)))[0], 3)
    1.0
    """
    known = np.isfinite(counts) & (counts > 0)
    if known.sum() < LEAST:
        raise DataError(f"a correlation with frequency needs at least {LEAST} names with a count above 0, got {int(known.sum())}")
    x, y = values[known].astype(np.float64), np.log(counts[known])
    if np.ptp(y) == 0 or np.ptp(x) <= 1e-6 * np.abs(x).max():
        raise DataError("lengths or counts are all equal, so there is no correlation with frequency")
    found = pearsonr(x, y)
    interval = found.confidence_interval(0.95)
    return float(found.statistic), float(interval.low), float(interval.high)
