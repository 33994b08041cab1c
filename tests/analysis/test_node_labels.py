"""Labels: whatever they stand in, and rows of embeddings found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graphemb as ge
from graphemb.analysis.node_labels import match, node_labels
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError

WANTED = {"a": {"red"}, "b": {"blue", "red"}, "c": set(), "d": {"blue"}}


def as_mapping() -> Any:
    return {"a": "red", "b": ["red", "blue"], "c": None, "d": {"blue"}}


def as_joined_text() -> Any:
    return {"a": "red", "b": "blue| red|red", "c": " ", "d": ("blue",)}


def as_rows() -> Any:
    return pd.DataFrame({"node": ["a", "b", "b", "c", "d"], "label": ["red", "red", "blue", None, "blue"]})


def as_indexed_rows() -> Any:
    return pd.DataFrame({"other": 0, "label": ["blue", "red", "red", np.nan, "blue"]}, index=["b", "a", "b", "c", "d"])


def as_graph() -> Any:
    edges = [("a", "b"), ("b", "c"), ("c", "d")]
    return ge.Graph(ge.Graph.from_edges(edges).adjacency, list("abcd"), nodes=pd.DataFrame({"label": ["red", "red|blue", None, "blue"]}))


def as_embedding() -> Any:
    return ge.Embedding(list("abcd"), np.eye(4), attributes=pd.DataFrame({"label": ["red", ["red", "blue"], [], "blue"]}))


@pytest.mark.parametrize("make", [as_mapping, as_joined_text, as_rows, as_indexed_rows, as_graph, as_embedding])
def test_labels_are_the_same_whatever_they_stand_in(make: Callable[[], Any]) -> None:
    labels = node_labels(make())
    found = {
        name: {labels.labels[j] for j in labels.indicator.indices[slice(*labels.indicator.indptr[i : i + 2])]}
        for i, name in enumerate(labels.names)
    }
    assert found == WANTED
    assert labels.indicator.dtype == bool and labels.indicator.data.all()
    assert list(labels.labels) == ["blue", "red"]  # equally frequent: in the order of their text
    assert (labels.n_unlabelled, labels.single, labels.counts.to_dict()) == (1, False, {"blue": 2, "red": 2})
    assert (labels.graph is not None) == (make is as_graph)


def test_numbers_are_names_of_classes_if_they_are_whole() -> None:
    table = pd.DataFrame({"node": [1, 2, 3, 4], "label": [0, 1, None, 1]})  # floats, for the missing one
    labels = node_labels(table)
    assert list(labels.names) == ["1", "2", "3", "4"] and list(labels.labels) == ["1", "0"]
    assert list(node_labels({"a": 3, "b": 3.0, "c": True}).labels) == ["3", "True"]
    with pytest.raises(DataError, match="cut it into classes"):
        node_labels(table.assign(label=[0.5, 1, 2, 3]))


def test_a_separator_of_ones_own_and_none() -> None:
    table = {"a": "x; y", "b": "x|y"}
    assert set(node_labels(table, separator=";").labels) == {"x", "y", "x|y"}
    assert set(node_labels(table, separator=None).labels) == {"x; y", "x|y"}


def test_the_column_is_found_or_asked_for() -> None:
    world = ge.load_dataset("world/borders")
    assert node_labels(world, "region").counts["Africa"] == 60
    with pytest.raises(DataError, match=r"say which holds the labels: code, region"):
        node_labels(world)
    with pytest.raises(UnknownNameError, match=r"'regoin'; did you mean .*'region'"):
        node_labels(world, "regoin")
    with pytest.raises(ParameterError, match="a mapping has no columns"):
        node_labels({"a": 1}, "label")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (ge.Graph.from_edges([("a", "b")]), "no table of nodes"),
        ({"a": None}, "no node has a label"),
        ({}, "no node has a label"),
        (pd.DataFrame({"node": ["a"], "label": [np.nan]}), "in the column 'label'"),
        ("labels.tsv", "got str"),
    ],
    ids=["no table", "no label", "nothing", "an empty column", "a path"],
)
def test_what_holds_no_labels_is_refused(given: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        node_labels(given)


def test_labels_of_names_that_are_no_nodes_are_counted(path_graph: ge.Graph) -> None:
    with pytest.warns(DataWarning, match=r"^2 of the names .* first 'A' \(did you mean 'a'\?\)"):
        labels = node_labels({"d": "x", "A": "y", "z": "y"}, graph=path_graph)
    assert (labels.unknown, labels.n_unlabelled, list(labels.labels)) == (2, 3, ["x"])
    assert labels.graph is path_graph
    with pytest.raises(DataError, match="no name of the labels is a node"):
        node_labels({"A": "y"}, graph=path_graph)


@pytest.mark.parametrize(("name", "nodes", "labels", "several"), [("ppi", 3890, 50, 6640), ("blogcatalog", 10312, 39, 14476)])
@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
def test_the_counts_of_real_data(name: str, nodes: int, labels: int, several: int) -> None:
    found = node_labels(ge.load_dataset(name))
    assert (len(found.labelled), len(found.labels), found.indicator.nnz) == (nodes, labels, several)


# -- labels and embeddings


def test_rows_are_matched_by_name() -> None:
    labels = node_labels({"a": "x", "b": "y", "c": "x", "d": "y"})
    one = ge.Embedding(list("dcxa"), np.arange(8).reshape(4, 2))
    other = ge.Embedding(list("abcd"), np.eye(4))
    found = match({"one": one, "other": other}, labels, labels.labelled)
    assert [labels.names[i] for i in found.nodes] == ["a", "c", "d"]
    assert found.rows["one"].tolist() == [3, 1, 0] and found.rows["other"].tolist() == [0, 2, 3]
    assert found.missing == {"one": 1, "other": 0}


def test_no_name_in_common_is_refused() -> None:
    labels = node_labels({"a": "x", "b": "y"})
    with pytest.raises(DataError, match=r"'numbered' has none of the 2 labelled names, such as 'a'; its own are like '0'"):
        match({"numbered": ge.Embedding(range(2), np.eye(2))}, labels, labels.labelled)
    apart = {"one": ge.Embedding(["a"], [[1.0]]), "two": ge.Embedding(["b"], [[1.0]])}
    with pytest.raises(DataError, match="judge them one by one"):
        match(apart, labels, labels.labelled)
    with pytest.raises(ParameterError, match="no embedding"):
        match({}, labels, labels.labelled)


def test_names_that_stand_in_several_kinds_are_looked_up_among_entities() -> None:
    labels = node_labels({"a": "x", "b": "y"})
    mixed = ge.Embedding(["a", "a", "b"], [[1.0], [2.0], [3.0]], kinds=["relation", "entity", "entity"])
    assert match(mixed, labels, labels.labelled).rows["embedding"].tolist() == [1, 2]
    with pytest.raises(DataError, match="cut it to the kind"):
        match(mixed.replace(kinds=["user", "item", "item"]), labels, labels.labelled)


def test_features_are_rows_of_length_one_with_the_context_where_it_says_more() -> None:
    vectors = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])
    labels = node_labels({"a": "x", "b": "y", "c": "y"})
    signs = match(ge.Embedding(list("abc"), vectors, vectors * [1, -1]), labels, labels.labelled)
    assert np.allclose(signs.features("embedding", "both"), [[0.6, 0.8], [0, 0], [1, 0]])
    sides = match(ge.Embedding(list("abc"), vectors, vectors[[1, 2, 0]]), labels, labels.labelled)
    both = sides.features("embedding", "both")
    assert both.shape == (3, 4) and np.allclose(np.linalg.norm(both, axis=1), 1)
    assert sides.features("embedding", "vectors").shape == (3, 2)


def test_names_of_users_and_items_are_found_by_their_kinds() -> None:
    shop = ge.Embedding(["1", "2", "1"], np.eye(3), kinds=["user", "user", "item"])
    labels = node_labels({"item:1": "new", "user:2": "old"})
    assert match({"shop": shop}, labels, labels.labelled).rows["shop"].tolist() == [2, 1]
    plain = node_labels({"1": "new", "2": "old"})
    with pytest.raises(DataError, match="stand in several kinds of this embedding; call the nodes KIND:NAME"):
        match({"shop": shop}, plain, plain.labelled)
