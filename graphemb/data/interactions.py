"""Interactions: named users, named items, and who took what, cut into train, validation and test."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.feature_table import as_features, digest_of
from graphemb.data.graph import Graph
from graphemb.data.names import Names
from graphemb.data.texts import texts_of
from graphemb.errors import DataError, DataWarning, UnknownNameError, shorten
from graphemb.registry import normalise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

SPLITS = ("train", "validation", "test")


class Interactions:
    """Pairs of a user and an item in the splits train, validation and test. Immutable.

    Parameters
    ----------
    users, items : unique names, those of every split
    pairs : (2, m) whole numbers: user and item of each interaction, as rows of ``users`` and ``items``
    splits : by name ("train", "validation", "test"), the columns of ``pairs`` (a slice or their numbers), each column in one split;
        all are ``train`` if not given
    ratings, times : optional m numbers, finite; what a split by time orders by
    features : by modality, an (n_items, d) array: a row of NaN says that the item has none. Stored as float32
    item_text : one text an item (empty where there is none), or a mapping from names to texts
    meta : anything worth remembering about the origin, as JSON can hold it

    A pair stands once: of repeats in a split the last is kept, and of a pair in several splits the one in the earliest split (an item
    that was trained on cannot be recommended, so it would never count as found). ``meta["reading"]`` counts both; the second is warned of.

    Raises
    ------
    DataError : shapes that do not fit, numbers outside the names, ratings, times or features that are not finite

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea")])
    >>> data.n_users, data.n_items, data.train.toarray().tolist()
    (2, 2, [[1.0, 1.0], [1.0, 0.0]])
    """

    def __init__(
        self,
        users: Iterable[Any] | Names,
        items: Iterable[Any] | Names,
        pairs: ArrayLike,
        *,
        splits: Mapping[str, slice | Any] | None = None,
        ratings: ArrayLike | None = None,
        times: ArrayLike | None = None,
        features: Mapping[str, ArrayLike] | None = None,
        item_text: Sequence[str] | Mapping[str, str] | None = None,
        meta: Mapping[str, Any] | None = None,
    ):
        self.users, self.items = Names(users, what="user"), Names(items, what="item")
        rows = _as_pairs(pairs, len(self.users), len(self.items))
        columns, self.splits, counts = _kept(rows, splits)
        self.pairs = _frozen(rows[:, columns])
        self.ratings = _numbers(ratings, "rating", rows.shape[1], columns)
        self.times = _numbers(times, "time", rows.shape[1], columns)
        self.features: dict[str, np.ndarray] = as_features(features or {}, self.items)
        self.item_text = texts_of(item_text, self.items)
        self.meta: dict[str, Any] = dict(meta or {})
        self.meta["reading"] = {**self.meta.get("reading", {}), **counts}

    # -- what it is

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.items)

    @property
    def n_pairs(self) -> int:
        """Interactions of all splits."""
        return int(self.pairs.shape[1])

    def __len__(self) -> int:
        return self.n_pairs

    def size(self, split: str) -> int:
        """Interactions of one split."""
        part = self.splits[_known_split(split)]
        return part.stop - part.start

    def split(self, name: str) -> sp.csr_array:
        """One split as a binary float32 matrix of users and items, indices sorted; built at the first call and kept."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[_known_split(name)]

    @cached_property
    def train(self) -> sp.csr_array:
        return self._matrix("train")

    @cached_property
    def validation(self) -> sp.csr_array:
        return self._matrix("validation")

    @cached_property
    def test(self) -> sp.csr_array:
        return self._matrix("test")

    def _matrix(self, name: str) -> sp.csr_array:
        users, items = self.pairs[:, self.splits[name]]
        matrix = sp.csr_array((np.ones(len(users), np.float32), (users, items)), shape=(self.n_users, self.n_items))
        matrix.sort_indices()
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32, copy=False), matrix.indptr.astype(np.int32, copy=False)
        return matrix

    def missing_features(self, modality: str) -> np.ndarray:
        """(n_items,) bool: the items without features of this modality."""
        if modality not in self.features:
            raise UnknownNameError("modality", modality, self.features)
        return np.asarray(np.isnan(self.features[modality][:, 0]))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over names, splits and features: equal for equal interactions, in whatever order they were read."""
        digest = hashlib.sha256()
        for names in (self.users, self.items):
            digest.update("\0".join(names.values.to_pylist()).encode("utf-8", "surrogatepass") + b"\1")
        for name in SPLITS:
            part = self.split(name)
            digest.update(name.encode() + part.indptr.astype("<i8").tobytes() + part.indices.astype("<i8").tobytes())
        for name in sorted(self.features):
            digest.update(name.encode() + digest_of(self.features[name]))
        return digest.hexdigest()

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {self.size(name):,}" for name in SPLITS if self.size(name))
        more = f"; features {', '.join(self.features)}" if self.features else ""
        return f"Interactions({self.n_users:,} users, {self.n_items:,} items; {parts or 'no interactions'}{more})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(shorten(name, 60))}</li>" for name in self.items[:5])
        return f"<div><b>{escape(repr(self))}</b><ul>{rows}</ul></div>"

    # -- from elsewhere

    @classmethod
    def from_pairs(cls, pairs: Iterable[Sequence[Any]] | Mapping[str, Iterable[Sequence[Any]]], **rest: Any) -> Interactions:
        """Interactions from ``(user, item)`` names, or from a mapping of split names to such lists."""
        parts = {"train": list(pairs)} if not isinstance(pairs, Mapping) else {name: list(part) for name, part in pairs.items()}
        listed = [pair for part in parts.values() for pair in part]
        if any(len(pair) != 2 for pair in listed):
            bad = next(i for i, pair in enumerate(listed) if len(pair) != 2)
            raise DataError(f"interaction {bad} has {len(listed[bad])} parts; expected (user, item)")
        sizes = {name: len(part) for name, part in parts.items()}
        return cls.from_arrays([pair[0] for pair in listed], [pair[1] for pair in listed], sizes=sizes, **rest)

    @classmethod
    def from_arrays(
        cls,
        users: Any,
        items: Any,
        *,
        sizes: Mapping[str, int] | None = None,
        user_names: Iterable[Any] | Names | None = None,
        item_names: Iterable[Any] | Names | None = None,
        **rest: Any,
    ) -> Interactions:
        """Interactions from parallel arrays of names, the splits (``sizes``: how many each) one after another.

        Users and items stand in order of first appearance, unless ``user_names`` or ``item_names`` give all of them in theirs.
        ``rest`` goes to the constructor.
        """
        u, known_users = _encoded(users, user_names, "user")
        i, known_items = _encoded(items, item_names, "item")
        if len(u) != len(i):
            raise DataError(f"expected as many items as users, got {len(i):,} and {len(u):,}")
        splits = None
        if sizes is not None:
            ends = np.cumsum([0, *sizes.values()]).tolist()
            splits = {name: slice(start, stop) for name, start, stop in zip(sizes, ends[:-1], ends[1:], strict=True)}
        return cls(known_users, known_items, np.stack([u, i]), splits=splits, **rest)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        user: str = "user",
        item: str = "item",
        rating: str | None = None,
        time: str | None = None,
        split: str | None = None,
        **rest: Any,
    ) -> Interactions:
        """Interactions from a table with a line for each; ``split`` names the column that says train, validation or test, if any."""
        for column in filter(None, (user, item, rating, time, split)):
            if column not in frame.columns:
                raise UnknownNameError("column", column, map(str, frame.columns), place="the table of interactions")
        splits = None
        if split is not None:
            words = frame[split].astype(str).map(_known_split)
            splits = {name: np.flatnonzero(words == name) for name in SPLITS}
        values = {"ratings": rating, "times": time}
        numbers = {key: frame[column].to_numpy() for key, column in values.items() if column is not None}
        u, users = _encoded(frame[user].to_numpy(), None, "user")
        i, items = _encoded(frame[item].to_numpy(), None, "item")
        return cls(users, items, np.stack([u, i]), splits=splits, **numbers, **rest)

    @classmethod
    def from_scipy(
        cls,
        train: Any,
        *,
        validation: Any = None,
        test: Any = None,
        users: Iterable[Any] | None = None,
        items: Iterable[Any] | None = None,
        **rest: Any,
    ) -> Interactions:
        """Interactions from sparse matrices of users and items, whose entries other than 0 are the interactions; names are numbers
        unless given."""
        parts = {name: sp.coo_array(m) for name, m in zip(SPLITS, (train, validation, test), strict=True) if m is not None}
        shapes = {m.shape for m in parts.values()}
        if len(shapes) > 1:
            raise DataError(f"the matrices of all splits need one shape, got {', '.join(map(str, sorted(shapes)))}")
        ((n, m),) = shapes
        there = {name: part.data != 0 for name, part in parts.items()}
        pairs = [np.stack([part.row[there[name]], part.col[there[name]]]) for name, part in parts.items()]
        ends = np.cumsum([0] + [p.shape[1] for p in pairs]).tolist()
        splits = {name: slice(start, stop) for name, start, stop in zip(parts, ends[:-1], ends[1:], strict=True)}
        names = (range(n) if users is None else users, range(m) if items is None else items)
        return cls(*names, np.concatenate(pairs, axis=1), splits=splits, **rest)

    # -- to elsewhere

    def replace(self, **changes: Any) -> Interactions:
        """The same interactions with some parts changed: ``splits``, ``features``, ``item_text``, ``meta``, ..."""
        parts = {
            "users": self.users,
            "items": self.items,
            "pairs": self.pairs,
            "splits": self.splits,
            "ratings": self.ratings,
            "times": self.times,
            "features": self.features,
            "item_text": self.item_text,
            "meta": self.meta,
        }
        unknown = set(changes) - set(parts)
        if unknown:
            raise UnknownNameError("part of the interactions", sorted(unknown)[0], parts)
        chosen = {**parts, **changes}
        made = Interactions(chosen.pop("users"), chosen.pop("items"), chosen.pop("pairs"), **chosen)
        if not {"pairs", "splits", "meta"} & set(changes):  # what was left out when they were read
            made.meta["reading"] = self.meta["reading"]
        return made

    def to_frame(self) -> pd.DataFrame:
        """A table with a line for each interaction: user, item, split, and rating and time where there are any."""
        users, items = np.asarray(self.users), np.asarray(self.items)
        u, i = self.pairs
        words = np.repeat(np.array(SPLITS, dtype=object), [self.size(name) for name in SPLITS])
        columns = {"user": users[u], "item": items[i], "split": words, "rating": self.ratings, "time": self.times}
        return pd.DataFrame({name: column for name, column in columns.items() if column is not None})

    def to_graph(self, split: str = "train") -> Graph:
        """The undirected bipartite graph of one split: nodes ``user:NAME``, then ``item:NAME``, their kind in the node table."""
        R = self.split(split)
        names = [f"user:{name}" for name in self.users] + [f"item:{name}" for name in self.items]
        kinds = np.repeat(np.array(["user", "item"], dtype=object), [self.n_users, self.n_items])
        adjacency = sp.block_array([[None, R], [R.T, None]], format="csr") if R.nnz else sp.csr_array((len(names),) * 2)
        return Graph(adjacency, names, nodes=pd.DataFrame({"kind": kinds}), meta=self.meta)


def _as_pairs(pairs: Any, n_users: int, n_items: int) -> np.ndarray:
    rows = np.asarray(pairs)
    if rows.size == 0:
        rows = np.empty((2, 0), dtype=np.int64)
    if rows.ndim != 2 or rows.shape[0] != 2 or not np.issubdtype(rows.dtype, np.integer):
        raise DataError(f"expected pairs as whole numbers of shape (2, m), got {rows.dtype} of shape {rows.shape}; names: from_pairs")
    for what, row, n in (("user", rows[0], n_users), ("item", rows[1], n_items)):
        bad = np.flatnonzero((row < 0) | (row >= n))
        if len(bad):
            raise DataError(f"the {what} of interaction {bad[0]} is number {row[bad[0]]}, expected 0 to {n - 1}")
    return rows.astype(np.int64)


def _kept(rows: np.ndarray, splits: Mapping[str, Any] | None) -> tuple[np.ndarray, dict[str, slice], dict[str, int]]:
    """The columns that are kept, split by split, where each split lies among them, and what was left out."""
    m = rows.shape[1]
    everything = np.arange(m)
    parts = {"train": everything} if splits is None else {_known_split(name): everything[part] for name, part in splits.items()}
    listed = [np.asarray(parts.get(name, everything[:0]), dtype=np.int64) for name in SPLITS]
    times = np.bincount(np.concatenate(listed), minlength=m)
    if (times != 1).any():
        bad = int(np.flatnonzero(times != 1)[0])
        raise DataError(f"every interaction belongs to one split, but interaction {bad} stands in {times[bad]}")
    once = [part[~_repeats(rows[:, part], keep="last")] for part in listed]
    again = np.split(_repeats(rows[:, np.concatenate(once)], keep="first"), np.cumsum([len(part) for part in once])[:-1])
    kept = [part[~gone] for part, gone in zip(once, again, strict=True)]
    counts = {"listed": m, "repeated": m - sum(map(len, once)), "in_an_earlier_split": int(sum(gone.sum() for gone in again))}
    if counts["in_an_earlier_split"]:
        repeated = f"interactions that stand in an earlier split too are left out of the later one: {counts['in_an_earlier_split']:,}"
        warnings.warn(repeated, DataWarning, stacklevel=4)
    ends = np.cumsum([0, *map(len, kept)]).tolist()
    return (
        np.concatenate(kept),
        {name: slice(*pair) for name, pair in zip(SPLITS, pairwise(ends), strict=True)},
        counts,
    )


def _repeats(rows: np.ndarray, keep: str) -> np.ndarray:
    return pd.DataFrame(rows.T).duplicated(keep=keep).to_numpy()


def _numbers(values: Any, what: str, m: int, columns: np.ndarray) -> np.ndarray | None:
    """The numbers of the interactions that are kept, float64."""
    if values is None:
        return None
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{what}s must be numbers, one an interaction") from None
    if numbers.shape != (m,):
        raise DataError(f"expected {m:,} {what}s, one an interaction, got an array of shape {numbers.shape}")
    if len(bad := np.flatnonzero(~np.isfinite(numbers))):
        raise DataError(f"{len(bad):,} {what}s are NaN or infinite, first that of interaction {bad[0]}")
    return _frozen(numbers[columns])


def _frozen(values: np.ndarray) -> np.ndarray:
    values = np.ascontiguousarray(values)
    values.flags.writeable = False
    return values


def _known_split(name: Any) -> str:
    """The split behind a name; "valid", "val" and "dev" are the validation split."""
    known = {"train": "train", "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation", "test": "test"}
    if normalise(str(name)) not in known:
        raise UnknownNameError("split", name, SPLITS, remedy=f"known: {', '.join(SPLITS)}")
    return known[normalise(str(name))]


def _encoded(values: Any, names: Any, what: str) -> tuple[np.ndarray, Names]:
    """Numbers of the values among the names, or among the values themselves in order of first appearance."""
    words = Names(values, what=what, check=False).values
    if words.null_count:
        raise DataError(f"interaction {int(np.flatnonzero(np.asarray(words.is_null()))[0])} has no {what}")
    if names is None:
        encoded = words.dictionary_encode()
        return encoded.indices.to_numpy().astype(np.int64), Names(encoded.dictionary, what=what)
    known = Names(names, what=what)
    return known.rows(words.to_pylist()), known
