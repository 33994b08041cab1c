"""Correlation with outside figures: from wherever they come, and as published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.outside import outside_correlation
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

SIDES = Concept.from_pairs("side", [("she", "he")], groups=("left", "right"))


@pytest.fixture
def space() -> Embedding:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 5))
    share = x[:, 0] / np.linalg.norm(x, axis=1)
    vectors = np.concatenate([np.eye(5)[:1], -np.eye(5)[:1], x])
    return Embedding(["she", "he", *map(str, range(40))], vectors, attributes=pd.DataFrame({"share": [np.nan, np.nan, *share]}))


def test_figures_from_a_mapping_a_series_or_a_column(space: Embedding) -> None:
    column = space.attributes["share"].to_numpy()[2:]
    by_name = {str(i): column[i] for i in range(40)}
    for found in (
        outside_correlation(space, SIDES, by_name, draws=99),
        outside_correlation(space, SIDES, pd.Series(by_name), draws=99),
        measure("outside-correlation:figures=share,draws=99", space, SIDES),
        measure("outside-correlation:draws=99", space, SIDES, data="share"),
    ):
        assert found.value == pytest.approx(1.0, abs=1e-6) and found.p == pytest.approx(0.01) and len(found.table) == 40
    turned = outside_correlation(space, SIDES, {k: -(v**3) for k, v in by_name.items()}, kind="spearman", draws=99)
    assert turned.value == pytest.approx(-1.0) and turned.settings["pearson"]["r"] > -1 and turned.bias == pytest.approx(1.0)


def test_missing_names_and_refusals(space: Embedding) -> None:
    found = outside_correlation(space, SIDES, {"0": 1.0, "1": 2.0, "2": 0.0, "nobody": 5.0}, draws=0)
    assert found.settings["targets"]["missing"] == ["nobody"] and found.p_kind == "exact, 6 orders"
    with pytest.raises(UnknownNameError, match="unknown name 'nobody'"):
        outside_correlation(space, SIDES, {"0": 1.0, "1": 2.0, "nobody": 5.0}, missing="error")
    with pytest.raises(DataError, match="at least three names with a figure are needed, got 2"):
        outside_correlation(space, SIDES, {"0": 1.0, "1": 2.0, "2": np.nan})
    with pytest.raises(DataError, match="a correlation needs at least three pairs, got 1"):
        outside_correlation(space, SIDES, {"0": 1.0, "x": 2.0, "y": 3.0})
    with pytest.raises(ParameterError, match="outside figures are needed"):
        outside_correlation(space, SIDES)
    with pytest.raises(ParameterError, match="kind must be"):
        outside_correlation(space, SIDES, "share", kind="kendall")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="columns of attributes: share"):
        outside_correlation(space, SIDES, "shares")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("figures", "options", "names", "expected"),
    [
        ("winobias-labour", {}, 36, 0.7070),
        ("winobias-labour", {"kind": "spearman"}, 36, 0.733),
        ("winogender-bls", {}, 57, 0.8082),
        ("professions-stereotype", {}, 320, -0.586),
        ("professions-stereotype", {"kind": "spearman"}, 320, -0.519),
    ],
)
def test_published_figures(shared_data: Path, figures: str, options: dict[str, Any], names: int, expected: float) -> None:
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    found = outside_correlation(e, "gender", figures, draws=999, **options)
    assert len(found.table) == names and found.value == pytest.approx(expected, abs=6e-4 if expected != 0.7070 else 5e-5)
    assert found.p == pytest.approx(1e-3) and found.low < found.value < found.high
