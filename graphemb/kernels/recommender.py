"""The base of methods that learn users and items from interactions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.item_scorer import ITEM as ITEM
from graphemb.kernels.item_scorer import PROFILES as PROFILES
from graphemb.kernels.item_scorer import UNIT_PROFILES, place_users
from graphemb.kernels.item_scorer import USER as USER
from graphemb.kernels.method import Method
from graphemb.kernels.warn import warn


class Recommender(Method[Interactions]):
    """Base of methods that turn interactions into an embedding of users and items.

    Rows are the users, then the items, in the order of the data, and ``kinds`` tell them apart. ``parameters["profiles"]`` (m, dim)
    places new users: their vector is the sum of the profiles of their items, over the root of their number where
    ``meta["notes"]["fold_in"]`` is "damped" rather than "sum".
    """

    def _check_data(self, data: Any) -> None:
        if not isinstance(data, Interactions):
            raise DataError(f"{type(self).__name__} needs Interactions, got {type(data).__name__}; graphemb.read_interactions reads them")
        if not data.size("train"):
            raise DataError(f"{type(self).__name__} needs at least one interaction in the training split; there is none")

    def _describe(self, data: Any) -> dict[str, Any]:
        counts = {name: data.size(name) for name in ("train", "validation", "test")}
        return {"fingerprint": data.fingerprint, "n_users": data.n_users, "n_items": data.n_items, **counts}

    def fold_in(self, histories: Mapping[str, Iterable[str]]) -> Embedding:
        """Vectors of users that were not there at the fit, from the items they took; see :func:`fold_in`."""
        return fold_in(self.embedding_, histories)


def user_item_embedding(data: Interactions, users: np.ndarray, items: np.ndarray, **parts: Any) -> Embedding:
    """The embedding of a recommender: users, then items, with their kinds; ``parts`` as of :class:`Embedding`.

    >>> data = Interactions.from_pairs([("ann", "tea")])
    >>> user_item_embedding(data, np.ones((1, 2)), np.zeros((1, 2))).subset(kind="item").names[0]
    'tea'
    """
    names = Names(pa.concat_arrays([data.users.values, data.items.values]), check=False)
    kinds = np.repeat(np.array([USER, ITEM], dtype=object), [data.n_users, data.n_items])
    return Embedding(names, np.concatenate([users, items]), kinds=kinds, **parts)


def cold_notes(data: Interactions) -> dict[str, int]:
    """How many users and items have no training interaction; warned of, since nothing but other data can place them."""
    users, items = (int((data.train.sum(axis=axis) == 0).sum()) for axis in (1, 0))
    if users or items:
        warn(f"without training interactions: {users:,} of {data.n_users:,} users, {items:,} of {data.n_items:,} items", DataWarning)
    return {"users_without_training": users, "items_without_training": items}


def history_matrix(items: Names, histories: Iterable[Iterable[str]]) -> sp.csr_array:
    """Histories as a binary float32 matrix of users and items; a repeated item counts once.

    Raises
    ------
    UnknownNameError : an item that is not among the names
    ParameterError : a history given as one text

    >>> history_matrix(Names(["a", "b"]), [["b", "b"], []]).toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    listed = [history if not isinstance(history, str) else _refuse(history) for history in histories]
    rows = [np.unique(items.rows(list(history))) if (history := list(each)) else np.empty(0, np.int64) for each in listed]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int32)
    return sp.csr_array((np.ones(len(columns), np.float32), columns, ends.astype(np.int32)), shape=(len(rows), len(items)))


def _refuse(history: str) -> Any:
    raise ParameterError(f"a history is a list of items, got the text {history!r}")


def fold_in(embedding: Embedding, histories: Mapping[str, Iterable[str]]) -> Embedding:
    """Vectors of new users, from the items that each of them took.

    x = scale sum_{i in history} p_i with the profiles p of the embedding, plus the sum of its unit profiles at length 1, if any.
    Users are placed one by one, and nothing else changes.

    Parameters
    ----------
    embedding : of a recommender, which stores profiles of items
    histories : by the user's name, the names of items; items of the fit only

    Returns
    -------
    Embedding of the new users in the order given, of kind "user"; one without items is a row of zeros

    Raises
    ------
    ParameterError : histories that are no mapping
    DataError : the embedding holds no profiles, or no user is given; UnknownNameError : an item that was not there at the fit

    >>> from graphemb.kernels.recommender import fold_in, user_item_embedding
    >>> data = Interactions.from_pairs([("ann", "tea"), ("bob", "rye")])
    >>> e = user_item_embedding(data, np.eye(2), np.eye(2), parameters={"profiles": np.eye(2, dtype=np.float32)})
    >>> fold_in(e, {"eve": ["tea", "rye"]}).vectors.tolist()
    [[1.0, 1.0]]
    """
    if not isinstance(histories, Mapping):
        raise ParameterError(
            f"histories map the names of new users to their items, such as {{'new': ['tea']}}; got {type(histories).__name__}"
        )
    if not histories:
        raise DataError("there is no user to place: histories are empty")
    if embedding.kinds is None or PROFILES not in embedding.parameters:
        raise DataError("this embedding holds no profiles of items, so new users cannot be placed; train it with graphemb's recommenders")
    items = Names(embedding.names.take(np.flatnonzero(embedding.kinds == ITEM)), what=ITEM, check=False)
    taken = history_matrix(items, histories.values())
    damped = embedding.meta.get("notes", {}).get("fold_in") == "damped"
    vectors = place_users(taken, embedding.parameters[PROFILES], damped=damped, unit_profiles=embedding.parameters.get(UNIT_PROFILES))
    meta: dict[str, Any] = {
        key: embedding.meta[key] for key in ("format_version", "method", "parameters", "random_state") if key in embedding.meta
    }
    made = {"fitted_on": embedding.meta.get("data"), "new_users": len(vectors), "without_items": int((np.diff(taken.indptr) == 0).sum())}
    return Embedding(list(histories), vectors, kinds=[USER] * len(vectors), decoder=embedding.decoder, meta={**meta, "fold_in": made})
