"""Generalised WEAT: by the formula with three groups, its symmetries, what is refused. With two groups: test_weat.py."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.generalised_weat import generalised_weat
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError

ATTRIBUTES = Concept("attributes", {"f": ("f0", "f1", "f2"), "m": ("m0", "m1"), "n": ("n0", "n1", "n2", "n3")})
TARGETS = Concept("targets", {"x": ("x0", "x1", "x2"), "y": ("y0", "y1"), "n": ("n8", "n9")})


def means(e: Embedding, concept: Concept) -> np.ndarray:
    found = [np.mean([e[n] / np.linalg.norm(e[n]) for n in names], axis=0) for names in concept.groups.values()]
    return np.array(found, dtype=np.float64)


def test_the_formula(small: Embedding) -> None:
    x, a = means(small, TARGETS), means(small, ATTRIBUTES)
    terms = [(x[i] - x.mean(axis=0)) @ (a[i] - a.mean(axis=0)) for i in range(3)]
    found = generalised_weat(small, ATTRIBUTES, TARGETS)
    assert found.value == pytest.approx(sum(terms), abs=1e-6) and found.table["match"].sum() == pytest.approx(found.value)
    assert found.p_kind == "Monte Carlo, 10,000 random splits" and found.low < found.value < found.high
    assert len(found.details) == 7


def test_groups_that_match_are_told_from_those_that_do_not(small: Embedding, sex: Concept, sides: Concept) -> None:
    matched = generalised_weat(small, sex, sides)
    assert matched.p < 0.05 and matched.p_kind == "exact, 1,716 splits"
    turned = generalised_weat(small, sex, sides.replace(groups=dict([*sides.groups.items()][::-1])))
    assert turned.value == pytest.approx(-matched.value) and turned.p > 0.9


def test_what_is_refused(small: Embedding, sex: Concept) -> None:
    with pytest.raises(DataError, match="expected a concept of 2 groups, and 'targets' has 3"):
        generalised_weat(small, sex, TARGETS)
    with pytest.raises(DataError, match="'f0' is both target and attribute"):
        generalised_weat(small, sex, Concept("bad", {"x": ("f0",), "y": ("y0",)}))
    with pytest.raises(DataError, match="at least 2"):
        generalised_weat(small, Concept("one", {"f": ("f0",)}), Concept("one", {"x": ("x0",)}))
