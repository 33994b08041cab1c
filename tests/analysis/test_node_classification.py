"""Node classification: against a plain scikit-learn computation, and at the edges of what labels can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.multiclass import OneVsRestClassifier

import graphemb as ge
from graphemb.analysis.node_classification import best_labels, classify_nodes, degree_features, f1, label_scores
from graphemb.analysis.node_labels import node_labels
from graphemb.errors import ConvergenceWarning, DataError, ParameterError

RNG = np.random.default_rng(0)
N = 120
NAMES = [f"n{i}" for i in range(N)]


def blobs(columns: int = 6, seed: int = 1) -> tuple[ge.Embedding, np.ndarray]:
    """Vectors whose first three columns tell three groups apart, with noise; and the groups."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, N)
    return ge.Embedding(NAMES, 2 * np.eye(columns)[group] + rng.normal(size=(N, columns))), group


def several(group: np.ndarray) -> dict[str, list[str]]:
    """The group of each node, and for every other node the next group too."""
    return {name: [str(g)] + ([str((g + 1) % 3)] if i % 2 else []) for i, (name, g) in enumerate(zip(NAMES, group, strict=True))}


def mean(result: Any, method: str, metric: str, share: float = 0.5) -> float:
    frame = result.to_frame()
    return float(frame[(frame.method == method) & (frame.metric == metric) & (frame.share == share)]["mean"].item())


def plain_scikit_learn(embedding: ge.Embedding, Y: np.ndarray, share: float, repeats: int, C: float) -> dict[str, float]:
    """The same protocol in a few lines of scikit-learn: same orders of nodes, rows of length one, k best labels."""
    X = embedding.vectors / np.maximum(np.linalg.norm(embedding.vectors.astype(float), axis=1, keepdims=True), 1e-30)
    rng = np.random.default_rng(0)
    figures = []
    for order in [rng.permutation(len(X)) for _ in range(repeats)]:
        cut = round(share * len(X))
        train, test = order[:cut], order[cut:]
        model = OneVsRestClassifier(LogisticRegression(C=C, max_iter=1000)).fit(X[train], Y[train])
        scores = model.decision_function(X[test])
        given = np.zeros_like(Y[test])
        for i, k in enumerate(Y[test].sum(axis=1)):
            given[i, np.argsort(-scores[i])[:k]] = 1
        likely = model.predict(X[test])
        found = {f"{a}-F1": f1_score(Y[test], given, average=a) for a in ("micro", "macro")}
        found |= {f"{a}-F1 at 0.5": f1_score(Y[test], likely, average=a) for a in ("micro", "macro")}
        figures.append({**found, "accuracy": accuracy_score(Y[test].argmax(axis=1), given.argmax(axis=1))})
    return {metric: float(np.mean([f[metric] for f in figures])) for metric in figures[0]}


@pytest.mark.parametrize("kind", ["one label", "several labels"])
def test_the_figures_are_those_of_plain_scikit_learn(kind: str) -> None:
    embedding, group = blobs()
    table = several(group) if kind == "several labels" else dict(zip(NAMES, group.tolist(), strict=True))
    labels = node_labels(table)
    result = classify_nodes({"blobs": embedding}, labels, shares=[0.5], repeats=4, C=2.0, baselines=False)
    wanted = plain_scikit_learn(embedding, labels.indicator.toarray().astype(int), 0.5, 4, 2.0)
    frame = result.to_frame().set_index("metric")["mean"]
    assert set(frame.index) == ({"micro-F1", "macro-F1"} | ({"accuracy"} if labels.single else {"micro-F1 at 0.5", "macro-F1 at 0.5"}))
    for metric, value in frame.items():
        assert value == pytest.approx(wanted[str(metric)], abs=1e-9), metric


@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
def test_the_figures_of_ppi_are_those_of_plain_scikit_learn() -> None:
    graph = ge.load_dataset("ppi")
    assert isinstance(graph, ge.Graph)
    labels, embedding = node_labels(graph), ge.Spectral(dim=16, random_state=0).fit(graph).embedding_
    frame = classify_nodes(embedding, labels, shares=[0.5], repeats=1, baselines=False).to_frame().set_index("metric")["mean"]
    wanted = plain_scikit_learn(embedding, labels.indicator.toarray().astype(int), 0.5, 1, 3.0)
    assert frame.to_dict() == {metric: pytest.approx(wanted[metric], abs=1e-9) for metric in frame.index}


def test_vectors_that_know_the_groups_beat_every_baseline(community_graph: ge.Graph) -> None:
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 20)
    labels = node_labels(dict(zip(community_graph.names, group.tolist(), strict=True)), graph=community_graph)
    known = ge.Embedding(community_graph.names, np.eye(3)[group] + 0.1 * rng.normal(size=(60, 3)))
    result = classify_nodes({"known": known}, labels, shares=[0.5], repeats=5)
    assert result.methods == ["known"]
    assert mean(result, "known", "accuracy") > 0.95
    assert all(mean(result, other, "accuracy") < 0.6 for other in ("most frequent", "random", "degree"))
    assert mean(result, "known", "micro-F1") == mean(result, "known", "accuracy")


def test_all_embeddings_have_the_same_splits_and_threads_change_nothing() -> None:
    embedding, group = blobs()
    table = several(group)
    twins = {"one": embedding, "two": embedding.replace(vectors=embedding.vectors[::-1], names=NAMES[::-1])}
    alone, shared = (classify_nodes(twins, table, shares=[0.2, 0.8], repeats=3, n_jobs=jobs).per_repeat() for jobs in (1, 2))
    assert alone.equals(shared)
    values = alone.pivot(index=["share", "metric", "repeat"], columns="method", values="value")
    assert np.allclose(values["one"], values["two"])
    again = classify_nodes(twins, table, shares=[0.2, 0.8], repeats=3, random_state=1).per_repeat()
    assert not again.equals(alone)


def test_splits_of_a_larger_share_hold_those_of_a_smaller_one() -> None:
    """Which is why one share alone gives the figures it gives among others."""
    embedding, group = blobs()
    both = classify_nodes(embedding, several(group), shares=[0.2, 0.8], repeats=2, baselines=False).per_repeat()
    one = classify_nodes(embedding, several(group), shares=[0.8], repeats=2, baselines=False).per_repeat()
    assert both[both.share == 0.8].reset_index(drop=True).equals(one)


def test_a_label_that_no_training_node_has_is_never_given() -> None:
    X, X_test = np.eye(4), np.eye(4)[:2]
    Y = np.array([[1, 0, 1], [0, 0, 1], [1, 0, 1], [0, 0, 1]], dtype=bool)
    scores, stopped = label_scores(X, Y, X_test, 1.0)
    assert stopped == 0
    assert np.isneginf(scores[:, 1]).all() and np.isposinf(scores[:, 2]).all() and np.isfinite(scores[:, 0]).all()
    assert best_labels(scores, np.array([3, 1])).tolist() == [[True, False, True], [False, False, True]]


def test_labels_that_are_too_rare_for_a_training_part_are_counted() -> None:
    embedding, group = blobs()
    table = {name: "rare" if i < 2 else str(g) for i, (name, g) in enumerate(zip(NAMES, group, strict=True))}
    result = classify_nodes(embedding, table, shares=[0.1], repeats=5)
    facts = result.settings["classification"]
    assert facts["nodes of the rarest label"] == 2
    assert 0.2 <= facts["labels without a training node, mean"]["10%"] <= 1
    assert np.isfinite(result.to_frame()["mean"]).all()


def test_macro_f1_leaves_out_labels_that_no_node_has_and_none_is_given() -> None:
    truth = np.array([[1, 0, 0], [0, 1, 0]], dtype=bool)
    assert f1(truth, truth, "macro") == 1.0
    assert f1(truth, np.array([[1, 0, 0], [0, 0, 1]], dtype=bool), "macro") == pytest.approx(1 / 3)
    assert f1(truth, np.zeros_like(truth), "micro") == 0.0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_k_best_are_the_k_highest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, k = rng.integers(0, 4, size=(8, 5)).astype(float), rng.integers(0, 6, 8)
    given = best_labels(scores, k)
    assert (given.sum(axis=1) == k).all()
    kept, left = np.where(given, scores, np.inf).min(axis=1), np.where(given, -np.inf, scores).max(axis=1)
    assert (kept >= left).all()


def test_a_context_is_read_beside_the_vectors_unless_left_out() -> None:
    _, group = blobs()
    told = ge.Embedding(NAMES, RNG.normal(size=(N, 3)), 3 * np.eye(3)[group])
    table = dict(zip(NAMES, group.tolist(), strict=True))
    both = classify_nodes(told, table, shares=[0.5], repeats=3)
    vectors = classify_nodes(told, table, shares=[0.5], repeats=3, include="vectors")
    assert mean(both, "embedding", "accuracy") > 0.9 > 0.6 > mean(vectors, "embedding", "accuracy")
    assert both.settings["classification"]["numbers read"] == {"embedding": 6}
    assert vectors.settings["classification"]["numbers read"] == {"embedding": 3}


def test_missing_and_unlabelled_names_are_counted() -> None:
    embedding, group = blobs()
    table = dict(zip(NAMES, group.tolist(), strict=True)) | {"n0": None, "stranger": "0"}
    facts = classify_nodes(embedding, table, shares=[0.5], repeats=2).settings["classification"]
    assert facts["nodes judged"] == N - 1
    assert facts["nodes without a label"] == 1
    assert facts["labelled nodes without a vector"] == {"embedding": 1}


def test_vectors_of_zeros_are_judged_as_knowing_nothing() -> None:
    table = {name: i % 2 for i, name in enumerate(NAMES)}
    result = classify_nodes(ge.Embedding(NAMES, np.zeros((N, 3))), table, shares=[0.5], repeats=3)
    assert mean(result, "embedding", "accuracy") == mean(result, "most frequent", "accuracy")


def test_degrees_of_both_directions(directed_graph: ge.Graph) -> None:
    features = degree_features(directed_graph)
    assert features.shape == (40, 2) and np.allclose(features.mean(axis=0), 0)
    ring = ge.Graph.from_edges([(i, (i + 1) % 5) for i in range(5)])
    assert np.array_equal(degree_features(ring), np.zeros((5, 1)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shares": [0.5, 1.0]}, "between 0 and 1"),
        ({"shares": []}, "between 0 and 1"),
        ({"shares": [0.5, 0.5]}, "different numbers"),
        ({"repeats": 0}, "repeats must be a whole number"),
        ({"C": 0}, "C must be a number above 0"),
        ({"include": "context"}, "'both' or 'vectors'"),
        ({"n_jobs": 0}, "n_jobs"),
    ],
)
def test_settings_out_of_range_are_refused(arguments: dict[str, Any], words: str) -> None:
    embedding, group = blobs()
    with pytest.raises(ParameterError, match=words):
        classify_nodes(embedding, dict(zip(NAMES, group.tolist(), strict=True)), **arguments)


def test_what_cannot_be_learned_is_refused() -> None:
    embedding, group = blobs()
    with pytest.raises(DataError, match=r"nothing to tell apart: .* 1 label"):
        classify_nodes(embedding, dict.fromkeys(NAMES, "same"))
    with pytest.raises(DataError, match=r"a share of 0.1 of 4 labelled nodes leaves the training part empty"):
        classify_nodes(embedding, {name: i for i, name in enumerate(NAMES[:4])})
    with pytest.raises(DataError, match="none of the 2 labelled names"):
        classify_nodes(embedding, {"x": 0, "y": 1})
    with pytest.raises(ParameterError, match="baselines=False"):
        classify_nodes({"random": embedding}, dict(zip(NAMES, group.tolist(), strict=True)))


def test_fits_that_stop_short_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphemb.analysis.node_classification._ITERATIONS", 1)
    embedding, group = blobs()
    with pytest.warns(ConvergenceWarning, match="logistic regressions did not converge in 1 steps"):
        classify_nodes(embedding, dict(zip(NAMES, group.tolist(), strict=True)), shares=[0.5], repeats=1)
