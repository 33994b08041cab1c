"""What a measure is put to: a concept and targets found in an embedding, with what is missing counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphemb.data.concept import Concept, Located, Missing, find_names, without_zeros
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_concept, load_names
from graphemb.errors import DataError, UnknownNameError

Targets = Concept | Iterable[str] | str | None


@dataclass(frozen=True)
class Listed:
    """Names that were looked up in an embedding.

    ``rows`` int64 (m,) are those found, ``names`` as the embedding writes them; ``asked`` were given, ``missing`` are not there.
    """

    name: str
    rows: np.ndarray
    names: np.ndarray
    asked: int
    missing: list[str]
    zero: list[str]

    def report(self) -> dict[str, Any]:
        """What was found and what was not, as settings keep it."""
        zero = {"zero": self.zero} if self.zero else {}
        return {"name": self.name, "found": len(self.rows), "asked": self.asked, "missing": self.missing, **zero}


def as_concept(concept: Concept | str) -> Concept:
    """The concept itself, or the one of that name."""
    if isinstance(concept, Concept):
        return concept
    if isinstance(concept, str):
        return load_concept(concept)
    raise DataError(f"expected a Concept or the name of one, got {type(concept).__name__}")


def locate(
    embedding: Embedding, concept: Concept | str, *, missing: Missing = "drop", groups: int | None = None, least: int = 1
) -> Located:
    """The concept in the embedding; ``groups`` is how many it must have.

    Raises
    ------
    DataError : another number of groups, a group with fewer than ``least`` names there
    """
    asked = as_concept(concept)
    if groups is not None:
        asked.require_groups(groups, groups)
    return asked.locate(embedding, missing=missing, least=least)


def locate_targets(
    embedding: Embedding, targets: Targets, *, besides: Located | None = None, missing: Missing = "drop", kind: str | None = None
) -> Listed:
    """The target names in the embedding: those given, those of a named list, or all rows but those of relations.

    Of all rows those of ``besides`` are left out where the concept has defining sets, which lean by their meaning; groups alone, such as
    the countries of two regions, are what is asked about, and stay.

    Rows of zeros are left out and counted; they have no direction.

    Raises
    ------
    DataError : none of the names is there; UnknownNameError : one is not there and ``missing`` is "error"
    """
    kind = kind if kind is not None or besides is None else besides.concept.kind
    if targets is None:
        return _everything(embedding, besides, kind)
    label = targets if isinstance(targets, str) else targets.name if isinstance(targets, Concept) else "names"
    names = list(load_names(targets)) if isinstance(targets, str) else targets.all_names if isinstance(targets, Concept) else list(targets)
    rows = find_names(embedding, names, kind)
    lacking = [n for n, r in zip(names, rows, strict=True) if r < 0]
    if lacking and missing == "error":
        raise UnknownNameError("name", lacking[0], embedding.names.candidates(lacking[0]), place="the embedding (targets)")
    there = rows[rows >= 0]
    there, zero = without_zeros(embedding, there[np.sort(np.unique(there, return_index=True)[1])], missing)
    if not len(there):
        shown = ", ".join(repr(n) for n in names[:3])
        raise DataError(f"none of the {len(names)} targets ({shown}, ...) has a vector in the embedding; check how names are spelt there")
    return Listed(label, there, np.asarray(embedding.names)[there], len(names), lacking, zero)


def _everything(embedding: Embedding, besides: Located | None, kind: str | None) -> Listed:
    wanted = np.ones(len(embedding), dtype=bool)
    if embedding.kinds is not None:
        wanted = embedding.kinds == kind if kind is not None else embedding.kinds != "relation"
    if besides is not None and besides.concept.sets:
        wanted[besides.all_rows] = False
    rows, zero = without_zeros(embedding, np.flatnonzero(wanted))
    if not len(rows):
        raise DataError("the embedding has no rows with a vector beside those of the concept; give targets")
    return Listed(
        "all others" if besides is not None and besides.concept.sets else "all names",
        rows,
        np.asarray(embedding.names)[rows],
        len(rows) + len(zero),
        [],
        zero,
    )
