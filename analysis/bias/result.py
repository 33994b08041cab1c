"""What every measure gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from graphemb import registry
from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import UnknownNameError


@dataclass(frozen=True)
class BiasResult:
    """The result of one measure: its figure with interval and p-value, the value without bias, and a row for everything measured.

    Attributes
    ----------
    measure : its registered name, under which JSON holds the figure
    value : the figure; NaN for a measure that is a table only
    null : the value without bias
    direction : what a figure above the null means, in words
    low, high : the 95% bootstrap interval of the value; NaN where there is none
    p : the probability of a figure as far from the null without bias, never 0; NaN where there is no test
    p_kind : how p was found, in words, such as "exact, 12,870 splits"; "" without one
    table : one row for each thing measured, the most biased first; what its columns are the measure says
    details : a finer table, where the measure has one
    settings : all that is needed to repeat it, definitions, what was found of the names and what was missing
    """

    measure: str
    table: pd.DataFrame
    null: float
    direction: str
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    p_kind: str = ""
    details: pd.DataFrame = field(default_factory=pd.DataFrame)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bias(self) -> float:
        """How far the value is from the null, counted in the direction that is worse: 0 is no bias, below 0 is better than that.

        Measures differ in where their null is and in which way is worse; only this can be compared before and after an edit.
        """
        return distance_from(self.value, self.null, self.worse)

    @property
    def worse(self) -> str:
        """Which way from the null is more bias: "away" (both), "above" or "below"."""
        try:
            return registry.find("measure", self.measure).worse
        except UnknownNameError:  # a result made by hand
            return "away"

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def summary(self) -> dict[str, Any]:
        """One line: measure, value, interval, null, p, and which way is worse."""
        facts = {"measure": self.measure, "value": self.value, "low": self.low, "high": self.high}
        return {**facts, "null": self.null, "worse": self.worse, "p": self.p, "p_kind": self.p_kind}

    def to_dict(self) -> dict[str, Any]:
        """Everything, as strict JSON can hold it: the value under the measure's name, interval and p beside it."""
        key = self.measure
        beside = {"low": self.low, "high": self.high, "p": self.p}
        figure = (
            {key: self.value, **{f"{key}_{name}": v for name, v in beside.items() if np.isfinite(v)}} if np.isfinite(self.value) else {}
        )
        facts = {"measure": key, "null": self.null, "direction": self.direction, **({"p_kind": self.p_kind} if self.p_kind else {})}
        tables = {"rows": self.table.to_dict("records"), "details": self.details.to_dict("records")}
        return dict(plain({**figure, **facts, **tables, "settings": self.settings}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def headline(self) -> str:
        """The figure with its interval, p-value and null, in words.

        >>> BiasResult("weat", pd.DataFrame(), 0.0, "X goes with A", 1.5, 1.0, 1.9, 0.002).headline()
        'weat 1.5 (95% interval 1 to 1.9; p 0.002; no bias: 0; above it: X goes with A)'
        """
        interval = [f"95% interval {self.low:.4g} to {self.high:.4g}"] if np.isfinite(self.low) else []
        test = [f"p {self.p:.2g}"] if np.isfinite(self.p) else []
        said = "; ".join([*interval, *test, f"no bias: {self.null:g}", f"above it: {self.direction}"])
        return f"{self.measure}{f' {self.value:.4g}' if np.isfinite(self.value) else ''} ({said})"

    def __repr__(self) -> str:
        body = self.table.to_string(index=False, float_format="{:.4g}".format, na_rep="-", max_rows=20, show_dimensions=False)
        return f"{self.headline()}\n{body}"

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, escape=True, float_format="{:.4g}".format, na_rep="-", max_rows=20)
        return f"<div><b>{escape(self.headline())}</b>{table}</div>"


def distance_from(value: float, null: float, worse: str) -> float:
    """How far a value is from the one without bias, counted the way that is worse.

    >>> distance_from(0.75, 1.0, "below"), distance_from(-0.5, 0.0, "away")
    (0.25, 0.5)
    """
    gap = value - null
    return float(abs(gap) if worse == "away" else gap if worse == "above" else -gap)


def exceeding(draws: np.ndarray, found: np.ndarray) -> np.ndarray:
    """p-values, (k,): the share of draws without bias, (draws, k), that are at least as large as what was found, itself counted as one.

    >>> exceeding(np.array([[0.0], [2.0], [1.0]]), np.array([1.5])).tolist()
    [0.5]
    """
    return np.asarray((1 + (draws >= found - 1e-12).sum(axis=0)) / (len(draws) + 1))


def chance_test(draws: np.ndarray, found: float, of: str = "random directions") -> tuple[float, str]:
    """The p-value of one figure among ``draws`` of it without bias, (draws,), and how it was found; NaN and "" without draws.

    >>> chance_test(np.array([0.0, 2.0, 1.0]), 1.5)
    (0.5, 'Monte Carlo, 3 random directions')
    """
    if not len(draws):
        return np.nan, ""
    return float(exceeding(draws[:, None], np.array([found]))[0]), f"Monte Carlo, {len(draws):,} {of}"


def adjusted(p: np.ndarray) -> np.ndarray:
    """q-values: p-values adjusted so that calling all below a level biased is wrong in that share of the calls; NaN stays NaN.

    Source: Benjamini and Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995).

    >>> adjusted(np.array([0.01, 0.04, np.nan])).round(3).tolist()
    [0.02, 0.04, nan]
    """
    known = np.isfinite(p)
    q = np.full(len(p), np.nan)
    if known.any():
        q[known] = false_discovery_control(np.asarray(p, dtype=np.float64)[known])
    return q
