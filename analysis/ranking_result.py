"""The result of a ranking evaluation: means over users with intervals and chance levels, overall and by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.figure_result import FigureResult
from graphemb.errors import DataError

COLUMNS = ["method", "metric", "k", "mean", "low", "high", "chance", "users"]
DIFFERENCES = ["metric", "k", "method", "other", "difference", "low", "high", "p", "users"]


@dataclass(frozen=True)
class RankingRow:
    """One figure of one method.

    Attributes
    ----------
    method : the label of the embedding, or the name of a baseline
    metric, k : "recall", "ndcg", ... of the best k items
    mean : over ``users`` users; coverage and Gini are of all recommendations together
    low, high : the ends of the 95% bootstrap interval over users; NaN where there is none
    chance : the expectation of a random order, NaN where that is not defined
    grouping, group : "all" and "", "activity" and a group of users, or "popularity" and a group of items
    baseline : stands beside the methods for perspective
    """

    method: str
    metric: str
    k: int
    mean: float
    low: float
    high: float
    chance: float
    users: int
    grouping: str = "all"
    group: str = ""
    baseline: bool = False

    @property
    def key(self) -> str:
        """The metric as JSON calls it, such as ``recall@20``."""
        return f"{self.metric}@{self.k}"

    def record(self) -> dict[str, Any]:
        """The row of ``to_frame``."""
        return {column: getattr(self, column) for column in COLUMNS}


class RankingResult(FigureResult[RankingRow]):
    """What :func:`graphemb.analysis.recommendation.evaluate` found: a :class:`RankingRow` for every method, metric, k and group.

    ``settings`` hold what was judged and how: split, masks, candidates, definitions, counts, seeds, fingerprints and versions.
    ``values`` hold, by method and metric, the figures of single users, whose names are ``users``; a result read from a file has none.

    >>> rows = [RankingRow(name, "recall", 20, mean, mean - 0.1, mean + 0.1, 0.01, 50) for name, mean in (("a", 0.3), ("b", 0.2))]
    >>> result = RankingResult(rows)
    >>> result.to_frame()["mean"].tolist(), result["a", "recall@20"].mean
    ([0.3, 0.2], 0.3)
    """

    row = RankingRow
    words = "ranking result"
    unit = "users"
    columns = COLUMNS
    difference_columns = DIFFERENCES
    groupings = ("activity", "popularity")

    def __init__(
        self,
        rows: Iterable[RankingRow],
        differences: pd.DataFrame | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        users: Iterable[str] = (),
        values: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    ):
        super().__init__(rows, differences, settings)
        self.users, self.values = tuple(users), dict(values or {})

    def by_activity(self) -> pd.DataFrame:
        """The same for groups of users, by how many training items they have."""
        return self._grouped("activity")

    def by_popularity(self) -> pd.DataFrame:
        """Recall restricted to the test items of a group: head, mid and tail hold a third of training interactions each, cold have none."""
        return self._grouped("popularity")

    def per_user(self) -> pd.DataFrame:
        """The figures of every user: user, method, and a column a metric."""
        if not self.values:
            raise DataError("this result was read from a file, which holds no figures of single users; evaluate again")
        parts = [pd.DataFrame({"user": self.users, "method": method, **values}) for method, values in self.values.items()]
        return pd.concat(parts, ignore_index=True)

    def _write_report(self, path: str | PathLike[str]) -> None:
        from graphemb.analysis.ranking_report import write_ranking_report

        write_ranking_report(self, path)
