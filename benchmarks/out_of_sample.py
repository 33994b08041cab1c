"""New nodes placed by ``transform``: how far up they rank their true neighbours, beside the same nodes as part of the fit.

    GRAPHEMB_DATA=... python benchmarks/out_of_sample.py [DATA ...]

200 nodes drawn at random among those with an edge to a node that stays are taken out. Each method is fitted on the rest, places the
nodes by their edges to the rest, and every node ranks all nodes of the rest by the method's own decoder; exact AP, ties expected. "in the
fit" is the same question to the method fitted on the whole graph: the same nodes, candidates and relevant nodes.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from harness import data_folder, versions, write

import graphemb as ge
from graphemb import registry
from graphemb.kernels.counting import chance_level, ranking_metrics
from graphemb.kernels.hops import Relevant
from graphemb.kernels.sampling import Z95

HELD_OUT, SEED = 200, 0
METHODS = {
    "spectral": {"dim": 128},
    "hope": {"dim": 128},
    "hope, rooted PageRank": {"dim": 128, "proximity": "rooted-pagerank"},
    "hope, common neighbours": {"dim": 128, "proximity": "common-neighbours"},
    "hope, Adamic-Adar": {"dim": 128, "proximity": "adamic-adar"},
    "arope": {"dim": 128},
    "lpca": {"dim": 32},
}
EXACT = {"ppi": 64}
"""Columns at which LPCA rebuilds a graph without a wrong pair, where 32 are too few."""


def main(names: list[str]) -> None:
    """Measure all methods on the named graphs, print and keep the table."""
    rows = [row for name in names for row in rows_of(name)]
    notes = (
        f"{HELD_OUT} nodes drawn with seed {SEED} among those with an edge to a node that stays. mAP over these nodes, each ranking all "
        "nodes that stay by the method's own decoder, with the normal 95% interval of a mean over nodes. Chance: the mAP of a random "
        "order. Seconds: wall clock; other programs may have run beside it."
    )
    write("out_of_sample", "Nodes that were not in the fitted graph", rows, notes=notes, packages=versions("torch"))


def rows_of(name: str) -> list[dict[str, Any]]:
    """One line a method."""
    graph = ge.read_graph(data_folder("graphs", name) / "edges.tsv.gz").without_self_loops()
    out = drawn(graph)
    rest = np.setdiff1d(np.arange(graph.n_nodes), out)
    known, links = graph.renumbered(rest), graph.adjacency[out][:, rest]
    names = np.asarray(graph.names)
    coo = links.tocoo()
    edges = ge.Graph.from_arrays(names[out[coo.row]], names[rest[coo.col]], coo.data)
    relevant = Relevant(links.indices, links.indptr[:-1].astype(np.int64), links.indptr[1:].astype(np.int64))
    chance = float(chance_level(len(rest), relevant.sizes).mean())
    rows = []
    for label, settings in METHODS.items():
        make = registry.resolve("method", label.partition(",")[0])
        settings = settings | ({"dim": EXACT[name]} if label == "lpca" and name in EXACT else {})
        started = time.perf_counter()
        method = make(**settings, random_state=0).fit(known)
        fitted = time.perf_counter()
        new = method.transform(edges)
        placed = time.perf_counter()
        e, whole = method.embedding_, make(**settings, random_state=0).fit(graph).embedding_
        ap = average_precision(e.append(new.subset(names[out])), len(rest) + np.arange(len(out)), np.arange(len(rest)), relevant)
        before = average_precision(whole, out, rest, relevant)
        rows.append(
            {"graph": name, "method": label, "columns": settings["dim"], "mAP, new": mean(ap), "interval": interval(ap)}
            | {"in the fit": mean(before), "its interval": interval(before), "chance": round(chance, 4)}
            | {"fit, s": round(fitted - started, 2), "transform, s": round(placed - fitted, 3)}
        )
        print(rows[-1], file=sys.stderr)
    return rows


def drawn(graph: ge.Graph) -> np.ndarray:
    """Rows of the nodes that are taken out, ascending: the first ones of a random order that keep an edge to a node that stays."""
    order = np.random.default_rng(SEED).permutation(np.flatnonzero(graph.degree() > 0))
    out = order[:HELD_OUT]
    for _ in range(20):  # those whose neighbours are all taken out give their place to others
        rest = np.setdiff1d(np.arange(graph.n_nodes), out)
        linked = graph.adjacency[out][:, rest].sum(axis=1) > 0
        if linked.all():
            break
        order = np.setdiff1d(order, out[~linked], assume_unique=True)
        out = order[:HELD_OUT]
    return np.sort(out)


def average_precision(embedding: ge.Embedding, sources: np.ndarray, candidates: np.ndarray, relevant: Relevant) -> np.ndarray:
    """AP of every source, ranking the candidates."""
    scorer = registry.resolve("decoder", embedding.decoder).prepare(embedding)
    scores = np.ascontiguousarray(scorer.block(sources, slice(0, len(embedding)))[:, candidates])
    return ranking_metrics(scores, np.full(len(sources), -1), relevant)[:, 0]


def mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 3)


def interval(values: np.ndarray) -> str:
    """The mean's normal 95% interval."""
    half = Z95 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean() - half:.3f} to {values.mean() + half:.3f}"


if __name__ == "__main__":
    main(sys.argv[1:] or ["ca-grqc", "ppi"])
