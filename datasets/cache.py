"""The folder in which fetched files stay, and what took long to compute."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from graphemb.errors import DataError

MARK = "CACHEDIR.TAG"
"""A cache made by us holds this file; a folder without it is never emptied."""

KEPT = ("datasets", "features")
"""Folders of the cache: fetched files, and features of texts."""

TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# Files fetched or computed by graphemb; `graphemb datasets clear` empties this folder.\n"
)


def cache_folder() -> Path:
    """``$GRAPHEMB_CACHE``, or ``graphemb`` in the user's cache folder of the platform; not made by this call."""
    if own := os.environ.get("GRAPHEMB_CACHE"):
        return Path(own).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "graphemb"


def dataset_folder(name: str, data_home: str | Path | None = None) -> Path:
    """The folder for the files of one fetched data set, below ``data_home`` or the cache."""
    return (cache_folder() / "datasets" if data_home is None else Path(data_home).expanduser()) / name


def mark_cache() -> None:
    """Make the cache folder and mark it as ours."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / MARK
    if not mark.exists():
        mark.write_text(TAG, "utf-8")


def clear_cache() -> int:
    """Remove every fetched file, and every computed feature of texts, from the cache and return the bytes freed.

    Raises
    ------
    DataError : the folder was not made by graphemb (``$GRAPHEMB_CACHE`` points elsewhere), so nothing is removed
    """
    folder = cache_folder()
    if not folder.is_dir() or not any(folder.iterdir()):
        return 0
    if not (folder / MARK).is_file():
        raise DataError(
            f"{folder} holds no {MARK}, so graphemb did not make it and does not empty it; remove it by hand or set GRAPHEMB_CACHE"
        )
    return sum(_remove(folder / part) for part in KEPT)


def _remove(folder: Path) -> int:
    """Remove a folder that is no link and return the bytes of its files; links within are removed, not followed."""
    if folder.is_symlink() or not folder.is_dir():
        return 0
    freed = sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir())
    shutil.rmtree(folder)
    return freed
