"""The normalised training matrix of users and items, and its leading singular triplets."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from graphemb.kernels.factors import keep_rank
from graphemb.kernels.random import RandomState
from graphemb.kernels.spectral import solver_note, top_singular_triplets


def normalised(train: sp.csr_array) -> sp.csr_array:
    """R~ = D_u^{-1/2} R D_i^{-1/2}, float32; its largest singular value is 1, and rows and columns without entries stay so.

    >>> normalised(sp.csr_array(np.float32([[1, 1], [0, 0]]))).toarray().round(3).tolist()
    [[0.7070000171661377, 0.7070000171661377], [0.0, 0.0]]
    """
    users, items = np.diff(train.indptr), item_degrees(train)
    values = 1 / np.sqrt(np.repeat(users, users) * items[train.indices])
    return sp.csr_array((values.astype(np.float32), train.indices, train.indptr), shape=train.shape)


def item_degrees(train: sp.csr_array) -> np.ndarray:
    """How many users took each item, int64 (m,)."""
    return np.bincount(train.indices, minlength=train.shape[1])


def damped(degrees: np.ndarray) -> np.ndarray:
    """D^{-1/2} as a float32 column, 0 where the degree is 0."""
    return np.where(degrees > 0, 1 / np.sqrt(np.maximum(degrees, 1)), 0).astype(np.float32)[:, None]


def item_factors(train: sp.csr_array, dim: int, *, solver: str, random_state: RandomState) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Singular values (r,) and right singular vectors (m, r) of R~, with notes for the meta; r < ``dim`` (and a warning) at the rank."""
    # the solver works on vectors of the length of the columns: let these be the shorter side
    R, wide = normalised(train).astype(np.float64), train.shape[1] > train.shape[0]
    U, s, V = top_singular_triplets(R.T.tocsr() if wide else R, dim, solver=solver, random_state=random_state)
    kept = keep_rank(s, dim, "the rank of the training matrix")
    notes = {"solver": solver_note(max(train.shape), dim, solver), "singular_values": [float(f"{s[j]:.6g}") for j in kept]}
    return s[kept], (U if wide else V)[:, kept], notes
