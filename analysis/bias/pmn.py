"""PMN: the share of neighbours that lean to the second group, such as the percentage of male neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import How
from graphemb.analysis.bias.extremes import FLAT
from graphemb.analysis.bias.neighbourhood import neighbourhoods
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import Targets, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows


def pmn(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    k: int = 100,
    how: How = "auto",
    draws: int = 200,
    missing: Missing = "drop",
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> BiasResult:
    """The share of the targets' nearest neighbours that lie on the second group's side of a concept of two groups.

        PMN(w) = | { v among the k nearest of w : cos(v, g) < 0 } | / k,      g pointing to the first group

    ``value`` is the mean over targets. Without bias it is the share of *all* names on that side, which need not be a half: that is
    ``null``. A name without a leaning (|cos| up to 1e-6, as after a projection) counts half on either side. The interval resamples targets;
    ``p`` is two-sided: the share of ``draws`` directions of random pairs of names for which the mean is as far from the share of all names.
    A mean says little where targets lean both ways: ``spread`` in the settings is their mean distance from the null.

    Source: percent male neighbours of Gonen and Goldberg, arXiv 1903.03862, and Kumar et al., arXiv 2006.01938. Null and test are ours.

    Parameters
    ----------
    targets : names, a named list, or all names outside the concept
    k : neighbours
    how : see :func:`graphemb.analysis.bias.direction.concept_direction`

    Returns
    -------
    BiasResult : by target its ``share`` and ``projection`` (positive: first group), the furthest from the null first

    Raises
    ------
    DataError : a group or all targets are missing, more than two groups

    >>> e = Embedding(["she", "he", "nurse", "nun", "smith"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.7, 0.7], [-0.4, 0.8]])
    >>> found = pmn(e, Concept.from_pairs("gender", [("she", "he")], groups=("female", "male")), ["nurse"], k=2)
    >>> found.value, found.null
    (0.0, 0.4)
    """
    require_whole("draws", draws, least=0)
    around = neighbourhoods(embedding, concept, targets, k=k, how=how, missing=missing, n_jobs=n_jobs)
    asked = around.concept.concept
    asked.require_groups(2, 2)
    everyone = unit_rows(embedding.vectors[locate_targets(embedding, None, kind=asked.kind).rows])

    def shares(basis: np.ndarray) -> tuple[np.ndarray, float]:
        """By target, and of all names."""
        direction = basis[0].astype(np.float32)
        return _second(around.unit @ basis[0])[around.near].mean(axis=1), float(_second(everyone @ direction).mean())

    rng = generator(random_state)
    share, null = shares(around.direction.basis)
    low, high = interval(resampled_means(share[:, None], rng)[:, 0])

    def gap(basis: np.ndarray) -> float:
        by_target, of_all = shares(basis)
        return abs(float(by_target.mean()) - of_all)

    chance = around.by_chance(gap, draws, rng)
    table = pd.DataFrame({"name": around.targets.names, "share": share, "projection": (around.unit @ around.direction.first)[around.asked]})
    return BiasResult(
        "pmn",
        table.iloc[np.argsort(-np.abs(share - null), kind="stable")].reset_index(drop=True),
        null,
        f"more neighbours lean to {list(asked.groups)[1]} than of all names",
        float(share.mean()),
        low,
        high,
        *chance_test(chance, abs(float(share.mean()) - null)),
        settings={
            **around.settings(),
            "spread": float(np.abs(share - null).mean()),
            "random_state": seed_in_words(random_state),
        },
    )


def _second(cosines: np.ndarray) -> np.ndarray:
    """1 on the second group's side, 0 on the first's, a half where a name leans to neither."""
    return np.where(np.abs(cosines) <= FLAT, 0.5, cosines < 0)
