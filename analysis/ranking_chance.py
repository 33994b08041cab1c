"""What a ranking in random order is worth: the chance level of ranking metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaln


def chance_metrics(relevant: np.ndarray, candidates: np.ndarray, ks: Sequence[int], *, ndcg: str = "ideal") -> dict[str, np.ndarray]:
    """The expectation of :func:`graphemb.kernels.item_ranking.ranking_metrics` over all orders of the candidates, each as likely.

    With T relevant items among c candidates, and n = min(k, c) of them shown, every rank holds a relevant item with probability T / c:

    - recall n / c; precision n T / (c k); hit 1 - C(c - T, n) / C(c, n)
    - NDCG (T / c) sum_{r <= n} 1 / log2(r + 1), over the sum of an ideal ranking; none is given for the "retrieved" rule
    - MRR sum_{r <= n} C(c - r, T - 1) / C(c, T) / r, the probability that the first hit has rank r
    - MAP (T / c) sum_{r <= n} (1 + (r - 1) (T - 1) / (c - 1)) / r, over min(k, T)

    Parameters
    ----------
    relevant, candidates : (S,) whole numbers T and c of each user, 1 <= T <= c

    Returns
    -------
    {"recall@20": float64 (S,), ...}. Work: once for every distinct pair of T and c, times k

    >>> {name: round(values[0], 3).item() for name, values in chance_metrics(np.array([1]), np.array([4]), [2]).items()}
    {'recall@2': 0.5, 'precision@2': 0.25, 'ndcg@2': 0.408, 'MRR@2': 0.375, 'MAP@2': 0.375, 'hit@2': 0.5}
    """
    pairs, places = np.unique(np.stack([relevant, candidates], axis=1), axis=0, return_inverse=True)
    T, c = pairs.astype(np.float64).T
    found = {}
    for k in ks:
        for name, values in _at(T, c, k).items():
            if name != "ndcg" or ndcg == "ideal":
                found[name, k] = values[places.ravel()]
    names = dict.fromkeys(name for name, _ in found)
    return {f"{name}@{k}": found[name, k] for name in names for k in ks}


def _at(T: np.ndarray, c: np.ndarray, k: int) -> dict[str, np.ndarray]:
    ranks = np.arange(1, k + 1)[None, :]
    shown = ranks <= c[:, None]
    share, n, most = T / c, np.minimum(k, c), np.minimum(k, T)
    discount = 1 / np.log2(np.arange(2, k + 2))
    possible = ranks <= (c - T + 1)[:, None]  # ranks that the first hit may have
    first = np.where(possible, np.exp(_log_choose(c[:, None] - ranks, T[:, None] - 1, possible) - _log_choose(c, T)[:, None]), 0)
    others = (T - 1) / np.maximum(c - 1, 1)
    return {
        "recall": n / c,
        "precision": share * n / k,
        "ndcg": share * (shown * discount).sum(axis=1) / np.cumsum(discount)[most.astype(int) - 1],
        "MRR": (first / ranks).sum(axis=1),
        "MAP": share * (shown * (1 + (ranks - 1) * others[:, None]) / ranks).sum(axis=1) / most,
        "hit": first.sum(axis=1),
    }


def _log_choose(n: np.ndarray, r: np.ndarray, where: np.ndarray | bool = True) -> np.ndarray:
    """log C(n, r), 0 elsewhere than ``where``."""
    n, r = np.where(where, n, 0), np.where(where, r, 0)
    return np.asarray(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))
