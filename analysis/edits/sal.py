"""SAL: the directions in which rows covary most with labels are projected out."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap
from graphemb.analysis.edits.labels import LabelsFrom, labels_of
from graphemb.analysis.edits.leace import TOLERANCE, cross_covariance
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataWarning, ParameterError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.warn import warn


class SAL(Edit):
    """Spectral attribute removal: E - E U U^T with U the first left singular vectors of the covariance of rows and labels, U S V^T.

    With all of them (the default: groups - 1) the covariance is zero afterwards and no linear classifier does better than a constant, as
    after :class:`~graphemb.analysis.edits.leace.LEACE` with ``method="orth"``; with fewer, the strongest directions go and a
    part stays. Each direction covaries with the labels most, among those orthogonal to the ones before.

    Source: Shao, Ziser, Cohen, "Gold doesn't always glitter: spectral removal of linear and nonlinear guarded attribute
    information", arXiv 2203.07893. Their kernel variant gives no map of rows, and is not here.

    Parameters
    ----------
    rank : how many directions; all if not given
    labels : "groups", "biased" or "auto", see :func:`graphemb.analysis.edits.labels.labels_of`

    Raises
    ------
    ParameterError : ``rank`` above the number of directions that covary with the labels

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["a", "b", "c"], [[1.0, 1.0], [-1.0, 1.0], [0.5, 0.0]])
    >>> SAL().fit_transform(e, Concept("side", {"left": ("a",), "right": ("b",)})).vectors[:, 1].round(6).tolist()
    [1.0, 1.0, 0.0]
    """

    def __init__(self, *, rank: int | None = None, labels: LabelsFrom = "auto"):
        self.rank = rank
        self.labels = labels

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "groups"
        if self.rank is not None:
            require_whole("rank", self.rank)
        labels = labels_of(embedding, located, self.labels)
        known = embedding.vectors[labels.rows].astype(np.float64)
        u, size, _ = np.linalg.svd(cross_covariance(known, labels), full_matrices=False)
        u = u[:, size > TOLERANCE * np.sqrt((known**2).sum(axis=1).mean())]
        if self.rank is not None and self.rank > max(u.shape[1], 1):
            raise ParameterError(
                f"the labels of {located.concept.name!r} covary with {u.shape[1]} directions, and rank={self.rank} was asked for"
            )
        u = u[:, : self.rank]
        self.notes_ = {**labels.report(), "singular_values": size[: max(u.shape[1], 1)].round(9).tolist()}
        if not u.shape[1]:
            warn(f"the groups of {located.concept.name!r} have the same mean already, so there is nothing to take out", DataWarning)
        return LinearMap(u, u.T)
