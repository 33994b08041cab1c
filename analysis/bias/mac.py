"""MAC: the mean average cosine distance of targets from groups of attributes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import unit_groups
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows


def mac(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The mean cosine distance of the targets from the attributes.

        MAC = mean over targets t and groups A_j of  mean over a in A_j of (1 - cos(t, a))

    Between 0 and 2; 1 is held to be the ideal. In most embeddings all vectors share a direction, and so everything is nearer than 1 to
    everything: ``chance`` in the settings is the MAC of the targets with all names as attributes. The measure says how near targets lie to
    a concept, not to which of its groups, so exchanging names between groups tells nothing: it has no natural permutation test, and ``p``
    is NaN. The interval resamples the targets, and the names within each group.

    Source: Manzini et al., "Black is to Criminal as Caucasian is to Police", NAACL 2019, arXiv 1904.04047.

    Parameters
    ----------
    concept : any number of groups of attributes
    targets : names, a named list, or all names outside the concept

    Returns
    -------
    BiasResult : by target its ``distance``, and one column a group, the nearest first

    Raises
    ------
    DataError : a group or all targets are missing

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> mac(e, Concept.from_pairs("gender", [("she", "he")], groups=("f", "m")), ["nurse"]).table.round(3).to_dict("records")
    [{'name': 'nurse', 'distance': 1.0, 'f': 0.4, 'm': 1.6}]
    """
    located = locate(embedding, concept, missing=missing)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    unit, groups = unit_rows(embedding.vectors[listed.rows], np.float64), unit_groups(embedding, located)
    distances = 1 - np.stack([unit @ group.mean(axis=0) for group in groups], axis=1)
    rng = generator(random_state)
    centres = np.mean([resampled_means(group, rng) for group in groups], axis=0)
    low, high = interval(1 - np.einsum("ij,ij->i", centres, resampled_means(unit, rng)))
    everything = unit_rows(embedding.vectors).mean(axis=0, dtype=np.float64)
    columns = {label: distances[:, j] for j, label in enumerate(located.rows)}
    table = pd.DataFrame({"name": listed.names, "distance": distances.mean(axis=1), **columns})
    return BiasResult(
        "mac",
        table.sort_values("distance", kind="stable").reset_index(drop=True),
        1.0,
        f"names lie away from {located.concept.name}; below it, near",
        float(distances.mean()),
        low,
        high,
        settings={
            "chance": float(1 - unit.mean(axis=0) @ everything),
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )
