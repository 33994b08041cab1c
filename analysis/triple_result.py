"""The result of a triple evaluation: figures over queries with intervals and chance levels, overall and by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.figure_result import FigureResult
from graphemb.errors import DataError

COLUMNS = ["method", "metric", "mean", "low", "high", "chance", "queries"]
DIFFERENCES = ["metric", "method", "other", "difference", "low", "high", "p", "queries", "grouping", "group"]


@dataclass(frozen=True)
class TripleRow:
    """One figure of one method.

    Attributes
    ----------
    method : the label of the embedding, or the name of a baseline
    metric : "MRR", "hits@10", "AMRI", ...; "macro-MRR" where each distinct question weighs the same
    mean : the figure, over ``queries`` queries: triples asked from one side
    low, high : the ends of the 95% bootstrap interval over triples; NaN where there is none
    chance : what a random order gives, NaN where that is not defined
    grouping, group : "all" and ""; "side", "relation", "cardinality", "cardinality and side", "frequency", "unseen" or "ties" and a group
    baseline : stands beside the methods for perspective
    """

    method: str
    metric: str
    mean: float
    low: float
    high: float
    chance: float
    queries: int
    grouping: str = "all"
    group: str = ""
    baseline: bool = False

    @property
    def key(self) -> str:
        """The metric as JSON calls it."""
        return self.metric


class TripleResult(FigureResult[TripleRow]):
    """What :func:`graphemb.analysis.triple_evaluation.evaluate_triples` found: a :class:`TripleRow` for every method, metric and group.

    ``settings`` hold what was judged and how: split, filter, sides, ties, definitions, counts, seeds, fingerprints and versions.
    ``queries`` is the table of the queries, in whose order ``ranks`` hold, by method, the optimistic and pessimistic ranks (2, queries);
    a result read from a file has neither.

    >>> rows = [TripleRow(name, "MRR", mean, mean - 0.1, mean + 0.1, 0.01, 50) for name, mean in (("a", 0.3), ("b", 0.2))]
    >>> result = TripleResult(rows)
    >>> result.to_frame()["mean"].tolist(), result["a", "MRR"].mean
    ([0.3, 0.2], 0.3)
    """

    row = TripleRow
    words = "triple result"
    unit = "queries"
    columns = COLUMNS
    difference_columns = DIFFERENCES
    groupings = ("side", "cardinality", "cardinality and side", "frequency", "unseen", "ties", "relation")

    def __init__(
        self,
        rows: Iterable[TripleRow],
        differences: pd.DataFrame | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        queries: pd.DataFrame | None = None,
        ranks: Mapping[str, np.ndarray] | None = None,
    ):
        super().__init__(rows, differences, settings)
        self.queries, self.ranks = queries, dict(ranks or {})

    # -- groups

    def by_side(self) -> pd.DataFrame:
        """Tails of (h, r, ?) and heads of (?, r, t) apart."""
        return self._grouped("side")

    def by_relation(self) -> pd.DataFrame:
        """Relation by relation."""
        return self._grouped("relation")

    def by_cardinality(self, *, sides: bool = False) -> pd.DataFrame:
        """By 1-1, 1-n, n-1 and n-n relations of the training split, "n" from 1.5 answers a question in the mean; ``sides`` apart or not."""
        return self._grouped("cardinality and side" if sides else "cardinality")

    def by_frequency(self) -> pd.DataFrame:
        """By how many training triples the right answer stands in."""
        return self._grouped("frequency")

    def by_unseen(self) -> pd.DataFrame:
        """Triples with an entity that is in no training triple, and all others; empty where there are none."""
        return self._grouped("unseen")

    def by_ties(self) -> pd.DataFrame:
        """The figures if right answers came first or last among candidates of equal score; empty where no right answer has equals."""
        return self._grouped("ties")

    def differences(self, grouping: str = "all") -> pd.DataFrame:
        """``method`` minus ``other`` on the same triples, with the 95% interval and two-sided p-value of the paired bootstrap.

        ``grouping`` is "all", or one of the groups, of which there is the MRR. p-values are not corrected for the number of pairs.
        """
        table = self._differences[self._differences["grouping"] == grouping].reset_index(drop=True)
        return table.drop(columns=["grouping", "group"]) if grouping == "all" else table

    def per_triple(self) -> pd.DataFrame:
        """Every query: head, relation, tail, side, candidates, method, and its realistic, optimistic and pessimistic rank."""
        if self.queries is None:
            raise DataError("this result was read from a file, which holds no ranks of single triples; evaluate again")
        parts = []
        for method, (optimistic, pessimistic) in self.ranks.items():
            ranks = {"rank": (optimistic + pessimistic) / 2, "optimistic": optimistic, "pessimistic": pessimistic}
            parts.append(self.queries.assign(method=method, **ranks))
        return pd.concat(parts, ignore_index=True)

    # -- files and screen

    def notes(self) -> list[str]:
        """What was judged and what to know about it, a sentence each."""
        return [str(self.settings[key]) for key in ("judged", "unseen", "ties", "warning") if self.settings.get(key)]

    def _write_report(self, path: str | PathLike[str]) -> None:
        from graphemb.analysis.triple_report import write_triple_report

        write_triple_report(self, path)
