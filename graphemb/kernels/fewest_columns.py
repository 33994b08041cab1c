"""The fewest columns of an exact factorization, by tries that start from the exact one found before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from graphemb.kernels.epochs import Advance, Trainer
from graphemb.kernels.sign_scan import SignScan

Factors = tuple[np.ndarray, np.ndarray]

SHRINK = 0.25
"""What scores are multiplied with before a try goes on from them: near 0 the loss is smooth and signs still change (measured)."""


class Factorization(Trainer, Protocol):
    """A trainer of two factors that looks at all signs now and then."""

    evaluations: int
    """How often the loss was computed."""

    @property
    def scan(self) -> SignScan | None:
        """The latest complete scan."""
        ...

    def factors(self) -> Factors:
        """U and V, each float32 (n, d)."""
        ...


class FewestColumns:
    """A trainer (see :class:`graphemb.kernels.epochs.Trainer`) that tries numbers of columns until one is exact and one less is not.

    The number doubles until a try is exact. Then a third of the columns is left out, until a try fails; from there on the middle between
    the fewest that were exact and the most that were not is tried. A try starts from the best exact factors, cut by
    :func:`fewer_columns`. It is over when it is exact, when nothing moves, after ``epochs`` epochs, or when the loss is still above half
    of what it was ``patience`` epochs ago. So the answer is the fewest columns *that this search has found exact*.

    Parameters
    ----------
    make : a trainer that goes on from U and V
    start : random U and V of so many columns
    first, most : columns of the first try, and the most of any
    epochs, patience : of a try
    """

    def __init__(
        self,
        make: Callable[[Factors], Factorization],
        start: Callable[[int], Factors],
        *,
        first: int,
        most: int,
        epochs: int,
        patience: int,
    ):
        self.make, self.start, self.most, self.epochs, self.patience = make, start, most, epochs, patience
        self.tries: list[dict[str, Any]] = []
        self.best: Factors | None = None
        self.dim: int | None = min(first, most)
        self._begin(self.dim)

    def _begin(self, dim: int) -> None:
        self.losses: list[float] = []
        self.seconds = 0.0
        self.current = self.make(self.start(dim) if self.best is None else fewer_columns(*self.best, dim))

    def epoch(self, number: int, advance: Advance) -> float:
        """An epoch of the try that is under way; the next one begins where it is over."""
        started = time.perf_counter()
        self.losses.append(self.current.epoch(len(self.losses), advance))
        self.seconds += time.perf_counter() - started
        loss = self.losses[-1]
        if np.isfinite(loss) and self._over():
            self._finish()
            if self.dim is not None:
                self._begin(self.dim)
        return loss

    def _over(self) -> bool:
        slow = len(self.losses) > self.patience and self.losses[-1] > 0.5 * self.losses[-1 - self.patience]
        return self.current.done() or slow or len(self.losses) >= self.epochs

    def _finish(self) -> None:
        scan = self.current.scan
        assert scan is not None, "a trainer scans before it is over"
        facts = {"dim": self.dim, "exact": scan.exact, "false": scan.false, "missing": scan.missing, "epochs": len(self.losses)}
        self.tries.append({**facts, "evaluations": self.current.evaluations, "seconds": round(self.seconds, 2)})
        if scan.exact:
            self.best = self.current.factors()
        self.dim = next_columns(self.tries, self.most)

    def done(self) -> bool:
        """No number of columns is left to be tried."""
        return self.dim is None

    def factors(self) -> Factors:
        """The exact factors with the fewest columns; those of the latest try while none were exact."""
        return self.current.factors() if self.best is None else self.best

    @property
    def evaluations(self) -> int:
        """Of all tries."""
        return sum(t["evaluations"] for t in self.tries) + (0 if self.done() else self.current.evaluations)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The tries so far, the best factors, and the state of the try under way, which has had no epoch where it is new."""
        arrays, values = self.current.state() if self.losses else ({}, {})
        arrays = {f"current.{name}": array for name, array in arrays.items()}
        if self.best is not None:
            arrays |= {"best.U": self.best[0], "best.V": self.best[1]}
        known = {"tries": self.tries, "dim": self.dim, "try_losses": self.losses, "try_seconds": self.seconds}
        return arrays, {**known, "current": values}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up tries, best factors and the try under way."""
        self.best = (arrays["best.U"], arrays["best.V"]) if "best.U" in arrays else None
        self.tries, self.dim = values["tries"], values["dim"]
        assert self.dim is not None, "a finished search is not written down"
        self._begin(self.dim)
        self.losses, self.seconds = values["try_losses"], values["try_seconds"]
        if self.losses:
            inner = {name.removeprefix("current."): array for name, array in arrays.items() if name.startswith("current.")}
            self.current.restore(inner, values["current"])


def next_columns(tries: list[dict[str, Any]], most: int) -> int | None:
    """The number of columns to try after those; None where there is none.

    >>> tried = [{"dim": 16, "exact": False}]
    >>> next_columns(tried, 100)
    32
    >>> next_columns([*tried, {"dim": 32, "exact": True}], 100)
    24
    >>> next_columns([{"dim": 12, "exact": True}, {"dim": 11, "exact": False}], 100) is None
    True
    """
    exact = min((t["dim"] for t in tries if t["exact"]), default=None)
    failed = max((t["dim"] for t in tries if not t["exact"]), default=0)
    if exact is None:
        return None if failed == most else min(2 * failed, most)
    if exact - failed <= 1:
        return None
    return (failed + exact) // 2 if failed else 2 * exact // 3 or 1


def fewer_columns(U: np.ndarray, V: np.ndarray, dim: int) -> Factors:
    """The best rank ``dim`` part of U V^T, shrunk, as two factors of equal size.

    U V^T = (Q_u R_u)(Q_v R_v)^T, so its singular triplets are those of the d x d matrix R_u R_v^T: O(n d^2), and nothing is n x n.

    >>> U, V = fewer_columns(np.eye(3), np.diag([3.0, 2, 1]), 1)
    >>> (U @ V.T / SHRINK).round(6).max().item()
    3.0
    """
    Q_u, R_u = np.linalg.qr(U.astype(np.float64))
    Q_v, R_v = np.linalg.qr(V.astype(np.float64))
    X, s, Yt = np.linalg.svd(R_u @ R_v.T)
    root = np.sqrt(SHRINK * s[:dim])
    return (Q_u @ X[:, :dim] * root).astype(np.float32), (Q_v @ Yt[:dim].T * root).astype(np.float32)
