"""Eigenspace overlap against singular vectors written out."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.geometry.eigenspace import eigenspace_overlap
from graphemb.errors import DataError


def test_it_is_the_overlap_of_left_singular_vectors():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 6)), rng.normal(size=(40, 4))
    y[:, 0] = x[:, 0]
    U, V = (np.linalg.svd(z, full_matrices=False)[0] for z in (x, y))
    assert eigenspace_overlap(x, y) == pytest.approx(np.sum((U.T @ V) ** 2) / 6)


def test_any_linear_map_spans_the_same_space():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 6))
    assert eigenspace_overlap(x, x @ rng.normal(size=(6, 6))) == pytest.approx(1)
    assert eigenspace_overlap(x, np.hstack([x, x])) == pytest.approx(1)


def test_zeros_span_nothing():
    with pytest.raises(DataError, match="span nothing"):
        eigenspace_overlap(np.eye(3), np.zeros((3, 2)))
