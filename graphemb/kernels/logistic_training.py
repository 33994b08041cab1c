"""Training of a logistic factorization on all pairs, by L-BFGS, until a complete scan finds every sign right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphemb.kernels.device import torch_threads
from graphemb.kernels.epochs import Advance
from graphemb.kernels.logistic_loss import LogisticLoss
from graphemb.kernels.sign_scan import SignScan, sign_scan

if TYPE_CHECKING:
    import torch

STEPS = 10
"""Steps of L-BFGS in an epoch, and pairs of vectors in its memory."""


class FullBatch:
    """A trainer (see :class:`graphemb.kernels.epochs.Trainer`) that minimises the logistic loss of all ordered pairs u != v.

    An epoch is ten steps of L-BFGS with strong Wolfe line searches, then a scan of all signs. It is done when the scan finds each of them
    right beyond rounding, or when no step is possible any more.

    Only nodes with an edge on that side are trained: a zero vector already scores 0, which is right, with every other node.

    Parameters
    ----------
    adjacency : (n, n) CSR with sorted indices
    start : U and V, each (n, d), of which the rows of nodes with edges are read
    device : of torch
    n_jobs : threads on the processor; they do not change the result

    Memory: 4 x 2 n d x (2 STEPS + 6) bytes beside that of :class:`LogisticLoss`.
    """

    def __init__(
        self,
        adjacency: sp.csr_array,
        start: tuple[np.ndarray, np.ndarray],
        *,
        device: torch.device | str = "cpu",
        n_jobs: int | None = None,
    ):
        import torch

        self.adjacency, self.n_jobs = adjacency, n_jobs
        self.sources, self.targets, edges, own = linked(adjacency)
        self.loss = LogisticLoss(edges, own, n_jobs=n_jobs)
        both = np.concatenate([start[0][self.sources], start[1][self.targets]]).astype(np.float32)
        self.factors_ = torch.from_numpy(both).to(device).requires_grad_()
        self.optimizer = torch.optim.LBFGS(
            [self.factors_], max_iter=STEPS, history_size=STEPS, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe"
        )
        self.evaluations = 0
        self.stuck = False
        self.scan: SignScan | None = None
        self._known: tuple[torch.Tensor, float] | None = None

    def epoch(self, number: int, advance: Advance) -> float:
        """Ten steps and a scan; the loss."""
        before = self.factors_.detach().clone()
        with torch_threads(1):  # vectors are added faster than threads are woken, and idle ones spin beside ours (measured: 5 x the work)
            self.optimizer.step(self._evaluate)  # type: ignore[no-untyped-call]
        self.stuck = bool((before == self.factors_).all())
        self.scan = sign_scan(*self.factors(), self.adjacency, n_jobs=self.n_jobs)
        advance(1)
        return self._evaluate()

    def done(self) -> bool:
        """Every sign is right beyond rounding, or nothing moves."""
        return self.stuck or (self.scan is not None and self.scan.safe)

    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """U and V, each float32 (n, d); zero where a node has no edge on that side."""
        both = self.factors_.detach().cpu().numpy()
        U, V = (np.zeros((self.adjacency.shape[0], both.shape[1]), np.float32) for _ in range(2))
        U[self.sources], V[self.targets] = both[: len(self.sources)], both[len(self.sources) :]
        return U, V

    def _evaluate(self) -> float:
        """The loss, with its gradient left at the factors; a point that was just evaluated is not evaluated again."""
        import torch

        if self._known is None or not torch.equal(self._known[0], self.factors_):
            x = self.factors_.detach()
            loss, *gradients = self.loss(x[: len(self.sources)], x[len(self.sources) :])
            self.factors_.grad = torch.cat(gradients)
            self._known = x.clone(), loss
            self.evaluations += 1
        return self._known[1]

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The factors and the memory of L-BFGS."""
        memory = self.optimizer.state[self.factors_]
        arrays = {"factors": self.factors_, "d": memory["d"], "gradient": memory["prev_flat_grad"], "H_diag": memory["H_diag"]}
        values = {"evaluations": self.evaluations, "t": float(memory["t"]), "prev_loss": float(memory["prev_loss"])}
        values |= {key: memory[key] for key in ("n_iter", "func_evals")}
        for name in ("old_dirs", "old_stps", "ro"):
            arrays |= {f"{name}.{i}": tensor for i, tensor in enumerate(memory[name])}
        return {name: np.asarray(tensor.detach().cpu()) for name, tensor in arrays.items()}, values

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Take up factors and memory."""
        import torch

        tensors = {name: torch.from_numpy(array.copy()).to(self.factors_.device) for name, array in arrays.items()}
        with torch.no_grad():
            self.factors_.copy_(tensors["factors"])
        memory = self.optimizer.state[self.factors_]
        self.evaluations = values["evaluations"] - 1  # the next one repeats the last, whose gradient was not written down
        memory.update({key: values[key] for key in ("t", "prev_loss", "n_iter", "func_evals")})
        memory.update(d=tensors["d"], prev_flat_grad=tensors["gradient"], H_diag=tensors["H_diag"].reshape(()))
        for name in ("old_dirs", "old_stps", "ro"):
            memory[name] = [tensors[f"{name}.{i}"] for i in range(STEPS) if f"{name}.{i}" in tensors]
        memory["ro"] = [number.reshape(()) for number in memory["ro"]]  # a file makes arrays of one number out of numbers


def linked(adjacency: sp.csr_array) -> tuple[np.ndarray, np.ndarray, sp.csr_array, np.ndarray]:
    """Nodes with an out-edge, nodes with an in-edge, the edges between them, and which target each source is (-1: none).

    Self-loops are left out.

    >>> sources, targets, edges, own = linked(sp.csr_array(np.array([[0, 0, 1], [0, 1, 0], [0, 0, 0]])))
    >>> sources.tolist(), targets.tolist(), edges.toarray().tolist(), own.tolist()
    ([0], [2], [[1]], [-1])
    """
    n = adjacency.shape[0]
    pairs = adjacency.tocoo()
    off = pairs.row != pairs.col
    rows, columns = pairs.row[off], pairs.col[off]
    sources, targets = np.unique(rows), np.unique(columns)
    place = np.full(n, -1)
    place[targets] = np.arange(len(targets))
    entries = np.ones(len(rows), dtype=np.int8), (np.searchsorted(sources, rows), place[columns])
    edges = sp.csr_array(entries, shape=(len(sources), len(targets)))
    edges.sort_indices()
    return sources, targets, edges, place[sources]
