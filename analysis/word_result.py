"""The result of word tests: figures by test with intervals, chance levels and coverage."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from graphemb.analysis.figure_result import FigureResult

COLUMNS = ["method", "test", "metric", "rule", "mean", "low", "high", "chance", "units", "covered", "of"]
DIFFERENCES = ["metric", "method", "other", "difference", "low", "high", "p", "units"]


@dataclass(frozen=True)
class WordRow:
    """One figure of one embedding.

    Attributes
    ----------
    method : the label of the embedding
    test, metric : "ws-353" and "Spearman"; "google-analogies" and "accuracy"; "ap" and "purity"; "8-8-8" and "accuracy" or "OPP"
    mean : the figure, over ``units`` that are compared: pairs, questions, words or outliers that every embedding covers
    low, high : the ends of its 95% interval
    chance : what vectors without meaning give
    covered, of : units that this embedding covers, of so many in the test (or its section)
    rule : of analogies: "3CosAdd" or "3CosMul"
    key : the figure as JSON calls it: the name of the test, and rule or metric after it where there are several
    grouping, group : "all" and ""; "section" and the section of an analogy test
    baseline : False
    """

    method: str
    test: str
    metric: str
    mean: float
    low: float
    high: float
    chance: float
    units: int
    covered: int
    of: int
    rule: str
    key: str
    grouping: str = "all"
    group: str = ""
    baseline: bool = False


class WordResult(FigureResult[WordRow]):
    """What :func:`graphemb.analysis.word_evaluation.evaluate_words` found: a :class:`WordRow` for every embedding, test and metric.

    ``settings`` hold what was asked and how: tests, rules, definitions, seeds and versions; ``left out`` the tests nothing could be
    said of.

    >>> row = WordRow("e", "ws-353", "Spearman", 0.6, 0.5, 0.7, 0.0, 318, 318, 353, "", "ws-353")
    >>> result = WordResult([row])
    >>> result["e", "ws-353"].mean, result.to_dict()["ws-353_coverage"]
    (0.6, 0.9008498583569405)
    """

    row = WordRow
    words = "word result"
    unit = "units"
    columns = COLUMNS
    difference_columns = DIFFERENCES
    groupings = ("section",)

    def by_section(self) -> Any:
        """Analogies, section by section."""
        return self._grouped("section")

    def _lines(self, grouping: str) -> list[dict[str, Any]]:
        """A line for every method and section; each test's figure with interval, chance, coverage and counts beside it."""
        lines: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self.of(grouping):
            group = {"group": row.group} if row.group else {}
            line = lines.setdefault((row.method, row.group), {"method": row.method, **group, "baseline": False})
            line[row.key] = row.mean
            beside = {"low": row.low, "high": row.high, "chance": row.chance, "coverage": row.covered / row.of if row.of else np.nan}
            counts = {"units": row.units, "covered": row.covered, "of": row.of}
            line |= {f"{row.key}_{name}": value for name, value in beside.items() if np.isfinite(value)}
            line |= {f"{row.key}_{name}": value for name, value in counts.items()}
        return list(lines.values())

    def notes(self) -> list[str]:
        """What was left out, and what to know about the figures, a sentence each."""
        return [*self.settings.get("left out", []), *self.settings.get("remarks", [])]

    def _write_report(self, path: str | PathLike[str]) -> None:
        from graphemb.analysis.word_report import write_word_report

        write_word_report(self, path)
