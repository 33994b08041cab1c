"""DECOR: the space that unwanted rows span is projected out, by degrees, and each of its axes is explained by names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from graphemb.analysis.edits.edit import Edit, LinearMap, RowMap, unit
from graphemb.data.concept import Located, find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.checks import require_whole, require_within
from graphemb.kernels.warn import warn

Rows = Literal["auto", "names", "centred", "differences"]
SHOWN = 20
"""Names a side that explain an axis, kept for :meth:`DECOR.axes`."""


@dataclass(frozen=True)
class SameLength:
    """A linear map, after which every row gets the length back that it had; rows that vanish stay zero.

    >>> g = np.array([[1.0, 0.0]])
    >>> SameLength(LinearMap(g.T, g)).apply(np.array([[3.0, 4.0]])).tolist()
    [[0.0, 5.0]]
    """

    inner: LinearMap

    @property
    def unit(self) -> bool:
        return self.inner.unit

    @property
    def rank(self) -> int:
        return self.inner.rank

    def apply(self, x: np.ndarray) -> np.ndarray:
        return unit(self.inner.apply(x)) * np.linalg.norm(x, axis=1, keepdims=True)


class DECOR(Edit):
    """Decomposition and projection: with U = A S V^T the unwanted rows and V_r the first r of their right singular vectors,

        E' = E - (E - c) V_r diag(a_j) V_r^T,      a_j = alpha s_j^2 / (s_j^2 + lam)

    ``alpha`` 0 leaves the rows, 1 (with lam = 0) makes them orthogonal to all unwanted rows; twice alpha is once 1 - (1 - alpha)^2. The
    soft ``lam`` spares axes that the unwanted rows hardly use. Which rows are unwanted decides what is lost: names of a topic share an
    axis that says what they have in common; of two groups that is not what tells them apart (the first axis of twenty female and male
    words is "a person", and without it professions lean *more*), so groups give differences. :meth:`axes` says what each axis means.

    Source: Jang et al., "DECOR: Decomposition and Projection of Text Embeddings for Text-to-Image Customization", arXiv 2412.09169, where
    the rows are the tokens of a text. Ours beside it: differences, a part of the rank, lam, preserved names, centring.

    Parameters
    ----------
    rows : what of the concept is unwanted. "names": the rows of all its names; "centred": these less their mean; "differences": each name
        of a defining set less the mean of the set, or, without sets, the mean of each group less the mean of these; "auto":
        differences, or names where there is one group only
    undesired : rows of one's own (m, d) in place of a concept
    rank : axes to take: all, a number of them, or the fewest that hold a share of the energy, as a fraction below 1
    alpha : how much of each axis goes, 0 to 1
    lam : the soft part, at least 0, in the unit of s^2 (rows have length one, so all of them together have m)
    preserve : names whose rows must not change; axes are sought orthogonal to them
    centre : the mean of all rows is the origin c, and stays where it is
    renorm : rows get their length back afterwards
    normalise : unwanted rows of a concept are brought to length one first

    Raises
    ------
    ParameterError : a rank above the number of axes, a setting outside its range; DataError : preserved names that are all missing

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["red", "blue", "car"], [[1.0, 0.2, 0.0], [1.0, -0.2, 0.0], [0.5, 0.5, 1.0]])
    >>> DECOR(rank=1).fit_transform(e, Concept("colour", {"colour": ("red", "blue")})).vectors.astype(float).round(2).tolist()
    [[0.0, 0.2, 0.0], [0.0, -0.2, 0.0], [0.0, 0.5, 1.0]]
    """

    def __init__(
        self,
        *,
        rows: Rows = "auto",
        undesired: Any = None,
        rank: float | None = None,
        alpha: float = 1.0,
        lam: float = 0.0,
        preserve: Sequence[str] = (),
        centre: bool = False,
        renorm: bool = False,
        normalise: bool = True,
    ):
        self.rows = rows
        self.undesired = undesired
        self.rank = rank
        self.alpha = alpha
        self.lam = lam
        self.preserve = preserve
        self.centre = centre
        self.renorm = renorm
        self.normalise = normalise

    @property
    def takes_concept(self) -> bool:
        """A concept is needed unless the unwanted rows are given."""
        return self.undesired is None

    def axes(self, k: int = 5) -> pd.DataFrame:
        """What each axis means: its singular value, share of the energy, strength a_j, and the names that lean most to either end."""
        self._require_fitted()
        require_whole("k", k, most=SHOWN)
        return _shortened(self.axes_, k)

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> RowMap:
        self._check()
        centre = x.mean(axis=0) if self.centre else None
        unwanted, ahead, used = self._unwanted(embedding, located, centre)
        scale = float(np.linalg.norm(unwanted))
        kept = self._preserved(embedding, centre)
        unwanted, ahead = (y - y @ kept.T @ kept for y in (unwanted, ahead))
        _, size, axes = np.linalg.svd(unwanted, full_matrices=False)
        there = int((size > 1e-6 * max(scale, 1e-300)).sum())
        r = chosen_rank(size[:there], self.rank, len(unwanted))
        axes, size = axes[:r].copy(), size[:there]
        axes[(axes @ ahead) < 0] *= -1
        energy = size[:r] ** 2
        strength = np.asarray(self.alpha * energy / (energy + self.lam))
        self.axes_ = explained(axes, size, strength, x, np.asarray(embedding.names)[rows])
        self.notes_ = {"unwanted": used, "unwanted_rows": len(unwanted), "preserved": len(kept)}
        self.notes_ |= {"axes": _shortened(self.axes_, 5).head(5).drop(columns="axis").to_dict("records")}
        if not r:
            warn("the unwanted rows are zero, or all that they span is to be preserved, so nothing is taken out", DataWarning)
        learned = LinearMap(axes.T * strength, axes, centre)
        return SameLength(learned) if self.renorm else learned

    def _check(self) -> None:
        if self.rows not in ("auto", "names", "centred", "differences"):
            raise ParameterError(f"rows must be 'auto', 'names', 'centred' or 'differences', got {self.rows!r}")
        if isinstance(self.preserve, str):
            raise ParameterError(f"preserve takes a list of names, as in preserve=('a','b'), got the string {self.preserve!r}")
        require_within("alpha", self.alpha, 0.0, 1.0)
        require_within("lam", self.lam)

    def _unwanted(self, embedding: Embedding, located: Located | None, centre: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, str]:
        """The unwanted rows (m, d), the side that axes point to (d,), and what they are."""
        if located is None:
            given = np.atleast_2d(np.asarray(self.undesired, dtype=np.float64))
            if given.ndim != 2 or given.shape[1] != embedding.dim or not np.isfinite(given).all():
                raise DataError(f"undesired must be finite rows of {embedding.dim} columns, got shape {given.shape}")
            given = given if centre is None else given - centre
            return given, given.sum(axis=0), "given rows"
        used = self.rows if self.rows != "auto" else "differences" if len(located.rows) > 1 else "names"

        def read(at: np.ndarray) -> np.ndarray:
            found = embedding.vectors[at].astype(np.float64)
            found = unit(found) if self.normalise else found
            return found if centre is None else found - centre

        if used != "differences":
            listed = read(np.unique(located.all_rows))
            listed = listed - listed.mean(axis=0) if used == "centred" else listed
            first = read(next(iter(located.rows.values())))
            return listed, first.mean(axis=0) if used == "names" else first.mean(axis=0) - read(located.all_rows).mean(axis=0), used
        located.concept.require_groups(2)
        if len(located.sets):
            members = read(located.sets.ravel()).reshape(*located.sets.shape, -1)
            spread = members - members.mean(axis=1, keepdims=True)
            return spread.reshape(-1, embedding.dim), spread[:, 0].sum(axis=0), "differences within sets"
        means = np.stack([read(at).mean(axis=0) for at in located.rows.values()])
        means -= means.mean(axis=0)
        return means, means[0], "differences of means"

    def _preserved(self, embedding: Embedding, centre: np.ndarray | None) -> np.ndarray:
        """An orthonormal basis of what the preserved rows span, (k, d)."""
        if not len(self.preserve):
            return np.empty((0, embedding.dim))
        at = find_names(embedding, self.preserve, self.kind_)
        if not (at >= 0).any():
            raise DataError(f"none of the {len(self.preserve)} names to preserve is in the embedding; check how names are spelt there")
        if (at < 0).any():
            warn(f"{(at < 0).sum()} of {len(at)} names to preserve are not in the embedding", DataWarning)
        kept = embedding.vectors[at[at >= 0]].astype(np.float64)
        _, size, axes = np.linalg.svd(kept if centre is None else kept - centre, full_matrices=False)
        return np.asarray(axes[size > 1e-9 * max(size.max(), 1e-300)])


def _shortened(axes: pd.DataFrame, k: int) -> pd.DataFrame:
    return axes.assign(**{end: [", ".join(names[:k]) for names in axes[end]] for end in ("ahead", "behind")})


def chosen_rank(size: np.ndarray, rank: float | None, rows: int) -> int:
    """How many of the axes with these singular values: all, a number, or the fewest that hold a share of the energy.

    >>> chosen_rank(np.array([3.0, 1.0]), 0.9, 2), chosen_rank(np.array([3.0, 1.0]), None, 2)
    (1, 2)
    """
    if rank is None:
        return len(size)
    if isinstance(rank, float) and rank < 1:
        require_within("rank", rank, 1e-9, 1.0)
        energy = np.cumsum(size**2)
        return int(np.searchsorted(energy, rank * energy[-1] * (1 - 1e-12)) + 1) if len(size) else 0
    require_whole("rank", rank)
    if rank > len(size):
        raise ParameterError(f"the {rows} unwanted rows span {len(size)} axes, and rank={rank} was asked for")
    return int(rank)


def explained(axes: np.ndarray, size: np.ndarray, strength: np.ndarray, x: np.ndarray, names: np.ndarray) -> pd.DataFrame:
    """One row an axis: singular value, share of the energy, strength, and the names with the highest and the lowest cosine with it."""
    along = unit(x) @ axes.T
    order = np.argsort(-along, axis=0, kind="stable")
    return pd.DataFrame(
        {
            "axis": np.arange(1, len(axes) + 1),
            "singular_value": size[: len(axes)],
            "energy": size[: len(axes)] ** 2 / max((size**2).sum(), 1e-300),
            "strength": strength,
            "ahead": [list(names[order[:SHOWN, j]]) for j in range(len(axes))],
            "behind": [list(names[order[::-1][:SHOWN, j]]) for j in range(len(axes))],
        }
    )
