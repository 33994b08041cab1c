"""Walks as sentences for the skip-gram: made anew for each pass, shuffled over all rounds, never all in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from graphemb.kernels.walks import Walker

CHUNK = 8_192
"""Walks that are in memory at the same time."""


class WalkCorpus:
    """``n_walks`` walks from every node that has an out-edge.

    Memory: 8 bytes a walk for the order, beside a chunk of walks. Making the walks again for each pass costs a
    hundredth of training on them. The order is one permutation of all walks: rounds over all nodes, shuffled one by one, cost
    a point of mAP (measured on ca-grqc).

    >>> from graphemb.data.graph import Graph
    >>> corpus = WalkCorpus(Walker(Graph.from_edges([("a", "b")]), walk_length=3), n_walks=2, seed=0)
    >>> corpus.counts.tolist(), corpus.n_sentences, sorted(corpus.sentences(0))
    ([6, 6], 4, [[0, 1, 0], [0, 1, 0], [1, 0, 1], [1, 0, 1]])
    """

    def __init__(self, walker: Walker, n_walks: int, seed: int):
        self.walker = walker
        self.seed = seed
        self._starts = walker.starts()
        self.n_sentences = n_walks * len(self._starts)
        self.counts = np.zeros(walker.n, dtype=np.int64)
        """How often each node occurs."""
        portion = max(CHUNK, walker.n // 8)  # each costs a histogram of n
        for start in range(0, self.n_sentences, portion):
            walks = self.take(np.arange(start, min(start + portion, self.n_sentences)))
            self.counts += np.bincount(walks[walks >= 0], minlength=walker.n)

    def take(self, places: np.ndarray) -> np.ndarray:
        """The walks at some places from 0 to ``n_sentences``."""
        rounds, start = np.divmod(places, len(self._starts))
        return self.walker.numbered(rounds * self.walker.n + self._starts[start])

    def sentences(self, epoch: int, advance: Callable[[int], None] = lambda amount: None) -> Iterator[list[int]]:
        """Every walk once, in an order that depends on the seed and the epoch only; ``advance`` hears of each chunk."""
        order = np.random.default_rng([self.seed, epoch]).permutation(self.n_sentences)
        for start in range(0, len(order), CHUNK):
            chunk = self.take(order[start : start + CHUNK])
            lengths = (chunk >= 0).sum(axis=1)
            yield from (row[:length] for row, length in zip(chunk.tolist(), lengths.tolist(), strict=True))
            advance(len(chunk))
