"""Clustering: do groups of near vectors agree with the labels of nodes?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from graphemb.analysis.node_classification import Include, degree_features, provenance
from graphemb.analysis.node_labels import Embeddings, Labelled, NodeLabels, match, node_labels
from graphemb.analysis.probe_result import ProbeResult, ProbeRow
from graphemb.analysis.provenance import seed_in_words
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.versions import versions

PROBE = "clustering"
SHUFFLED = "shuffled labels"
LIMITS = {"NMI": (0.0, 1.0), "AMI": (-1.0, 1.0), "ARI": (-1.0, 1.0)}
_ONE_THREAD = 5_000

DEFINITIONS = {
    "NMI": "mutual information of clusters and labels over the mean of their entropies; 1 where they agree, above 0 by chance",
    "AMI": "the same less what chance gives: (MI - E[MI]) / (mean entropy - E[MI]); 0 by chance",
    "ARI": "pairs of nodes on which clusters and labels agree, less what chance gives; 0 by chance",
    "nodes": "those with one label; nodes with several are left out",
    "interval": "95%, t over independent starts of k-means on the same vectors and nodes: it speaks of the starts, not of other nodes",
    SHUFFLED: "the labels themselves in random order, as clusters",
    "random": "independent normal vectors, as many numbers as the widest embedding has",
    "degree": "the logarithm of 1 + degree (out and in), standardised, as the only feature",
}


def cluster_nodes(
    embeddings: Embeddings,
    labels: NodeLabels | Labelled,
    *,
    k: int | None = None,
    repeats: int = 10,
    include: Include = "both",
    n_init: int = 10,
    baselines: bool = True,
    random_state: RandomState = 0,
    progress: bool = False,
) -> ProbeResult:
    """Group nodes by k-means on their vectors, and compare the groups with the labels.

    A row is the vector (and the context beside it) at length one, so that k-means (scikit-learn's) goes by angles. Groups and labels are
    compared by the normalised and the adjusted mutual information and the adjusted Rand index: Vinh, Epps, Bailey,
    "Information theoretic measures for clusterings comparison", JMLR 11 (2010). NMI grows with k by chance alone, AMI and ARI do not.
    Nodes with several labels belong to no single group; they are left out and counted.

    Parameters
    ----------
    embeddings, labels, include, baselines : as in :func:`graphemb.analysis.node_classification.classify_nodes`
    k : clusters; if not given as many as there are labels
    repeats : independent runs; the interval over them speaks of the starts of k-means alone, as vectors and nodes are the same
    n_init : starts of a run, of which the one with the least inertia counts

    Raises
    ------
    DataError : fewer than two labels among the nodes with one, fewer nodes than clusters, an embedding without any of the names
    ParameterError : a setting outside its range

    >>> from graphemb.data.embedding import Embedding
    >>> sides = Embedding(range(20), [[1, i / 50] if i < 10 else [i / 50, 1] for i in range(20)])
    >>> result = cluster_nodes(sides, {i: "low" if i < 10 else "high" for i in range(20)}, repeats=2, baselines=False)
    >>> result.to_frame()[["metric", "mean"]].round(3).to_numpy().tolist()
    [['NMI', 1.0], ['AMI', 1.0], ['ARI', 1.0]]
    """
    require_whole("repeats", repeats)
    require_whole("n_init", n_init)
    if include not in get_args(Include):
        raise ParameterError(f"include must be 'both' or 'vectors', got {include!r}")
    labels = labels if isinstance(labels, NodeLabels) else node_labels(labels)
    nodes, n_several = _with_one_label(labels)
    matched = match(embeddings, labels, nodes)
    truth = np.unique(labels.indicator[matched.nodes].indices, return_inverse=True)[1]
    clusters = _clusters(k, truth)
    rng = generator(random_state)
    features = {name: matched.features(name, include) for name in matched.embeddings}
    widths = {name: X.shape[1] for name, X in features.items()}
    seeds = [int(seed) for seed in rng.integers(2**31 - 1, size=repeats)]
    others = _baselines(labels, matched.nodes, max(widths.values()), rng) if baselines else {}
    if not others.keys().isdisjoint(features) or (baselines and SHUFFLED in features):
        raise ParameterError(f"{SHUFFLED}, {', '.join(others)} are names of baselines; give the embeddings others, or baselines=False")
    groupings = _groupings(features | others, clusters, n_init) | (
        {SHUFFLED: lambda seed: generator(seed).permutation(truth)} if baselines else {}
    )
    values = _all_runs(groupings, truth, seeds, progress)
    settings: dict[str, Any] = {
        "clusters": f"k-means (scikit-learn), k = {clusters}, the best of {n_init} starts, on rows of length one",
        **{"k": clusters, "n_init": n_init, "repeats": repeats, "include": include, "numbers read": widths},
        "random_state": seed_in_words(random_state),
        **{"nodes judged": len(truth), "labels": int(truth.max()) + 1, "nodes with several labels, left out": n_several},
        **{"nodes without a label": labels.n_unlabelled, "labelled nodes without a vector": matched.missing},
        **provenance(labels, matched),
        "definitions": {word: text for word, text in DEFINITIONS.items() if word not in ("random", "degree") or word in others},
        "versions": versions(),
    }
    rows = [
        ProbeRow(
            PROBE,
            name,
            "shuffled" if name == SHUFFLED else "k-means",
            None,
            metric,
            tuple(values[name][metric]),
            limits=limits,
            baseline=name not in features,
        )
        for metric, limits in LIMITS.items()
        for name in groupings
    ]
    return ProbeResult(rows, {PROBE: settings})


def _with_one_label(labels: NodeLabels) -> tuple[np.ndarray, int]:
    """Nodes with one label, and how many have more."""
    nodes, n_several = np.flatnonzero(labels.per_node == 1), int((labels.per_node > 1).sum())
    if not len(nodes):
        raise DataError(f"all {n_several:,} labelled nodes have several labels, and clusters are compared with single ones")
    return nodes, n_several


def _clusters(k: int | None, truth: np.ndarray) -> int:
    """The number of clusters, checked against the nodes there are."""
    n_labels = int(truth.max()) + 1
    if n_labels < 2:
        raise DataError("all nodes with a vector and one label have the same label; two labels or more are needed")
    if k is not None:
        require_whole("k", k, least=2)
    clusters = k or n_labels
    if clusters > len(truth):
        raise DataError(f"there are {len(truth):,} nodes with a vector and one label, fewer than the {clusters:,} clusters asked for")
    return clusters


def _baselines(labels: NodeLabels, nodes: np.ndarray, width: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Features that know less than a vector does."""
    made = {"random": rng.standard_normal((len(nodes), width))}
    made["random"] /= np.linalg.norm(made["random"], axis=1, keepdims=True)
    return made if labels.graph is None else {**made, "degree": degree_features(labels.graph)[nodes]}


Grouping = Callable[[int], np.ndarray]


def _groupings(features: dict[str, np.ndarray], k: int, n_init: int) -> dict[str, Grouping]:
    """By method, the function from a seed to the cluster of every node."""
    from sklearn.cluster import KMeans

    def grouping(X: np.ndarray) -> Grouping:
        return lambda seed: KMeans(k, n_init=n_init, random_state=seed).fit_predict(X)

    return {name: grouping(X) for name, X in features.items()}


def _all_runs(groupings: dict[str, Grouping], truth: np.ndarray, seeds: list[int], progress: bool) -> dict[str, dict[str, list[float]]]:
    """By method and metric, a figure for every run; all methods have the same seeds."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    measures = {"NMI": normalized_mutual_info_score, "AMI": adjusted_mutual_info_score, "ARI": adjusted_rand_score}
    values: dict[str, dict[str, list[float]]] = {name: {metric: [] for metric in LIMITS} for name in groupings}
    with (
        progress_bar(progress, "clustering", len(seeds) * len(groupings)) as advance,
        warnings.catch_warnings(),
        threadpool_limits(1 if len(truth) <= _ONE_THREAD else None),  # threads that wait for one another cost more than they save
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct vectors than clusters: some stay empty
        for seed in seeds:
            for name, grouping in groupings.items():
                groups = grouping(seed)
                for metric, measure in measures.items():
                    values[name][metric].append(float(measure(truth, groups)))
                advance(1)
    return values
