"""restore of a knowledge graph: as one graph, and relation by relation."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.reconstruction.contenders import contenders_of
from graphemb.reconstruction.restore import restore


@pytest.fixture
def facts() -> KnowledgeGraph:
    """Points on a line; ``next`` goes one to the right, ``twice`` two, ``self`` nowhere."""
    points = [f"p{i}" for i in range(8)]
    triples = [(points[i], "next", points[i + 1]) for i in range(7)] + [(points[i], "twice", points[i + 2]) for i in range(6)]
    return KnowledgeGraph.from_triples({"train": triples, "test": [("p0", "self", "p0"), ("p7", "twice", "p0")]})


@pytest.fixture
def line(facts: KnowledgeGraph) -> Embedding:
    """Where translation by 1 and by 2 is the answer."""
    place = [[float(name[1:])] for name in facts.entities]
    return Embedding(
        facts.entities,
        place,
        decoder="translation",
        parameters={"relation": [[1.0], [2.0], [0.0]]},
        meta={"relations": list(facts.relations)},
    )


def test_by_default_it_is_the_undirected_graph_of_all_triples(facts: KnowledgeGraph, line: Embedding) -> None:
    frame = restore(line, facts, decoder="euclidean").to_frame()
    assert frame["direction"].tolist() == ["undirected"] and "relation" not in frame
    assert frame.loc[0, "mAP"] == restore(line, facts.to_graph(), decoder="euclidean").to_frame().loc[0, "mAP"]
    assert "undirected graph of all entities" in restore(line, facts, decoder="euclidean").settings["knowledge graph"]
    with pytest.raises(ParameterError, match="name one of next, twice"):
        restore(line, facts)


def test_relations_are_ranked_by_their_own_scores(facts: KnowledgeGraph, line: Embedding) -> None:
    frame = restore({"line": line}, facts, relations=True, baselines=["degree"]).to_frame()
    assert list(dict.fromkeys(frame["method"])) == ["line", "degree"]
    found = frame.set_index(["method", "direction"])
    assert found["relation"]["line"].tolist() == ["all", "next", "twice"] * 2  # self joins no two entities
    assert found["mAP"]["line", "tails of next"] == found["mAP"]["line", "heads of next"] == 1.0
    # of the seven heads of twice, p7 has its tail, p0, at the far end: last of seven candidates
    assert found["mAP"]["line", "tails of twice"] == pytest.approx((6 + 1 / 7) / 7)
    assert found["sources"]["line", "tails"] == 14
    assert found["mAP"]["line", "tails"] == pytest.approx((7 + 6 + 1 / 7) / 14)
    assert found["mAP"]["degree", "tails"] < 0.5


def test_one_relation_is_held_at_a_time(facts: KnowledgeGraph, line: Embedding, monkeypatch: pytest.MonkeyPatch) -> None:
    from graphemb.reconstruction import knowledge

    made: list[weakref.ref] = []
    alive: list[int] = []

    def watched(*args, **how):  # type: ignore[no-untyped-def]
        alive.append(sum(ref() is not None for ref in made))
        contenders = contenders_of(*args, **how)
        made.extend(weakref.ref(c.scorer) for c in contenders)
        return contenders

    monkeypatch.setattr(knowledge, "contenders_of", watched)
    many = KnowledgeGraph.from_triples([(f"p{i}", f"r{j}", f"p{(i + j) % 8}") for i in range(8) for j in range(1, 7)])
    frame = restore(line.replace(parameters={}, meta={}), many, relations=True, decoder="euclidean").to_frame()
    assert len(made) == 6 and len(frame) == 14
    assert max(alive) <= 2  # the first relation's and the last one's


def test_one_relation_by_name(facts: KnowledgeGraph, line: Embedding) -> None:
    result = restore(line, facts, relations=["next"])
    assert result.to_frame()["direction"].tolist() == ["tails of next", "heads of next"]
    assert set(result.per_source()["relation"]) == {"next"}
    assert result.to_dict()["mAP"] == 1.0


def test_a_decoder_without_relations_scores_all_alike(facts: KnowledgeGraph, line: Embedding) -> None:
    frame = restore(line, facts, relations=True, decoder=["translation", "euclidean"]).to_frame()
    means = frame[frame["relation"] == "all"].set_index(["decoder", "direction"])["mAP"]
    assert means["euclidean", "tails"] < means["translation", "tails"]


def test_sampled_queries_are_shared_out() -> None:
    rng = np.random.default_rng(0)
    triples = [(f"e{rng.integers(300)}", "r" if rng.random() < 0.8 else "s", f"e{rng.integers(300)}") for _ in range(1500)]
    facts = KnowledgeGraph.from_triples(triples)
    e = Embedding(facts.entities, rng.standard_normal((facts.n_entities, 4)))
    exact, drawn = (restore(e, facts, relations=True, sources=s).to_frame() for s in ("all", 200))
    assert drawn.loc[0, "sources"] == pytest.approx(200, abs=20) and drawn.loc[0, "eligible"] == exact.loc[0, "eligible"]
    assert drawn.loc[0, "mAP_low"] < exact.loc[0, "mAP"] < drawn.loc[0, "mAP_high"]


def test_what_is_of_one_graph_is_refused(facts: KnowledgeGraph, line: Embedding) -> None:
    result = restore(line, facts, relations=True)
    for call in (result.precision, result.nodes, result.frobenius):
        with pytest.raises(DataError, match="of single relations"):
            call()
    assert "2 relations" not in repr(result) and "tails of next" in repr(result)


def test_bad_settings(facts: KnowledgeGraph, line: Embedding) -> None:
    with pytest.raises(ParameterError, match="do not apply"):
        restore(line, facts, relations=True, hops=2)
    with pytest.raises(UnknownNameError, match="did you mean 'next'"):
        restore(line, facts, relations=["nex"])
    with pytest.raises(DataError, match="joins two different"):
        restore(line, facts, relations=["self"])
    with pytest.raises(ParameterError, match="leave relations out"):
        restore(line, facts.to_graph(), relations=True)
    with pytest.raises(DataError, match="no vector for 1 of 8"):
        restore(line.take(np.arange(7)), facts, relations=True)
    with pytest.raises(DataError, match="sources by name"):
        restore(line, facts, relations=True, sources=["p1"])


def test_a_relation_without_triples_has_nothing_to_rebuild(line: Embedding, facts: KnowledgeGraph) -> None:
    more = KnowledgeGraph(facts.entities, [*facts.relations, "never"], facts.triples, splits=facts.splits)
    frame = restore(line, more, relations=True).to_frame()
    assert "never" not in set(frame["relation"])
    with pytest.raises(DataError, match="none of the relations joins two different entities"):
        restore(line, more, relations=["never"])
