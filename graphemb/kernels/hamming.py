"""Bit-packed codes: made of any vectors, searched by Hamming distance, re-ranked by the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit, uint64

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.threads import in_threads
from graphemb.kernels.warn import warn

Rotation = Literal["itq", "random"]
LEARNED_FROM = 20_000
"""Rows, at most, that a rotation is learned from."""
ROUNDS = 30


def pack_bits(bits: np.ndarray) -> np.ndarray:
    """Rows of true and false as rows of 64-bit words, uint64 (n, ceil(m / 64)), the last filled up with zeros.

    >>> pack_bits(np.array([[True, False, True]])).tolist()
    [[5]]
    """
    packed = np.packbits(np.asarray(bits, dtype=bool), axis=1, bitorder="little")
    filled = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    filled[:, : packed.shape[1]] = packed
    return filled.view("<u8").astype(np.uint64, copy=False)


def unpack_bits(codes: np.ndarray, bits: int) -> np.ndarray:
    """The true and false of packed rows, (n, bits).

    >>> unpack_bits(np.array([[5]], dtype=np.uint64), 3).tolist()
    [[True, False, True]]
    """
    return np.unpackbits(codes.astype("<u8").view(np.uint8), axis=1, bitorder="little")[:, :bits].astype(bool)


@dataclass(frozen=True)
class BinaryMap:
    """Which side of some hyperplanes a vector lies on: bit j is [(x/|x| - mean) . plane_j > 0].

    >>> BinaryMap(np.zeros(2), np.eye(2)).codes(np.array([[3.0, -1.0], [1.0, 1.0]])).tolist()
    [[1], [3]]
    """

    mean: np.ndarray
    planes: np.ndarray
    """(dim, bits)."""

    def codes(self, vectors: np.ndarray) -> np.ndarray:
        """Packed codes of vectors, uint64 (n, ceil(bits / 64)); also of vectors it was not made from."""
        return pack_bits((unit_rows(vectors) - self.mean) @ self.planes > 0)


def binary_map(vectors: np.ndarray, bits: int = 256, *, rotation: Rotation = "itq", random_state: RandomState = 0) -> BinaryMap:
    """Hyperplanes whose sides tell which vectors are alike in direction.

    "itq": the rows are centred and turned so that they lie near the corners of a cube, minimising |B - X R|^2 over the signs B and the
    rotation R in turn; of more bits than columns, several rotations from different starts stand side by side, and of fewer bits
    the leading principal columns are turned. "random": blocks of random orthogonal directions.

    Parameters
    ----------
    vectors : (n, dim); their lengths do not count
    bits : length of a code

    Raises
    ------
    DataError : no rows, or numbers that are not finite

    Source: Gong and Lazebnik, "Iterative Quantization: A Procrustean Approach to Learning Binary Codes", CVPR 2011; Charikar,
    "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002, for random ones. Departure: several rotations side by side.

    >>> rows = np.random.default_rng(0).normal(size=(50, 8))
    >>> binary_map(rows, 20).planes.shape
    (8, 20)
    """
    require_whole("bits", bits)
    if rotation not in ("itq", "random"):
        raise UnknownNameError("rotation", rotation, ["itq", "random"], remedy="known: itq, random")
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():
        raise DataError(f"binary codes need finite rows of numbers, got shape {vectors.shape}")
    rng = generator(random_state)
    rows = unit_rows(vectors)
    mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    some = rows[np.sort(rng.choice(len(rows), min(len(rows), LEARNED_FROM), replace=False))] - mean
    blocks: list[np.ndarray] = []
    dim = rows.shape[1]
    while (left := bits - sum(block.shape[1] for block in blocks)) > 0:
        width = min(dim, left)
        turn = np.linalg.qr(rng.normal(size=(dim, dim)))[0].astype(np.float32)
        blocks.append(turn[:, :width] if rotation == "random" else _turned(some, turn, width))
    return BinaryMap(mean, np.concatenate(blocks, axis=1))


def _turned(rows: np.ndarray, start: np.ndarray, width: int) -> np.ndarray:
    """Iterative quantisation of the ``width`` leading principal columns."""
    principal = np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :width].astype(np.float32)
    x = rows @ principal
    R = np.linalg.qr(start[:width, :width])[0]
    for _ in range(ROUNDS):
        U, _, Vt = np.linalg.svd(x.T @ np.where(x @ R > 0, np.float32(1), np.float32(-1)))
        R = U @ Vt
    return np.asarray(principal @ R)


def binary_codes(vectors: np.ndarray, bits: int = 256, *, rotation: Rotation = "itq", random_state: RandomState = 0) -> np.ndarray:
    """Packed codes of rows, uint64 (n, ceil(bits / 64)): :func:`binary_map` of the rows, applied to them.

    >>> binary_codes(np.array([[1.0, 0.1], [1.0, 0.2], [-1.0, 0.0]]), 64).shape
    (3, 1)
    """
    return binary_map(vectors, bits, rotation=rotation, random_state=random_state).codes(vectors)


def with_codes(embedding: Embedding, bits: int = 256, *, rotation: Rotation = "itq", random_state: RandomState = 0) -> Embedding:
    """The embedding with a packed code beside every row, ``parameters["codes"]``, which follows the rows wherever they go.

    >>> e = with_codes(Embedding(["a", "b"], [[1.0, 0.0], [0.0, 1.0]]), 64)
    >>> e.parameters["codes"].shape, e.meta["notes"]["by_row"]
    ((2, 1), ['codes'])
    """
    zero = int(np.count_nonzero(~embedding.vectors.any(axis=1)))
    if zero:
        warn(f"zero vectors have no direction, so their codes say nothing: {zero:,} of {len(embedding):,}", DataWarning)
    notes = dict(embedding.meta.get("notes", {}))
    notes |= {"bits": int(bits), "by_row": [*(name for name in notes.get("by_row", []) if name != "codes"), "codes"]}
    codes = binary_codes(embedding.vectors, bits, rotation=rotation, random_state=random_state)
    return embedding.replace(parameters={**embedding.parameters, "codes": codes}, meta={**embedding.meta, "notes": notes})


def hamming_search(codes: np.ndarray, query_codes: np.ndarray, k: int = 10, *, n_jobs: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` codes with the fewest bits unlike each query's: rows int64 (q, k) and distances int32 (q, k), nearest first.

    Exact: every code is compared, 64 bits at a time; of equal distances the lower row comes first. A ``k`` above n is cut to it.
    Memory: 16 n bytes a thread.

    Raises
    ------
    DataError : codes that are not uint64 rows of the same width, or no codes

    >>> rows, distances = hamming_search(pack_bits(np.eye(3)), pack_bits(np.array([[0, 1, 0]])), 2)
    >>> rows.tolist(), distances.tolist()
    ([[1, 0]], [[0, 2]])
    """
    require_whole("k", k)
    for what, given in (("codes", codes), ("query codes", query_codes)):
        if given.ndim != 2 or given.dtype != np.uint64 or given.shape[1] != codes.shape[1]:
            raise DataError(f"{what} must be uint64 rows of {codes.shape[-1]} words, got {given.dtype} of shape {given.shape}")
    if not len(codes):
        raise DataError("there are no codes to search")
    k = min(k, len(codes))
    rows, distances = np.empty((len(query_codes), k), dtype=np.int64), np.empty((len(query_codes), k), dtype=np.int32)
    by_word, queries = np.ascontiguousarray(codes.T), np.ascontiguousarray(query_codes)

    def part(first: int, last: int) -> None:
        _nearest(by_word, queries[first:last], rows[first:last], distances[first:last])

    in_threads(part, len(queries), n_jobs)
    return rows, distances


@njit(inline="always")
def _ones(x):  # type: ignore[no-untyped-def]
    """The number of ones among 64 bits; the compiler knows this sum as one instruction of the processor."""
    x = x - ((x >> uint64(1)) & uint64(0x5555555555555555))
    x = (x & uint64(0x3333333333333333)) + ((x >> uint64(2)) & uint64(0x3333333333333333))
    x = (x + (x >> uint64(4))) & uint64(0x0F0F0F0F0F0F0F0F)
    return (x * uint64(0x0101010101010101)) >> uint64(56)


@njit(nogil=True, cache=True)
def _nearest(codes, queries, rows, distances):  # type: ignore[no-untyped-def]
    """Distances of a few queries at a time, their histogram, and all rows up to the k-th distance in order."""
    width, n = codes.shape
    k = rows.shape[1]
    bits = 64 * width
    found = np.empty(n, np.uint16)
    places = np.empty(bits + 2, np.int64)
    for q in range(len(queries)):
        for i in range(n):
            found[i] = _ones(codes[0, i] ^ queries[q, 0])
        for w in range(1, width):
            for i in range(n):
                found[i] += np.uint16(_ones(codes[w, i] ^ queries[q, w]))
        places[:] = 0
        for i in range(n):
            places[found[i] + 1] += 1
        for b in range(bits + 1):
            places[b + 1] += places[b]
        last = 0
        while places[last + 1] < k:
            last += 1
        for i in range(n):
            b = found[i]
            if b <= last:
                if places[b] < k:
                    rows[q, places[b]], distances[q, places[b]] = i, b
                places[b] += 1


class ShortlistSearch:
    """The rows of highest cosine, found by codes first and by vectors then; prepared once, asked often.

    Parameters
    ----------
    vectors : (n, dim)
    codes : uint64 (n, words), such as :func:`binary_codes` or ``embedding.parameters["codes"]``

    Raises
    ------
    DataError : shapes that do not fit

    Memory: 4 n dim bytes beside the codes.

    >>> rows = np.random.default_rng(0).normal(size=(100, 8))
    >>> found, cosine = ShortlistSearch(rows, binary_codes(rows)).search(rows[:2], binary_codes(rows)[:2], 3, shortlist=50)
    >>> found[:, 0].tolist()
    [0, 1]
    """

    def __init__(self, vectors: np.ndarray, codes: np.ndarray):
        if len(vectors) != len(codes):
            raise DataError(f"expected one code a row, got {len(codes):,} codes of {len(vectors):,} rows")
        self._unit, self._codes = unit_rows(vectors), codes

    def search(
        self, queries: np.ndarray, query_codes: np.ndarray, k: int = 10, *, shortlist: int = 500, n_jobs: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` best by cosine of the ``shortlist`` nearest codes of every query: rows int64 (q, k) and cosines float32 (q, k).

        A shortlist of n gives the exact answer.
        """
        require_whole("shortlist", shortlist)
        if len(queries) != len(query_codes) or queries.shape[1:] != self._unit.shape[1:]:
            given = f"{len(query_codes):,} codes and vectors of shape {queries.shape}"
            raise DataError(f"expected a code for each query and {self._unit.shape[1]} columns, got {given}")
        require_whole("k", k)
        k = min(k, len(self._codes))
        near, _ = hamming_search(self._codes, query_codes, max(k, shortlist), n_jobs=n_jobs)
        asked = unit_rows(queries)
        rows, cosines = np.empty((len(queries), k), dtype=np.int64), np.empty((len(queries), k), dtype=np.float32)

        def part(first: int, last: int) -> None:
            _rank(self._unit, near[first:last], asked[first:last], rows[first:last], cosines[first:last])

        in_threads(part, len(queries), n_jobs)
        return rows, cosines


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _rank(vectors, near, queries, rows, cosines):  # type: ignore[no-untyped-def]
    """The best of each shortlist by inner product, best first."""
    k = rows.shape[1]
    for q in range(len(queries)):
        cosines[q] = -np.inf
        for j in range(near.shape[1]):
            score = np.float32(0)
            for m in range(vectors.shape[1]):
                score += vectors[near[q, j], m] * queries[q, m]
            if not score > cosines[q, k - 1]:
                continue
            place = k - 1
            while place > 0 and score > cosines[q, place - 1]:
                cosines[q, place], rows[q, place] = cosines[q, place - 1], rows[q, place - 1]
                place -= 1
            cosines[q, place], rows[q, place] = score, near[q, j]
