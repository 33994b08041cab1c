"""Intrinsic dimension: how many coordinates neighbourhoods have, by distances to nearest neighbours."""

from __future__ import annotations

import numpy as np

from graphemb.errors import DataError
from graphemb.kernels.sampling import Z95

KEPT = 0.9
_AT_ONCE = 2**22


def neighbour_distances(x: np.ndarray, queries: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Euclidean distances of rows to those ``found`` for them, float64 (q, k), nearest first, in double precision.

    Not taken from scores in single precision, whose rounding hides differences between near rows.

    >>> neighbour_distances(np.array([[0.0], [1.0], [3.0]]), np.array([0]), np.array([[2, 1]])).tolist()
    [[1.0, 3.0]]
    """
    distances = np.empty(found.shape)
    step = max(1, _AT_ONCE // max(found.shape[1] * x.shape[1], 1))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        gaps = x[found[part]].astype(np.float64) - x[queries[part], None]
        distances[part] = np.sqrt(np.einsum("ijk,ijk->ij", gaps, gaps))
    return np.sort(distances, axis=1)


def two_nn(distances: np.ndarray) -> float:
    """TwoNN: the dimension d of which the ratios mu = r2 / r1 of the two nearest distances have the distribution 1 - mu^-d.

    The least-squares slope through 0 of -log(1 - F(mu)) over log mu, of the nine tenths of the rows with the smallest ratios, F being the
    share of ratios that are no larger.

    Source: Facco, d'Errico, Rodriguez, Laio, "Estimating the intrinsic dimension of datasets by a minimal neighborhood information",
    Scientific Reports 7, 2017.

    >>> rng = np.random.default_rng(0)
    >>> mu = rng.random(20_000) ** (-1 / 3)
    >>> round(two_nn(np.stack([np.ones_like(mu), mu], axis=1)), 1)
    3.0
    """
    logs = _log_ratios(distances)
    kept = logs[: int(KEPT * len(logs))]
    heights = -np.log1p(-np.arange(1, len(kept) + 1) / len(logs))
    if not kept.any():
        raise DataError("the two nearest neighbours of nine tenths of the rows are equally far, so their ratios tell no dimension")
    return float(kept @ heights / (kept @ kept))


def two_nn_likelihood(distances: np.ndarray) -> tuple[float, float, float]:
    """The maximum of the same likelihood, ``d = n / sum log mu``, and its 95% interval ``d (1 -+ 1.96 / sqrt n)``.

    The interval takes the ratios of different rows for independent.

    >>> two_nn_likelihood(np.array([[1.0, np.e], [1.0, np.e]]))[0]
    1.0
    """
    logs = _log_ratios(distances)
    if not logs.any():
        raise DataError("the two nearest neighbours of all rows are equally far, so their ratios tell no dimension")
    d = len(logs) / float(logs.sum())
    half = Z95 * d / np.sqrt(len(logs))
    return d, d - half, d + half


def levina_bickel(distances: np.ndarray) -> tuple[float, float, float]:
    """The maximum-likelihood dimension by k neighbours, and its 95% interval over the rows.

        1 / d = mean over rows of 1 / (k - 1) sum_{j < k} log(T_k / T_j)

    Source: Levina, Bickel, "Maximum likelihood estimation of intrinsic dimension", NIPS 2004; inverses are averaged, not the dimensions
    of rows, after MacKay and Ghahramani's comment on it (2005), which removes most of the bias at small k.

    Raises
    ------
    DataError : fewer than three neighbours, or neighbours that are all equally far

    >>> round(levina_bickel(np.array([[1.0, 2.0, 4.0]]))[0], 3)
    0.962
    """
    if distances.shape[1] < 3:
        raise DataError(f"the maximum-likelihood dimension needs at least 3 neighbours, got {distances.shape[1]}")
    distances = _positive(distances)
    inverse = np.log(distances[:, -1:] / distances[:, :-1]).mean(axis=1)
    mean = float(inverse.mean())
    if mean == 0:
        raise DataError("all neighbours are equally far, so their distances tell no dimension")
    half = Z95 * float(inverse.std(ddof=1)) / np.sqrt(len(inverse)) if len(inverse) > 1 else np.inf
    return 1 / mean, 1 / (mean + half), 1 / (mean - half) if mean > half else np.inf


def _log_ratios(distances: np.ndarray) -> np.ndarray:
    distances = _positive(distances)
    return np.sort(np.log(distances[:, 1] / distances[:, 0]))


def _positive(distances: np.ndarray) -> np.ndarray:
    """Rows whose nearest neighbour is no copy of them."""
    if distances.shape[1] < 2:
        raise DataError("an intrinsic dimension needs at least two neighbours of each row, got one")
    kept = distances[distances[:, 0] > 1e-6 * np.median(distances[:, 1])] if len(distances) else distances
    if not len(kept):
        raise DataError("every row has a copy, so distances to nearest neighbours tell no dimension")
    return kept
