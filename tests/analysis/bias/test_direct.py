"""Direct bias: by the formula, along several directions, and the published figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.bias.direct import direct_bias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError


def unit(e: Embedding, names: list[str] | tuple[str, ...]) -> np.ndarray:
    rows = np.array([e[name] for name in names], dtype=np.float64)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize(("strictness", "components"), [(1.0, 1), (2.0, 1), (0.5, 2)])
def test_the_formula(small: Embedding, neutral: list[str], strictness: float, components: int) -> None:
    pairs = [(f"f{i}", f"m{i}") for i in range(5)]
    found = direct_bias(small, Concept.from_pairs("sex", pairs), neutral, strictness=strictness, components=components, draws=20)
    gaps = np.array([unit(small, [a])[0] - unit(small, [b])[0] for a, b in pairs])
    basis = np.linalg.svd(gaps, full_matrices=False)[2][:components]
    assert found.value == pytest.approx(np.mean([np.linalg.norm(basis @ w) ** strictness for w in unit(small, neutral)]), abs=1e-6)
    assert found.low < found.value < found.high and 1 / 21 <= found.p <= 1


def test_what_leans_is_told_from_what_does_not(small: Embedding, sex: Concept, sides: Concept, neutral: list[str]) -> None:
    leaning, not_leaning = direct_bias(small, sex, sides.all_names), direct_bias(small, sex, neutral)
    assert leaning.p < 0.05 < not_leaning.p and leaning.value > 2 * not_leaning.value
    table = leaning.table.set_index("name")
    assert (table.loc[[n for n in table.index if n[0] == "x"], "projection"] > 0).mean() > 0.8
    assert leaning.bias == leaning.value


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ({"a": ["f0"], "b": ["f0"]}, DataError, "is in two groups"),
        ({"a": ["f0"], "b": ["nobody"]}, DataError, "has 0 of its 1 names in the embedding, and 1 is needed; missing are 'nobody'"),
        ({"a": ["f0"]}, DataError, "expected a concept of at least 2 groups"),
    ],
)
def test_concepts_that_are_refused(small: Embedding, groups: dict[str, tuple[str, ...]], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        direct_bias(small, Concept("bad", groups), ["n0"])


def test_what_else_is_refused(small: Embedding, sex: Concept) -> None:
    with pytest.raises(DataError, match="none of the 2 targets"):
        direct_bias(small, sex, ["nobody", "noone"])
    with pytest.raises(ParameterError, match="strictness must be a number above 0"):
        direct_bias(small, sex, ["n0"], strictness=0)
    with pytest.raises(UnknownNameError, match="unknown name 'n99'"):
        direct_bias(small, sex, ["n0", "n99"], missing="error")
    same = Embedding(["a", "b", "c"], [[1.0, 2.0], [1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(DataError, match="do not differ in the embedding"):
        direct_bias(same, Concept("flat", {"one": ("a",), "two": ("b",)}), ["c"])
    zero = Embedding(["a", "b", "c"], [[1.0, 2.0], [0.0, 0.0], [0.0, 1.0]])
    with pytest.raises(DataError, match="vectors of zeros have 'b'"):
        direct_bias(zero, Concept("zero", {"one": ("a",), "two": ("b",)}), ["c"])
    with pytest.raises(DataError, match="has 1 direction, and components=2"):
        direct_bias(small, Concept.from_pairs("one pair", [("f0", "m0")]), ["n0"], components=2)


@pytest.mark.shared
class TestPublished:
    """The figures of Bolukbasi et al. on their own words."""

    def test_all_professions(self, googlenews_26k: Embedding) -> None:
        found = direct_bias(googlenews_26k, "gender", "professions", draws=0)
        assert found.value == pytest.approx(0.08051, abs=5e-6)
        assert found.settings["explained"][:6] == pytest.approx([0.6053, 0.1273, 0.0993, 0.0483, 0.0406, 0.0253], abs=6e-5)
        assert np.isnan(found.p) and found.settings["targets"]["found"] == 320
        ends = found.table.sort_values("projection")["name"]
        assert {"maestro", "protege", "philosopher"} <= set(ends[:10]) and {"homemaker", "nurse", "receptionist"} <= set(ends[-10:])

    @pytest.mark.parametrize(("strictness", "value"), [(2.0, 0.01164), (0.5, 0.25686)])
    def test_strictness(self, googlenews_26k: Embedding, strictness: float, value: float) -> None:
        assert direct_bias(googlenews_26k, "gender", "professions", strictness=strictness, draws=0).value == pytest.approx(value, abs=5e-6)

    def test_one_pair(self, googlenews_26k: Embedding) -> None:
        pair = Concept.from_pairs("gender", [("she", "he")])
        assert direct_bias(googlenews_26k, pair, "professions", draws=0).value == pytest.approx(0.07809, abs=5e-6)

    def test_neutral_professions(self, googlenews_26k: Embedding, shared_data: Path) -> None:
        folder = shared_data / "words" / "debiaswe"
        specific = set(json.loads((folder / "gender_specific_full.json").read_text()))
        names = [row[0] for row in json.loads((folder / "professions.json").read_text()) if row[0] not in specific]
        found = direct_bias(googlenews_26k, "gender", names, draws=0)
        assert len(names) == 303 and found.value == pytest.approx(0.07308, abs=5e-6)


def test_a_direction_from_before(small: Embedding, sex: Concept, neutral: list[str]) -> None:
    own = direct_bias(small, sex, neutral, draws=5)
    assert direct_bias(small, sex, neutral, draws=5, before=small).value == own.value
    with pytest.raises(DataError, match="they share no directions"):
        direct_bias(small, sex, neutral, before=small.replace(vectors=small.vectors[:, :-1]))
