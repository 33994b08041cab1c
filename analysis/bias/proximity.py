"""Proximity bias: how many of a name's neighbours owe their nearness to a concept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import How
from graphemb.analysis.bias.neighbourhood import Neighbourhoods, neighbourhoods
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import Targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.kernels.checks import require_whole, require_within
from graphemb.kernels.random import RandomState, generator


def proximity_bias(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    k: int = 100,
    threshold: float = 0.05,
    how: How = "auto",
    components: int = 1,
    draws: int = 200,
    missing: Missing = "drop",
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> BiasResult:
    """The mean share of the targets' neighbours whose similarity is owed to the concept by more than a threshold.

        eta(w) = | { v among the k nearest of w : beta(w, v) > threshold } | / k,      beta the indirect bias

    Between 0 and 1. The interval resamples targets; ``p`` is the share of ``draws`` random directions (of as many random pairs of names as
    the concept has pairs) with as much, and ``chance`` in the settings their mean: some similarity is owed to every direction.

    Source: Kumar, Bhotia, Kumar and Chakraborty, "Nurse is closer to woman than surgeon?", arXiv 2006.01938. The test is ours. Work:
    targets x names x d.

    Parameters
    ----------
    targets : names, a named list, or all names outside the concept
    k : neighbours
    threshold : of beta, which is at most 1
    how, components : see :func:`graphemb.analysis.bias.direction.concept_direction`

    Returns
    -------
    BiasResult : by target ``eta`` and its mean ``beta``, the most biased first

    Raises
    ------
    DataError : a group or all targets are missing; ParameterError : a setting outside its range

    >>> e = Embedding(["she", "he", "nurse", "nun"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.7, -0.7]])
    >>> proximity_bias(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"], k=1).value
    0.0
    """
    require_within("threshold", threshold, -1.0, 1.0)
    require_whole("draws", draws, least=0)
    around = neighbourhoods(embedding, concept, targets, k=k, how=how, components=components, missing=missing, n_jobs=n_jobs)
    rng = generator(random_state)
    beta = around.beta(around.direction.basis)
    eta = (beta > threshold).mean(axis=1)
    low, high = interval(resampled_means(eta[:, None], rng)[:, 0])
    chance = around.by_chance(lambda basis: float((around.beta(basis) > threshold).mean()), draws, rng)
    table = pd.DataFrame({"name": around.targets.names, "eta": eta, "beta": mean_beta(beta)})
    return BiasResult(
        "proximity-bias",
        table.sort_values("eta", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"neighbours are near because of {around.concept.concept.name}",
        float(eta.mean()),
        low,
        high,
        *chance_test(chance, float(eta.mean())),
        settings=_settings(around, threshold, chance, random_state),
    )


def gipe(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    k: int = 100,
    threshold: float = 0.05,
    how: How = "auto",
    components: int = 1,
    draws: int = 200,
    missing: Missing = "drop",
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> BiasResult:
    """Gender-based illicit proximity estimate, of any concept: the weighted mean of the targets' proximity bias.

        GIPE = sum over w of gamma(w) eta(w) / sum gamma(w),      gamma(w) = 1 + | biased edges into w | / | edges into w |

    where an edge goes from every target to each of its k neighbours and is biased if beta exceeds the threshold. A target that is nobody's
    neighbour has gamma 1, and there are only edges from targets, so more targets mean other weights. Between 0 and 1; interval, ``p`` and
    ``chance`` as of :func:`proximity_bias`, which has the parameters too.

    Source: Kumar, Bhotia, Kumar and Chakraborty, "Nurse is closer to woman than surgeon?", arXiv 2006.01938.

    Returns
    -------
    BiasResult : by target ``eta``, ``weight``, and the numbers of edges ``into`` it and of those that are ``biased``; the most biased first

    >>> e = Embedding(["she", "he", "nurse", "nun"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.7, 0.7]])
    >>> gipe(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse", "nun"], k=1, threshold=-0.1).value
    1.0
    """
    require_within("threshold", threshold, -1.0, 1.0)
    require_whole("draws", draws, least=0)
    around = neighbourhoods(embedding, concept, targets, k=k, how=how, components=components, missing=missing, n_jobs=n_jobs)
    rng = generator(random_state)
    eta, weight, into, biased = _weighted(around, around.beta(around.direction.basis) > threshold)
    value = float((weight * eta).sum() / weight.sum())
    sums = resampled_means(np.stack([weight * eta, weight], axis=1), rng)
    low, high = interval(sums[:, 0] / sums[:, 1])

    def figure(basis: np.ndarray) -> float:
        by_target, weights, _, _ = _weighted(around, around.beta(basis) > threshold)
        return float((weights * by_target).sum() / weights.sum())

    chance = around.by_chance(figure, draws, rng)
    table = pd.DataFrame({"name": around.targets.names, "eta": eta, "weight": weight, "into": into, "biased": biased})
    return BiasResult(
        "gipe",
        table.sort_values(["eta", "weight"], ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"neighbours are near because of {around.concept.concept.name}, biased names weighing more",
        value,
        low,
        high,
        *chance_test(chance, value),
        settings=_settings(around, threshold, chance, random_state),
    )


def mean_beta(beta: np.ndarray) -> np.ndarray:
    """By row the mean of what is defined, NaN where nothing is."""
    known = np.isfinite(beta)
    sums, times = np.where(known, beta, 0.0).sum(axis=1), known.sum(axis=1)
    return np.asarray(np.divide(sums, times, out=np.full(len(beta), np.nan), where=times > 0))


def _weighted(around: Neighbourhoods, over: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """eta and gamma of each target, edges into it, and biased ones."""
    size = len(around.rows)
    into = np.bincount(around.near.ravel(), minlength=size)[around.asked]
    biased = np.bincount(around.near[over], minlength=size)[around.asked]
    return over.mean(axis=1), 1 + biased / np.maximum(into, 1), into, biased


def _settings(around: Neighbourhoods, threshold: float, chance: np.ndarray, random_state: RandomState) -> dict[str, object]:
    facts = {**around.settings(), "threshold": threshold, "chance": float(chance.mean()) if len(chance) else None}
    return {**facts, "random_state": seed_in_words(random_state)}
