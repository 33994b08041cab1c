"""Sampled nodes and what they say of all nodes: strata, Neyman allocation, estimates with design-based intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graphemb.errors import ParameterError
from graphemb.kernels.random import RandomState, generator

Z95 = 1.959963984540054
"""The 97.5% point of the normal distribution."""
LEAST = 10
"""Nodes drawn from every stratum that has them, so that its variance can be told."""
PILOT_SHARE = 0.3
PRIOR = 10
"""Weight, in nodes, of the pooled variance in that of a stratum's pilot."""


@dataclass(frozen=True)
class Sample:
    """Nodes drawn without replacement within strata.

    ``rows`` (S,) are the nodes, ``stratum`` (S,) their strata, ``sizes`` (H,) the number of nodes there are in each stratum.
    """

    rows: np.ndarray
    stratum: np.ndarray
    sizes: np.ndarray
    by_name: bool = False
    """The nodes were chosen, not drawn: they are their own population."""

    @property
    def population(self) -> int:
        """N, the number of nodes the sample speaks of."""
        return int(self.sizes.sum())

    @property
    def is_census(self) -> bool:
        """Whether every node of the population is in the sample."""
        return len(self.rows) == self.population


@dataclass(frozen=True)
class Estimate:
    """A mean over the population with the variance of its estimate; ``low`` and ``high`` bound the 95% interval."""

    mean: float
    variance: float

    @property
    def low(self) -> float:
        """Lower end of the normal 95% interval."""
        return self.mean - Z95 * float(np.sqrt(self.variance))

    @property
    def high(self) -> float:
        """Upper end of the normal 95% interval."""
        return self.mean + Z95 * float(np.sqrt(self.variance))


def census(rows: np.ndarray) -> Sample:
    """All nodes of a population, in one stratum: estimates are the mean itself, with variance 0.

    >>> estimate(census(np.arange(3)), np.array([0.0, 0.5, 1.0]))
    Estimate(mean=0.5, variance=0.0)
    """
    rows = np.asarray(rows, dtype=np.int64)
    return Sample(rows, np.zeros(len(rows), dtype=np.int64), np.array([len(rows)]))


def degree_strata(degree: np.ndarray) -> np.ndarray:
    """Stratum of each node: floor(log2 degree), for degrees of at least 1.

    >>> degree_strata(np.array([1, 2, 3, 4, 1000])).tolist()
    [0, 1, 1, 2, 9]
    """
    return np.asarray(np.floor(np.log2(np.maximum(degree, 1))), dtype=np.int64)


def allocate(sizes: np.ndarray, spread: np.ndarray, total: int, least: np.ndarray) -> np.ndarray:
    """Neyman's allocation: S_h proportional to N_h s_h, at least ``least`` and at most N_h, adding up to ``total``.

    What a full stratum cannot take goes to the others. A stratum without spread gets ``least``.

    >>> allocate(np.array([100, 100]), np.array([3.0, 1.0]), 40, np.array([2, 2])).tolist()
    [30, 10]
    """
    low, high = np.minimum(least, sizes), sizes.astype(float)
    total = min(max(total, int(low.sum())), int(sizes.sum()))
    weight = sizes * np.maximum(spread, 1e-3 * max(float(spread.max(initial=0.0)), 1e-9))
    small, large = 0.0, 1.0
    while np.clip(large * weight, low, high).sum() < total:
        large *= 2
    for _ in range(100):  # bisection for the factor at which the clipped shares add up
        middle = (small + large) / 2
        small, large = (middle, large) if np.clip(middle * weight, low, high).sum() < total else (small, middle)
    share = np.clip(large * weight, low, high)
    count = np.floor(share).astype(np.int64)
    rest = total - int(count.sum())
    room = np.argsort(count - share, kind="stable")  # largest remainders first
    for h in [h for h in room if count[h] < sizes[h]][: max(rest, 0)]:
        count[h] += 1
    return count


def stratified_sample(
    rows: np.ndarray,
    stratum: np.ndarray,
    total: int,
    measure: Callable[[np.ndarray], np.ndarray],
    *,
    random_state: RandomState = 0,
) -> Sample:
    """Exactly min(total, N) of the given nodes, more of them from strata that are large and uneven.

    A pilot (about 30%, proportional to the strata, ``LEAST`` from each) is measured; its spread decides the rest by Neyman's allocation.
    The pilot is part of the sample and comes first. As it also decides the allocation, a stratum whose pilot missed its rare large
    values gets few more nodes, and the estimate has a small bias towards the common value. Measured with 3,000 nodes: the 95%
    intervals held 95% of the time for skewed values, and 94% for values that are 1 at a fifth of the nodes and 0 elsewhere; but where
    the ones are 5%, 2% or 1% of the nodes, 89 to 91%, 82 to 84% and 73 to 81% (S = 200 and 1,000), the estimate being 4 to 17% low.

    Parameters
    ----------
    rows : int64 (N,), the population
    stratum : int64 (N,), labels in an order: where there are more than S / 2 strata, neighbouring ones are merged
    total : S, at least 2; N or more gives a census
    measure : ``measure(rows)`` gives the quantity to be estimated, a float for each of the nodes, NaN where it has none

    Source: Neyman, "On the two different aspects of the representative method", JRSS 1934.
    """
    if total < 2:
        raise ParameterError(f"expected at least 2 sources, got {total}")
    rows = np.asarray(rows, dtype=np.int64)
    if total >= len(rows):
        return census(rows)
    rng = generator(random_state)
    stratum = _merged(np.unique(stratum, return_inverse=True)[1], total // 2)
    sizes = np.bincount(stratum)
    least = np.minimum(sizes, max(2, min(LEAST, total // len(sizes))))
    order = [rng.permutation(rows[stratum == h]) for h in range(len(sizes))]
    first = allocate(sizes, np.ones(len(sizes)), int(PILOT_SHARE * total), least)
    pilot = np.concatenate([o[:k] for o, k in zip(order, first, strict=True)])
    values = np.split(measure(pilot), np.cumsum(first)[:-1])
    spread = _spread(values)
    final = allocate(sizes, spread, total, first)
    rest = np.concatenate([o[k:m] for o, k, m in zip(order, first, final, strict=True)])
    labels = np.arange(len(sizes))
    return Sample(np.concatenate([pilot, rest]), np.concatenate([np.repeat(labels, first), np.repeat(labels, final - first)]), sizes)


def _merged(stratum: np.ndarray, most: int) -> np.ndarray:
    """Labels 0, 1, ... of at most ``most`` strata: again and again the smallest joins the smaller of its neighbours.

    >>> _merged(np.array([0, 0, 0, 1, 2, 2, 3]), 2).tolist()
    [0, 0, 0, 1, 1, 1, 1]
    """
    groups = np.arange(stratum.max(initial=-1) + 1)
    sizes = np.bincount(stratum).tolist()
    while len(sizes) > max(most, 1):
        small = int(np.argmin(sizes))
        before = small == len(sizes) - 1 or (small > 0 and sizes[small - 1] <= sizes[small + 1])
        first = small - 1 if before else small
        sizes[first : first + 2] = [sizes[first] + sizes[first + 1]]
        groups[groups > first] -= 1
    return np.asarray(groups[stratum])


def _spread(values: list[np.ndarray]) -> np.ndarray:
    """Standard deviation of each stratum, drawn towards that of all: a few nodes that happen to be alike say little of the rest."""
    seen = [v[np.isfinite(v)] for v in values]
    squares = np.array([((v - v.mean()) ** 2).sum() if len(v) else 0.0 for v in seen])
    freedom = np.array([max(len(v) - 1, 0) for v in seen])
    pooled = squares.sum() / max(freedom.sum(), 1)
    return np.asarray(np.sqrt((squares + PRIOR * pooled) / (freedom + PRIOR)))


def estimate(sample: Sample, values: np.ndarray) -> Estimate:
    """The mean over those nodes of the population that have a value, from the values of the sample (NaN: has none).

    With W_h = N_h / N, z = 1 where there is a value (else 0), y = z times the value and Z = sum W_h mean_h(z), the estimate is
    R = sum W_h mean_h(y) / Z and its variance sum W_h^2 (1 - f_h) s_h^2 / S_h, with f_h = S_h / N_h and s_h the standard deviation
    of (y - R z) / Z. Where every node has a value this is the stratified mean with its finite-population variance; a census
    has variance 0. The interval is about this population's mean and about nothing beyond it.
    """
    has = np.isfinite(values)
    if not has.any():
        return Estimate(float("nan"), float("nan"))
    drawn = np.bincount(sample.stratum, minlength=len(sample.sizes))
    weight = sample.sizes / sample.population
    y = np.where(has, values, 0.0)
    share = float(weight @ _mean_by(sample.stratum, has.astype(float), drawn))
    mean = float(weight @ _mean_by(sample.stratum, y, drawn)) / share
    residual = (y - mean * has) / share
    centre = _mean_by(sample.stratum, residual, drawn)
    squares = np.bincount(sample.stratum, (residual - centre[sample.stratum]) ** 2, minlength=len(drawn)) / np.maximum(drawn - 1, 1)
    variance = weight**2 * (1 - drawn / sample.sizes) * squares / np.maximum(drawn, 1)
    return Estimate(mean, float(variance.sum()))


def population_share(sample: Sample, has: np.ndarray) -> int:
    """How many nodes of the population have the property, estimated unless the sample is a census."""
    drawn = np.bincount(sample.stratum, minlength=len(sample.sizes))
    return round(float(sample.sizes @ _mean_by(sample.stratum, has.astype(float), drawn)))


def _mean_by(stratum: np.ndarray, values: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    return np.bincount(stratum, values, minlength=len(drawn)) / np.maximum(drawn, 1)


def wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95% interval of a share of ``n`` trials ("Probable inference", JASA 1927): sensible at 0 and 1 too.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    >>> [round(end.item(), 3) for end in wilson(np.array(0.0), np.array(100))]
    [0.0, 0.037]
    """
    middle = share + Z95**2 / (2 * n)
    half = Z95 * np.sqrt(share * (1 - share) / n + (Z95 / (2 * n)) ** 2)
    low = np.where(share > 0, (middle - half) / (1 + Z95**2 / n), 0.0)  # 0 but for rounding
    return low, np.minimum((middle + half) / (1 + Z95**2 / n), 1.0)
