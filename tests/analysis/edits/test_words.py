"""Published and measured figures on real word vectors: 26,423 words of GoogleNews."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.edits.edit import unit
from graphemb.analysis.edits.named import edit
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_concept, load_names

pytestmark = pytest.mark.shared
EXTREMES = 2_500


@pytest.fixture(scope="module")
def words(shared_data: Path) -> Embedding:
    found = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    return found.replace(vectors=unit(found.vectors.astype(np.float64)))


@pytest.fixture(scope="module")
def gender() -> Concept:
    return load_concept("gender")


@pytest.fixture(scope="module")
def men(shared_data: Path, words: Embedding) -> tuple[np.ndarray, np.ndarray]:
    """MEN: rows of both words of each pair that is there, and how alike people find them."""
    lines = [line.split() for line in (shared_data / "words/benchmarks/similarity/EN-MEN-TR-3k.txt").read_text().splitlines()]
    rows = np.array([words.names.find([line[side] for line in lines]) for side in (0, 1)])
    there = (rows >= 0).all(axis=0)
    return rows[:, there], np.array([float(line[2]) for line in lines])[there]


def similarity(embedding: Embedding, men: tuple[np.ndarray, np.ndarray]) -> float:
    first, second = (unit(embedding.vectors[rows].astype(np.float64)) for rows in men[0])
    return float(spearmanr((first * second).sum(axis=1), men[1])[0])


def leaning(embedding: Embedding, names: list[str], words: Embedding, gender: Concept) -> float:
    """Direct bias of names along the direction that gender has before any edit."""
    g = concept_direction(words, gender.locate(words)).first
    return float(np.abs(unit(embedding.vectors[words.rows(names)].astype(np.float64)) @ g).mean())


def test_hard_debiasing(words: Embedding, gender: Concept, men: tuple[np.ndarray, np.ndarray]) -> None:
    professions, specific = list(load_names("professions")), set(load_names("gender-specific"))
    one = edit("hard").fit(words, gender)
    after = one.transform(words)
    assert one.notes_["specific"] == {"list": "gender-specific", "asked": 1441, "found": 232} and one.notes_["equalised_sets"] == 45
    assert leaning(words, professions, words, gender) == pytest.approx(0.08051, abs=5e-6)
    assert leaning(after, professions, words, gender) == pytest.approx(0.01485, abs=5e-6)
    neutral = [p for p in professions if p not in specific]
    assert len(neutral) == 303 and leaning(after, neutral, words, gender) < 1e-8
    exact = one.apply(words.vectors[words.rows(neutral)].astype(np.float64))
    assert np.abs(exact @ one.map_.up[0]).max() < 1e-15  # type: ignore[attr-defined]
    assert similarity(words, men) == pytest.approx(0.7743, abs=5e-5)
    assert similarity(after, men) == pytest.approx(0.7731, abs=5e-5)


@pytest.mark.parametrize(("rank", "bias"), [(1, 0.0959), (2, 0.0865), (3, 0.0737), (5, 0.0172), (10, 0.0006), (20, 0.0)])
def test_the_first_axis_of_gendered_words_is_not_gender(rank: int, bias: float, words: Embedding, gender: Concept) -> None:
    one = edit(f"decor:rows=names,rank={rank}").fit(words, gender)
    np.testing.assert_allclose(one.axes_["singular_value"][:1], 2.78, atol=5e-3)  # type: ignore[attr-defined]
    assert leaning(one.transform(words), list(load_names("professions")), words, gender) == pytest.approx(bias, abs=5e-5)


@pytest.mark.parametrize(
    ("alpha", "bias", "men_score"), [(0, 0.0805, 0.7743), (0.25, 0.0636, 0.7806), (0.5, 0.0442, 0.7812), (0.75, 0.0228, 0.7749)]
)
def test_degrees_of_decor(
    alpha: float, bias: float, men_score: float, words: Embedding, gender: Concept, men: tuple[np.ndarray, np.ndarray]
) -> None:
    after = edit(f"decor:rows=names,alpha={alpha}").fit_transform(words, gender)
    assert leaning(after, list(load_names("professions")), words, gender) == pytest.approx(bias, abs=6e-5)
    assert similarity(after, men) == pytest.approx(men_score, abs=1e-4)


def test_all_of_decor(words: Embedding, gender: Concept, men: tuple[np.ndarray, np.ndarray]) -> None:
    one = edit("decor:rows=names").fit(words, gender)
    after = one.transform(words)
    assert leaning(after, list(load_names("professions")), words, gender) < 1e-6
    assert (~after.vectors.any(axis=1)).sum() == 20  # the words themselves are gone: zero, not what rounding leaves of them
    assert similarity(after, men) == pytest.approx(0.7545, abs=5e-4)  # with their pairs at 0; by rounding's directions it is about .7625
    assert 1 - after.meta["edits"][0]["moved_share"] == pytest.approx(0.906, abs=5e-4)


def test_the_direction_of_gender_by_differences(words: Embedding, gender: Concept) -> None:
    shares = edit("decor").fit(words, gender).axes_["energy"][:6]  # type: ignore[attr-defined]
    np.testing.assert_allclose(shares, [0.6053, 0.1273, 0.0993, 0.0483, 0.0406, 0.0253], atol=5e-5)


def test_spectra_and_similarity(words: Embedding, men: tuple[np.ndarray, np.ndarray]) -> None:
    for name, score in (("all-but-the-top", 0.7983), ("all-but-the-top:components=0", 0.7783), ("whitening:shrinkage=0", 0.7799)):
        assert similarity(edit(name).fit_transform(words), men) == pytest.approx(score, abs=1e-4), name


def extremes(words: Embedding, gender: Concept) -> tuple[np.ndarray, np.ndarray, np.ndarray, Concept]:
    """Rows and labels of the most biased names, which 3,500 of them train, and these as a concept."""
    found = biased_names(words, gender, EXTREMES, pair=("she", "he")).locate(words)
    rows, labels = found.all_rows, found.labels
    train = np.zeros(len(rows), dtype=bool)
    train[np.random.default_rng(0).permutation(len(rows))[:3_500]] = True
    names = np.asarray(words.names)[rows]
    return rows, labels, train, Concept("extremes", {side: tuple(names[train & (labels == i)]) for i, side in enumerate(gender.groups)})


@pytest.mark.parametrize(("name", "move"), [("leace", 0.0283), ("mean-difference", 0.0316), ("sal", 0.0316)])
def test_linear_erasure_leaves_nothing_to_a_line_nor_to_clusters(name: str, move: float, words: Embedding, gender: Concept) -> None:
    rows, labels, train, concept = extremes(words, gender)
    x = edit(name).fit(words, concept).apply(words.vectors[rows].astype(np.float64))
    assert ((x - words.vectors[rows]) ** 2).sum(axis=1).mean() == pytest.approx(move, abs=1e-3)
    line = LogisticRegression(max_iter=2_000).fit(x[train], labels[train])
    assert line.score(x[~train], labels[~train]) == pytest.approx(0.499, abs=0.01)
    found = (KMeans(2, n_init=3, random_state=0).fit_predict(x) == labels).mean()
    assert max(found, 1 - found) < 0.53


@pytest.mark.slow
def test_what_other_machines_still_find(words: Embedding, gender: Concept) -> None:
    from sklearn.svm import SVC

    rows, labels, train, concept = extremes(words, gender)
    erased = edit("leace").fit(words, concept).transform(words).vectors[rows]
    hard = edit("hard").fit(words, gender).transform(words).vectors[rows]
    rbf = {name: SVC().fit(x[train], labels[train]).score(x[~train], labels[~train]) for name, x in {"leace": erased, "hard": hard}.items()}
    assert rbf["leace"] == pytest.approx(0.989, abs=0.01) and rbf["hard"] == pytest.approx(0.961, abs=0.01)
    line = LogisticRegression(max_iter=2_000).fit(hard[train], labels[train])
    assert line.score(hard[~train], labels[~train]) == pytest.approx(0.937, abs=0.01)
    found = (KMeans(2, n_init=10, random_state=0).fit_predict(hard) == labels).mean()
    assert max(found, 1 - found) == pytest.approx(0.827, abs=0.01)
    assert ((hard - words.vectors[rows]) ** 2).sum(axis=1).mean() == pytest.approx(0.0146, abs=1e-3)


def test_soft_debiasing_is_solved_in_300_columns(words: Embedding, gender: Concept) -> None:
    professions = list(load_names("professions"))
    one = edit("soft:lam=1e4").fit(words, gender)
    assert one.optimality_ < 1e-8  # type: ignore[attr-defined]
    assert leaning(one.transform(words), professions, words, gender) < 0.009
    published = edit("soft").fit(words, gender).transform(words)
    assert leaning(published, professions, words, gender) == pytest.approx(0.0804, abs=1e-4)  # 0.2 against 698 million pairs
