"""One propagation of LightGCN, forward and backward, beside torch_geometric's in the same process.

    GRAPHEMB_DATA=... python benchmarks/propagation.py [--threads 1] [--repeats 5]

Three layers, 64 columns, the training interactions of Gowalla (random ones of its size where $GRAPHEMB_DATA is not set). Forward takes the
mean of the layers, backward brings a gradient on all rows back to layer 0. torch_geometric's model gets its edges as ``edge_index``, as its
documentation does, and once more as a sparse CSR tensor, which its layer multiplies by.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from harness import best, seconds, versions, write
from torch_geometric.nn.models import LightGCN as Peer

from graphemb.datasets.registry import load_dataset
from graphemb.kernels.device import torch_threads
from graphemb.kernels.propagation import Propagation

USERS, ITEMS, INTERACTIONS = 29_858, 40_981, 810_128
DIM, LAYERS = 64, 3


def interactions() -> tuple[str, sp.csr_array]:
    """Gowalla's training split, or uniformly random pairs of its size."""
    if os.environ.get("GRAPHEMB_DATA"):
        return "gowalla", load_dataset("gowalla").train
    rng = np.random.default_rng(0)
    u, i = rng.integers(USERS, size=INTERACTIONS), rng.integers(ITEMS, size=INTERACTIONS)
    R = sp.csr_array((np.ones(INTERACTIONS, np.float32), (u, i)), shape=(USERS, ITEMS))
    R.data[:] = 1
    return "random", R


def ours(R: sp.csr_array, start: torch.Tensor, gradient: torch.Tensor, threads: int) -> Callable[[], torch.Tensor]:
    operator = Propagation(R, layers=LAYERS, n_jobs=threads)
    users, items = (part.clone().requires_grad_() for part in start.split(R.shape))
    towards = gradient.split(R.shape)

    def run() -> torch.Tensor:
        users.grad = items.grad = None
        torch.autograd.backward(operator(users, items), towards)
        assert users.grad is not None and items.grad is not None
        return torch.cat([users.grad, items.grad])

    return run


def theirs(R: sp.csr_array, start: torch.Tensor, gradient: torch.Tensor, *, sparse: bool) -> Callable[[], torch.Tensor]:
    model = Peer(sum(R.shape), embedding_dim=DIM, num_layers=LAYERS)
    model.embedding.weight.data.copy_(start)
    u, i = R.nonzero()
    edges: Any = torch.from_numpy(np.concatenate([np.stack([u, i + R.shape[0]]), np.stack([i + R.shape[0], u])], axis=1)).long()
    if sparse:
        edges = torch.sparse_coo_tensor(edges, torch.ones(edges.shape[1]), (sum(R.shape),) * 2).to_sparse_csr()

    def run() -> torch.Tensor:
        model.embedding.weight.grad = None
        model.get_embedding(edges).backward(gradient)
        found: torch.Tensor = model.embedding.weight.grad
        return found

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # torch calls its CSR tensors a beta
    name, R = interactions()
    rng = torch.Generator().manual_seed(0)
    start, gradient = (torch.randn(sum(R.shape), DIM, generator=rng) for _ in range(2))
    rows = []
    with torch_threads(chosen.threads):
        candidates = {
            "graphemb": ours(R, start, gradient, chosen.threads),
            "torch_geometric, edge_index": theirs(R, start, gradient, sparse=False),
            "torch_geometric, sparse CSR": theirs(R, start, gradient, sparse=True),
        }
        expected = candidates["graphemb"]()
        for who, run in candidates.items():
            row: dict[str, Any] = {"who": who, "data": name, "interactions": R.nnz, "threads": chosen.threads}
            try:
                row["largest difference"] = float((run() - expected).abs().max())
            except (RuntimeError, ValueError, NotImplementedError) as error:
                rows.append({**row, "could not": str(error).splitlines()[0][:80]})
                continue
            row["seconds"] = best(seconds(run, repeats=chosen.repeats, warmup=0))
            row["processor seconds"] = best(seconds(run, repeats=chosen.repeats, warmup=0, clock=time.process_time))
            row["times ours"] = row["processor seconds"] / rows[0]["processor seconds"] if rows else 1.0
            rows.append(row)
    write(
        "propagation",
        "Forward and backward propagation of LightGCN",
        rows,
        notes=f"{LAYERS} layers, {DIM} columns, float32. The best of {chosen.repeats}; the ratio is of processor seconds, which other "
        "programs on the machine hardly touch. The largest difference is between gradients.",
        packages=versions("torch", "torch-geometric"),
    )


if __name__ == "__main__":
    main()
