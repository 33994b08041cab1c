"""Half-sibling regression: what names that belong to a concept can say of a row is subtracted from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap
from graphemb.analysis.edits.hard import exact_rows, specific_names
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive


class HalfSibling(Edit):
    """Subtract from each row what a ridge regression on the specific names of the concept predicts of it. With D (d, m) their vectors as
    columns and x a row:

        x <- x - D (D^T D + alpha I)^-1 D^T x = U diag(alpha / (s^2 + alpha)) U^T x + (what lies outside D),      D = U s V^T.

    The d columns are the observations of the regression, the names its variables. Directions in which specific names are
    long and many (s^2 far above ``alpha``) go, others stay. The specific names are left alone. Rank: that of D; work n d rank.

    Source: Yang and Feng, "A causal inference method for reducing gender bias in word embedding relations", AAAI 2020. The singular
    vectors give the same map as their m x m inverse, for any number of names.

    Parameters
    ----------
    alpha : ridge, above 0, in squared lengths of rows. Theirs, 60, is for some hundred names with vectors as long as those of GloVe: rows
        of length one and a few names need a smaller one, or nearly nothing is moved (``moved_share`` in ``meta`` says how much)
    specific : the names D is made of, or the name of a list of them; "auto" as in :class:`~graphemb.analysis.edits.hard.HardDebias`

    Raises
    ------
    DataError : none of the names is in the embedding; ParameterError : ``alpha`` is not above 0

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> HalfSibling(alpha=2.0).fit_transform(e, Concept.from_pairs("sex", [("she", "he")]))["nurse"].astype(float).round(2).tolist()
    [0.3, 0.8]
    """

    needs = "groups"

    def __init__(self, *, alpha: float = 60.0, specific: Sequence[str] | str = "auto"):
        self.alpha = alpha
        self.specific = specific

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "groups"
        require_positive("alpha", self.alpha)
        source, listed = specific_names(located, self.specific)
        at = exact_rows(embedding, listed, self.kind_)
        if not listed:
            raise DataError(f"half-sibling regression takes names that mean {located.concept.name!r}, and it has none; give specific=")
        if not len(at):
            raise DataError(f"none of the {len(listed):,} specific names of {located.concept.name!r} is in the embedding; give specific=")
        _, size, axes = np.linalg.svd(embedding.vectors[at].astype(np.float64), full_matrices=False)
        keep = size > 1e-9 * size.max(initial=0.0)
        basis, share = axes[keep], size[keep] ** 2 / (size[keep] ** 2 + self.alpha)
        self.untouched_ = tuple(embedding.names[int(r)] for r in at)
        self.notes_ = {"specific": {"list": source, "asked": len(listed), "found": len(at)}, "strongest": float(share.max(initial=0.0))}
        return LinearMap(basis.T * share, basis)
