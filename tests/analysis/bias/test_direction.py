"""Directions of concepts, and of random pairs of names."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias import direction
from graphemb.analysis.bias.direction import concept_direction, mean_lengths
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding


@pytest.mark.parametrize("strictness", [0.5, 1.0, 2.0])
def test_mean_lengths_are_those_of_the_projections_whatever_the_block(monkeypatch: pytest.MonkeyPatch, strictness: float) -> None:
    rng = np.random.default_rng(0)
    rows, bases = rng.normal(size=(50, 6)), [np.linalg.qr(rng.normal(size=(6, k)))[0].T for k in (1, 3, 2)]
    monkeypatch.setattr(direction, "NUMBERS_AT_ONCE", 40)
    by_hand = [(np.linalg.norm(rows @ b.T @ b, axis=1) ** strictness).mean() for b in bases]
    assert mean_lengths(rows, bases, strictness) == pytest.approx(np.array(by_hand), rel=1e-12)
    assert mean_lengths(rows, []).shape == (0,)


def test_the_first_set_points_to_its_own_first_name() -> None:
    e = Embedding(list("abcdef"), [[1, 1], [-1, 1], [-1, 0.2], [1, 0.2], [-1, 0.1], [1, 0.1]])
    turned = Concept.from_pairs("side", [("a", "b"), ("c", "d"), ("e", "f")]).locate(e)
    assert concept_direction(e, turned, how="first-set").first == pytest.approx([1, 0], abs=1e-6)
