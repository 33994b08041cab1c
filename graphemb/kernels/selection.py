"""``select=``: the interactions that choose the epoch of a fit, how far each epoch ranks them, the best state so far, when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphemb.data.interaction_splits import hold_out
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import VectorItems
from graphemb.kernels.warn import warn

SELECT = ("auto", "validation", "test", None)
HELD_OUT = 0.1
"""Share of each user's training items that chooses the epoch where the data have no validation split."""
K = 20
MEASURES = (f"recall@{K}", f"ndcg@{K}")
MOST_USERS = 4_000
"""Users on whom epochs are compared, at most: the error of their mean is far below what epochs differ by."""


def require_select(select: Any) -> None:
    """One of the words of :func:`choosing_split`.

    >>> require_select("auto")
    """
    if select not in SELECT:
        raise UnknownNameError("select", select, SELECT[:-1], remedy="'auto', 'validation', 'test' or None")


def choosing_split(data: Interactions, select: str | None, seed: int, notes: dict[str, Any]) -> tuple[Interactions, str | None]:
    """The data to train on, and the split that chooses the epoch; None where nothing does.

    "validation": that split, or a tenth of each user's training items, taken out of training, where there is none; "auto": "validation"
    where the data have that split, else None; "test": with a :class:`DataWarning`; None. ``notes`` are told.

    >>> data = Interactions.from_pairs([("ann", "tea")])
    >>> choosing_split(data, "auto", 0, {})[1] is None
    True
    """
    require_select(select)
    if select == "auto":
        select = "validation" if data.size("validation") else None
    notes["select"] = select
    if select is None:
        return data, None
    if select == "validation" and not data.size(select):
        data = hold_out(data, HELD_OUT, seed)
    if not data.size(select):
        raise DataError(f"select={select!r} needs a {select} split that is not empty; graphemb.split_interactions makes one")
    if select == "test":
        warn("select='test' chooses the epoch on the test split: its figures compare with published ones, and are too good", DataWarning)
    notes["validation"] = {"split": select, "interactions": data.size(select), "held_out": data.meta.get("hold_out")}
    return data, select


class BestState:
    """The best state by some marks, looked at every few epochs; over once it has not become better for a while.

    Parameters
    ----------
    every : epochs between two looks; the last epoch is looked at too
    epochs : how many there are at most
    patience : looks in a row without a better one after which the training ends

    Memory: the arrays of the best state.
    """

    def __init__(self, *, every: int, epochs: int, patience: int):
        self.every, self.epochs, self.patience = every, epochs, patience
        self.curve: list[dict[str, float]] = []
        """One row a look: epoch (counted from 1) and figures by name."""
        self.best: dict[str, np.ndarray] = {}
        self.best_epoch = 0
        self._marks: list[float] = []
        self._waited = 0

    @property
    def over(self) -> bool:
        """Whether patience is at its end."""
        return self._waited >= self.patience

    def due(self, epoch: int) -> bool:
        """Whether to look after so many epochs."""
        return epoch % self.every == 0 or epoch == self.epochs

    def keep(self, epoch: int, figures: dict[str, float], marks: list[float], state: dict[str, np.ndarray]) -> None:
        """Note the figures of an epoch, and keep a copy of its state if any of the marks is higher than that of the best so far."""
        self.curve.append({"epoch": epoch, **figures})
        if not self._marks or any(new > old for new, old in zip(marks, self._marks, strict=True)):
            self._marks, self._waited, self.best_epoch = marks, 0, epoch
            self.best = {name: array.copy() for name, array in state.items()}
        else:
            self._waited += 1

    def told(self) -> dict[str, Any]:
        """What a fit notes of it."""
        return {"evaluations": self.curve, **({"best_epoch": self.best_epoch} if self.best_epoch else {})}

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and JSON values from which ``restore`` goes on."""
        values = {"curve": self.curve, "best_epoch": self.best_epoch, "marks": self._marks, "waited": self._waited}
        return {f"best.{name}": array for name, array in self.best.items()}, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up a state that was written down; arrays of other names are not looked at."""
        self.best = {name.removeprefix("best."): array for name, array in arrays.items() if name.startswith("best.")}
        self.curve, self.best_epoch = values["curve"], values["best_epoch"]
        self._marks, self._waited = values["marks"], values["waited"]


class Selection(BestState):
    """The best state by rankings of a split of interactions.

    Parameters
    ----------
    data : its training items are left out of the rankings
    split : "validation" or "test"
    every, epochs, patience : as of :class:`BestState`
    by : of "recall@20" and "ndcg@20", what must rise; an evaluation that betters any of them is kept, and sets all the marks to be beaten
    seed : of the sample of users, where more than 4,000 have something held out
    n_jobs : threads of the ranking
    """

    def __init__(
        self,
        data: Interactions,
        split: str,
        *,
        every: int,
        epochs: int,
        patience: int,
        by: Sequence[str] = MEASURES,
        seed: int = 0,
        n_jobs: int | None = 1,
    ):
        super().__init__(every=every, epochs=epochs, patience=patience)
        self.split, self.by, self.n_jobs = split, tuple(by), n_jobs
        self._seen, relevant = data.train, data.split(split)
        there = np.flatnonzero(np.diff(relevant.indptr))
        few = len(there) <= MOST_USERS
        self.users = there if few else np.sort(np.random.default_rng(seed).choice(there, MOST_USERS, replace=False))
        self._relevant = relevant[self.users]

    def judge(self, epoch: int, users: np.ndarray, items: np.ndarray, state: dict[str, np.ndarray]) -> None:
        """Evaluate vectors, and keep a copy of the state they come from if they are better."""
        ranked = rank_items(VectorItems(users, items), self.users, self._seen, K, n_jobs=self.n_jobs)
        values = ranking_metrics(ranked, self._relevant, [K])
        figures = {name: round(float(values[name].mean()), 6) for name in MEASURES}
        self.keep(epoch, figures, [float(values[name].mean()) for name in self.by], state)
