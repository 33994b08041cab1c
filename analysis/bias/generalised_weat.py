"""Generalised WEAT: do groups of targets lie near the groups of attributes that match them, for any number of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import locate_sides, names_of, unit_groups
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.kernels.partition_test import split_test
from graphemb.kernels.random import RandomState, generator


def generalised_weat(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    draws: int = 10_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """How well the groups of targets match the groups of attributes, in the order in which both are given.

        g = sum over i of (mean of X_i - mean of the means) . (mean of A_i - mean of the means),      all vectors of length one

    0 where the groups of targets do not differ in their attributes. With two groups this is half the difference of means of
    :func:`graphemb.analysis.bias.weat.weat`. ``p`` deals the targets out to groups of the same sizes anew, and counts how often they match
    as well: all ways where two groups have at most ``draws``, else ``draws`` random ones. The interval resamples names within each group.

    Source: Swinger et al., "What are the biases in my word embedding?", AIES 2019, arXiv 1812.08769.

    Parameters
    ----------
    concept : the attributes, two groups or more
    targets : as many groups; the concept's own ``targets`` if None

    Returns
    -------
    BiasResult : by pair of groups their ``match``: the term of the sum, the largest first; by target its ``group`` and ``match`` in details

    Raises
    ------
    DataError : a group is missing, or another number of groups; a name on both sides

    >>> sides = Concept("sides", {"up": ("a", "b"), "down": ("c", "d")})
    >>> e = Embedding(["a", "b", "c", "d", "good", "bad"], [[1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [0, 1]])
    >>> generalised_weat(e, Concept("worth", {"good": ("good",), "bad": ("bad",)}), sides).value
    1.0
    """
    sides, located = locate_sides(embedding, concept, targets, groups=None, least=1, missing=missing)
    located.concept.require_groups(2)
    x, a = unit_groups(embedding, sides), unit_groups(embedding, located)
    rng = generator(random_state)
    towards = _centred(np.stack([part.mean(axis=0) for part in a]))
    sizes = [len(part) for part in x]
    matches = np.concatenate(x) @ towards.T  # as the rows of towards sum to 0, the centre of the targets drops out of the sum
    owner, each = np.repeat(np.arange(len(x)), sizes), np.repeat(1 / np.array(sizes), sizes)
    test = split_test(lambda orders: matches[orders, owner] @ each, sizes, draws=draws, random_state=rng)
    parts = np.bincount(owner, matches[np.arange(len(owner)), owner] * each, minlength=len(x))
    names, labels = names_of(embedding, sides)
    table = pd.DataFrame({"targets": list(sides.rows), "attributes": list(located.rows), "match": parts})
    details = pd.DataFrame({"name": names, "group": labels, "match": matches[np.arange(len(owner)), owner]})
    low, high = interval(_resampled(x, a, rng))
    return BiasResult(
        "generalised-weat",
        table.sort_values("match", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        ", ".join(f"{target} go with {attribute}" for target, attribute in zip(sides.rows, located.rows, strict=True)),
        test.statistic,
        low,
        high,
        test.p,
        test.p_kind,
        details=details.sort_values("match", ascending=False, kind="stable").reset_index(drop=True),
        settings={
            "concept": located.report(),
            "targets": sides.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _centred(means: np.ndarray) -> np.ndarray:
    return np.asarray(means - means.mean(axis=0))


def _resampled(x: list[np.ndarray], a: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The measure in resamples of the names within each group, float64 (draws,)."""
    targets, attributes = (np.stack([resampled_means(part, rng) for part in side]) for side in (x, a))
    return np.asarray(np.einsum("ijk,ijk->j", targets - targets.mean(axis=0), attributes - attributes.mean(axis=0)))
