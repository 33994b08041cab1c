"""Vectors that every measure is put to: a small random set of named ones, and real ones where they are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding


@pytest.fixture(scope="session")
def small() -> Embedding:
    """Names f0-f5 and m0-m4 around two ends of an axis, x0-x6 and y0-y5 that lean to one of them a little, n0-n29 that do not."""
    rng = np.random.default_rng(11)
    lean = {"f": 1.0, "m": -1.0, "x": 0.6, "y": -0.6, "n": 0.0}
    sizes = {"f": 6, "m": 5, "x": 7, "y": 6, "n": 30}
    names = [f"{kind}{i}" for kind, size in sizes.items() for i in range(size)]
    vectors = rng.normal(size=(len(names), 12)) + 0.4
    vectors[:, 0] += [2.5 * lean[name[0]] for name in names]
    return Embedding(names, vectors * rng.uniform(0.5, 2.0, size=(len(names), 1)))


def _of(small: Embedding, kind: str) -> tuple[str, ...]:
    return tuple(name for name in small.names if name[0] == kind)


@pytest.fixture(scope="session")
def sex(small: Embedding) -> Concept:
    """Two groups of different sizes."""
    return Concept("sex", {"f": _of(small, "f"), "m": _of(small, "m")})


@pytest.fixture(scope="session")
def sides(small: Embedding) -> Concept:
    """Two groups of targets of different sizes."""
    return Concept("sides", {"x": _of(small, "x"), "y": _of(small, "y")})


@pytest.fixture(scope="session")
def neutral(small: Embedding) -> list[str]:
    """Thirty names that lean nowhere."""
    return list(_of(small, "n"))


@pytest.fixture(scope="session")
def googlenews_26k(shared_data: Path) -> Embedding:
    """26,423 words; their lengths mean nothing."""
    return Embedding.load(shared_data / "words" / "googlenews-26k" / "vectors.bin.gz")


@pytest.fixture(scope="session")
def googlenews_13k(shared_data: Path) -> Embedding:
    """13,013 words with their own lengths, first names among them."""
    return Embedding.load(shared_data / "words" / "googlenews-13k" / "vectors.bin.gz")
