"""Linear support vector machines with a squared hinge, by Newton's method on a matrix of inner products that is made once."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

STEPS = 50
"""Newton steps at most; from a cold start fewer than ten are usual."""


class SquaredHinge:
    """Linear classifiers w, b of rows x with labels y in {-1, 1}, each the minimum of

        (|w|^2 + b^2) / 2 + C sum_i max(0, 1 - y_i (x_i.w + b))^2.

    The loss is quadratic as long as the same rows lie within the margin, so a Newton step is a ridge regression on those: it needs their
    X_I^T X_I, which is that of all rows less that of the others. Where classes overlap nearly all rows lie within the margin, and a fit
    costs next to nothing once X^T X is there (n d^2, memory d^2). ``steps=1`` is ridge regression on the labels itself.

    Source: the objective of LIBLINEAR's L2-loss machine (Fan et al., JMLR 9, 2008), whose solution this is; the method is that of
    Mangasarian, "A finite Newton method for classification", Optim. Methods Softw. 17 (2002).

    Parameters
    ----------
    x : (n, d)
    C : weight of the loss, above 0; rows of length about 1 are thought of

    >>> machine = SquaredHinge(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    >>> machine.fit(np.array([1.0, -1.0])).round(2).tolist()
    [0.8, 0.0, 0.0]
    """

    def __init__(self, x: np.ndarray, *, C: float = 1.0):
        self.x = np.column_stack([x, np.ones(len(x))]).astype(np.float64)
        self.C = C
        self.gram = self.x.T @ self.x

    def without(self, basis: np.ndarray) -> SquaredHinge:
        """The machine of the rows with the directions of an orthonormal basis (k, d) taken out: n d k and d^2 k, not n d^2."""
        wide = np.pad(basis, ((0, 0), (0, 1)))
        less = SquaredHinge.__new__(SquaredHinge)
        less.C, less.x = self.C, self.x - (self.x @ wide.T) @ wide
        half = self.gram - (self.gram @ wide.T) @ wide
        less.gram = half - wide.T @ (wide @ half)
        return less

    def fit(self, y: np.ndarray, *, steps: int = STEPS) -> np.ndarray:
        """w and b of labels -1 and 1, float64 (d + 1,)."""
        w = np.zeros(self.x.shape[1])
        scores = np.zeros(len(self.x))
        inside = np.ones(len(self.x), dtype=bool)
        for _ in range(steps):
            towards = self._ridge(y, inside)
            gain = self.x @ towards
            step = self._step(w, towards, scores, gain, y)
            w, scores = w + step * (towards - w), scores + step * (gain - scores)
            now = y * scores < 1
            if step == 1.0 and (now == inside).all():
                break
            inside = now
        return w

    def _ridge(self, y: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """The minimum if the rows ``inside`` were those within the margin."""
        most = 2 * inside.sum() > len(inside)
        few = self.x[~inside if most else inside]
        hessian = 2 * self.C * (self.gram - few.T @ few if most else few.T @ few)
        hessian[np.diag_indices_from(hessian)] += 1.0
        return np.asarray(cho_solve(cho_factor(hessian), 2 * self.C * (self.x[inside].T @ y[inside])))

    def _step(self, w: np.ndarray, towards: np.ndarray, scores: np.ndarray, gain: np.ndarray, y: np.ndarray) -> float:
        """How far to go: all the way, or the largest halving of it that lowers the loss."""
        before, step = self._loss(w, scores, y), 1.0
        while step > 1e-6 and self._loss(w + step * (towards - w), scores + step * (gain - scores), y) > before * (1 + 1e-12):
            step /= 2
        return step

    def _loss(self, w: np.ndarray, scores: np.ndarray, y: np.ndarray) -> float:
        return float(w @ w / 2 + self.C * (np.maximum(0.0, 1.0 - y * scores) ** 2).sum())
