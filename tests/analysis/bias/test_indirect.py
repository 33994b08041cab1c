"""Indirect bias: by the formula, its three fixed points, its tolerance, and the published pairs."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.indirect import indirect_bias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

AXIS = Concept.from_pairs("axis", [("up", "down")])


def beta(e: Embedding, w: str, v: str, g: np.ndarray) -> float:
    a, b = (e[n].astype(float) / np.linalg.norm(e[n]) for n in (w, v))
    a_perp, b_perp = a - (a @ g) * g, b - (b @ g) * g
    return float((a @ b - a_perp @ b_perp / np.linalg.norm(a_perp) / np.linalg.norm(b_perp)) / (a @ b))


def test_the_formula(small: Embedding, neutral: list[str]) -> None:
    found = indirect_bias(small, Concept.from_pairs("sex", [("f0", "m0")]), neutral, draws=20)
    g = small["f0"].astype(float) / np.linalg.norm(small["f0"]) - small["m0"].astype(float) / np.linalg.norm(small["m0"])
    g /= np.linalg.norm(g)
    assert len(found.table) == 30 * 29 / 2
    known = found.table.dropna()
    assert np.allclose(known["beta"], [beta(small, w, v, g) for w, v in zip(known["first"], known["second"], strict=True)], atol=1e-3)
    assert found.value == pytest.approx(known["beta"].median())
    assert found.settings["undefined"] == len(found.table) - len(known) and found.low <= found.value <= found.high


def test_fixed_points() -> None:
    e = Embedding(["up", "down", "a", "b", "c", "d"], [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 1, 1], [1, 1, 0], [1, 0, 1]])
    table = indirect_bias(e, AXIS, pairs=[("a", "b"), ("c", "d"), ("c", "c")], draws=0).table
    by_pair = table.set_index(["first", "second"])["beta"]
    assert by_pair["a", "b"] == pytest.approx(0, abs=1e-6)  # no part in the direction
    assert by_pair["c", "d"] == pytest.approx(1, abs=1e-6)  # nothing else is alike
    assert by_pair["c", "c"] == pytest.approx(0, abs=1e-6)


def test_what_is_undefined() -> None:
    e = Embedding(["up", "down", "a", "b", "c"], [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
    found = indirect_bias(e, AXIS, pairs=[("a", "b"), ("a", "c"), ("up", "c")], draws=0)
    assert found.settings["undefined"] == 2 and found.table["beta"].isna().sum() == 2
    with pytest.raises(DataError, match="no similarity of the 1 pairs reaches the tolerance"):
        indirect_bias(e, AXIS, pairs=[("a", "b")])


def test_anchors_and_many_pairs(small: Embedding, sex: Concept, neutral: list[str]) -> None:
    found = indirect_bias(small, sex, neutral, anchors="x0", draws=10)
    assert (found.table["first"] == "x0").all() and set(found.table["second"]) == set(neutral) and np.isfinite(found.low)
    rng = np.random.default_rng(0)
    many = Embedding([f"w{i}" for i in range(400)], rng.normal(size=(400, 4)))
    assert len(indirect_bias(many, Concept.from_pairs("p", [("w0", "w1")]), draws=1).table) == 50_000


def test_what_is_refused(small: Embedding, sex: Concept) -> None:
    with pytest.raises(ParameterError, match="leave anchors and targets out"):
        indirect_bias(small, sex, ["n0"], pairs=[("n1", "n2")])
    with pytest.raises(UnknownNameError, match="unknown name 'nobody'"):
        indirect_bias(small, sex, ["n0"], anchors=["nobody"])
    with pytest.raises(ParameterError, match="pairs must be a list of pairs"):
        indirect_bias(small, sex, pairs=[("n1", "n2", "n3")])
    with pytest.raises(DataError, match="at least two targets"):
        indirect_bias(small, sex, ["n0"])
    with pytest.raises(ParameterError, match="tolerance must be a number above 0"):
        indirect_bias(small, sex, ["n0", "n1"], tolerance=0)


SOFTBALL = {
    "pitcher": -0.0054,
    "bookkeeper": 0.2012,
    "receptionist": 0.6723,
    "registered_nurse": 0.2872,
    "homemaker": 0.3837,
    "waitress": 0.3178,
}
FOOTBALL = {"footballer": 0.0154, "pundit": 0.1012, "maestro": 0.4158, "cleric": 0.0178, "businessman": 0.1701}


@pytest.mark.shared
@pytest.mark.parametrize(("anchor", "expected"), [("softball", SOFTBALL), ("football", FOOTBALL)])
def test_published_pairs(googlenews_26k: Embedding, anchor: str, expected: dict[str, float]) -> None:
    table = indirect_bias(googlenews_26k, "gender", list(expected), anchors=[anchor], draws=0).table.set_index("second")["beta"]
    assert table[list(expected)].to_dict() == pytest.approx(expected, abs=6e-5)
