"""Neighbour bias: are names that leaned to one side still surrounded by names that leaned there?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.bias.correlation import correlate
from graphemb.analysis.bias.extremes import leanings
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets, as_concept, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.data.concept import Concept, Missing, find_names, without_zeros
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.random import RandomState, generator


def neighbour_bias(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    original: Embedding | None = None,
    k: int = 100,
    pair: Sequence[str] | None = None,
    draws: int = 10_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> BiasResult:
    """The correlation, over targets, of their original bias with the share of their neighbours that were biased the same way.

        r = Pearson over targets w of ( cos(w, g) in the original space,  share of the k neighbours v of w with cos(v, g) > 0 there )

    Neighbours are the exact ones by cosine in *this* space, among the names that do not belong to the concept. Between -1 and 1; without
    bias 0. ``p`` is two-sided, over permutations of the targets; the interval resamples targets.

    Source: test 3 of Gonen and Goldberg, "Lipstick on a Pig", arXiv 1903.03862, who count neighbours on the other (male) side, which turns
    the sign. Work: targets x names x d.

    Parameters
    ----------
    targets : names, a named list, or all names; those that belong to the concept are left out
    original : the space before the edit; this embedding if not given
    k : neighbours
    pair : the direction is the difference of these two names; that of the concept if not given

    Returns
    -------
    BiasResult : by target its original ``projection``, and the ``share`` of its neighbours on the first group's side; by projection

    Raises
    ------
    DataError : fewer than three targets; the spaces share too few names

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([*"ab", *map(str, range(50))], np.concatenate([[[1.0, 0.0], [-1.0, 0.0]], rng.normal(size=(50, 2))]))
    >>> neighbour_bias(e, Concept.from_pairs("side", [("a", "b")]), k=5, draws=99).value > 0.8
    True
    """
    require_whole("k", k)
    require_whole("draws", draws, least=0)
    before = embedding if original is None else original
    rows, lean = leanings(before, concept, pair=pair, missing=missing)
    pool, lean, gone = _in_this_space(embedding, before, rows, lean, as_concept(concept).kind)
    asked = locate_targets(embedding, targets, missing=missing, kind=as_concept(concept).kind)
    place = np.full(len(embedding), -1)
    place[pool] = np.arange(len(pool))
    at = place[asked.rows]
    outside, at = asked.names[at < 0].tolist(), at[at >= 0]
    if len(at) < 3:
        raise DataError(
            f"{len(at)} of the {asked.asked} targets are left that do not belong to {as_concept(concept).name!r}; at least three are needed"
        )
    near, _ = nearest_rows(embedding.vectors[pool], k, queries=at, n_jobs=n_jobs)
    share = (lean[near] > 0).mean(axis=1)
    found = correlate(lean[at], share, generator(random_state), draws=draws)
    table = pd.DataFrame({"name": np.asarray(embedding.names)[pool[at]], "projection": lean[at], "share": share})
    left_out: dict[str, Any] = {"of the concept": outside if targets is not None else len(outside), "not in both spaces": gone}
    settings = {"k": near.shape[1], "pool": len(pool), "original": original is not None, "pair": None if pair is None else list(pair)}
    return BiasResult(
        "neighbour-bias",
        table.sort_values("projection", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names that leaned to one side of {as_concept(concept).name} have neighbours that leaned there",
        found.r,
        found.low,
        found.high,
        found.p,
        found.p_kind,
        settings={
            **settings,
            "targets": {**asked.report(), "left out": left_out},
            "random_state": seed_in_words(random_state),
        },
    )


def _in_this_space(
    embedding: Embedding, before: Embedding, rows: np.ndarray, lean: np.ndarray, kind: str | None
) -> tuple[np.ndarray, np.ndarray, int]:
    """The same names in this space: rows, leanings, and how many names of the space before have no vector here."""
    here = rows if before.names is embedding.names else find_names(embedding, np.asarray(before.names)[rows].tolist(), kind)
    known = here >= 0
    there, _ = without_zeros(embedding, here[known])
    kept = known & np.isin(here, there)
    return here[kept], lean[kept], int((~kept).sum())
