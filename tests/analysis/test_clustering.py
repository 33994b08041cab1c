"""Clustering: against a plain scikit-learn computation, at chance, and at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import graphemb as ge
from graphemb.analysis.clustering import cluster_nodes
from graphemb.analysis.node_labels import node_labels
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.random import generator

N = 90
NAMES = [f"n{i}" for i in range(N)]
GROUP = np.repeat([0, 1, 2], 30)
TABLE = {name: f"g{g}" for name, g in zip(NAMES, GROUP, strict=True)}


def blobs(spread: float = 0.3) -> ge.Embedding:
    """Three groups in different directions."""
    return ge.Embedding(NAMES, np.eye(5)[GROUP] + spread * np.random.default_rng(0).normal(size=(N, 5)))


def means(result: Any, metric: str) -> dict[str, float]:
    frame = result.to_frame()
    return frame[frame.metric == metric].set_index("method")["mean"].to_dict()


def test_the_figures_are_those_of_plain_scikit_learn() -> None:
    embedding = blobs(1.0)
    result = cluster_nodes(embedding, TABLE, repeats=3, n_init=2, baselines=False)
    X = embedding.vectors / np.linalg.norm(embedding.vectors.astype(float), axis=1, keepdims=True)
    seeds = generator(0).integers(2**31 - 1, size=3)
    groups = [KMeans(3, n_init=2, random_state=int(seed)).fit_predict(X) for seed in seeds]
    assert means(result, "NMI")["embedding"] == pytest.approx(np.mean([normalized_mutual_info_score(GROUP, g) for g in groups]))
    assert means(result, "ARI")["embedding"] == pytest.approx(np.mean([adjusted_rand_score(GROUP, g) for g in groups]))


def test_groups_are_found_and_chance_is_beside(community_graph: ge.Graph) -> None:
    labels = node_labels(dict(zip(community_graph.names, np.repeat(list("abc"), 20), strict=True)), graph=community_graph)
    known = ge.Embedding(community_graph.names, np.eye(3)[np.repeat([0, 1, 2], 20)])
    result = cluster_nodes({"known": known}, labels, repeats=8)
    assert result.methods == ["known"]
    for metric in ("NMI", "AMI", "ARI"):
        found = means(result, metric)
        assert found["known"] == pytest.approx(1)
        assert max(found["random"], found["shuffled labels"]) < 0.15
    assert abs(means(result, "AMI")["shuffled labels"]) < means(result, "NMI")["shuffled labels"]


def test_the_length_of_a_vector_does_not_matter() -> None:
    embedding = blobs()
    longer = embedding.replace(vectors=embedding.vectors * np.linspace(1, 50, N)[:, None])
    found = means(cluster_nodes({"one": embedding, "longer": longer}, TABLE, repeats=2), "NMI")
    assert found["one"] == pytest.approx(found["longer"])


def test_a_figure_does_not_depend_on_what_stands_beside_it() -> None:
    embedding = blobs(1.0)
    alone = cluster_nodes({"one": embedding}, TABLE, repeats=2, baselines=False)
    among = cluster_nodes({"zero": blobs(), "one": embedding}, TABLE, repeats=2)
    assert means(alone, "NMI")["one"] == means(among, "NMI")["one"]


def test_nodes_with_several_labels_are_left_out_and_counted() -> None:
    table = {**TABLE, "n0": ["g0", "g1"], "n1": ["g1", "other"], "n2": None, "stranger": "g0"}
    facts = cluster_nodes(blobs(), table, repeats=1).settings["clustering"]
    assert facts["nodes with several labels, left out"] == 2
    assert (facts["nodes judged"], facts["nodes without a label"], facts["labels"], facts["k"]) == (N - 3, 1, 3, 3)
    assert facts["labelled nodes without a vector"] == {"embedding": 1}


def test_another_number_of_clusters() -> None:
    result = cluster_nodes(blobs(), TABLE, k=6, repeats=2)
    assert result.settings["clustering"]["k"] == 6
    assert 0.5 < means(result, "NMI")["embedding"] < 1


def test_vectors_that_are_all_alike_tell_nothing() -> None:
    result = cluster_nodes(ge.Embedding(NAMES, np.ones((N, 2))), TABLE, repeats=2)
    assert means(result, "NMI")["embedding"] == 0


@pytest.mark.parametrize(
    ("table", "arguments", "error", "words"),
    [
        (TABLE, {"k": 1}, ParameterError, "k must be a whole number"),
        (TABLE, {"k": 91}, DataError, "90 nodes with a vector and one label, fewer than the 91 clusters"),
        (TABLE, {"repeats": 0}, ParameterError, "repeats"),
        (TABLE, {"n_init": 0}, ParameterError, "n_init"),
        (TABLE, {"include": "context"}, ParameterError, "include"),
        (dict.fromkeys(NAMES, "same"), {}, DataError, "the same label"),
        (dict.fromkeys(NAMES, ("a", "b")), {}, DataError, "all 90 labelled nodes have several labels"),
        ({"x": "a", "y": "b"}, {}, DataError, "none of the 2 labelled names"),
    ],
)
def test_what_cannot_be_done_is_refused(table: Any, arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        cluster_nodes(blobs(), table, **arguments)


def test_names_of_baselines_are_taken() -> None:
    for name in ("shuffled labels", "random"):
        with pytest.raises(ParameterError, match="baselines=False"):
            cluster_nodes({name: blobs()}, TABLE, repeats=1)
        assert cluster_nodes({name: blobs()}, TABLE, repeats=1, baselines=False).methods == [name]
