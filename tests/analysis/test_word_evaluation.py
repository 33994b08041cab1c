"""Word tests against their definitions, on small tables and on real vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from graphemb.analysis.word_evaluation import evaluate_words
from graphemb.analysis.word_result import WordResult
from graphemb.data.embedding import Embedding
from graphemb.data.word_test import WordTest
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, ParameterError, UnknownNameError

NAMES = [f"w{i}" for i in range(40)]


@pytest.fixture
def vectors() -> Embedding:
    return Embedding(NAMES, np.random.default_rng(0).normal(size=(40, 6)))


def pairs_of(first: list[str], second: list[str], scores: list[float]) -> WordTest:
    return WordTest("pairs", "similarity", pd.DataFrame({"first": first, "second": second, "score": scores}))


@pytest.fixture
def pairs() -> WordTest:
    rng = np.random.default_rng(1)
    return pairs_of(NAMES[:20], NAMES[20:], rng.normal(size=20).tolist())


def test_similarity_is_the_correlation_of_cosines(vectors: Embedding, pairs: WordTest) -> None:
    row = evaluate_words(vectors, pairs)["embedding", "pairs"]
    x = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    expected = spearmanr((x[:20] * x[20:]).sum(axis=1), pairs.table["score"]).statistic
    assert row.mean == pytest.approx(expected, abs=1e-6)
    assert row.low < row.mean < row.high
    assert (row.metric, row.units, row.covered, row.of, row.chance) == ("Spearman", 20, 20, 20, 0)


def test_what_is_missing_or_zero_is_counted_not_filled_in(vectors: Embedding, pairs: WordTest) -> None:
    x = vectors.vectors.copy()
    x[3] = 0
    row = evaluate_words(Embedding(NAMES[:38], x[:38]), pairs)["embedding", "pairs"]
    assert (row.units, row.covered, row.of) == (17, 17, 20)
    found = evaluate_words(vectors, pairs).to_dict()
    assert found["pairs_coverage"] == 1.0
    assert {"pairs", "pairs_low", "pairs_high", "pairs_chance", "pairs_units", "pairs_covered", "pairs_of"} <= set(found)


def test_embeddings_are_compared_on_what_all_cover(vectors: Embedding, pairs: WordTest) -> None:
    noisy = Embedding(NAMES[:35], vectors.vectors[:35] + np.random.default_rng(2).normal(size=(35, 6)))
    result = evaluate_words({"a": vectors, "b": noisy, "c": vectors}, pairs)
    assert {row.units for row in result.overall} == {15}
    assert result["a", "pairs"].covered == 20
    assert result["b", "pairs"].covered == 15
    gaps = result.differences().set_index(["method", "other"])
    assert gaps.loc[("a", "b"), "difference"] == pytest.approx(result["a", "pairs"].mean - result["b", "pairs"].mean)
    assert gaps.loc[("a", "b"), "low"] < gaps.loc[("a", "b"), "difference"] < gaps.loc[("a", "b"), "high"]
    assert gaps.loc[("a", "c"), ["difference", "low", "high"]].tolist() == [0, 0, 0]
    assert gaps.loc[("a", "c"), "p"] == 1


def test_analogies_with_and_without_the_words_of_the_question() -> None:
    step = np.array([0.0, 0.3, 0.0])
    base = np.array([[1, 0, 0], [0.8, 0, 0.6], [0, 0.1, 1]])
    e = Embedding(["a", "b", "c", "a2", "b2", "c2"], np.vstack([base, base + step]))
    questions = pd.DataFrame(
        [("one", "a", "a2", "b", "b2"), ("one", "b", "b2", "c", "c2"), ("two", "a", "a2", "c", "c2"), ("two", "a", "a2", "zz", "c2")],
        columns=["section", "a", "b", "c", "d"],
    )
    test = WordTest("quiz", "analogy", questions)
    result = evaluate_words(e, test, rules=["3CosAdd", "3CosMul"])
    row = result["embedding", "quiz"]
    assert (row.mean, row.units, row.covered, row.of, row.rule) == (1.0, 3, 3, 4, "3CosAdd")
    assert row.chance == 1 / 3
    assert result["embedding", "quiz-3CosMul"].rule == "3CosMul"
    sections = {r.group: (r.mean, r.units, r.of) for r in result.of("section") if r.rule == "3CosAdd"}
    assert sections == {"one": (1.0, 2, 2), "two": (1.0, 1, 2)}
    assert result.by_section()["group"].unique().tolist() == ["one", "two"]
    among_all = evaluate_words(e, test, exclude=False)
    assert among_all["embedding", "quiz"].chance == 1 / 6
    assert among_all["embedding", "quiz"].mean <= 1
    assert "one of the question's own words, which are no candidates here" in result.notes()[0]
    assert "which are candidates here" in among_all.notes()[0]


@pytest.mark.parametrize("clustering", ["kmeans", "agglomerative"])
def test_purity_of_clusters_that_are_the_categories(clustering: str) -> None:
    rng = np.random.default_rng(3)
    centres = np.eye(4)[np.repeat(range(4), 10)]
    e = Embedding(NAMES, centres + 0.05 * rng.normal(size=(40, 4)))
    table = pd.DataFrame({"word": [*NAMES, "w0"], "category": [*(f"c{i // 10}" for i in range(40)), "c3"]})
    test = WordTest("sorts", "categorisation", table)
    row = (result := evaluate_words(e, test, clustering=clustering))["embedding", "sorts"]
    assert (row.mean, row.metric, row.units, row.of) == (1.0, "purity", 39, 41)
    assert 0.25 < row.chance < 0.6
    assert result.notes() == ["sorts: 1 words stand in several categories and are left out"]
    shuffled = Embedding(NAMES, e.vectors[rng.permutation(40)])
    other = evaluate_words(shuffled, test, clustering=clustering)["embedding", "sorts"]
    assert other.mean < other.chance + 0.2


def test_outliers_stand_where_compactness_puts_them() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(9, 3))
    names = NAMES[:9]
    words = [("one", n, False) for n in names[:4]] + [("one", n, True) for n in names[4:7]] + [("two", "w7", False), ("two", "w8", True)]
    test = WordTest("odd", "outlier", pd.DataFrame(words, columns=["cluster", "word", "outlier"]))
    result = evaluate_words(Embedding(names, x), test)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    position, found = [], []
    for outlier in (4, 5, 6):
        members = [0, 1, 2, 3, outlier]
        without = [sum(unit[i] @ unit[j] for i in members for j in members if i != j and m not in (i, j)) for m in members]
        place = sorted(range(5), key=lambda i: without[i]).index(4)  # by the compactness of the others, the least first
        position.append(place / 4)
        found.append(place == 4)
    assert result["embedding", "odd"].mean == pytest.approx(np.mean(found))
    assert result["embedding", "odd-OPP"].mean == pytest.approx(np.mean(position))
    assert (result["embedding", "odd"].units, result["embedding", "odd"].of) == (3, 4)
    assert result["embedding", "odd"].chance == pytest.approx(1 / 5)


def test_equal_words_share_the_last_place() -> None:
    e = Embedding(["a", "b", "c", "d"], np.ones((4, 2)))
    words = [("one", "a", False), ("one", "b", False), ("one", "c", True), ("one", "d", True), ("one", "a", True)]
    test = WordTest("odd", "outlier", pd.DataFrame(words, columns=["cluster", "word", "outlier"]))
    result = evaluate_words(e, test)
    assert result["embedding", "odd"].mean == pytest.approx(1 / 3)
    assert result["embedding", "odd-OPP"].mean == 0.5


def test_the_seed_decides(vectors: Embedding, pairs: WordTest, tmp_path: Path) -> None:
    first, again, other = (evaluate_words(vectors, pairs, random_state=seed) for seed in (0, 0, 1))
    assert first.to_json() == again.to_json()
    assert first["embedding", "pairs"].low != other["embedding", "pairs"].low
    first.to_json(tmp_path / "r.json")
    assert WordResult.from_json(tmp_path / "r.json")["embedding", "pairs"] == first["embedding", "pairs"]


def test_rows_of_relations_are_no_words() -> None:
    e = Embedding(["a", "b", "a"], np.eye(3), kinds=["entity", "entity", "relation"])
    with pytest.raises(DataError, match="too little of the tests is covered: pairs: 1 of 1 pairs"):
        evaluate_words(e, pairs_of(["a"], ["b"], [1.0]))
    twice = Embedding(["a", "a"], np.eye(2), kinds=["user", "item"])
    with pytest.raises(DataError, match="'embedding' cannot be judged: names stand in several kinds"):
        evaluate_words(twice, pairs_of(["a"], ["b"], [1.0]))


def test_what_cannot_be_asked(vectors: Embedding, pairs: WordTest) -> None:
    with pytest.raises(DataError, match="ws-353: 0 of 353 pairs"):
        evaluate_words(vectors, "ws-353")
    assert evaluate_words(vectors, [pairs, "ws-353"]).notes() == ["too little is covered of ws-353: 0 of 353 pairs"]
    with pytest.raises(UnknownNameError, match="unknown word test 'ws-35'"):
        evaluate_words(vectors, "ws-35")
    with pytest.raises(ParameterError, match="several different ones, got"):
        evaluate_words(vectors, [pairs, pairs])
    with pytest.raises(ParameterError, match="got \\[\\]"):
        evaluate_words(vectors, [])
    with pytest.raises(DataError, match="expected word tests or their names, got int"):
        evaluate_words(vectors, [3])  # type: ignore[list-item]
    with pytest.raises(UnknownNameError, match="unknown rule of analogies"):
        evaluate_words(vectors, pairs, rules="3CosDiv")
    with pytest.raises(ParameterError, match="expected a rule"):
        evaluate_words(vectors, pairs, rules=())
    with pytest.raises(UnknownNameError, match="unknown clustering"):
        evaluate_words(vectors, pairs, clustering="ward")


SIMILARITY = {
    "ws-353": (0.6883, 318),
    "simlex-999": (0.4443, 982),
    "men": (0.7743, 2510),
    "rg-65": (0.7618, 53),
    "mturk-771": (0.6736, 758),
    "rw": (0.6546, 460),
    "mc-30": (0.8167, 26),
}
ANALOGIES = {"google-analogies": (0.7291, 8740, 19_544), "msr": (0.7504, 5276, 8000)}


@pytest.mark.shared
def test_measured_figures_of_google_news(shared_data: Path) -> None:
    news = load_dataset("googlenews-26k")
    assert isinstance(news, Embedding)
    result = evaluate_words(news, [*SIMILARITY, *ANALOGIES], groups=False)
    assert {name: (round(result["embedding", name].mean, 4), result["embedding", name].units) for name in SIMILARITY} == SIMILARITY
    found = {name: result["embedding", name] for name in ANALOGIES}
    assert {name: (round(row.mean, 4), row.units, row.of) for name, row in found.items()} == ANALOGIES
