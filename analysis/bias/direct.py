"""Direct bias: how far names lean along the direction of a concept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import Direction, How, concept_direction, mean_lengths, random_bases
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Located, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows


def direct_bias(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    strictness: float = 1.0,
    how: How = "auto",
    components: int = 1,
    draws: int = 1_000,
    missing: Missing = "drop",
    before: Embedding | None = None,
    random_state: RandomState = 0,
) -> BiasResult:
    """The mean absolute cosine of the targets with the direction of the concept.

        DirectBias_c(N) = 1/|N| sum over w in N of |P w|^c,      P the projection on the direction(s), |w| = 1, c the strictness.

    Between 0 (no bias) and 1. Its interval resamples the targets. Without any bias it is still above 0, as every direction meets every
    vector a little: ``p`` is the share of ``draws`` random directions (of as many random pairs of all names as the concept has pairs) along
    which the targets lean as far, and ``chance`` in the settings is their mean.

    Source: Bolukbasi et al., "Man is to Computer Programmer as Woman is to Homemaker?", arXiv 1607.06520. The test is ours.

    Parameters
    ----------
    concept : two groups (or more), or the name of a concept
    targets : names, a named list, or all names but those of the concept's defining sets
    strictness : c, above 0; 0.5 counts small leanings more, 2 less
    how, components : see :func:`graphemb.analysis.bias.direction.concept_direction`
    before : an embedding in the same columns that has the direction in place of this one, such as the one that was edited: an edit may
        leave no direction to look for, or a small one that points anywhere

    Returns
    -------
    BiasResult : by target its ``projection`` (signed, towards the first group; the length of the projection where components > 1) and
        ``bias``, the most biased first

    Raises
    ------
    DataError : a group or all targets are missing, ``before`` has other columns; ParameterError : a setting outside its range

    >>> e = Embedding(["she", "he", "nurse", "smith"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    >>> round(direct_bias(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse", "smith"]).value, 3)
    0.3
    """
    require_positive("strictness", strictness)
    require_whole("draws", draws, least=0)
    located = locate(embedding, concept, missing=missing)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    direction = _direction(embedding, before, located, how, components, missing)
    unit = unit_rows(embedding.vectors[listed.rows], np.float64)
    along = unit @ direction.basis.T
    length = np.linalg.norm(along, axis=1)
    bias = length**strictness
    rng = generator(random_state)
    low, high = interval(resampled_means(bias[:, None], rng)[:, 0])
    chance = mean_lengths(unit, random_bases(embedding, max(len(located.sets), 1), components, draws, rng), strictness)
    table = pd.DataFrame({"name": listed.names, "projection": along[:, 0] if components == 1 else length, "bias": bias})
    return BiasResult(
        "direct-bias",
        table.sort_values("bias", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names lean along the direction of {located.concept.name}",
        float(bias.mean()),
        low,
        high,
        *chance_test(chance, float(bias.mean())),
        settings={
            "strictness": strictness,
            "how": direction.how,
            "components": components,
            "direction of": "the embedding" if before is None else "the embedding before",
            "explained": direction.shares[:10].tolist(),
            "chance": float(chance.mean()) if len(chance) else None,
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _direction(embedding: Embedding, before: Embedding | None, located: Located, how: How, components: int, missing: Missing) -> Direction:
    if before is None:
        return concept_direction(embedding, located, how=how, components=components)
    if before.dim != embedding.dim:
        raise DataError(f"the embedding before has {before.dim} columns and this one {embedding.dim}; they share no directions")
    return concept_direction(before, locate(before, located.concept, missing=missing), how=how, components=components)
