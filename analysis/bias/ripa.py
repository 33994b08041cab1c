"""RIPA: the inner product of names with the relation of a concept, lengths and all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import mean_lengths, random_bases
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Located, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator


def ripa(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The mean absolute relational inner product of the targets.

        RIPA(w) = w . b,      b = (x - y) / |x - y|,      of several pairs the first principal direction of their differences, uncentred

    No vector is brought to length one, for the product is meant to be what training wrote into it: use embeddings with their own lengths.
    A concept without pairs gives b by the difference of the means of its two groups. ``value`` is the mean of |RIPA|, 0 without bias;
    ``mean`` in the settings is that of the signed one, towards the first group. Exchanging x and y only turns the sign, so there is no
    permutation test of one pair; ``p`` is the share of ``draws`` directions of random pairs of names (as many as the concept has) along
    which the targets reach as far, and ``chance`` their mean. The interval resamples the targets.

    Source: Ethayarajh, Duvenaud and Hirst, "Understanding undesirable word embedding associations", ACL 2019, arXiv 1908.06361.

    Returns
    -------
    BiasResult : by target its ``ripa``, the furthest from 0 first

    Raises
    ------
    DataError : a group or all targets are missing; the pairs do not differ

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [3.0, 4.0]])
    >>> round(ripa(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"]).value, 3)
    3.0
    """
    require_whole("draws", draws, least=0)
    located = locate(embedding, concept, missing=missing, groups=2)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    b = _relation(embedding, located)
    w = embedding.vectors[listed.rows].astype(np.float64)
    found = w @ b
    size = np.abs(found)
    rng = generator(random_state)
    low, high = interval(resampled_means(size[:, None], rng)[:, 0])
    chance = mean_lengths(w, random_bases(embedding, max(len(located.sets), 1), 1, draws, rng, unit=False))
    table = pd.DataFrame({"name": listed.names, "ripa": found})
    return BiasResult(
        "ripa",
        table.sort_values("ripa", key=np.abs, ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names have a part along the relation {' - '.join(located.rows)}",
        float(size.mean()),
        low,
        high,
        *chance_test(chance, float(size.mean())),
        settings={
            "mean": float(found.mean()),
            "chance": float(chance.mean()) if draws else None,
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _relation(embedding: Embedding, located: Located) -> np.ndarray:
    """b, float64 (d,), towards the first group."""
    if located.concept.sets and not len(located.sets):
        raise DataError(f"none of the {len(located.concept.sets)} pairs of {located.concept.name!r} is in the embedding whole")
    if len(located.sets):
        first, second = (embedding.vectors[located.sets[:, side]].astype(np.float64) for side in (0, 1))
        gaps = first - second
    else:
        first, second = (embedding.vectors[rows].astype(np.float64) for rows in located.rows.values())
        gaps = (first.mean(axis=0) - second.mean(axis=0))[None]
    if np.abs(gaps).max() <= 1e-7 * max(np.abs(first).max(), np.abs(second).max()):
        raise DataError(f"the groups of {located.concept.name!r} have the same vectors, so there is no relation between them")
    b = np.linalg.svd(gaps, full_matrices=False)[2][0]
    return np.asarray(b if gaps.sum(axis=0) @ b >= 0 else -b)
