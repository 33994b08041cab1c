"""Which rows are labelled with which group, for edits that learn what labels can be told by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from graphemb.analysis.bias.extremes import biased_names
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.warn import warn

LabelsFrom = Literal["auto", "groups", "biased"]
MOST = 2_500
"""Biased names a side, as Gonen and Goldberg take them."""


@dataclass(frozen=True)
class Labels:
    """Rows of an embedding, int64 (m,), and the number of the group of each, int64 (m,).

    ``source`` is "groups" or "biased": whether these are the concept's own names, or those that lean most along its direction.
    """

    rows: np.ndarray
    codes: np.ndarray
    groups: Sequence[str]
    source: str

    @property
    def sizes(self) -> np.ndarray:
        """Names a group, int64 (k,)."""
        return np.bincount(self.codes, minlength=len(self.groups))

    def means(self, x: np.ndarray) -> np.ndarray:
        """The mean of each group of ``x``, (m, d), the vectors of ``rows``: (k, d)."""
        sums = np.zeros((len(self.groups), x.shape[1]))
        np.add.at(sums, self.codes, x)
        return sums / self.sizes[:, None]

    def report(self) -> dict[str, Any]:
        """What the record in ``meta`` says."""
        return {"labels": self.source, "labelled": dict(zip(self.groups, self.sizes.tolist(), strict=True))}


def labels_of(embedding: Embedding, located: Located, labels: LabelsFrom = "auto") -> Labels:
    """The labelled rows of a concept.

    "groups": the names of its groups. "biased": of all other names, those that lean most along its direction to either side, 2,500 or a
    tenth of all, see :func:`~graphemb.analysis.bias.extremes.biased_names`; for concepts of two groups. "auto": the groups; but where
    they hold fewer names than the embedding has columns, so that labels can be told from vectors whatever these are, the biased names, if
    there are more of those. This is said in a :class:`DataWarning`.

    Raises
    ------
    DataError : fewer than two groups; "biased" of more than two, or of names none of which leans
    """
    if labels not in ("auto", "groups", "biased"):
        raise ParameterError(f"labels must be 'auto', 'groups' or 'biased', got {labels!r}")
    located.concept.require_groups(2)
    own = Labels(located.all_rows, located.labels, list(located.rows), "groups")
    if labels == "groups" or (labels == "auto" and len(own.rows) >= embedding.dim):
        return own
    count = min(MOST, max(len(embedding) // 10, 1))
    if labels == "biased":
        located.concept.require_groups(2, 2)
        return _biased(embedding, located, count)
    if len(located.rows) != 2 or 2 * count <= len(own.rows):
        return own
    try:
        found = _biased(embedding, located, count)
    except DataError:  # nothing leans to one of the sides
        return own
    if len(found.rows) <= len(own.rows):
        return own
    warn(
        f"{located.concept.name!r} has {len(own.rows)} names for {embedding.dim} columns, so the {len(found.rows):,} names that lean most"
        " along its direction are labelled in their place; labels='groups' keeps to its own",
        DataWarning,
    )
    return found


def _biased(embedding: Embedding, located: Located, count: int) -> Labels:
    found = biased_names(embedding, located.concept, count).locate(embedding)
    return Labels(found.all_rows, found.labels, list(found.rows), "biased")
