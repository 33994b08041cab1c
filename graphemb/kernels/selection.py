"""Which epoch to keep: ranking metrics of a held-out split every few epochs, the best vectors so far, and when to stop."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphemb.data.interactions import Interactions
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import VectorItems

K = 20
MEASURES = (f"recall@{K}", f"ndcg@{K}")


class Selection:
    """The best state by recall@20 and NDCG@20 on a split, watched every few epochs; over once neither rose for a while.

    Parameters
    ----------
    data : its training items are left out of the rankings
    split : "validation" or "test"
    every : epochs between two evaluations
    patience : evaluations in a row without a better recall or a better NDCG that are borne; the next one ends the training
    n_jobs : threads of the ranking

    An evaluation that betters either metric is kept and sets both marks to be beaten, as MMHCL's code does.
    Memory: the arrays of the best state.
    """

    def __init__(self, data: Interactions, split: str, *, every: int, patience: int, n_jobs: int | None = 1):
        self.split, self.every, self.patience, self.n_jobs = split, every, patience, n_jobs
        self._seen, relevant = data.train, data.split(split)
        self._users = np.flatnonzero(np.diff(relevant.indptr))
        self._relevant = relevant[self._users]
        self.curve: list[dict[str, float]] = []
        """One row an evaluation: epoch (counted from 1), recall@20, ndcg@20."""
        self.best: dict[str, np.ndarray] = {}
        self.best_epoch = 0
        self.over = False
        self._marks = [-1.0, -1.0]
        self._waited = 0

    def due(self, epoch: int) -> bool:
        """Whether to evaluate after so many epochs."""
        return epoch % self.every == 0

    def judge(self, epoch: int, users: np.ndarray, items: np.ndarray, state: dict[str, np.ndarray]) -> None:
        """Evaluate vectors, and keep a copy of the state they come from if they are better."""
        ranked = rank_items(VectorItems(users, items), self._users, self._seen, K, n_jobs=self.n_jobs)
        values = ranking_metrics(ranked, self._relevant, [K])
        marks = [float(values[name].mean()) for name in MEASURES]
        self.curve.append({"epoch": epoch, **{name: round(mark, 6) for name, mark in zip(MEASURES, marks, strict=True)}})
        if any(new > old for new, old in zip(marks, self._marks, strict=True)):
            self._marks, self._waited, self.best_epoch = marks, 0, epoch
            self.best = {name: array.copy() for name, array in state.items()}
        else:
            self._waited += 1
            self.over = self._waited > self.patience

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and JSON values from which ``restore`` goes on."""
        values = {"curve": self.curve, "best_epoch": self.best_epoch, "marks": self._marks, "waited": self._waited, "over": self.over}
        return self.best, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up a state that was written down."""
        self.best, self.curve, self.best_epoch = arrays, values["curve"], values["best_epoch"]
        self._marks, self._waited, self.over = values["marks"], values["waited"], values["over"]
