"""What every registered decoder must do, whatever its formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError
from graphemb.kernels.scorer import Scorer
from graphemb.reconstruction.decoders.learned import fit_logistic_decoder
from graphemb.reconstruction.decoders.vectors import make_scorer
from graphemb.registry import entries

BETWEEN_KINDS = {"item-filter"}  # no pair of one kind has a score: see test_item_filter.py
NAMES = [entry.name for entry in entries("decoder") if entry.name not in BETWEEN_KINDS]


def plain(rng: np.random.Generator, n: int, context: bool = False) -> Embedding:
    sides = rng.normal(size=(2, n, 4))
    return Embedding(range(n), sides[0], sides[1] if context else None)


def hyperboloid(rng: np.random.Generator, n: int) -> Embedding:
    x = rng.normal(size=(n, 3))
    return Embedding(range(n), np.column_stack([np.sqrt(1 + (x**2).sum(axis=1)), x]))


def with_relation(rng: np.random.Generator, n: int) -> Embedding:
    return plain(rng, n).replace(parameters={"relation": rng.normal(size=(2, 4))}, meta={"relations": ["likes", "knows"]})


def with_model(rng: np.random.Generator, n: int) -> Embedding:
    scoring = {"product": "dihedron", "score": "dot", "reciprocal": False}
    meta = {"notes": {"relations": ["likes", "knows"], "scoring": scoring}}
    shapes = {"relation": (2, 4), "relation_pre": (2, 4), "relation_shift": (2, 4), "head_bias": n, "tail_bias": n}
    parameters = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return plain(rng, n).replace(parameters=parameters, meta=meta)


def with_network(rng: np.random.Generator, n: int) -> Embedding:
    return plain(rng, n).replace(parameters={"decoder.0.weight": rng.normal(size=(6, 4)), "decoder.1.weight": rng.normal(size=(n, 6))})


def fitted(rng: np.random.Generator, n: int) -> Embedding:
    ring = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), 2, axis=1) + np.roll(np.eye(n), 3, axis=1)
    return fit_logistic_decoder(plain(rng, n), Graph(((ring + ring.T) > 0).astype(float), [str(i) for i in range(n)]), random_state=rng)


MAKE: dict[str, Callable[[np.random.Generator, int], Embedding]] = {
    **dict.fromkeys(("dot", "cosine", "euclidean", "rbf"), plain),
    "source-target": lambda rng, n: plain(rng, n, context=True),
    "bilinear": lambda rng, n: plain(rng, n, context=True).replace(parameters={"bilinear": rng.normal(size=(4, 4))}),
    "poincare": lambda rng, n: Embedding(range(n), rng.uniform(-0.49, 0.49, size=(n, 4))),
    "lorentz": hyperboloid,
    **dict.fromkeys(("translation", "rotation", "complex", "hamilton"), with_relation),
    "hypercomplex": with_model,
    "sdne": with_network,
    "logistic": fitted,
}


def scorer_of(name: str, seed: int, n: int) -> Scorer:
    e = MAKE[name](np.random.default_rng(seed), n)
    return make_scorer(e, name, "knows" if "relation" in e.parameters else None)


def test_every_registered_decoder_is_tried_here():
    assert set(NAMES) == set(MAKE)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(12, 20), data=st.data())
def test_blocks_of_any_shape_pairs_and_roles_agree(name, seed, n, data):
    scorer = scorer_of(name, seed, n)
    assert isinstance(scorer, Scorer) and scorer.n == n
    everything = scorer.block(np.arange(n), slice(0, n))
    first, last = sorted(data.draw(st.tuples(st.integers(0, n - 1), st.integers(1, n))))
    columns = slice(first, max(last, first + 1))
    rows = np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=5)))
    wide = np.empty((len(rows), 3 * n), dtype=np.float32)
    out = wide[:, n : n + columns.stop - columns.start]  # a part of a larger buffer
    near = {"rtol": 1e-4, "atol": 1e-4}
    assert scorer.block(rows, columns, out) is out
    np.testing.assert_allclose(out, everything[rows, columns], **near)
    np.testing.assert_allclose(scorer.reversed().block(rows, columns), everything.T[rows, columns], **near)
    np.testing.assert_allclose(scorer.reversed().reversed().block(rows, columns), everything[rows, columns], **near)
    np.testing.assert_allclose(scorer.pairs(rows, rows[::-1]), everything[rows, rows[::-1]], **near)
    some = np.random.default_rng(seed).permutation(n)[:7]
    taken = scorer.take(some)
    assert taken.n == 7
    np.testing.assert_allclose(taken.block(np.arange(7), slice(0, 7)), everything[np.ix_(some, some)], **near)
    np.testing.assert_allclose(taken.reversed().block(np.arange(7), slice(0, 7)), everything[np.ix_(some, some)].T, **near)
    if scorer.symmetric:
        np.testing.assert_allclose(everything, everything.T, **near)


@pytest.mark.parametrize("name", NAMES)
def test_the_vectors_are_not_changed(name):
    e = MAKE[name](np.random.default_rng(0), 12)
    before = e.vectors.copy()
    scorer = make_scorer(e, name, "knows" if "relation" in e.parameters else None)
    scorer.block(np.arange(12), slice(0, 12))
    scorer.reversed().block(np.arange(12), slice(0, 12))
    np.testing.assert_array_equal(e.vectors, before)


@pytest.mark.parametrize("name", NAMES)
def test_vectors_that_are_not_finite_are_refused(name):
    e = MAKE[name](np.random.default_rng(0), 12)
    broken = e.vectors.copy()
    broken[3, 2] = np.nan
    bad = Embedding._trusted(e.names, broken, e.context, parameters=e.parameters, meta=e.meta)
    with pytest.raises(DataError, match="NaN"):
        make_scorer(bad, name, "knows" if "relation" in e.parameters else None)
