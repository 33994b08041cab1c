"""Analogies against a loop over questions."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.errors import ParameterError
from graphemb.kernels import analogies
from graphemb.kernels.analogies import RULES, analogy_scores, answer
from graphemb.kernels.scorer import unit_rows


def by_loop(unit: np.ndarray, questions: np.ndarray, rule: str) -> np.ndarray:
    """float64 (3, q): credit, unrestricted credit, whether the best of all is asked."""
    found = []
    for a, b, c, d in questions:
        scores = analogy_scores(unit, a, b, c, rule)
        asked = np.argmax(scores) in (a, b, c)
        whole = (scores[d] == scores.max()) / (scores == scores.max()).sum()
        scores[[a, b, c]] = -np.inf
        found.append(((scores[d] == scores.max()) / (scores == scores.max()).sum(), whole, asked))
    return np.array(found, dtype=float).T


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("at_once", [64, 10**6])
def test_answers_are_those_of_a_loop(rule: str, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analogies, "COSINES", at_once)
    rng = np.random.default_rng(0)
    unit = unit_rows(np.round(rng.normal(size=(150, 3))))  # rounded, so that rows repeat and scores tie
    questions = rng.integers(0, 150, size=(200, 4))
    found = answer(unit, questions, rule, n_jobs=2)
    expected = by_loop(unit, questions, rule)
    np.testing.assert_allclose(found.credit, expected[0])
    np.testing.assert_allclose(found.unrestricted, expected[1])
    assert expected[0].any()
    assert 0 < expected[2].mean() < 1
    np.testing.assert_allclose(found.asked, expected[2])


def test_the_rules_are_as_defined() -> None:
    unit = unit_rows(np.random.default_rng(1).normal(size=(5, 4)))
    cosine = unit @ unit.T
    half = (1 + cosine) / 2
    np.testing.assert_allclose(analogy_scores(unit, 0, 1, 2), unit @ (unit[1] - unit[0] + unit[2]), rtol=1e-5)
    np.testing.assert_allclose(analogy_scores(unit, 0, 1, 2, "3CosMul"), half[1] * half[2] / (half[0] + 1e-3), rtol=1e-4)
    with pytest.raises(ParameterError, match="3CosAdd or 3CosMul"):
        analogy_scores(unit, 0, 1, 2, "3CosDiv")
    with pytest.raises(ParameterError, match="3CosAdd or 3CosMul"):
        answer(unit, np.zeros((1, 4), dtype=int), "3CosDiv")
