"""Corpora: documents of tokens, for methods that learn from text."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from graphemb.data.names import Names
from graphemb.data.tokens import words
from graphemb.errors import DataError, ParameterError, shorten

Empty = Literal["error", "drop"]


class Corpus:
    """Documents, each a list of tokens; iterating yields them again and again.

    Tokens are kept as numbers of types. Types stand in the order of how often they occur, the most frequent first and the alphabet
    deciding ties, so that a vocabulary of the types that occur at least so often is the first of them, and equal documents give equal
    numbers. Memory: 4 bytes a token, and the names of types and documents.

    Parameters
    ----------
    documents : lists of tokens; read once, so a generator does too
    names : one name a document; their numbers from 0 where there are none
    labels : one label a document, such as its category; optional
    meta : what is to be remembered about where it is from
    empty : a document without tokens is an error, or dropped and counted in ``meta["empty_documents"]``

    Attributes
    ----------
    ids : int32 (tokens,), the type of every token, one document after the other
    offsets : int64 (documents + 1,); document i is ``ids[offsets[i]:offsets[i + 1]]``
    types, counts : the name of every type, and how often it occurs, int64

    Raises
    ------
    DataError : no documents or tokens, a document that is a string, a token that is not one, names or labels of another number

    >>> corpus = Corpus([["to", "be", "or", "not", "to", "be"], ["be"]])
    >>> list(corpus)[1], list(corpus.types), corpus.counts.tolist(), list(corpus.vocabulary(2))
    (['be'], ['be', 'to', 'not', 'or'], [3, 2, 1, 1], ['be', 'to'])
    """

    def __init__(
        self,
        documents: Iterable[Sequence[str]],
        names: Iterable[Any] | None = None,
        labels: Iterable[Any] | None = None,
        *,
        meta: Mapping[str, Any] | None = None,
        empty: Empty = "error",
    ):
        if empty not in ("error", "drop"):
            raise ParameterError(f"empty must be 'error' or 'drop', got {empty!r}")
        codes, lengths, types = _encode(documents)
        filled = _filled(lengths, empty)
        self.names = Names(_of_filled(names, filled, "names"), what="document")
        self.labels = None if labels is None else _frozen(np.array(_of_filled(labels, filled, "labels"), dtype=object))
        self.types, order, counts = _by_count(codes, types)
        self._words = np.asarray(self.types)
        self.counts = _frozen(counts)
        self.ids = _frozen(order[codes])
        self.offsets = _frozen(np.concatenate([[0], np.cumsum(lengths[filled], dtype=np.int64)]))
        self.meta: dict[str, Any] = dict(meta or {})
        if not filled.all():
            self.meta["empty_documents"] = int(np.count_nonzero(~filled))

    @classmethod
    def from_texts(cls, texts: Iterable[str], names: Iterable[Any] | None = None, labels: Iterable[Any] | None = None, **more: Any) -> Self:
        """One document a text, cut into words as text encoders do: lower case, runs of letters and digits.

        >>> list(Corpus.from_texts(["Rain, rain.", "Go away!"]))
        [['rain', 'rain'], ['go', 'away']]
        """
        if isinstance(texts, str):
            raise DataError(f"expected a list of texts, got one string {shorten(texts)!r}; put it into a list")
        return cls((_words_of(i, text) for i, text in enumerate(texts)), names, labels, **more)

    def subset(self, documents: np.ndarray | Sequence[int]) -> Corpus:
        """The documents at these places, in their order; types and counts are theirs alone.

        >>> list(Corpus([["a"], ["b"], ["c"]]).subset([2, 0]))
        [['c'], ['a']]
        """
        rows = np.arange(len(self))[np.asarray(documents)]
        labels = None if self.labels is None else self.labels[rows]
        return Corpus((self[int(row)] for row in rows), self.names.take(rows), labels, meta=self.meta)

    # -- what it is

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[list[str]]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, document: int | str) -> list[str]:
        """The tokens of a document, by its place or name."""
        row = int(self.names.rows([document])[0]) if isinstance(document, str) else range(len(self))[document]
        ids = self.ids[self.offsets[row] : self.offsets[row + 1]]
        return self._words[ids].tolist()

    @property
    def n_tokens(self) -> int:
        """The number of tokens."""
        return len(self.ids)

    @property
    def n_types(self) -> int:
        """The number of different tokens."""
        return len(self.types)

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each document, int64."""
        return np.diff(self.offsets)

    def vocabulary(self, min_count: int = 1) -> Names:
        """The types that occur at least ``min_count`` times: the first of ``types``, so a token is one of them where ``ids < len(...)``.

        Raises
        ------
        DataError : none does
        """
        size = int(np.searchsorted(-self.counts, -min_count, side="right"))
        if not size:
            raise DataError(f"no word occurs {min_count:,} times, the most frequent {int(self.counts[0]):,} times; lower min_count")
        return self.types[:size]

    def count(self, word: str) -> int:
        """How often a word occurs."""
        row = int(self.types.find([word])[0])
        return int(self.counts[row]) if row >= 0 else 0

    @property
    def fingerprint(self) -> str:
        """SHA-256 over documents and their names: equal for equal corpora."""
        digest = hashlib.sha256()
        for names in (self.names, self.types):
            digest.update("\0".join(names.values.to_pylist()).encode("utf-8", "surrogatepass") + b"\1")
        digest.update(self.offsets.astype("<i8").tobytes() + self.ids.astype("<i4").tobytes())
        return digest.hexdigest()

    def __repr__(self) -> str:
        labelled = "" if self.labels is None else f", {len(pd.unique(self.labels)):,} labels"
        return f"Corpus({len(self):,} documents, {self.n_tokens:,} tokens, {self.n_types:,} types{labelled})"


def _words_of(place: int, text: Any) -> list[str]:
    if not isinstance(text, str):
        raise DataError(f"text {place} is {type(text).__name__}, expected a string")
    return words(text)


def _encode(documents: Iterable[Sequence[str]]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Codes of tokens in the order of first appearance, int32; the lengths of documents; the types."""
    if isinstance(documents, str):
        raise DataError(f"expected lists of tokens, got one string {shorten(documents)!r}; texts go to Corpus.from_texts([...])")
    known: dict[Any, int] = {}
    codes, lengths = array("i"), array("q")
    for i, document in enumerate(documents):
        if isinstance(document, (str, bytes)) or not isinstance(document, Iterable):
            raise DataError(f"document {i} is {shorten(repr(document), 40)}, expected a list of tokens; texts go to Corpus.from_texts")
        before = len(codes)
        try:
            codes.extend(known.setdefault(token, len(known)) for token in document)
        except TypeError:
            raise DataError(f"document {i} holds a token that is no string; tokens are strings") from None
        lengths.append(len(codes) - before)
    wrong = next((token for token in known if not isinstance(token, str)), None)
    if wrong is not None or None in known:
        raise DataError(f"tokens must be strings, got {shorten(repr(wrong), 40)}")
    if not codes:
        raise DataError(
            f"{len(lengths):,} documents hold no token; a corpus needs some" if lengths else "a corpus needs documents, got none"
        )
    return np.frombuffer(codes, dtype=np.int32), np.frombuffer(lengths, dtype=np.int64), list(known)


def _filled(lengths: np.ndarray, empty: Empty) -> np.ndarray:
    """Which documents hold tokens."""
    filled = lengths > 0
    if empty == "error" and not filled.all():
        bare = np.flatnonzero(~filled)
        raise DataError(f"document {bare[0]} has no tokens ({len(bare):,} such); leave it out, or say empty='drop'")
    return filled


def _of_filled(values: Iterable[Any] | None, filled: np.ndarray, what: str) -> list[Any]:
    """One value for each document that holds tokens; their numbers where there are none."""
    listed = list(range(len(filled))) if values is None else list(values)
    if len(listed) != len(filled):
        raise DataError(f"expected {len(filled):,} {what}, one a document, got {len(listed):,}")
    return [value for value, kept in zip(listed, filled.tolist(), strict=True) if kept]


def _by_count(codes: np.ndarray, types: list[str]) -> tuple[Names, np.ndarray, np.ndarray]:
    """The types from the most frequent on, the new number of every code, and the counts."""
    counts = np.bincount(codes, minlength=len(types)).astype(np.int64)
    order = np.lexsort((np.array(types, dtype=object), -counts))
    rank = np.empty(len(types), dtype=np.int32)
    rank[order] = np.arange(len(types), dtype=np.int32)
    return Names([types[i] for i in order.tolist()], what="word", check=False), rank, counts[order]


def _frozen(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values
