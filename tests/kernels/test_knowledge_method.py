"""What the data settle of a recipe, what is refused, what a fit notes."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict

import numpy as np
import pytest

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataWarning, GraphembWarning, ParameterError
from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.knowledge_recipe import FEW_ENTITIES, Recipe
from graphemb.kernels.training_triples import irreflexive_relations, unseen_notes
from graphemb.kernels.triple_layout import Layout
from graphemb.knowledge.complex import ComplEx
from graphemb.knowledge.quate import QuatE
from graphemb.knowledge.rotate import RotatE
from graphemb.knowledge.tetra import Lion, Robin, Tetra
from graphemb.knowledge.transe import TransE


def ring(n: int = 12, **texts: object) -> KnowledgeGraph:
    """Everybody knows the next and the next but one; the last two triples choose the epoch."""
    triples = [(f"n{i}", "knows", f"n{(i + step) % n}") for i in range(n) for step in (1, 2)]
    graph = KnowledgeGraph.from_triples({"train": triples[:-2], "valid": triples[-2:]})
    return KnowledgeGraph(graph.entities, graph.relations, graph.triples, splits=graph.splits, **texts)  # type: ignore[arg-type]


# -- the recipe


@pytest.mark.parametrize(
    ("queries", "batch_size"),
    [(1, 64), (512, 64), (513, 65), (4_088, 511), (4_096, 512), (1_000_000, 512)],
)
def test_batches_are_an_eighth_of_the_queries(queries: int, batch_size: int) -> None:
    assert Recipe().settled(100, 1_000, queries).batch_size == batch_size


@pytest.mark.parametrize(
    ("queries", "epochs"),
    [(100, 40), (512 * 150, 40), (512 * 150 + 1, 40), (512 * 154, 39), (512 * 500, 12), (512 * 499, 13), (512 * 10_000, 12)],
)
def test_epochs_make_6000_steps_but_12_to_40(queries: int, epochs: int) -> None:
    assert Recipe().settled(100, 1_000, queries).epochs == epochs


def test_the_loss_is_sampled_where_entities_are_many() -> None:
    assert Recipe().settled(FEW_ENTITIES, 10**6, 10**5).loss == "softmax"
    assert Recipe().settled(FEW_ENTITIES + 1, 10**6, 10**5).loss == "sampled-softmax"


@pytest.mark.parametrize(
    ("n", "m", "weight"),
    [
        (2_000, 10**6, 0.01),  # the least
        (1_000, 10**6, 0.01),
        (32_000, 10**9, 0.08),  # 0.01 * 16 ** 0.75
        (1_000, 2_000, 0.1),  # few facts of many
    ],
)
def test_the_weight_of_the_penalty(n: int, m: int, weight: float) -> None:
    assert Recipe().settled(n, m, 100).weight == pytest.approx(weight)


def test_what_is_given_stands() -> None:
    given = Recipe(epochs=3, batch_size=7, loss="self-adversarial", weight=0.5)
    assert given.settled(10**6, 10, 10**6) == given
    assert Recipe(penalty=None, weight=0.5).settled(100, 100, 100).weight == 0


def test_no_setting_of_a_recipe_is_unsettled() -> None:
    settled = asdict(Recipe().settled(100, 1_000, 500))
    assert all(value is not None for value in settled.values())


def test_the_epochs_of_a_fit_are_those_it_says_it_takes() -> None:
    told = ComplEx(dim=4, select=None).fit(ring()).embedding_.meta["notes"]
    assert told["settings"]["epochs"] == told["epochs"] == 40 and told["settings"]["batch_size"] == 64
    assert told["settings"]["weight"] == pytest.approx(0.2 * 12 / 22)


# -- what is its own answer


def test_relations_that_join_next_to_none_to_itself() -> None:
    heads = np.arange(200)
    tails = np.roll(heads, 1)
    tails[:1] = heads[:1]  # one of a hundred of relation 0: not fewer than 1%
    relations = np.repeat([0, 1], 100)
    train = np.stack([heads, relations, tails])
    assert irreflexive_relations(train, 3, Layout(reciprocal=False)).tolist() == [0, -10_000, -10_000]  # the third has no triples
    assert irreflexive_relations(train, 3, Layout()).tolist() == [0, -10_000, -10_000] * 2
    more = np.concatenate([train, [[5], [0], [6]]], axis=1)  # one of a hundred and one
    assert irreflexive_relations(more, 3, Layout()).tolist() == [-10_000] * 6
    assert irreflexive_relations(train, 3, Layout()).dtype == np.float32


def test_nobody_is_its_own_answer() -> None:
    data = ring(entity_text=[f"number {i}" for i in range(12)])
    lowered = Tetra(dim=8, epochs=3, select=None).fit(data).embedding_
    assert lowered.parameters["relation_self"].tolist() == [-10_000, -10_000]
    free = lowered.replace(parameters={name: array for name, array in lowered.parameters.items() if name != "relation_self"})
    assert lowered.score("n3", "n3", relation="knows") == pytest.approx(free.score("n3", "n3", relation="knows") - 10_000, abs=0.01)
    assert lowered.score("n3", "n4", relation="knows") == free.score("n3", "n4", relation="knows")
    other = Tetra(dim=8, epochs=3, select=None, irreflexive=False).fit(data).embedding_
    assert "relation_self" not in other.parameters and not np.array_equal(other.vectors, lowered.vectors)  # the training knows of it


# -- what is refused


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (ComplEx(dim=5), "dim=5 cannot be divided into 2 equal parts; take dim=4"),
        (QuatE(dim=2), "dim=2 cannot be divided into 4 equal parts; take dim=4"),
        (ComplEx(dim=4, loss="softmax", negatives=3), "negatives is a setting of loss='sampled-softmax' or 'self-adversarial', not of"),
        (ComplEx(dim=4, temperature=2.0), "temperature is a setting of loss='self-adversarial'"),
        (ComplEx(dim=4, negatives=3, gamma=1.0), "gamma is a setting of loss='self-adversarial', not of 'sampled-softmax'"),
        (ComplEx(dim=4, penalty="none", weight=0.1), "weight is that of the penalty, and there is none"),
        (TransE(dim=4, weight=0.1), "weight is that of the penalty, and there is none"),
        (ComplEx(dim=4, select=None, evaluate_every=2), "evaluate_every has nothing to look at"),
        (TransE(dim=4, normalised=True), "there is no product whose relation could be normalised"),
        (Tetra(dim=8, structure_dropout=1.0), "structure_dropout"),
        (Tetra(dim=8, text_lr=0.0), "text_lr"),
        (Tetra(dim=8, features={"gloss": np.eye(12)}), "no part reads the feature 'gloss'"),
        (Tetra(dim=8, parts="structure,text,text"), "has 4 parts, so an entity needs that many or a multiple, not 3"),
        (Robin(dim=8, reciprocal=False), "reciprocal=True"),
    ],
    ids=str,
)
def test_settings_that_are_refused(method: KnowledgeMethod, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        method.fit(ring(entity_text=["word"] * 12))


def test_settings_that_are_allowed_together() -> None:
    for settings in ({"negatives": 3}, {"loss": "self-adversarial", "negatives": 3, "gamma": 1.0}, {"penalty": "none", "weight": 0.0}):
        ComplEx(dim=4, epochs=1, **settings).fit(ring())  # type: ignore[arg-type]
    told = ComplEx(dim=4, epochs=1, negatives=3).fit(ring()).embedding_.meta["notes"]
    assert told["settings"]["loss"] == "sampled-softmax"


# -- what is noted


def test_notes_of_a_fit() -> None:
    data = ring()
    e = RotatE(dim=8, epochs=4, evaluate_every=2).fit(data).embedding_
    told = e.meta["notes"]
    assert told["relations"] == ["knows"] and told["scoring"] == {"product": "complex", "score": "distance", "reciprocal": True}
    assert told["settings"]["queries"] == 23 and told["settings"]["steps_an_epoch"] == 1  # of 24, one has lost both its answers
    assert told["trained_numbers"] == 12 * 8 + 2 * 8 + 2 * 12
    assert told["by_row"] == ["head_bias", "tail_bias"]
    assert [look["epoch"] for look in told["evaluations"]] == [2, 4] and told["best_epoch"] in (2, 4)
    assert told["entities_without_training"] == 0 and told["relations_without_training"] == 0
    assert len(told["losses"]) == told["epochs"] == 4
    json.dumps(e.meta)


def test_settings_are_told_without_matrices() -> None:
    gloss = {f"n{i}": [float(i), 1.0] for i in range(12)}
    data = ring(entity_text=[f"number {i}" for i in range(12)])
    e = Tetra(dim=8, epochs=1, parts="structure,gloss,text,text", features={"gloss": gloss}).fit(data).embedding_
    assert e.meta["parameters"]["features"] == {"gloss": "dict of 12"}
    assert Tetra(dim=8, epochs=1).fit(data).embedding_.meta["parameters"]["features"] is None
    assert len(json.dumps(e.meta["parameters"])) < 1_500


def test_entities_and_relations_without_training_triples() -> None:
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "b")], "test": [("a", "new", "c"), ("d", "r", "a")]})
    with pytest.warns(DataWarning, match="2 of 4 entities, 1 of 2 relations"):
        assert unseen_notes(data) == {"entities_without_training": 2, "relations_without_training": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert unseen_notes(ring()) == {"entities_without_training": 0, "relations_without_training": 0}


def test_an_entity_nobody_knows_is_the_mean_of_the_others() -> None:
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "b"), ("b", "r", "c"), ("a", "r", "c")], "test": [("d", "r", "a")]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        e = ComplEx(dim=4, epochs=2, select=None).fit(data).embedding_
    facts = np.sqrt([2, 2, 2])
    np.testing.assert_allclose(e["d"], np.average(e.vectors[e.rows(["a", "b", "c"])], axis=0, weights=facts), rtol=1e-5)


def test_parameters_of_the_parent_are_told_once() -> None:
    for method in (ComplEx, RotatE, Tetra, Robin, Lion):
        told = method.__doc__ or ""
        assert "{parameters}" not in told and "random_state : of everything drawn" in told
    assert "structure_dropout :" in (Robin.__doc__ or "")
