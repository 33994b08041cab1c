"""What the decoder tests share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

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
