"""OSCaR: the plane of two concepts is turned, more near one of them and less near the other, until they stand at right angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphemb.analysis.bias.direction import How, concept_direction
from graphemb.analysis.edits.edit import Edit, unit
from graphemb.data.concept import Concept, Located
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_concept, load_names
from graphemb.errors import DataError, ParameterError, UnknownNameError

APART = 1e-6
"""Two directions at a smaller angle (in radians) span no plane."""


@dataclass(frozen=True)
class GradedRotation:
    """The part of a row in a plane turns about the origin, from angle a to f(a), and keeps its length; the rest of the row stays.

    ``plane`` (2, d) is orthonormal; ``angle``, above 0 and below pi, is that of the second concept from the first axis. f is linear between
    f(0) = 0, f(angle) = pi / 2 and f(pi) = pi, and goes on with f(a + pi) = f(a) + pi.

    >>> turn = GradedRotation(np.eye(2), np.pi / 4)
    >>> turn.apply(np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 0.0]])).round(3).tolist()
    [[0.0, 1.414], [2.0, 0.0], [0.0, 0.0]]
    """

    plane: np.ndarray
    angle: float
    unit: bool = False

    @property
    def rank(self) -> int:
        return 2

    def apply(self, x: np.ndarray) -> np.ndarray:
        within = x @ self.plane.T
        length, was = np.hypot(within[:, 0], within[:, 1]), np.arctan2(within[:, 1], within[:, 0])
        half = np.floor(was / np.pi) * np.pi
        now = half + np.interp(was - half, [0.0, self.angle, np.pi], [0.0, np.pi / 2, np.pi])
        turned = length[:, None] * np.column_stack([np.cos(now), np.sin(now)])
        return np.asarray(x + (turned - within) @ self.plane)


class OSCaR(Edit):
    """Turn the direction of another concept until it is orthogonal to that of this one; nothing is projected out.

    In the plane of both directions v1 and v2, at an angle t, a row at angle a from v1 is turned by (pi/2 - t) times the share that it has
    on the way to v2: v1 stays, v2 turns by all of it, and rows between by their share of it. Lengths stay, the part of a row outside the
    plane stays, and so both concepts can still be told from it: what goes is that one foretells the other.

    Source: Dev et al., "OSCaR: Orthogonal subspace correction and rectification of biases in word embeddings", EMNLP 2021, arXiv
    2007.00049. Angles are those of a row's part within the plane, of which theirs is a case where rows lie in it. Not linear.

    Parameters
    ----------
    other : the second concept, the name of one, or the name of a list of names, such as "occupations"; if not given, the
        ``targets`` of the concept. Of a list or a concept of one group the direction is the first right singular vector of its unit rows
    how, other_how : of both directions, see :func:`graphemb.analysis.bias.direction.concept_direction`

    Raises
    ------
    ParameterError : no other concept; DataError : both have the same direction, or none of the names is there

    >>> e = Embedding(["she", "he", "nurse", "doctor"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [-0.6, -0.8]])
    >>> sex, work = Concept.from_pairs("sex", [("she", "he")]), Concept.from_pairs("work", [("nurse", "doctor")])
    >>> turned = OSCaR(other=work).fit_transform(e, sex)
    >>> turned["she"].round(3).tolist(), turned["nurse"].round(3).tolist()
    ([1.0, 0.0], [0.0, 1.0])
    """

    needs = "sets"

    def __init__(self, other: Concept | str | None = None, *, how: How = "auto", other_how: How = "auto"):
        self.other = other
        self.how = how
        self.other_how = other_how

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> GradedRotation:
        assert located is not None  # needs = "sets"
        second = self._second(located.concept)
        first = concept_direction(embedding, located, how=self.how).first
        found = (second if self.kind_ is None or second.kind is not None else second.replace(kind=self.kind_)).locate(embedding)
        towards = concept_direction(embedding, found, how=self.other_how).first if len(found.rows) > 1 else _main(embedding, found)
        rest = towards - (towards @ first) * first
        angle = float(np.arctan2(np.linalg.norm(rest), towards @ first))
        if not APART < angle < np.pi - APART:
            raise DataError(f"{located.concept.name!r} and {second.name!r} have the same direction, so no plane to turn")
        self.notes_ = {"other": found.report(), "angle": round(float(np.degrees(angle)), 6)}
        return GradedRotation(np.stack([first, rest / np.linalg.norm(rest)]), angle)

    def _second(self, concept: Concept) -> Concept:
        if self.other is None:
            if concept.targets is None:
                raise ParameterError(f"oscar needs a second concept: other=..., or a concept with targets, which {concept.name!r} has not")
            return concept.targets
        if isinstance(self.other, Concept):
            return self.other
        if not isinstance(self.other, str):
            raise ParameterError(f"other must be a Concept or a name, got {type(self.other).__name__}")
        try:
            return load_concept(self.other)
        except UnknownNameError:
            return Concept(self.other, {self.other: load_names(self.other)})


def _main(embedding: Embedding, found: Located) -> np.ndarray:
    """The direction in which the names of one group are longest together, towards their mean."""
    rows = unit(embedding.vectors[found.all_rows].astype(np.float64))
    axis = np.linalg.svd(rows, full_matrices=False)[2][0]
    return np.asarray(axis if axis @ rows.mean(axis=0) >= 0 else -axis)
