"""What measures of bias in knowledge graphs give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from graphemb.data.json_file import write_json
from graphemb.data.plain import plain


@dataclass(frozen=True)
class KnowledgeBias:
    """The result of one measure: a row for everything measured, the value that means no bias, and what its sign says.

    Attributes
    ----------
    measure : its name
    table : one row for each thing measured, the most biased first; what its columns are the measure says
    null : the value without bias
    direction : what a figure above the null means, in words
    details : a finer table, where the measure has one
    settings : all that is needed to repeat it, definitions and counts
    """

    measure: str
    table: pd.DataFrame
    null: float
    direction: str
    details: pd.DataFrame = field(default_factory=pd.DataFrame)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def to_dict(self) -> dict[str, Any]:
        """Everything, as strict JSON can hold it."""
        facts = {"measure": self.measure, "null": self.null, "direction": self.direction}
        tables = {"rows": self.table.to_dict("records"), "details": self.details.to_dict("records")}
        return dict(plain({**facts, **tables, "settings": self.settings}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def __repr__(self) -> str:
        body = self.table.to_string(index=False, float_format="{:.4g}".format, na_rep="-", max_rows=20, show_dimensions=False)
        return f"{self.measure} (no bias: {self.null:g}; above it: {self.direction})\n{body}"

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, escape=True, float_format="{:.4g}".format, na_rep="-", max_rows=20)
        return f"<div><b>{escape(self.measure)}</b> (no bias: {self.null:g}; above it: {escape(self.direction)}){table}</div>"


def exceeding(draws: np.ndarray, found: np.ndarray) -> np.ndarray:
    """p-values, (k,): the share of draws without bias, (draws, k), that are at least as large as what was found, itself counted as one.

    >>> exceeding(np.array([[0.0], [2.0], [1.0]]), np.array([1.5])).tolist()
    [0.5]
    """
    return np.asarray((1 + (draws >= found - 1e-12).sum(axis=0)) / (len(draws) + 1))


def adjusted(p: np.ndarray) -> np.ndarray:
    """q-values: p-values adjusted so that calling all below a level biased is wrong in that share of the calls.

    Source: Benjamini and Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995).
    """
    return np.asarray(false_discovery_control(p)) if len(p) else p
