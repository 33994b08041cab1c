"""What geometry, comparisons and maps give back: figures by key, each beside what it would be without any structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from graphemb.analysis.geometry.definitions import meaning
from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import UnknownNameError


@dataclass(frozen=True)
class Figure:
    """One number: its key in JSON, the 95% interval (NaN where it is exact or has none), and the reference beside it (NaN for none)."""

    key: str
    value: float
    low: float = np.nan
    high: float = np.nan
    reference: float = np.nan


@dataclass(frozen=True, repr=False)
class FigureTable:
    """Figures with their reference, the tables behind them, what was skipped and why, and the settings that repeat them.

    Attributes
    ----------
    figures : in the order of the page
    tables : data frames by name
    skipped : what could not be computed, with the reason
    settings : all that is needed to repeat it, and what was sampled

    >>> made = FigureTable((Figure("isoscore", 0.5, reference=0.9),))
    >>> made["isoscore"], made.to_dict()["isoscore_reference"]
    (0.5, 0.9)
    """

    reference: ClassVar[str] = "reference"
    """What the reference of every figure is called."""

    figures: tuple[Figure, ...]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> float:
        found = {figure.key: figure.value for figure in self.figures}
        if key not in found:
            raise UnknownNameError("figure", key, list(found))
        return found[key]

    def to_frame(self) -> pd.DataFrame:
        """Columns ``figure``, ``value``, ``low``, ``high``, the reference by its name, and ``meaning``."""
        rows = [(f.key, f.value, f.low, f.high, f.reference, meaning(f.key)) for f in self.figures]
        return pd.DataFrame(rows, columns=["figure", "value", "low", "high", self.reference, "meaning"])

    def headline(self) -> str:
        """What was looked at, in words."""
        return ""

    def to_dict(self) -> dict[str, Any]:
        """Everything as strict JSON can hold it: figures by key, interval and reference beside them, tables under ``groups``."""
        facts: dict[str, Any] = {}
        for figure in self.figures:
            facts[figure.key] = figure.value
            beside = {"low": figure.low, "high": figure.high, self.reference: figure.reference}
            facts |= {f"{figure.key}_{name}": value for name, value in beside.items() if np.isfinite(value)}
        groups = {name: table.to_dict("records") for name, table in self.tables.items()}
        definitions = {figure.key: meaning(figure.key) for figure in self.figures}
        return dict(plain({**facts, "groups": groups, "skipped": self.skipped, "settings": self.settings, "definitions": definitions}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def _shown(self) -> pd.DataFrame:
        """The table without columns that hold nothing, and without the sentences."""
        return self.to_frame().drop(columns="meaning").dropna(axis=1, how="all")

    def __repr__(self) -> str:
        skipped = [f"{name} skipped: {why}" for name, why in self.skipped.items()]
        body = self._shown().to_string(index=False, float_format="{:.4g}".format, na_rep="-") if self.figures else "no figures"
        return "\n".join([*filter(None, [self.headline()]), body, *skipped])

    def _repr_html_(self) -> str:
        table = self._shown().to_html(index=False, escape=True, float_format="{:.4g}".format, na_rep="-")
        return f"<div><b>{escape(self.headline())}</b>{table}</div>"
