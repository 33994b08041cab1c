"""The evaluators of the literature that do not give mAP, each under its own name.

They sample candidates, or drop pairs. Fewer candidates a node make AP larger, and the order of methods may change
with it, so none of them is ever called mAP here. They are for comparison with published figures only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.counting import ranking_metrics
from graphemb.kernels.hops import Relevant, hop_sets
from graphemb.kernels.random import RandomState, generator
from graphemb.reconstruction.contenders import Contender, contenders_of, placements, require_all
from graphemb.reconstruction.ranking import rank_sources, rows_per_block

INDUCED = 1_024
DRAWS = 5


def literature_variants(
    embedding: Embedding, graph: Graph, variants: Iterable[str] | None = None, *, decoder: str = "auto", random_state: RandomState = 0
) -> pd.DataFrame:
    """What the evaluators of other tools make of an embedding, in one table of ``variant``, ``value`` and ``rule``.

    Parameters
    ----------
    variants : names out of ``VARIANTS``; all by default
    decoder, random_state : as for :func:`graphemb.reconstruction.restore.restore`

    - ``mAP_induced1024``: mAP of the subgraph induced by 1,024 random nodes, mean of 5 draws (GEM-Benchmark)
    - ``mAP_pairs10``, ``mAP_pairs1``: AP over a random 10% or 1% of each node's candidates (``sample_ratio_e`` of GEM)
    - ``AP_1to1``: as many random false candidates as true ones, drawn without replacement (all of them where a node has fewer), mean
      over nodes (link-prediction style)
    - ``MAP_GEM``: pairs u < v alone, attributed to u; scores up to 0 dropped; AP divided by the hits found; nodes without a hit are 0
      (undirected; ``evaluateStaticGraphReconstruction``). It depends on the order of the nodes

    Work and memory: as restore of all nodes. Source of the rules: the code of palash1992/GEM and palash1992/GEM-Benchmark.

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c")])
    >>> literature_variants(Embedding(graph.names, [[1.0], [1.0], [1.0]]), graph, ["MAP_GEM"])["value"].round(4).tolist()
    [0.5833]
    """
    names = list(VARIANTS if variants is None else variants)
    for name in names:
        if name not in VARIANTS:
            raise UnknownNameError("variant", name, VARIANTS, remedy="known: " + ", ".join(VARIANTS))
    require_all(placements({"embedding": embedding}, graph), graph)
    graph = graph.without_self_loops()
    if graph.n_edges == 0:
        raise DataError("the graph has no edge between two nodes, so there is nothing to rebuild")
    contender = contenders_of({"embedding": embedding}, [decoder], graph)[0]
    if contender.placement.rows is not None:
        contender = Contender("embedding", contender.decoder, contender.scorer.take(contender.placement.rows), contender.numbers_per_node)
    records = [
        {"variant": name, "value": VARIANTS[name][0](contender, graph, generator(random_state)), "rule": VARIANTS[name][1]}
        for name in names
    ]
    return pd.DataFrame(records)


def _induced(contender: Contender, graph: Graph, rng: np.random.Generator) -> float:
    return float(np.mean([_mean_precision(*_subgraph(contender, graph, rng)) for _ in range(DRAWS)]))


def _subgraph(contender: Contender, graph: Graph, rng: np.random.Generator) -> tuple[Contender, Graph]:
    rows = rng.permutation(graph.n_nodes)[:INDUCED]
    return Contender("induced", contender.decoder, contender.scorer.take(rows), 0), graph.renumbered(rows)


def _mean_precision(contender: Contender, graph: Graph) -> float:
    found = rank_sources([contender], graph.adjacency, np.arange(graph.n_nodes), [(1, "ball")])[0][0].precision
    return float(np.nanmean(found)) if np.isfinite(found).any() else 0.0


def _pairs(contender: Contender, graph: Graph, rng: np.random.Generator, *, share: float) -> float:
    """Every candidate of every node is kept with the same probability."""
    values = []
    for nodes, scores, relevant in _blocks(contender, graph):
        kept = rng.random(scores.shape, dtype=np.float32) < share
        kept[np.arange(len(nodes)), nodes] = False
        values.append(_precision_of_kept(scores, relevant, kept))
    found = np.concatenate(values)
    return float(np.nanmean(found)) if np.isfinite(found).any() else 0.0


def _gem(contender: Contender, graph: Graph, rng: np.random.Generator) -> float:
    values = []
    for nodes, scores, relevant in _blocks(contender, graph):
        kept = scores > 0
        kept[np.arange(len(nodes)), nodes] = False
        if not graph.directed:
            kept &= np.arange(graph.n_nodes) > nodes[:, None]
        values.append(_precision_of_kept(scores, relevant, kept))
    found = np.nan_to_num(np.concatenate(values))
    return float(found[graph.degree() > 0].mean() if graph.directed else found.mean())


def _one_to_one(contender: Contender, graph: Graph, rng: np.random.Generator) -> float:
    values = []
    for nodes, scores, relevant in _blocks(contender, graph):
        values.append(_precision_of_kept(scores, relevant, _balanced(nodes, relevant, graph.n_nodes, rng)))
    return float(np.nanmean(np.concatenate(values)))


def _balanced(nodes: np.ndarray, relevant: Relevant, n: int, rng: np.random.Generator) -> np.ndarray:
    """(nodes, n), true for all true candidates and as many false ones, drawn without replacement (all, where there are fewer).

    The false ones of a row are those with its lowest random keys.
    """
    row = np.repeat(np.arange(len(nodes)), relevant.sizes)
    kept = np.zeros((len(nodes), n), dtype=bool)
    kept[row, _columns(relevant)] = True
    keys = rng.random(kept.shape, dtype=np.float32)
    keys[kept] = 2  # above every key of a false candidate
    keys[np.arange(len(nodes)), nodes] = 2
    most = int(relevant.sizes.max(initial=0))
    lowest = np.argpartition(keys, max(most - 1, 0), axis=1)[:, :most]
    order = np.argsort(np.take_along_axis(keys, lowest, axis=1), axis=1)
    lowest = np.take_along_axis(lowest, order, axis=1)
    at, place = np.nonzero(np.arange(most) < relevant.sizes[:, None])
    drawn = lowest[at, place]
    false = keys[at, drawn] < 1
    kept[at[false], drawn[false]] = True
    return kept


def _blocks(contender: Contender, graph: Graph) -> Iterator[tuple[np.ndarray, np.ndarray, Relevant]]:
    """Blocks of nodes with their whole rows of scores and their neighbours."""
    n = graph.n_nodes
    step = rows_per_block(n)
    buffer = np.empty(step * n, dtype=np.float32)
    for start in range(0, n, step):
        nodes = np.arange(start, min(start + step, n))
        yield nodes, contender.fill(nodes, buffer), hop_sets(graph.adjacency, nodes, 1).ball(1)


def _precision_of_kept(scores: np.ndarray, relevant: Relevant, kept: np.ndarray) -> np.ndarray:
    """AP of each row among its kept columns alone, divided by the relevant ones kept; the others stand below all and change nothing."""
    row = np.repeat(np.arange(len(scores)), relevant.sizes)
    nodes = _columns(relevant)
    found = kept[row, nodes]
    ends = np.cumsum(np.bincount(row[found], minlength=len(scores)))
    starts = np.concatenate([[0], ends[:-1]])
    scores[~kept] = -np.inf
    own = np.full(len(scores), -1)  # the source itself is among the columns that are not kept
    return ranking_metrics(scores, own, Relevant(nodes[found], starts, ends), n_missing=1)[:, 0]


def _columns(relevant: Relevant) -> np.ndarray:
    """The sets one after the other: at one hop the search leaves nothing between them."""
    return relevant.nodes[relevant.starts[0] : relevant.ends[-1]]


Rule = Callable[[Contender, Graph, np.random.Generator], float]
VARIANTS: dict[str, tuple[Rule, str]] = {
    "mAP_induced1024": (_induced, "mAP of the subgraph induced by 1,024 random nodes, mean of 5 draws"),
    "mAP_pairs10": (partial(_pairs, share=0.1), "AP over a random 10% of each node's candidates"),
    "mAP_pairs1": (partial(_pairs, share=0.01), "AP over a random 1% of each node's candidates"),
    "AP_1to1": (_one_to_one, "one random false candidate for every true one, mean over nodes"),
    "MAP_GEM": (_gem, "pairs u < v alone, positive scores alone, AP divided by the hits, nodes without a hit 0"),
}
