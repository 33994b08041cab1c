"""Binary codes: packing, distances against a loop, and neighbours that re-ranking brings back."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.kernels.hamming import ShortlistSearch, binary_codes, binary_map, hamming_search, pack_bits, unpack_bits, with_codes
from graphemb.kernels.nearest_rows import nearest_rows


@pytest.mark.parametrize("bits", [1, 8, 63, 64, 65, 200])
def test_packed_bits_come_back(bits: int) -> None:
    drawn = np.random.default_rng(bits).random((7, bits)) < 0.5
    codes = pack_bits(drawn)
    assert codes.dtype == np.uint64 and codes.shape == (7, -(-bits // 64))
    np.testing.assert_array_equal(unpack_bits(codes, bits), drawn)


@pytest.mark.parametrize("bits", [5, 64, 130])
@pytest.mark.parametrize("k", [1, 10, 300])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_search_is_a_stable_sort_of_all_distances(bits: int, k: int, n_jobs: int) -> None:
    rng = np.random.default_rng(0)
    drawn, asked = rng.random((100, bits)) < 0.5, rng.random((9, bits)) < 0.5
    rows, distances = hamming_search(pack_bits(drawn), pack_bits(asked), k, n_jobs=n_jobs)
    all_distances = (drawn[None] != asked[:, None]).sum(axis=2)
    expected = np.argsort(all_distances, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(distances, np.take_along_axis(all_distances, expected, axis=1))


def test_a_shortlist_of_everything_is_exact() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32)
    codes = binary_codes(rows, 32)
    found, cosine = ShortlistSearch(rows, codes).search(rows, codes, 6, shortlist=300)
    expected, score = nearest_rows(rows, 5)
    np.testing.assert_array_equal(found[:, 0], np.arange(300))
    np.testing.assert_array_equal(found[:, 1:], expected)
    np.testing.assert_allclose(cosine[:, 1:], score, atol=1e-5)


@pytest.mark.parametrize("rotation", ["itq", "random"])
def test_more_bits_keep_more_neighbours(rotation: str) -> None:
    rng = np.random.default_rng(1)
    rows = (rng.normal(size=(2000, 6)) @ rng.normal(size=(6, 24)) + 0.3 * rng.normal(size=(2000, 24))).astype(np.float32)
    expected, _ = nearest_rows(rows, 10)
    kept = []
    for bits in (8, 24, 128):
        codes = binary_codes(rows, bits, rotation=rotation)  # type: ignore[arg-type]
        found, _ = ShortlistSearch(rows, codes).search(rows, codes, 11, shortlist=200)
        kept.append(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, expected, strict=True)]))
    assert kept[0] < kept[1] < kept[2] and kept[2] > 0.95


def test_codes_do_not_depend_on_lengths_and_place_new_rows() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 8))
    made = binary_map(rows, 40)
    np.testing.assert_array_equal(made.codes(rows), made.codes(rows * 7))
    np.testing.assert_array_equal(made.codes(rows[3:5]), binary_codes(rows, 40)[3:5])
    assert (binary_codes(rows, 40, random_state=1) != made.codes(rows)).any()


def test_codes_follow_the_rows_of_an_embedding() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 8))
    e = with_codes(with_codes(Embedding([f"n{i}" for i in range(20)], rows), 32), 64)
    assert e.meta["notes"] == {"bits": 64, "by_row": ["codes"]}
    np.testing.assert_array_equal(e.take(np.array([5, 2])).parameters["codes"], e.parameters["codes"][[5, 2]])


def test_hard_input() -> None:
    codes = pack_bits(np.eye(3))
    with pytest.warns(DataWarning, match="zero vectors"):
        with_codes(Embedding(["a", "b"], [[0.0, 0.0], [1.0, 0.0]]), 8)
    assert (binary_codes(np.ones((4, 3)), 8) == binary_codes(np.ones((4, 3)), 8)[0]).all()  # duplicated rows, fewer rows than bits
    with pytest.raises(DataError, match="no codes"):
        hamming_search(codes[:0], codes)
    with pytest.raises(DataError, match="uint64 rows of 1 words"):
        hamming_search(codes, codes.astype(np.int64))
    with pytest.raises(DataError, match="one code a row"):
        ShortlistSearch(np.eye(4), codes)
    with pytest.raises(DataError, match="a code for each query"):
        ShortlistSearch(np.eye(3), codes).search(np.eye(4), codes)
    with pytest.raises(ParameterError, match="shortlist"):
        ShortlistSearch(np.eye(3), codes).search(np.eye(3), codes, shortlist=0)
    with pytest.raises(DataError, match="finite rows"):
        binary_codes(np.array([[np.nan]]))
    with pytest.raises(UnknownNameError, match="itq"):
        binary_codes(np.eye(3), rotation="pca")  # type: ignore[arg-type]
