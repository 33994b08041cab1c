"""Mean difference: what separates the means of groups is projected out."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap
from graphemb.analysis.edits.labels import LabelsFrom, labels_of
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataWarning
from graphemb.kernels.warn import warn


class MeanDifference(Edit):
    """Project out the directions in which the means of groups differ: E - E B^T B with B an orthonormal basis of the span of m_i - m_1.

    Afterwards all groups have the same mean, so no linear classifier tells them apart better than by their sizes. Rank: groups - 1. It
    does what :class:`~graphemb.analysis.edits.leace.LEACE` does by a simple orthogonal projection, and moves rows a little more. Where
    the means are equal already it is the identity, with a :class:`DataWarning`.

    Source: the rank-one eraser that Belrose et al., "LEACE", arXiv 2306.03819, compare with; for two balanced groups SAL (Shao et al.,
    arXiv 2203.07893) of rank one.

    Parameters
    ----------
    labels : "groups", "biased" or "auto", see :func:`graphemb.analysis.edits.labels.labels_of`

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["a", "b", "c"], [[1.0, 1.0], [-1.0, 1.0], [0.5, 0.0]])
    >>> MeanDifference().fit_transform(e, Concept("side", {"left": ("a",), "right": ("b",)})).vectors.tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    """

    def __init__(self, *, labels: LabelsFrom = "auto"):
        self.labels = labels

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "groups"
        labels = labels_of(embedding, located, self.labels)
        self.notes_ = labels.report()
        known = embedding.vectors[labels.rows].astype(np.float64)
        means = labels.means(known)
        _, size, axes = np.linalg.svd(means[1:] - means[0], full_matrices=False)
        basis = axes[size > 1e-6 * np.sqrt((known**2).sum(axis=1).mean())]  # below is rounding of single-precision vectors
        if not len(basis):
            warn(f"the groups of {located.concept.name!r} have the same mean already, so there is nothing to take out", DataWarning)
        return LinearMap(basis.T, basis)
