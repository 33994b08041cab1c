"""Double-hard debiasing: a frequency direction is taken out first, so that hard debiasing finds a purer direction of the concept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import How
from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.edits.chain import Composed
from graphemb.analysis.edits.edit import Edit, unit
from graphemb.analysis.edits.hard import HardDebias
from graphemb.analysis.recovery import LEAST, recovery
from graphemb.data.concept import Concept, Located, find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator


@dataclass(frozen=True)
class WithoutComponent:
    """x - (x.u) u - mean, of rows of length one; rows of zeros stay.

    >>> WithoutComponent(np.array([1.0, 0.0]), np.array([0.0, 0.5])).apply(np.array([[0.6, 0.8]])).round(2).tolist()
    [[0.0, 0.3]]
    """

    component: np.ndarray
    mean: np.ndarray
    unit: bool = True

    @property
    def rank(self) -> int:
        return 1

    def apply(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x - np.outer(x @ self.component, self.component) - self.mean * x.any(axis=1, keepdims=True))


class DoubleHard(Edit):
    """Hard debiasing after one principal component of all rows is taken out, the one whose loss helps it most.

    For each of the first ``candidates`` principal components u of the centred rows: x <- x - (x.u) u - mean, the direction of the concept
    is found anew, hard debiasing follows, and 2-means clusters the names that leaned most to either group before. The u whose clusters
    agree least with the groups is kept. In word vectors it is a direction of frequency, in graphs one of degree. ``accuracies_`` lists
    all candidates.

    Source: Wang et al., "Double-Hard Debias", ACL 2020, arXiv 2005.00965, as their notebook does it: the component is that of the
    uncentred row, and the direction is found after it is gone. Departures: all rows have length one before; sets are equalised
    where hard debiasing equalises them; specific names lose the component too, so that all rows stay in one space.

    Parameters
    ----------
    candidates : components to try, at most as many as rows vary in
    count : names a side by which they are judged: those that lean furthest, see :func:`~graphemb.analysis.bias.extremes.biased_names`
    n_starts : starts of 2-means
    specific, equalise, cases, how : see :class:`~graphemb.analysis.edits.hard.HardDebias`

    Raises
    ------
    DataError : not two groups, or fewer than four names in one by which to judge

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(60)], rng.normal(size=(60, 4)))
    >>> edit = DoubleHard(candidates=2).fit(e, Concept.from_pairs("side", [("0", "1"), ("2", "3")]))
    >>> edit.map_.rank, len(edit.accuracies_)
    (2, 2)
    """

    needs = "sets"

    def __init__(
        self,
        *,
        candidates: int = 20,
        count: int = 1_000,
        n_starts: int = 5,
        specific: Sequence[str] | str = "auto",
        equalise: bool = True,
        cases: bool = True,
        how: How = "auto",
        random_state: RandomState = 0,
    ):
        self.candidates = candidates
        self.count = count
        self.n_starts = n_starts
        self.specific = specific
        self.equalise = equalise
        self.cases = cases
        self.how = how
        self.random_state = random_state

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> Composed:
        assert located is not None  # needs = "sets"
        for name in ("candidates", "count", "n_starts"):
            require_whole(name, getattr(self, name))
        located.concept.require_groups(2, 2)
        chosen = self._choose(unit(x), located, embedding)
        space = _without(embedding, chosen)
        hard = HardDebias(specific=self.specific, equalise=self.equalise, cases=self.cases, how=self.how).fit(
            space, located.concept, kind=self.kind_
        )
        kept = space.vectors[find_names(space, hard.untouched_, self.kind_)].astype(np.float64)
        self.replaced_ = {**dict(zip(hard.untouched_, kept, strict=True)), **hard.replaced_}
        best = self.accuracies_.loc[self.accuracies_["accuracy"].idxmin()]
        self.notes_ = {**hard.notes_, "component": int(best["component"]), "accuracy": float(best["accuracy"])}
        return Composed((chosen, hard.map_))

    def _choose(self, x: np.ndarray, located: Located, embedding: Embedding) -> WithoutComponent:
        """The component without which hard debiasing leaves the least."""
        mean = x.mean(axis=0)
        share, axes = np.linalg.eigh(np.atleast_2d(np.cov(x, rowvar=False)))
        varying = int((share > 1e-12 * max(share.max(), 1e-300)).sum())
        axes = axes.T[::-1][: min(self.candidates, max(varying, 1))]
        labels = self._judges(located, embedding)
        named = find_names(embedding, [*located.concept.all_names, *labels.all_names], self.kind_)
        judged = embedding.take(np.unique(named[named >= 0]))
        seed = int(generator(self.random_state).integers(2**31))
        accuracy = []
        for component in axes:
            space = _without(judged, WithoutComponent(component, mean))
            edited = HardDebias(specific=(), equalise=False, how=self.how).fit_transform(space, located.concept, kind=self.kind_)
            accuracy.append(recovery(edited, labels, probes=("k-means",), n_starts=self.n_starts, random_state=seed)[0].accuracy)
        spread = share[::-1][: len(axes)] / share.sum()
        self.accuracies_ = pd.DataFrame({"component": np.arange(1, len(axes) + 1), "explained": spread, "accuracy": accuracy})
        return WithoutComponent(axes[int(np.argmin(accuracy))], mean)

    def _judges(self, located: Located, embedding: Embedding) -> Concept:
        """The names whose clusters are judged: the most biased ones, or the concept's own where fewer than four lean to a side."""
        try:
            biased = biased_names(embedding, located.concept, self.count)
        except DataError:
            return located.concept
        return biased if min(map(len, biased.groups.values())) >= LEAST else located.concept


def _without(embedding: Embedding, chosen: WithoutComponent) -> Embedding:
    """The embedding with the component out of its vectors, brought to length one before."""
    return embedding.replace(vectors=chosen.apply(unit(embedding.vectors.astype(np.float64))), context=None)
