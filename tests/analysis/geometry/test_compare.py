"""compare: the published vectors, who moved, names that differ, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graphemb.analysis.edits.named import edit
from graphemb.analysis.geometry.compare import compare
from graphemb.analysis.geometry.neighbour_overlap import expected_jaccard, jaccard, shared_neighbours
from graphemb.analysis.geometry.subject import formed
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_concept
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.nearest_rows import nearest_rows


@pytest.fixture(scope="module")
def first() -> Embedding:
    return Embedding([f"n{i}" for i in range(300)], np.random.default_rng(0).normal(size=(300, 8)))


def turned(e: Embedding, seed: int = 1) -> Embedding:
    d = e.dim
    return e.replace(vectors=4 * e.vectors @ np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0])


def test_a_turned_copy_is_the_same(first):
    found = compare(first, turned(first))
    same = {"knn-overlap@10": 1, "knn-jaccard@10": 1, "cka": 1, "cka-debiased": 1, "aligned-cosine": 1, "rsa": 1, "eigenspace-overlap": 1}
    assert {key: found[key] for key in same} == pytest.approx(same, abs=1e-5)
    assert found["procrustes"] == pytest.approx(0, abs=1e-6)


def test_unrelated_vectors_are_at_chance(first):
    other = first.replace(vectors=np.random.default_rng(9).normal(size=(300, 12)))
    found = compare(first, other)
    chance = {figure.key: figure.reference for figure in found.figures}
    assert chance["knn-overlap@10"] == pytest.approx(10 / 299)
    for key, value in chance.items():
        assert found[key] == pytest.approx(value, abs=0.03)


@pytest.mark.parametrize("k", [1, 4])
def test_overlap_is_that_of_sets(first, k):
    other = first.replace(vectors=first.vectors + np.random.default_rng(2).normal(size=(300, 8)))
    found = compare(first, other, k=k)
    lists = [nearest_rows(e.vectors, k)[0] for e in (first, other)]
    shared = [len(set(a) & set(b)) for a, b in zip(*lists, strict=True)]
    assert found[f"knn-overlap@{k}"] == pytest.approx(np.mean(shared) / k)
    assert found[f"knn-jaccard@{k}"] == pytest.approx(np.mean([s / (2 * k - s) for s in shared]))
    moved = found.moved.set_index("name")
    for row in (0, 17, 200):
        a, b = (list(found_rows[row]) for found_rows in lists)
        assert moved.loc[f"n{row}", "lost"] == [f"n{j}" for j in a if j not in b][:3]
        assert moved.loc[f"n{row}", "gained"] == [f"n{j}" for j in b if j not in a][:3]


def test_the_expected_jaccard_is_that_of_random_lists():
    rng = np.random.default_rng(0)
    draws = [[rng.choice(20, 4, replace=False) for _ in range(2)] for _ in range(4_000)]
    shared = shared_neighbours(np.array([a for a, _ in draws]), np.array([b for _, b in draws]))
    assert jaccard(shared, 4).mean() == pytest.approx(expected_jaccard(4, 21), abs=0.005)


def test_the_name_that_was_moved_comes_first(first):
    vectors = np.array(first.vectors)
    vectors[42] = -vectors[42]
    found = compare(first, first.replace(vectors=vectors))
    assert found.moved["name"].iloc[0] == "n42"
    assert found.moved["overlap"].iloc[0] < 0.2
    assert (found.moved["jaccard"].diff().dropna() >= 0).all()


def test_only_shared_names_count(first):
    some = first.take(np.arange(250))
    others = Embedding(["x", *reversed(list(first.names[100:]))], np.vstack([np.ones(8), first.vectors[:99:-1]]))
    found = compare(some, others)
    assert found.settings["names"] == {"first": 250, "second": 201, "shared": 150, "zero": 0}
    assert found["knn-overlap@10"] == 1
    assert "150 shared names" in found.headline()


def test_rows_of_zeros_are_left_out(first):
    """Names without a direction would otherwise share the neighbours that ties give them."""
    vectors = np.array(first.vectors)
    vectors[:100] = 0
    other = Embedding(first.names, np.random.default_rng(3).normal(size=(300, 8)) * vectors.any(axis=1, keepdims=True))
    found = compare(first.replace(vectors=vectors), other)
    assert found.settings["names"]["zero"] == 100
    assert found["knn-overlap@10"] == pytest.approx(10 / 199, abs=0.02)
    assert "100 left out" in found.headline()
    assert list(compare(first.replace(vectors=vectors), other, names=["n3", "n150"]).moved["name"]) == ["n150"]
    with pytest.raises(DataError, match="all names asked for are zero"):
        compare(first.replace(vectors=vectors), other, names=["n3"])
    assert compare(first.replace(vectors=vectors), other, rows="raw").settings["names"]["zero"] == 0


def test_a_sample_has_an_interval_and_given_names_have_none(first):
    other = first.replace(vectors=first.vectors + 0.5 * np.random.default_rng(2).normal(size=(300, 8)))
    whole = compare(first, other)["knn-overlap@10"]
    part = compare(first, other, sample=100).figures[0]
    assert part.low < whole < part.high
    given = compare(first, other, names=["n3", "n7"])
    assert given.figures[0].low == given.figures[0].value
    assert sorted(given.moved["name"]) == ["n3", "n7"]


def test_the_same_seed_gives_the_same(first):
    other = turned(first).replace(vectors=first.vectors**3)
    found = [compare(first, other, sample=50, pairs=500, random_state=seed).to_frame() for seed in (1, 1, 2)]
    assert found[0].equals(found[1])
    assert not found[0].equals(found[2])


def test_kinds_and_context():
    rng = np.random.default_rng(0)
    e = Embedding([*"abcdefgh"], rng.normal(size=(8, 3)), rng.normal(size=(8, 3)), kinds=["user"] * 4 + ["item"] * 4)
    found = compare(e, turned(e), kind="item", k=2)
    assert found.settings["names"]["shared"] == 4
    assert list(found.moved.columns)[:2] == ["name", "kind"]
    assert compare(e, e, side="context", k=2)["cka"] == pytest.approx(1)


def test_few_names_give_what_they_can(first):
    found = compare(first.take(np.arange(3)), turned(first), k=5)
    assert found.skipped["knn-overlap@5"].endswith("got 3; give a smaller k")
    assert "cka-debiased" in found.skipped
    assert found["procrustes"] == pytest.approx(0, abs=1e-6)
    assert "lost" not in found.moved


def test_equal_rows(first):
    found = compare(first, first.replace(vectors=np.ones((300, 2))), k=3)
    assert {"cka", "cka-debiased", "procrustes", "aligned-cosine", "rsa"} <= set(found.skipped)
    assert found["eigenspace-overlap"] < 0.2
    assert "cosine" not in found.moved


def test_json(first):
    facts = json.loads(compare(first, turned(first), k=4).to_json())
    assert facts["knn-overlap@4"] == 1
    assert facts["knn-overlap@4_chance"] == pytest.approx(4 / 299)
    assert len(facts["groups"]["moved"]) == 200
    assert facts["definitions"]["cka"]


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"k": 0}, ParameterError, "k must be"),
        ({"pairs": 0}, ParameterError, "pairs must be"),
        ({"sample": 1}, ParameterError, "sample must be"),
        ({"rows": "other"}, ParameterError, "rows must be"),
        ({"names": ["n3", "nn"]}, UnknownNameError, "nn"),
        ({"side": "context"}, DataError, "no context"),
    ],
    ids=str,
)
def test_wrong_settings(first, settings, error, said):
    with pytest.raises(error, match=said):
        compare(first, first, **settings)


def test_nothing_shared(first):
    with pytest.raises(DataError, match="share no name"):
        compare(first, Embedding(["x", "y"], np.eye(2)))
    with pytest.raises(DataError, match="at least 3 shared names"):
        compare(first, first.take(np.arange(2)))


@pytest.mark.shared
def test_googlenews_centred_and_hard_debiased(shared_data):
    """The first 3,000 names, neighbours among all: .965 kept by centring, .980 by hard debiasing."""
    e = Embedding.load(shared_data / "words" / "googlenews-26k" / "vectors.bin.gz")
    edited = {"centred": formed(e.vectors, "centred"), "hard": edit("hard").fit_transform(e, load_concept("gender")).vectors}
    original, _ = nearest_rows(e.vectors, 10, queries=np.arange(3_000))
    for label, kept in (("centred", 0.965), ("hard", 0.980)):
        found, _ = nearest_rows(edited[label], 10, queries=np.arange(3_000))
        assert round(shared_neighbours(original, found).mean() / 10, 3) == kept
