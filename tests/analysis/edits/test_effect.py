"""How far names lean before and after."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.direct import direct_bias
from graphemb.analysis.edits.effect import leaning
from graphemb.analysis.edits.named import edit
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding


def test_it_is_direct_bias_along_the_direction_of_before(space: Embedding, sides: Concept) -> None:
    found = leaning(space, edit("decor").fit_transform(space, sides), sides)
    assert found is not None
    assert found.before == pytest.approx(direct_bias(space, sides, draws=0).value, abs=1e-6)
    assert found.after < 1e-6 and (found.concept, found.how, found.names) == ("side", "sets", len(space) - 16)


def test_targets_and_chance() -> None:
    rng = np.random.default_rng(0)
    e = Embedding([f"{i}" for i in range(2_000)], rng.normal(size=(2_000, 30)))
    found = leaning(e, e, Concept.from_pairs("any", [("0", "1")]), [f"{i}" for i in range(2, 2_000)])
    assert found is not None and found.before == found.after == pytest.approx(found.chance, rel=0.05)


def test_no_direction_no_figure(space: Embedding, sides: Concept) -> None:
    assert leaning(space, space, Concept("topic", {"topic": ("n1", "n2")})) is None
    assert leaning(space, space, Concept("gone", {"a": ("who",), "b": ("what",)})) is None
