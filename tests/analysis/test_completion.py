"""Answers to questions about a knowledge graph: order, known facts, probabilities, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.completion import Completion, asked_side, predict
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import multiply

FACTS = {
    "train": [("France", "borders", "Spain"), ("France", "borders", "Italy"), ("Lisbon", "capital_of", "Portugal")],
    "valid": [("France", "borders", "Andorra"), ("Paris", "capital_of", "France")],
    "test": [("Portugal", "borders", "Spain"), ("Spain", "borders", "Portugal")],
}
DATA = KnowledgeGraph.from_triples(FACTS)
PLACES = {"France": 0, "Spain": 1, "Italy": 2, "Lisbon": 9, "Portugal": 1.5, "Andorra": 0.5, "Paris": 8}
X = np.array([[PLACES[name]] for name in DATA.entities], dtype=np.float32)


def embedding(**parts) -> Embedding:
    meta = {"relations": list(DATA.relations)}
    shifts = np.zeros((2, 1), dtype=np.float32)
    return Embedding(DATA.entities, X, decoder="translation", **{"parameters": {"relation": shifts}, "meta": meta, **parts})


def test_answers_stand_best_first_and_known_facts_are_marked():
    table = predict(embedding(), DATA, "France", "borders", "?", k=4)
    assert table["entity"].tolist() == ["Andorra", "Spain", "Portugal", "Italy"]
    assert table["score"].tolist() == pytest.approx([-0.25, -1, -2.25, -4])
    assert table["known"].tolist() == ["valid", "train", None, "train"]
    assert table.attrs["known"] == 3 and table.attrs["facts"] == ["train", "valid"]


def test_a_fact_held_back_for_testing_is_an_answer_like_any_other():
    table = predict(embedding(), DATA, "Portugal", "borders", None, known="drop")
    assert table["entity"].tolist()[:2] == ["Spain", "Italy"]
    assert table.loc[0, "known"] is None
    told = predict(embedding(), DATA, "Portugal", "borders", None, facts=["train", "valid", "test"])
    assert told.set_index("entity").loc["Spain", "known"] == "test"


def test_known_facts_are_left_out_on_request():
    table = predict(embedding(), DATA, "France", "borders", "?", known="drop")
    assert table["entity"].tolist() == ["Portugal", "Paris", "Lisbon"]
    assert set(table["known"]) == {None} and table.attrs["known"] == 3


def test_heads_are_asked_for():
    table = predict(embedding(), DATA, "?", "capital_of", "France", k=9)
    assert len(table) == 6 and "France" not in set(table["entity"])
    assert table.set_index("entity")["known"].dropna().to_dict() == {"Paris": "valid"}


def test_heads_without_a_reciprocal_relation_are_scored_as_tails_are():
    rng = np.random.default_rng(1)
    x, r = (rng.normal(size=(n, 8)).astype(np.float32) for n in (DATA.n_entities, 2))
    notes = {"relations": list(DATA.relations), "scoring": {"product": "dihedron", "score": "dot", "reciprocal": False}}
    e = Embedding(DATA.entities, x, decoder="hypercomplex", parameters={"relation": r}, meta={"notes": notes})
    found = predict(e, DATA, None, "borders", "Italy", k=9).set_index("entity")["score"]
    expected = multiply("dihedron", x, r[[0]]) @ x[DATA.entities.rows(["Italy"])[0]]
    np.testing.assert_allclose(found, expected[DATA.entities.rows(found.index)], rtol=1e-5)


def test_the_entity_asked_about_is_an_answer_where_a_fact_says_so():
    narcissus = KnowledgeGraph.from_triples([*FACTS["train"], ("Italy", "borders", "Italy")])
    assert predict(embedding(), narcissus, "France", "borders", "?", k=1)["entity"].item() == "France"
    assert predict(embedding(), narcissus, "?", "capital_of", "Portugal", k=1)["entity"].item() != "Portugal"


def test_an_entity_called_question_mark_is_asked_about_beside_none():
    odd = KnowledgeGraph.from_triples([("?", "likes", "!"), ("!", "likes", "?")])
    e = Embedding(odd.entities, [[0], [1]], decoder="dot")
    assert predict(e, odd, "?", "likes", None)["entity"].tolist() == ["!"]
    assert predict(e, odd, None, "likes", "?")["entity"].tolist() == ["!"]
    assert predict(e, odd, "!", "likes", "?")["entity"].tolist() == ["?"]
    assert (asked_side("?", None), asked_side(None, "?")) == ("tail", "head")


@pytest.mark.parametrize(("head", "tail"), [("France", "Spain"), ("?", "?"), (None, None)])
def test_one_end_is_asked_for(head, tail):
    with pytest.raises(ParameterError, match="ask for the head or for the tail"):
        predict(embedding(), DATA, head, "borders", tail)


def test_unknown_names_offer_near_ones():
    with pytest.raises(UnknownNameError, match="unknown entity 'Frnce'; did you mean 'France'"):
        predict(embedding(), DATA, "Frnce", "borders", "?")
    with pytest.raises(UnknownNameError, match="unknown relation 'border'; did you mean 'borders'"):
        predict(embedding(), DATA, "France", "border", "?")
    with pytest.raises(UnknownNameError, match="unknown split 'tset'"):
        predict(embedding(), DATA, "France", "borders", "?", facts=["tset"])
    with pytest.raises(UnknownNameError, match="known: mark, drop"):
        predict(embedding(), DATA, "France", "borders", "?", known="hide")
    with pytest.raises(ParameterError, match="k must be"):
        predict(embedding(), DATA, "France", "borders", "?", k=0)


def test_what_the_embedding_does_not_know_is_an_error_and_no_answer():
    without = embedding().take(np.array([i for i, name in enumerate(DATA.entities) if name != "Andorra"]))
    assert "Andorra" not in set(predict(without, DATA, "France", "borders", "?", k=9)["entity"])
    with pytest.raises(DataError, match="entity 'Andorra' is in the data, but the embedding"):
        predict(without, DATA, "Andorra", "borders", "?")
    one = embedding(parameters={"relation": [[0.0]]}, meta={"relations": ["borders"]})
    with pytest.raises(DataError, match="relation 'capital_of' is in the data, but the embedding"):
        predict(one, DATA, "?", "capital_of", "France")
    with pytest.raises(DataError, match="needs a KnowledgeGraph, got Graph"):
        predict(embedding(), Graph.from_edges([("a", "b")]), "a", "borders", "?")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="NaN or infinite"):
        predict(embedding(parameters={"relation": [[0.0], [np.nan]]}), DATA, "?", "capital_of", "France")


def test_scores_that_overflow_are_refused():
    huge = embedding().replace(vectors=np.full((DATA.n_entities, 1), 3e38, np.float32), decoder="dot")
    with np.errstate(over="ignore"), pytest.raises(DataError, match="NaN or infinite"):
        predict(huge, DATA, "France", "borders", "?")


def test_without_validation_there_are_no_probabilities_and_it_is_said():
    for data, why in ((DATA, "too few"), (KnowledgeGraph.from_triples({"train": FACTS["train"]}), "no validation split")):
        e = Embedding(data.entities, np.arange(data.n_entities)[:, None], decoder="euclidean")
        table = predict(e, data, "France", "borders", "?")
        assert table["probability"].isna().all() and table.attrs["calibration"] is None
        assert why in table.attrs["no_probability"]
        with pytest.raises(DataError, match="no probabilities to judge"):
            Completion(e, data).reliability()


def test_one_entity_has_no_answer_but_itself():
    alone = KnowledgeGraph(["ann"], ["likes"], np.empty((3, 0), np.int64))
    assert predict(Embedding(["ann"], [[1.0]]), alone, "ann", "likes", "?").empty
    herself = KnowledgeGraph(["ann"], ["likes"], np.zeros((3, 1), np.int64))
    assert predict(Embedding(["ann"], [[1.0]]), herself, "ann", "likes", "?")["known"].tolist() == ["train"]


def test_texts_stand_beside_the_answers():
    data = KnowledgeGraph(DATA.entities, DATA.relations, DATA.triples, splits=DATA.splits, entity_text={"Andorra": "a small country"})
    assert predict(embedding(), data, "France", "borders", "?", k=2)["text"].tolist() == ["a small country", ""]


@pytest.mark.filterwarnings("ignore:without training triples")
def test_an_entity_that_is_not_in_the_data_is_placed_by_its_text():
    from graphemb.knowledge.tetra import Tetra

    text = {name: f"{name} is a {'city' if name in ('Lisbon', 'Paris') else 'country'}" for name in DATA.entities}
    data = KnowledgeGraph(DATA.entities, DATA.relations, DATA.triples, splits=DATA.splits, entity_text=text)
    e = Tetra(dim=8, epochs=3, select=None).fit(data).embedding_
    table = predict(e, data, "Madrid", "capital_of", "?", text="Madrid is a city", k=9)
    assert len(table) == DATA.n_entities and "Madrid" not in set(table["entity"]) and not table["known"].notna().any()
    assert np.isfinite(table["score"]).all() and table["text"].str.contains("is a").all()
    with pytest.raises(DataError, match="in the data already"):
        predict(e, data, "Lisbon", "capital_of", "?", text="Lisbon is a city")
    with pytest.raises(DataError, match="reads no texts"):
        predict(embedding(), data, "Madrid", "capital_of", "?", text="Madrid is a city")
    with pytest.raises(UnknownNameError, match="unknown entity 'Madrid'"):
        predict(e, data, "Madrid", "capital_of", "?")


def test_a_relation_without_facts_is_asked_like_any_other():
    """Neither in training nor anywhere: the embedding has a vector of it, so there are scores; nothing is known."""
    data = KnowledgeGraph(DATA.entities, [*DATA.relations, "twinned_with"], DATA.triples, splits=DATA.splits)
    e = embedding(parameters={"relation": [[0.0], [0.0], [1.0]]}, meta={"relations": list(data.relations)})
    table = predict(e, data, "France", "twinned_with", "?", k=1)
    assert table["entity"].item() == "Spain" and table["known"].item() is None and table.attrs["known"] == 0
    held_out = KnowledgeGraph.from_triples({"train": FACTS["train"], "test": [("Italy", "sells_to", "Spain")]})
    unseen = Embedding(held_out.entities, np.eye(held_out.n_entities), decoder="dot")
    assert predict(unseen, held_out, "Italy", "sells_to", "?")["known"].tolist() == [None] * (held_out.n_entities - 1)


def test_entities_may_be_called_by_their_titles():
    names = [f"Q{i}" for i in range(DATA.n_entities)]
    titles = ["Georgia" if name in ("Italy", "Paris") else name for name in DATA.entities]
    data = KnowledgeGraph(names, DATA.relations, DATA.triples, splits=DATA.splits, entity_fields={"label": titles, "kind": names[::-1]})
    e = embedding().replace(names=names)
    assert predict(e, data, "France", "borders", "?", k=1)["entity"].item() == names[titles.index("Andorra")]
    assert predict(e, data, names[titles.index("France")], "borders", "?").equals(predict(e, data, "France", "borders", "?"))
    with pytest.raises(DataError, match="2 entities are called 'Georgia'; name one of them: 'Q"):
        predict(e, data, "Georgia", "borders", "?")
    with pytest.raises(UnknownNameError, match="did you mean 'France'"):
        predict(e, data, "Frnce", "borders", "?")


def test_a_fitted_method_is_not_an_embedding():
    data = KnowledgeGraph.from_triples({"train": [("a", "near", "b")]})
    with pytest.raises(DataError, match="pass embedding_"):
        predict(object(), data, "a", "near", None)  # type: ignore[arg-type]
