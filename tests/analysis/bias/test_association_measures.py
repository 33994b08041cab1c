"""MAC, RND, ECT, SAME, RIPA, RNSB and WEFAT: each by loops over its formula, then what all of them must obey."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from graphemb.analysis.bias.ect import ect
from graphemb.analysis.bias.mac import mac
from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.ripa import ripa
from graphemb.analysis.bias.rnd import rnd
from graphemb.analysis.bias.rnsb import rnsb
from graphemb.analysis.bias.same import same
from graphemb.analysis.bias.wefat import wefat
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

OF_NAMES = ("direct-bias", "mac", "rnd", "ect", "same", "ripa", "rnsb", "wefat", "indirect-bias")
FEW = Concept("few", {"f": ("f0", "f1", "f2", "f3"), "m": ("m0", "m1", "m2")})


def unit(e: Embedding, names: Any) -> np.ndarray:
    rows = np.array([e[name] for name in names], dtype=np.float64)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def every_split(n: int, m: int) -> list[tuple[list[int], list[int]]]:
    return [(list(part), [i for i in range(n) if i not in part]) for part in combinations(range(n), m)]


def test_mac(small: Embedding, neutral: list[str]) -> None:
    three = Concept("three", {"f": ("f0", "f1"), "m": ("m0",), "x": ("x0", "x1", "x2")})
    found = mac(small, three, neutral)
    w = unit(small, neutral)
    by_loop = [[np.mean([1 - t @ a for a in unit(small, group)]) for group in three.groups.values()] for t in w]
    assert found.value == pytest.approx(np.mean(by_loop), abs=1e-6) and np.isnan(found.p) and found.null == 1
    assert found.settings["chance"] == pytest.approx(1 - np.mean(w @ unit(small, list(small.names)).T), abs=1e-6)
    assert found.low < found.value < found.high


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_rnd(small: Embedding, neutral: list[str], distance: Any) -> None:
    w, both = unit(small, neutral), unit(small, FEW.all_names)

    def by_loop(x: np.ndarray, y: np.ndarray) -> float:
        if distance == "cosine":
            return float(np.mean([t @ y / np.linalg.norm(y) - t @ x / np.linalg.norm(x) for t in w]))
        return float(np.mean([np.linalg.norm(t - x) - np.linalg.norm(t - y) for t in w]))

    found = rnd(small, FEW, neutral, distance=distance)
    assert found.value == pytest.approx(by_loop(both[:4].mean(axis=0), both[4:].mean(axis=0)), abs=1e-6)
    assert found.settings["sum"] == pytest.approx(found.value * len(neutral))
    splits = np.array([by_loop(both[a].mean(axis=0), both[b].mean(axis=0)) for a, b in every_split(7, 4)])
    assert found.p == pytest.approx(np.mean(np.abs(splits) >= abs(splits[0]) - 1e-9)) and found.p_kind == "exact, 35 splits"
    assert rnd(small, FEW.replace(groups=dict([*FEW.groups.items()][::-1])), neutral, distance=distance).value == pytest.approx(
        -found.value
    )


def test_ect(small: Embedding, neutral: list[str]) -> None:
    t, both = unit(small, neutral), unit(small, FEW.all_names)

    def by_loop(a: list[int], b: list[int]) -> float:
        return float(spearmanr(t @ both[a].mean(axis=0), t @ both[b].mean(axis=0)).statistic)

    found = ect(small, FEW, neutral)
    assert found.value == pytest.approx(by_loop([0, 1, 2, 3], [4, 5, 6]), abs=1e-9)
    splits = np.array([by_loop(a, b) for a, b in every_split(7, 4)])
    assert found.p == pytest.approx(np.mean(splits <= splits[0] + 1e-9)) and found.null == 1
    assert found.bias == pytest.approx(1 - found.value)  # higher is better
    with pytest.raises(DataError, match="at least three targets"):
        ect(small, FEW, neutral[:2])


def test_of_many_targets_a_sample_is_ranked_again_and_again(small: Embedding, neutral: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ect(small, FEW, neutral)
    monkeypatch.setattr("graphemb.analysis.bias.ect.MOST_RANKED", 12)
    sampled = ect(small, FEW, neutral)
    assert sampled.value == whole.value and 0 < sampled.p <= 1 and sampled.low < sampled.high != whole.high


def test_same_of_two_groups(small: Embedding, neutral: list[str]) -> None:
    w, both = unit(small, neutral), unit(small, FEW.all_names)

    def cosines(a: list[int], b: list[int]) -> np.ndarray:
        gap = both[a].mean(axis=0) - both[b].mean(axis=0)
        return np.asarray(w @ gap / np.linalg.norm(gap))

    found, signed = same(small, FEW, neutral), cosines([0, 1, 2, 3], [4, 5, 6])
    assert found.value == pytest.approx(np.abs(signed).mean(), abs=1e-6)
    assert found.settings["skew"] == pytest.approx({"m": signed.mean()}, abs=1e-6)
    assert found.settings["stereotype"] == pytest.approx({"m": signed.std()}, abs=1e-6)
    splits = np.array([np.abs(cosines(a, b)).mean() for a, b in every_split(7, 4)])
    assert found.p == pytest.approx(np.mean(splits >= splits[0] - 1e-9))


def test_same_of_three_groups(small: Embedding, neutral: list[str]) -> None:
    three = Concept("three", {"f": ("f0", "f1"), "m": ("m0", "m1"), "x": ("x0", "x1", "x2")})
    first, second, third = (unit(small, group).mean(axis=0) for group in three.groups.values())
    b0, b1 = first - second, first - third
    e0 = b0 / np.linalg.norm(b0)
    rest = b1 - (b1 @ e0) * e0
    w = unit(small, neutral)
    weight = np.linalg.norm(rest) / np.linalg.norm(b1)
    by_loop = np.abs(w @ e0) + weight * np.abs(w @ rest) / np.linalg.norm(rest)
    assert same(small, three, neutral, draws=50).value == pytest.approx(by_loop.mean(), abs=1e-6)


def test_ripa(small: Embedding, neutral: list[str]) -> None:
    pair = Concept.from_pairs("sex", [("f0", "m0")])
    b = small["f0"].astype(float) - small["m0"]
    by_loop = [small[n] @ b / np.linalg.norm(b) for n in neutral]
    found = ripa(small, pair, neutral, draws=50)
    assert found.value == pytest.approx(np.mean(np.abs(by_loop)), abs=1e-5) and found.settings["mean"] == pytest.approx(
        np.mean(by_loop), abs=1e-5
    )
    longer = small.replace(vectors=2 * small.vectors)
    assert ripa(longer, pair, neutral, draws=0).value == pytest.approx(2 * found.value, rel=1e-6)  # lengths are meant
    pairs = Concept.from_pairs("sex", [(f"f{i}", f"m{i}") for i in range(5)])
    gaps = np.array([small[a].astype(float) - small[b] for a, b in pairs.sets])
    axis = np.linalg.svd(gaps)[2][0]
    assert ripa(small, pairs, neutral, draws=0).value == pytest.approx(np.mean([abs(small[n] @ axis) for n in neutral]), abs=1e-5)
    with pytest.raises(DataError, match="none of the 1 pairs of 'sex' is in the embedding whole"):
        ripa(small, Concept("sex", {"f": ("f0", "no"), "m": ("m0",)}, sets=(("no", "m0"),)), neutral)
    flat = Embedding(["f0", "m0", "n0"], [[1.0, 2.0], [1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(DataError, match="the same vectors"):
        ripa(flat, pair, ["n0"])


def test_rnsb(small: Embedding, sex: Concept, sides: Concept, neutral: list[str]) -> None:
    leaning, even = rnsb(small, sex, sides.all_names, draws=20), rnsb(small, sex, neutral, draws=0)
    assert leaning.value > even.value and leaning.p < 0.1 and leaning.settings["accuracy"] > 0.8
    assert [name[0] for name in leaning.table["name"][:5]] == ["y"] * 5  # negative is the second group
    assert leaning.table["share"].sum() == pytest.approx(1)
    q = leaning.table["share"].to_numpy()
    assert leaning.value == pytest.approx((q * np.log(q * len(q))).sum(), rel=0.2)  # the mean of divergences, not that of the mean
    whole = rnsb(small, sex, neutral, repeats=1, test_share=0, draws=0)
    assert whole.settings["accuracy"] is None and np.isnan(whole.p)
    with pytest.raises(DataError, match="2 are needed"):
        rnsb(small, Concept("one", {"f": ("f0",), "m": ("m0", "m1")}), neutral)
    with pytest.raises(DataError, match="at least two targets"):
        rnsb(small, sex, ["n0"])


def test_wefat(small: Embedding, neutral: list[str]) -> None:
    w, both = unit(small, neutral), unit(small, FEW.all_names)
    cosines = w @ both.T
    s = (cosines[:, :4].mean(axis=1) - cosines[:, 4:].mean(axis=1)) / cosines.std(axis=1, ddof=1)
    found = wefat(small, FEW, neutral, draws=4_000)
    assert found.value == pytest.approx(s.mean(), abs=1e-5)
    table = found.table.set_index("name").loc[neutral]
    assert np.allclose(table["effect"], s, atol=1e-5)
    gaps = np.array([cosines[:, a].mean(axis=1) - cosines[:, b].mean(axis=1) for a, b in every_split(7, 4)])
    exact = (np.abs(gaps) >= np.abs(gaps[0]) - 1e-9).mean(axis=0)
    assert np.allclose(table["p"], exact, atol=0.04)
    in_all = np.array(
        [((cosines[:, a].mean(axis=1) - cosines[:, b].mean(axis=1)) / cosines.std(axis=1, ddof=1)).mean() for a, b in every_split(7, 4)]
    )
    assert found.p == pytest.approx(np.mean(np.abs(in_all) >= abs(in_all[0]) - 1e-9))


def test_wefat_with_figures(small: Embedding, sex: Concept, sides: Concept) -> None:
    plain = wefat(small, sex, sides.all_names).table.set_index("name")["effect"]
    figures = {name: float(name[0] == "x") + 0.02 * i for i, name in enumerate(sides.all_names)} | {"nobody": 3.0}
    found = wefat(small, sex, data=figures)
    told = pd.Series(figures)
    assert found.value == pytest.approx(pearsonr(plain[sides.all_names], told[sides.all_names]).statistic, abs=1e-5)
    assert found.p < 0.05 and found.low < found.value < found.high and found.settings["figures"]["matched"] == 13
    assert wefat(small, sex, data={k.upper(): v for k, v in figures.items()}).value == pytest.approx(found.value)
    with pytest.raises(DataError, match="at least three"):
        wefat(small, sex, ["x0", "y0"], data=figures)
    with pytest.raises(DataError, match="at least three attributes"):
        wefat(small, Concept("one", {"f": ("f0",), "m": ("m0",)}), ["n0"])
    with pytest.raises(UnknownNameError, match="unknown figures 'winobias'"):
        wefat(small, sex, data="winobias")


# -- what all obey


@pytest.mark.parametrize("name", OF_NAMES)
def test_a_rotation_changes_nothing(small: Embedding, sex: Concept, neutral: list[str], name: str) -> None:
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(12, 12)))[0]
    turned = small.replace(vectors=small.vectors.astype(np.float64) @ turn)
    first, second = (measure(name, e, sex, neutral, draws=5) for e in (small, turned))
    assert second.value == pytest.approx(first.value, abs=2e-5)
    assert list(first.table["name" if name != "indirect-bias" else "first"])[:1] == list(second.table.iloc[:1, 0])


@pytest.mark.parametrize("name", OF_NAMES)
def test_results_are_whole(small: Embedding, sex: Concept, neutral: list[str], name: str) -> None:
    asked = Concept("sex", {"f": (*sex.groups["f"], "nobody"), "m": sex.groups["m"]})
    found = measure(name, small, asked, [*neutral, "noone"], draws=9)
    assert found.measure == name and np.isfinite([found.value, found.low, found.high]).all()
    assert found.low <= found.value <= found.high or name in ("rnsb", "ect", "wefat")
    assert np.isnan(found.p) == (name == "mac") and (name == "mac" or 0 < found.p <= 1)
    assert found.settings["concept"]["missing"] == {"f": ["nobody"]} and found.settings["targets"]["missing"] == ["noone"]
    assert measure(name, small, asked, [*neutral, "noone"], draws=9).to_json() == found.to_json()  # the same seed, the same result
    with pytest.raises(UnknownNameError, match="unknown name 'nobody'"):
        measure(name, small, asked, neutral, missing="error")


@pytest.mark.parametrize("name", OF_NAMES)
def test_what_all_refuse(small: Embedding, sex: Concept, name: str) -> None:
    with pytest.raises(DataError, match="none of the 2 targets"):
        measure(name, small, sex, ["nobody", "noone"])
    with pytest.raises(DataError, match="has 0 of its 1 names in the embedding"):
        measure(name, small, Concept("gone", {"a": ("nobody",), "b": ("m0",)}), ["n0", "n1", "n2"])
    with pytest.raises(ParameterError, match="has no setting 'drawz'"):
        measure(f"{name}:drawz=3", small, sex, ["n0"])


@pytest.mark.parametrize("name", ["direct-bias", "same", "ripa"])
def test_groups_that_do_not_differ(name: str) -> None:
    flat = Embedding(["a", "b", "n", "o", "p"], [[1.0, 2.0], [1.0, 2.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(DataError, match=r"groups of 'flat' do not differ|groups of 'flat' have the same"):
        measure(name, flat, Concept("flat", {"one": ("a",), "two": ("b",)}), ["n", "o", "p"])


@pytest.mark.shared
def test_figures_of_the_world(googlenews_26k: Embedding) -> None:
    found = wefat(googlenews_26k, "gender", data="winobias-labour")
    assert found.value == pytest.approx(0.70, abs=0.03) and found.p < 1e-3 and found.settings["figures"]["matched"] == 36
