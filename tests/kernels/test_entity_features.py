"""Features by name: fields, encoders, given matrices, texts that are not there."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.entity_features import Source, entity_features, feature_notes, source_of, texts_of_field
from graphemb.kernels.text_features import text_features

NAMES = ["Q1", "Q2", "Q3"]
FIELDS = {"label": ["Lisbon", "Porto", "Tagus"], "description": ["a white city", "a city of wine", "a long river"]}


def facts(**texts: Any) -> KnowledgeGraph:
    return KnowledgeGraph(NAMES, ["near"], [[0, 1], [0, 0], [1, 2]], **texts)


@pytest.mark.parametrize(
    ("feature", "source"),
    [
        ("text", Source("text", "word2vec")),
        ("name", Source("name", "word2vec")),
        ("description", Source("description", "word2vec")),
        ("description:tfidf", Source("description", "tfidf")),
        ("name:tfidf:dim=4", Source("name", "tfidf:dim=4")),
        ("minilm", Source("text", "minilm")),
        ("tfidf:dim=4", Source("text", "tfidf:dim=4")),  # no field is called tfidf
        ("label", Source("label", "word2vec")),
    ],
)
def test_what_a_name_says(feature: str, source: Source) -> None:
    assert source_of(feature, "word2vec", tuple(FIELDS)) == source


def test_a_field_before_an_encoder_of_that_name() -> None:
    assert source_of("tfidf", "glove", ("tfidf",)) == Source("tfidf", "glove")


def test_texts_of_fields() -> None:
    data = facts(entity_fields=FIELDS)
    assert list(texts_of_field(data, "description")) == FIELDS["description"]
    assert list(texts_of_field(data, "name")) == FIELDS["label"]  # a name by another word
    assert texts_of_field(data, "text")[0] == "Lisbon: a white city"
    assert list(texts_of_field(facts(entity_text=["x", "y", "z"]), "name")) == NAMES
    both = facts(entity_fields={**FIELDS, "name": ["L", "P", "T"]})
    assert list(texts_of_field(both, "name")) == ["L", "P", "T"]


@pytest.mark.parametrize("texts", [{}, {"entity_text": ["", "", ""]}])
def test_no_texts_at_all(texts: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="the knowledge graph has none; give entity_text"):
        texts_of_field(facts(**texts), "text")


def test_features_are_those_of_their_texts() -> None:
    data = facts(entity_fields=FIELDS)
    found = entity_features(data, ["text", "description:tfidf:dim=2", "name"], text="tfidf")
    assert list(found) == ["text", "description:tfidf:dim=2", "name"]
    np.testing.assert_array_equal(found["text"].rows, text_features(data.entity_text, "tfidf").rows)
    np.testing.assert_array_equal(found["description:tfidf:dim=2"].rows, text_features(FIELDS["description"], "tfidf:dim=2").rows)
    np.testing.assert_array_equal(found["name"].rows, text_features(FIELDS["label"], "tfidf").rows)
    assert found["text"].encoder == "tfidf" and found["description:tfidf:dim=2"].encoder == "tfidf:dim=2"


def test_given_matrices_come_first_and_are_matched_by_name() -> None:
    rows = np.float32([[1, 2], [3, 4], [5, 6]])
    shapes: list[Any] = [
        rows,
        pd.DataFrame(rows[::-1], index=NAMES[::-1]),
        dict(zip(NAMES, rows.tolist(), strict=True)),
        Embedding(NAMES[::-1], rows[::-1]),
    ]
    data = facts(entity_fields=FIELDS)
    for given in shapes:
        found = entity_features(data, ["description", "text"], text="tfidf", given={"description": given})
        np.testing.assert_array_equal(found["description"].rows, rows)
        assert found["description"].encoder == "given" and found["text"].encoder == "tfidf"


def test_a_matrix_of_another_size() -> None:
    with pytest.raises(DataError):
        entity_features(facts(), ["gloss"], text="tfidf", given={"gloss": np.ones((2, 4))})


def test_an_unknown_encoder() -> None:
    with pytest.raises(UnknownNameError, match="tfidf"):
        entity_features(facts(entity_fields=FIELDS), ["tfidff"], text="tfidf")


def test_entities_without_a_feature_are_warned_of_and_counted() -> None:
    data = facts(entity_text=["a white city", "", "a long river"])
    with pytest.warns(DataWarning, match="without text: 1 of 3 entities"):
        found = entity_features(data, ["text"], text="tfidf")
    assert not found["text"].rows[1].any() and found["text"].rows[[0, 2]].any(axis=1).all()
    with pytest.warns(DataWarning, match="without gloss: 2 of 3 entities"):
        given = entity_features(data, ["gloss"], text="tfidf", given={"gloss": {"Q2": [1.0, 2.0]}})
    told = feature_notes({**found, **given})
    assert told["text"]["without"] == 1 and told["text"]["encoder"] == "tfidf" and told["text"]["columns"] == found["text"].dim
    assert told["gloss"] == {"encoder": "given", "columns": 2, "without": 2}


def test_nothing_is_said_where_all_have_one() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = entity_features(facts(entity_fields=FIELDS), ["text"], text="tfidf")
    assert feature_notes(found)["text"]["without"] == 0
