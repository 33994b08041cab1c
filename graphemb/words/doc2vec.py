"""Doc2Vec: vectors of documents, by the words in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataWarning, UnknownNameError
from graphemb.kernels.corpus_method import as_corpus
from graphemb.kernels.epochs import Advance
from graphemb.kernels.gensim_training import MONITORED, GensimTrainer, Monitor, infer_document
from graphemb.kernels.random import RandomState
from graphemb.kernels.warn import warn
from graphemb.kernels.word_method import Pieces, WordMethod

ARCHITECTURES = ("dbow", "dm")
DOCUMENT, WORD = "document", "word"


class Doc2Vec(WordMethod):
    """One vector a document and a word: predict words from their document's vector, or from its mean with the words around them.

    log sigma(h . c_w) + sum over sampled k of log sigma(-h . c_k) as large as can be, h the document ("dbow", which trains a skip-gram
    along with it, so that words lie in the same space) or the mean of it and the words within the window ("dm").

    Parameters
    ----------
    dim : columns
    architecture : "dbow" (distributed bag of words) or "dm" (distributed memory)
    window : furthest distance of two words that count as near
    min_count : words that occur less often are left out
    negative : sampled words for each true one
    sample : t, from 0 (none are sampled away) to 1, as in :class:`Word2Vec`. None: 0.001 for 100,000 tokens and more, else 0
    epochs : passes over the corpus, and steps that place a new text
    lr : first learning rate, above 0 and at most 1
    n_jobs : threads. Only 1 gives the same numbers every time
    random_state : seed of start vectors, order and what is sampled

    Raises
    ------
    ParameterError, UnknownNameError : a setting outside its range
    DataError : no corpus, fewer than two words that occur ``min_count`` times, a checkpoint of another run
    TrainingError : the loss is not finite

    Warns
    -----
    DataWarning : documents that have lost all of their words, which get zero vectors

    Rows are the documents (kind "document"), then the words (kind "word"); ``count`` is the number of words of a document and of
    occurrences of a word. Training is gensim's; long documents are read in pieces of 10,000 words that share their vector.

    Source: Le and Mikolov, "Distributed Representations of Sentences and Documents", ICML 2014, arXiv 1405.4053; words along with "dbow":
    Dai, Olah and Le, arXiv 1507.07998.

    >>> texts = ["the cat eats fish", "the dog eats meat", "a cat drinks milk", "a dog drinks water"]
    >>> model = Doc2Vec(dim=3, min_count=1, epochs=2).fit(texts)
    >>> model.embedding_.subset(kind="document").vectors.shape, len(model.transform(["a cat eats milk"]))
    ((4, 3), 1)
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        architecture: Literal["dbow", "dm"] = "dbow",
        window: int = 5,
        min_count: int = 5,
        negative: int = 5,
        sample: float | None = None,
        epochs: int = 20,
        lr: float = 0.025,
        n_jobs: int | None = 1,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.architecture = architecture
        self.window = window
        self.min_count = min_count
        self.negative = negative
        self.sample = sample
        self.epochs = epochs
        self.lr = lr
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, data: Corpus) -> None:
        super()._check(data)
        if self.architecture not in ARCHITECTURES:
            raise UnknownNameError("architecture", self.architecture, ARCHITECTURES, remedy="known: " + ", ".join(ARCHITECTURES))

    def _model(self, pieces: Pieces, seed: int) -> Any:
        from gensim.models import Doc2Vec as Model

        model = Model(dm=int(self.architecture == "dm"), dbow_words=1, **self._settings(pieces, seed))
        words, n = pieces.words, len(pieces.words.offsets) - 1
        model.dv.key_to_index = {i: i for i in range(n)}
        model.dv.index_to_key = list(range(n))
        for fact in ("word_count", "doc_count"):
            model.dv.expandos[fact] = np.ones(n, dtype=np.int64)
        model.build_vocab_from_freq(dict(enumerate(words.counts.tolist())), corpus_count=len(pieces))
        return model

    def _monitor(self, pieces: Pieces, rng: np.random.Generator) -> Monitor:
        targets, around, documents = pieces.windows(self.window, MONITORED, rng)
        documents = documents[:, None] + len(pieces.words)  # rows of documents stand after those of words
        inputs = documents if self.architecture == "dbow" else np.concatenate([documents, around], axis=1)
        return Monitor.drawn(inputs, targets, pieces.words.counts, self.negative, rng)

    def _trainer(self, model: Any, pieces: Pieces, monitor: Monitor) -> GensimTrainer:
        from gensim.models.doc2vec import TaggedDocument

        def sentences(epoch: int, advance: Advance) -> Iterator[Any]:
            return (TaggedDocument(rows, [document]) for document, rows in pieces.read(epoch, advance))

        def arrays() -> dict[str, np.ndarray]:
            return {"vectors": model.wv.vectors, "context": model.syn1neg, "documents": model.dv.vectors}

        def loss() -> float:
            return monitor.loss(np.concatenate([model.wv.vectors, model.dv.vectors]), model.syn1neg)

        return GensimTrainer(model, sentences, len(pieces), self.epochs, self.lr, loss, arrays)

    def _read_out(self, model: Any, corpus: Corpus, pieces: Pieces, notes: dict[str, Any]) -> Embedding:
        words, lengths = pieces.words, np.diff(pieces.words.offsets)
        documents = np.where(lengths[:, None] > 0, model.dv.vectors, np.float32(0))
        if bare := int(np.count_nonzero(lengths == 0)):
            notes["documents_without_words"] = bare
            warn(f"documents without a word that is frequent enough get a zero vector: {bare:,} of {len(lengths):,}", DataWarning)
        self.model_, self.known_, self.seed_ = model, words.names, int(model.seed)
        names = Names(pa.concat_arrays([corpus.names.values, words.names.values]), check=False)
        kinds = np.repeat(np.array([DOCUMENT, WORD], dtype=object), [len(lengths), len(words)])
        facts = pd.DataFrame({"count": np.concatenate([lengths, words.counts])})
        return Embedding(names, np.concatenate([documents, model.wv.vectors]), kinds=kinds, attributes=facts, meta=notes)

    def transform(self, texts: Any) -> Embedding:
        """Vectors of new documents: as many gradient steps on each alone as the fit had epochs, the words staying as they are.

        Parameters
        ----------
        texts : a :class:`Corpus`, lists of tokens, or texts

        Raises
        ------
        DataError : none of these, or nothing in them; NotFittedError : before the fit

        Warns
        -----
        DataWarning : documents without a known word, which get zero vectors
        """
        before, corpus = self.embedding_, as_corpus(texts, type(self).__name__)
        rows = self.known_.find(list(corpus.types))[corpus.ids]
        vectors = np.zeros((len(corpus), before.dim), dtype=np.float32)
        for i, (start, end) in enumerate(zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)):  # gensim infers one at a time
            known = rows[start:end]
            known = known[known >= 0].tolist()
            if known:
                vectors[i] = infer_document(self.model_, known, seed=self.seed_, epochs=self.epochs, lr=self.lr)
        if bare := int(np.count_nonzero(~vectors.any(axis=1))):
            warn(f"documents without a known word get a zero vector: {bare:,} of {len(corpus):,}", DataWarning)
        meta = {key: before.meta[key] for key in ("format_version", "method", "parameters", "random_state")}
        made = {"fitted_on": before.meta["data"], "documents": len(corpus), "without_words": bare}
        return Embedding(corpus.names, vectors, kinds=[DOCUMENT] * len(corpus), meta={**meta, "transform": made})
