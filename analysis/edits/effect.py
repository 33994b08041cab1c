"""What an edit did to a concept: how far names lean along its direction, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.bias.scene import Targets, locate_targets
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.scorer import unit_rows


@dataclass(frozen=True)
class Leaning:
    """The mean absolute cosine of ``names`` names with the direction that a concept had before an edit.

    ``chance`` is that of the names with a random direction of as many columns, sqrt(2 / (pi d)).
    """

    concept: str
    how: str
    names: int
    before: float
    after: float
    chance: float


def leaning(before: Embedding, after: Embedding, concept: Concept, targets: Targets = None) -> Leaning | None:
    """How far names lean along the direction of a concept; None where it has no direction (one group, groups that do not differ).

    The direction is that of ``before`` for both, as an edit may leave none to look for. Names are the targets, or all outside the concept;
    of these, those that have a vector.

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> without = e.replace(vectors=[[0.0, 0.0], [0.0, 0.0], [0.0, 0.8]])
    >>> found = leaning(e, without, Concept.from_pairs("gender", [("she", "he")]))
    >>> round(found.before, 3), found.after
    (0.6, 0.0)
    """
    try:
        located = concept.locate(before)
        direction = concept_direction(before, located)
        rows = locate_targets(before, targets, besides=located).rows
    except DataError:
        return None
    g = direction.first.astype(np.float32)
    was, now = (float(np.abs(unit_rows(e.vectors[rows]) @ g).mean(dtype=np.float64)) for e in (before, after))
    return Leaning(concept.name, direction.how, len(rows), was, now, float(np.sqrt(2 / (np.pi * before.dim))))
