"""What a restoration was: definitions in words, counts, versions; everything needed to judge or repeat it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.kernels.versions import versions
from graphemb.reconstruction.bipartite import CANDIDATES
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.null_model import SUFFIX
from graphemb.reconstruction.rows import Row
from graphemb.reconstruction.sources import BUDGET, sources_in_words

DEFINITIONS = {
    "mAP": "mean of AP over the nodes with at least one relevant node",
    "AP": "(1/r) sum over ranks i of rel_i (relevant among the first i) / i, r the number of relevant nodes; "
    "expected over random orders of tied candidates",
    "candidates": "all nodes but the source itself; none is sampled",
    "ball": "nodes within k hops, unweighted, along the edges, without the source",
    "ring": "nodes at distance exactly k",
    "chance": "expected AP of a random ranking, (1/N)(H_N + (r-1)/(N-1) (N - H_N)), mean over the same nodes",
    "corrected": "(AP - chance) / (1 - chance) of each node, then the mean",
    "lift": "mAP / chance",
    "interval": "95%, normal, design-based with the finite-population factor: it speaks of this graph's mAP and of nothing beyond it",
}
MISSING = {
    "error": "a node without a vector is an error",
    "last": "nodes without a vector are ranked last, level with one another; as sources all candidates are level",
    "drop": "nodes without a vector in any embedding are taken out of the graph",
}
NULL = "the methods fitted anew on {} graph(s) rewired by 5|E| double edge swaps that keep all degrees, each scored on itself, mean"


def describe(
    data: Graph | KnowledgeGraph, graph: Graph, contenders: Sequence[Contender], rows: Sequence[Row], **how: Any
) -> dict[str, Any]:
    """The settings of a restoration as JSON can hold them."""
    seed, whole = how["random_state"], data if isinstance(data, Graph) else graph
    return {
        **({"data_name": data.meta["name"]} if "name" in data.meta else {}),
        "hops": sorted({row.hop for row in rows}),
        "relevant": sorted({row.relevant for row in rows}),
        "sources": {row.direction: sources_in_words(row.sample) for row in rows},
        "budget": f"{BUDGET:.0e} multiply-adds",
        "random_state": seed if isinstance(seed, int) or seed is None else "generator",
        **(_null_in_words(how["null"], contenders) if how.get("null") else {}),
        **({"interactions" if how.get("split") else "knowledge graph": how["reading"]} if how.get("reading") else {}),
        **({"split": how["split"]} if how.get("split") else {}),
        **({"relations": how["relations"], "queries": how["queries"]} if how.get("relations") else {}),
        "missing": _missing(how),
        "graph": {
            "fingerprint": graph.fingerprint,
            "directed": graph.directed,
            "weighted": graph.weighted,
            "nodes": graph.n_nodes,
            "edges": graph.n_edges - graph.n_self_loops,
            "self-loops, never candidates": graph.n_self_loops,
            "isolated nodes, not eligible": int(((graph.degree("out") == 0) & (graph.degree("in") == 0)).sum()),
            "nodes taken out for want of a vector": whole.n_nodes - graph.n_nodes,
            "edges taken out with them": whole.n_edges - graph.n_edges,
        },
        "embeddings": {c.method: _vectors_in_words(c, graph) for c in contenders if c.embedding is not None and not c.baseline},
        "definitions": DEFINITIONS | ({"candidates": CANDIDATES} if how.get("split") else {}),
        "versions": versions(),
    }


def _missing(how: dict[str, Any]) -> dict[str, Any]:
    """What becomes of nodes without a vector, and how many nodes of the whole graph lack one, and names are no node, by method."""
    counts = {name: {"missing": p.n_missing, "extra": len(p.extra) - p.n_other} for name, p in how.get("placed", {}).items()}
    return {"treatment": MISSING[how.get("missing", "error")], "counts": counts}


def _null_in_words(count: int, contenders: Sequence[Contender]) -> dict[str, Any]:
    """How null models were made, and the embeddings that have none because nothing says how to train them again."""
    made = {c.method for c in contenders if c.graph is not None}
    without = [c.method for c in contenders if not c.baseline and c.graph is None and c.method + SUFFIX not in made]
    return {"null": count, "null model": NULL.format(count), **({"without a null model": list(dict.fromkeys(without))} if without else {})}


def _vectors_in_words(contender: Contender, graph: Graph) -> str:
    rows, missing, extra = contender.scorer.n, contender.placement.n_missing, len(contender.placement.extra)
    lacking = f", {missing:,} of {graph.n_nodes:,} nodes without one" if missing else ""
    return f"{rows:,} vectors{lacking}{f', {extra:,} of names that are no node and so no candidates' if extra else ''}"
