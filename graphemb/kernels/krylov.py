"""Randomized block Krylov iteration: the spectral solver for matrices where one vector at a time is hopeless."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh, qr

Apply = Callable[[np.ndarray], np.ndarray]

NOISE = 1e-6
"""Values below this share of the largest are rounding noise of float32 blocks, and returned as 0."""


def krylov_basis(apply: Apply, n: int, width: int, depth: int, rng: np.random.Generator, dtype: np.dtype) -> np.ndarray:
    """Orthonormal columns, (n, width * depth), that span [X, M X, ..., M^(depth-1) X] for a random X and a symmetric ``M``.

    Block Lanczos with full reorthogonalisation: a power kept raw would lose all but its leading directions to rounding.
    Memory: ``n * width * (depth + 3)`` numbers.

    Source: Musco and Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate Singular Value
    Decomposition", NeurIPS 2015.
    """
    basis = np.empty((n, width * depth), dtype=dtype, order="F")
    block = _orthonormal(rng.standard_normal((n, width), dtype=dtype))
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
    apply: Apply, n: int, k: int, which: str, rng: np.random.Generator, *, depth: int, oversample: int = 10, dtype: str = "float32"
) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` leading Ritz pairs of a symmetric operator on a block Krylov space, in descending order."""
    width = min(k + oversample, n)
    basis = krylov_basis(apply, n, width, min(depth, n // width), rng, np.dtype(dtype))
    projected = np.empty((basis.shape[1], basis.shape[1]))
    for start in range(0, basis.shape[1], width):
        columns = slice(start, start + width)
        projected[:, columns] = basis.T @ apply(basis[:, columns])
    values, rotation = eigh((projected + projected.T) / 2)
    order = leading(values, k, which)
    values = values[order]
    values[abs(values) < NOISE * abs(values).max(initial=0.0)] = 0.0
    return values, basis @ rotation[:, order].astype(basis.dtype)


def leading(values: np.ndarray, k: int, which: str) -> np.ndarray:
    """Rows of the ``k`` leading values, descending by size (``"magnitude"``) or by value (``"algebraic"``)."""
    order = np.lexsort((-values, -abs(values))) if which == "magnitude" else np.argsort(-values, kind="stable")
    return order[:k]


def _orthonormal(block: np.ndarray) -> np.ndarray:
    return qr(block, mode="economic", overwrite_a=True, check_finite=False)[0]
