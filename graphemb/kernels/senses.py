"""Senses of words in an embedding that has them: which one is meant in a context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.checks import require_whole

BY_ROW = ("sense_query", "context_weight")
"""Parameters of one row a name: q of senses, and how much a word weighs in a context."""


def disambiguate(embedding: Embedding, tokens: Sequence[str]) -> list[str | None]:
    """The likeliest sense of every token among its neighbours; the word itself where it has one sense, None where it has no vector.

    argmax_k q_wk . c, c the weighted mean of the context rows of the words within the window of the training.

    Raises
    ------
    DataError : the embedding has no senses, or the tokens are one string
    """
    known = _known(embedding, tokens)
    words = [name for name in known if name is not None]  # windows are of words that have vectors, as in training
    told = iter([_likeliest(embedding, words, at) for at in range(len(words))])
    return [None if name is None else next(told) for name in known]


def senses_of(embedding: Embedding, word: str, context: Sequence[str] | None = None, *, k: int = 5) -> pd.DataFrame:
    """A table of the senses of a word: name, share of its occurrences, probability in the context, the ``k`` nearest words.

    Parameters
    ----------
    context : the words around it, itself not among them; without them the probability is the share

    Raises
    ------
    UnknownNameError : the word has no vector; DataError : the embedding has no senses, or the context holds no word with a vector
    """
    require_whole("k", k)
    near = _known(embedding, [] if context is None else context)
    if word not in embedding or ("word", word) not in embedding:
        raise UnknownNameError("word", word, embedding.names.candidates(word))
    rows = _sense_rows(embedding, word)
    table = embedding.attributes.loc[rows, ["share"]].reset_index(drop=True)
    table.insert(0, "sense", [embedding.names[int(row)] for row in rows])
    table["probability"] = table["share"]
    if context is not None:
        mean = _context(embedding, [name for name in near if name is not None and name != word])
        if mean is None:
            raise DataError(f"no word of the context of {word!r} has a vector; without a context the shares are given")
        scores = embedding.parameters["sense_query"][rows] @ mean
        table["probability"] = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    nearest = [embedding.nearest(embedding.vectors[row], k + 1, kind="word")["name"] for row in rows]
    table["nearest"] = [", ".join([name for name in names if name != word][:k]) for names in nearest]
    return table


def _known(embedding: Embedding, tokens: Sequence[str]) -> list[str | None]:
    """The tokens that are words of the embedding."""
    if isinstance(tokens, str):
        raise DataError(f"expected a list of tokens, got one string {tokens!r}; split it into words")
    if any(name not in embedding.parameters for name in BY_ROW) or embedding.kinds is None:
        raise DataError("this embedding has no senses; DisambiguatedSkipGram learns them")
    return [token if ("word", token) in embedding else None for token in tokens]


def _likeliest(embedding: Embedding, known: list[str], at: int) -> str:
    """The sense of the token at a place; without any neighbour the one with the largest share."""
    word, window = known[at], int(embedding.meta["parameters"]["window"])
    rows = _sense_rows(embedding, word)
    mean = _context(embedding, known[max(0, at - window) : at] + known[at + 1 : at + window + 1])
    best = 0 if mean is None else int(np.argmax(embedding.parameters["sense_query"][rows] @ mean))
    return str(embedding.names[int(rows[best])])


def _sense_rows(embedding: Embedding, word: str) -> np.ndarray:
    """The rows of a word's senses from the largest share on, or its own row; senses are named in that order."""
    rows: list[int] = []
    while ("sense", name := f"{word}#{len(rows) + 1}") in embedding:
        rows.append(int(embedding.rows([name], "sense")[0]))
    return np.array(rows or embedding.rows([word], "word"), dtype=np.int64)


def _context(embedding: Embedding, words: list[str]) -> np.ndarray | None:
    assert embedding.context is not None
    if not words:
        return None
    rows = embedding.rows(words, "word")
    weight = embedding.parameters["context_weight"][rows]
    return np.asarray(weight @ embedding.context[rows] / weight.sum())
