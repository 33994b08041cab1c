"""The report of five tests before and after an edit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.bias.lipstick import lipstick, nearest_names
from graphemb.analysis.edits.hard import HardDebias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import UnknownNameError

SIDES = Concept.from_pairs("side", [("she", "he")], groups=("left", "right"))


@pytest.fixture(scope="module")
def spaces() -> tuple[Embedding, Embedding]:
    rng = np.random.default_rng(0)
    lean = rng.normal(size=150)
    x = rng.normal(size=(150, 8)) * 0.4
    x[:, 0], x[:, 1] = lean, 2 * lean
    before = Embedding(["she", "he", *map(str, range(150))], np.concatenate([np.eye(8)[:1], -np.eye(8)[:1], x]))
    return before, before.replace(vectors=before.vectors * np.array([0.0] + [1.0] * 7), meta={"edits": [{"edit": "mine"}]})


def test_all_five(spaces: tuple[Embedding, Embedding]) -> None:
    found = lipstick(*spaces, SIDES, [str(i) for i in range(150)], count=40, learned_from=60, k=10)
    table = found.to_frame().set_index("test")
    assert list(table.index) == ["cluster-bias", "classifier-bias", "neighbour-bias"]
    assert (table["left"] > 0.7).all() and (table["p"] < 0.01).all() and (table["after_low"] <= table["after"]).all()
    assert len(found.nearest) == 20 and set(found.nearest.columns) == {"name", "rank", "before", "after", "before_cosine", "after_cosine"}
    assert found.settings["edits"] == [{"edit": "mine"}]
    first, second = found.projections("pca")
    assert len(first) == len(second) == 80 == len(found.labels.all_names)
    figure = found.picture("after", "pca")
    assert {trace.name for trace in figure.data} == {"left", "right"}
    told = json.loads(found.to_json())
    assert told["after"]["cluster-bias"]["cluster-bias"] == table.loc["cluster-bias", "after"] and "cluster-bias" in repr(found)


def test_names_to_be_shown(spaces: tuple[Embedding, Embedding]) -> None:
    table = nearest_names(*spaces, ["3", "she"], k=4)
    assert table["name"].tolist() == ["3"] * 4 + ["she"] * 4
    assert table["before"].tolist()[:4] == spaces[0].nearest("3", 4)["name"].tolist()
    with pytest.raises(UnknownNameError, match="unknown name 'sh' in one of the two embeddings"):
        nearest_names(*spaces, ["sh"])


@pytest.mark.shared
def test_hard_debiasing_is_lipstick(shared_data: Path) -> None:
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    found = lipstick(e, HardDebias().fit_transform(e, "gender"), "gender", "professions", pair=("she", "he"), words=True)
    assert (found.to_frame()["left"] > 0.75).all()
    assert found.nearest["name"].unique().tolist() == ["homemaker", "maestro"]
