"""A small world in which two groups differ along one direction, and in which other names lean along it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding

PAIRS = 8


@pytest.fixture
def space() -> Embedding:
    """Ninety names in six columns: eight pairs l0, r0, ..., two pairs to be equalised, four other concept names, and seventy names."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(90, 6))
    x[:20, 0] *= 0.2
    x[0:20:2] = x[1:20:2] + 0.1 * rng.normal(size=(10, 6))
    x[0:20:2, 0] += 2
    x[1:20:2, 0] -= 2
    names = [f"{side}{i}" for i in range(PAIRS) for side in "lr"] + ["queen", "king", "aunt", "uncle"] + ["t0", "t1", "u0", "u1"]
    names += [f"n{i}" for i in range(90 - len(names))]
    return Embedding(names, x, attributes=pd.DataFrame({"size": np.arange(90)}), meta={"method": "by hand"})


@pytest.fixture
def sides() -> Concept:
    """What the groups of ``space`` are called."""
    work = Concept.from_pairs("work", [("t0", "u0"), ("t1", "u1")])
    pairs = [(f"l{i}", f"r{i}") for i in range(PAIRS)]
    more = {"equalise": (("queen", "king"), ("aunt", "uncle")), "specific": ("queen", "king", "aunt", "uncle"), "targets": work}
    return Concept.from_pairs("side", pairs, groups=("left", "right"), **more)
