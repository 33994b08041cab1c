"""Rows of numbers for texts, by the name of an encoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, shorten
from graphemb.kernels.encoder import Encoder
from graphemb.kernels.feature_cache import Fitted, fitted
from graphemb.kernels.feature_matrix import digest_of_rows, matched_rows
from graphemb.kernels.text_encoders import make_encoder
from graphemb.kernels.threads import thread_count
from graphemb.kernels.warn import warn

GIVEN = "given"
REVISION = 3
"""Raised when what an encoder of ours computes changes, so that rows kept by an older one are not taken for its own."""


@dataclass(frozen=True, eq=False, repr=False)
class TextFeatures:
    """One row a text, in the order of the texts, and what places other texts beside them."""

    rows: np.ndarray
    """(n, k) float32, read-only; of unit length, or zero; as given where they were given."""
    present: np.ndarray
    """(n,) bool: False where the text is empty or holds nothing the encoder knows; its row is zero."""
    encoder: str
    """What :func:`text_features` was asked for; "given" for rows that somebody else computed."""
    fingerprint: str
    """SHA-256 of encoder, settings, versions and texts: equal features have equal ones."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Counts of texts: different, empty, and of words not known where the encoder counts them."""
    _fitted: Fitted | None = field(default=None)
    _n_jobs: int | None = field(default=None)

    def __repr__(self) -> str:
        n, columns = self.rows.shape
        return f"TextFeatures({n:,} rows of {columns:,} columns, {int(self.present.sum()):,} present, encoder {self.encoder!r})"

    @property
    def dim(self) -> int:
        """Columns."""
        return int(self.rows.shape[1])

    def of(self, texts: Iterable[str | None]) -> np.ndarray:
        """Rows of other texts, (m, k) float32, by what was learned from those of the fit; zero where there is nothing to go by."""
        if self._fitted is None:
            raise DataError("these features were given as a matrix, and what made them is not known here; encode the texts there")
        distinct, place = _distinct(_as_texts(texts))
        with threadpool_limits(thread_count(self._n_jobs)):
            return _spread(self._fitted.encode(distinct), place)


def text_features(
    texts: Iterable[str | None],
    encoder: Any = "tfidf",
    *,
    dim: int | None = None,
    random_state: Any = 0,
    n_jobs: int | None = None,
    cache: bool = True,
) -> TextFeatures:
    """Rows of numbers for texts, computed once and kept by content.

    Equal texts get equal rows, and neither the order of the texts nor their repetition changes a row: encoders learn from the different
    texts that are there.

    Parameters
    ----------
    texts : n texts; None, NaN and blank ones are empty
    encoder : a name (:data:`graphemb.kernels.text_encoders.ENCODERS`), perhaps with settings, ``tfidf:dim=64``; an :class:`Embedding`
        whose names are words, or the path of one, for means of its vectors; the path of a sentence-transformer's folder
    dim : columns, for encoders that learn; what is usual for the encoder if None
    random_state : for encoders that draw at random; the same number gives the same rows
    n_jobs : threads of matrix products, None for all cores; gensim trains with one, since several make a result depend on chance
    cache : keep rows that took more than a second in the cache folder, and look there first

    Raises
    ------
    DataError : one text in place of several
    UnknownNameError, ParameterError : an encoder or setting that is not there
    MissingExtraError : the package of the encoder is not installed

    >>> features = text_features(["a young cat", "a young dog", "the stock market", ""], dim=2)
    >>> features.rows.shape, features.present.tolist()
    ((4, 2), [True, True, True, False])
    >>> bool(features.of(["young"])[0] @ features.rows[0] > 0.9)
    True
    """
    listed = _as_texts(texts)
    made = make_encoder(encoder, dim=dim, random_state=random_state)
    distinct, place = _distinct(listed)
    with threadpool_limits(thread_count(n_jobs)):
        learned = fitted(made, distinct, key=_key(made, distinct), disk=cache)
    rows = _spread(learned.rows, place)
    rows.flags.writeable = False
    present = np.asarray(rows.any(axis=1))
    if len(listed) and not present.any():
        warn(f"none of {len(listed):,} texts holds anything the encoder {made.name} knows, so all features are zero", DataWarning)
    notes = {"texts": len(listed), "different": len(distinct), "empty": int(np.count_nonzero(place < 0)), **made.notes}
    return TextFeatures(rows, present, made.spec, learned.fingerprint, notes, learned, n_jobs)


def feature_matrix(source: Any, names: Names | Sequence[str]) -> TextFeatures:
    """Rows that somebody else computed, matched to entities by name, numbers as they are; see
    :func:`graphemb.kernels.feature_matrix.matched_rows` for what can be given and what is refused.

    >>> feature_matrix({"b": [1, 2]}, ["a", "b"]).present.tolist()
    [False, True]
    """
    rows, present, unknown = matched_rows(source, names if isinstance(names, Names) else Names(names))
    rows.flags.writeable = False
    return TextFeatures(rows, present, GIVEN, digest_of_rows(rows), {"missing": int((~present).sum()), "unknown": unknown})


def _as_texts(texts: Iterable[str | None]) -> list[str]:
    if isinstance(texts, str):
        raise DataError(f"expected a list of texts, got one text {shorten(texts, 40)!r}; put it into a list")
    return ["" if t is None or t != t else str(t).strip() for t in texts]


def _distinct(texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The different texts that are not empty, sorted, and the place of each text among them, -1 for an empty one."""
    distinct = sorted({t for t in texts if t})
    places = {t: i for i, t in enumerate(distinct)}
    return distinct, np.fromiter((places.get(t, -1) for t in texts), dtype=np.int64, count=len(texts))


def _spread(rows: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Rows of the different texts, at the places of all; zero for the empty ones."""
    spread = np.zeros((len(place), rows.shape[1]), dtype=np.float32)
    spread[place >= 0] = rows[place[place >= 0]]
    return spread


def _key(encoder: Encoder, distinct: Sequence[str]) -> str:
    """SHA-256 over what decides the rows; empty where chance does."""
    identity = encoder.identity()
    if identity is None:
        return ""
    digest = hashlib.sha256(json.dumps({"revision": REVISION, **identity}, sort_keys=True, default=str).encode())
    for text in distinct:
        digest.update(b"\0" + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
