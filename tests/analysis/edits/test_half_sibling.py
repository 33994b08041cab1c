"""Half-sibling regression: the regression itself as oracle, its limits, who is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from graphemb.analysis.edits.half_sibling import HalfSibling
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError

NAMES = [f"n{i}" for i in range(30)]


def scene(d: int = 8, sets: int = 2) -> tuple[Embedding, Concept]:
    e = Embedding(NAMES, np.random.default_rng(0).normal(size=(30, d)))
    return e, Concept.from_pairs("side", [(f"n{2 * i}", f"n{2 * i + 1}") for i in range(sets)])


@pytest.mark.parametrize("sets", [1, 3, 9])  # 2, 6, and with 18 more names than the 8 columns
@pytest.mark.parametrize("alpha", [0.1, 60.0])
def test_subtracts_what_ridge_regression_predicts(sets, alpha):
    e, concept = scene(sets=sets)
    edit = HalfSibling(alpha=alpha).fit(e, concept)
    own, others = e.vectors[: 2 * sets], e.vectors[2 * sets :]
    G = Ridge(alpha=alpha, fit_intercept=False).fit(own.T, others.T).predict(own.T)
    after = edit.transform(e).vectors
    np.testing.assert_allclose(after[2 * sets :], others - G.T, atol=1e-5)
    np.testing.assert_array_equal(after[: 2 * sets], own)
    D = own.T.astype(float)
    direct = others - others @ (D @ np.linalg.inv(D.T @ D + alpha * np.eye(2 * sets)) @ D.T)
    np.testing.assert_allclose(edit.apply(others), direct, atol=1e-5)


def test_limits():
    e, concept = scene()
    D = e.vectors[:4].astype(float)
    far = HalfSibling(alpha=1e12).fit_transform(e, concept)
    np.testing.assert_allclose(far.vectors, e.vectors, atol=1e-6)
    near = HalfSibling(alpha=1e-9).fit_transform(e, concept)
    np.testing.assert_allclose(near.vectors[4:] @ D.T, 0, atol=1e-5)


def test_specific_names_and_the_record():
    e, concept = scene()
    edited = HalfSibling(specific=["n7", "n8", "n8", "unknown"]).fit_transform(e, concept)
    record = edited.meta["edits"][0]
    assert record["specific"] == {"list": "given", "asked": 4, "found": 2} and record["rank"] == 2
    np.testing.assert_array_equal(edited.vectors[7:9], e.vectors[7:9])
    assert (edited.vectors[0] != e.vectors[0]).any()


def test_bad_input():
    e, concept = scene()
    with pytest.raises(DataError, match="none of the 1 specific names"):
        HalfSibling(specific=["unknown"]).fit(e, concept)
    with pytest.raises(DataError, match="takes names that mean"):
        HalfSibling(specific=[]).fit(e, concept)
    with pytest.raises(ParameterError, match="alpha"):
        HalfSibling(alpha=0).fit(e, concept)
