"""How well guesses of groups agree with the groups, beside what relabelled names give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import hypergeom

from graphemb.kernels.partition_test import random_orders


@dataclass(frozen=True)
class Agreement:
    """The share of names guessed right, by name whether it is, and the mean and the p-value of that share over relabellings."""

    share: float
    right: np.ndarray
    """bool (n,)."""
    chance: float
    p: float
    p_kind: str


def agreement(groups: np.ndarray, guesses: np.ndarray, rng: np.random.Generator, *, match: bool = False, draws: int = 1_000) -> Agreement:
    """The share of names whose guess is their group, against the same guesses of names whose groups are dealt out anew.

    ``match`` is for guesses without names of their own, such as clusters: they get those that fit best, in the relabellings too, which
    makes chance larger than 1 / groups. Of two groups the relabellings follow a hypergeometric distribution, and chance and p are
    exact; of more they are those of ``draws`` random relabellings, the one found counted among them.

    Parameters
    ----------
    groups, guesses : int (n,), both from 0 to k - 1

    >>> found = agreement(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]), np.random.default_rng(0), match=True)
    >>> found.share, round(found.chance, 3), round(found.p, 3)
    (1.0, 0.667, 0.333)
    """
    k = int(max(groups.max(), guesses.max())) + 1
    right = right_guesses(groups, guesses, match=match)
    if k == 2:
        counts, probability = _relabelled_pairs(groups, guesses, match)
        said = "exact, all relabellings"
        chance, p = float(counts @ probability) / len(groups), float(probability[counts >= right.sum()].sum())
    else:
        blocks = (_tables(groups[order], guesses, k) for order in random_orders(len(groups), draws, rng))
        hits = np.array([t[_named(t), np.arange(k)].sum() if match else np.trace(t) for block in blocks for t in block])
        said = f"Monte Carlo, {draws:,} random relabellings"
        chance, p = float(hits.mean()) / len(groups), float((1 + (hits >= right.sum()).sum()) / (1 + len(hits)))
    p = min(max(p, float(np.finfo(np.float64).tiny)), 1.0)  # never 0, also where the exact one is too small to be written
    return Agreement(float(right.mean()), right, chance, p, said)


def right_guesses(groups: np.ndarray, guesses: np.ndarray, *, match: bool = False) -> np.ndarray:
    """Which names are guessed right, bool (n,); ``match`` gives guesses without names of their own the groups that fit best.

    >>> right_guesses(np.array([0, 0, 1]), np.array([1, 1, 1]), match=True).tolist()
    [True, True, False]
    """
    k = int(max(groups.max(), guesses.max())) + 1
    named = _named(_tables(groups[None], guesses, k)[0]) if match else np.arange(k)
    return np.asarray(named[guesses] == groups)


def _named(table: np.ndarray) -> np.ndarray:
    """The group that fits each guess best, (k,), from counts by group and guess."""
    group, guess = linear_sum_assignment(-table)
    named = np.empty(len(table), dtype=np.int64)
    named[guess] = group
    return named


def _tables(groups: np.ndarray, guesses: np.ndarray, k: int) -> np.ndarray:
    """Counts by group and guess of each row of groups, int64 (m, k, k)."""
    cell = groups * k + guesses + np.arange(len(groups))[:, None] * (k * k)
    return np.bincount(cell.ravel(), minlength=len(groups) * k * k).reshape(-1, k, k)


def _relabelled_pairs(groups: np.ndarray, guesses: np.ndarray, match: bool) -> tuple[np.ndarray, np.ndarray]:
    """All numbers of right guesses of two groups, and their probabilities when groups are dealt out anew."""
    n, first, guessed = len(groups), int((groups == 0).sum()), int((guesses == 0).sum())
    both = np.arange(max(0, first + guessed - n), min(first, guessed) + 1)
    right = n - first - guessed + 2 * both
    return np.maximum(right, n - right) if match else right, hypergeom.pmf(both, n, first, guessed)
