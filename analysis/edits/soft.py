"""Soft debiasing: a linear map that keeps all inner products as well as it can while neutral names lose a direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphemb.analysis.bias.direction import How, concept_direction
from graphemb.analysis.edits.edit import Edit, LinearMap, unit
from graphemb.analysis.edits.hard import exact_rows, specific_names
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import ConvergenceWarning
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.warn import warn


class SoftDebias(Edit):
    """T with the least |(TW)^T (TW) - W^T W|^2 + lam |(TN)^T (TB)|^2 (Frobenius norms), then rows of length one.

    W (d, n) holds all rows, N those of neutral names, B (d, k) the directions of the concept. In X = T^T T, which is positive
    semidefinite, this is convex, and we solve it: :class:`SoftProblem`. ``lam`` near 0 leaves the rows as they are; a large one makes
    neutral names orthogonal to B. In between it trades one for the other, so a part of the bias stays. With as many rows as a
    vocabulary has, the first term weighs far more than the second, and 0.2 changes next to nothing: see ``moved`` in ``meta``.

    Source: Bolukbasi et al., "Man is to Computer Programmer as Woman is to Homemaker?", arXiv 1607.06520. The popular code takes ten small
    steps from a random T with norms that are not squared, which solves another problem and not to its end.

    Parameters
    ----------
    lam : weight of the second term, at least 0
    specific : names that are not neutral, as in :class:`~graphemb.analysis.edits.hard.HardDebias`
    components, how : the directions, see :func:`graphemb.analysis.bias.direction.concept_direction`
    tol : how far from optimal, as a share of the size of the solution; ``optimality_`` is what was reached
    max_iter : steps at most; a :class:`ConvergenceWarning` where they do not suffice

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["she", "he", "nurse", "smith"], [[1.0, 0.2, 0.0], [-1.0, 0.1, 0.0], [0.6, 0.8, 0.1], [-0.6, 0.7, 0.3]])
    >>> soft = SoftDebias(lam=100.0).fit_transform(e, Concept.from_pairs("sex", [("she", "he")]))
    >>> bool(abs(soft["nurse"][0]) < 0.6)
    True
    """

    needs = "sets"

    def __init__(
        self,
        *,
        lam: float = 0.2,
        specific: Sequence[str] | str = "auto",
        components: int = 1,
        how: How = "auto",
        tol: float = 1e-8,
        max_iter: int = 10_000,
    ):
        self.lam = lam
        self.specific = specific
        self.components = components
        self.how = how
        self.tol = tol
        self.max_iter = max_iter

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "sets"
        require_within("lam", self.lam)
        require_positive("tol", self.tol)
        require_whole("max_iter", self.max_iter)
        direction = concept_direction(embedding, located, how=self.how, components=self.components)
        source, listed = specific_names(located, self.specific)
        at = exact_rows(embedding, listed, self.kind_)
        x = unit(x)
        neutral = x[~np.isin(rows, at)]
        problem = SoftProblem(x.T @ x, neutral.T @ neutral, direction.basis.T, self.lam)
        solution, self.optimality_, steps = problem.solve(self.tol, self.max_iter)
        if self.optimality_ > self.tol:
            warn(f"soft debiasing is {self.optimality_:.1e} from optimal after {steps:,} steps; raise max_iter or tol", ConvergenceWarning)
        self.notes_ = {
            "specific": {"list": source, "asked": len(listed), "found": len(at)},
            "how": direction.how,
            "steps": steps,
            "optimality": self.optimality_,
        }
        size, axes = np.linalg.eigh(solution)
        loss = 1.0 - np.sqrt(np.maximum(size, 0.0))  # T = X^1/2 = I - axes diag(loss) axes^T
        changed = np.abs(loss) > 1e-9
        return LinearMap(axes[:, changed] * loss[changed], axes[:, changed].T, unit=True)


@dataclass(frozen=True)
class SoftProblem:
    """min over X >= 0 of |W^T (X - I) W|^2 + lam |N^T X B|^2, from A = W W^T, M = N N^T (d, d) and B (d, k).

    With A = U S^2 U^T and Y = S U^T X U S, which is positive semidefinite exactly where X is, the first term is |Y - S^2|^2: the problem
    is as round as a sphere but for lam, and projected gradient steps with Nesterov's momentum converge in some ten of them for usual
    lam, each an eigendecomposition of (d, d). Where rows do not reach (n < d), X is the identity.
    """

    A: np.ndarray
    M: np.ndarray
    B: np.ndarray
    lam: float

    def solve(self, tol: float, max_iter: int) -> tuple[np.ndarray, float, int]:
        """X (d, d), how far it is from optimal (the projected gradient as a share of Y), and the steps taken."""
        size, axes = np.linalg.eigh(self.A)
        there = size > max(size[-1], 0.0) * len(size) * 1e-12
        s, u = np.sqrt(size[there]), axes[:, there]
        goal, m, b = np.diag(s**2), (u / s).T @ self.M @ (u / s), (u / s).T @ self.B
        bb = b @ b.T

        def gradient(y: np.ndarray) -> np.ndarray:
            pull = m @ y @ bb
            return np.asarray(2 * (y - goal) + self.lam * (pull + pull.T))

        steepest = 2 + 2 * self.lam * np.linalg.norm(m, 2) * np.linalg.norm(bb, 2)
        momentum = (np.sqrt(steepest) - np.sqrt(2)) / (np.sqrt(steepest) + np.sqrt(2))
        y = ahead = goal
        scale = max(float(np.linalg.norm(goal)), 1e-300)
        steps, gap = 0, np.inf
        while 2 * gap > tol and steps < max_iter:
            start, before = ahead, y
            y = semidefinite(start - gradient(start) / steepest)
            ahead = y + momentum * (y - before)
            gap = float(np.linalg.norm(start - y)) * float(steepest) / scale
            steps += 1
        gap = float(np.linalg.norm(y - semidefinite(y - gradient(y) / steepest))) * float(steepest) / scale
        inverse = u / s
        return np.asarray(inverse @ y @ inverse.T + axes[:, ~there] @ axes[:, ~there].T), gap, steps


def semidefinite(matrix: np.ndarray) -> np.ndarray:
    """The nearest positive semidefinite matrix to a symmetric one, in Frobenius norm.

    >>> semidefinite(np.diag([1.0, -2.0])).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    size, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    if size[0] >= 0:
        return np.asarray((matrix + matrix.T) / 2)
    return np.asarray((axes * np.maximum(size, 0.0)) @ axes.T)
