"""Which triples choose the epoch of a fit on a knowledge graph, and the best state by their filtered MRR."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.selection import HELD_OUT, BestState, require_select
from graphemb.kernels.triple_ranking import BYTES_A_SCORE, MEMORY, ScoresTriples, rank_triples
from graphemb.kernels.warn import warn

if TYPE_CHECKING:
    from graphemb.kernels.known_answers import KnownAnswers
    from graphemb.kernels.triple_model import TripleModel

MOST_TRIPLES = 5_000
"""Triples by which epochs are compared, at most: two questions each, whose mean varies less than epochs differ."""
SPLITS = {"validation": ("valid", "validation", "dev"), "test": ("test",)}
"""What the splits are called in files."""


def choosing_triples(
    data: KnowledgeGraph, select: str | None, seed: int, notes: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """The triples to train on, those that choose the epoch, and the splits whose triples are filtered out of its candidates.

    "validation": the split of that name ("valid", "validation" or "dev") or, where there is none, a tenth of the training triples, none of
    which is the first that its head, its relation or its tail stands in, taken out of training; "auto": "validation" where the data have
    that split, else None; "test": with a :class:`DataWarning`, filtered by all splits; None. ``notes`` are told. What is held out stays
    among the known answers, since these are read from the data.

    >>> data = KnowledgeGraph.from_triples([("a", "likes", "b")])
    >>> choosing_triples(data, "auto", 0, {})
    (array([[0],
           [0],
           [1]]), None, [])
    """
    require_select(select)
    there = {word: [name for name in names if name in data.splits and data.split(name).size] for word, names in SPLITS.items()}
    if select == "auto":
        select = "validation" if there["validation"] else None
    notes["select"] = select
    train = data.split("train")
    if select is None:
        return train, None, []
    if select == "test":
        if not there["test"]:
            raise DataError("select='test' needs a test split that is not empty")
        warn("select='test' chooses the epoch on the test split: its figures compare with published ones, and are too good", DataWarning)
    name = there[select][0] if there[select] else None
    held_out = None
    if name is None:
        train, chosen = hold_out_triples(train, HELD_OUT, seed)
        name, held_out = "train", HELD_OUT
    else:
        chosen = data.split(name)
    notes["validation"] = {"split": name, "triples": chosen.shape[1], "held_out": held_out}
    return train, chosen, list(data.splits) if select == "test" else sorted({"train", name})


def hold_out_triples(triples: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Most triples, and a random share of them that leaves every entity and relation among the others.

    Raises
    ------
    DataError : there is no triple to spare

    >>> kept, held = hold_out_triples(np.array([[0, 0, 0, 1], [0, 0, 0, 0], [1, 2, 3, 2]]), 0.25, 0)
    >>> kept.shape[1], held[:, 0].tolist()
    (3, [1, 0, 2])
    """
    m = triples.shape[1]
    order = np.random.default_rng(seed).permutation(m)
    needed = np.zeros(m, dtype=bool)
    heads, relations, tails = triples[:, order]
    ends = np.stack([heads, tails], axis=1).ravel()  # of shuffled triples, so that which one is kept is random
    needed[order[np.unique(ends, return_index=True)[1] // 2]] = True
    needed[order[np.unique(relations, return_index=True)[1]]] = True
    spare = order[~needed[order]]
    if not len(spare):
        raise DataError("there is no training triple to hold out without losing an entity or a relation; use select=None")
    held = np.sort(spare[: max(1, round(share * m))])
    return np.delete(triples, held, axis=1), triples[:, held]


class TripleSelection(BestState):
    """The best state by the filtered MRR of triples, both questions of each, equal scores shared ("realistic" ranks).

    Parameters
    ----------
    triples : (3, m), those that choose; at most 5,000 of them, drawn by ``seed``, are ranked
    known : the true answers that are no candidates
    score : makes the scorer of what a model reads out
    every, epochs, patience : as of :class:`graphemb.kernels.selection.BestState`
    memory : bytes for a block of scores; more than 256 MiB are not taken
    n_jobs : threads of the ranking

    Memory: that, and the best state.
    """

    def __init__(
        self,
        triples: np.ndarray,
        known: KnownAnswers,
        score: Callable[[Mapping[str, np.ndarray]], ScoresTriples],
        *,
        every: int,
        epochs: int,
        patience: int,
        seed: int = 0,
        memory: int = MEMORY,
        n_jobs: int | None = 1,
    ):
        super().__init__(every=every, epochs=epochs, patience=patience)
        m = triples.shape[1]
        drawn = slice(None) if m <= MOST_TRIPLES else np.sort(np.random.default_rng(seed).choice(m, MOST_TRIPLES, replace=False))
        self.triples, self._known, self._score = triples[:, drawn], known, score
        self.memory, self._n_jobs = min(memory, MEMORY), n_jobs

    def judge(self, epoch: int, model: TripleModel) -> None:
        """Rank by the model, and keep a copy of its parameters if they are better than all before."""
        value = self.mrr(model)
        state = {name: p.detach().cpu().numpy() for name, p in model.named_parameters()}
        self.keep(epoch, {"MRR": round(value, 6)}, [value], state)

    def rehearse(self, model: TripleModel) -> None:
        """Rank one block of each question, so that what fails fails before the training and not after it."""
        self.mrr(model, max(1, self.memory // (BYTES_A_SCORE * model.n_entities)))

    def mrr(self, model: TripleModel, most: int | None = None) -> float:
        """The mean reciprocal rank of the answers; ``most``: of the first so many triples."""
        scorer = self._score(model.read_out())
        ranks = rank_triples(scorer, self.triples[:, :most], self._known, memory=self.memory, n_jobs=self._n_jobs)
        return float((1 / ranks.realistic).mean())

    def told(self) -> dict[str, Any]:
        """What a fit notes of it."""
        return {**super().told(), "triples_ranked": self.triples.shape[1]}
