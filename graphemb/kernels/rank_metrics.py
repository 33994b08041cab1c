"""What ranks are worth: mean rank, reciprocal rank and hits, raw and adjusted for chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import digamma, polygamma

from graphemb.errors import ParameterError
from graphemb.kernels.checks import require_whole

HITS = (1, 3, 10)


def rank_metrics(ranks: np.ndarray, candidates: np.ndarray, hits: Sequence[int] = HITS) -> dict[str, float]:
    """All figures of n ranks r_i among C_i candidates each.

    - ``MRR`` = mean 1 / r_i; ``hits@k`` = share of r_i <= k; ``MR`` = mean r_i
    - ``AMR`` = MR / E[MR], 1 for a random order; ``AMRI`` = 1 - (MR - 1) / (E[MR] - 1), 0 for a random order and 1 at best
    - ``adjusted-MRR``, ``adjusted-hits@k`` = (M - E[M]) / (1 - E[M]), 0 for a random order and 1 at best
    - ``z-MRR``, ``z-hits@k`` = (M - E[M]) / sqrt(V[M]), and ``z-MR`` with its sign turned: how many standard deviations better than a
      random order

    Parameters
    ----------
    ranks : numbers of at least 1, of any shape; halves where ties are shared
    candidates : whole numbers of the same shape, the answer included
    hits : the k of hits@k

    Returns
    -------
    {"MRR": ..., "hits@1": ..., ..., "z-MR": ...}; NaN for everything without ranks, and for what compares with chance where chance is
    already perfect (each answer is the only candidate)

    E and V are those of :func:`chance_values`, V as if ranks were independent. Answers of one question share their candidates, so chance
    spreads wider than V where questions have many known answers (on Nations z figures of random scores have a deviation of 1.1).

    Source: "On the ambiguity of rank-based evaluation of entity alignment or link prediction methods" (arXiv 2002.06914) for AMR and
    AMRI; "A unified framework for rank-based evaluation metrics for link prediction in knowledge
    graphs" (arXiv 2203.07544) for the adjusted and z figures.

    >>> {name: round(value, 3) for name, value in rank_metrics(np.array([1, 4]), np.array([7, 7]), hits=[3]).items()}
    ... # doctest: +NORMALIZE_WHITESPACE
    {'MRR': 0.625, 'hits@3': 0.5, 'MR': 2.5, 'AMR': 0.625, 'AMRI': 0.5, 'adjusted-MRR': 0.404, 'adjusted-hits@3': 0.125, 'z-MR': 1.061,
     'z-MRR': 1.283, 'z-hits@3': 0.204}
    """
    ranks, candidates = np.ravel(ranks), np.ravel(candidates)
    if len(ranks) != len(candidates):
        raise ParameterError(f"expected a number of candidates for each of {len(ranks):,} ranks, got {len(candidates):,}")
    if not len(ranks):
        nothing = {name: np.full(1, np.nan) for name in rank_values(ranks, hits)}
        return {name: float(value[0]) for name, value in figures_of(nothing, nothing, nothing).items()}
    expected, variance = chance_values(candidates, hits)
    means = [{name: values.mean(keepdims=True) for name, values in part.items()} for part in (rank_values(ranks, hits), expected)]
    spread = {name: values.sum(keepdims=True) / len(ranks) ** 2 for name, values in variance.items()}
    return {name: float(value[0]) for name, value in figures_of(means[0], means[1], spread).items()}


def rank_values(ranks: np.ndarray, hits: Sequence[int] = HITS) -> dict[str, np.ndarray]:
    """float64 like ``ranks``, what each rank gives to ``MRR``, ``hits@k`` and ``MR``, whose means these are.

    >>> {name: values.tolist() for name, values in rank_values(np.array([1.0, 2.5]), [2]).items()}
    {'MRR': [1.0, 0.4], 'hits@2': [1.0, 0.0], 'MR': [1.0, 2.5]}
    """
    for k in hits:
        require_whole("k of hits@k", k)
    ranks = np.asarray(ranks, dtype=np.float64)
    return {"MRR": 1 / ranks, **{f"hits@{k}": (ranks <= k).astype(np.float64) for k in hits}, "MR": ranks}


def chance_values(candidates: np.ndarray, hits: Sequence[int] = HITS) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Expectation and variance of :func:`rank_values` where every rank from 1 to C is as likely.

    With H(C) = sum_{j <= C} 1/j and H2(C) = sum_{j <= C} 1/j^2:

    - MRR: H(C) / C, and (C H2(C) - H(C)^2) / C^2
    - hits@k: p = min(k / C, 1), and p (1 - p)
    - MR: (C + 1) / 2, and (C^2 - 1) / 12

    Parameters
    ----------
    candidates : whole numbers C of at least 1, of any shape

    >>> expected, variance = chance_values(np.array([2]), [1])
    >>> [round(part["MRR"][0].item(), 4) for part in (expected, variance)]
    [0.75, 0.0625]
    """
    C = np.asarray(candidates, dtype=np.float64)
    harmonic, squares = digamma(C + 1) + np.euler_gamma, np.pi**2 / 6 - polygamma(1, C + 1)
    shares = {f"hits@{k}": np.minimum(k / C, 1) for k in hits}
    expected = {"MRR": harmonic / C, **shares, "MR": (C + 1) / 2}
    bounded = np.where(C > 1, np.maximum(C * squares - harmonic**2, 0) / C**2, 0)  # of one candidate rounding leaves 1e-16
    return expected, {"MRR": bounded, **{name: p * (1 - p) for name, p in shares.items()}, "MR": (C**2 - 1) / 12}


def figures_of(
    means: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], variance: Mapping[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """All figures from means, element by element: those of many resamples at once.

    Parameters
    ----------
    means, expected : of the names of :func:`rank_values`, arrays of one shape: means over the ranks, and their expectations by chance
    variance : of those means; None leaves the z figures out

    >>> made = figures_of({"MR": np.array([2.0])}, {"MR": np.array([3.0])})
    >>> made["AMRI"].tolist()
    [0.5]
    """
    found = dict(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        found["AMR"] = means["MR"] / expected["MR"]
        found["AMRI"] = _nothing_for_perfect(1 - (means["MR"] - 1) / (expected["MR"] - 1), expected["MR"] > 1)
        rising = [name for name in means if name != "MR"]
        for name in rising:
            room = 1 - expected[name]
            found[f"adjusted-{name}"] = _nothing_for_perfect((means[name] - expected[name]) / room, room > 1e-12)
        for name in ["MR", *rising] if variance is not None else []:
            assert variance is not None  # tells the type checker what the line above says
            sign = -1.0 if name == "MR" else 1.0
            z = sign * (means[name] - expected[name]) / np.sqrt(variance[name])
            found[f"z-{name}"] = _nothing_for_perfect(z, variance[name] > 0)
    return found


def _nothing_for_perfect(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """NaN where chance leaves no room to be better; NaN means stay NaN."""
    return np.where(there, values, np.nan)
