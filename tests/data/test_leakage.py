"""Leakage between splits: by hand, by a count of plain sets, and on the benchmarks whose leaks are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.leakage import KINDS, leakage
from graphemb.data.triples_file import read_knowledge_graph
from graphemb.datasets.registry import load_dataset
from graphemb.errors import ParameterError, UnknownNameError

Triples = list[tuple[str, str, str]]


def like_wn18() -> KnowledgeGraph:
    """Hypernym and hyponym, each fact stated both ways and split at random, as in WN18; "near" is symmetric, "also" repeats hypernym."""
    up = [(f"x{i}", "hypernym", f"y{i}") for i in range(20)]
    down = [(t, "hyponym", h) for h, _, t in up]
    also = [(h, "also", t) for h, _, t in up]
    near = [(f"n{i}", "near", f"n{i + 1}") for i in range(0, 20, 2)]
    far = [(t, "near", h) for h, _, t in near]
    train = up[:18] + down[:17] + down[18:] + also[2:] + near + far[1:]
    return KnowledgeGraph.from_triples({"train": train, "valid": [], "test": [up[18], up[19], down[17], also[0], far[0], up[0]]})


def test_inverse_pairs_by_hand() -> None:
    found = leakage(like_wn18())
    pairs = found.pairs.set_index(["relation", "other", "kind"])
    assert pairs.loc[("hypernym", "hyponym", "inverse"), ["triples", "matched", "share"]].tolist() == [18, 17, 17 / 18]
    assert pairs.loc[("hypernym", "hyponym", "inverse"), "other_share"] == 17 / 19
    assert pairs.loc[("hypernym", "hyponym", "inverse"), ["test_triples", "test_matched", "test_share"]].tolist() == [3, 3, 1.0]
    assert pairs.loc[("near", "near", "symmetric"), ["triples", "matched"]].tolist() == [19, 18]
    assert pairs.loc[("also", "hypernym", "duplicate"), ["matched", "other_share"]].tolist() == [16, 16 / 18]
    row = found.counts.loc["test"]
    assert row.to_dict() == {
        "triples": 6,
        "known": 1,  # x0 hypernym y0, word for word
        "linked": 6,
        "reversed": 1,
        "symmetric": 1,
        "inverse": 5,
        "duplicate": 3,  # x18 and x19 as also, x0 also y0 as hypernym
        "leaking": 6,
    }
    assert found.counts.loc["valid"].tolist() == [0] * 8
    assert found.notes()[1] == ("test: 6 of 6 triples leak from train (1 known, 1 symmetric, 5 inverse, 3 duplicate, 1 reversed, 6 linked)")
    assert "inverse relations (share 0.8 or more): also - hyponym, hypernym - hyponym" in found.notes()
    assert found.to_dict()["splits"]["test"]["leaking"] == 6 and "leak from train" in repr(found)


def test_the_threshold_decides_what_leaks() -> None:
    strict = leakage(like_wn18(), threshold=1.0)
    assert strict.counts.loc["test", ["known", "leaking", "linked"]].tolist() == [1, 1, 6]
    assert strict.leaking().empty and len(strict.pairs) == len(leakage(like_wn18()).pairs)


def test_loops_are_no_leak() -> None:
    loop = ("a", "likes", "a")
    found = leakage(KnowledgeGraph.from_triples({"train": [loop, ("a", "knows", "b")], "test": [("a", "knows", "a"), loop]}))
    assert found.pairs.empty and found.loops == 3
    assert found.counts.loc["test"].to_dict() == dict.fromkeys(found.counts.columns, 0) | {"triples": 2, "known": 1, "leaking": 1}


def test_a_relation_that_training_lacks() -> None:
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "b"), ("b", "r", "a")], "test": [("a", "new", "b"), ("b", "new", "c")]})
    found = data.leakage()
    row = found.pairs.set_index(["relation", "kind"]).loc[("new", "duplicate")]
    assert row[["triples", "matched", "share", "leaks", "test_matched"]].tolist() == [0, 0, 0.0, False, 1]
    assert found.counts.loc["test", ["linked", "leaking"]].tolist() == [1, 0]


@pytest.mark.parametrize("data", [KnowledgeGraph.from_triples({"train": [], "test": []}), KnowledgeGraph.from_triples([("a", "r", "a")])])
def test_nothing_to_compare(data: KnowledgeGraph) -> None:
    found = data.leakage()
    assert found.pairs.empty and found.counts["triples"].sum() == 0 and found.leaking().empty


def test_what_is_refused() -> None:
    with pytest.raises(ParameterError, match="threshold must be a number above 0 and at most 1, got 0"):
        leakage(like_wn18(), threshold=0)
    with pytest.raises(UnknownNameError, match="unknown split 'trian'; did you mean 'train'"):
        leakage(like_wn18(), known="trian")


words = st.tuples(st.sampled_from("abcd"), st.sampled_from("rst"), st.sampled_from("abcd"))


@settings(deadline=None, max_examples=25)
@given(st.lists(words, min_size=1, max_size=25), st.lists(words, max_size=10), st.sampled_from([0.3, 0.6, 1.0]))
def test_counts_are_those_of_plain_sets(train: Triples, test: Triples, threshold: float) -> None:
    data = KnowledgeGraph.from_triples({"train": train, "test": test})
    facts = {t for t in train if t[0] != t[2]}
    sizes = {r: sum(t[1] == r for t in facts) for r in "rst"}

    def counterpart(triple: tuple[str, str, str], s: str, kind: str) -> bool:
        h, _, t = triple
        return ((h, s, t) if kind == "duplicate" else (t, s, h)) in facts

    def matched(r: str, s: str, kind: str) -> int:
        return sum(t[1] == r and counterpart(t, s, kind) for t in facts)

    def leaks(r: str, s: str, kind: str) -> bool:
        n = matched(r, s, kind)
        return kind == ("symmetric" if r == s else kind) and n > 0 and min(n / sizes[r], n / sizes[s]) >= threshold

    found = data.leakage(threshold=threshold)
    for row in found.pairs.itertuples():
        assert row.matched == matched(row.relation, row.other, row.kind)
        assert row.leaks == leaks(row.relation, row.other, row.kind)
    rules = [(r, s, k) for r in "rst" for s in "rst" for k in KINDS if (k == "symmetric") == (r == s) and leaks(r, s, k)]
    expected = [t in set(train) or (t[0] != t[2] and any(r == t[1] and counterpart(t, s, k) for r, s, k in rules)) for t in set(test)]
    assert found.counts.loc["test", "leaking"] == sum(expected)


def test_the_bundled_facts_do_not_leak() -> None:
    facts = load_dataset("world/facts", takes="knowledge-graph")
    assert isinstance(facts, KnowledgeGraph)
    found = facts.leakage()
    assert found.counts[["known", "linked", "leaking"]].to_numpy().sum() == 0
    assert found.leaking()[["relation", "kind", "share"]].values.tolist() == [["borders", "symmetric", 1.0]]
    assert found.notes()[1] == "test: none of 221 triples joins two entities that stand together in train"


@pytest.mark.shared
def test_wn18rr_leaks_by_its_symmetric_relations(shared_data: Path) -> None:
    found = read_knowledge_graph(shared_data / "kg" / "wn18rr").leakage()
    symmetric = found.pairs[found.pairs["kind"] == "symmetric"].set_index("relation")
    matched = {"_derivationally_related_form": 1011, "_verb_group": 38, "_similar_to": 3, "_also_see": 34}
    assert symmetric["test_matched"].to_dict() == {**matched, "_hypernym": 0, "_synset_domain_topic_of": 0}
    assert symmetric["leaks"].tolist() == [True] * 3 + [False] * 3
    others = found.pairs[found.pairs["kind"] != "symmetric"]
    assert np.minimum(others["share"], others["other_share"]).max() < 0.01
    assert found.counts.loc["test", ["triples", "leaking", "reversed", "linked"]].tolist() == [3134, 1052, 1086, 1096]


@pytest.mark.shared
def test_fb15k_237_joins_no_linked_entities_in_test(shared_data: Path) -> None:
    found = read_knowledge_graph(shared_data / "kg" / "fb15k-237").leakage()
    assert found.counts[["known", "linked", "reversed", "leaking"]].to_numpy().sum() == 0
    inverse = found.pairs[found.pairs["kind"] == "inverse"]
    assert np.minimum(inverse["share"], inverse["other_share"]).max() < 0.97
