"""Concepts: named groups of names, such as female and male words, or the countries of each region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from graphemb.errors import DataError, ParameterError, UnknownNameError, shorten

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

Missing = Literal["drop", "error"]


@dataclass(frozen=True)
class Concept:
    """What a measure looks for and an edit takes out: groups of names, and sets of names that differ in nothing but the group.

    Parameters
    ----------
    name : what it is called in results
    groups : two or more groups by name; a direction points towards the first. No name may be in two groups
    sets : defining sets, one name a group in the order of the groups: of two groups these are pairs such as (woman, man)
    equalise : further such sets, which an edit may make equal but for the group
    specific : names that belong to the concept by their meaning (actress, king), which an edit leaves alone
    targets : the other side of an association test, where the concept is its attributes: two groups of names
    kind : the kind of the rows of an embedding where the names stand, such as entity; None for any
    source : where the names are from

    Raises
    ------
    DataError : a name in two groups, an empty group, a set that has not one name a group

    >>> gender = Concept.from_pairs("gender", [("woman", "man"), ("she", "he")], groups=("female", "male"))
    >>> gender.groups["female"]
    ('woman', 'she')
    """

    name: str
    groups: Mapping[str, tuple[str, ...]]
    sets: tuple[tuple[str, ...], ...] = ()
    equalise: tuple[tuple[str, ...], ...] = ()
    specific: tuple[str, ...] = ()
    targets: Concept | None = None
    kind: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        groups = {str(label): _distinct(label, names) for label, names in self.groups.items()}
        object.__setattr__(self, "groups", groups)
        for part in ("sets", "equalise"):
            object.__setattr__(self, part, tuple(_as_set(members, len(groups)) for members in getattr(self, part)))
        object.__setattr__(self, "specific", tuple(map(str, self.specific)))
        if not groups:
            raise DataError(f"the concept {self.name!r} has no groups; give at least one group of names")
        _require_disjoint(self.name, groups)

    # -- other ways to make one

    @classmethod
    def from_pairs(cls, name: str, pairs: Iterable[Sequence[str]], *, groups: Sequence[str] | None = None, **more: Any) -> Self:
        """From defining sets: pairs, or triples and so on; the groups are their columns."""
        listed = [tuple(map(str, members)) for members in pairs]
        if not listed:
            raise DataError(f"the concept {name!r} needs at least one pair of names, got none")
        width = len(listed[0])
        if any(len(members) != width for members in listed) or width < 2:
            raise DataError(f"the sets of {name!r} must all have the same number of names, at least two")
        labels = [f"group {i + 1}" for i in range(width)] if groups is None else [str(label) for label in groups]
        if len(labels) != width:
            raise DataError(f"the sets of {name!r} have {width} names each, and {len(labels)} groups were named")
        columns = {label: tuple(dict.fromkeys(members[i] for members in listed)) for i, label in enumerate(labels)}
        return cls(name, columns, tuple(listed), **more)

    @classmethod
    def from_labels(
        cls, name: str, names: Iterable[str], labels: Iterable[Any], *, groups: Sequence[Any] | None = None, **more: Any
    ) -> Self:
        """From one label a name; names without a label (None, NaN) belong to no group. ``groups`` chooses labels, and their order.

        >>> list(Concept.from_labels("side", ["a", "b", "c"], ["left", "right", "left"]).groups["left"])
        ['a', 'c']
        """
        table = pd.Series(list(labels), index=pd.Index(list(names), dtype=object)).dropna()
        present = list(dict.fromkeys(table.tolist()))
        wanted = present if groups is None else list(groups)
        for label in wanted:
            if label not in present:
                known = [str(p) for p in present]
                remedy = f"groups: {', '.join(shorten(k, 30) for k in known[:12])}{', ...' if len(known) > 12 else ''}"
                raise UnknownNameError("group", label, known, place=f"the concept {name!r}", remedy=remedy)
        return cls(name, {str(label): tuple(table.index[table == label]) for label in wanted}, **more)

    @classmethod
    def from_attribute(
        cls, data: Any, column: str, *, groups: Sequence[Any] | None = None, bins: int = 2, name: str | None = None, **more: Any
    ) -> Self:
        """From a column of the attributes of an ``Embedding`` or the node table of a ``Graph``.

        A column of numbers with more than ``bins`` different ones is cut at its quantiles into ``bins`` groups, the highest first.
        """
        table = data.attributes if hasattr(data, "attributes") else data.nodes
        if table is None or column not in table:
            raise UnknownNameError("attribute", column, [] if table is None else [str(c) for c in table.columns])
        values = table[column]
        if groups is None and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and values.nunique() > bins:
            values = _quantiles(values, bins, column)
            groups = sorted(values.dropna().unique(), reverse=True) if bins > 2 else ["high", "low"]
        kinds = getattr(data, "kinds", None)
        names = [str(n) for n in data.names]
        if kinds is not None and len(set(names)) < len(names):
            raise DataError(
                f"names stand in several kinds, so {column!r} makes no concept of them; cut the embedding to one kind: subset(kind=...)"
            )
        return cls.from_labels(name or column, names, values, groups=groups, **more)

    # -- what it is

    @property
    def pairs(self) -> tuple[tuple[str, ...], ...]:
        """The defining sets of a concept of two groups."""
        self.require_groups(2, 2)
        return self.sets

    @property
    def all_names(self) -> list[str]:
        """Every name of groups, defining and equalised sets, once."""
        named = [n for members in (*self.groups.values(), *self.sets, *self.equalise) for n in members]
        return list(dict.fromkeys(named))

    def require_groups(self, least: int, most: int | None = None) -> None:
        """Raise :class:`DataError` unless the concept has so many groups."""
        if len(self.groups) < least or (most is not None and len(self.groups) > most):
            wanted = str(least) if least == most else f"at least {least}"
            raise DataError(f"expected a concept of {wanted} groups, and {self.name!r} has {len(self.groups)}: {_listed(self.groups)}")

    def replace(self, **changes: Any) -> Concept:
        """The same concept with some parts changed."""
        return replace(self, **changes)

    def locate(self, embedding: Embedding, *, missing: Missing = "drop", least: int = 1) -> Located:
        """Where the names stand in an embedding.

        A name is found as it is written, or in lower case where the embedding knows no capitals. What is not there, or has a vector
        of zeros and so no direction, is dropped and listed in ``missing`` and ``zero`` ("drop"), or an error ("error"). A defining set
        counts only where all its names are there.

        Raises
        ------
        DataError : a group keeps fewer than ``least`` names; UnknownNameError : a name is missing and ``missing`` is "error"
        """
        if missing not in ("drop", "error"):
            raise ParameterError(f"missing must be 'drop' or 'error', got {missing!r}")
        rows, lacking, zero = {}, {}, {}
        for label, names in self.groups.items():
            at = find_names(embedding, names, self.kind)
            lacking[label] = [n for n, r in zip(names, at, strict=True) if r < 0]
            if lacking[label] and missing == "error":
                name = lacking[label][0]
                raise UnknownNameError("name", name, embedding.names.candidates(name), place=f"the embedding (group {label!r})")
            rows[label], zero[label] = without_zeros(embedding, at[at >= 0], missing)
            if len(rows[label]) < least:
                raise DataError(self._too_few(label, len(rows[label]), least, lacking[label], zero[label]))
        sets, equalise = (_found_sets(embedding, found, self.kind) for found in (self.sets, self.equalise))
        located = Located(self, rows, sets, equalise, lacking, zero)
        located.require_distinct(embedding)
        return located

    def _too_few(self, label: str, found: int, least: int, lacking: list[str], zero: list[str]) -> str:
        there = f"the group {label!r} of {self.name!r} has {found} of its {len(self.groups[label])} names in the embedding"
        why = [f"missing are {_listed(lacking)}"] if lacking else []
        why += [f"vectors of zeros have {_listed(zero)}"] if zero else []
        return "; ".join([f"{there}, and {least} {'is' if least == 1 else 'are'} needed", *why])

    def to_dict(self) -> dict[str, Any]:
        """Name, source and sizes, as settings and meta keep them."""
        sizes = {"groups": {label: len(names) for label, names in self.groups.items()}, "sets": len(self.sets)}
        return {"name": self.name, **sizes, **({"source": self.source} if self.source else {})}


@dataclass(frozen=True)
class Located:
    """A concept found in an embedding.

    Attributes
    ----------
    rows : by group, rows of the embedding, int64
    sets : int64 (m, groups), rows of the defining sets that are there whole
    equalise : the same of the sets to be equalised
    missing : by group, the names that are not there
    zero : by group, the names left out because their vectors are zero
    """

    concept: Concept
    rows: Mapping[str, np.ndarray]
    sets: np.ndarray
    equalise: np.ndarray
    missing: Mapping[str, list[str]] = field(default_factory=dict)
    zero: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def all_rows(self) -> np.ndarray:
        """The rows of all groups, one group after the other."""
        return np.concatenate(list(self.rows.values()))

    @property
    def labels(self) -> np.ndarray:
        """The number of the group of each of ``all_rows``."""
        return np.repeat(np.arange(len(self.rows)), [len(r) for r in self.rows.values()])

    def report(self) -> dict[str, Any]:
        """What was found and what was not, as settings and meta keep it."""
        found = {label: len(rows) for label, rows in self.rows.items()}
        asked = {label: len(names) for label, names in self.concept.groups.items()}
        sets = {"sets": len(self.sets), "sets_asked": len(self.concept.sets)} if self.concept.sets else {}
        left_out = {"missing": self.missing, **({"zero": self.zero} if any(self.zero.values()) else {})}
        told = {word: {k: v for k, v in by_group.items() if v} for word, by_group in left_out.items()}
        return {"name": self.concept.name, "found": found, "asked": asked, **sets, **told}

    def require_distinct(self, embedding: Embedding) -> None:
        """Raise :class:`DataError` where two groups meet in one row, which lower case can do."""
        rows = self.all_rows
        twice = pd.Index(rows).duplicated()
        if twice.any():
            name = embedding.names[int(rows[twice][0])]
            raise DataError(f"{shorten(name)!r} is found for two names of {self.concept.name!r}; spell them as the embedding does")


def find_names(embedding: Embedding, names: Iterable[str], kind: str | None = None, *, lower: bool | None = None) -> np.ndarray:
    """The row of each name as it is written, else in lower case; -1 where neither is there, int64.

    Lower case is tried where the embedding has names without capitals, or as ``lower`` says: among names with capitals "Chip" is a person,
    and "chip" is none.

    Raises
    ------
    DataError : a name stands in several kinds and ``kind`` does not say which
    """
    wanted = [str(n) for n in names]
    found = _rows_or_none(embedding, wanted, kind)
    again = np.flatnonzero(found < 0)
    if len(again) and (embedding.names.lower_case if lower is None else lower):
        found[again] = _rows_or_none(embedding, [wanted[i].lower() for i in again], kind)
    return found


def without_zeros(embedding: Embedding, rows: np.ndarray, missing: Missing = "drop") -> tuple[np.ndarray, list[str]]:
    """The rows whose vectors are not zero, and the names of the others; with "error" one such row is a :class:`DataError`."""
    there = embedding.vectors[rows].any(axis=1)
    zero = [embedding.names[int(row)] for row in rows[~there]]
    if zero and missing == "error":
        raise DataError(f"{shorten(zero[0])!r} has a zero vector, which has no direction; leave it out ({len(zero)} such among the names)")
    return rows[there], zero


def _rows_or_none(embedding: Embedding, wanted: list[str], kind: str | None) -> np.ndarray:
    if embedding.kinds is None:
        return embedding.names.find(wanted)
    where = np.flatnonzero(embedding.kinds == kind) if kind is not None else np.arange(len(embedding))
    if kind is not None and not len(where):
        raise UnknownNameError("kind", kind, list(pd.unique(embedding.kinds)))
    names = pd.Index(np.asarray(embedding.names)[where], dtype=object)
    hits, asked = names.get_indexer_non_unique(pd.Index(wanted, dtype=object))[0], names.get_indexer_for(wanted)
    if len(asked) != len(wanted):
        several = next(n for n in wanted if (names == n).sum() > 1)
        raise DataError(f"{shorten(several)!r} stands in several kinds of the embedding; say which: kind=...")
    return np.where(hits >= 0, where[hits], -1)


def _found_sets(embedding: Embedding, sets: Sequence[Sequence[str]], kind: str | None) -> np.ndarray:
    if not sets:
        return np.empty((0, 0), dtype=np.int64)
    at = find_names(embedding, [n for members in sets for n in members], kind).reshape(len(sets), -1)
    whole = at[((at >= 0) & embedding.vectors[at].any(axis=2)).all(axis=1)]
    return whole[[len(set(members)) == len(members) for members in whole.tolist()]] if len(whole) else whole


def _distinct(label: Any, names: Iterable[Any]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise DataError(f"the group {label!r} is one string {shorten(names)!r}; put its names into a list")
    listed = tuple(str(n) for n in names)
    if not listed:
        raise DataError(f"the group {label!r} has no names")
    return tuple(dict.fromkeys(listed))


def _as_set(members: Sequence[Any], groups: int) -> tuple[str, ...]:
    listed = tuple(str(n) for n in members)
    if len(listed) != groups:
        raise DataError(f"the set {listed} has {len(listed)} names where the concept has {groups} groups")
    return listed


def _require_disjoint(name: str, groups: Mapping[str, tuple[str, ...]]) -> None:
    owner: dict[str, str] = {}
    for label, names in groups.items():
        for n in names:
            if n in owner:
                raise DataError(f"{shorten(n)!r} is in two groups of {name!r}, {owner[n]!r} and {label!r}; a name may be in one only")
            owner[n] = label


def _quantiles(values: pd.Series, bins: int, column: str) -> pd.Series:
    if bins < 2:
        raise ParameterError(f"bins must be at least 2, got {bins}")
    ranks = values.rank(method="first", na_option="keep")
    cut = pd.qcut(ranks, bins, labels=["low", "high"] if bins == 2 else [f"{column} {i + 1} of {bins}" for i in range(bins)])
    return cut.astype(object)


def _listed(names: Iterable[str], most: int = 5) -> str:
    shown = [repr(shorten(str(n), 40)) for n in names]
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")
