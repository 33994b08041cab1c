"""The base of methods that learn words, or documents, from a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Self

import numpy as np
import pandas as pd

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.method import Method
from graphemb.kernels.threads import thread_count


class CorpusMethod(Method[Corpus]):
    """Base of methods on a corpus: words that occur ``min_count`` times or more, from the most frequent on.

    ``fit`` takes a :class:`Corpus`, or what makes one: lists of tokens, or texts. Words that occur less often are left out before windows
    are opened, as word2vec and GloVe do, so that what stood around them moves together; the notes count them.
    """

    min_count: int

    def _learn(self, data: Any, learn: Callable[[Corpus], Embedding]) -> Self:
        return super()._learn(as_corpus(data, type(self).__name__), learn)

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        require_whole("min_count", self.min_count)
        for name in ("window", "epochs", "negative"):
            require_whole(name, getattr(self, name, 1))
        thread_count(getattr(self, "n_jobs", 1))

    def _check_data(self, data: Any) -> None:
        """A corpus it is: :func:`as_corpus` has seen to that."""

    def _describe(self, data: Corpus) -> dict[str, Any]:
        return {"fingerprint": data.fingerprint, "n_documents": len(data), "n_tokens": data.n_tokens, "n_types": data.n_types}

    def __getattr__(self, name: str) -> Any:
        if name == "transform":
            raise AttributeError(
                f"{type(self).__name__} has no transform: words it was not fitted on have no vector; FastText places new words, "
                "Doc2Vec new texts"
            )
        return super().__getattr__(name)


@dataclass(frozen=True)
class KeptWords:
    """The words of a corpus that are frequent enough, and its documents without the others."""

    names: Names
    counts: np.ndarray
    """int64 (n,), descending."""
    ids: np.ndarray
    """int32 (tokens,), the row of every token kept, one document after the other."""
    offsets: np.ndarray
    """int64 (documents + 1,); a document may have lost all of its tokens."""
    notes: dict[str, Any] = field(default_factory=dict)
    """How many words and tokens were left out, of how many."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def attributes(self) -> pd.DataFrame:
        """How often each word occurs, as facts about an embedding's names."""
        return pd.DataFrame({"count": self.counts})


def as_corpus(data: Any, method: str) -> Corpus:
    """The corpus itself, or one of lists of tokens or of texts, those without a word left out.

    Raises
    ------
    DataError : neither; or no word in any of them

    >>> len(as_corpus(["Rain, rain.", "", "Go away!"], "SPPMI")), len(as_corpus([["rain"], ["go", "away"]], "SPPMI"))
    (2, 2)
    """
    if isinstance(data, Corpus):
        return data
    if isinstance(data, (str, bytes)) or not isinstance(data, Iterable) or hasattr(data, "adjacency"):
        given = shorten(repr(data), 40) if isinstance(data, (str, bytes)) else type(data).__name__
        raise DataError(f"{method} needs a Corpus, lists of tokens, or texts, got {given}; graphemb.read_corpus reads files")
    documents = iter(data)
    first = next(documents, None)
    if first is None:
        raise DataError(f"{method} needs a corpus with at least two different words; this one is empty")
    made = Corpus.from_texts if isinstance(first, str) else Corpus
    return made(chain([first], documents), empty="drop")


def kept_words(corpus: Corpus, min_count: int, *, least: int = 2) -> KeptWords:
    """The words that occur at least ``min_count`` times.

    Raises
    ------
    DataError : fewer than ``least`` words do

    >>> kept = kept_words(Corpus([["to", "be", "or", "not", "to", "be"]]), 2)
    >>> list(kept.names), kept.ids.tolist(), kept.notes["words_left_out"]
    (['be', 'to'], [1, 0, 1, 0], 2)
    """
    names = corpus.vocabulary(min_count)
    if len(names) < least:
        raise DataError(
            f"expected at least {least} different words, got {len(names)}"
            + (f" that occurs {min_count:,} times or more; lower min_count" if min_count > 1 else f", {shorten(names[0])!r}")
        )
    kept = corpus.ids < len(names)
    notes = {
        "words": len(names),
        "words_left_out": corpus.n_types - len(names),
        "tokens": int(np.count_nonzero(kept)),
        "tokens_left_out": int(np.count_nonzero(~kept)),
    }
    offsets = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])[corpus.offsets]
    return KeptWords(names, corpus.counts[: len(names)], corpus.ids[kept], offsets, notes)
