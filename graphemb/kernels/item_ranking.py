"""The best unseen items of every user, streamed, and what a ranking of items is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp

from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.item_scorer import ItemScorer
from graphemb.kernels.topk import best_columns

BLOCK_BYTES = 128 * 2**20
"""Scores held at once, unless those of one user are more."""
NDCG_RULES = ("ideal", "retrieved")
MEASURES = ("recall", "precision", "ndcg", "MRR", "MAP", "hit")


def rank_items(
    scorer: ItemScorer,
    users: np.ndarray,
    seen: sp.csr_array | None,
    k: int,
    *,
    candidates: np.ndarray | None = None,
    n_jobs: int | None = None,
    advance: Callable[[int], object] = lambda amount: None,
    name: str = "the model",
) -> np.ndarray:
    """The ``k`` best items of each user, best first, among those that the user has not seen.

    Parameters
    ----------
    scorer : of n users and m items
    users : S row numbers of users, in any order
    seen : (n, m), whose stored entries of a user are not recommended to that user; None where nothing is left out
    candidates : (m,) bool, the items that may be recommended; None for all
    n_jobs : threads of the selection; None and -1 are all cores
    advance : called with the number of users done
    name : of what scores, for the error

    Returns
    -------
    int64 (S, k), -1 after the last item that may be recommended. Of equal scores the lower item row comes first; -inf is never chosen

    Raises
    ------
    DataError : a score is NaN or +infinite

    Work: S m scores and one pass over them. Memory: scores of 128 MiB, or of one user, and the result.

    >>> from graphemb.kernels.item_scorer import VectorItems
    >>> scorer = VectorItems(np.ones((1, 1), np.float32), np.float32([[1], [3], [2]]))
    >>> rank_items(scorer, np.array([0]), sp.csr_array(np.float32([[0, 1, 0]])), 3).tolist()
    [[2, 0, -1]]
    """
    require_whole("k", k)
    ranked = np.empty((len(users), k), dtype=np.int64)
    step = max(1, BLOCK_BYTES // (4 * max(scorer.n_items, 1)))
    for start in range(0, len(users), step):
        rows = users[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is found below
            scores = scorer.users(rows)
        if scores.size and not (top := scores.max()) < np.inf:  # NaN is not less either
            raise DataError(f"{name} gives a score that is {'NaN' if np.isnan(top) else 'infinite'}, so its items cannot be ranked")
        if seen is not None:
            scores[stored_entries(seen, rows)] = -np.inf
        if candidates is not None:
            scores[:, ~candidates] = -np.inf
        ranked[start : start + step] = best_columns(scores, k, n_jobs=n_jobs)
        advance(len(rows))
    return ranked


def stored_entries(matrix: sp.csr_array, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row (counted among ``rows``) and column of every stored entry of some rows.

    >>> stored_entries(sp.csr_array(np.float32([[1, 0], [0, 0], [0, 1]])), np.array([2, 0]))
    (array([0, 1]), array([1, 0], dtype=int32))
    """
    counts = matrix.indptr[rows + 1] - matrix.indptr[rows]
    ends = np.cumsum(counts, dtype=np.int64)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(matrix.indptr[rows] - (ends - counts), counts)
    return np.repeat(np.arange(len(rows)), counts), matrix.indices[places]


def ranking_metrics(ranked: np.ndarray, relevant: sp.csr_array, ks: Sequence[int], *, ndcg: str = "ideal") -> dict[str, np.ndarray]:
    """What rankings are worth, one number a user and metric, by the items that would have been right.

    With T the relevant items of a user, hit_r = 1 where rank r holds one of them, and H = hit_1 + ... + hit_k:

    - ``recall@k`` = H / |T|, over all of T however small k is; ``precision@k`` = H / k, however short the ranking
    - ``ndcg@k`` = sum_r hit_r / log2(r + 1), over the same sum of an ideal ranking: min(k, |T|) hits at the top ("ideal"), or the H hits
      that were found at the top ("retrieved", as LATTICE and MMHCL compute it: 1 for any user whose hits lead, even if most are missing)
    - ``MRR@k`` = 1 / rank of the first hit; ``MAP@k`` = sum_r hit_r (hit_1 + ... + hit_r) / r, over min(k, |T|); ``hit@k`` = 1 where H > 0

    All are 0 without a hit, and NaN for a user without relevant items.

    Parameters
    ----------
    ranked : int64 (S, at least max(ks)), items best first, -1 after the end; no item twice in a row
    relevant : (S, m), the stored entries of row s are the relevant items of the user of ``ranked[s]``
    ks : lengths of the ranking

    Returns
    -------
    {"recall@20": float64 (S,), ...}, metric by metric for every k

    Source of the definitions: the evaluation of "LightGCN" (SIGIR 2020, arXiv 2002.02126), whose recall and NDCG these are. Memory: 8 S k
    bytes a few times over.

    >>> found = ranking_metrics(np.array([[2, 0, 1]]), sp.csr_array(np.float32([[1, 0, 0, 1]])), [3])
    >>> {name: round(values[0], 4).item() for name, values in found.items()}
    {'recall@3': 0.5, 'precision@3': 0.3333, 'ndcg@3': 0.3869, 'MRR@3': 0.5, 'MAP@3': 0.25, 'hit@3': 1.0}
    """
    if ndcg not in NDCG_RULES:
        raise UnknownNameError("ndcg rule", ndcg, NDCG_RULES, remedy=f"known: {', '.join(NDCG_RULES)}")
    if len(ranked) != relevant.shape[0]:
        raise ParameterError(f"expected a row of relevant items for each of {len(ranked):,} rankings, got {relevant.shape[0]:,}")
    if not len(ks) or min(ks) < 1 or max(ks) > ranked.shape[1]:
        raise ParameterError(f"k must be from 1 to {ranked.shape[1]}, the length of the rankings, got {', '.join(map(str, ks)) or 'none'}")
    hits = ranking_hits(ranked, relevant)
    sizes = np.diff(relevant.indptr).astype(np.float64)
    sizes[sizes == 0] = np.nan  # turns every metric of such a user into NaN
    values = {k: _metrics_at(hits[:, :k], sizes, k, ndcg) for k in ks}
    return {f"{measure}@{k}": values[k][measure] for measure in MEASURES for k in ks}


def ranking_hits(ranked: np.ndarray, relevant: sp.csr_array) -> np.ndarray:
    """float64 (S, k): 1 where the ranked item is relevant, by one look-up of all of them among the sorted keys user * m + item.

    >>> ranking_hits(np.array([[2, 0, -1]]), sp.csr_array(np.float32([[1, 0, 0]]))).tolist()
    [[0.0, 1.0, 0.0]]
    """
    S, m = relevant.shape
    keys = np.repeat(np.arange(S), np.diff(relevant.indptr)) * m + relevant.indices
    if not relevant.has_sorted_indices:
        keys = np.sort(keys)
    keys = np.append(keys, -1)  # where a key greater than all of them is looked up
    asked = np.arange(S)[:, None] * m + ranked
    return ((keys[np.searchsorted(keys[:-1], asked)] == asked) & (ranked >= 0)).astype(np.float64)


def _metrics_at(hits: np.ndarray, sizes: np.ndarray, k: int, ndcg: str) -> dict[str, np.ndarray]:
    ranks = np.arange(1, k + 1)
    found, known = hits.sum(axis=1), sizes * 0  # 0, or NaN without relevant items
    most = np.minimum(k, sizes)
    discount = 1 / np.log2(ranks + 1.0)
    ideal = np.append(0.0, np.cumsum(discount))
    best = ideal[(np.nan_to_num(most) if ndcg == "ideal" else found).astype(np.int64)]
    first = np.where(found > 0, hits.argmax(axis=1) + 1.0, np.inf)
    return {
        "recall": found / sizes,
        "precision": found / k + known,
        "ndcg": np.divide(hits @ discount, best, out=np.zeros(len(hits)), where=best > 0) + known,
        "MRR": 1 / first + known,
        "MAP": (hits * np.cumsum(hits, axis=1) / ranks).sum(axis=1) / most,
        "hit": (found > 0) + known,
    }
