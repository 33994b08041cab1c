"""Disambiguated skip-gram: several vectors a word, and a network that tells from the context which of them is meant."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.corpus_method import CorpusMethod, KeptWords, kept_words
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, run_epochs
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sense_training import SenseSettings, SenseTrainer
from graphemb.kernels.senses import BY_ROW, disambiguate, senses_of


class DisambiguatedSkipGram(CorpusMethod, EpochMethod[Corpus]):
    """Words with up to ``senses`` vectors each, and the probability of each sense in a context, learned by one skip-gram.

    The context c of an occurrence of w is the weighted mean of the output vectors u of the words within ``window``. Its senses have

        p(k | w, c) = softmax_k(q_wk . c),   z = softmax((q_wk . c + Gumbel noise) / temperature),   v = sum_k z_k v_wk,

    and v predicts each of these words against ``negative`` noise words: log s(v . u) + sum log s(-v . u_n) goes up, with gradients to v, q
    and u alike. Afterwards a sense whose mean share over occurrences is below ``prune`` is dropped.

    Parameters
    ----------
    dim : columns
    senses : most senses of a word
    multi_sense : how many of the most frequent words have senses; the others have one
    window : furthest distance of two words that count as near, at most a document
    min_count : words that occur less often are left out
    negative : noise words for each word predicted, drawn by count^0.75
    sample : frequent words are left out at random, and weigh less in contexts, from this share of all tokens on (word2vec's formula)
    epochs : passes over the corpus
    warm_up : the first of them, in which every word has one sense; fewer than ``epochs``
    lr : first learning rate, falling linearly
    temperature : of z at the end; it falls from 1
    parsimony : weight of the entropy of the shares of a word's senses as a cost: 0 leaves senses be, 0.5 leaves about half of them
    prune : senses of a smaller share are dropped, from 0 to below 1 / ``senses``
    random_state : seed; one thread computes, so the result is the same every time

    Raises
    ------
    ParameterError : a setting outside its range
    DataError : no corpus, fewer than two words that occur ``min_count`` times, a checkpoint of another run
    TrainingError : the loss is not finite

    Rows are words (kind "word", the mean of the senses by share) and, of words with several senses left, these (kind "sense", named
    "bank#1", "bank#2", ... from the largest share on, with attributes word and share). The context of every row is u of its word.
    ``parameters`` hold q ("sense_query") and the weight of words in contexts ("context_weight"), so that
    :func:`graphemb.kernels.senses.disambiguate` reads a saved embedding too. Time: O(tokens window (negative dim)) an epoch; on Brown (a
    million tokens) half a minute. Memory: 12 dim bytes a sense.

    Source: Grzegorczyk and Kurdziel, "Disambiguated skip-gram model", EMNLP 2018, pp. 1445-1454; Jang et al., arXiv 1611.01144, for z.
    Departures: contexts are means of the output vectors, not of vectors of their own, and senses are split after a warm-up of one sense:
    on pseudo-words of Brown that raised the V-measure from 0.21 to 0.30. The entropy cost is in the gradient of p, with running shares.

    >>> texts = ["the bank lends money", "the bank of the river", "a bank pays money", "the river has a bank"] * 5
    >>> model = DisambiguatedSkipGram(dim=4, senses=2, multi_sense=3, min_count=1, sample=1.0, epochs=4, warm_up=1).fit(texts)
    >>> e = model.embedding_
    >>> sorted(set(e.kinds)), model.disambiguate(["the", "bank", "lends", "money"])[3]
    (['sense', 'word'], 'money')
    """

    def __init__(
        self,
        dim: int = 50,
        *,
        senses: int = 3,
        multi_sense: int = 2_000,
        window: int = 10,
        min_count: int = 5,
        negative: int = 5,
        sample: float = 1e-4,
        epochs: int = 12,
        warm_up: int = 4,
        lr: float = 0.05,
        temperature: float = 0.3,
        parsimony: float = 0.0,
        prune: float = 0.05,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.senses = senses
        self.multi_sense = multi_sense
        self.window = window
        self.min_count = min_count
        self.negative = negative
        self.sample = sample
        self.epochs = epochs
        self.warm_up = warm_up
        self.lr = lr
        self.temperature = temperature
        self.parsimony = parsimony
        self.prune = prune
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        require_whole("senses", self.senses)
        require_whole("multi_sense", self.multi_sense, 0)
        require_whole("warm_up", self.warm_up, 0, self.epochs - 1)
        for name in ("sample", "lr", "temperature"):
            require_positive(name, getattr(self, name))
        require_within("parsimony", self.parsimony)
        require_within("prune", self.prune, 0, 1 / self.senses - 1e-6)

    def _train(
        self,
        corpus: Corpus,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        seed = int(generator(self.random_state).integers(2**31))
        words = kept_words(corpus, self.min_count)
        if not (np.diff(words.offsets) > 1).any():
            raise DataError("no two words meet within a document; give longer documents, or lower min_count")
        how = SenseSettings(**{name: getattr(self, name) for name in SenseSettings.__annotations__})
        trainer = SenseTrainer(words.ids, words.offsets, words.counts, how, seed)
        history = run_epochs(
            trainer,
            self.epochs,
            title="disambiguated skip-gram",
            remedy=f"lower lr, now {self.lr:g}",
            run=self._run(corpus),
            progress=progress,
            callback=callback,
            checkpoint=checkpoint,
        )
        return _embedding(words, trainer, self.prune, {**words.notes, **history.notes("cpu")})

    def disambiguate(self, tokens: Sequence[str]) -> list[str | None]:
        """The sense of each token, named as in the embedding; None for a word without a vector. See :mod:`graphemb.kernels.senses`."""
        return disambiguate(self.embedding_, tokens)

    def senses_of(self, word: str, context: Sequence[str] | None = None, *, k: int = 5) -> pd.DataFrame:
        """The senses of a word: share, probability in a context, nearest words. See :func:`graphemb.kernels.senses.senses_of`."""
        return senses_of(self.embedding_, word, context, k=k)


def _embedding(words: KeptWords, trainer: SenseTrainer, prune: float, notes: dict[str, Any]) -> Embedding:
    """Words and the senses that are left of them, each word's from the largest share on."""
    start, n = trainer.start, len(words)
    word = np.repeat(np.arange(n), np.diff(start))
    share = np.bincount(
        (start[words.ids][:, None] + np.arange(int(np.diff(start).max()))).clip(max=start[-1] - 1).ravel(),
        trainer.probabilities().ravel(),
        minlength=start[-1],
    )
    kept = np.where(share < prune * words.counts[word], 0.0, share)
    kept /= np.bincount(word, kept, minlength=n)[word]
    vectors, queries, u = (trainer.numbers[name] for name in ("vectors", "queries", "words"))
    of_words = np.zeros((n, vectors.shape[1]), dtype=np.float32)
    np.add.at(of_words, word, vectors * kept[:, None].astype(np.float32))
    left = np.lexsort((-kept, word))
    left = left[(kept[left] > 0) & (np.bincount(word[kept > 0], minlength=n)[word[left]] > 1)]
    owner = word[left]
    rank = np.arange(len(left)) - np.searchsorted(owner, owner)
    listed = np.asarray(words.names)
    facts = pd.DataFrame({"count": words.counts, "word": listed, "share": 1.0})
    of_senses = pd.DataFrame(
        {"count": np.rint(words.counts[owner] * kept[left]).astype(np.int64), "word": listed[owner], "share": kept[left]}
    )
    notes |= {"words_of_several_senses": len(np.unique(owner)), "senses_pruned": int(np.count_nonzero(kept == 0)), "by_row": list(BY_ROW)}
    parameters = {
        "sense_query": np.concatenate([np.zeros_like(u), queries[left]]),
        "context_weight": np.concatenate([trainer.weight, np.zeros(len(left), dtype=np.float32)]),
    }
    return Embedding(
        [*listed, *(f"{listed[w]}#{r + 1}" for w, r in zip(owner.tolist(), rank.tolist(), strict=True))],
        np.concatenate([of_words, vectors[left]]),
        np.concatenate([u, u[owner]]),
        kinds=["word"] * n + ["sense"] * len(left),
        attributes=pd.concat([facts, of_senses], ignore_index=True),
        decoder="source-target",
        parameters=parameters,
        meta=notes,
    )
