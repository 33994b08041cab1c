"""What to take next: the best unseen items of one user, and which of the user's own items are the reason."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import SPLITS, Interactions
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.item_scorer import ITEM, item_scorer, rows_of_kind
from graphemb.kernels.recommender import history_matrix
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.topk import best_columns
from graphemb.kernels.warn import warn


class Suggestions:
    """Recommendations by one embedding, prepared once for any number of users.

    Parameters
    ----------
    embedding : of users and items
    data : what users have taken, and what items are called
    decoder : how the embedding scores; "auto" is its own

    Raises
    ------
    DataError, UnknownNameError : as :func:`graphemb.kernels.item_scorer.item_scorer`

    >>> data = Interactions.from_pairs([("ann", "tea"), ("bob", "rye"), ("bob", "tea")])
    >>> e = Embedding(["user:ann", "user:bob", "item:tea", "item:rye"], [[1, 0], [0, 1], [1, 1], [0, 1]])
    >>> Suggestions(e, data).for_user("ann")[["item", "because"]].to_numpy().tolist()
    [['rye', ['tea']]]
    """

    def __init__(self, embedding: Embedding, data: Interactions, *, decoder: str = "auto"):
        if not isinstance(data, Interactions):
            raise DataError(f"recommendations need Interactions, got {type(data).__name__}; graphemb.read_interactions reads them")
        self.embedding, self.data, self._scorer = embedding, data, item_scorer(embedding, data, decoder)

    def for_user(self, user: str, k: int = 20, *, reasons: int = 3) -> pd.DataFrame:
        """The best items of a user of the data; nothing the user took in any split is among them.

        A user whom the embedding does not know is placed by the training items. The table is as of :func:`recommendations`.
        """
        row = self._row(user)
        own = {split: self.data.split(split)[row] for split in SPLITS}
        trained = own["train"].indices
        if self._scorer.scores_user[row].all():
            if not len(trained):
                warn(f"{shorten(user)!r} has no training items, so little is known of what the user likes", DataWarning)
            scores = self._scorer.users(row)
        elif len(trained):
            self._require_known(trained)
            scores = self._scorer.histories(own["train"])
        else:
            raise DataError(f"{shorten(user)!r} is not in the embedding and has no training items to be placed by; name some items instead")
        taken = np.unique(np.concatenate([part.indices for part in own.values()]))
        return self._table(scores, taken, trained if len(trained) else taken, k, reasons)

    def for_items(self, items: Iterable[str], k: int = 20, *, reasons: int = 3) -> pd.DataFrame:
        """The best items of a new user who took these; they are not among them. The table is as of :func:`recommendations`."""
        history = history_matrix(self.data.items, [items])
        if not history.nnz:
            raise ParameterError("a new user needs at least one item to be placed by")
        self._require_known(history.indices)
        return self._table(self._scorer.histories(history), history.indices, history.indices, k, reasons)

    def _row(self, user: str) -> np.ndarray:
        if not isinstance(user, str):
            raise ParameterError(f"expected the name of a user, which is text, got {user!r}; names that were numbers are text too: '3'")
        try:
            return self.data.users.rows([user])
        except UnknownNameError:
            remedy = "of a new user give the items taken instead"
            raise UnknownNameError("user", user, self.data.users.candidates(user), remedy=remedy) from None

    def _require_known(self, items: np.ndarray) -> None:
        if not self._scorer.scores_item[items].any():
            raise DataError("the embedding knows none of the items that the user took, so it cannot place the user")

    def _table(self, scores: np.ndarray, taken: np.ndarray, own: np.ndarray, k: int, reasons: int) -> pd.DataFrame:
        require_whole("k", k)
        require_whole("reasons", reasons, least=0)
        if np.isnan(scores).any():
            raise DataError("the embedding gives scores that are NaN, so items cannot be ranked")
        scores[0, taken] = -np.inf
        best = best_columns(scores, k, n_jobs=1)[0]
        best = best[best >= 0]
        names = self.data.items
        table = pd.DataFrame({"item": [names[int(i)] for i in best], "score": scores[0, best]})
        table["because"] = [[names[int(i)] for i in nearest] for nearest in self._nearest(best, own, reasons)]
        if self.data.item_text is not None:
            table["text"] = [self.data.item_text[int(i)] for i in best]
        table.attrs["left_out"] = len(taken)
        return table

    def _nearest(self, items: np.ndarray, own: np.ndarray, reasons: int) -> list[np.ndarray]:
        """For each item the user's own ones nearest to it by cosine, nearest first; none at or beyond a right angle."""
        own = own[self._scorer.scores_item[own]]
        if not reasons or not len(own) or not len(items):
            return [own[:0]] * len(items)
        likeness = self._units(items) @ self._units(own).T
        likeness[likeness <= 0] = -np.inf
        return [own[row[row >= 0]] for row in best_columns(likeness, reasons, n_jobs=1)]

    def _units(self, items: np.ndarray) -> np.ndarray:
        return unit_rows(self.embedding.vectors[self._rows[items]])

    @cached_property
    def _rows(self) -> np.ndarray:
        """The embedding's row of each item of the data."""
        rows = rows_of_kind(self.embedding, ITEM)
        return rows[self._scorer.item_rows]


def recommendations(
    embedding: Embedding,
    data: Interactions,
    user: str | None = None,
    *,
    items: Iterable[str] | None = None,
    k: int = 20,
    reasons: int = 3,
    decoder: str = "auto",
) -> pd.DataFrame:
    """The best unseen items of a user of the data, or of a new user who took some items, with the reasons.

    Parameters
    ----------
    user, items : one of them: the name of a user, or the items that a new user took
    k : how many items
    reasons : of how many of the user's own items ``because`` speaks: those whose vectors are nearest to the recommended one, by cosine,
        nearest first, as far as they point the same way at all. They explain by likeness, they are not the model's arithmetic

    Returns
    -------
    DataFrame : item, score, because (a list of items), and text where the data has texts; best first, of equal scores the item that
    stands first in the data. Whatever the user took in any split is left out; ``attrs["left_out"]`` counts it

    Raises
    ------
    UnknownNameError : a user or an item that the data does not know, with the nearest names
    DataError : an embedding that cannot place new users, or a user of whom neither it nor the training split knows anything

    :class:`Suggestions` is prepared once for many users. Work: m scores and one pass over them.

    >>> data = Interactions.from_pairs([("ann", "tea"), ("bob", "rye"), ("bob", "tea")])
    >>> e = Embedding(["user:ann", "user:bob", "item:tea", "item:rye"], [[1, 0], [0, 1], [1, 1], [0, 1]])
    >>> recommendations(e, data, "ann")["item"].tolist()
    ['rye']
    """
    if (user is None) == (items is None):
        raise ParameterError("name a user of the data, or the items of a new user (items=[...]); one of them, not both")
    suggestions = Suggestions(embedding, data, decoder=decoder)
    if user is not None:
        return suggestions.for_user(user, k, reasons=reasons)
    assert items is not None
    return suggestions.for_items(items, k, reasons=reasons)
