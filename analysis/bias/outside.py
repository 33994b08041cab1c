"""Correlation with outside figures: does the direction of a concept order names as the world does?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from graphemb.analysis.bias.correlation import Kind, correlate
from graphemb.analysis.bias.direction import How, concept_direction
from graphemb.analysis.bias.extremes import leaning_direction
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.data.concept import Concept, Missing, find_names
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_figures
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

Figures: TypeAlias = Mapping[str, float] | pd.Series | str
"""Numbers by name, or the name of some (``winobias-labour``), or of a column of the embedding's attributes."""


def outside_correlation(
    embedding: Embedding,
    concept: Concept | str,
    data: Figures | None = None,
    *,
    figures: Figures | None = None,
    kind: Kind = "pearson",
    pair: Sequence[str] | None = None,
    how: How = "auto",
    draws: int = 10_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The correlation, over names, of cos(w, g) with a figure from outside the embedding, such as the share of women in an occupation.

    Between -1 and 1; 0 without bias, and positive where names with high figures lean to the first group. ``p`` is two-sided, over
    permutations of the names (exact up to eight of them); the interval resamples names.

    Source: section 3.5 of Garg et al., "Word embeddings quantify 100 years of gender and ethnic stereotypes", arXiv 1711.08412, for the
    idea; Bolukbasi et al., arXiv 1607.06520, for the direction.

    Parameters
    ----------
    data, figures : the same thing in two places, one of which is to be given: numbers by name; or the name of published figures, see
        :func:`graphemb.datasets.concepts.load_figures`; or the name of a column of the embedding's attributes
    kind : which correlation the value is, "pearson" or "spearman"; the settings hold both, with their p
    pair : the direction is the difference of these two names; that of the concept (by ``how``) if not given

    Returns
    -------
    BiasResult : by name its ``projection`` and ``figure``, in the order of projections

    Raises
    ------
    DataError : fewer than three names with a figure; ParameterError : no figures, or another kind

    >>> e = Embedding(["she", "he", "nurse", "cook", "smith"], [[1, 0], [-1, 0], [0.6, 0.8], [0.1, 1], [-0.4, 0.8]])
    >>> found = outside_correlation(e, Concept.from_pairs("gender", [("she", "he")]), {"nurse": 0.9, "cook": 0.4, "smith": 0.1})
    >>> round(found.value, 3), round(found.p, 3), found.p_kind
    (0.986, 0.333, 'exact, 6 orders')
    """
    if kind not in ("pearson", "spearman"):
        raise ParameterError(f"kind must be 'pearson' or 'spearman', got {kind!r}")
    require_whole("draws", draws, least=0)
    located = locate(embedding, concept, missing=missing)
    given = _numbers(embedding, data if figures is None else figures, located.concept.kind)
    listed = locate_targets(embedding, list(given.index), missing=missing, kind=located.concept.kind)
    first = pd.Series(given.to_numpy(), index=find_names(embedding, given.index, located.concept.kind))
    figure = first[~first.index.duplicated()].loc[listed.rows].to_numpy(dtype=np.float64)
    g = concept_direction(embedding, located, how=how).first if pair is None else leaning_direction(embedding, located, pair)
    projection = unit_rows(embedding.vectors[listed.rows], np.float64) @ g
    kinds: tuple[Kind, ...] = ("pearson", "spearman")
    both = {name: correlate(projection, figure, generator(random_state), kind=name, draws=draws) for name in kinds}
    found = both[kind]
    table = pd.DataFrame({"name": listed.names, "projection": projection, "figure": figure})
    other: dict[str, Any] = {name: {"r": one.r, "low": one.low, "high": one.high, "p": one.p} for name, one in both.items()}
    return BiasResult(
        "outside-correlation",
        table.sort_values("projection", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names with high figures lean to {next(iter(located.rows))}",
        found.r,
        found.low,
        found.high,
        found.p,
        found.p_kind,
        settings={
            "kind": kind,
            **other,
            "figures": str(given.name or "given"),
            "pair": None if pair is None else list(pair),
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _numbers(embedding: Embedding, figures: Figures | None, kind: str | None) -> pd.Series:
    """Figures by name, without those that are undefined."""
    if figures is None:
        raise ParameterError("outside figures are needed: numbers by name, the name of published figures, or a column of attributes")
    if isinstance(figures, str):
        table = embedding.attributes
        if figures in table:
            wanted = np.ones(len(embedding), dtype=bool) if kind is None or embedding.kinds is None else embedding.kinds == kind
            found = pd.Series(table[figures].to_numpy(), index=np.asarray(embedding.names), name=figures)[wanted]
        else:
            try:
                found = load_figures(figures)
            except UnknownNameError as error:
                columns = ", ".join(map(str, table.columns)) or "none"
                raise UnknownNameError("figures", figures, [], remedy=f"{error.args[0]}; columns of attributes: {columns}") from None
    else:
        found = pd.Series(figures)
    numbers = pd.to_numeric(found, errors="coerce").dropna()
    if len(numbers) < 3:
        raise DataError(f"at least three names with a figure are needed, got {len(numbers)}")
    return numbers.astype(float)
