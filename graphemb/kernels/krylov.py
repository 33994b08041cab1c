"""Randomized block Krylov iteration: the spectral solver for matrices where one vector at a time is hopeless."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh, qr

Apply = Callable[[np.ndarray], np.ndarray]
Key = Callable[[np.ndarray], np.ndarray]

NOISE = 1e-6
"""Values below this share of the largest are rounding noise of float32 blocks, and returned as 0."""
DEPTH = 4
ROUNDS = 6
GAIN = 2e-3
"""A round that raises the sum of the leading keys by a smaller share of their magnitude is the last one."""
OVERSAMPLE = 10


def krylov_basis(apply: Apply, start: np.ndarray, depth: int) -> np.ndarray:
    """Orthonormal columns, (n, width * depth), that span [X, M X, ..., M^(depth-1) X] for a block X and a symmetric ``M``.

    Block Lanczos with full reorthogonalisation: a power kept raw would lose all but its leading directions to rounding.
    """
    n, width = start.shape
    basis = np.empty((n, width * depth), dtype=start.dtype, order="F")
    block = _orthonormal(start)
    for j in range(depth):
        if j:
            block = apply(block)
            for _ in range(2):  # once more after normalising: a nearly dependent block is mostly rounding error
                known = basis[:, : j * width]
                block -= known @ (known.T @ block)
                block = _orthonormal(block)
        basis[:, j * width : (j + 1) * width] = block
    return basis


def krylov_eigenpairs(
    apply: Apply, n: int, k: int, key: Key, rng: np.random.Generator, *, depth: int = DEPTH, dtype: str = "float32"
) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` Ritz pairs of a symmetric operator that lead by ``key`` of their values, in descending order of it.

    Each round spans a block Krylov space from the best vectors of the last one (random ones at first) and takes the Ritz
    vectors in it; it ends when the keys of the values hardly gain any more. Memory: ``n * (k + 10) * (depth + 3)`` numbers.

    Source: Musco and Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate Singular Value
    Decomposition", NeurIPS 2015; restarted, because a graph's spectrum decays slowly and one round leaves a tenth of its energy behind.
    """
    width = min(k + OVERSAMPLE, n)
    depth = min(depth, n // width)
    block = rng.standard_normal((n, width), dtype=np.dtype(dtype))
    reached = -np.inf
    for _ in range(ROUNDS):
        values, block = _ritz(apply, krylov_basis(apply, block, depth), width, key)
        keys = key(values[:k])
        total = float(keys.sum())
        if total - reached <= GAIN * float(abs(keys).sum()):
            break
        reached = total
    values = values[:k]
    values[abs(values) < NOISE * abs(values).max(initial=0.0)] = 0.0
    return values, block[:, :k]


def by_magnitude(values: np.ndarray) -> np.ndarray:
    """The key that puts the largest absolute value first."""
    return abs(values)


def by_value(values: np.ndarray) -> np.ndarray:
    """The key that puts the largest value first."""
    return values


def leading(values: np.ndarray, k: int, key: Key) -> np.ndarray:
    """Places of the ``k`` values with the largest keys, descending; of two with one key the larger value first."""
    return np.lexsort((-values, -key(values)))[:k]


def _ritz(apply: Apply, basis: np.ndarray, width: int, key: Key) -> tuple[np.ndarray, np.ndarray]:
    """The leading ``width`` eigenpairs of an operator as seen from a basis."""
    projected = np.empty((basis.shape[1], basis.shape[1]))
    for start in range(0, basis.shape[1], width):
        columns = slice(start, start + width)
        projected[:, columns] = basis.T @ apply(basis[:, columns])
    values, rotation = eigh((projected + projected.T) / 2)
    order = leading(values, width, key)
    return values[order], basis @ rotation[:, order].astype(basis.dtype)


def _orthonormal(block: np.ndarray) -> np.ndarray:
    return qr(block, mode="economic", overwrite_a=True, check_finite=False)[0]
