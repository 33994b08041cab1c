"""Knowledge-graph decoders against explicit complex and quaternion arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.reconstruction.decoders.vectors import make_scorer

N = 7

RNG = np.random.default_rng(5)
X = RNG.normal(size=(N, 8)).astype(np.float32)
R = RNG.normal(size=(3, 8)).astype(np.float32)
KNOWN = Embedding(range(N), X, parameters={"relation": R}, meta={"relations": ["likes", "knows", "made"]})
TABLE = {  # the algebra of quaternions: i, j, k multiplied by one another
    ("1", "1"): (1, "1"), ("1", "i"): (1, "i"), ("1", "j"): (1, "j"), ("1", "k"): (1, "k"),
    ("i", "1"): (1, "i"), ("i", "i"): (-1, "1"), ("i", "j"): (1, "k"), ("i", "k"): (-1, "j"),
    ("j", "1"): (1, "j"), ("j", "i"): (-1, "k"), ("j", "j"): (-1, "1"), ("j", "k"): (1, "i"),
    ("k", "1"): (1, "k"), ("k", "i"): (1, "j"), ("k", "j"): (-1, "i"), ("k", "k"): (-1, "1"),
}  # fmt: skip


def quaternion_product(h: np.ndarray, r: np.ndarray) -> np.ndarray:
    h, r, out = h.reshape(4, -1), r.reshape(4, -1), np.zeros((4, h.size // 4))
    for a, p in enumerate("1ijk"):
        for b, q in enumerate("1ijk"):
            sign, unit = TABLE[p, q]
            out["1ijk".index(unit)] += sign * h[a] * r[b]
    return out.ravel()


def as_complex(v: np.ndarray) -> np.ndarray:
    return v[: len(v) // 2] + 1j * v[len(v) // 2 :]


def dense(score, n: int = N) -> np.ndarray:
    return np.array([[score(u, v) for v in range(n)] for u in range(n)])


def test_translation(assert_scores):
    r = R[1].astype(float)
    assert_scores(make_scorer(KNOWN, "translation", "knows"), dense(lambda u, v: -((X[u] + r - X[v]) ** 2).sum()))


def test_rotation_by_numbers_and_by_phases(assert_scores):
    r = as_complex(R[0]) / abs(as_complex(R[0]))
    expected = dense(lambda u, v: -(abs(as_complex(X[u]) * r - as_complex(X[v])) ** 2).sum())
    assert_scores(make_scorer(KNOWN, "rotation", "likes"), expected)
    assert_scores(make_scorer(KNOWN, "rotation", np.angle(r)), expected)


@pytest.mark.parametrize("decoder", ["translation", "rotation"])
def test_distances_within_distant_clusters_are_kept(decoder):
    rng = np.random.default_rng(1)
    e = Embedding(range(40), np.repeat(100 * rng.standard_normal((4, 8)), 10, axis=0) + 1e-2 * rng.standard_normal((40, 8)))
    x, r = e.vectors.astype(float), 1e-2 * R[0]
    if decoder == "translation":
        heads = x + r
    else:
        angle = r[:4].astype(float)  # phases
        turned = (x[:, :4] + 1j * x[:, 4:]) * np.exp(1j * angle)
        heads = np.hstack([turned.real, turned.imag])
    expected = -((heads[:, None] - x) ** 2).sum(axis=2)
    scorer = make_scorer(e, decoder, r if decoder == "translation" else r[:4])
    found = scorer.block(np.arange(40), slice(0, 40))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(scorer.reversed().block(np.arange(40), slice(0, 40)), expected.T, rtol=1e-5)


def test_complex(assert_scores):
    r = as_complex(R[2])
    expected = dense(lambda u, v: (as_complex(X[u]) * r * as_complex(X[v]).conj()).sum().real)
    assert_scores(make_scorer(KNOWN, "complex", "made"), expected, 1e-4)
    assert make_scorer(KNOWN, "complex", np.r_[np.ones(4), np.zeros(4)]).symmetric


def test_hamilton_rotates_by_the_unit_quaternion(assert_scores):
    r = R[0] / np.tile(np.linalg.norm(R[0].reshape(4, -1), axis=0), 4)
    scorer = make_scorer(KNOWN, "hamilton", "likes")
    assert_scores(scorer, dense(lambda u, v: quaternion_product(X[u], r) @ X[v]), 1e-4)
    np.testing.assert_allclose(np.linalg.norm(scorer.queries(np.arange(N)), axis=1), np.linalg.norm(X, axis=1), rtol=1e-5)


def test_relations_may_be_rows(assert_scores):
    kinds = ["entity"] * N + ["relation"] * 3
    e = Embedding([*map(str, range(N)), "likes", "knows", "made"], np.vstack([X, R]), kinds=kinds)
    scorer = make_scorer(e, "translation", "made").take(np.arange(N))
    assert_scores(scorer, dense(lambda u, v: -((X[u] + R[2] - X[v]) ** 2).sum()))


def test_bilinear_with_a_matrix_a_relation(assert_scores):
    forms = RNG.normal(size=(3, 8, 8)).astype(np.float32)
    e = KNOWN.replace(parameters={"bilinear": forms})
    assert_scores(make_scorer(e, "bilinear", "knows"), dense(lambda u, v: X[u] @ forms[1] @ X[v]), 1e-4)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="likes"):
        make_scorer(KNOWN, "translation")
    with pytest.raises(UnknownNameError, match="knows"):
        make_scorer(KNOWN, "translation", "know")
    with pytest.raises(DataError, match="has none"):
        make_scorer(Embedding(range(N), X), "complex", "likes")
    with pytest.raises(DataError, match="divisible by 4"):
        make_scorer(Embedding(range(N), X[:, :6]), "hamilton", R[0, :6])
    with pytest.raises(DataError, match="8 or 4 numbers"):
        make_scorer(KNOWN, "rotation", R[0, :3])
    with pytest.raises(DataError, match="names 1"):
        make_scorer(KNOWN.replace(meta={"relations": ["likes"]}), "complex", "likes")
