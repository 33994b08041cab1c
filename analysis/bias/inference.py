"""Attribute inference: how well the groups of a concept can be guessed from vectors alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import as_concept
from graphemb.analysis.guessing import classifier
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, times_drawn
from graphemb.data.concept import Concept, Located, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.partition_test import partition_test, random_orders
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

CLASSIFIERS = ("logistic", "rbf")
LEAST = 4
"""Names of a group, so that two are left to be asked when two are learned from."""


def attribute_inference(
    embedding: Embedding,
    concept: Concept | str,
    *,
    classifiers: Sequence[str] = CLASSIFIERS,
    folds: int = 5,
    C: float = 1.0,
    unit: bool = True,
    most: int = 5_000,
    draws: int = 10_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The area under the ROC curve with which the groups of a concept are told from vectors, cross-validated.

    AUC = P(score of a name of the group > score of another name), equal scores counting half; 0.5 without bias, 1 where the groups lie
    apart. Of more than two groups each stands against the rest and ``value`` is their mean. It is that of the first of ``classifiers``:
    a logistic regression, or a support vector machine with the kernel exp(-|x - y|^2 / d); a linear eraser stops the one, seldom the other.

    A cross-validated figure has no simple test, as its folds learn from one another. ``p`` is that of a classifier which learns from one
    half of the names and is asked about the other, whose groups are then dealt out anew: exact where there are at most 10^6 ways for two
    groups, else of ``draws``. The interval resamples the names of each group within the folds.

    Source: representation bias of Buyl and De Bie, "DeBayes", ICML 2020, and attribute inference as in Bose and Hamilton, arXiv 1905.10674.

    Parameters
    ----------
    classifiers : "logistic", "rbf" or both
    folds : of the cross-validation, at least 2, cut to the size of the smallest group
    C : the price of errors of either classifier
    unit : bring rows to length one, as cosines do; else they keep their lengths and are divided by the root of their mean square. What is
        erased from vectors of any length can come back in their directions, so an edit is best judged both ways
    most : names looked at; of more a random sample is drawn. The kernel takes their square
    draws : random relabellings

    Returns
    -------
    BiasResult : by classifier and group ``auc``, its interval, ``p``, and the number of ``names`` in the group. Groups with fewer than four
        names in the embedding are left out and listed in the settings

    Raises
    ------
    DataError : fewer than two groups of four names; ParameterError, UnknownNameError : a setting outside its range

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(40)], rng.normal(size=(40, 3)) + np.repeat([[3.0], [-3.0]], 20, axis=0))
    >>> sides = Concept("side", {"a": [str(i) for i in range(20)], "b": [str(i) for i in range(20, 40)]})
    >>> found = attribute_inference(e, sides)
    >>> found.value, found.p < 0.001
    (1.0, True)
    """
    asked = [classifiers] if isinstance(classifiers, str) else list(classifiers)
    _check(asked, folds, C, most, draws)
    located = as_concept(concept).locate(embedding, missing=missing, least=0)
    rng = generator(random_state)
    sample = _sample(embedding, located, unit, most, rng)
    fold = _parts(sample.groups, min(folds, int(np.bincount(sample.groups).min())), rng)
    half = _parts(sample.groups, 2, rng)
    tables: list[pd.DataFrame] = []
    overall: list[tuple[float, float, float, float, str]] = []
    for name in asked:
        scores = _out_of_fold(name, C, sample, fold)
        auc, resampled = _areas(sample, scores, fold, rng)
        learned, other = half == 0, half == 1
        unseen = _scores(name, C, sample.x[learned], sample.groups[learned], sample.x[other])
        p, p_all, p_kind = _test(sample.groups[other], unseen, draws, rng)
        low, high = interval(resampled.mean(axis=1))
        overall.append((float(auc.mean()), low, high, p_all, p_kind))
        ends = [interval(column) for column in resampled.T]
        shown = 1 if len(sample.labels) == 2 else len(sample.labels)
        columns = {"classifier": name, "group": sample.labels[:shown], "auc": auc[:shown], "low": [e[0] for e in ends[:shown]]}
        columns |= {"high": [e[1] for e in ends[:shown]], "p": p, "names": np.bincount(sample.groups)[:shown]}
        tables.append(pd.DataFrame(columns).sort_values("auc", ascending=False, kind="stable"))
    settings: dict[str, Any] = {"classifiers": asked, "folds": int(fold.max()) + 1, "C": C, "unit": unit, "concept": located.report()}
    settings |= {"names": len(sample.groups), "groups_left_out": sample.left_out}
    return BiasResult(
        "attribute-inference",
        pd.concat(tables, ignore_index=True),
        0.5,
        f"the groups of {located.concept.name} can be told from the vectors ({asked[0]})",
        *overall[0],
        settings={**settings, "random_state": seed_in_words(random_state)},
    )


@dataclass(frozen=True)
class _Sample:
    x: np.ndarray
    """float64 (n, d), rows at length one."""
    groups: np.ndarray
    labels: list[str]
    left_out: list[str]


def _check(classifiers: Sequence[str], folds: int, C: float, most: int, draws: int) -> None:
    for name in classifiers:
        if name not in CLASSIFIERS:
            raise UnknownNameError("classifier", name, CLASSIFIERS)
    if not classifiers:
        raise ParameterError(f"classifiers must name at least one of {', '.join(CLASSIFIERS)}")
    require_whole("folds", folds, least=2)
    require_positive("C", C)
    require_whole("most", most, least=4 * LEAST)
    require_whole("draws", draws)


def _sample(embedding: Embedding, located: Located, unit: bool, most: int, rng: np.random.Generator) -> _Sample:
    """At most so many names of the groups that are large enough."""
    located.concept.require_groups(2)
    total = sum(len(rows) for rows in located.rows.values())
    share = min(1.0, most / max(total, 1))
    drawn = {
        label: np.sort(rng.permutation(rows)[: max(min(len(rows), LEAST), round(share * len(rows)))])
        for label, rows in located.rows.items()
    }
    kept = {label: rows for label, rows in drawn.items() if len(rows) >= LEAST}
    if len(kept) < 2:
        sizes = ", ".join(f"{label} {len(rows)}" for label, rows in located.rows.items())
        raise DataError(
            f"two groups of {located.concept.name!r} with at least {LEAST} names in the embedding are needed; there are {sizes}"
        )
    raw = embedding.vectors[np.concatenate(list(kept.values()))].astype(np.float64)
    x = unit_rows(raw, np.float64) if unit else raw / np.sqrt((raw**2).sum(axis=1).mean())
    return _Sample(x, np.repeat(np.arange(len(kept)), [len(r) for r in kept.values()]), list(kept), [k for k in drawn if k not in kept])


def _parts(groups: np.ndarray, parts: int, rng: np.random.Generator) -> np.ndarray:
    """The part of each name, int64 (n,), each group spread evenly over the parts."""
    part = np.empty(len(groups), dtype=np.int64)
    for group in range(int(groups.max()) + 1):
        rows = rng.permutation(np.flatnonzero(groups == group))
        part[rows] = np.arange(len(rows)) % parts
    return part


def _scores(name: str, C: float, x: np.ndarray, groups: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Scores of each group, float64 (m, groups), by a classifier that learned from others."""
    score = classifier(name, x.shape[1], C=C).fit(x, groups).decision_function(asked)
    return np.stack([-score, score], axis=1) if score.ndim == 1 else np.asarray(score)


def _out_of_fold(name: str, C: float, sample: _Sample, fold: np.ndarray) -> np.ndarray:
    scores = np.empty((len(sample.groups), len(sample.labels)))
    for f in range(int(fold.max()) + 1):
        seen = fold != f
        scores[~seen] = _scores(name, C, sample.x[seen], sample.groups[seen], sample.x[~seen])
    return scores


def _areas(sample: _Sample, scores: np.ndarray, fold: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """AUC by group, the mean over folds, and the same of resampled names, float64 (draws, groups)."""
    auc, resampled = np.zeros(len(sample.labels)), np.zeros((DRAWS, len(sample.labels)))
    n_folds = int(fold.max()) + 1
    for f in range(n_folds):
        for g in range(len(sample.labels)):
            inside, outside = (scores[(fold == f) & mask, g] for mask in (sample.groups == g, sample.groups != g))
            above = (inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)
            auc[g] += above.mean() / n_folds
            times = (times_drawn(DRAWS, len(side), rng) / len(side) for side in (inside, outside))
            resampled[:, g] += ((next(times) @ above) * next(times)).sum(axis=1) / n_folds
    return auc, resampled


def _test(groups: np.ndarray, scores: np.ndarray, draws: int, rng: np.random.Generator) -> tuple[list[float], float, str]:
    """p by group, and of the mean over groups, when the groups of unseen names are dealt out anew; AUC is a sum of ranks."""
    k = scores.shape[1]
    ranks = rankdata(scores, axis=0)
    tests = []
    for g in range(1 if k == 2 else k):
        inside = groups == g
        values = np.concatenate([ranks[inside, g], ranks[~inside, g]])
        tests.append(partition_test(values, int(inside.sum()), draws=draws, random_state=rng))
    if k == 2:
        return [tests[0].p], tests[0].p, f"{tests[0].p_kind} of names not learned from"
    sizes = np.bincount(groups, minlength=k)
    weighed = ranks / (sizes * (len(groups) - sizes))  # so that sums over groups differ from the mean AUC by a constant
    found = weighed[np.arange(len(groups)), groups].sum()
    blocks = (weighed[np.arange(len(groups)), groups[order]].sum(axis=1) for order in random_orders(len(groups), draws, rng))
    reached = sum(int((sums >= found - 1e-12).sum()) for sums in blocks)
    return [t.p for t in tests], (1 + reached) / (1 + draws), f"Monte Carlo, {draws:,} random relabellings of names not learned from"
