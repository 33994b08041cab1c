"""What measures of neighbours share: the nearest names of some targets, and what each similarity owes to a direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphemb.analysis.bias.direction import Direction, How, concept_direction, random_bases
from graphemb.analysis.bias.indirect import beta_of_pairs
from graphemb.analysis.bias.scene import Listed, Targets, locate, locate_targets
from graphemb.data.concept import Concept, Located, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.scorer import unit_rows


@dataclass(frozen=True)
class Neighbourhoods:
    """Targets and their nearest names among all names of an embedding.

    Attributes
    ----------
    targets : m of them
    rows : int64 (t,), the rows of the embedding that are a target or a neighbour of one
    unit : float64 (t, d), these rows at length one
    asked : int64 (m,), the places of the targets among ``rows``
    near : int64 (m, k), those of their neighbours, the nearest first
    similarity : float64 (m, k), cosines
    """

    embedding: Embedding
    concept: Located
    direction: Direction
    targets: Listed
    rows: np.ndarray
    unit: np.ndarray
    asked: np.ndarray
    near: np.ndarray
    similarity: np.ndarray

    def beta(self, basis: np.ndarray) -> np.ndarray:
        """The share of each similarity that is owed to directions (components, d), float64 (m, k); NaN where it is undefined."""
        k = self.near.shape[1]
        pairs = np.repeat(self.asked, k), self.near.ravel()
        return beta_of_pairs(self.unit @ basis.T, *pairs, self.similarity.ravel()).reshape(-1, k)

    def by_chance(self, figure: Callable[[np.ndarray], float], draws: int, rng: np.random.Generator) -> np.ndarray:
        """A figure of a basis by as many directions of random pairs of names, float64 (draws,)."""
        pairs, components = max(len(self.concept.sets), 1), len(self.direction.basis)
        bases = random_bases(self.embedding, pairs, components, draws, rng)
        return np.fromiter((figure(basis) for basis in bases), dtype=np.float64, count=draws)

    def settings(self) -> dict[str, Any]:
        """What settings of a result say."""
        direction = {"how": self.direction.how, "components": len(self.direction.basis)}
        return {"k": self.near.shape[1], **direction, "concept": self.concept.report(), "targets": self.targets.report()}


def neighbourhoods(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    k: int = 100,
    how: How = "auto",
    components: int = 1,
    missing: Missing = "drop",
    n_jobs: int | None = None,
) -> Neighbourhoods:
    """The ``k`` nearest names, by cosine, of each target among all names (of the concept's kind, if it has one; never relations).

    Work: targets x names x d.

    Raises
    ------
    DataError : a group or all targets are missing; ParameterError : a setting outside its range

    >>> e = Embedding(["she", "he", "nurse", "nun"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.7, 0.7]])
    >>> found = neighbourhoods(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"], k=1)
    >>> [e.names[int(row)] for row in found.rows[found.near[0]]]
    ['nun']
    """
    require_whole("k", k)
    located = locate(embedding, concept, missing=missing)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    direction = concept_direction(embedding, located, how=how, components=components)
    everyone = locate_targets(embedding, None, kind=located.concept.kind).rows
    outside = np.setdiff1d(listed.rows, everyone)
    if len(outside):
        raise DataError(f"{shorten(embedding.names[int(outside[0])])!r} is a relation, which has no neighbours among names; leave it out")
    found, cosine = nearest_rows(embedding.vectors[everyone], k, queries=np.searchsorted(everyone, listed.rows), n_jobs=n_jobs)
    near = everyone[found]
    rows, place = np.unique(np.concatenate([listed.rows, near.ravel()]), return_inverse=True)
    unit = unit_rows(embedding.vectors[rows], np.float64)
    asked, around = place[: len(listed.rows)], place[len(listed.rows) :].reshape(near.shape)
    return Neighbourhoods(embedding, located, direction, listed, rows, unit, asked, around, cosine.astype(np.float64))
