"""Mean difference: what separates the means of two groups is projected out."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError


class MeanDifference(Edit):
    """Project out the directions in which the means of groups differ: E - E B^T B with B an orthonormal basis of the span of m_i - m_1.

    Afterwards all groups have the same mean, so no linear classifier tells them apart better than by their sizes. Rank: groups - 1.

    Source: the rank-one eraser that Belrose et al., "LEACE", arXiv 2306.03819, compare with; for two balanced groups SAL (Shao et al.,
    arXiv 2203.07893) of rank one.

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["a", "b", "c"], [[1.0, 1.0], [-1.0, 1.0], [0.5, 0.0]])
    >>> MeanDifference().fit_transform(e, Concept("side", {"left": ("a",), "right": ("b",)})).vectors.tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    """

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "groups"
        located.concept.require_groups(2)
        means = np.stack([embedding.vectors[r].mean(axis=0, dtype=np.float64) for r in located.rows.values()])
        gaps = means[1:] - means[0]
        _, size, axes = np.linalg.svd(gaps, full_matrices=False)
        basis = axes[size > 1e-9 * max(np.abs(means).max(), 1e-30)]
        if not len(basis):
            raise DataError(f"the groups of {located.concept.name!r} have the same mean already, so there is nothing to take out")
        return LinearMap(basis.T, basis)
