"""What turns texts into rows of numbers: the contract of every text encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

import numpy as np

from graphemb.kernels.random import generator


class Encoder(ABC):
    """A dataclass of settings that learns from texts, or knows already, what row a text has.

    ``fit`` is given texts that are all different, sorted and not empty, so that neither their order nor their repetition matters.
    A row is of unit length, or zero where the text holds nothing that the encoder knows.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions whose versions a row depends on."""
    cached: ClassVar[bool] = True
    """Worth keeping on the disk where it took long."""
    no_matter: ClassVar[tuple[str, ...]] = ()
    """Settings that change how fast a row is there, not the row."""

    @abstractmethod
    def fit(self, texts: Sequence[str]) -> np.ndarray:
        """Learn from the texts; their rows, float32 (n, k)."""

    @abstractmethod
    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """Rows of any texts, by what was learned."""

    @property
    def notes(self) -> dict[str, Any]:
        """What is worth knowing about the fit, such as how many words were not known."""
        return {}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that decide the rows."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in self.no_matter}  # type: ignore[arg-type]

    @property
    def spec(self) -> str:
        """What was asked for, so that it can be asked for again: the name, and settings that are not the usual ones."""
        usual = {f.name: f.default for f in fields(self)}  # type: ignore[arg-type]
        changed = [f"{k}={v}" for k, v in self.settings.items() if k != "random_state" and v != usual[k]]
        return self.name + (":" + ",".join(changed) if changed else "")

    def identity(self) -> dict[str, Any] | None:
        """All that decides the rows beside the texts, for a key; None where a row cannot be had again (``random_state=None``)."""
        settings = self.settings
        if not isinstance(settings.get("random_state", 0), (int, np.integer)):
            return None
        return {"encoder": self.name, "settings": settings, "versions": {p: version_of(p) for p in self.packages}}

    def seed(self) -> int:
        """A whole number for packages that want one, drawn from ``random_state``."""
        return int(generator(getattr(self, "random_state", 0)).integers(2**31))


def version_of(package: str) -> str:
    """The version of an installed distribution, empty where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """The rows divided by their lengths, in place where they are float32; zero rows, and rows of rounding noise, become zero.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    empty = lengths <= 1e-6 * lengths.max(initial=0.0)
    lengths[empty] = 1.0
    rows[empty] = 0.0
    rows /= lengths[:, None]
    return rows
