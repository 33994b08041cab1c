"""Text features kept by content: what is on the disk is what was computed, or it is not used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.datasets.cache import clear_cache
from graphemb.kernels import feature_cache
from graphemb.kernels.text_features import TextFeatures, text_features
from graphemb.kernels.tfidf import TfIdf

TEXTS = ["a young cat", "a young dog", "the stock market fell", "shares on the market"]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, in which everything is kept, however quick it was."""
    monkeypatch.setenv("GRAPHEMB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(feature_cache, "COSTLY", 0.0)
    feature_cache.forget()
    return tmp_path / "cache" / "features"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one each time the encoder learns."""
    counted: list[int] = []
    learn = TfIdf.fit

    def counting(self: TfIdf, texts: list[str]) -> np.ndarray:
        counted.append(len(texts))
        return learn(self, texts)

    monkeypatch.setattr(TfIdf, "fit", counting)
    return counted


def again(**settings: object) -> TextFeatures:
    feature_cache.forget()
    return text_features(TEXTS, **settings)  # type: ignore[arg-type]


def test_what_is_kept_equals_what_is_fresh(kept: Path, fits: list[int]) -> None:
    fresh, found = again(), again()
    assert len(fits) == 1 and len(list(kept.iterdir())) == 1
    np.testing.assert_array_equal(found.rows, fresh.rows)
    assert found.fingerprint == fresh.fingerprint and found.notes == fresh.notes
    np.testing.assert_array_equal(found.of([TEXTS[1]])[0], fresh.rows[1])
    assert len(fits) == 1  # a text of the fit needs no fit
    np.testing.assert_array_equal(found.of(["a cat"]), fresh.of(["a cat"]))
    assert len(fits) == 2


def test_memory_comes_first(kept: Path, fits: list[int]) -> None:
    one = text_features(TEXTS)
    two = text_features(TEXTS[::-1])
    assert len(fits) == 1
    np.testing.assert_array_equal(two.rows[::-1], one.rows)


def test_other_settings_and_texts_are_other_keys(kept: Path, fits: list[int]) -> None:
    prints = {again(**settings).fingerprint for settings in ({}, {"dim": 2}, {"random_state": 1}, {"encoder": "tfidf:beginnings=0"})}
    prints.add(text_features([*TEXTS, "more"]).fingerprint)
    assert len(prints) == 5 == len(list(kept.iterdir()))


@pytest.mark.parametrize("damage", ["cut", "flipped", "other shape", "pickle", "empty", "text"])
def test_a_damaged_file_is_computed_anew(kept: Path, fits: list[int], damage: str) -> None:
    fresh = again()
    (file,) = kept.iterdir()
    raw = file.read_bytes()
    if damage == "cut":
        file.write_bytes(raw[:-7])
    elif damage == "flipped":
        file.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    elif damage == "other shape":
        np.save(file, np.zeros((2, 2), dtype=np.float32))
    elif damage == "pickle":
        np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    else:
        file.write_bytes(b"" if damage == "empty" else b"hello")
    np.testing.assert_array_equal(again().rows, fresh.rows)
    assert len(fits) == 2
    np.testing.assert_array_equal(again().rows, fresh.rows)
    assert len(fits) == 2 and len(list(kept.iterdir())) == 1  # and kept once more


def test_nothing_is_kept_where_that_is_asked_or_not_worth_it(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(cache=False)
    again(random_state=None)
    monkeypatch.setattr(feature_cache, "COSTLY", 1e9)
    again()
    assert not kept.exists()


def test_a_cache_that_cannot_be_written_to_stops_nobody(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GRAPHEMB_CACHE", str(tmp_path / "file"))
    assert again().present.all()


def test_memory_holds_the_last_few(kept: Path) -> None:
    for dim in range(1, 8):
        text_features(TEXTS, dim=dim % 4 + 1, random_state=dim)
    assert len(feature_cache._memory) == feature_cache.REMEMBERED


def test_clearing_the_cache_empties_it(kept: Path) -> None:
    again()
    size = next(kept.iterdir()).stat().st_size
    assert clear_cache() == size and not kept.exists()
