"""Agreement of guesses with groups: chance by listing all relabellings."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from graphemb.analysis.bias.agreement import agreement


@pytest.mark.parametrize("match", [False, True])
def test_two_groups_are_exact(match: bool) -> None:
    groups, guesses = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 0, 1])
    found = agreement(groups, guesses, np.random.default_rng(0), match=match)
    shares = np.array([np.mean(np.array(order) == guesses) for order in permutations(groups)])
    shares = np.maximum(shares, 1 - shares) if match else shares
    assert found.share == pytest.approx(5 / 7)
    assert found.chance == pytest.approx(shares.mean()) and found.p == pytest.approx((shares >= 5 / 7 - 1e-9).mean())
    assert found.right.sum() == 5 and found.p_kind == "exact, all relabellings"


def test_three_groups_by_random_relabellings() -> None:
    groups = np.repeat([0, 1, 2], 20)
    found = agreement(groups, (groups + 1) % 3, np.random.default_rng(0), match=True, draws=200)
    assert found.share == 1.0 and found.p == pytest.approx(1 / 201) and 0.33 < found.chance < 0.5
    wrong = agreement(groups, (groups + 1) % 3, np.random.default_rng(0), draws=200)
    assert wrong.share == 0.0 and wrong.p == 1.0 and wrong.chance == pytest.approx(1 / 3, abs=0.02)


def test_p_is_never_zero() -> None:
    groups = np.repeat([0, 1], 3_000)
    found = agreement(groups, groups, np.random.default_rng(0))
    assert 0 < found.p < 1e-300
