"""The direction of a concept: what its pairs, or its groups, differ in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.scorer import unit_rows

How = Literal["auto", "sets", "means", "first-set"]
NUMBERS_AT_ONCE = 2**20


@dataclass(frozen=True)
class Direction:
    """Orthonormal directions of a concept.

    Attributes
    ----------
    basis : float64 (k, d), orthonormal rows; the first points towards the first group
    shares : float64, the share of the spread of the sets along each principal direction; of all of them, not only those in the basis
    how : "sets", "means" or "first-set"
    """

    basis: np.ndarray
    shares: np.ndarray
    how: str

    @property
    def first(self) -> np.ndarray:
        """The first direction, float64 (d,)."""
        return np.asarray(self.basis[0])


def concept_direction(embedding: Embedding, located: Located, *, how: How = "auto", components: int = 1) -> Direction:
    """The directions of a concept, from rows of length one.

    "sets" (the default where the concept has sets): with m_i the mean of set D_i, the first right singular vectors of the stacked w - m_i,
    each set weighed by 1 / |D_i|. Of pairs these are the principal components of the differences *without* centring; centring would take
    out the mean difference, which is what is looked for. "means" (where there are no sets): the difference of the means of two groups, or
    the principal directions of the groups' means of more. "first-set": the difference of the first pair. The sign is such that the first
    group lies on the positive side.

    Source: Bolukbasi et al., "Man is to Computer Programmer as Woman is to Homemaker?", arXiv 1607.06520; several groups as in Manzini et
    al., arXiv 1904.04047.

    Raises
    ------
    DataError : fewer than two groups; no set is there whole; the groups do not differ

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["she", "he"], [[1.0, 1.0], [-1.0, 1.0]])
    >>> concept_direction(e, Concept.from_pairs("gender", [("she", "he")]).locate(e)).first.round(3).tolist()
    [1.0, 0.0]
    """
    if how not in ("auto", "sets", "means", "first-set"):
        raise ParameterError(f"how must be 'auto', 'sets', 'means' or 'first-set', got {how!r}")
    require_whole("components", components)
    located.concept.require_groups(2)
    used = ("sets" if located.concept.sets else "means") if how == "auto" else how
    if used != "means" and not len(located.sets):
        raise DataError(
            f"{located.concept.name!r} has no defining set whose names are all in the embedding ({len(located.concept.sets)} given)"
        )
    means = np.stack([unit_rows(embedding.vectors[rows]).mean(axis=0, dtype=np.float64) for rows in located.rows.values()])
    sets = located.sets[:1] if used == "first-set" else located.sets
    spread = _of_means(means) if used == "means" else _of_sets(embedding, sets)
    _, size, axes = np.linalg.svd(spread, full_matrices=False)
    rank = int((size > size.max(initial=0) * 1e-6).sum()) if size.max(initial=0) > 1e-7 else 0
    if not rank:
        raise DataError(f"the groups of {located.concept.name!r} do not differ in the embedding, so there is no direction between them")
    if components > rank:
        raise DataError(
            f"{located.concept.name!r} has {rank} direction{'' if rank == 1 else 's'}, and components={components} was asked for"
        )
    basis = axes[:components].copy()
    ahead = means[0] - means[1:].mean(axis=0) if used == "means" else _lead(embedding, sets)
    basis[(basis @ ahead) < 0] *= -1
    return Direction(basis, size**2 / (size**2).sum(), used)


def random_bases(
    embedding: Embedding, pairs: int, components: int, draws: int, rng: np.random.Generator, *, unit: bool = True
) -> Iterator[np.ndarray]:
    """``draws`` times the principal directions of the differences of random pairs of names, (components, d): directions of nothing.

    ``unit`` takes the rows at length one.
    """
    n = len(embedding)
    for _ in range(draws):
        first = rng.integers(n, size=max(pairs, components))
        second = (first + rng.integers(1, n, size=len(first))) % n
        sides = (embedding.vectors[first], embedding.vectors[second])
        gaps = unit_rows(sides[0]) - unit_rows(sides[1]) if unit else sides[0] - sides[1]
        yield np.linalg.svd(gaps.astype(np.float64), full_matrices=False)[2][:components]


def mean_lengths(rows: np.ndarray, bases: Iterable[np.ndarray], strictness: float = 1.0) -> np.ndarray:
    """By basis (components, d), the mean over rows (n, d) of the length of their projections to the power of ``strictness``; (bases,).

    All bases are multiplied with a block of rows at a time, so that rows are read once. Memory: 8 MiB beside the bases.

    >>> mean_lengths(np.array([[3.0, 4.0], [1.0, 0.0]]), [np.array([[1.0, 0.0]]), np.eye(2)]).tolist()
    [2.0, 3.0]
    """
    listed = list(bases)
    ends = np.cumsum([0, *map(len, listed)])
    if not listed:
        return np.empty(0)
    stacked, sums = np.concatenate(listed), np.zeros(len(listed))
    step = max(1, NUMBERS_AT_ONCE // len(stacked))
    for start in range(0, len(rows), step):
        squares = np.square(rows[start : start + step] @ stacked.T)
        lengths = np.sqrt(np.add.reduceat(squares, ends[:-1], axis=1))
        sums += (lengths if strictness == 1 else lengths**strictness).sum(axis=0)
    return np.asarray(sums / len(rows))


def _of_sets(embedding: Embedding, sets: np.ndarray) -> np.ndarray:
    unit = unit_rows(embedding.vectors[sets.ravel()], np.float64).reshape(*sets.shape, -1)
    spread: np.ndarray = (unit - unit.mean(axis=1, keepdims=True)) / np.sqrt(sets.shape[1])
    return spread.reshape(-1, spread.shape[2])


def _of_means(means: np.ndarray) -> np.ndarray:
    return np.asarray(means - means.mean(axis=0))


def _lead(embedding: Embedding, sets: np.ndarray) -> np.ndarray:
    """Mean of the first names of the sets less the mean of all others."""
    unit = unit_rows(embedding.vectors[sets.ravel()], np.float64).reshape(*sets.shape, -1)
    return np.asarray(unit[:, 0].mean(axis=0) - unit[:, 1:].mean(axis=(0, 1)))
