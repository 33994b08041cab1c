"""The word tests that a graph's names allow: when there are any, and what is said of the others."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.kernels.sampling import wilson
from graphemb.reconstruction.semantics.subjects import analogy_questions, similarity_pairs
from graphemb.reconstruction.semantics.word_scores import ANALOGIES, COLUMNS, LEAST_COVERED, word_coverage, word_scores
from graphemb.reconstruction.semantics.word_tests import analogies, word_similarity


@pytest.fixture(scope="module")
def pairs() -> Graph:
    """The pairs of SimLex-999 as edges."""
    table = similarity_pairs("simlex999")
    return Graph.from_arrays(table["first"].to_numpy(), table["second"].to_numpy())


@pytest.fixture(scope="module")
def capitals() -> Graph:
    """Capitals joined to their countries, as 506 questions have them."""
    table = analogy_questions().query("section == 'capital-common-countries'")
    return Graph.from_arrays(table["a"].to_numpy(), table["b"].to_numpy())


def vectors(graph: Graph, dim: int = 4) -> Embedding:
    return Embedding(graph.names, np.random.default_rng(0).standard_normal((graph.n_nodes, dim)))


def test_coverage_is_that_of_the_tests(pairs: Graph) -> None:
    found, table = word_coverage(pairs), word_similarity(vectors(pairs), controls=False, n_bootstrap=1)
    assert found["simlex999"] == 999 and found["wordsim353"] == table.loc[table["test"] == "wordsim353", "covered"].iloc[0]
    assert found[ANALOGIES] == analogies(vectors(pairs), controls=False).query("section == 'all'")["covered"].iloc[0]


def test_only_covered_tests_are_there_and_the_others_are_named(pairs: Graph) -> None:
    table = word_scores({"x": vectors(pairs)}, pairs, n_bootstrap=20)
    assert list(table.columns) == COLUMNS and table.attrs["are_words"]
    assert "simlex999" in set(table["test"]) and set(table["control"]) == {"", "permuted", "degree"}
    for test, count in word_coverage(pairs).items():
        assert (test in set(table["test"])) == (count >= LEAST_COVERED)
        assert (f" of {test}" in table.attrs["left_out"]) == (count < LEAST_COVERED)
    assert (table.loc[table["test"] == "simlex999", ["covered", "of"]] == 999).all(axis=None)


def test_analogies_have_chance_and_wilsons_interval(capitals: Graph) -> None:
    table = word_scores({"x": vectors(capitals)}, capitals, n_bootstrap=20)
    asked = table[(table["test"] == ANALOGIES) & (table["control"] == "")]
    assert asked["measure"].tolist() == ["3CosAdd", "3CosMul"] and (asked["of"] == 19_544).all()
    assert (asked["chance"] == 1 / (capitals.n_nodes - 3)).all() and (asked["low"] <= asked["score"]).all()
    assert (asked["score"] < asked["high"]).all()
    assert "syntactic" not in "".join(table["test"])  # none is covered


def test_what_takes_too_long_is_left_out(capitals: Graph) -> None:
    table = word_scores({"x": vectors(capitals)}, capitals, most=10)
    assert table.empty and table.attrs["are_words"]
    assert "The analogies, because" in table.attrs["left_out"] and "wordsim353" in table.attrs["left_out"]


def test_nodes_that_are_no_words(path_graph: Graph) -> None:
    table = word_scores({"x": vectors(path_graph)}, path_graph)
    assert table.empty and not table.attrs["are_words"] and "0 of simlex999" in table.attrs["left_out"]


def test_wilson_covers_the_share() -> None:
    rng = np.random.default_rng(0)
    low, high = wilson(rng.binomial(200, 0.03, 4000) / 200, np.full(4000, 200))
    assert 0.93 < ((low <= 0.03) & (high >= 0.03)).mean() < 0.98
    assert wilson(np.array([1.0]), np.array([50]))[1] <= 1 + 1e-12
