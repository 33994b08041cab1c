"""Entities placed by their text beside those that the fit left without facts."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, GraphembWarning, ParameterError
from graphemb.kernels.placement import place
from graphemb.kernels.triple_scorer import triple_scorer
from graphemb.knowledge.complex import ComplEx
from graphemb.knowledge.tetra import Lion, Robin, Tetra

UNSEEN = "town 11"
METHODS = {
    "mixed": Tetra(dim=16, epochs=8, batch_size=16),
    "structure alone": Tetra(dim=16, epochs=8, parts=("structure",) * 4),
    "two features": Tetra(dim=16, epochs=8, product="complex", parts="name, structure+text", unseen="name, text"),
    "by tanh, translated": Tetra(dim=16, epochs=8, projection="tanh", translation=True, biases=True, score="distance"),
    "told of no structure": Tetra(dim=16, epochs=8, parts=("text",) * 4),
    "unseen by the mean": Tetra(dim=16, epochs=8, unseen=()),
    "robin": Robin(dim=16, epochs=8),
    "lion": Lion(dim=16, epochs=8, rotor="text, name", shift="text", unseen="text"),
}


@cache
def towns() -> KnowledgeGraph:
    """Eleven towns with roads among them, in two lands; a twelfth stands in the test split alone."""
    roads = [(f"town {i}", "road to", f"town {j}") for i in range(11) for j in range(11) if i != j and (i < 6) == (j < 6)]
    graph = KnowledgeGraph.from_triples({"train": roads, "test": [(UNSEEN, "road to", "town 8")]})
    told = {f"town {i}": f"a town with {'snow' if i < 6 else 'palms'} and {i} gates" for i in range(12)}
    fields = {"name": {name: f"the place {name}" for name in told}, "description": told}
    return KnowledgeGraph(graph.entities, graph.relations, graph.triples, splits=graph.splits, entity_fields=fields)


@cache
def fitted(name: str) -> Embedding:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        return METHODS[name].fit(towns()).embedding_


def own_text() -> dict[str, str]:
    """The text of the entity nobody knew, under the name by which its name is a text too."""
    row = towns().entities.rows([UNSEEN])[0]
    return {f"the place {UNSEEN}": towns().entity_text[row]}


@pytest.mark.parametrize("name", METHODS)
def test_the_same_text_gives_the_same_row(name: str) -> None:
    e = fitted(name)
    new = place(e, towns(), own_text())
    row = e.rows([UNSEEN])[0]
    np.testing.assert_allclose(new.vectors[-1], e.vectors[row], rtol=1e-5, atol=1e-5)
    for part in ("head_rotor", "head_shift"):
        if part in e.parameters:
            np.testing.assert_allclose(new.parameters[part][-1], e.parameters[part][row], rtol=1e-5, atol=1e-5)
    assert np.abs(e.vectors).max() > 0.01  # more than the tolerance


@pytest.mark.parametrize("name", ["mixed", "robin"])
def test_the_company_a_text_comes_in_does_not_matter(name: str) -> None:
    texts = {**own_text(), "nobody": "", "stranger": "xyzzy", "snowy": "a town with snow"}
    together = place(fitted(name), towns(), texts)
    for new, text in texts.items():
        np.testing.assert_allclose(place(fitted(name), towns(), {new: text})[new], together[new], rtol=1e-5, atol=1e-6)


def test_what_stands_by_entity_is_continued() -> None:
    e = fitted("robin")
    new = place(e, towns(), {"a": "a town with snow", "b": "a town with palms"})
    for part in ("head_rotor", "head_shift", "head_bias", "tail_bias"):
        old, more = e.parameters[part], new.parameters[part]
        assert more.shape == (len(e) + 2, *old.shape[1:]) and more.dtype == old.dtype
        np.testing.assert_array_equal(more[:-2], old)
    for part in ("head_bias", "tail_bias"):
        np.testing.assert_allclose(new.parameters[part][-2:], e.parameters[part].mean(), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(new.parameters["head_rotor"][-2:].reshape(2, 4, 4), axis=1), 1, rtol=1e-5)  # unit numbers
    np.testing.assert_array_equal(new.parameters["relation_shift"], e.parameters["relation_shift"])
    scores = triple_scorer(new).tails(np.array([len(e), 0]), np.array([0, 0]))
    assert scores.shape == (2, len(e) + 2) and np.isfinite(scores).all()
    np.testing.assert_allclose(scores[1, :-2], triple_scorer(e).tails(np.array([0]), np.array([0]))[0], rtol=1e-5)


@pytest.mark.parametrize("name", ["mixed", "robin"])
def test_placing_twice_is_placing_together(name: str) -> None:
    texts = {"a": "a town with snow", "b": "a town with palms"}
    first = place(fitted(name), towns(), {"a": texts["a"]})
    second, both = place(first, towns(), {"b": texts["b"]}), place(fitted(name), towns(), texts)
    assert list(second.names) == list(both.names) and second.meta["placed"] == both.meta["placed"] == ["a", "b"]
    assert "appended" not in second.meta and second.kinds is not None and set(second.kinds.tolist()) == {"entity"}
    np.testing.assert_allclose(second.vectors, both.vectors, rtol=1e-5, atol=1e-6)
    for part, array in both.parameters.items():
        np.testing.assert_allclose(second.parameters[part], array, rtol=1e-5, atol=1e-6, err_msg=part)
    with pytest.raises(DataError, match="the entity 'a' is there more than once"):
        place(first, towns(), {"a": "again"})


def test_it_is_told_apart_by_its_text() -> None:
    new = place(fitted("mixed"), towns(), {"cold": "a town with snow", "hot": "a town with palms"})
    vectors = new.vectors / np.linalg.norm(new.vectors, axis=1, keepdims=True)
    snow = [f"town {i}" for i in range(6)]
    palms = [f"town {i}" for i in range(6, 11)]
    cold, hot = (vectors[new.rows([name])[0]] for name in ("cold", "hot"))
    assert (vectors[new.rows(snow)] @ (cold - hot)).mean() > 0 > (vectors[new.rows(palms)] @ (cold - hot)).mean()


def test_an_embedding_cut_and_turned_places_the_same() -> None:
    e = fitted("robin")
    cut = e.take(np.array([7, 2, 11]))
    new = place(cut, towns(), {"a": "a town with snow"})
    np.testing.assert_allclose(new["a"], place(e, towns(), {"a": "a town with snow"})["a"], rtol=1e-5)
    np.testing.assert_array_equal(new.parameters["head_rotor"][:-1], e.parameters["head_rotor"][[7, 2, 11]])


def test_nobody_to_place() -> None:
    new = place(fitted("mixed"), towns(), {})
    assert list(new.names) == list(towns().entities) and new.meta["placed"] == []


def test_what_cannot_be_placed() -> None:
    e, data = fitted("mixed"), towns()
    with pytest.raises(ParameterError, match="texts map the names of new entities to their texts, got list"):
        place(e, data, ["a"])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="'town 3' is in the data already"):
        place(e, data, {"town 3": "again"})
    other = KnowledgeGraph.from_triples([("a", "r", "b")])
    with pytest.raises(DataError, match="these are other data"):
        place(e, other, {"new": "a town"})
    with pytest.raises(DataError, match="reads no texts"):
        place(ComplEx(dim=4, epochs=1).fit(other).embedding_, other, {"new": "a town"})


def test_features_that_a_new_entity_does_not_have() -> None:
    data = towns()
    matrix = np.random.default_rng(0).normal(size=(data.n_entities, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        given = Tetra(dim=8, epochs=1, parts="structure,gloss,gloss,gloss", features={"gloss": matrix}).fit(data).embedding_
        field = Tetra(dim=8, epochs=1, parts="structure,description,text,text").fit(data).embedding_
    with pytest.raises(DataError, match="'gloss' was given as a matrix"):
        place(given, data, {"new": "a town"})
    with pytest.raises(DataError, match="'description' reads the field 'description'"):
        place(field, data, {"new": "a town"})
