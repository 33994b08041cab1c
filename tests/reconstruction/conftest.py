"""What the decoder tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphemb.data.graph import Graph
from graphemb.kernels.scorer import Scorer


@pytest.fixture
def assert_scores() -> Callable[..., None]:
    """``assert_scores(scorer, expected, tolerance)``: block, pairs, reversed, out= and take agree with the n x n scores."""
    return _assert_scores


def _assert_scores(scorer: Scorer, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    n = len(expected)
    rows, some = np.arange(n)[::-1].copy(), np.array([5, 0, 3])
    u, v = np.divmod(np.arange(n * n), n)
    assert scorer.n == n
    assert not scorer.symmetric or np.allclose(expected, expected.T, atol=1e-6)
    for view, matrix in ((scorer, expected), (scorer.reversed(), expected.T)):
        out = np.empty((2, n), dtype=np.float32)
        assert view.block(np.array([2, 4]), slice(0, n), out) is out
        for found, wanted in (
            (out, matrix[[2, 4]]),
            (view.block(rows, slice(1, n)), matrix[rows, 1:]),
            (view.pairs(u, v), matrix.ravel()),
            (view.take(some).block(np.arange(3), slice(0, 3)), matrix[np.ix_(some, some)]),
        ):
            assert found.dtype == np.float32 and found.shape == wanted.shape
            np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.fixture
def shared_graph(shared_data: Path) -> Callable[[str], Graph]:
    """``shared_graph(name)``: an undirected graph of the real data sets."""

    def read(name: str) -> Graph:
        edges = pd.read_csv(shared_data / "graphs" / name / "edges.tsv.gz", sep="\t", header=None, dtype=str)
        return Graph.from_arrays(edges[0].to_numpy(), edges[1].to_numpy())

    return read
