"""What scores all items for users: the protocol that evaluation, recommendation and early stopping share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyarrow.compute as pc
import scipy.sparse as sp

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.data.names import Names
from graphemb.errors import DataError
from graphemb.kernels.scorer import Scorer, unit_rows

USER, ITEM = "user", "item"
PROFILES = "profiles"
"""The parameter that places new users: (m, dim), summed over the items that a user took."""
UNIT_PROFILES = "unit_profiles"
"""Another such sum, brought to length 1 and added; the parameter of methods that add a vector of unit length to another."""


class ItemScorer(Protocol):
    """Scores of n users against all m items, a block of users at a time; never an n x m matrix."""

    n_users: int
    n_items: int

    def users(self, rows: np.ndarray) -> np.ndarray:
        """float32 (len(rows), m): the scores of known users, written by the caller at will."""
        ...

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """float32 (b, m): the scores of users that are new, from the items each has taken (binary, (b, m))."""
        ...


class VectorItems:
    """s(u, i) = x_u . y_i; a new user gets x = scale(d) sum of the profiles of the d items taken; see :func:`place_users`.

    Parameters
    ----------
    users, items : float32 (n, dim) and (m, dim)
    profiles : float32 (m, dim), or None where new users cannot be placed
    damped : scale(d) is 1 / sqrt(d), else 1
    unit_profiles : float32 (m, dim), whose sum is added at length 1
    cosine : s(u, i) = x_u . y_i / (|x_u| |y_i|), 0 where either is the zero vector

    State: what it is given, not copied; with ``cosine`` unit vectors in place of users and items. Work per block: 2 b m dim operations.

    >>> scorer = VectorItems(np.eye(2, dtype=np.float32), np.float32([[1, 0], [0, 2], [1, 1]]), profiles=np.ones((3, 2), np.float32))
    >>> scorer.users(np.array([1])).tolist(), scorer.histories(sp.csr_array(np.float32([[1, 1, 0]]))).tolist()
    ([[0.0, 2.0, 1.0]], [[2.0, 4.0, 4.0]])
    """

    def __init__(
        self,
        users: np.ndarray,
        items: np.ndarray,
        *,
        profiles: np.ndarray | None = None,
        damped: bool = False,
        unit_profiles: np.ndarray | None = None,
        cosine: bool = False,
    ):
        self._users, self._items = (unit_rows(users), unit_rows(items)) if cosine else (users, items)
        self._profiles, self._damped, self._unit_profiles, self._cosine = profiles, damped, unit_profiles, cosine
        self.n_users, self.n_items = len(users), len(items)

    def users(self, rows: np.ndarray) -> np.ndarray:
        """Scores of known users; see :class:`ItemScorer`."""
        return np.asarray(self._users[rows] @ self._items.T)

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """Scores of new users; see :class:`ItemScorer`."""
        vectors = self.placed(taken)
        return np.asarray((unit_rows(vectors) if self._cosine else vectors) @ self._items.T)

    def placed(self, taken: sp.csr_array) -> np.ndarray:
        """float32 (b, dim): the vectors of new users."""
        return place_users(taken, self._profiles, damped=self._damped, unit_profiles=self._unit_profiles)


class PairItems:
    """The scores of any decoder, read from a scorer of pairs whose rows are n users, then m items. New users cannot be placed."""

    def __init__(self, scorer: Scorer, n_users: int):
        self._scorer, self.n_users, self.n_items = scorer, n_users, scorer.n - n_users

    def users(self, rows: np.ndarray) -> np.ndarray:
        """Scores of known users; see :class:`ItemScorer`."""
        return self._scorer.block(rows, slice(self.n_users, self.n_users + self.n_items))

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """Raise :class:`DataError`: the decoder knows rows of the embedding alone."""
        raise DataError("the decoder of this embedding scores known users only; new users need decoder='dot', 'cosine' or a closed form")


class AlignedItems:
    """Another scorer with users and items in the order of some data, whether it knows all of them or not.

    Parameters
    ----------
    scorer : in its own order
    user_rows, item_rows : int64 (n_users,) and (n_items,), the scorer's row of each user and item of the data, -1 where it has none

    An item without a row scores -inf; a user without one has no scores, and asking for them is an error. New users are placed by the
    items that have rows.

    >>> inner = VectorItems(np.ones((1, 1), np.float32), np.float32([[1], [2]]))
    >>> AlignedItems(inner, np.array([0]), np.array([1, -1, 0])).users(np.array([0])).tolist()
    [[2.0, -inf, 1.0]]
    """

    def __init__(self, scorer: ItemScorer, user_rows: np.ndarray, item_rows: np.ndarray):
        self.scorer, self.user_rows, self.item_rows = scorer, user_rows, item_rows
        self.n_users, self.n_items = len(user_rows), len(item_rows)
        self.scores_user, self.scores_item = user_rows >= 0, item_rows >= 0
        self._in_order = len(item_rows) == scorer.n_items and bool((item_rows == np.arange(scorer.n_items)).all())

    def users(self, rows: np.ndarray) -> np.ndarray:
        """Scores of known users; see :class:`ItemScorer`."""
        if not self.scores_user[rows].all():
            raise DataError(f"{int((~self.scores_user[rows]).sum()):,} of the users are not in the embedding, so they have no scores")
        return self._ordered(self.scorer.users(self.user_rows[rows]))

    def histories(self, taken: sp.csr_array) -> np.ndarray:
        """Scores of new users; see :class:`ItemScorer`."""
        if self._in_order:
            return self.scorer.histories(taken)
        entries = sp.coo_array(taken)
        rows = self.item_rows[entries.col]
        known = rows >= 0
        parts = (entries.data[known], (entries.row[known], rows[known]))
        return self._ordered(self.scorer.histories(sp.csr_array(parts, shape=(taken.shape[0], self.scorer.n_items))))

    def _ordered(self, scores: np.ndarray) -> np.ndarray:
        if self._in_order:
            return scores
        ordered = scores[:, np.maximum(self.item_rows, 0)]
        ordered[:, ~self.scores_item] = -np.inf
        return ordered


def item_scorer(embedding: Embedding, data: Interactions | None = None, decoder: str = "auto") -> AlignedItems:
    """The scores of all items for users, by an embedding of users and items.

    Parameters
    ----------
    embedding : with kinds "user" and "item"; or without kinds and with names ``user:NAME`` and ``item:NAME``, as those of
        :meth:`Interactions.to_graph` are
    data : whose users and items, matched by name, and whose order; None for those of the embedding
    decoder : a registered name; "auto" is the embedding's own. A decoder with a static ``items(embedding) -> ItemScorer``, in the order
        of the embedding, scores by that; "dot" and "cosine" read the vectors; any other scores pairs of rows

    Returns
    -------
    AlignedItems ; its ``scores_user`` and ``scores_item`` tell who was found

    Raises
    ------
    DataError : no users or no items in the embedding, none of the data's, NaN or infinite numbers
    UnknownNameError : an unknown decoder

    >>> data = Interactions.from_pairs([("ann", "tea"), ("bob", "rye")])
    >>> e = Embedding(["user:bob", "item:tea", "item:rye"], [[1.0], [2.0], [3.0]])
    >>> scorer = item_scorer(e, data)
    >>> scorer.scores_user.tolist(), scorer.users(np.array([1])).tolist()
    ([False, True], [[2.0, 3.0]])
    """
    rows = {kind: rows_of_kind(embedding, kind) for kind in (USER, ITEM)}
    scorer = _scorer_of(embedding, rows[USER], rows[ITEM], embedding.decoder if decoder == "auto" else decoder)
    if data is None:
        return AlignedItems(scorer, np.arange(scorer.n_users), np.arange(scorer.n_items))
    found = {}
    for kind, names in ((USER, data.users), (ITEM, data.items)):
        found[kind] = _found(embedding, rows[kind], kind, names)
        if len(names) and not (found[kind] >= 0).any():
            raise DataError(f"the embedding holds none of the {len(names):,} {kind}s of the data; was it trained on other data?")
    return AlignedItems(scorer, found[USER], found[ITEM])


def rows_of_kind(embedding: Embedding, kind: str) -> np.ndarray:
    """int64, the rows of an embedding that are users, or items: by kind, or by the prefix of their names where there are no kinds."""
    if embedding.kinds is None:
        rows = np.flatnonzero(np.asarray(pc.starts_with(embedding.names.values, f"{kind}:")))
    else:
        rows = np.flatnonzero(embedding.kinds == kind)
    if not len(rows):
        way = f"names that start with '{kind}:'" if embedding.kinds is None else f"rows of kind {kind!r}"
        raise DataError(f"expected an embedding of users and items, but this one has no {way}; train one of graphemb's recommenders")
    return rows


def _found(embedding: Embedding, rows: np.ndarray, kind: str, names: Names) -> np.ndarray:
    """int64: where each name of the data stands among the embedding's rows of this kind, -1 where nowhere."""
    own = embedding.names.take(rows)
    if embedding.kinds is None:
        own = Names(pc.utf8_slice_codeunits(own.values, len(kind) + 1), check=False)
    return np.arange(len(names)) if own == names else own.find(names)


def _scorer_of(embedding: Embedding, users: np.ndarray, items: np.ndarray, decoder: str) -> ItemScorer:
    entry = registry.find("decoder", decoder)
    found = entry.load()
    if hasattr(found, "items"):
        made: ItemScorer = found.items(embedding)
        return made
    if entry.name not in ("dot", "cosine"):
        return PairItems(found.prepare(embedding).take(np.concatenate([users, items])), len(users))
    embedding.require_finite()
    profiles = embedding.parameters.get(PROFILES)
    if profiles is not None and len(profiles) != len(items):
        raise DataError(f"the embedding has {len(items):,} items but {len(profiles):,} profiles; both are of all items of the fit")
    damped = embedding.meta.get("notes", {}).get("fold_in") == "damped"
    vectors = embedding.vectors
    return VectorItems(
        _part(vectors, users),
        _part(vectors, items),
        profiles=profiles,
        damped=damped,
        unit_profiles=embedding.parameters.get(UNIT_PROFILES),
        cosine=entry.name == "cosine",
    )


def _part(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows, without a copy where they stand together."""
    together = rows[-1] - rows[0] + 1 == len(rows)
    return vectors[rows[0] : rows[-1] + 1] if together else vectors[rows]


def place_users(taken: sp.csr_array, profiles: np.ndarray | None, *, damped: bool, unit_profiles: np.ndarray | None = None) -> np.ndarray:
    """float32 (b, dim): the sum of the profiles of the items taken, over the root of their number if ``damped``.

    The sum of ``unit_profiles``, if any, is added at length 1.

    >>> place_users(sp.csr_array(np.float32([[1, 1], [0, 0]])), np.float32([[1.0], [3.0]]), damped=False).tolist()
    [[4.0], [0.0]]
    """
    if profiles is None:
        raise DataError("this embedding holds no profiles of items, so new users cannot be placed; train it with graphemb's recommenders")
    vectors = np.asarray(taken @ profiles, dtype=np.float32)
    if damped:
        vectors /= np.sqrt(np.maximum(np.diff(taken.indptr), 1), dtype=np.float32)[:, None]
    return vectors if unit_profiles is None else vectors + unit_rows(taken @ unit_profiles)
