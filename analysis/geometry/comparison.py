"""The result of :func:`graphemb.analysis.geometry.compare.compare`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from graphemb.analysis.geometry.figure import FigureTable

SHOWN = 200


@dataclass(frozen=True, repr=False)
class Comparison(FigureTable):
    """Figures of two embeddings, each with what chance gives in the column ``chance``, and the names that moved most.

    >>> from graphemb.analysis.geometry.figure import Figure
    >>> Comparison((Figure("cka", 0.9, reference=0.1),)).to_dict()["cka_chance"]
    0.1
    """

    reference: ClassVar[str] = "chance"

    @property
    def moved(self) -> pd.DataFrame:
        """By name: overlap and Jaccard index of its neighbours, cosine after alignment, lost and new neighbours; most moved first."""
        return self.tables.get("moved", pd.DataFrame())

    def headline(self) -> str:
        """How many names are shared."""
        if not self.settings:
            return ""
        names, dim = self.settings["names"], self.settings["dim"]
        sides = " and ".join(f"{names[side]:,} names x {dim[side]}" for side in ("first", "second"))
        zero = f"; {names['zero']:,} left out, whose vectors are zero" if names["zero"] else ""
        return f"{names['shared']:,} shared names of {sides}; neighbours of {self.settings['queries']:,}{zero}"

    def to_dict(self) -> dict[str, Any]:
        """Everything as strict JSON can hold it; of the moved names the first 200."""
        short = {name: table.head(SHOWN) for name, table in self.tables.items()}
        return FigureTable.to_dict(replace(self, tables=short))

    def to_html(self, path: str | PathLike[str], *, title: str | None = None) -> Path:
        """Write the page: every figure with its definition, what moved."""
        from graphemb.analysis.geometry.comparison_report import write_comparison_report

        return write_comparison_report(self, path, title=title)
