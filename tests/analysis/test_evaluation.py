"""``evaluate`` by the kind of the data."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import graphemb as ge
from graphemb.analysis.evaluation import INSTEAD, KINDS, evaluate, settings_of
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError


@pytest.fixture
def facts() -> KnowledgeGraph:
    return KnowledgeGraph.from_triples({"train": [("a", "r", "b"), ("b", "r", "c")], "test": [("a", "r", "c")]})


@pytest.fixture
def taken() -> Interactions:
    return Interactions.from_pairs({"train": [("ann", "tea"), ("bob", "rye")], "test": [("ann", "rye")]})


def test_the_kind_of_data_decides(facts, taken):
    assert isinstance(ge.evaluate(Embedding(["a", "b", "c"], np.eye(3)), facts), ge.TripleResult)
    e = Embedding(["user:ann", "user:bob", "item:tea", "item:rye"], np.eye(4))
    assert isinstance(ge.evaluate(e, taken), ge.RankingResult)
    assert ge.evaluate(e, taken, k=1, mask=())["embedding", "recall@1"].users == 1


def test_a_setting_of_the_other_kind_is_told_apart(facts, taken):
    e = Embedding(["a"], [[1.0]])
    with pytest.raises(ParameterError, match="mask is a setting for Interactions, and the data are KnowledgeGraph; filter says whose"):
        evaluate(e, facts, mask=("train",))
    with pytest.raises(ParameterError, match="ties is a setting for a KnowledgeGraph, and the data are Interactions"):
        evaluate(e, taken, ties="realistic")
    with pytest.raises(ParameterError, match=r"unknown setting 'side' of evaluate; did you mean sides\?"):
        evaluate(e, facts, side="tail")
    with pytest.raises(DataError, match=r"needs Interactions, a KnowledgeGraph or word tests, got Graph; .*link_prediction"):
        evaluate(e, Graph.from_edges([("a", "b")]))


def test_word_tests_are_asked_by_name(facts):
    from graphemb.datasets.word_tests import load_word_test

    words = load_word_test("ws-353").words
    e = Embedding(words, np.random.default_rng(0).normal(size=(len(words), 5)))
    for data in ("ws-353", ["ws-353"], load_word_test("ws-353")):
        assert isinstance(evaluate(e, data), ge.WordResult)
    with pytest.raises(ParameterError, match="k is a setting for Interactions, and the data are word tests; leave it out"):
        evaluate(e, "ws-353", k=3)
    with pytest.raises(ParameterError, match="exclude is a setting for word tests, and the data are KnowledgeGraph; leave it out"):
        evaluate(e, facts, exclude=False)
    assert isinstance(evaluate(Embedding(["a", "b", "c"], np.eye(3)), facts), ge.TripleResult)


def test_every_setting_of_one_kind_alone_has_a_remedy():
    interactions, triples = (set(settings_of(kind)) for kind in (Interactions, KnowledgeGraph))
    assert set(INSTEAD) == interactions ^ triples


def test_the_overloads_name_the_settings_there_are():
    from typing import get_overloads

    for overload, kind in zip(get_overloads(evaluate), KINDS, strict=True):
        assert list(inspect.signature(overload).parameters)[2:] == settings_of(kind)
        assert all(f" {name}" in (evaluate.__doc__ or "") for name in settings_of(kind))
