"""What measures of association share: groups of targets on the one side, groups of attributes on the other, as unit vectors."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.bias.scene import Targets, as_concept, locate
from graphemb.data.concept import Concept, Located, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, shorten
from graphemb.kernels.scorer import unit_rows


def locate_sides(
    embedding: Embedding, concept: Concept | str, targets: Targets, *, groups: int | None = 2, least: int = 2, missing: Missing = "drop"
) -> tuple[Located, Located]:
    """The groups of targets and the groups of attributes, which are those of the concept.

    ``targets`` is a concept, or the name of one; where it is None, the concept's own. ``groups`` is how many each side must have (None: as
    many as the other); a group of targets needs ``least`` names.

    Raises
    ------
    DataError : too few groups or names; a name is both target and attribute; ParameterError : targets that have no groups
    """
    attributes = as_concept(concept)
    chosen = attributes.targets if targets is None else targets
    if not isinstance(chosen, (Concept, str)):
        raise ParameterError(
            f"targets must be two groups of names, a Concept, and {'none were' if chosen is None else 'a list of names was'} given"
        )
    sides = as_concept(chosen)
    wanted = groups if groups is not None else len(attributes.groups)
    found = (
        locate(embedding, sides, missing=missing, groups=wanted, least=least),
        locate(embedding, attributes, missing=missing, groups=wanted),
    )
    both = np.intersect1d(found[0].all_rows, found[1].all_rows)
    if len(both):
        raise DataError(
            f"{shorten(embedding.names[int(both[0])])!r} is both target and attribute; an association with itself tells nothing"
        )
    return found


def unit_groups(embedding: Embedding, located: Located) -> list[np.ndarray]:
    """By group, its rows at length one, float64 (m, d)."""
    return [unit_rows(embedding.vectors[rows], np.float64) for rows in located.rows.values()]


def names_of(embedding: Embedding, located: Located) -> tuple[np.ndarray, np.ndarray]:
    """The name of each row of all groups, and the label of its group."""
    labels = np.array(list(located.rows), dtype=object)
    return np.asarray(embedding.names)[located.all_rows], labels[located.labels]
