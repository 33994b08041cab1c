"""Proximity bias, GIPE and PMN: by the definitions written out, planted and absent, and on newspaper words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.pmn import pmn
from graphemb.analysis.bias.proximity import gipe, proximity_bias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError

SIDES = Concept.from_pairs("side", [("she", "he")], groups=("left", "right"))
NAMES = [f"w{i}" for i in range(80)]


def space(lean: float, seed: int = 0) -> Embedding:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, 10))
    x[:, 0] = np.repeat([lean, -lean], 40) + 0.1 * rng.normal(size=80)
    return Embedding(["she", "he", *NAMES], np.concatenate([np.eye(10)[:1], -np.eye(10)[:1], x]))


def by_hand(e: Embedding, targets: list[str], k: int, threshold: float) -> tuple[dict[str, float], float, dict[str, float]]:
    """eta and share by target, and GIPE."""
    x = np.asarray(e.vectors, dtype=np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    g = (x[0] - x[1]) / np.linalg.norm(x[0] - x[1])
    edges: list[tuple[str, str, bool]] = []
    share = {}
    for name in targets:
        w = x[e.names.rows([name])[0]]
        near = [n for n in e.nearest(name, k)["name"]]
        for other in near:
            v = x[e.names.rows([other])[0]]
            a, b = w - (w @ g) * g, v - (v @ g) * g
            length = np.linalg.norm(a) * np.linalg.norm(b)
            beta = (w @ v - a @ b / length) / (w @ v) if length > 1e-6 else -np.inf  # she and he have no other part
            edges.append((name, other, bool(beta > threshold)))
        share[name] = float(np.mean([x[e.names.rows([o])[0]] @ g < 0 for o in near]))
    eta = {n: float(np.mean([over for s, _, over in edges if s == n])) for n in targets}
    into = {n: [over for _, t, over in edges if t == n] for n in targets}
    gamma = {n: 1 + (np.mean(into[n]) if into[n] else 0) for n in targets}
    return eta, float(sum(gamma[n] * eta[n] for n in targets) / sum(gamma.values())), share


def test_by_the_definitions() -> None:
    e = space(1.0)
    targets = NAMES[20:50]
    eta, estimate, share = by_hand(e, targets, 7, 0.1)
    found = proximity_bias(e, SIDES, targets, k=7, threshold=0.1, draws=20)
    assert found.table.set_index("name")["eta"].to_dict() == pytest.approx(eta) and found.value == pytest.approx(
        np.mean(list(eta.values()))
    )
    assert gipe(e, SIDES, targets, k=7, threshold=0.1, draws=20).value == pytest.approx(estimate)
    sides = pmn(e, SIDES, targets, k=7, draws=20)
    assert sides.table.set_index("name")["share"].to_dict() == pytest.approx(share)
    assert sides.null == pytest.approx(np.mean(np.asarray(e.vectors[:, 0]) < 0))


@pytest.mark.parametrize("function", [proximity_bias, gipe])
def test_planted_and_absent(function: Any) -> None:
    rng = np.random.default_rng(1)
    bystanders = Embedding([f"b{i}" for i in range(400)], rng.normal(size=(400, 10)) * np.array([0.0] + [1.0] * 9))
    strong, weak = (function(space(lean).append(bystanders), SIDES, NAMES, k=10, draws=99) for lean in (3.0, 0.0))
    assert strong.value > 0.5 and strong.p <= 0.1 and strong.low <= strong.value <= strong.high
    assert weak.value < 0.2 and weak.p > 0.05 and strong.settings["chance"] < strong.value


def test_neighbours_on_one_side() -> None:
    e = space(2.0)
    right = pmn(e, SIDES, NAMES[40:], k=10, draws=99)
    assert right.value > 0.9 and right.bias > 0.35 and right.p < 0.3 and "right" in right.direction
    assert pmn(e, SIDES, NAMES[:40], k=10, draws=9).value < 0.1
    flat = np.array(e.vectors)
    flat[2:, 0] = 0
    even = pmn(e.replace(vectors=flat), SIDES, NAMES, k=10, draws=99)
    assert even.value == pytest.approx(0.5, abs=0.05) and even.p > 0.5


def test_settings_missing_and_kinds() -> None:
    e = space(1.0)
    found = measure("proximity-bias:k=5,draws=0", e, SIDES, ["w1", "nobody", "w2"])
    assert found.settings["targets"]["missing"] == ["nobody"] and np.isnan(found.p) and found.settings["k"] == 5
    typed = Embedding(
        [*e.names, "rel"], np.concatenate([e.vectors, e.vectors[2:3]]), kinds=["entity"] * 82 + ["relation"]
    )  # a relation just where w0 is
    near = measure("gipe:k=1,draws=0", typed, SIDES, ["w0", "w1"])
    assert near.value == measure("gipe:k=1,draws=0", e, SIDES, ["w0", "w1"]).value
    with pytest.raises(ParameterError, match="threshold must be a finite number from -1 to 1"):
        gipe(e, SIDES, threshold=2.0)
    with pytest.raises(ParameterError, match="k must be a whole number"):
        pmn(e, SIDES, k=0)
    with pytest.raises(DataError, match="expected a concept of 2 groups"):
        pmn(e, Concept("three", {"a": ("w1",), "b": ("w2",), "c": ("w3",)}), NAMES[10:])


@pytest.mark.shared
def test_newspaper_words(shared_data: Path) -> None:
    """What was measured, kept."""
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    found = proximity_bias(e, "gender", "professions", draws=50)
    assert found.value == pytest.approx(0.0384, abs=5e-4) and found.settings["chance"] < found.value and found.p < 0.3
    assert found.table["name"].head(3).tolist() == ["housewife", "nanny", "maid"]
    assert gipe(e, "gender", "professions", draws=0).value == pytest.approx(0.0478, abs=5e-4)


def test_a_relation_has_no_neighbours_among_names() -> None:
    x = np.random.default_rng(0).normal(size=(11, 3))
    e = Embedding([*"abcdefghij", "likes"], x, kinds=["entity"] * 10 + ["relation"])
    with pytest.raises(DataError, match="'likes' is a relation"):
        proximity_bias(e, Concept.from_pairs("side", [("a", "b")]), ["c", "likes"], k=3)
