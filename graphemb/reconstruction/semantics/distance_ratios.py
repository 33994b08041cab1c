"""Distance ratios: how much closer related nodes lie than random ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.hops import hop_sets
from graphemb.kernels.random import RandomState, generator
from graphemb.reconstruction.semantics.subjects import Embeddings, Subject, subjects

SOURCES_AT_ONCE = 16
"""Nodes within the last hop are held for so many sources: 64 n bytes at the most."""
DRAWS = 64
"""Nodes drawn from each ring around a source."""
RANDOM_PAIRS = 100_000
RESAMPLES = 500


@dataclass(frozen=True)
class Related:
    """Pairs of nodes in S clusters: those drawn, ``sources`` and ``targets`` (S, draws), and how many pairs each cluster stands for."""

    group: str
    which: str
    sources: np.ndarray
    targets: np.ndarray
    weight: np.ndarray


def distance_ratios(
    embeddings: Embeddings,
    data: Graph | KnowledgeGraph,
    *,
    hops: Sequence[int] = (1, 2, 3),
    n_sources: int = 1000,
    controls: bool = True,
    random_state: RandomState = 0,
) -> pd.DataFrame:
    """Mean distance of related pairs / mean distance of random pairs; below 1 where related nodes lie closer.

    Related are nodes exactly k hops apart (along the edges of a graph, in either direction of a knowledge graph), and head and
    tail of each relation of a knowledge graph. A raw mean distance cannot be compared between methods, as it grows with the
    norms; the ratio can. It replaces the average Euclidean distance of "RESTORE", arXiv 2308.14659. Both raw and
    row-normalised vectors are measured, ``vectors`` alone.

    Pairs at k hops: ``n_sources`` nodes are drawn, 64 nodes with replacement from each ring, rings weighted by their size; the
    interval resamples sources (500 times, percentiles). Pairs of a relation: at most 64 times as many are drawn, and resampled.
    100,000 random pairs of different nodes; their error is in the interval too. Nodes without a vector are left out. "permuted"
    is one permutation: where hubs meet vectors of very different norms, its raw ratio strays from 1.

    Returns
    -------
    DataFrame of ``method``, ``control`` ("" for the embedding itself, "permuted", "degree"), ``normalised``, ``group`` ("hop" or
    "relation"), ``which``, ``ratio``, ``low``, ``high``, ``related`` and ``random`` (mean distances) and ``pairs`` (related ordered pairs
    there are, estimated where sampled). The ratio is NaN where all random pairs coincide.

    >>> from graphemb.data.embedding import Embedding
    >>> line = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    >>> table = distance_ratios(Embedding(["a", "b", "c", "d"], [[0.0], [1.0], [2.0], [3.0]]), line, controls=False)
    >>> table[~table["normalised"]][["which", "related", "pairs"]].to_numpy().tolist()
    [['1', 1.0, 6], ['2', 2.0, 4], ['3', 3.0, 2]]
    """
    if n_sources < 2 or not hops or min(hops) < 1:
        raise ParameterError(f"expected n_sources of at least 2 and hops from 1 up, got {n_sources} and {tuple(hops)}")
    rng = generator(random_state)
    compared = subjects(embeddings, data, controls, rng)
    graph = data.to_graph() if isinstance(data, KnowledgeGraph) else data
    names = pd.Index(np.asarray(graph.names), dtype=object)
    rows = np.stack([subject.names.get_indexer(names) for subject in compared])
    known = np.asarray((rows >= 0).all(axis=0))
    if known.sum() < 2:
        raise DataError("distance ratios need at least two nodes with a vector in every embedding")
    related = [*_by_hop(graph, known, sorted(set(hops)), n_sources, rng)]
    if isinstance(data, KnowledgeGraph):
        related += _by_relation(data, known, n_sources * DRAWS, rng)
    pool = np.flatnonzero(known)
    first = rng.integers(0, len(pool), RANDOM_PAIRS)
    second = (first + rng.integers(1, len(pool), RANDOM_PAIRS)) % len(pool)
    records = [
        record
        for subject, at in zip(compared, rows, strict=True)
        for record in _measured(subject, at, (pool[first], pool[second]), related, rng)
    ]
    return pd.DataFrame(records)


def _measured(
    subject: Subject, at: np.ndarray, random: tuple[np.ndarray, np.ndarray], related: list[Related], rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """The rows of one subject, whose vector of node u stands in row ``at[u]``."""
    for normalised in (False, True):
        x = subject.unit if normalised else subject.vectors
        apart = _distances(x, at[random[0]], at[random[1]])
        levels = rng.normal(apart.mean(), apart.std() / np.sqrt(len(apart)), RESAMPLES)
        for pairs in related:
            key = {"method": subject.method, "control": subject.control, "normalised": normalised}
            yield {**key, "group": pairs.group, "which": pairs.which, **_ratio(x, at, pairs, float(apart.mean()), levels, rng)}


def _by_hop(graph: Graph, known: np.ndarray, hops: list[int], n_sources: int, rng: np.random.Generator) -> Iterator[Related]:
    """Nodes drawn from the rings of sampled sources, rows of the graph."""
    pool = np.flatnonzero(known & (graph.degree() > 0))
    sources = rng.permutation(pool)[:n_sources]
    scale = len(pool) / max(len(sources), 1)
    targets = np.zeros((len(hops), len(sources), DRAWS), dtype=np.int64)
    weight = np.zeros((len(hops), len(sources)))
    for start in range(0, len(sources), SOURCES_AT_ONCE):
        part = slice(start, start + SOURCES_AT_ONCE)
        sets = hop_sets(graph.adjacency, sources[part], hops[-1])
        for i, hop in enumerate(hops):
            ring = sets.ring(hop)
            at = ring.starts[:, None] + (rng.random((len(ring.sizes), DRAWS)) * ring.sizes[:, None]).astype(np.int64)
            drawn = np.r_[ring.nodes, 0][np.minimum(at, len(ring.nodes))]  # an empty ring draws anything, with weight 0
            has = known[drawn] & (ring.sizes > 0)[:, None]
            # draws without a vector are replaced by the first that has one
            first = drawn[np.arange(len(drawn)), has.argmax(axis=1)]
            targets[i, part] = np.where(has, drawn, first[:, None])
            weight[i, part] = ring.sizes * has.mean(axis=1) * scale
    for i, hop in enumerate(hops):
        some = weight[i] > 0
        if some.any():
            yield Related("hop", str(hop), np.repeat(sources[some, None], DRAWS, axis=1), targets[i, some], weight[i, some])


def _by_relation(data: KnowledgeGraph, known: np.ndarray, most: int, rng: np.random.Generator) -> Iterator[Related]:
    """Up to ``most`` triples of each relation, every triple a cluster of its own."""
    h, r, t = data.triples
    usable = known[h] & known[t] & (h != t)
    for number, name in enumerate(data.relations):
        there = np.flatnonzero(usable & (r == number))
        if len(there):
            drawn = there if len(there) <= most else rng.choice(there, most, replace=False)
            yield Related("relation", name, h[drawn, None], t[drawn, None], np.full(len(drawn), len(there) / len(drawn)))


def _ratio(x: np.ndarray, at: np.ndarray, pairs: Related, level: float, levels: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """Mean distance over the clusters by that of random pairs, with its interval from resampled clusters and ``levels``."""
    distances = _distances(x, at[pairs.sources.ravel()], at[pairs.targets.ravel()]).reshape(pairs.sources.shape).mean(axis=1)
    mean = float(np.average(distances, weights=pairs.weight))
    again = rng.integers(0, len(distances), size=(RESAMPLES, min(len(distances), 2000)))
    weight = pairs.weight[again]
    means = (distances[again] * weight).sum(axis=1) / weight.sum(axis=1)
    # a bootstrap of fewer than all clusters is wider by the square root of the share
    means = mean + (means - mean) * np.sqrt(again.shape[1] / len(distances))
    low, high = np.percentile(means / levels, [2.5, 97.5]) if level > 0 else (np.nan, np.nan)
    ratio = mean / level if level > 0 else float("nan")
    return {
        "ratio": ratio,
        "low": float(low),
        "high": float(high),
        "related": mean,
        "random": level,
        "pairs": round(float(pairs.weight.sum())),
    }


def _distances(x: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Euclidean distance of row pairs, in pieces."""
    steps = range(0, len(first), 65_536)
    return np.concatenate([np.linalg.norm(x[first[i : i + 65_536]] - x[second[i : i + 65_536]], axis=1) for i in steps])
