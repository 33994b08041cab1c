"""Correlations with their test: permutations for the p-value, a bootstrap of the pairs for the interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from graphemb.analysis.user_bootstrap import interval
from graphemb.errors import DataError
from graphemb.kernels.partition_test import random_orders

Kind = Literal["pearson", "spearman"]
ALL_ORDERS_UP_TO = 8
"""Pairs whose orders are all looked at: 40,320."""


@dataclass(frozen=True)
class Correlation:
    """A correlation, its 95% interval, and the two-sided p-value of a coefficient as far from 0 among permuted pairs."""

    r: float
    low: float
    high: float
    p: float
    p_kind: str


def correlate(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, *, kind: Kind = "pearson", draws: int = 10_000) -> Correlation:
    """The correlation of two lists of numbers; NaN throughout where one of them does not vary.

    All orders are looked at where there are at most eight pairs, else ``draws`` random ones and the one given, so p is never 0. The
    interval resamples pairs (1,000 times; Spearman's ranks are taken anew in each resample).

    Raises
    ------
    DataError : fewer than three pairs

    >>> found = correlate(np.arange(6.0), np.array([0, 1, 2, 3, 5, 4.0]), np.random.default_rng(0))
    >>> round(found.r, 3), round(found.p, 4), found.p_kind
    (0.943, 0.0167, 'exact, 720 orders')
    """
    if len(x) < 3:
        raise DataError(f"a correlation needs at least three pairs, got {len(x)}; are most of the names missing?")
    first, second = (np.asarray(v, dtype=np.float64) for v in (x, y))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return Correlation(np.nan, np.nan, np.nan, np.nan, "")
    a, b = (_standard(_values(v[None], kind))[0] for v in (first, second))
    r = float(a @ b)
    n, few = len(a), len(a) <= ALL_ORDERS_UP_TO
    orders: Iterator[np.ndarray] = iter([np.array(list(permutations(range(n))))]) if few else random_orders(n, draws, rng)
    reached = sum(int((np.abs(a[order] @ b) >= abs(r) - 1e-12).sum()) for order in orders)
    p = reached / factorial(n) if few else (1 + reached) / (1 + draws) if draws else np.nan
    said = f"exact, {factorial(n):,} orders" if few else f"Monte Carlo, {draws:,} random orders" if draws else ""
    low, high = interval(_resampled(first, second, rng, kind))
    return Correlation(min(max(r, -1.0), 1.0), low, high, p, said)


def _values(rows: np.ndarray, kind: Kind) -> np.ndarray:
    return rows if kind == "pearson" else np.asarray(rankdata(rows, axis=1))


def _standard(rows: np.ndarray) -> np.ndarray:
    """Rows with mean 0 and length one, so that their inner products are correlations; NaN where a row does not vary."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    varies = length > 1e-12 * np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-300)
    return np.asarray(np.divide(centred, length, out=np.full_like(centred, np.nan), where=varies))


def _resampled(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, kind: Kind, draws: int = 1_000) -> np.ndarray:
    """Correlations of resampled pairs, float64 (draws,), blocks of about a million numbers at a time."""
    step = max(1, 2**20 // len(x))
    found = []
    for start in range(0, draws, step):
        drawn = rng.integers(len(x), size=(min(step, draws - start), len(x)))
        found.append((_standard(_values(x[drawn], kind)) * _standard(_values(y[drawn], kind))).sum(axis=1))
    return np.concatenate(found)
