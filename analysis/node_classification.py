"""Node classification: can the labels of nodes be told from their vectors, and from how many known labels?"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from graphemb.analysis.node_labels import Embeddings, Labelled, Matched, NodeLabels, match, node_labels
from graphemb.analysis.probe_result import ProbeResult, ProbeRow
from graphemb.analysis.provenance import seed_in_words
from graphemb.errors import ConvergenceWarning, DataError, ParameterError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.threads import in_threads, thread_count
from graphemb.kernels.versions import versions
from graphemb.kernels.warn import warn

Include = Literal["both", "vectors"]
PROBE = "classification"
FREQUENT = "most frequent"
SHARES = (0.1, 0.5, 0.9)
_ITERATIONS = 1000

DEFINITIONS = {
    "classifier": "one logistic regression a label against all others, ridge penalty 1/C, fitted on the training part",
    "micro-F1": "2 TP / (2 TP + FP + FN) with the counts of all labels added up; of single labels it is the accuracy",
    "macro-F1": "the mean over labels of 2 TP / (2 TP + FP + FN); labels that no test node has and none is given are left out of it",
    "accuracy": "share of the test nodes whose label is found",
    "several labels": "a test node is given its k best-scored labels, k being the number of labels that it truly has",
    "at 0.5": "a test node is given every label whose probability is above 0.5, how many it truly has being unknown",
    "interval": "95%, corrected resampled t over repeated splits of the same nodes (Nadeau and Bengio 2003)",
    FREQUENT: "scores are the shares of labels in the training part; no vector is read",
    "random": "independent normal vectors, as many numbers as the widest embedding has",
    "degree": "the logarithm of 1 + degree (out and in), standardised, as the only feature",
}


@dataclass(frozen=True)
class _Judged:
    """What all splits share: who is judged by what, on which labels."""

    features: dict[str, np.ndarray]
    Y: np.ndarray
    single: bool
    C: float


def classify_nodes(
    embeddings: Embeddings,
    labels: NodeLabels | Labelled,
    *,
    shares: Iterable[float] = SHARES,
    repeats: int = 10,
    include: Include = "both",
    C: float = 3.0,
    baselines: bool = True,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> ProbeResult:
    """Learn labels from the vectors of a share of the nodes, and find those of the rest.

    For every repeat the labelled nodes are put in a random order; the first ``share`` of them are the training part, so
    all embeddings are judged on the same splits. A row is the vector (and the context beside it) at length one. For each label l a
    logistic regression (scikit-learn's, L-BFGS) minimises

        1/2 ||w||^2 + C sum_i log(1 + exp(-y_il (w . x_i + b))),    y_il = 1 if node i has l, else -1.

    A node with one label gets the best-scored one. Where nodes have several, the k best are given, k being how many the node
    truly has: the protocol of Perozzi et al., "DeepWalk", arXiv 1403.6652, and its successors. The rows "... at 0.5" do without that
    knowledge. A label that no training node has is never given, one that all have always.

    Parameters
    ----------
    embeddings : one embedding, several, or a mapping of names to them; rows are found by name, and the nodes judged are those
        that all have
    labels : :class:`NodeLabels`, or what :func:`node_labels` reads without more being said
    shares : of the labelled nodes, as training part; each between 0 and 1
    repeats : random orders of the nodes
    include : "both" puts the context beside the vector where it says more (``numbers_per_node``), "vectors" leaves it out
    C : weight of the data against the penalty. Of 1, 3, 10 and 30, 3 has the best or nearly the best micro-F1 on the data sets
        of docs/probes.md
    baselines : for perspective the shares of labels, random vectors and, where the labels know their graph, the degree
    n_jobs : threads; the figures do not depend on it

    Raises
    ------
    DataError : fewer than two labels, a part without nodes, an embedding without any of the names
    ParameterError : a setting outside its range

    >>> from graphemb.data.embedding import Embedding
    >>> line = Embedding(range(40), [[i / 10, 1] for i in range(40)])
    >>> result = classify_nodes({"line": line}, {i: "low" if i < 20 else "high" for i in range(40)}, shares=[0.5], C=100)
    >>> result.to_frame().query("metric == 'accuracy'").set_index("method")["mean"].round(1).to_dict()
    {'line': 1.0, 'most frequent': 0.4, 'random': 0.6}
    """
    shares = _checked(shares, repeats, include, C)
    labels = labels if isinstance(labels, NodeLabels) else node_labels(labels)
    matched = match(embeddings, labels, labels.labelled)
    Y = np.ascontiguousarray(labels.indicator[matched.nodes].toarray())
    Y = Y[:, Y.any(axis=0)]
    sizes = part_sizes(shares, *Y.shape)
    rng = generator(random_state)
    orders = [rng.permutation(len(Y)) for _ in range(repeats)]
    features = {name: matched.features(name, include) for name in matched.embeddings}
    widths = {name: X.shape[1] for name, X in features.items()}
    others = _baselines(labels, matched.nodes, max(widths.values()), rng) if baselines else {}
    if not others.keys().isdisjoint(features):
        raise ParameterError(f"the names {', '.join(others)} are those of baselines; give the embeddings others, or baselines=False")
    judged = _Judged(features | others, Y, bool((Y.sum(axis=1) == 1).all()), C)
    figures, unseen = _all_splits(judged, orders, sizes, n_jobs, progress)
    counts = _counts(labels, matched, Y, dict(zip(shares, unseen, strict=True)))
    settings = {
        "classifier": f"one logistic regression a label (scikit-learn, L-BFGS), C = {C:g}, on rows of length one",
        **{"shares": list(shares), "repeats": repeats, "include": include, "C": C, "numbers read": widths},
        "random_state": seed_in_words(random_state),
        **counts,
        **provenance(labels, matched),
        "definitions": {k: v for k, v in DEFINITIONS.items() if k not in (FREQUENT, "random", "degree") or k in others},
        "versions": versions(),
    }
    return ProbeResult(_rows(judged, figures, shares, sizes, set(others)), {PROBE: settings})


def _checked(shares: Iterable[float], repeats: int, include: str, C: float) -> tuple[float, ...]:
    shares = (shares,) if isinstance(shares, (int, float)) else tuple(float(s) for s in shares)
    if not shares or not all(0 < s < 1 for s in shares) or len(set(shares)) < len(shares):
        raise ParameterError(f"shares must be different numbers between 0 and 1, got {list(shares)}")
    require_whole("repeats", repeats)
    require_positive("C", C)
    if include not in get_args(Include):
        raise ParameterError(f"include must be 'both' or 'vectors', got {include!r}")
    return shares


def part_sizes(shares: Iterable[float], n: int, n_labels: int) -> list[int]:
    """Of n nodes those in the training part of every share; :class:`DataError` for an empty part, or fewer than two labels."""
    if n_labels < 2:
        raise DataError(f"there is nothing to tell apart: the nodes with a vector have {n_labels} label; two or more are needed")
    sizes = [round(share * n) for share in shares]
    for share, size in zip(shares, sizes, strict=True):
        if not 0 < size < n:
            raise DataError(f"a share of {share:g} of {n:,} labelled nodes leaves the {'test' if size else 'training'} part empty")
    return sizes


def _baselines(labels: NodeLabels, nodes: np.ndarray, width: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Features that know less than a vector does; the first one has no column at all."""
    made = {FREQUENT: np.empty((len(nodes), 0)), "random": rng.standard_normal((len(nodes), width))}
    made["random"] /= np.linalg.norm(made["random"], axis=1, keepdims=True)
    if labels.graph is not None:
        made["degree"] = degree_features(labels.graph)[nodes]
    return made


def degree_features(graph: Any) -> np.ndarray:
    """log(1 + degree) of every node, standardised: (n, 1), or (n, 2) for the two directions of a directed graph."""
    columns = np.log1p(np.column_stack([graph.degree(d) for d in (("out", "in") if graph.directed else ("out",))]))
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1))


# -- one split


def _all_splits(
    judged: _Judged, orders: list[np.ndarray], sizes: list[int], n_jobs: int | None, progress: bool
) -> tuple[dict[tuple[str, int, int], dict[str, float]], list[float]]:
    """Figures by method, share and repeat; and for every share how many labels, on average, no training node has."""
    from sklearn.exceptions import ConvergenceWarning as Unconverged
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    tasks = [(name, s, r) for r in range(len(orders)) for s in range(len(sizes)) for name in judged.features]
    figures: dict[tuple[str, int, int], dict[str, float]] = {}
    stopped = 0

    def work(first: int, last: int) -> int:
        short = 0
        for name, s, r in tasks[first:last]:
            figures[name, s, r], n = _one_split(judged, name, orders[r][: sizes[s]], orders[r][sizes[s] :])
            short += n
            advance(1)
        return short

    with progress_bar(progress, "classifying", len(tasks)) as advance, warnings.catch_warnings():
        warnings.simplefilter("ignore", Unconverged)  # counted instead
        jobs = thread_count(n_jobs)
        with threadpool_limits(1 if jobs > 1 or n_jobs == 1 else None, user_api="blas"):
            stopped = sum(in_threads(work, len(tasks), jobs))
    if stopped:
        warn(f"{stopped:,} logistic regressions did not converge in {_ITERATIONS:,} steps; a smaller C helps", ConvergenceWarning)
    unseen = [float(np.mean([np.count_nonzero(~judged.Y[order[:size]].any(axis=0)) for order in orders])) for size in sizes]
    return figures, unseen


def _one_split(judged: _Judged, name: str, train: np.ndarray, test: np.ndarray) -> tuple[dict[str, float], int]:
    """Figures of one method on one split, and how many fits did not converge."""
    X, Y = judged.features[name], judged.Y
    scores, stopped = label_scores(X[train], Y[train], X[test], judged.C)
    return _measures(scores, Y[test], judged.single), stopped


def label_scores(X: np.ndarray, Y: np.ndarray, X_test: np.ndarray, C: float) -> tuple[np.ndarray, int]:
    """The log-odds of every label for every test node, float64 (m, labels), and how many fits did not converge.

    Where there is one class only nothing is fitted: a label without a positive gets -inf and one without a negative +inf (scikit-learn's
    ``OneVsRestClassifier`` gives 0, which beats the negative scores of labels that were learned).
    """
    from sklearn.linear_model import LogisticRegression

    share = Y.mean(axis=0)
    with np.errstate(divide="ignore"):
        scores = np.tile(np.log(share) - np.log1p(-share), (len(X_test), 1))
    stopped = 0
    for label in np.flatnonzero((share > 0) & (share < 1) & (X.shape[1] > 0)):
        model = LogisticRegression(C=C, max_iter=_ITERATIONS).fit(X, Y[:, label])
        scores[:, label] = model.decision_function(X_test)
        stopped += int(model.n_iter_[0] >= _ITERATIONS)
    return scores, stopped


def best_labels(scores: np.ndarray, k: np.ndarray) -> np.ndarray:
    """The ``k`` best-scored labels of every node, boolean (m, labels); of equal ones the first, and never one of score -inf.

    >>> best_labels(np.array([[0.5, 2.0, 1.0], [1.0, 1.0, -np.inf]]), np.array([2, 1])).astype(int).tolist()
    [[0, 1, 1], [1, 0, 0]]
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    given = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(given, order, np.arange(scores.shape[1]) < k[:, None], axis=1)
    return given & (scores > -np.inf)


def _measures(scores: np.ndarray, truth: np.ndarray, single: bool) -> dict[str, float]:
    given = best_labels(scores, truth.sum(axis=1))
    found = {"micro-F1": f1(truth, given, "micro"), "macro-F1": f1(truth, given, "macro")}
    if single:
        return {"accuracy": float((truth & given).any(axis=1).mean()), **found}
    likely = scores > 0
    return {**found, "micro-F1 at 0.5": f1(truth, likely, "micro"), "macro-F1 at 0.5": f1(truth, likely, "macro")}


def f1(truth: np.ndarray, given: np.ndarray, average: Literal["micro", "macro"]) -> float:
    """F1 of labels that were given, boolean (m, labels), as in ``DEFINITIONS``."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, given, average=average, zero_division=np.nan))


# -- what is told


def _rows(
    judged: _Judged, figures: dict[tuple[str, int, int], dict[str, float]], shares: tuple[float, ...], sizes: list[int], baselines: set[str]
) -> Iterable[ProbeRow]:
    repeats = 1 + max(r for _, _, r in figures)
    for metric in next(iter(figures.values())):
        for s, (share, size) in enumerate(zip(shares, sizes, strict=True)):
            for name in judged.features:
                values = tuple(figures[name, s, r][metric] for r in range(repeats))
                score = "frequency" if name == FREQUENT else "logistic"
                ratio = (len(judged.Y) - size) / size
                yield ProbeRow(PROBE, name, score, share, metric, values, ratio, baseline=name in baselines)


def _counts(labels: NodeLabels, matched: Matched, Y: np.ndarray, unseen: dict[float, float]) -> dict[str, Any]:
    return {
        "nodes judged": len(Y),
        "labels": Y.shape[1],
        "labels a node": float(Y.sum(axis=1).mean()),
        "nodes with several labels": int((Y.sum(axis=1) > 1).sum()),
        "nodes of the rarest label": int(Y.sum(axis=0).min()),
        "nodes without a label": labels.n_unlabelled,
        "labelled nodes without a vector": matched.missing,
        "labels without a training node, mean": {f"{share:.0%}": count for share, count in unseen.items()},
    }


def provenance(labels: NodeLabels, matched: Matched) -> dict[str, Any]:
    """Which labels of which graph, and how the embeddings were made, as their ``meta`` tells."""
    graph, told = labels.graph, ("method", "parameters", "random_state", "seconds")
    facts: dict[str, Any] = {"label column": labels.column} if labels.column else {}
    if graph is not None:
        name = graph.meta.get("dataset") or graph.meta.get("name") or graph.meta.get("source")
        facts |= {"data_name": str(name)} if name else {}
        facts["graph"] = {k: getattr(graph, k) for k in ("fingerprint", "n_nodes", "n_edges", "directed", "weighted")}
    made = {name: {k: e.meta[k] for k in told if e.meta.get(k) is not None} for name, e in matched.embeddings.items()}
    return {**facts, "methods": made}
