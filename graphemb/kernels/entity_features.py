"""The features that a layout names, for the entities of a knowledge graph: given matrices, or texts and an encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.text_features import TextFeatures, feature_matrix, text_features
from graphemb.kernels.warn import warn

TEXT, NAME = "text", "name"
NAME_FIELDS = (NAME, "label", "title", "synset")
"""Fields of a table of texts that hold the name by which people know an entity."""


class Source(NamedTuple):
    """Where a feature comes from: a field of the texts, and what encodes it."""

    field: str
    encoder: str


def source_of(feature: str, text: str, fields: Sequence[str]) -> Source:
    """What a feature's name says: "text" and "name" by the encoder ``text``, FIELD by it too, FIELD:ENCODER, or an ENCODER of the text.

    >>> source_of("name:fasttext", "tfidf", ()), source_of("text", "tfidf", ()), source_of("minilm", "tfidf", ())
    (Source(field='name', encoder='fasttext'), Source(field='text', encoder='tfidf'), Source(field='text', encoder='minilm'))
    """
    field, colon, encoder = feature.partition(":")
    known = (TEXT, NAME, *fields)
    if colon and field in known:
        return Source(field, encoder)
    return Source(feature, text) if feature in known else Source(TEXT, feature)


def texts_of_field(data: KnowledgeGraph, field: str) -> Sequence[str]:
    """One text an entity: all of it ("text"), its name, or one field of the table it was read from.

    The name is the field called so, or label, title, synset; where there is none, the entity's own.

    Raises
    ------
    DataError : no texts at all

    >>> texts_of_field(KnowledgeGraph.from_triples([("a", "r", "b")]), "name")
    ['a', 'b']
    """
    if field == NAME:
        field = next((known for known in NAME_FIELDS if known in data.entity_fields), "")
        return data.entity_fields[field] if field else list(data.entities)
    if field == TEXT:
        if data.entity_text is None or not any(data.entity_text):
            raise DataError(
                "this model reads the entities' texts, and the knowledge graph has none; give entity_text, read a folder with an "
                "entity_text table, pass features={NAME: matrix}, or train a model of structure alone, such as ComplEx"
            )
        return data.entity_text
    return data.entity_fields[field]


def entity_features(
    data: KnowledgeGraph, names: Sequence[str], *, text: str, given: Mapping[str, Any] | None = None, random_state: int = 0
) -> dict[str, TextFeatures]:
    """The features by name; what they were made of is their ``encoder``.

    Parameters
    ----------
    data : whose entities, in their order
    names : keys of ``given``, or what :func:`source_of` reads
    text : the encoder where a name says none
    given : matrices by name: see :func:`graphemb.kernels.text_features.feature_matrix`

    >>> facts = KnowledgeGraph(["a", "b"], ["r"], [[0], [0], [1]], entity_text={"a": "a small cat", "b": "a big cat"})
    >>> entity_features(facts, ["text"], text="tfidf")["text"].rows.shape[0]
    2
    """
    found: dict[str, TextFeatures] = {}
    for name in names:
        if given is not None and name in given:
            found[name] = feature_matrix(given[name], data.entities)
        else:
            source = source_of(name, text, tuple(data.entity_fields))
            found[name] = text_features(texts_of_field(data, source.field), source.encoder, random_state=random_state)
        if lacking := int((~found[name].present).sum()):
            warn(f"without {name}: {lacking:,} of {data.n_entities:,} entities; they are told apart by structure alone", DataWarning)
    return found


def feature_notes(features: Mapping[str, TextFeatures]) -> dict[str, dict[str, Any]]:
    """What ``meta`` tells of features."""
    return {name: {"encoder": f.encoder, "columns": f.rows.shape[1], "without": int(np.sum(~f.present))} for name, f in features.items()}
