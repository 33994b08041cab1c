"""Senses of words in an embedding that has them: which one is meant in a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.sense_training import tell_senses

BY_ROW = ("sense_query", "context_weight")
"""Parameters of one row a name: q of senses, and how much a word weighs in a context."""


class SenseReader:
    """Tells senses of words in contexts; prepared once from an embedding, then quick.

    The sense of w is argmax_k q_wk . c, c the weighted mean of the context rows of the words within the window of the training. Only words
    with a vector count, as in the training.

    Raises
    ------
    DataError : the embedding has no senses
    """

    def __init__(self, embedding: Embedding):
        if embedding.kinds is None or embedding.context is None or any(name not in embedding.parameters for name in BY_ROW):
            raise DataError("this embedding has no senses; DisambiguatedSkipGram learns them")
        self.embedding = embedding
        facts = embedding.attributes
        rows = np.flatnonzero(embedding.kinds == "word")
        self._words = pd.Index(facts["word"].to_numpy(dtype=object)[rows])
        senses = np.flatnonzero(embedding.kinds == "sense")
        owner = self._words.get_indexer(facts["word"].to_numpy(dtype=object)[senses])
        order = np.lexsort((-facts["share"].to_numpy()[senses], owner))
        order = order[owner[order] >= 0]  # senses of words that were left out are of no use
        alone = np.setdiff1d(np.arange(len(rows)), owner)
        of_word = np.concatenate([owner[order], alone])
        self.rows = np.concatenate([senses[order], rows[alone]])[np.argsort(of_word, kind="stable")]
        """Rows of senses word after word, from the largest share on; the word's own where it has one sense."""
        self.start = np.concatenate([[0], np.cumsum(np.bincount(of_word, minlength=len(rows)))])
        self._numbers = (
            embedding.parameters["sense_query"][self.rows],
            embedding.context[rows],
            embedding.parameters["context_weight"][rows],
        )
        self._window = int(embedding.meta["parameters"]["window"])

    def probabilities(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places of tokens with a vector, their numbers among the words, and p(sense | word, context) (places, most senses)."""
        if isinstance(tokens, str):
            raise DataError(f"expected a list of tokens, got one string {tokens!r}; split it into words")
        ids = self._words.get_indexer(list(tokens)) if len(tokens) else np.empty(0, dtype=np.int64)
        places = np.flatnonzero(ids >= 0)
        ids = ids[places].astype(np.int32)
        found = np.zeros((len(ids), int(np.diff(self.start).max(initial=1))), dtype=np.float32)
        tell: Any = tell_senses
        tell(ids, np.array([0, len(ids)]), self.start, *self._numbers, self._window, found)
        return places, ids, found

    def read(self, tokens: Sequence[str]) -> list[str | None]:
        """The likeliest sense of every token, of the largest share where nothing is near; None for a token without a vector."""
        places, ids, found = self.probabilities(tokens)
        told: list[str | None] = [None] * len(tokens)
        for place, row in zip(places.tolist(), self.rows[self.start[ids] + found.argmax(axis=1)].tolist(), strict=True):
            told[place] = str(self.embedding.names[row])
        return told

    def rows_of(self, word: str) -> np.ndarray:
        """The rows of a word's senses from the largest share on, or its own."""
        at = int(self._words.get_indexer([word])[0])
        if at < 0:
            raise UnknownNameError("word", word, self._words)
        return np.asarray(self.rows[self.start[at] : self.start[at + 1]])


def disambiguate(embedding: Embedding, tokens: Sequence[str]) -> list[str | None]:
    """The likeliest sense of every token among its neighbours: :meth:`SenseReader.read`, which is quicker for many lists.

    The word itself where it has one sense, None where it has no vector.

    Raises
    ------
    DataError : the embedding has no senses, or the tokens are one string
    """
    return SenseReader(embedding).read(tokens)


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
    reader = SenseReader(embedding)
    rows = reader.rows_of(word)
    table = embedding.attributes.loc[rows, ["share"]].reset_index(drop=True)
    table.insert(0, "sense", [embedding.names[int(row)] for row in rows])
    table["probability"] = table["share"]
    if context is not None:
        half = len(context) // 2
        near = [*context[:half], word, *context[half:]]  # both sides count alike
        places, _, found = reader.probabilities(near)
        if len(places) < 2:
            raise DataError(f"no word of the context of {word!r} has a vector; without a context the shares are given")
        table["probability"] = found[int(np.searchsorted(places, half)), : len(rows)]
    nearest = [embedding.nearest(embedding.vectors[row], k + 1, kind="word")["name"] for row in rows]
    table["nearest"] = [", ".join([name for name in names if name != word][:k]) for names in nearest]
    return table
