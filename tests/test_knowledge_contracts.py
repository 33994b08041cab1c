"""The contract of methods that take a knowledge graph, beyond that of every method in ``test_contracts.py``."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, DataWarning, GraphembWarning, ParameterError, TrainingError, UnknownNameError
from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.placement import place
from graphemb.kernels.triple_scorer import triple_scorer

ENTRIES = [e for e in registry.entries("method") if e.takes == "knowledge-graph"]
QUICK = {"dim": 8, "epochs": 3, "batch_size": 16, "random_state": 0}
TEXT = ("tetra", "robin", "lion")
"""Methods that read the entities' texts."""
ANSWERS_BY_TEXT = ("tetra",)
"""Methods whose answers are made of texts too."""


def make(entry: registry.Entry, **settings: Any) -> Any:
    return registry.build("method", entry.name, **{**QUICK, **settings})


def quietly(method: Any, data: Any) -> Embedding:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        return method.fit(data).embedding_


def fit(entry: registry.Entry, data: Any, **settings: Any) -> Embedding:
    return quietly(make(entry, **settings), data)


def towns(text: bool = True) -> KnowledgeGraph:
    """Twelve towns in two lands whose people know one another; the last town stands in the test split alone."""
    names = [f"town {i}" for i in range(12)] + ["north", "south"]
    lies = [(f"town {i}", "lies in", "north" if i < 6 else "south") for i in range(12)]
    road = [(f"town {i}", "road to", f"town {j}") for i in range(11) for j in range(11) if i != j and (i < 6) == (j < 6) and (i + j) % 3]
    parts = {"train": lies[:10] + road[:-6], "valid": [lies[10], *road[-6:-3]], "test": [lies[11], *road[-3:]]}
    graph = KnowledgeGraph.from_triples(parts)
    if not text:
        return graph
    told = {name: f"a town with {'snow' if i < 6 else 'palms'} and {i} gates" for i, name in enumerate(names[:12])}
    told |= {"north": "a land of snow", "south": "a land of palms"}
    return KnowledgeGraph(graph.entities, graph.relations, graph.triples, splits=graph.splits, entity_text=told)


def all_tails(e: Embedding, data: KnowledgeGraph) -> np.ndarray:
    """Scores of every tail for every head and relation, asked in one block."""
    h, r = (v.ravel() for v in np.meshgrid(np.arange(data.n_entities), np.arange(data.n_relations), indexing="ij"))
    return triple_scorer(e, data).tails(h, r)


# -- the answer


def check_it_is_of_the_family(entry: registry.Entry) -> None:
    assert issubclass(entry.load(), KnowledgeMethod) and entry.family == "knowledge"


def check_rows_are_the_entities(entry: registry.Entry) -> None:
    data = towns()
    e = fit(entry, data)
    assert list(e.names) == list(data.entities) and set(e.kinds.tolist()) == {"entity"} and e.decoder == "hypercomplex"
    assert e.meta["notes"]["relations"] == ["lies in", "road to"]
    assert e.meta["data"] == {"fingerprint": data.fingerprint, "n_entities": 14, "n_relations": 2} | {
        name: part.stop - part.start for name, part in data.splits.items()
    }


def check_scores_all_tails_and_heads(entry: registry.Entry) -> None:
    data = towns()
    e = fit(entry, data)
    scorer, scores = triple_scorer(e, data), all_tails(e, data)
    assert scores.shape == (28, 14) and np.isfinite(scores).all() and scores.std() > 0
    heads = scorer.heads(np.array([0, 1]), np.array([12, 3]))
    assert heads.shape == (2, 14) and np.isfinite(heads).all()


def check_facts_are_learned(entry: registry.Entry) -> None:
    data = towns()
    e = fit(entry, data, epochs=150, select=None, dim=16, penalty="none")
    h, r, t = data.split("train")
    scores = triple_scorer(e, data).tails(h, r)
    north, south = data.entities.rows(["north", "south"])
    lies = r == 0
    assert (scores[lies, north] > scores[lies, south]).tolist() == (t[lies] == north).tolist()


def check_without_reciprocal_relations(entry: registry.Entry) -> None:
    data = towns()
    if entry.name in ("robin", "lion"):
        with pytest.raises(ParameterError, match="reciprocal=True"):
            fit(entry, data, reciprocal=False)
        return
    e = fit(entry, data, reciprocal=False)
    rows = next(v for k, v in e.parameters.items() if k.startswith("relation"))
    assert len(rows) == 2
    scorer = triple_scorer(e, data)
    heads = scorer.heads(np.full(14, 1), np.arange(14))
    tails = scorer.tails(np.arange(14), np.full(14, 1))
    np.testing.assert_allclose(heads.T, tails, rtol=1e-4, atol=1e-5)  # one score, asked from both sides


def check_file_keeps_the_scores(entry: registry.Entry, tmp_path: Any) -> None:
    data = towns()
    e = fit(entry, data)
    e.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow", verify=True)
    np.testing.assert_array_equal(all_tails(back, data), all_tails(e, data))


def check_rows_in_another_order_score_the_same(entry: registry.Entry) -> None:
    data = towns()
    e = fit(entry, data)
    turned = e.take(np.random.default_rng(0).permutation(len(e)))
    np.testing.assert_allclose(all_tails(turned, data), all_tails(e, data), rtol=1e-5, atol=1e-6)
    assert turned.append(e.take(np.array([], dtype=int))).parameters.keys() == e.parameters.keys()


def check_the_test_split_is_not_read(entry: registry.Entry) -> None:
    data = towns()
    order = np.concatenate([np.arange(data.splits[name].start, data.splits[name].stop) for name in ("train", "valid")])
    sizes = [data.splits[name].stop - data.splits[name].start for name in ("train", "valid")]
    splits = {"train": slice(0, sizes[0]), "valid": slice(sizes[0], sum(sizes))}
    blind = KnowledgeGraph(data.entities, data.relations, data.triples[:, order], splits=splits, entity_text=data.entity_text)
    np.testing.assert_array_equal(fit(entry, data, select=None).vectors, fit(entry, blind, select=None).vectors)


# -- training


def check_resumed_is_uninterrupted(entry: registry.Entry, tmp_path: Any) -> None:
    data, path = towns(), tmp_path / "state.safetensors"
    whole = fit(entry, data, epochs=4)
    method = make(entry, epochs=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        method.fit(data, callback=lambda epoch, *_: epoch == 2, checkpoint=path)
        assert path.exists()
        method.fit(data, checkpoint=path)
    assert not path.exists()
    np.testing.assert_array_equal(method.embedding_.vectors, whole.vectors)
    for name, array in whole.parameters.items():
        np.testing.assert_array_equal(method.embedding_.parameters[name], array)


def check_a_diverged_run_ends_with_an_error(entry: registry.Entry) -> None:
    with pytest.raises(TrainingError, match="lower lr"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(entry, optimiser="adagrad", lr=1e30, epochs=30).fit(towns())


def check_a_run_that_blows_up_ends_with_an_error(entry: registry.Entry) -> None:
    with pytest.raises(TrainingError, match="lower lr"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(entry, lr=1e5, epochs=30, penalty="none").fit(towns())


def check_every_loss_trains(entry: registry.Entry) -> None:
    for loss in ("softmax", "sampled-softmax", "self-adversarial"):
        e = fit(entry, towns(), loss=loss, epochs=10)
        losses = e.meta["notes"]["losses"]
        assert np.isfinite(losses).all() and losses[-1] < losses[0], loss


def check_a_memory_budget_that_is_too_small(entry: registry.Entry) -> None:
    with pytest.raises(ParameterError, match="memory"):
        fit(entry, towns(), memory=1e-9)


def check_settings_out_of_range(entry: registry.Entry) -> None:
    wrong = {"epochs": 0, "lr": -1, "batch_size": 0, "weight": -1, "patience": 0, "memory": 0, "loss": "hinge", "optimiser": "sgdd"}
    wrong |= {"penalty": "n4", "schedule": "step", "select": "best", "precision": "half", "device": "tpu", "n_jobs": 0, "init_std": 0}
    for name, value in wrong.items():
        with pytest.raises((ParameterError, UnknownNameError), match=name):
            fit(entry, towns(), **{name: value})


def check_settings_of_another_loss(entry: registry.Entry) -> None:
    with pytest.raises(ParameterError, match="negatives is a setting of"):
        fit(entry, towns(), loss="softmax", negatives=5)
    with pytest.raises(ParameterError, match="gamma is a setting of"):
        fit(entry, towns(), loss="softmax", gamma=5.0)


def check_dim_that_cannot_be_divided(entry: registry.Entry) -> None:
    if inspect.getattr_static(entry.load(), "layout").divisor > 1:
        with pytest.raises(ParameterError, match="cannot be divided into"):
            fit(entry, towns(), dim=9)


# -- hard input


def check_no_triples(entry: registry.Entry) -> None:
    only_test = KnowledgeGraph.from_triples({"train": [], "test": [("a", "r", "b")]})
    for data in (KnowledgeGraph([], [], np.empty((3, 0), np.int64)), only_test):
        with pytest.raises(DataError, match="at least one triple in the training split"):
            make(entry).fit(data)


def check_not_a_knowledge_graph(entry: registry.Entry) -> None:
    for other in (np.eye(3), [("a", "r", "b")], None, Graph(np.zeros((2, 2)))):
        with pytest.raises(DataError, match="needs a KnowledgeGraph, got"):
            make(entry).fit(other)


def check_who_was_not_trained_on(entry: registry.Entry) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        e = make(entry).fit(towns()).embedding_
    said = [w for w in caught if w.category is DataWarning and "1 of 14 entities, 0 of 2 relations" in str(w.message)]
    assert len(said) == 1 and said[0].filename == __file__
    assert e.meta["notes"]["entities_without_training"] == 1 and np.isfinite(e["town 11"]).all()


def check_a_relation_without_training_triples(entry: registry.Entry) -> None:
    triples = {"train": [("a", "r", "b"), ("b", "r", "c")], "test": [("a", "new", "c")]}
    graph = KnowledgeGraph.from_triples(triples)
    data = KnowledgeGraph(graph.entities, graph.relations, graph.triples, splits=graph.splits, entity_text=["one", "two", "three"])
    scores = all_tails(fit(entry, data), data)
    assert np.isfinite(scores).all()


def check_one_entity(entry: registry.Entry) -> None:
    data = KnowledgeGraph(["self"], ["knows"], [[0], [0], [0]], entity_text=["a lonely one"])
    e = fit(entry, data)
    assert e.vectors.shape == (1, 8) and np.isfinite(all_tails(e, data)).all()


def check_repeated_triples_count_once(entry: registry.Entry) -> None:
    once, twice = ([("a", "r", "b"), ("b", "r", "c")] * times for times in (1, 2))
    made = []
    for listed in (once, twice):
        graph = KnowledgeGraph.from_triples(listed)
        data = KnowledgeGraph(graph.entities, graph.relations, graph.triples, entity_text=["one", "two", "three"])
        made.append(fit(entry, data).vectors)
    np.testing.assert_array_equal(*made)


# -- texts


def check_texts_where_they_are_read(entry: registry.Entry) -> None:
    data = towns(text=False)
    if entry.name not in TEXT:
        np.testing.assert_array_equal(fit(entry, data).vectors, fit(entry, towns()).vectors)
        return
    with pytest.raises(DataError, match="reads the entities' texts, and the knowledge graph has none"):
        fit(entry, data)


def check_an_entity_without_text(entry: registry.Entry) -> None:
    if entry.name not in TEXT:
        return
    data = towns()
    texts = ["", *data.entity_text[1:]]
    holed = KnowledgeGraph(data.entities, data.relations, data.triples, splits=data.splits, entity_text=texts)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        e = make(entry).fit(holed).embedding_
    assert any("without text: 1 of 14 entities" in str(w.message) or "1 of 14" in str(w.message) for w in caught)
    assert np.isfinite(e.vectors).all()


def check_new_entities_are_placed(entry: registry.Entry) -> None:
    data = towns()
    method = make(entry, epochs=20)
    e = quietly(method, data)
    if entry.name not in TEXT:
        with pytest.raises(DataError, match="reads no texts"):
            place(e, data, {"new": "a town with snow"})
        return
    new = method.place(data, {"new": "a town with palms and 3 gates"})
    assert list(new.names) == [*data.entities, "new"] and new.meta["placed"] == ["new"] and np.isfinite(new.vectors).all()
    np.testing.assert_array_equal(new.vectors[:-1], e.vectors)
    assert np.isfinite(triple_scorer(new).tails(np.array([14]), np.array([0]))).all()
    with pytest.raises(DataError, match="is in the data already"):
        method.place(data, {"north": "again"})
    with pytest.raises(ParameterError, match="texts map the names"):
        method.place(data, ["new"])


def check_the_unseen_are_told_apart_by_text(entry: registry.Entry) -> None:
    if entry.name not in ANSWERS_BY_TEXT:
        return
    data = towns()
    e = fit(entry, data, epochs=100, select=None, dim=16, parts=("structure", "text", "text", "text"), text_lr=0.3)
    north, south = data.entities.rows(["north", "south"])
    scores = triple_scorer(e, data).tails(data.entities.rows(["town 11"]), np.array([0]))[0]  # no training triple holds it
    assert scores[south] > scores[north]  # it has palms


CHECKS: list[Callable[..., None]] = [f for name, f in list(globals().items()) if name.startswith("check_")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_contract(entry: registry.Entry, check: Callable[..., None], tmp_path: Any) -> None:
    check(entry, tmp_path) if "tmp_path" in inspect.signature(check).parameters else check(entry)


def test_there_are_methods_to_check() -> None:
    names = {"complex", "distmult", "quate", "dihedron", "bique", "transe", "rotate", *TEXT}
    assert names <= {entry.name for entry in ENTRIES}
