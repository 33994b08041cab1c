"""SemBias: which of four pairs of words is most like he and she, a pair by definition, by stereotype, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.bias.direction import random_bases
from graphemb.analysis.bias.extremes import leaning_direction
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import locate
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing, find_names
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_sembias
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

NONE = "none"


def sembias(
    embedding: Embedding,
    concept: Concept | str | None = None,
    *,
    rows: pd.DataFrame | None = None,
    pair: Sequence[str] | None = ("she", "he"),
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The share of rows of four pairs (a, b) in which the stereotype (doctor, nurse) has the largest cosine of a - b with he - she.

    The other shares are those of the pair by definition (priest, nun), the answer of an embedding that knows the difference and
    nothing else, and of the two that are neither. Without bias the stereotype is one of three pairs that are not by definition:
    ``null`` = (1 - share of definition) / 3. ``p`` is the share of ``draws`` directions (differences of two random names) along which the
    stereotype's share exceeds its null by as much. The interval resamples stereotypes, each with all its rows.

    Source: Zhao et al., "Learning gender-neutral word embeddings", arXiv 1809.01496. Null, test and interval are ours; rows are at length
    one.

    Parameters
    ----------
    concept : gender if not given
    rows : a table with columns ``definition``, ``stereotype`` and others, each cell a pair (second group's name, first group's);
        the 440 published rows if not given
    pair : names of the first and the second group whose difference is the direction; None is the concept's own direction

    Returns
    -------
    BiasResult : the three shares; ``details`` has a row for each distinct stereotype: rows, and how often it wins

    Raises
    ------
    DataError : no row is there whole; a column is lacking; UnknownNameError : a name of the pair, or with missing="error" any, is not there

    >>> e = Embedding(["she", "he", "nun", "priest", "nurse", "doctor", "lid", "cup"],
    ...     [[1, 0], [-1, 0], [1, 2], [-1, 2], [2, 3], [0, 3], [0, 1], [0.1, 1]])
    >>> table = pd.DataFrame({"definition": [("priest", "nun")], "none": [("cup", "lid")], "stereotype": [("doctor", "nurse")]})
    >>> sembias(e, rows=table, draws=10).table.values.tolist()
    [['definition', 1.0], ['stereotype', 0.0], ['none', 0.0]]
    """
    require_whole("draws", draws, least=0)
    located = locate(embedding, "gender" if concept is None else concept, missing=missing)
    table = load_sembias() if rows is None else rows
    if not {"definition", "stereotype"} <= set(table.columns):
        raise DataError(f"SemBias needs columns 'definition' and 'stereotype', got {', '.join(map(str, table.columns))}")
    places, lacking = _rows(embedding, table, missing)
    gaps = _gaps(embedding, places)
    which = table.columns.get_indexer(["definition", "stereotype"])
    best = (gaps @ leaning_direction(embedding, located, pair)).argmax(axis=1)
    won = best[:, None] == which
    definition, stereotype = won.mean(axis=0)
    rng = generator(random_state)
    excess = _excess(won)
    bases = random_bases(embedding, 1, 1, draws, rng)
    chance = np.fromiter((_excess((gaps @ basis[0]).argmax(axis=1)[:, None] == which) for basis in bases), dtype=np.float64, count=draws)
    by_pair = _by_stereotype(embedding, places[:, which[1]], won[:, 1])
    sums = resampled_means(by_pair[["wins", "rows"]].to_numpy(dtype=np.float64), rng)
    low, high = interval(sums[:, 0] / sums[:, 1])
    facts: dict[str, Any] = {"rows": len(places), "asked": len(table), "missing": lacking, "pair": None if pair is None else list(pair)}
    return BiasResult(
        "sembias",
        pd.DataFrame({"pair": ["definition", "stereotype", NONE], "share": [definition, stereotype, 1 - definition - stereotype]}),
        float((1 - definition) / 3),
        "stereotypes are taken for definitions more often than unrelated pairs are",
        float(stereotype),
        low,
        high,
        *chance_test(chance, excess),
        by_pair.sort_values("wins", ascending=False, kind="stable").reset_index(drop=True),
        {**facts, "concept": located.report(), "random_state": seed_in_words(random_state)},
    )


def _excess(won: np.ndarray) -> float:
    """Share of the stereotype less its null."""
    definition, stereotype = won.mean(axis=0)
    return float(stereotype - (1 - definition) / 3)


def _rows(embedding: Embedding, table: pd.DataFrame, missing: Missing) -> tuple[np.ndarray, list[str]]:
    """Rows of the embedding by row, pair and side, int64 (m, pairs, 2), of rows that are there whole; and the names that are not there."""
    names = np.array([[list(map(str, cell)) for cell in row] for row in table.itertuples(index=False)], dtype=object)
    if names.ndim != 3 or names.shape[2] != 2:
        raise DataError("each cell of a SemBias table is a pair of names")
    at = find_names(embedding, names.ravel()).reshape(names.shape)
    lacking = list(dict.fromkeys(names[at < 0].tolist()))
    if lacking and missing == "error":
        raise UnknownNameError("name", lacking[0], embedding.names.candidates(lacking[0]), place="the embedding (SemBias)")
    whole = at[(at >= 0).all(axis=(1, 2))]
    if not len(whole):
        raise DataError(f"no row of SemBias has all its names in the embedding; missing are {', '.join(map(repr, lacking[:5]))}, ...")
    return whole, lacking


def _gaps(embedding: Embedding, rows: np.ndarray) -> np.ndarray:
    """b - a of each pair at length one, float64 (m, pairs, d): the way to the first group."""
    unit = unit_rows(embedding.vectors[rows.ravel()], np.float64).reshape(*rows.shape, -1)
    gaps = unit[:, :, 1] - unit[:, :, 0]
    length = np.linalg.norm(gaps, axis=2, keepdims=True)
    return np.asarray(np.divide(gaps, length, out=np.zeros_like(gaps), where=length > 0))


def _by_stereotype(embedding: Embedding, pairs: np.ndarray, won: np.ndarray) -> pd.DataFrame:
    """By distinct stereotype: its names, its rows, and how many it wins."""
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    names = np.asarray(embedding.names)[distinct]
    counts = {"rows": np.bincount(place.ravel()), "wins": np.bincount(place.ravel(), won).astype(int)}
    return pd.DataFrame({"first": names[:, 0], "second": names[:, 1], **counts})
