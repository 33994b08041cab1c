"""What DeepWalk and node2vec share: walks in, skip-gram vectors out."""

from __future__ import annotations

from os import PathLike
from typing import Any

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback
from graphemb.kernels.fair_settings import Fair, check_fair, fair_walker, told_groups
from graphemb.kernels.gensim_training import LONGEST
from graphemb.kernels.node_groups import Groups
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.skipgram import SkipGram, SkipGramVectors
from graphemb.kernels.threads import thread_count
from graphemb.kernels.walk_corpus import WalkCorpus
from graphemb.kernels.warn import warn

SHORT = 0.25
"""A share of ``walk_length``; walks on a directed graph that are shorter on the mean are worth a warning."""


class WalkMethod(EpochMethod[Graph]):
    """Base of methods that train a skip-gram on random walks; a subclass may name ``p`` and ``q``."""

    dim: int
    n_walks: int
    walk_length: int
    window: int
    negative: int
    epochs: int
    lr: float
    n_jobs: int | None
    random_state: RandomState
    p: float = 1.0
    q: float = 1.0
    fair: Fair | None
    groups: Groups | None
    alpha: float | None
    exponent: float | None

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        for name in ("n_walks", "window", "negative", "epochs"):
            require_whole(name, getattr(self, name))
        require_whole("walk_length", self.walk_length, 2, LONGEST)
        for name in ("lr", "p", "q"):
            require_positive(name, getattr(self, name))
        if self.lr > 1:  # gensim looks a score up in a table, and one that is not a number ends the process
            raise ParameterError(f"lr must be at most 1, got {self.lr!r}; usual values are 0.01 to 0.1")
        thread_count(self.n_jobs)
        if (graph.adjacency.data < 0).any():
            raise DataError(f"{type(self).__name__} needs edge weights of at least 0; some are negative")
        check_fair(self.fair, self.groups, self.alpha, self.exponent)

    def _told_settings(self) -> dict[str, Any]:
        told = super()._told_settings()
        return told if told["groups"] is None or isinstance(told["groups"], str) else {**told, "groups": told_groups(self.groups)}

    def _train(
        self,
        graph: Graph,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        walk_seed, order_seed, train_seed = (int(s) for s in generator(self.random_state).integers(2**31, size=3))
        steps = {"walk_length": self.walk_length, "p": self.p, "q": self.q, "random_state": walk_seed, "n_jobs": self.n_jobs}
        walker, fairness = fair_walker(graph, self.fair, self.groups, self.alpha, self.exponent, **steps)
        corpus = WalkCorpus(walker, self.n_walks, order_seed)
        model = SkipGram(self.dim, self.window, self.negative, self.epochs, self.lr, self.n_jobs)
        result = model.fit(corpus, train_seed, run=self._run(graph), progress=progress, callback=callback, checkpoint=checkpoint)
        notes = self._notes(corpus, result) | fairness
        if notes["never_visited"]:
            warn(
                f"nodes on no walk (isolated, or never reached) get a zero vector: {notes['never_visited']:,} of {graph.n_nodes:,}",
                DataWarning,
            )
        length = notes["steps"] / max(notes["walks"], 1)
        if length < SHORT * self.walk_length and graph.directed:
            warn(
                f"walks end in nodes without out-edges, after {length:.1f} of {self.walk_length} nodes on the mean; "
                "that is little to learn from: pass graph.undirected(), or raise n_walks or epochs",
                DataWarning,
            )
        return Embedding(graph.names, result.vectors, result.context, decoder="source-target", meta=notes)

    def _notes(self, corpus: WalkCorpus, result: SkipGramVectors) -> dict[str, Any]:
        notes: dict[str, Any] = {
            "never_visited": int((corpus.counts == 0).sum()),
            "walks": corpus.n_sentences,
            "steps": int(corpus.counts.sum()),
            "losses": [round(loss, 6) for loss in result.history.losses],
            "reproducible": thread_count(self.n_jobs) == 1,
        }
        if not notes["reproducible"]:
            notes["why_not_reproducible"] = "several threads update the same vectors; n_jobs=1 repeats exactly"
        if result.history.stopped:
            notes["stopped_after"] = len(result.history.losses)
        return notes
