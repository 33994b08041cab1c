"""From the ranks of several methods to the rows of a result: figures, intervals, chance, groups, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from graphemb.analysis.triple_result import DIFFERENCES, TripleRow
from graphemb.analysis.triple_task import RankedTriples, TripleTask
from graphemb.analysis.user_bootstrap import interval, resampled_means, two_sided_p
from graphemb.kernels.rank_metrics import chance_values, figures_of, rank_values

OF_GROUPS = ("MRR", "hits", "MR", "AMRI")
"""The metrics that groups have."""
COMPARED = "MRR"
"""The metric whose differences groups have."""


@dataclass(frozen=True)
class View:
    """The figures of some queries: by metric (methods,), their resamples (draws, methods), and what chance gives.

    ``draws`` leave out the z figures, which are in units of chance's standard deviation already.
    """

    queries: int
    means: Mapping[str, np.ndarray]
    draws: Mapping[str, np.ndarray]
    chance: Mapping[str, float]


class Figures:
    """The numbers of every query, from which the figures of any of them are made.

    Memory: 8 bytes a query for each metric and method, twice that for chance, and a resample of 1,000 of a view's figures.
    """

    def __init__(self, task: TripleTask, methods: Sequence[RankedTriples], rng: np.random.Generator):
        self.task, self.methods, self._rng = task, methods, rng
        made = [rank_values(method.ranks.by_ties(task.ties), task.ks) for method in methods]
        expected, variance = chance_values(methods[0].ranks.candidates, task.ks)
        self.names = tuple(expected)
        # MRR, hits@k and MR: (metrics, methods, sides, triples), and (metrics, sides, triples)
        self._values = np.stack([np.stack([values[name] for values in made]) for name in self.names])
        self._expected, self._variance = (np.stack([part[name] for name in self.names]) for part in (expected, variance))

    def views(self, weights: Sequence[np.ndarray]) -> list[View]:
        """The figures by each array of weights (sides, triples) of the queries, all on the same resamples of the triples.

        Both queries of a triple are drawn together, since their ranks depend on one another. Triples without weight are not drawn.
        """
        members = np.flatnonzero(np.logical_or.reduce([w.any(axis=0) for w in weights]))
        parts = [self._sums(w[:, members], members) for w in weights]
        width = parts[0].shape[1]
        draws = resampled_means(np.concatenate(parts, axis=1), self._rng)
        return [self._view(w, part, draws[:, i * width : (i + 1) * width]) for i, (w, part) in enumerate(zip(weights, parts, strict=True))]

    def _sums(self, weights: np.ndarray, members: np.ndarray) -> np.ndarray:
        """(triples, columns): sums over sides of every metric by method, of what chance gives, and of the weights."""
        by_method = np.einsum("bmsn,sn->nbm", self._values[..., members], weights).reshape(len(members), -1)
        by_chance = np.einsum("bsn,sn->nb", self._expected[..., members], weights)
        return np.concatenate([by_method, by_chance, weights.sum(axis=0)[:, None]], axis=1)

    def _view(self, weights: np.ndarray, sums: np.ndarray, draws: np.ndarray) -> View:
        means, expected = self._split(sums.mean(axis=0))
        drawn, drawn_chance = self._split(draws)
        n = weights.sum()
        variance = {name: np.sum(weights**2 * self._variance[i]) / n**2 for i, name in enumerate(self.names)}
        found = figures_of(means, {name: value[..., 0] for name, value in expected.items()}, variance)
        chance = {name: 1.0 if name == "AMR" else 0.0 for name in found} | {name: float(value[0]) for name, value in expected.items()}
        return View(int((weights > 0).sum()), found, figures_of(drawn, drawn_chance), chance)

    def _split(self, sums: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """The columns of :meth:`_sums` as means over weights: by metric (..., methods), and of chance (..., 1)."""
        B, M = len(self.names), len(self.methods)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = sums[..., :-1] / sums[..., -1:]
        by_method = means[..., : B * M].reshape(*sums.shape[:-1], B, M)
        by_chance = means[..., B * M :]
        values = {name: by_method[..., i, :] for i, name in enumerate(self.names)}
        return values, {name: by_chance[..., i, None] for i, name in enumerate(self.names)}


def triple_rows(
    task: TripleTask, methods: Sequence[RankedTriples], groups: bool, rng: np.random.Generator
) -> tuple[list[TripleRow], pd.DataFrame]:
    """All rows of a result, and the table of differences."""
    figures = Figures(task, methods, rng)
    everything = np.ones(methods[0].ranks.better.shape)
    by_side = [np.where(np.arange(len(task.sides))[:, None] == i, everything, 0) for i in range(len(task.sides))]
    overall, macro, *sides = figures.views([everything, task.question_weights, *by_side])
    rows = [*_rows(methods, overall), *_macro_rows(methods, macro)]
    records = list(_differences(methods, overall))
    if len(task.sides) > 1:
        for side, view in zip(task.sides, sides, strict=True):
            rows += _rows(methods, view, "side", side)
            records += _differences(methods, view, "side", side)
    for grouping, group, view in _group_views(figures, by_side) if groups else ():
        rows += _rows(methods, view, grouping, group)
        records += _differences(methods, view, grouping, group)
    rows += _tie_rows(task, methods)
    return rows, pd.DataFrame(records, columns=DIFFERENCES)


def _group_views(figures: Figures, by_side: Sequence[np.ndarray]) -> Iterator[tuple[str, str, View]]:
    """Grouping, group and figures, of every group that has queries; cardinalities for either side too."""
    for grouping, groups in figures.task.groupings():
        for number in np.unique(groups.of):
            name, inside = groups.names[number], (groups.of == number).astype(np.float64)
            apart = grouping == "cardinality" and len(by_side) > 1
            view, *sides = figures.views([inside, *(inside * side for side in by_side if apart)])
            yield grouping, name, view
            for side, each in zip(figures.task.sides, sides, strict=False):
                yield "cardinality and side", f"{name}, {side}", each


def _rows(methods: Sequence[RankedTriples], view: View, grouping: str = "all", group: str = "") -> Iterator[TripleRow]:
    names = [name for name in view.means if grouping in ("all", "side") or name.partition("@")[0] in OF_GROUPS]
    for i, method in enumerate(methods):
        for name in names:
            mean = float(view.means[name][i])
            chance = view.chance[name] if np.isfinite(mean) else np.nan
            ends = interval(view.draws[name][:, i]) if name in view.draws and np.isfinite(mean) else (np.nan, np.nan)
            yield TripleRow(method.label, name, mean, *ends, chance, view.queries, grouping, group, method.baseline)


def _macro_rows(methods: Sequence[RankedTriples], view: View) -> Iterator[TripleRow]:
    """The raw figures with every distinct question weighing the same."""
    for row in _rows(methods, view):
        if row.metric == "MRR" or row.metric.startswith("hits@"):
            found = (row.mean, row.low, row.high, row.chance, row.queries)
            yield TripleRow(row.method, f"macro-{row.metric}", *found, baseline=row.baseline)


def _differences(
    methods: Sequence[RankedTriples], view: View, grouping: str = "all", group: str = ""
) -> Iterator[tuple[str, str, str, float, float, float, float, int, str, str]]:
    """Every pair of methods on the same resamples: of groups the MRR alone."""
    for name in view.draws if grouping == "all" else (COMPARED,):
        for (i, one), (j, other) in combinations(enumerate(methods), 2):
            mean = float(view.means[name][i] - view.means[name][j])
            gaps = view.draws[name][:, i] - view.draws[name][:, j]
            if np.isfinite(mean):
                yield name, one.label, other.label, mean, *interval(gaps), two_sided_p(gaps), view.queries, grouping, group


def _tie_rows(task: TripleTask, methods: Sequence[RankedTriples]) -> Iterator[TripleRow]:
    """Raw figures by optimistic and by pessimistic ranks of all methods, where a right answer of any has equals."""
    if not any(method.ranks.equal.any() for method in methods):
        return
    for ties in ("optimistic", "pessimistic"):
        for method in methods:
            for name, values in rank_values(method.ranks.by_ties(ties), task.ks).items():
                found = (float(values.mean()), np.nan, np.nan, np.nan, values.size)
                yield TripleRow(method.label, name, *found, "ties", ties, method.baseline)
