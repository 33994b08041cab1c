"""Average cosine and partition isotropy: against all pairs written out, and the published vectors."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.geometry.isotropy import average_cosine, partition_isotropy
from graphemb.analysis.geometry.subject import formed
from graphemb.data.embedding import Embedding


def test_average_cosine_is_the_mean_over_all_pairs():
    x = np.random.default_rng(0).normal(size=(40, 6)) + 0.5
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    pairs = (unit @ unit.T)[np.triu_indices(40, 1)]
    assert average_cosine(x) == pytest.approx(pairs.mean(), abs=1e-7)


def test_rows_of_zeros_have_cosine_zero():
    x = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    assert average_cosine(x) == pytest.approx(1 / 3)


def test_sums_are_in_double_precision():
    """All rows alike: the mean cosine is 1, which sums of a million float32 would miss."""
    x = np.full((300_000, 3), 1 / np.sqrt(3), dtype=np.float32)
    assert average_cosine(x) == pytest.approx(1, abs=1e-6)


def test_partition_is_the_ratio_of_the_sums():
    x = formed(np.random.default_rng(1).normal(size=(50, 4)) + 0.3, "unit").astype(np.float64)
    axes = np.linalg.eigh(x.T @ x)[1]
    sums = np.exp(np.concatenate([x @ axes, -x @ axes], axis=1)).sum(axis=0)
    assert partition_isotropy(x) == pytest.approx(sums.min() / sums.max(), rel=1e-9)
    assert partition_isotropy(x) <= partition_isotropy(x, both_signs=False)


def test_partition_survives_long_rows():
    x = np.random.default_rng(0).normal(size=(50, 4)) * 1_000
    assert 0 <= partition_isotropy(x) < 1e-6


def test_partition_does_not_hang_on_the_sign_of_an_axis():
    x = formed(np.random.default_rng(2).normal(size=(60, 5)) + 0.2, "unit")
    flipped = x * np.array([1, -1, 1, -1, -1], dtype=np.float32)
    assert partition_isotropy(flipped) == pytest.approx(partition_isotropy(x), rel=1e-6)


@pytest.mark.shared
def test_googlenews(shared_data):
    x = formed(Embedding.load(shared_data / "words" / "googlenews-26k" / "vectors.bin.gz").vectors, "unit")
    assert round(average_cosine(x), 4) == 0.0621
    # .778 is what one solver's signs of the axes give; both signs give less
    assert partition_isotropy(x, both_signs=False) == pytest.approx(0.778, abs=0.002)
    assert round(partition_isotropy(x), 3) == 0.608
    centred = formed(x, "centred")
    assert abs(average_cosine(centred)) < 1e-4
    assert partition_isotropy(centred, both_signs=False) == pytest.approx(0.990, abs=0.002)
