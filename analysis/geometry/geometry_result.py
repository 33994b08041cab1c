"""The result of :func:`graphemb.analysis.geometry.geometry.geometry`."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import pandas as pd

from graphemb.analysis.geometry.figure import FigureTable
from graphemb.errors import UnknownNameError


@dataclass(frozen=True, repr=False)
class GeometryResult(FigureTable):
    """Figures of one embedding, each with the same figure of normal vectors of the same shape in the column ``gaussian``.

    ``result["isoscore"]`` is one figure; ``tables`` holds ``spectrum``, ``hubs`` and ``occurrences``.

    >>> from graphemb.analysis.geometry.figure import Figure
    >>> GeometryResult((Figure("isoscore", 0.5, reference=0.9),)).gaussian("isoscore")
    0.9
    """

    reference: ClassVar[str] = "gaussian"

    def gaussian(self, key: str) -> float:
        """The figure of normal vectors of the same shape."""
        found = {figure.key: figure.reference for figure in self.figures}
        if key not in found:
            raise UnknownNameError("figure", key, list(found))
        return found[key]

    @property
    def spectrum(self) -> pd.DataFrame:
        """Shares of the variance on the principal axes, and those of the normal vectors."""
        return self.tables.get("spectrum", pd.DataFrame())

    @property
    def hubs(self) -> pd.DataFrame:
        """The names that are in most lists of nearest neighbours."""
        return self.tables.get("hubs", pd.DataFrame())

    def headline(self) -> str:
        """How many rows of how many columns, in which form."""
        if not self.settings:
            return ""
        zero = f"; {self.settings['zero rows']:,} rows of zeros" if self.settings["zero rows"] else ""
        return f"{self.settings['names']:,} names, {self.settings['dim']} columns; {self.settings['rows']}{zero}"

    def to_html(self, path: str | PathLike[str], *, title: str | None = None) -> Path:
        """Write the page: every figure with its definition, the spectrum, the hubs."""
        from graphemb.analysis.geometry.geometry_report import write_geometry_report

        return write_geometry_report(self, path, title=title)
