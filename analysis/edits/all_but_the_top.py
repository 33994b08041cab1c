"""All-but-the-top: the mean and the strongest principal components of all rows are taken out."""

from __future__ import annotations

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap, unit
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole


class AllButTheTop(Edit):
    """x - mu - sum of the first D principal components u_j of the rows: ((x - mu).u_j) u_j.

    In word vectors these directions hold what all words share, frequency above all, and without them similarities may follow meaning
    more closely; in graphs the first is mostly degree. Gains are not sure: on words it helps some tests and hurts others. Needs no concept.

    Source: Mu and Viswanath, "All-but-the-Top: Simple and effective postprocessing for word representations", arXiv 1702.01417.

    Parameters
    ----------
    components : D; None is a hundredth of the columns, rounded, as the authors advise; 0 takes out the mean alone
    normalise : rows are brought to length one before, and after

    Raises
    ------
    DataError : rows vary in no more directions than that, as few or equal rows do; ParameterError : as many as there are columns

    >>> e = Embedding(["a", "b", "c"], [[5.0, 1.0], [3.0, 0.5], [1.0, -1.5]])
    >>> AllButTheTop(components=0).fit_transform(e).vectors.tolist()
    [[2.0, 1.0], [0.0, 0.5], [-2.0, -1.5]]
    """

    needs = "nothing"

    def __init__(self, *, components: int | None = None, normalise: bool = False):
        self.components = components
        self.normalise = normalise

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        count = max(round(x.shape[1] / 100), 1) if self.components is None else self.components
        require_whole("components", count, least=0)
        if count >= x.shape[1]:
            raise ParameterError(f"components must be below the {x.shape[1]} columns, got {count}: nothing would be left")
        x = unit(x) if self.normalise else x
        mean = x.mean(axis=0)
        size, axes = np.linalg.eigh(np.cov(x, rowvar=False).reshape(x.shape[1], -1))
        top = axes[:, ::-1][:, :count]
        total = max(float(size.sum()), 1e-300)
        there = int((size > max(size[-1], 0.0) * 1e-12).sum())
        if count and count >= there:
            raise DataError(f"the {len(x):,} rows vary in {there} directions, and without {count} of them nothing would be left")
        self.notes_ = {"components": count, "variance_share": float(size[::-1][:count].sum() / total)}
        return LinearMap(top, top.T, centre=mean, unit=self.normalise, shift=mean)
