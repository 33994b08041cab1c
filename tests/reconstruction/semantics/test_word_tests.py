"""Semantic tests: scores against their definitions, controls, coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.reconstruction.semantics.subjects import analogy_questions, similarity_pairs
from graphemb.reconstruction.semantics.word_tests import analogies, distance_ratios, word_similarity


def words_of(test: str) -> list[str]:
    pairs = similarity_pairs(test)
    return sorted({word.lower() for word in [*pairs["first"], *pairs["second"]]})


@pytest.fixture
def words() -> Embedding:
    names = words_of("simlex999")
    return Embedding(names, np.random.default_rng(0).normal(size=(len(names), 8)))


def test_the_tests_are_read_whole():
    assert len(similarity_pairs("wordsim353")) == 353 and len(similarity_pairs("simlex999")) == 999
    questions = analogy_questions()
    assert len(questions) == 19_544 and questions["section"].nunique() == 14
    assert questions.iloc[0].tolist() == ["capital-common-countries", "Athens", "Greece", "Baghdad", "Iraq"]


def test_spearman_is_that_of_scipy(words):
    table = word_similarity(words, tests=["simlex999"], controls=False, n_bootstrap=200).set_index("similarity")
    pairs = similarity_pairs("simlex999")
    x, y = (words.vectors[words.rows(pairs[c].str.lower())].astype(float) for c in ("first", "second"))
    cosine = (x * y).sum(axis=1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert table.loc["cosine", "spearman"] == pytest.approx(spearmanr(cosine, pairs["human"]).statistic, abs=1e-4)
    distance = -np.linalg.norm(x - y, axis=1)
    assert table.loc["euclidean", "spearman"] == pytest.approx(spearmanr(distance, pairs["human"]).statistic, abs=1e-4)
    row = table.loc["cosine"]
    assert row["low"] < row["spearman"] < row["high"] and row["high"] - row["low"] == pytest.approx(4 / np.sqrt(999), rel=0.25)
    assert (row["pairs"], row["covered"], row["of"]) == (999, 999, 999)


def test_methods_are_compared_on_common_pairs(words):
    fewer = words.take(np.arange(500))
    table = word_similarity({"all": words, "some": fewer}, tests=["simlex999"], n_bootstrap=10)
    assert table["pairs"].nunique() == 1
    covered = table.groupby("method")["covered"].first()
    assert covered["all"] == 999 > covered["some"] == table["pairs"].iloc[0]
    nothing = word_similarity(Embedding(["qqq"], [[1.0]]), tests=["wordsim353"], n_bootstrap=10)
    assert nothing["spearman"].isna().all() and (nothing["covered"] == 0).all()


def test_a_meaningful_embedding_beats_its_controls():
    pairs = similarity_pairs("simlex999")
    names = words_of("simlex999")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(len(names), 64))
    index = pd.Index(names)
    first, second = index.get_indexer(pairs["first"]), index.get_indexer(pairs["second"])
    for _ in range(20):  # pull similar words together
        x[first] += 0.02 * pairs["human"].to_numpy()[:, None] * (x[second] - x[first])
        x[second] += 0.02 * pairs["human"].to_numpy()[:, None] * (x[first] - x[second])
    graph = Graph.from_arrays(pairs["first"].to_numpy(), pairs["second"].to_numpy())
    table = word_similarity(Embedding(names, x), graph, tests=["simlex999"], n_bootstrap=100)
    table = table.set_index(["control", "similarity"])["spearman"]
    assert table["", "cosine"] > 0.4 and abs(table["permuted", "cosine"]) < 0.13 and abs(table["degree", "cosine"]) < 0.3


@pytest.fixture
def offsets() -> Embedding:
    """Countries and capitals that differ by one vector, and a few others."""
    questions = analogy_questions()
    questions = questions[questions["section"] == "capital-common-countries"]
    rng = np.random.default_rng(1)
    pairs = sorted({(a, b) for a, b in zip(questions["a"], questions["b"], strict=True)})
    place, step = rng.normal(size=(len(pairs), 16)), rng.normal(size=16)
    names = [a for a, _ in pairs] + [b for _, b in pairs] + [f"other {i}" for i in range(50)]
    return Embedding(names, np.vstack([place, place + step, rng.normal(size=(50, 16))]))


def test_analogies_of_parallel_offsets_are_solved(offsets):
    table = analogies(offsets, controls=True).set_index(["control", "rule", "section"])
    row = table.loc["", "3CosAdd", "capital-common-countries"]
    assert row["covered"] == row["of"] == 506 and row["accuracy"] > 0.9 and row["chance"] == 1 / (len(offsets) - 3)
    assert table.loc["", "3CosMul", "all"]["accuracy"] > 0.8
    assert table.loc["permuted", "3CosAdd", "all"]["accuracy"] < 0.05
    assert np.isnan(table.loc["", "3CosAdd", "gram8-plural"]["accuracy"]) and table.loc["", "3CosAdd", "all"]["of"] == 19_544
    assert table.loc["", "3CosAdd", "semantic"]["of"] + table.loc["", "3CosAdd", "syntactic"]["of"] == 19_544


def test_analogies_are_as_defined():
    names = ["athens", "greece", "baghdad", "iraq", "x", "y"]
    rng = np.random.default_rng(4)
    for seed in range(20):
        e = Embedding(names, rng.normal(size=(6, 3)))
        table = analogies(e, controls=False).set_index(["rule", "section"])["correct"]
        u = e.vectors / np.linalg.norm(e.vectors, axis=1, keepdims=True)
        s = (1 + u @ u.T) / 2
        add, mul = 0, 0
        for a, b, c, d in ((0, 1, 2, 3), (2, 3, 0, 1)):
            free = [i for i in range(6) if i not in (a, b, c)]
            add += free[np.argmax([u[i] @ (u[b] - u[a] + u[c]) for i in free])] == d
            mul += free[np.argmax([s[i, b] * s[i, c] / (s[i, a] + 1e-3) for i in free])] == d
        # the question stands in two sections, common countries and world
        assert table["3CosAdd", "capital-common-countries"] == add, seed
        assert table["3CosMul", "capital-common-countries"] == mul, seed


def test_distance_ratios_on_a_ring_of_nodes():
    n = 40
    angle = 2 * np.pi * np.arange(n) / n
    graph = Graph.from_edges([(f"{i}", f"{(i + 1) % n}") for i in range(n)])
    e = Embedding([f"{i}" for i in range(n)], 3 * np.column_stack([np.cos(angle), np.sin(angle)]))
    table = distance_ratios(e, graph, hops=(1, 3)).set_index(["control", "normalised", "which"])
    for k in (1, 3):
        row = table.loc["", False, str(k)]
        assert row["related"] == pytest.approx(6 * np.sin(np.pi * k / n), rel=1e-4) and row["pairs"] == 2 * n
        assert row["ratio"] == pytest.approx(row["related"] / (6 * 2 / np.pi * n / (n - 1)), rel=0.02)
        assert table.loc["", True, str(k)]["ratio"] == pytest.approx(row["ratio"], rel=1e-4)
        assert table.loc["permuted", False, str(k)]["ratio"] == pytest.approx(1, abs=0.1)
    assert np.isnan(table.loc["degree", False, "1"]["ratio"])  # all degrees are 2, all distances 0


def test_distance_ratios_of_relations_and_missing_nodes():
    rng = np.random.default_rng(0)
    names = [f"n{i}" for i in range(100)]
    x = np.repeat(rng.normal(size=(50, 8)), 2, axis=0) + 0.01 * rng.normal(size=(100, 8))
    twins = [(f"n{i}", "twin of", f"n{i + 1}") for i in range(0, 100, 2)]
    strangers = [(f"n{i}", "met", f"n{j}") for i, j in rng.integers(0, 100, size=(200, 2)) if i // 2 != j // 2]
    kg = KnowledgeGraph.from_triples([*twins, *strangers])
    table = distance_ratios(Embedding(names, x).take(np.arange(98)), kg, hops=(1,), controls=False)
    table = table[~table["normalised"]].set_index(["group", "which"])
    twin, met = table.loc["relation", "twin of"], table.loc["relation", "met"]
    assert twin["pairs"] == 49 and twin["high"] < 0.05 and 0.9 < met["low"] < met["ratio"] < met["high"] < 1.1
    assert twin["ratio"] < table.loc["hop", "1"]["ratio"] < met["ratio"]


def test_everything_repeats(words):
    graph = Graph.from_arrays(similarity_pairs("simlex999")["first"].to_numpy(), similarity_pairs("simlex999")["second"].to_numpy())
    for measure in (lambda: word_similarity(words, n_bootstrap=20, random_state=3), lambda: distance_ratios(words, graph, random_state=3)):
        pd.testing.assert_frame_equal(measure(), measure())


def test_bad_input_is_refused(words, path_graph):
    with pytest.raises(UnknownNameError, match="simlex999"):
        word_similarity(words, tests=["simlex"])
    with pytest.raises(ParameterError, match="n_bootstrap"):
        word_similarity(words, n_bootstrap=0)
    with pytest.raises(ParameterError, match="hops"):
        distance_ratios(words, path_graph, hops=(0,))
    with pytest.raises(DataError, match="at least two nodes"):
        distance_ratios(words, path_graph)
    with pytest.raises(DataError, match="four names"):
        analogies(words.take(np.arange(3)))


@pytest.mark.shared
def test_coverage_of_conceptnet(shared_data):
    parts = [
        pd.read_csv(
            shared_data / "graphs" / "conceptnet-100k" / f"{s}.tsv.gz", sep="\t", header=None, dtype=str, keep_default_na=False, quoting=3
        )
        for s in ("train", "valid", "test")
    ]
    triples = pd.concat(parts)
    names = pd.unique(pd.concat([triples[0], triples[2]]))
    assert len(names) == 78_339
    e = Embedding(names, np.random.default_rng(0).normal(size=(len(names), 4)))
    table = word_similarity(e, controls=False, n_bootstrap=10).groupby("test")[["covered", "of"]].first()
    assert table.loc["wordsim353"].tolist() == [255, 353] and table.loc["simlex999"].tolist() == [741, 999]
    whole = analogies(e, controls=False).query("section == 'all'")
    assert whole["covered"].tolist() == [4863, 4863] and (whole["of"] == 19_544).all() and (whole["accuracy"] < 0.01).all()
