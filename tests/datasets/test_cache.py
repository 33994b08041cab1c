from __future__ import annotations

from pathlib import Path

import pytest

from graphemb.datasets.cache import cache_folder, clear_cache, dataset_folder, mark_cache
from graphemb.errors import DataError


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("GRAPHEMB_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "graphemb"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "graphemb"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "graphemb"


def test_clearing_removes_what_was_fetched(cache: Path) -> None:
    assert clear_cache() == 0
    mark_cache()
    folder = dataset_folder("toy")
    folder.mkdir(parents=True)
    (folder / "data.gz").write_bytes(b"12345")
    assert clear_cache() == 5
    assert not folder.exists() and clear_cache() == 0


def test_clearing_removes_features_of_texts_too(cache: Path) -> None:
    mark_cache()
    (cache / "features").mkdir()
    (cache / "features" / "a.npy").write_bytes(b"123")
    (cache / "notes.txt").write_text("not ours")
    assert clear_cache() == 3 and not (cache / "features").exists() and (cache / "notes.txt").exists()


def test_a_folder_of_someone_else_is_not_emptied(cache: Path) -> None:
    (cache / "datasets").mkdir(parents=True)
    (cache / "datasets" / "thesis.tex").write_text("years of work")
    with pytest.raises(DataError, match="did not make it"):
        clear_cache()
    assert (cache / "datasets" / "thesis.tex").exists()


def test_links_are_not_followed(cache: Path, tmp_path: Path) -> None:
    mark_cache()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (cache / "datasets").mkdir()
    (cache / "datasets" / "link").symlink_to(precious)
    clear_cache()
    assert (precious / "file").exists()


def test_another_home() -> None:
    assert dataset_folder("toy", "/srv/data") == Path("/srv/data/toy")
