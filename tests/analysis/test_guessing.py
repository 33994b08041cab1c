"""Classifiers and clusters that guess groups."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.agreement import right_guesses
from graphemb.analysis.guessing import classifier, clusters


@pytest.mark.parametrize("name", ["logistic", "linear", "rbf"])
def test_every_classifier_tells_two_clouds(name: str) -> None:
    groups = np.repeat([0, 1], 30)
    x = np.random.default_rng(0).normal(size=(60, 3)) + 8.0 * groups[:, None]
    assert (classifier(name, 3).fit(x[::2], groups[::2]).predict(x[1::2]) == groups[1::2]).all()


def test_clusters_find_clouds_and_tell_nothing_of_rows_that_are_alike() -> None:
    groups = np.repeat([0, 1, 2], 20)
    x = np.random.default_rng(0).normal(size=(60, 3)) + 20.0 * groups[:, None]
    assert right_guesses(groups, clusters(x, 3, n_starts=5, seed=0), match=True).all()
    assert right_guesses(groups, clusters(np.ones((60, 3)), 3, n_starts=1, seed=0), match=True).mean() == pytest.approx(1 / 3)
