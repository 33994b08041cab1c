"""Walks as sentences for the skip-gram: made anew for each pass, a round at a time, shuffled, never all in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from graphemb.kernels.walks import Walker

CHUNK = 4_096
"""Walks that are Python lists at the same time."""


class WalkCorpus:
    """The walks of ``n_walks`` rounds over all nodes, walks of a single node left out.

    Memory: one round, 4 * n * walk_length bytes, whatever ``n_walks`` is. Making the walks again for each pass costs a
    hundredth of training on them.

    >>> from graphemb.data.graph import Graph
    >>> corpus = WalkCorpus(Walker(Graph.from_edges([("a", "b")]), walk_length=3), n_walks=2, seed=0)
    >>> corpus.counts.tolist(), corpus.n_sentences, sorted(corpus.sentences(0))
    ([6, 6], 4, [[0, 1, 0], [0, 1, 0], [1, 0, 1], [1, 0, 1]])
    """

    def __init__(self, walker: Walker, n_walks: int, seed: int):
        self.walker = walker
        self.n_walks = n_walks
        self.seed = seed
        self.counts = np.zeros(walker.n, dtype=np.int64)
        """How often each node occurs."""
        self.n_sentences = 0
        for r in range(n_walks):
            walks = self.round(r)
            self.n_sentences += len(walks)
            np.add(self.counts, np.bincount(walks[walks >= 0], minlength=walker.n), out=self.counts)

    def round(self, r: int) -> np.ndarray:
        """The walks of one round that have at least two nodes."""
        walks = self.walker.walks(r * self.walker.n, (r + 1) * self.walker.n)
        return walks if self.walker.walk_length == 1 or (walks[:, 1] >= 0).all() else walks[walks[:, 1] >= 0]

    def sentences(self, epoch: int, advance: Callable[[int], None] = lambda amount: None) -> Iterator[list[int]]:
        """Every walk once, in an order that depends on the seed and the epoch only; ``advance`` hears of each chunk."""
        rng = np.random.default_rng([self.seed, epoch])
        for r in rng.permutation(self.n_walks):
            walks = self.round(int(r))
            order = rng.permutation(len(walks))
            for start in range(0, len(order), CHUNK):
                chunk = walks[order[start : start + CHUNK]]
                lengths = (chunk >= 0).sum(axis=1)
                if (lengths == chunk.shape[1]).all():
                    yield from chunk.tolist()
                else:
                    yield from (row[:length] for row, length in zip(chunk.tolist(), lengths.tolist(), strict=True))
                advance(len(chunk))
