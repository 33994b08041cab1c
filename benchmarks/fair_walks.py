"""Fair walks: what can be told of a node's group from its vector, and what of the graph is kept, beside plain walks.

    GRAPHEMB_DATA=... python benchmarks/fair_walks.py

DeepWalk and node2vec on the citations of Cora (the attribute is the topic of a paper) and on the land borders of the world (the
region of a country), with plain walks, Fairwalk, and CrossWalk at several shares of crossing steps and exponents.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from harness import data_folder, versions, write

import graphemb as ge
from graphemb.analysis.bias.inference import attribute_inference
from graphemb.analysis.bias.parity import parity
from graphemb.errors import DataWarning
from graphemb.kernels.fair_settings import fair_walker

WALKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "Fairwalk": {"fair": "fairwalk"},
    **{
        f"CrossWalk, alpha {alpha}, exponent {p}": {"fair": "crosswalk", "alpha": alpha, "exponent": p}
        for alpha, p in ((0.3, 2), (0.5, 1), (0.5, 2), (0.5, 4), (0.7, 2), (0.9, 2))
    },
}


def main() -> None:
    """Measure, print and keep the table."""
    data_folder("graphs")
    rows = []
    for name, column, dim, seeds in (("world/borders", "region", 16, 5), ("cora-citation", "label", 64, 1)):
        graph = graph_of(name, column)
        concept = ge.Concept.from_attribute(graph, column)
        for label, settings in WALKS.items():
            methods = (ge.DeepWalk, ge.Node2Vec) if label in ("plain", "Fairwalk", "CrossWalk, alpha 0.5, exponent 2") else (ge.DeepWalk,)
            for method in methods:
                told = settings | ({"groups": column} if settings else {})
                found = [measured(method(dim, **told, random_state=seed), graph, concept) for seed in range(seeds)]
                rows.append({"graph": f"{name}, {column}", "method": method.__name__, "walks": label} | summary(found))
                print(rows[-1], file=sys.stderr)
    notes = (
        "Default walks, 16 columns a side on the borders, 64 on Cora; means over 5 seeds on the borders, with the range of the linear AUC, "
        "one seed on Cora. Nodes without an edge or without a group are left out; directions of citations too. AUC: "
        "five-fold, one group against the rest, of vectors of length one; 0.5 is no inference. Crossing: share of the steps of walks that "
        "change the group. Parity: P(link | same group) - P(link | different groups) of the best-scored pairs, as many as there are edges, "
        "and that of the graph itself. mAP: RESTORE, all nodes, one hop, the method's decoder."
    )
    write("fair_walks", "Fair walks beside plain ones", rows, notes=notes, packages=versions("gensim", "scikit-learn"))


def graph_of(name: str, column: str) -> ge.Graph:
    """The undirected graph of the nodes that have neighbours and a group."""
    graph = ge.load_dataset(name).undirected().without_self_loops()
    while True:
        keep = np.flatnonzero((graph.degree() > 0) & graph.nodes[column].notna().to_numpy())
        if len(keep) == graph.n_nodes:
            return graph
        graph = graph.renumbered(keep)


def measured(method: Any, graph: ge.Graph, concept: ge.Concept) -> dict[str, float]:
    """One embedding: what it tells of groups and what it keeps."""
    e = method.fit(graph).embedding_
    settings = {"walk_length": method.walk_length, "p": method.p, "q": method.q, "random_state": 1}
    walker, _ = fair_walker(graph, method.fair, method.groups, method.alpha, method.exponent, **settings)
    walks, code = walker.walks(0, graph.n_nodes), np.unique(graph.nodes[method.groups or concept.name].astype(str), return_inverse=True)[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        inferred = attribute_inference(e, concept, draws=1).table
        links = parity(e, concept, graph, draws=1).table
    by_classifier = inferred.groupby("classifier")["auc"].mean()
    restored = ge.restore(e, graph, sources="all").to_frame()
    return {
        "crossing": float((code[walks[:, 1:]] != code[walks[:, :-1]])[walks[:, 1:] >= 0].mean()),
        "logistic": float(by_classifier["logistic"]),
        "rbf": float(by_classifier["rbf"]),
        "parity": float(links["difference"].iloc[0]),
        "graph": float(links["graph"].iloc[0]),
        "mAP": float(restored["mAP"].iloc[0]),
    }


def summary(found: list[dict[str, float]]) -> dict[str, Any]:
    """Means over seeds, rounded."""
    mean = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
    linear = [one["logistic"] for one in found]
    return {
        "crossing": round(mean["crossing"], 3),
        "AUC, linear": round(mean["logistic"], 3),
        "its range": f"{min(linear):.3f} to {max(linear):.3f}",
        "AUC, RBF": round(mean["rbf"], 3),
        "parity": round(mean["parity"], 4),
        "of the graph": round(mean["graph"], 4),
        "mAP": round(mean["mAP"], 3),
    }


if __name__ == "__main__":
    main()
