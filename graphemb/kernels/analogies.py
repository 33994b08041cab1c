"""Analogies: the name that is to c as b is to a."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import njit

from graphemb.errors import ParameterError
from graphemb.kernels.threads import in_threads

RULES = ("3CosAdd", "3CosMul")
EPSILON = np.float32(1e-3)
"""The denominator of 3CosMul is raised by this, as in its source."""
COSINES = 2**24
"""Cosines of question words with names that are held at a time: 64 MiB."""


@dataclass(frozen=True)
class Answers:
    """How questions were answered.

    ``credit``: 1 where the right name has the highest score among all names but a, b and c, 1/t where it shares that with t - 1 others;
    ``unrestricted``: the same among all names; ``asked``: whether the best of all names is one of a, b and c. Each float64 (q,).
    """

    credit: np.ndarray
    unrestricted: np.ndarray
    asked: np.ndarray


def require_rule(rule: str) -> None:
    """Raise :class:`ParameterError` unless there is such a rule."""
    if rule not in RULES:
        raise ParameterError(f"the rule of analogies is {' or '.join(RULES)}, got {rule!r}")


def analogy_scores(unit: np.ndarray, a: int, b: int, c: int, rule: str = "3CosAdd") -> np.ndarray:
    """Score of every row as the answer to a : b :: c : ?, float32 (n,); ``unit`` has rows of unit length.

    3CosAdd: cos(x, b) - cos(x, a) + cos(x, c). 3CosMul: s(x, b) s(x, c) / (s(x, a) + 0.001) with s = (1 + cos) / 2.

    >>> analogy_scores(np.eye(3, dtype=np.float32), 0, 1, 2).tolist()
    [-1.0, 1.0, 1.0]
    """
    require_rule(rule)
    to_a, to_b, to_c = unit[[a, b, c]] @ unit.T
    if rule == "3CosAdd":
        return np.asarray(to_b - to_a + to_c)
    half_a, half_b, half_c = (_halved(cosine) for cosine in (to_a, to_b, to_c))
    return np.asarray(half_b * half_c / (half_a + EPSILON))


def answer(unit: np.ndarray, questions: np.ndarray, rule: str = "3CosAdd", *, n_jobs: int | None = None) -> Answers:
    """Answer questions: rows a, b, c and d of each, int64 (q, 4).

    The cosines of all question words with all names are computed once, by blocks of names, and combined for each question in compiled
    code. Work: w n dim multiplications for w different words, and q n steps. Memory: 64 MiB.

    >>> answer(np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32), np.array([[0, 1, 2, 3]])).credit.tolist()
    [1.0]
    """
    require_rule(rule)
    words, at = np.unique(questions, return_inverse=True)
    at = at.reshape(questions.shape)
    q, n = len(questions), len(unit)
    # of each question: best score among the others, how many share it, the score of d; best of all, how many share it, whether it is asked
    state = np.zeros((q, 6), dtype=np.float32)
    state[:, [0, 2, 3]] = -np.inf
    step = max(64, COSINES // max(len(words), 1))
    for start in range(0, n, step):
        cosines = unit[words] @ unit[start : start + step].T
        if rule == "3CosMul":
            cosines = _halved(cosines)
        in_threads(partial(_sweep_part, cosines, at, questions, start, rule == "3CosMul", state), q, n_jobs)
    best, ties, right, top, shared, asked = state.T.astype(np.float64)
    excluded = (questions[:, :3] == questions[:, 3:]).any(axis=1)  # the right answer is a word of the question
    credit = np.where((right == best) & ~excluded, 1 / np.maximum(ties, 1), 0.0)
    return Answers(credit, np.where(right == top, 1 / shared, 0.0), asked)


def _halved(cosine: np.ndarray) -> np.ndarray:
    """(1 + cos) / 2, not below 0."""
    return np.maximum((1 + cosine) * np.float32(0.5), np.float32(0))


def _sweep_part(
    cosines: np.ndarray, at: np.ndarray, questions: np.ndarray, start: int, product: bool, state: np.ndarray, first: int, last: int
) -> None:
    _sweep(cosines, at[first:last], questions[first:last], start, product, state[first:last])


@njit(nogil=True, cache=True)
def _sweep(cosines, at, questions, start, product, state):  # type: ignore[no-untyped-def]
    """Go over a block of names, and keep the best and how many share it."""
    for i in range(len(at)):
        to_a, to_b, to_c = cosines[at[i, 0]], cosines[at[i, 1]], cosines[at[i, 2]]
        a, b, c, d = questions[i, 0] - start, questions[i, 1] - start, questions[i, 2] - start, questions[i, 3] - start
        best, ties, right, top, shared, asked = state[i]
        for j in range(cosines.shape[1]):
            s = to_b[j] * to_c[j] / (to_a[j] + EPSILON) if product else to_b[j] - to_a[j] + to_c[j]
            own = j in (a, b, c)
            if s > top:
                top, shared, asked = s, 1, 1.0 if own else 0.0
            elif s == top:
                shared += 1
            if j == d:
                right = s
            if not own:
                if s > best:
                    best, ties = s, 1
                elif s == best:
                    ties += 1
        state[i, 0], state[i, 1], state[i, 2], state[i, 3], state[i, 4], state[i, 5] = best, ties, right, top, shared, asked
