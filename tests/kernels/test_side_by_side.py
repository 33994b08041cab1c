"""Models side by side score as their weighed sum, and their weights are those that rank best."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
from graphemb.kernels.known_answers import KnownAnswers
from graphemb.kernels.side_by_side import ENOUGH, WEIGHTS, Weighed, joined, relation_weights, weights_of

N, R = 9, 3
RNG = np.random.default_rng(0)


def arrays(product_parts: int, d: int, *, rows: int = 2 * R, shift: bool = False) -> dict[str, np.ndarray]:
    shapes = {"entities": N, "relation": rows, **({"relation_shift": rows} if shift else {})}
    return {name: RNG.normal(size=(count, product_parts * d)).astype(np.float32) for name, count in shapes.items()}


@pytest.mark.parametrize(("product", "parts"), [("real", 1), ("complex", 2), ("hamilton", 4), ("dihedron", 4)])
@pytest.mark.parametrize("reciprocal", [True, False])
@pytest.mark.parametrize("shift", [True, False])
def test_joined_arrays_score_as_the_weighed_sum(product: str, parts: int, reciprocal: bool, shift: bool) -> None:
    rows = 2 * R if reciprocal else R
    models = [arrays(parts, d, rows=rows, shift=shift) for d in (3, 1, 2)]
    weights = [np.ones(rows, np.float32), *RNG.random((2, rows)).astype(np.float32)]
    settings = {"product": product, "score": "dot", "reciprocal": reciprocal}
    one = HypercomplexScorer(**joined(models, parts, weights), **settings)
    apart = [HypercomplexScorer(**own, **settings) for own in models]
    h, r = (v.ravel() for v in np.meshgrid(np.arange(N), np.arange(R), indexing="ij"))
    tails = sum(w[:R][r, None] * scorer.tails(h, r) for w, scorer in zip(weights, apart, strict=True))
    np.testing.assert_allclose(one.tails(h, r), tails, rtol=1e-3, atol=1e-3)
    back = [w[R:] if reciprocal else w for w in weights]
    heads = sum(w[r, None] * scorer.heads(r, h) for w, scorer in zip(back, apart, strict=True))
    np.testing.assert_allclose(one.heads(r, h), heads, rtol=1e-3, atol=1e-3)


def test_what_a_relation_adds_for_an_entity_itself_is_the_firsts() -> None:
    models = [{**arrays(1, 2), "relation_self": np.full(2 * R, float(i), np.float32)} for i in (3, 7)]
    assert joined(models, 1, np.ones((2, 2 * R), np.float32))["relation_self"].tolist() == [3.0] * 2 * R


class Table:
    """Scores of tails and heads, written down."""

    n_entities, n_relations = N, R

    def __init__(self, right_for: np.ndarray, triples: np.ndarray):
        self._scores = np.zeros((2, N, R, N), np.float32)
        h, r, t = triples[:, right_for]
        self._scores[0, h, r, t] = self._scores[1, t, r, h] = 1

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        return self._scores[0, heads, relations].copy()

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        return self._scores[1, tails, relations].copy()


def triples_of(*counts: int) -> np.ndarray:
    """So many triples of each relation."""
    listed = [(i % N, relation, (i + i // N + 1) % N) for relation, count in enumerate(counts) for i in range(count)]
    return np.array(listed, dtype=np.int64).T


def test_a_relation_takes_the_weight_that_ranks_its_own_answers_best() -> None:
    triples = triples_of(ENOUGH, ENOUGH, 3)
    known = KnownAnswers(triples, N, R)
    first, second = Table(triples[1] == 0, triples), Table(triples[1] == 1, triples)
    wrong = Table(np.zeros(triples.shape[1], bool), triples)
    wrong._scores[:, :, 0] = 5 * (1 - first._scores[:, :, 0])  # the second scorer contradicts the first about relation 0
    second._scores[:, :, 0] = wrong._scores[:, :, 0]
    found = relation_weights(first, second, triples, known, R, both_ways=True, memory=2**20)
    assert found.shape == (2, R) and found[:, 0].tolist() == [0.0, 0.0] and (found[:, 1] > 0).all()
    assert found[0, 2] in WEIGHTS and found[0, 2] == found[1, 2]  # three triples choose nothing: that of all together


def test_tails_and_heads_share_a_weight_where_they_share_a_relation() -> None:
    triples = triples_of(ENOUGH, ENOUGH, ENOUGH)
    scorers = [Table(RNG.random(triples.shape[1]) < 0.5, triples) for _ in range(2)]
    found = relation_weights(*scorers, triples, KnownAnswers(triples, N, R), R, both_ways=False, memory=2**20)
    np.testing.assert_array_equal(found[0], found[1])


def test_one_after_the_other() -> None:
    triples = triples_of(ENOUGH, ENOUGH, ENOUGH)
    known, scorers = KnownAnswers(triples, N, R), [Table(triples[1] == i, triples) for i in range(3)]
    weights = weights_of(scorers, triples, known, R, both_ways=True, memory=2**20)
    assert weights[0].tolist() == np.ones((2, R)).tolist()
    together = Weighed(Weighed(scorers[0], scorers[1], weights[1]), scorers[2], weights[2])
    h, r, t = triples
    assert (together.tails(h, r)[np.arange(len(h)), t] > 0).all()
