"""Tetra on the facts of the world, and what it makes of texts."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

from graphemb import load_dataset
from graphemb.analysis.completion import predict
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import GraphembWarning
from graphemb.kernels.triple_scorer import triple_scorer
from graphemb.knowledge.tetra import Tetra

TOLD = "structure, text, text, text"
SNOW, PALMS = ("ice", "frost", "snow", "polar"), ("palm", "sun", "beach", "reef")


@cache
def lands() -> KnowledgeGraph:
    """Twenty towns that lie in the land of their weather; the last of each is in the test split alone, and known by its text."""
    towns = [f"{land} {i}" for land in ("cold", "warm") for i in range(10)]
    lies = [(town, "lies in", town.split()[0]) for town in towns]
    roads = [(towns[i], "road to", towns[j]) for i in range(20) for j in range(20) if i != j and i // 10 == j // 10 and (i + j) % 3]
    seen = [road for road in roads if not {road[0], road[2]} & {"cold 9", "warm 9"}]
    train = [fact for fact in lies if not fact[0].endswith("9")] + seen[6:]
    graph = KnowledgeGraph.from_triples({"train": train, "valid": seen[:6], "test": [lies[9], lies[19]]})
    words = {"cold": SNOW, "warm": PALMS}
    told = {name: f"a town of {words[name.split()[0]][i % 4]} and {words[name.split()[0]][(i + 1) % 4]}" for i, name in enumerate(towns)}
    told |= {"cold": "the north", "warm": "the south"}
    return KnowledgeGraph(graph.entities, graph.relations, graph.triples, splits=graph.splits, entity_text=told)


def fit(data: KnowledgeGraph, **settings: Any) -> Embedding:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        return Tetra(**{"dim": 16, "batch_size": 32, **settings}).fit(data).embedding_


@pytest.fixture(scope="module")
def world() -> KnowledgeGraph:
    data = load_dataset("world/facts")
    assert isinstance(data, KnowledgeGraph)
    return data


@pytest.fixture(scope="module")
def of_the_world(world: KnowledgeGraph) -> Embedding:
    return fit(world, dim=Tetra().dim, batch_size=None)  # as it comes


def test_spain_borders_portugal(world: KnowledgeGraph, of_the_world: Embedding) -> None:
    best = predict(of_the_world, world, "Portugal", "borders", None, k=10)
    assert "Spain" in list(best["entity"])
    h, r, t = (world.entities.rows(["Portugal"])[0], list(world.relations).index("borders"), world.entities.rows(["Spain"])[0])
    assert [h, r, t] in world.split("test").T.tolist() and [t, r, h] not in world.split("train").T.tolist()
    assert best["known"][list(best["entity"]).index("Spain")] is None  # nobody told
    marked = predict(of_the_world, world, "Portugal", "borders", None, k=10, facts=["test"])
    assert marked["known"][list(best["entity"]).index("Spain")] == "test"


def test_known_neighbours_are_marked(world: KnowledgeGraph, of_the_world: Embedding) -> None:
    best = predict(of_the_world, world, "France", "borders", None, k=20)
    h, r = world.entities.rows(["France"])[0], list(world.relations).index("borders")
    told = np.hstack([world.split("train"), world.split("valid")])
    known = {world.entities[int(t)] for t in told[2, (told[0] == h) & (told[1] == r)]}
    marked = set(best["entity"][best["known"].astype(bool)])
    assert marked == known & set(best["entity"]) and {"Belgium", "Germany", "Monaco"} <= marked
    left = predict(of_the_world, world, "France", "borders", None, k=20, known="drop")
    assert not known & set(left["entity"])


def test_it_is_the_same_by_seed() -> None:
    one, again, other = (fit(lands(), epochs=5, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.vectors, again.vectors)
    assert one.parameters.keys() == again.parameters.keys()
    assert all((one.parameters[name] == again.parameters[name]).all() for name in one.parameters)
    assert not np.array_equal(one.vectors, other.vectors)


@pytest.mark.parametrize(
    "settings", [{}, {"parts": TOLD}, {"parts": "structure,structure,structure,structure"}, {"product": "hamilton"}], ids=str
)
def test_the_unseen_are_told_apart_by_their_text(settings: dict[str, Any]) -> None:
    data = lands()
    e = fit(data, epochs=60, text_lr=0.1, **settings)
    h, r, t = data.split("test")  # where the two towns lie that no training triple names
    cold, warm = data.entities.rows(["cold", "warm"])
    scores = triple_scorer(e, data).tails(h, r)
    margins = scores[:, cold] - scores[:, warm]
    assert ((margins > 0) == (t == cold)).all() and (r == list(data.relations).index("lies in")).all()


def test_without_text_the_unseen_are_all_the_same() -> None:
    data = lands()
    e = fit(data, epochs=20, parts="structure,structure,structure,structure", unseen=())
    np.testing.assert_array_equal(e["cold 9"], e["warm 9"])


def test_parts_are_named_in_several_ways() -> None:
    data = lands()
    listed, told, bracketed = (fit(data, epochs=2, parts=parts) for parts in (("structure", "text", "text", "text"), TOLD, f"[{TOLD}]"))
    np.testing.assert_array_equal(listed.vectors, told.vectors)
    np.testing.assert_array_equal(listed.vectors, bracketed.vectors)


def test_text_parts_are_made_of_the_text_alone() -> None:
    data = lands()
    texts = list(data.entity_text or ())
    row, other = data.entities.rows(["cold 1", "cold 2"])
    texts[row] = texts[other]
    twins = KnowledgeGraph(data.entities, data.relations, data.triples, splits=data.splits, entity_text=texts)
    e = fit(twins, epochs=5, parts=TOLD)
    np.testing.assert_array_equal(e.vectors[row, 4:], e.vectors[other, 4:])
    assert np.abs(e.vectors[row, :4] - e.vectors[other, :4]).max() > 0.01


@pytest.mark.parametrize(("product", "parts"), [("real", 1), ("complex", 2), ("hamilton", 4), ("dihedron", 4)])
def test_every_product_has_parts_of_its_own(product: str, parts: int) -> None:
    e = fit(lands(), epochs=2, product=product)
    assert e.meta["notes"]["scoring"]["product"] == product and np.isfinite(e.vectors).all()
    mixed = ",".join(["structure+text"] * parts)
    assert fit(lands(), epochs=2, product=product, parts=mixed).meta["notes"]["scoring"]["product"] == product


def test_given_matrices_need_no_texts() -> None:
    data = lands()
    bare = KnowledgeGraph(data.entities, data.relations, data.triples, splits=data.splits)
    weather = {name: [1.0, 0.0] if name.startswith("cold") else [0.0, 1.0] for name in data.entities}
    e = fit(bare, epochs=60, parts="structure,weather,weather,weather", features={"weather": weather}, text_lr=0.1)
    assert set(e.meta["notes"]["features"]) == {"encoder", "weather"}
    assert np.abs(e["cold 9"] - e["warm 9"]).max() > 0.01  # their structure is predicted by the matrix


def test_a_validation_split_that_is_empty() -> None:
    data = lands()
    train = data.split("train")
    bare = KnowledgeGraph(
        data.entities,
        data.relations,
        train,
        splits={"train": slice(0, train.shape[1]), "valid": slice(train.shape[1], train.shape[1])},
        entity_text=data.entity_text,
    )
    assert fit(bare, epochs=2).meta["notes"]["select"] is None


def test_one_entity_places_others() -> None:
    data = KnowledgeGraph(["self"], ["knows"], [[0], [0], [0]], entity_text=["a lonely one"])
    method = Tetra(dim=8, epochs=2).fit(data)
    assert np.isfinite(method.place(data, {"other": "another one"}).vectors).all()
