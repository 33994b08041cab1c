"""Binary paragraph vectors: short binary codes of documents, learned from the words they hold."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.corpus_method import CorpusMethod, kept_words
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, run_epochs
from graphemb.kernels.hamming import pack_bits
from graphemb.kernels.paragraph_training import ParagraphTrainer
from graphemb.kernels.random import RandomState, generator


class BinaryParagraphVectors(CorpusMethod, EpochMethod[Corpus]):
    """Documents as binary codes that predict the documents' words, and the real vectors that the codes are rounded from.

    A document has the activations a, a code b_j = 1 where s(a_j) > 1/2 and else 0, and each word w in it is predicted by the code against
    ``negative`` noise words: log s(c . u_w) + sum log s(-c . u_n) goes up, c = (2 b - 1, 1). The rounding lets gradients through as if it
    were the sigmoid s. Without ``bits`` the activations are the document's vector of ``dim`` columns (Binary PV-DBOW). With ``bits`` they
    are W y of the vector y, which predicts the words too, by output vectors of its own (Real-Binary PV-DBOW): a Hamming search then
    gives a shortlist that y ranks.

    Parameters
    ----------
    dim : columns of the vectors; the length of codes too where ``bits`` is None
    bits : length of the codes, projected from the vectors; None for codes of the vectors themselves
    min_count : words that occur less often are left out
    negative : noise words for each word, drawn by count^0.75
    sample : frequent words are left out at random from this share of all tokens on (word2vec's formula)
    epochs : passes over the corpus
    lr : first learning rate, falling linearly
    random_state : seed; one thread computes, so the result is the same every time

    Raises
    ------
    ParameterError : a setting outside its range
    DataError : no corpus, fewer than two words that occur ``min_count`` times, a checkpoint of another run
    TrainingError : the loss is not finite

    Rows are documents, of kind "document" (with attributes tokens and, where there is one, label); ``parameters["codes"]`` holds the
    packed codes, a row a document, for :func:`graphemb.kernels.hamming.hamming_search`. Documents without a word that is left keep
    the random vector they began with, and are counted in the notes. Time: O(tokens bits (negative + dim)) an epoch.

    Source: Grzegorczyk and Kurdziel, "Binary Paragraph Vectors", RepL4NLP 2017, arXiv 1611.01116. Departures: negative sampling where the
    paper samples the softmax; codes predict as -1 and 1 beside a bias; the real vectors predict words beside the codes.

    >>> texts = ["rain and wind", "wind and snow", "goals and points", "points and games"] * 5
    >>> e = BinaryParagraphVectors(dim=8, min_count=1).fit(texts).embedding_
    >>> e.vectors.shape, e.parameters["codes"].shape, e.parameters["codes"].dtype
    ((20, 8), (20, 1), dtype('uint64'))
    """

    def __init__(
        self,
        dim: int = 128,
        *,
        bits: int | None = None,
        min_count: int = 5,
        negative: int = 5,
        sample: float = 1e-4,
        epochs: int = 10,
        lr: float = 0.025,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.bits = bits
        self.min_count = min_count
        self.negative = negative
        self.sample = sample
        self.epochs = epochs
        self.lr = lr
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        if self.bits is not None:
            require_whole("bits", self.bits)
        for name in ("sample", "lr"):
            require_positive(name, getattr(self, name))

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
        how = (self.dim, self.bits, self.negative, self.sample, self.epochs, self.lr, seed)
        trainer = ParagraphTrainer(words.ids, words.offsets, words.counts, *how)
        history = run_epochs(
            trainer,
            self.epochs,
            title="binary paragraph vectors",
            remedy=f"lower lr, now {self.lr:g}",
            run=self._run(corpus),
            progress=progress,
            callback=callback,
            checkpoint=checkpoint,
        )
        notes: dict[str, Any] = {**words.notes, **history.notes("cpu"), "bits": self.bits or self.dim, "by_row": ["codes"]}
        if bare := int(np.count_nonzero(np.diff(words.offsets) == 0)):
            notes["documents_without_words"] = bare
        facts = pd.DataFrame({"tokens": corpus.lengths})
        if corpus.labels is not None:
            facts["label"] = corpus.labels
        return Embedding(
            corpus.names,
            trainer.numbers["documents"],
            kinds=["document"] * len(corpus),
            attributes=facts,
            parameters={"codes": pack_bits(trainer.activations() > 0)},
            meta=notes,
        )
