"""Ranks of columns against a sort."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.kernels.topk import ranks_of


@pytest.mark.parametrize("k", [1, 3, 20])
@pytest.mark.parametrize("levels", [5, 10_000])
def test_ranks_are_counts_of_higher_scores(k, levels):
    rng = np.random.default_rng(0)
    scores = rng.integers(levels, size=(30, 50)).astype(np.float32)
    scores[:, 0] = -np.inf
    columns = np.stack([rng.choice(np.arange(1, 50), k, replace=False) for _ in range(30)])
    wanted = [[1 + (scores[i] > scores[i, j]).sum() for j in columns[i]] for i in range(30)]
    assert ranks_of(scores, columns, n_jobs=1).tolist() == wanted
    assert ranks_of(scores, columns).tolist() == wanted
