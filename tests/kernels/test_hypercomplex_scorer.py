"""Every layout against a dense loop, and heads without reciprocal relations against explicit scoring."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.hypercomplex import PRODUCTS, multiply, unit
from graphemb.kernels.hypercomplex_scorer import COLUMNS_AT_ONCE, HypercomplexScorer

N, R, D = 9, 3, 16
EVERY = np.arange(N)
QUERIES = np.divmod(np.arange(N * R), R)
PARTS = ("relation_pre", "relation_shift", "head_shift", "head_bias", "tail_bias")


def arrays(*names: str, rows: int = R) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    shapes = {name: (rows, D) if name.startswith("relation") else (N,) if name.endswith("bias") else (N, D) for name in names}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def dense(product: str, score: str, parts: dict[str, np.ndarray], h: int, r: int, t: int) -> float:
    """s(h, r, t) as it is written, in float64."""
    p = {name: array.astype(float) for name, array in parts.items()}
    q = p["entities"][h]
    if "relation_pre" in p:
        q = q + p["relation_pre"][r]
    if product != "none":
        q = multiply(product, q, p["head_rotor"][h] if "head_rotor" in p else p["relation"][r])
    if "relation_shift" in p:
        q = q + p["relation_shift"][r]
    if "head_shift" in p:
        q = q + p["head_shift"][h]
    s = q @ p["entities"][t] if score == "dot" else -((q - p["entities"][t]) ** 2).sum()
    return s + p.get("head_bias", np.zeros(N))[h] + p.get("tail_bias", np.zeros(N))[t]


def assert_dense(scorer: HypercomplexScorer, parts: dict[str, np.ndarray], product: str, score: str) -> None:
    heads, relations = QUERIES
    expected = np.array([[[dense(product, score, parts, h, r, t) for t in EVERY] for r in range(R)] for h in EVERY])
    tails = scorer.tails(heads, relations)
    assert tails.dtype == np.float32 and tails.shape == (N * R, N)
    np.testing.assert_allclose(tails, expected.reshape(-1, N), rtol=1e-5, atol=1e-4)
    every_head = scorer.heads(relations, heads)
    assert every_head.dtype == np.float32
    np.testing.assert_allclose(every_head, expected.transpose(2, 1, 0).reshape(-1, N), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("score", ["dot", "distance"])
@pytest.mark.parametrize("product", [*PRODUCTS, "none"])
def test_every_product_with_every_part(product, score):
    for size in range(len(PARTS) + 1):
        for chosen in itertools.combinations(PARTS, size):
            if product == "none" and not any(name.startswith("relation") for name in chosen):
                continue
            parts = arrays("entities", *([] if product == "none" else ["relation"]), *chosen)
            assert_dense(HypercomplexScorer(**parts, product=product, score=score), parts, product, score)


@pytest.mark.parametrize("product", ["real", "complex", "hamilton"])
def test_distances_after_a_rotation_need_one_product_for_all_heads(product, monkeypatch):
    parts = arrays("entities", "relation", "relation_pre", "relation_shift", "head_bias", "tail_bias")
    parts["relation"] = unit(product, parts["relation"])
    monkeypatch.setattr(HypercomplexScorer, "_turning_heads", None)
    assert_dense(HypercomplexScorer(**parts, product=product, score="distance"), parts, product, "distance")


@pytest.mark.parametrize("score", ["dot", "distance"])
def test_rotors_of_the_heads(score):
    parts = arrays("entities", "relation_shift", "head_rotor", "head_shift", "head_bias", "tail_bias")
    assert_dense(HypercomplexScorer(**parts, product="dihedron", score=score), parts, "dihedron", score)


@pytest.mark.parametrize("product", PRODUCTS)
def test_heads_by_the_adjoint_are_explicit_scores(product):
    """To 1e-6 of the products of norms: the same numbers, added up in another order."""
    parts = arrays("entities", "relation", "relation_pre", "relation_shift", "head_bias", "tail_bias")
    parts = {name: (array / np.linalg.norm(array)).astype(np.float32) for name, array in parts.items()}
    scorer = HypercomplexScorer(**parts, product=product)
    for r in range(R):
        by_tails = scorer.tails(EVERY, np.full(N, r))
        np.testing.assert_allclose(scorer.heads(np.full(N, r), EVERY), by_tails.T, rtol=0, atol=1e-6)


@pytest.mark.parametrize("score", ["dot", "distance"])
def test_reciprocal_relations_answer_heads(score):
    parts = arrays("entities", "relation", "relation_shift", "head_bias", "tail_bias", rows=2 * R)
    scorer = HypercomplexScorer(**parts, product="hamilton", score=score, reciprocal=True)
    assert scorer.n_relations == R
    found = scorer.heads(np.array([0, 2]), np.array([4, 5]))
    expected = [[dense("hamilton", score, parts, t, r + R, h) for h in EVERY] for r, t in ((0, 4), (2, 5))]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("score", ["dot", "distance"])
@pytest.mark.parametrize("reciprocal", [False, True])
def test_pairs_and_columns_are_the_same_scores(score, reciprocal):
    parts = arrays("entities", "relation", "relation_shift", "head_bias", "tail_bias", rows=2 * R)
    scorer = HypercomplexScorer(**parts, product="dihedron", score=score, reciprocal=reciprocal)
    h, r, t = np.array([1, 8, 3]), np.array([0, 2, 1]), np.array([2, 2, 3])
    tails = scorer.tails(h, r)
    np.testing.assert_allclose(scorer.triples(h, r, t), tails[np.arange(3), t], rtol=1e-5, atol=1e-5)
    for whole, part in (
        (tails, scorer.tails(h, r, slice(2, 7), np.empty((3, 5), np.float32))),
        (scorer.heads(r, t), scorer.heads(r, t, slice(2, 7), np.empty((3, 5), np.float32))),
    ):
        np.testing.assert_allclose(part, whole[:, 2:7], rtol=1e-5, atol=1e-5)
    some = np.array([5, 1])
    np.testing.assert_allclose(
        scorer.take(some).tails(np.array([0]), np.array([2])), scorer.tails(some[:1], np.array([2]))[:, some], rtol=1e-5
    )


def test_equal_entities_are_level_and_distances_within_far_clusters_are_kept():
    rng = np.random.default_rng(1)
    n = COLUMNS_AT_ONCE + 3
    clusters = (100 * rng.standard_normal((4, D)))[rng.integers(4, size=n)] + 1e-2 * rng.standard_normal((n, D))
    entities = clusters.astype(np.float32)
    entities[[5, 77, n - 1]] = entities[0]
    shift = (1e-2 * rng.standard_normal((1, D))).astype(np.float32)
    scorer = HypercomplexScorer(entities, product="none", score="distance", relation_shift=shift)
    found = scorer.tails(np.array([0, 1]), np.array([0, 0]))
    x = entities.astype(float)
    np.testing.assert_allclose(found, -(((x[:2] + shift)[:, None] - x) ** 2).sum(axis=2), rtol=1e-5)
    assert len(set(found[0, [0, 5, 77, n - 1]].tolist())) == 1


@pytest.mark.parametrize("n", [101, 1000])
def test_equal_entities_are_level_wherever_they_stand(n):
    rng = np.random.default_rng(2)
    entities = rng.standard_normal((n, D)).astype(np.float32)
    same = rng.random(n) < 0.5
    entities[same], entities[1:4] = entities[0], [[0.0] * D, [-0.0] * D, [0.0] * D]
    same[1:4] = False
    for product, score in (("hamilton", "dot"), ("dihedron", "distance")):
        scorer = HypercomplexScorer(entities, rng.standard_normal((1, D)).astype(np.float32), product=product, score=score)
        queries = np.arange(64), np.zeros(64, dtype=int)
        for scores in (scorer.tails(*queries), scorer.heads(*queries[::-1]), scorer.tails(*queries, slice(40, n - 3))):
            level = same if scores.shape[1] == n else same[40 : n - 3]
            assert (scores[:, level] == scores[:, [level.argmax()]]).all()
        assert (np.ptp(scorer.tails(*queries)[:, 1:4], axis=1) == 0).all()


def test_an_entity_alone_and_no_query():
    scorer = HypercomplexScorer(np.float32([[1, 2]]), np.float32([[3, 4]]), product="complex", score="distance")
    none = np.empty(0, dtype=np.int64)
    assert scorer.tails(np.array([0]), np.array([0])).shape == (1, 1)
    assert scorer.tails(none, none).shape == scorer.heads(none, none).shape == (0, 1)


def test_what_does_not_fit_is_refused():
    parts = arrays("entities", "relation", "tail_bias")
    with pytest.raises(DataError, match="tail_bias of shape \\(9,\\), got \\(4,\\)"):
        HypercomplexScorer(**{**parts, "tail_bias": parts["tail_bias"][:4]}, product="complex")
    with pytest.raises(DataError, match="there are none"):
        HypercomplexScorer(parts["entities"], product="complex")
    with pytest.raises(DataError, match="even number"):
        HypercomplexScorer(**parts, product="complex", reciprocal=True)
    with pytest.raises(DataError, match="8 equal parts"):
        HypercomplexScorer(parts["entities"][:, :4], parts["relation"][:, :4], product="biquaternion")
    with pytest.raises(UnknownNameError, match="product 'hamiltonian'"):
        HypercomplexScorer(**parts, product="hamiltonian")
    with pytest.raises(UnknownNameError, match="score"):
        HypercomplexScorer(**parts, product="complex", score="cosine")
    for name in parts:
        for bad in (np.nan, np.inf):
            broken = {**parts, name: parts[name].copy()}
            broken[name][1] = bad
            with pytest.raises(DataError, match=f"^{name} holds NaN or infinite"):
                HypercomplexScorer(**broken, product="complex")
