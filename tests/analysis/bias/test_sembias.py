"""SemBias: shares by hand, their null, and the published rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.sembias import sembias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError


def space(stereotype: float) -> tuple[Embedding, pd.DataFrame]:
    """Ten rows; definitions differ along the first axis by 1, stereotypes by so much, the others by noise."""
    rng = np.random.default_rng(0)
    lean = {"d": 1.0, "n": 0.0, "m": 0.0, "s": stereotype}
    names, vectors = ["she", "he"], [np.eye(30)[0], -np.eye(30)[0]]
    for i in range(10):
        for kind, gap in lean.items():
            middle = rng.normal(size=30) * 0.2
            names += [f"{kind}{i}f", f"{kind}{i}m"]
            vectors += [
                middle + gap * np.eye(30)[0] + rng.normal(size=30) * 0.05,
                middle - gap * np.eye(30)[0] + rng.normal(size=30) * 0.05,
            ]
    table = pd.DataFrame(
        {
            c: [(f"{k}{i}m", f"{k}{i}f") for i in range(10)]
            for c, k in zip(["definition", "none", "none 2", "stereotype"], "dnms", strict=True)
        }
    )
    return Embedding(names, np.array(vectors)), table


def test_an_embedding_that_knows_the_difference_only() -> None:
    e, table = space(0.0)
    found = sembias(e, rows=table, draws=99)
    assert found.table["share"].tolist() == [1.0, 0.0, 0.0] and found.null == 0 == found.value
    assert found.bias == 0 and found.settings["rows"] == 10


def test_stereotypes_as_strong_as_definitions() -> None:
    e, table = space(3.0)
    found = sembias(e, rows=table, draws=99)
    assert found.value > 0.8 and found.null == pytest.approx((1 - found.table["share"][0]) / 3) and found.p <= 0.05
    assert found.low <= found.value <= found.high and found.details["rows"].sum() == 10 and found.details["wins"].sum() == found.value * 10
    assert measure("sembias:draws=9", e, rows=table).value == found.value


def test_what_is_refused_and_reported() -> None:
    e, table = space(1.0)
    table.at[3, "none"] = ("nobody", "n0f")
    assert sembias(e, rows=table, draws=0).settings["missing"] == ["nobody"] and sembias(e, rows=table, draws=0).settings["rows"] == 9
    with pytest.raises(UnknownNameError, match="unknown name 'nobody' in the embedding"):
        sembias(e, Concept.from_pairs("sex", [("she", "he")]), rows=table, missing="error")
    with pytest.raises(DataError, match="needs columns 'definition' and 'stereotype'"):
        sembias(e, rows=table[["none"]])
    with pytest.raises(DataError, match="no row of SemBias has all its names"):
        sembias(e, rows=table.iloc[3:4])
    with pytest.raises(DataError, match="each cell of a SemBias table is a pair"):
        sembias(e, rows=pd.DataFrame({"definition": [("a",)], "stereotype": [("b",)]}))


@pytest.mark.shared
def test_newspaper_words(shared_data: Path) -> None:
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    found = sembias(e, draws=99)
    assert found.settings["asked"] == 440 and found.table["share"].sum() == pytest.approx(1)
    assert found.value > found.null and found.table["share"][0] > 0.6
