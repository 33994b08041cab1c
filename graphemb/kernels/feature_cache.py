"""Text features kept by content: in memory for this process, in the cache folder where they took long."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from graphemb.data.atomic import atomic_path
from graphemb.datasets.cache import cache_folder, mark_cache
from graphemb.errors import GraphembError
from graphemb.kernels.encoder import Encoder

logger = logging.getLogger(__name__)

FOLDER = "features"
COSTLY = 1.0
"""Seconds from which on rows are kept on the disk."""
REMEMBERED = 4
"""Features kept in memory, those used last."""
_memory: OrderedDict[str, Fitted] = OrderedDict()


class Fitted:
    """An encoder and the rows of the texts it was, or if need be will be, fitted on."""

    def __init__(self, encoder: Encoder, texts: Sequence[str], fingerprint: str, rows: np.ndarray | None = None):
        self.encoder, self.texts, self.fingerprint = encoder, texts, fingerprint
        self._learned = rows is None
        self.rows = encoder.fit(texts) if rows is None else rows

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Rows of texts: those of the fit where they were in it, else by what was learned.

        Rows that came from the disk came without what was learned, so it is learned when the first new text comes.
        """
        place = np.fromiter((self._places.get(text, -1) for text in texts), dtype=np.int64, count=len(texts))
        found = np.zeros((len(texts), self.rows.shape[1]), dtype=np.float32)
        found[place >= 0] = self.rows[place[place >= 0]]
        new = [text for text in texts if text not in self._places]
        if new:
            if not self._learned:
                self.encoder.fit(self.texts)
                self._learned = True
            found[place < 0] = self.encoder.rows(new)
        return found

    @cached_property
    def _places(self) -> dict[str, int]:
        return {text: i for i, text in enumerate(self.texts)}


def fitted(encoder: Encoder, texts: Sequence[str], *, key: str, disk: bool = True) -> Fitted:
    """The encoder fitted on the texts: from memory, from the disk, or computed and kept; ``key`` is empty where nothing can be kept."""
    if key and key in _memory:
        _memory.move_to_end(key)
        return _memory[key]
    disk = disk and bool(key) and encoder.cached
    rows = read_rows(key, len(texts)) if disk else None
    started = time.perf_counter()
    found = Fitted(encoder, texts, key, rows)
    if not key:
        found.fingerprint = hashlib.sha256(found.rows.tobytes()).hexdigest()
        return found
    if disk and rows is None and time.perf_counter() - started > COSTLY:
        write_rows(key, found.rows)
    _memory[key] = found
    while len(_memory) > REMEMBERED:
        _memory.popitem(last=False)
    return found


def forget() -> None:
    """Empty the memory, not the folder."""
    _memory.clear()


def read_rows(key: str, n: int) -> np.ndarray | None:
    """The rows kept under a key, (n, k) float32; None where there are none or the file is not what was written."""
    for file in sorted(_folder().glob(f"{key}-*.npy")):
        try:
            rows = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            rows = None
        fits = isinstance(rows, np.ndarray) and rows.dtype == np.float32 and rows.ndim == 2 and len(rows) == n
        if fits and _digest(rows) == file.stem.rpartition("-")[2]:
            return rows
        logger.warning("%s is damaged; the features are computed anew", file.name)
        file.unlink(missing_ok=True)
    return None


def write_rows(key: str, rows: np.ndarray) -> None:
    """Keep rows under a key; the name of the file holds their digest. A folder that cannot be written to is no reason to stop."""
    try:
        mark_cache()
        folder = _folder()
        folder.mkdir(exist_ok=True)
        with atomic_path(folder / f"{key}-{_digest(rows)}.npy") as temporary, temporary.open("wb") as stream:
            np.save(stream, rows, allow_pickle=False)
    except (OSError, GraphembError) as error:
        logger.warning("text features are not kept: %s", error)


def _folder() -> Path:
    return cache_folder() / FOLDER


def _digest(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()[:16]
