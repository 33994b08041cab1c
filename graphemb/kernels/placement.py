"""Entities that were not there at the fit, placed among those that were by their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.embedding_parts import BY_ROW
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.entity_features import NAME, TEXT, entity_features, source_of
from graphemb.kernels.side_by_side import side_by_side
from graphemb.kernels.triple_layout import Layout

if TYPE_CHECKING:
    from graphemb.kernels.triple_model import TripleModel

WEIGHTS, INTERCEPT = "structure.weights", "structure.intercept"
"""The map from features to structure."""


def _prefix(model: int) -> str:
    """How parameters begin that place entities in one of the models side by side."""
    return f"place.{model}."


def placement_arrays(models: Sequence[TripleModel]) -> dict[str, np.ndarray]:
    """What places new entities: the projections of texts, and the map that predicts structure from them."""
    arrays: dict[str, np.ndarray] = {}
    for i, model in enumerate(models):
        found = model.structure_map()
        own = {**model.projections.state_dict(), WEIGHTS: found.weights, INTERCEPT: found.intercept}
        arrays |= {_prefix(i) + key: value.detach().cpu().numpy().copy() for key, value in own.items()}
    return arrays


def place(embedding: Embedding, data: KnowledgeGraph, texts: Mapping[str, str]) -> Embedding:
    """The embedding with further entities, each made of its text and the structure that its text predicts.

    Parameters
    ----------
    embedding : of Tetra, Robin or Lion
    data : what it was trained on: encoders that learn from texts, such as TF-IDF, are fitted on the same texts again
    texts : by the name of a new entity

    Returns
    -------
    Embedding with the new entities below its own, and their names in ``meta["placed"]``

    Raises
    ------
    DataError : an embedding without text, other data, a name that is taken, a feature that is no text
    ParameterError : texts that are no mapping

    >>> from graphemb.knowledge.tetra import Tetra
    >>> facts = KnowledgeGraph(["Lisbon", "Portugal"], ["capital_of"], [[0], [0], [1]], entity_text=["a city", "a country by the sea"])
    >>> e = Tetra(dim=8, epochs=2).fit(facts).embedding_
    >>> list(place(e, facts, {"Madrid": "a city"}).names)
    ['Lisbon', 'Portugal', 'Madrid']
    """
    if not isinstance(texts, Mapping):
        raise ParameterError(f"texts map the names of new entities to their texts, got {type(texts).__name__}")
    notes = embedding.meta.get("notes", {})
    if _prefix(0) + INTERCEPT not in embedding.parameters or "features" not in notes:
        raise DataError("this embedding reads no texts, so nothing but facts can place an entity; train tetra, which does")
    if embedding.meta["data"].get("fingerprint") != data.fingerprint:
        raise DataError("new entities are placed by what was learned from the embedding's own data, and these are other data")
    if taken := [name for name in texts if name in data.entities]:
        raise DataError(f"the entity {taken[0]!r} is in the data already; give the new one another name")
    features = _features(data, {str(name): str(text) for name, text in texts.items()}, notes["features"])
    arrays = [_model(embedding, i, said, features, len(texts)).read_out() for i, said in enumerate(notes["models"])]
    vectors = side_by_side([own["entities"] for own in arrays], _layout(notes["models"][0]).n_parts)
    return _appended(embedding, list(texts), {**arrays[0], "entities": vectors})


def _layout(said: Mapping[str, Any]) -> Layout:
    settings: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in said.items() if key != "columns"}
    return Layout(**settings)


def _features(data: KnowledgeGraph, texts: Mapping[str, str], said: Mapping[str, Any]) -> dict[str, np.ndarray]:
    names = [name for name in said if name != "encoder"]
    found = {}
    for name in names:
        if said[name]["encoder"] == "given":
            raise DataError(f"the feature {name!r} was given as a matrix, which has no row for an entity that is not in the data")
        field = source_of(name, said["encoder"], tuple(data.entity_fields)).field
        if field not in (TEXT, NAME):
            raise DataError(f"the feature {name!r} reads the field {field!r} of the table of texts, which a new entity does not have")
        asked = list(texts) if field == NAME else list(texts.values())
        found[name] = entity_features(data, [name], text=said["encoder"])[name].of(asked)
    return found


def _model(embedding: Embedding, number: int, said: Mapping[str, Any], features: Mapping[str, np.ndarray], count: int) -> TripleModel:
    """One of the models side by side, of the new entities alone, with the projections that were learned."""
    import torch

    from graphemb.kernels.triple_model import TripleModel
    from graphemb.kernels.unseen_structure import StructureMap

    model = TripleModel(_layout(said), count, 1, said["columns"], features=features)
    prefix = _prefix(number)
    weights = {
        key.removeprefix(prefix): torch.from_numpy(np.array(value)) for key, value in embedding.parameters.items() if key.startswith(prefix)
    }
    learned = StructureMap(weights.pop(WEIGHTS), weights.pop(INTERCEPT))
    model.projections.load_state_dict(weights)
    with torch.no_grad():
        model.structure.copy_(model.predicted_structure(learned))
    return model


def _appended(embedding: Embedding, names: list[str], arrays: Mapping[str, np.ndarray]) -> Embedding:
    """The embedding with the new rows, in every parameter that has one an entity; a bias is the mean of the others."""
    old = embedding.parameters
    own: dict[str, np.ndarray] = {name: arrays[name] for name in ("head_rotor", "head_shift") if name in old}
    own |= {name: np.full(len(names), old[name].mean(), dtype=np.float32) for name in ("head_bias", "tail_bias") if name in old}
    notes = {"notes": {BY_ROW: list(own)}}
    new = Embedding(names, arrays["entities"], kinds=["entity"] * len(names), decoder=embedding.decoder, parameters=own, meta=notes)
    placed = [*embedding.meta.get("placed", []), *names]
    return embedding.append(new).replace(meta={**embedding.meta, "placed": placed})
