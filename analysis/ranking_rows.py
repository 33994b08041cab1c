"""From the rankings of several methods to the rows of a result: means, intervals, chance, groups, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from graphemb.analysis.ranking_chance import chance_metrics
from graphemb.analysis.ranking_groups import activity_groups, item_groups, recall_by_item_group
from graphemb.analysis.ranking_result import DIFFERENCES, RankingRow
from graphemb.analysis.ranking_task import RankedMethod, RankingTask
from graphemb.analysis.user_bootstrap import interval, resampled_means, two_sided_p


def ranking_rows(
    task: RankingTask, methods: Sequence[RankedMethod], groups: bool, rng: np.random.Generator
) -> tuple[list[RankingRow], dict[str, np.ndarray]]:
    """All rows, and the resampled means of each metric, (draws, methods), for differences."""
    chance = chance_metrics(np.diff(task.relevant.indptr), task.n_candidates, task.ks, ndcg=task.ndcg)
    metrics = list(methods[0].values)
    table = np.stack([method.values[metric] for method in methods for metric in metrics], axis=1)
    draws = resampled_means(table, rng)
    rows = list(_metric_rows(methods, table, draws, chance, np.arange(len(table)), "all", ""))
    rows += [row for method in methods for k in task.ks for row in _beyond_accuracy(task, method, k, rng)]
    if groups:
        active = activity_groups(task.degrees)
        for group, name in enumerate(active.names):
            members = np.flatnonzero(active.of == group)
            drawn = resampled_means(table[members], rng)
            rows += _metric_rows(methods, table[members], drawn, chance, members, "activity", name)
        rows += _item_group_rows(task, methods, rng)
    return rows, {metric: draws[:, i :: len(metrics)] for i, metric in enumerate(metrics)}


def _metric_rows(
    methods: Sequence[RankedMethod],
    table: np.ndarray,
    draws: np.ndarray,
    chance: Mapping[str, np.ndarray],
    members: np.ndarray,
    grouping: str,
    group: str,
) -> Iterator[RankingRow]:
    column = 0
    for method in methods:
        for key in method.values:
            metric, _, k = key.rpartition("@")
            expected = float(chance[key][members].mean()) if key in chance else np.nan
            mean, ends = float(table[:, column].mean()), interval(draws[:, column])
            yield RankingRow(method.label, metric, int(k), mean, *ends, expected, len(members), grouping, group, method.baseline)
            column += 1


def _beyond_accuracy(task: RankingTask, method: RankedMethod, k: int, rng: np.random.Generator) -> Iterator[RankingRow]:
    """Coverage, Gini and popularity lift; the lift is a ratio of two means over users, and is resampled as such."""

    def row(metric: str, mean: float, low: float, high: float, users: int) -> RankingRow:
        return RankingRow(method.label, metric, k, mean, low, high, np.nan, users, baseline=method.baseline)

    top = method.ranked[:, :k]
    shown, n = top >= 0, len(top)
    counts = np.bincount(top[shown], minlength=len(task.popularity))
    yield row("coverage", float((counts > 0).mean()), np.nan, np.nan, n)
    yield row("gini", gini(counts), np.nan, np.nan, n)
    total = np.where(shown, task.popularity[np.maximum(top, 0)], 0).sum(axis=1)
    recommended = np.divide(total, shown.sum(axis=1), out=np.full(n, np.nan), where=shown.any(axis=1))
    both = np.stack([recommended, task.own_popularity], axis=1)
    both = both[~np.isnan(both).any(axis=1)]
    if len(both):
        draws = resampled_means(both, rng)
        yield row("popularity-lift", float(both[:, 0].mean() / both[:, 1].mean()), *interval(draws[:, 0] / draws[:, 1]), len(both))


def gini(counts: np.ndarray) -> float:
    """The Gini coefficient of counts, 0 where all are equal and (n - 1) / n where one has all: sum_i (2 i - n - 1) x_i / (n sum x), sorted.

    >>> gini(np.array([1, 1])), gini(np.array([0, 4]))
    (0.0, 0.5)
    """
    n, total = len(counts), counts.sum()
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(counts) / (n * total)) if total else np.nan


def _item_group_rows(task: RankingTask, methods: Sequence[RankedMethod], rng: np.random.Generator) -> Iterator[RankingRow]:
    """Recall restricted to the test items of a group, over users who have some; chance is that of all candidates."""
    groups = item_groups(task.popularity)
    asked = [(method, k) for method in methods for k in task.ks]
    columns = [recall_by_item_group(method.ranked, task.relevant, groups, k) for method, k in asked]
    draws = iter(resampled_means(np.concatenate(columns, axis=1), rng).T)
    for (method, k), column in zip(asked, columns, strict=True):
        for values, name, drawn in zip(column.T, groups.names, draws, strict=False):
            known = ~np.isnan(values)
            if known.any():
                chance = float((np.minimum(k, task.n_candidates) / task.n_candidates)[known].mean())
                found = (*interval(drawn), chance, int(known.sum()))
                yield RankingRow(method.label, "recall", k, float(values[known].mean()), *found, "popularity", name, method.baseline)


def difference_table(methods: Sequence[RankedMethod], draws: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Every pair of methods on the same users and the same resamples, metric by metric."""
    records = []
    for key, drawn in draws.items():
        metric, _, k = key.rpartition("@")
        for (i, one), (j, other) in combinations(enumerate(methods), 2):
            gaps = drawn[:, i] - drawn[:, j]
            mean = float((one.values[key] - other.values[key]).mean())
            record = (metric, int(k), one.label, other.label, mean, *interval(gaps), two_sided_p(gaps), len(one.ranked))
            records.append(dict(zip(DIFFERENCES, record, strict=True)))
    return pd.DataFrame(records, columns=DIFFERENCES)
