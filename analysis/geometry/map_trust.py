"""Trust in maps: whether neighbours on a map of two or three columns are neighbours in the embedding, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from graphemb.analysis.geometry.distances import distance_spearman, pair_distances, sampled_pairs
from graphemb.analysis.geometry.figure import Figure, FigureTable
from graphemb.analysis.geometry.subject import drawn
from graphemb.analysis.provenance import seed_in_words
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.nearest_rows import Similarity, score_blocks
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sampling import Sample, estimate
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.topk import best_columns, ranks_of

Metric = Literal["auto", "cosine", "euclidean"]


@dataclass(frozen=True, repr=False)
class MapTrust(FigureTable):
    """How far a map can be trusted; ``by_name`` has a row for each judged name, ``shepard`` distances of sampled pairs on both sides.

    >>> e = Embedding(list("abcde"), [[0, 0], [1, 0], [3, 0], [6, 0], [10, 0]])
    >>> map_trust(e, e.vectors, k=1, metric="euclidean").colours().tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    reference: ClassVar[str] = "chance"

    names: Names | None = None
    rows: np.ndarray | None = None
    """The judged names, as rows of the map."""

    @property
    def by_name(self) -> pd.DataFrame:
        """``name``, ``trustworthiness``, ``continuity``, ``preservation`` of every judged name, least trustworthy first."""
        return self.tables["by_name"]

    @property
    def shepard(self) -> pd.DataFrame:
        """``embedding`` and ``map``: the distances of sampled pairs, for a Shepard diagram."""
        return self.tables["shepard"]

    def colours(self, column: str = "trustworthiness") -> pd.Series:
        """One value for every name of the map in row order, NaN for those that were not judged: to colour the map with."""
        assert self.names is not None and self.rows is not None
        values = np.full(len(self.names), np.nan)
        by_row = self.by_name.sort_index()
        values[self.rows] = by_row[column]
        return pd.Series(values, name=column)

    def headline(self) -> str:
        """How many names were judged."""
        judged, n, zero = (self.settings[key] for key in ("judged", "names", "zero vectors"))
        left = f"; {zero:,} vectors are zero" if zero else ""
        return f"{judged:,} of {n:,} names, each against all others{left}" if judged < n else f"all {n:,} names"

    def to_dict(self) -> dict[str, Any]:
        """Figures, settings, and the names on the map that can be trusted least; without the pairs of the Shepard diagram."""
        return {**super().to_dict(), "groups": {"by_name": self.by_name.head(200).to_dict("records")}}


def map_trust(
    embedding: Embedding,
    points: Any,
    *,
    k: int = 15,
    sample: int | None = 2_000,
    metric: Metric = "auto",
    pairs: int = 10_000,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> MapTrust:
    """Whether a map shows the neighbourhoods of an embedding, over all and name by name.

        T_i = 1 - 2 / (k (2n - 3k - 1)) sum over j among the k nearest on the map but not in the embedding of (r(i, j) - k)

    with r(i, j) the rank of j by distance from i in the embedding; trustworthiness is the mean of T_i. Continuity is the same with the
    roles exchanged: neighbours that the map tore apart. Both are 1 at best, about 0.5 for a random map. Beside them the share of
    neighbours kept (chance: k / (n - 1)), and Spearman's correlation of distances, which speaks of the whole map and not of
    neighbourhoods.

    Source: Venna, Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001; scikit-learn's ``trustworthiness`` is the
    same figure, with an n x n array. Here names are judged a block at a time against all others: memory 128 MiB.

    Parameters
    ----------
    points : a ``Projection``, or numbers (n, 2) or (n, 3) in the order of the embedding's rows
    k : neighbours, fewer than half the names
    sample : names that are judged, drawn at random, each against all others; the intervals are of this draw. None: all of them. A vector of
        zeros has the same cosine with all, so its name is not judged
    metric : of the embedding; "auto" is that of the projection where it has one, else cosine for vectors without a projection's word
    pairs : pairs of names for the distances

    Raises
    ------
    DataError : points that are not those of the embedding, NaN, fewer than three names; ParameterError : k of half the names or more

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(60)], rng.normal(size=(60, 2)))
    >>> map_trust(e, e.vectors, k=5, metric="euclidean")["trustworthiness"]
    1.0
    """
    require_whole("k", k)
    require_whole("pairs", pairs)
    laid, metric = _points(embedding, points), _metric(points, metric)
    n = len(embedding)
    if 2 * k >= n:
        raise ParameterError(f"k must be less than half of the {n:,} names, got {k}")
    rng = generator(random_state)
    live = np.arange(n) if metric == "euclidean" else np.flatnonzero(embedding.vectors.any(axis=1))
    if not len(live):
        raise DataError("all vectors are zero, so cosines tell no neighbours; use metric='euclidean'")
    if sample is not None:
        require_whole("sample", sample, least=2)
    rows = live if sample is None else drawn(live, sample, rng)
    table = _by_name(embedding, laid, rows, k, metric, n_jobs)
    judged = Sample(rows, np.zeros(len(rows), dtype=np.int64), np.array([len(live)]))
    figures = []
    for key, column, chance in _COLUMNS:
        found = estimate(judged, table[column].to_numpy())
        figures.append(Figure(key if column != "preservation" else f"{key}@{k}", found.mean, found.low, found.high, chance(k, n)))
    chosen = sampled_pairs(n, pairs, rng)
    vectors = unit_rows(embedding.vectors) if metric == "cosine" else embedding.vectors
    shepard = pd.DataFrame({"embedding": pair_distances(vectors, chosen), "map": pair_distances(laid, chosen)})
    skipped = {}
    try:
        both = shepard["embedding"].to_numpy(), shepard["map"].to_numpy()
        value = distance_spearman(*both, complete=chosen.shape[1] == n * (n - 1) // 2)
        figures.append(Figure("distance-spearman", *value, reference=0.0))
    except DataError as error:
        skipped["distance-spearman"] = str(error)
    settings = {"names": n, "zero vectors": n - len(live), "judged": len(rows), "k": k, "metric": metric, "pairs": chosen.shape[1]}
    tables = {"by_name": table.sort_values("trustworthiness", kind="stable"), "shepard": shepard}
    return MapTrust(
        tuple(figures), tables, skipped, settings | {"random_state": seed_in_words(random_state)}, names=embedding.names, rows=rows
    )


def trust_of_random_maps(k: int, n: int) -> float:
    """The expected trustworthiness of a map that has nothing to do with the embedding.

    A neighbour on the map has any rank r from 1 to n - 1 alike, and counts r - k where r > k.

    >>> round(trust_of_random_maps(15, 2_000), 3)
    0.502
    """
    beyond = n - 1 - k
    return 1 - 2 / (2 * n - 3 * k - 1) * beyond * (beyond + 1) / (2 * (n - 1))


_COLUMNS = (
    ("trustworthiness", "trustworthiness", trust_of_random_maps),
    ("continuity", "continuity", trust_of_random_maps),
    ("knn-preservation", "preservation", lambda k, n: k / (n - 1)),
)


def _points(embedding: Embedding, points: Any) -> np.ndarray:
    """float64 (n, 2 or 3)."""
    names = getattr(points, "names", None)
    laid = np.asarray(getattr(points, "points", points), dtype=np.float64)
    n = len(embedding)
    if laid.ndim != 2 or len(laid) != n or not laid.shape[1]:
        raise DataError(f"expected a point for each of the {n:,} names, got an array of shape {laid.shape}")
    if isinstance(names, Names) and names != embedding.names:
        raise DataError("the map is of other names than the embedding, or in another order; project this embedding")
    if not np.isfinite(laid).all():
        raise DataError("the map holds NaN or infinite numbers")
    if n < 3:
        raise DataError(f"a map needs at least 3 names to be judged, got {n}")
    embedding.require_finite()
    return laid


def _metric(points: Any, metric: str) -> Similarity:
    if metric == "auto":
        settings = getattr(points, "settings", None)
        # PCA keeps Euclidean distances, and says no metric
        return "cosine" if settings is None else settings.get("metric", "euclidean")
    if metric not in ("cosine", "euclidean"):
        raise ParameterError(f"metric must be 'auto', 'cosine' or 'euclidean', got {metric!r}")
    return metric  # type: ignore[return-value]


def _by_name(embedding: Embedding, laid: np.ndarray, rows: np.ndarray, k: int, metric: Similarity, n_jobs: int | None) -> pd.DataFrame:
    n = len(embedding)
    scale = 2 / (k * (2 * n - 3 * k - 1))
    trust, torn, kept = (np.empty(len(rows)) for _ in range(3))
    for part, near, shown in _both_scores(embedding.vectors, laid, rows, metric):
        first, second = (best_columns(scores, k, n_jobs=n_jobs) for scores in (near, shown))
        trust[part] = 1 - scale * _beyond(near, second, k, n_jobs)
        torn[part] = 1 - scale * _beyond(shown, first, k, n_jobs)
        kept[part] = (first[:, :, None] == second[:, None, :]).any(axis=2).mean(axis=1)
    table = pd.DataFrame({"name": np.asarray(embedding.names.take(rows))})
    if embedding.kinds is not None:
        table["kind"] = embedding.kinds[rows]
    return table.assign(trustworthiness=trust, continuity=torn, preservation=kept)


def _both_scores(
    vectors: np.ndarray, laid: np.ndarray, rows: np.ndarray, metric: Similarity
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Scores in the embedding and on the map, block by block, a name's own at -inf."""
    blocks = zip(score_blocks(vectors, rows, metric), score_blocks(laid, rows, "euclidean"), strict=True)
    for (part, near), (_, shown) in blocks:
        for scores in (near, shown):
            scores[np.arange(len(scores)), rows[part]] = -np.inf
        yield part, near, shown


def _beyond(scores: np.ndarray, listed: np.ndarray, k: int, n_jobs: int | None) -> np.ndarray:
    """By row the sum of ``max(rank - k, 0)`` of the listed columns, ranks by these scores from 1; int64 (b,)."""
    return np.asarray(np.maximum(ranks_of(scores, listed, n_jobs=n_jobs) - k, 0).sum(axis=1))
