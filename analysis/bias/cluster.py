"""Cluster bias: do names that leaned to different sides still fall into different clusters?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphemb.analysis.bias.agreement import agreement
from graphemb.analysis.bias.extremes import Labels, labelled
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.guessing import clusters
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows


def cluster_bias(
    embedding: Embedding,
    concept: Concept | str,
    *,
    labels: Labels = "extremes",
    original: Embedding | None = None,
    count: int = 500,
    pair: Sequence[str] | None = None,
    words: bool = False,
    n_starts: int = 50,
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The share of names that k-means, with as many clusters as groups, puts into the cluster of their own group.

    By default the names are the most biased ones of the *original* space, so that an edit which took the direction out but left names
    that leaned to one side near to each other is found out. Clusters get the groups that fit best, so the figure lies between 1 / groups
    and 1, and names at random do not give 1 / groups: ``null`` is its mean over all relabellings of the names, and ``p`` the share of
    relabellings with as much, both exact for two groups. The interval resamples names, the clusters being as they are.

    Source: test 1 of Gonen and Goldberg, "Lipstick on a Pig", arXiv 1903.03862 (500 + 500 words; 1.0 means two clusters, female and
    male). Chance and p are ours. Rows are taken at length one; of ``n_starts`` starts the tightest clusters are kept, as single ones end in
    poor optima after an edit.

    Parameters
    ----------
    labels : "extremes", "groups" (the concept's own names) or a concept, see :func:`graphemb.analysis.bias.extremes.labelled`
    original : the space before the edit, from which the extremes are; this embedding if not given
    count : extremes a side
    pair, words : of the extremes, see :func:`graphemb.analysis.bias.extremes.biased_names`

    Returns
    -------
    BiasResult : by group ``names``, and the share of them that is ``right``

    Raises
    ------
    DataError : fewer than two names of a group

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(40)], rng.normal(size=(40, 3)) + np.repeat([[3.0], [-3.0]], 20, axis=0))
    >>> sides = Concept("side", {"a": [str(i) for i in range(20)], "b": [str(i) for i in range(20, 40)]})
    >>> found = cluster_bias(e, sides, labels="groups")
    >>> found.value, round(found.null, 2), found.p < 1e-9
    (1.0, 0.56, True)
    """
    require_whole("n_starts", n_starts)
    require_whole("draws", draws)
    named = labelled(embedding, concept, labels, original=original, count=count, pair=pair, words=words, missing=missing)
    rng = generator(random_state)
    x, groups = unit_rows(embedding.vectors[named.all_rows]), named.labels
    guesses = clusters(x, len(named.rows), n_starts=n_starts, seed=int(rng.integers(2**31 - 1)))
    found = agreement(groups, guesses, rng, match=True, draws=draws)
    low, high = interval(resampled_means(found.right[:, None].astype(np.float64), rng)[:, 0])
    sizes = np.bincount(groups)
    shares = np.bincount(groups, found.right) / sizes
    return BiasResult(
        "cluster-bias",
        pd.DataFrame({"group": list(named.rows), "names": sizes, "right": shares}),
        found.chance,
        f"names of the groups of {named.concept.name} lie in different clusters",
        found.share,
        low,
        high,
        found.p,
        found.p_kind,
        settings={
            "labels": labels if isinstance(labels, str) else labels.name,
            "names": named.report(),
            "original": original is not None,
            "count": count,
            "pair": None if pair is None else list(pair),
            "words": words,
            "n_starts": n_starts,
            "random_state": seed_in_words(random_state),
        },
    )
