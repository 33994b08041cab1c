"""Oracle LEACE: the edit of those who know the label of every name they edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphemb.analysis.edits.edit import Edit, RowMap
from graphemb.analysis.edits.labels import labels_of
from graphemb.data.concept import Located, find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.checks import require_within


@dataclass(frozen=True)
class Unlabelled:
    """The identity, which is all that can be done to a row without a label; ``shifts`` (k, d) is what is taken from each group."""

    shifts: np.ndarray
    unit: bool = False

    @property
    def rank(self) -> int:
        return int(np.linalg.matrix_rank(self.shifts, tol=1e-9 * max(float(np.abs(self.shifts).max(initial=0.0)), 1e-300)))

    def apply(self, x: np.ndarray) -> np.ndarray:
        return np.array(x)


class OracleLEACE(Edit):
    """Take from each row what its label predicts: x - Sigma_xz Sigma_zz^+ (z - E z). Of labels that are groups this is

        x - (m_g - m),      m_g the mean of the group g of x, m that of all labelled rows.

    Labels are told by name: rows of names in no group stay as they are. Afterwards rows and labels have no covariance, and no other edit
    that does this moves the labelled rows less, :class:`~graphemb.analysis.edits.leace.LEACE` included. But it needs labels wherever it is
    used, and its output may tell them to other than linear classifiers even where its input did not.

    Source: Belrose et al., "LEACE: Perfect linear concept erasure in closed form", arXiv 2306.03819, section on oracle erasure.

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["a", "b", "c"], [[1.0, 1.0], [-1.0, 1.0], [0.5, 0.0]])
    >>> OracleLEACE().fit_transform(e, Concept("side", {"left": ("a",), "right": ("b",)})).vectors.tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.5, 0.0]]
    """

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> Unlabelled:
        assert located is not None  # needs = "groups"
        labels = labels_of(embedding, located, "groups")
        self.notes_, self.groups_ = labels.report(), {label: located.concept.groups[label] for label in labels.groups}
        known = embedding.vectors[labels.rows].astype(np.float64)
        return Unlabelled(labels.means(known) - known.mean(axis=0))

    def _goal(self, x: np.ndarray, embedding: Embedding, rows: np.ndarray, chosen: RowMap) -> np.ndarray:
        assert isinstance(chosen, Unlabelled)
        code = np.full(len(embedding), -1)
        for number, names in enumerate(self.groups_.values()):
            at = find_names(embedding, names, self.kind_)
            code[at[at >= 0]] = number
        return _shifted(x, code[rows], chosen.shifts)

    def apply(self, vectors: np.ndarray, *, strength: float = 1.0, labels: Sequence[str | None] | None = None) -> np.ndarray:
        """Vectors that belong to no name of the embedding, (m, d), by the group that each belongs to; None leaves one as it is.

        Raises
        ------
        ParameterError : no labels; UnknownNameError : a label that is no group of the concept
        """
        kept = super().apply(vectors, strength=strength)
        if labels is None or len(labels) != len(kept):
            raise ParameterError(f"oracle-leace needs the group of each of the {len(kept)} vectors: apply(vectors, labels=[...])")
        known = list(self.groups_)
        for label in labels:
            if label is not None and label not in known:
                raise UnknownNameError("label", label, known, remedy=f"groups: {', '.join(known)}")
        require_within("strength", strength, 0.0, 1.0)
        code = np.array([-1 if label is None else known.index(label) for label in labels], dtype=np.int64)
        assert isinstance(self.map_, Unlabelled)
        return _shifted(kept, code, strength * self.map_.shifts).astype(kept.dtype)


def _shifted(x: np.ndarray, code: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    moved = np.array(x)
    labelled = code >= 0
    moved[labelled] -= shifts[code[labelled]].astype(moved.dtype)
    return moved
