"""RND: the relative norm distance of targets from the means of two groups."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import unit_groups
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, resampled_means, times_drawn
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError
from graphemb.kernels.partition_test import split_test
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

NUMBERS_AT_ONCE = 2**22
"""Distances computed at a time: 32 MiB."""


def rnd(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    distance: Literal["euclidean", "cosine"] = "euclidean",
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """How much nearer the targets lie to the mean of the second group than to that of the first.

        RND = mean over targets w of ( |w - mean X| - |w - mean Y| ),      all vectors of length one before the means are taken

    Below 0 the names lie nearer to X, above 0 nearer to Y. The paper sums over the targets; the mean can be compared between lists. With
    ``distance="cosine"`` it is cos(w, mean Y) - cos(w, mean X) in place of the difference of norms. ``p`` is two-sided: it deals the names
    of X and Y out to two groups of the same sizes anew, in all ways where there are at most ``draws``, else in ``draws`` random ones. The
    interval resamples targets, and names within each group.

    Source: Garg et al., "Word embeddings quantify 100 years of gender and ethnic stereotypes", PNAS 2018, arXiv 1711.08412.

    Returns
    -------
    BiasResult : by target its ``difference``, the furthest from 0 first

    Raises
    ------
    DataError : a group or all targets are missing; ParameterError : an unknown distance

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> round(rnd(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"]).value, 3)
    -0.894
    """
    if distance not in ("euclidean", "cosine"):
        raise ParameterError(f"distance must be 'euclidean' or 'cosine', got {distance!r}")
    located = locate(embedding, concept, missing=missing, groups=2)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    w = unit_rows(embedding.vectors[listed.rows], np.float64)
    x, y = unit_groups(embedding, located)
    rng, both, m = generator(random_state), np.concatenate([x, y]), len(x)

    def dealt(orders: np.ndarray) -> np.ndarray:
        first, second = (both[part].mean(axis=1) for part in (orders[:, :m], orders[:, m:]))
        return np.asarray(_differences(w, first, second, distance).mean(axis=1))

    at_once = max(1, NUMBERS_AT_ONCE // max(len(w), both.size))
    test = split_test(dealt, (m, len(y)), alternative="two-sided", draws=draws, at_once=at_once, random_state=rng)
    found = _differences(w, x.mean(axis=0)[None], y.mean(axis=0)[None], distance)[0]
    low, high = interval(_resampled(w, x, y, distance, rng))
    table = pd.DataFrame({"name": listed.names, "difference": found})
    first, second = located.rows
    return BiasResult(
        "rnd",
        table.sort_values("difference", key=np.abs, ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names lie nearer to {second} than to {first}",
        float(found.mean()),
        low,
        high,
        test.p,
        test.p_kind,
        settings={
            "distance": distance,
            "sum": float(found.sum()),
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _differences(w: np.ndarray, x: np.ndarray, y: np.ndarray, distance: str) -> np.ndarray:
    """For each pair of centres (k, d), the difference of the distances of every target (n, d) from both, (k, n)."""
    return _distances(w, x, distance) - _distances(w, y, distance)


def _distances(w: np.ndarray, centres: np.ndarray, distance: str) -> np.ndarray:
    products, size = centres @ w.T, np.einsum("ij,ij->i", centres, centres)[:, None]
    if distance == "cosine":
        return np.asarray(1 - np.divide(products, np.sqrt(size), out=np.zeros_like(products), where=size > 0))
    products *= -2
    products += 1 + size
    return np.sqrt(np.maximum(products, 0, out=products), out=products)


def _resampled(w: np.ndarray, x: np.ndarray, y: np.ndarray, distance: str, rng: np.random.Generator) -> np.ndarray:
    """The measure in resamples of targets and of the names within both groups, float64 (draws,)."""
    first, second, found = resampled_means(x, rng), resampled_means(y, rng), np.empty(DRAWS)
    step = max(1, NUMBERS_AT_ONCE // len(w))
    for start in range(0, DRAWS, step):
        part = slice(start, min(start + step, DRAWS))
        times = times_drawn(part.stop - start, len(w), rng)
        found[part] = np.einsum("ij,ij->i", times, _differences(w, first[part], second[part], distance)) / len(w)
    return found
