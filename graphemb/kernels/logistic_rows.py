"""A vector for each new row by logistic regression on vectors that stay as they are."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.special import expit

from graphemb.kernels.sign_scan import rounding

NUMBERS_AT_ONCE = 2**22
"""float64 numbers of one array of a block: new rows x known rows, or new rows x known rows x columns within a step."""
STEPS = 100
RIDGE = 1e-6
ENOUGH = 1e-10
"""A step that promises a smaller share of the loss ends the search."""


def logistic_rows(edges: sp.csr_array, factor: np.ndarray, *, ridge: float = RIDGE, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """For every row of ``edges`` the x that minimises sum_v log(1 + exp(-y_v x . V_v)) + (r/2) |x|^2, y_v = 1 at an edge, else -1.

    Newton's method with d x d systems and halved steps, each row on its own. A row whose signs are all right, beyond the rounding of
    float32, is done: from there the loss would only fall by making x longer. A row without an edge stays zero, whose scores
    are right.

    Parameters
    ----------
    edges : (m, n); every stored entry is an edge
    factor : V, (n, d), finite
    ridge : r is this times the mean of \\|V_v\\|^2; it keeps the systems solvable and a row that can be separated finite
    steps : the most steps of a row

    Returns
    -------
    x (m, d) float32, and (m,) the number of wrong signs of each row, from that float32

    Time: O(n d^2) a row and step. Memory: some blocks of 32 MB, never m x n.

    >>> x, wrong = logistic_rows(sp.csr_array(np.array([[1, 0, 1]])), np.array([[1.0, 0], [0, 1], [1, 1]]))
    >>> wrong.tolist(), (x @ [[1, 0, 1], [0, 1, 1]] > 0).tolist()
    ([0], [[True, False, True]])
    """
    V = factor.astype(np.float64)
    rows, wrong = np.zeros((edges.shape[0], V.shape[1]), dtype=np.float32), np.zeros(edges.shape[0], dtype=np.int64)
    weight = ridge * max(float(np.einsum("ij,ij->", V, V)) / max(len(V), 1), np.finfo(np.float64).tiny)
    some = np.flatnonzero(np.diff(edges.indptr))
    size = max(1, NUMBERS_AT_ONCE // max(len(V), 1))
    for start in range(0, len(some), size):
        part = some[start : start + size]
        signs = np.where(edges[part].toarray() != 0, 1.0, -1.0)
        rows[part] = _newton(signs, V, weight, steps)
        wrong[part] = ((rows[part].astype(np.float64) @ V.T > 0) != (signs > 0)).sum(axis=1)
    return rows, wrong


def _newton(signs: np.ndarray, V: np.ndarray, weight: float, steps: int) -> np.ndarray:
    """x (b, d) of the rows of ``signs`` (b, n)."""
    x = np.zeros((len(signs), V.shape[1]))
    z = np.zeros(signs.shape)
    active = np.arange(len(signs))
    sizes = np.sqrt(np.einsum("ij,ij->i", V, V))
    for _ in range(steps):
        y = signs[active]
        away = expit(-y * z[active])  # how far each probability is from its label
        gradient = weight * x[active] - (y * away) @ V
        step = -np.linalg.solve(_hessians(away * (1 - away), V, weight), gradient[:, :, None])[:, :, 0]
        promised = np.einsum("ij,ij->i", gradient, step)
        x[active], z[active], loss = _shortened(x[active], step, z[active], step @ V.T, y, weight, promised)
        lengths = np.sqrt(np.einsum("ij,ij->i", x[active], x[active]))
        doubt = 2 * rounding(V.shape[1]) * np.outer(lengths, sizes)
        right = np.where(y > 0, z[active] > doubt, z[active] <= -doubt).all(axis=1)
        active = active[~right & (-promised > ENOUGH * (loss + ENOUGH))]
        if not len(active):
            break
    return x


def _hessians(w: np.ndarray, V: np.ndarray, weight: float) -> np.ndarray:
    """V^T diag(w) V + weight I for each row of ``w`` (b, n), float64 (b, d, d)."""
    total = np.broadcast_to(weight * np.eye(V.shape[1]), (len(w), V.shape[1], V.shape[1])).copy()
    width = max(1, NUMBERS_AT_ONCE // max(w.shape[0] * V.shape[1], 1))
    for start in range(0, len(V), width):
        block = V[start : start + width]
        total += np.matmul((w[:, start : start + width, None] * block).transpose(0, 2, 1), block)
    return total


def _shortened(
    x: np.ndarray, step: np.ndarray, z: np.ndarray, turn: np.ndarray, y: np.ndarray, weight: float, promised: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x and z moved along the step, halved row by row until the loss falls by Armijo's rule; and the loss there."""
    before = _loss(x, z, y, weight)
    length = np.ones(len(x))
    for _ in range(30):
        new_x, new_z = x + length[:, None] * step, z + length[:, None] * turn
        loss = _loss(new_x, new_z, y, weight)
        long = loss > before + 1e-4 * length * promised + 1e-12 * before
        if not long.any():
            break
        length[long] /= 2
    return new_x, new_z, loss


def _loss(x: np.ndarray, z: np.ndarray, y: np.ndarray, weight: float) -> np.ndarray:
    return np.asarray(np.logaddexp(0, -y * z).sum(axis=1) + weight / 2 * np.einsum("ij,ij->i", x, x))
