"""HOPE, spectral truncation and first-order walks on a generated graph of 1,000,000 nodes and 10,000,000 edges: seconds and peak memory.

    python benchmarks/large_graph.py [--nodes 1000000] [--edges 10000000] [--limit-gb 8]

The graph is a Chung-Lu graph: endpoints drawn proportional to rank^-0.4, repeated pairs and loops drawn again, so that degrees follow
a power law with exponent 3.5. Each method runs in a process of its own that loads the edges, builds the ``Graph`` and fits; peak
memory is that whole process's largest resident set as the kernel counts it (what ``/usr/bin/time -v`` prints).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from harness import versions, write

from graphemb.data.graph import Graph
from graphemb.kernels.walks import random_walks
from graphemb.nodes.hope import HOPE
from graphemb.nodes.spectral import Spectral

DIM = 64


def run_hope(graph: Graph) -> dict[str, Any]:
    e = HOPE(dim=DIM).fit(graph).embedding_
    return {"notes": e.meta["notes"], "shape": list(e.vectors.shape)}


def run_spectral(graph: Graph) -> dict[str, Any]:
    e = Spectral(dim=DIM).fit(graph).embedding_
    return {"notes": e.meta["notes"], "shape": list(e.vectors.shape)}


def run_walks(graph: Graph) -> dict[str, Any]:
    walks = random_walks(graph, n_walks=10, walk_length=80)
    return {"notes": {"steps": int((walks >= 0).sum())}, "shape": list(walks.shape)}


WORK: dict[str, Callable[[Graph], dict[str, Any]]] = {
    "HOPE(dim=64)": run_hope,
    "Spectral(dim=64)": run_spectral,
    "walks 10 x 80": run_walks,
}


def generate(n: int, m: int, path: Path) -> None:
    """A Chung-Lu graph of exactly ``m`` edges, as the upper triangle's keys u * n + v."""
    rng = np.random.default_rng(0)
    cumulative = np.cumsum(np.arange(1, n + 1) ** -0.4)
    keys = np.empty(0, dtype=np.int64)
    while len(keys) < m:
        u, v = (np.searchsorted(cumulative, rng.random(m // 4) * cumulative[-1]) for _ in range(2))
        low, high = np.minimum(u, v), np.maximum(u, v)
        keys = np.unique(np.concatenate([keys, (low * n + high)[low < high]]))
    np.save(path, rng.permutation(keys)[:m])


def load(n: int, path: Path) -> Graph:
    keys = np.load(path)
    u, v = (keys // n).astype(np.int32), (keys % n).astype(np.int32)
    half = sp.csr_array((np.ones(len(keys), dtype=np.float32), (u, v)), shape=(n, n))
    return Graph.from_scipy(half + half.T)


def child(what: str, n: int, path: Path) -> None:
    started = time.perf_counter()
    graph = load(n, path)
    built = time.perf_counter()
    result = WORK[what](graph)
    ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux counts kilobytes
    print(json.dumps({**result, "build": built - started, "run": ended - built, "peak": peak}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--limit-gb", type=float, default=8.0, help="exit with status 1 where a peak is above this")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], arguments.nodes, Path(arguments.child[1]))
        return 0
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "edges.npy")
        generate(arguments.nodes, arguments.edges, path)
        for what in WORK:
            command = [sys.executable, __file__, "--nodes", str(arguments.nodes), "--child", what, str(path)]
            done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
            rows.append(
                {
                    "what": what,
                    "graph built, s": round(done["build"], 1),
                    "run, s": round(done["run"], 1),
                    "peak memory, GiB": round(done["peak"], 2),
                    "result": " x ".join(f"{x:,}" for x in done["shape"]),
                    "how": "; ".join(f"{k} {v:.6g}" if isinstance(v, float) else f"{k} {v}" for k, v in done["notes"].items()),
                }
            )
            print(rows[-1], file=sys.stderr)
    notes = f"{arguments.nodes:,} nodes, {arguments.edges:,} undirected edges, degrees by a power law; one process each."
    write("large_graph", "A million nodes", rows, notes=notes, packages=versions("numpy", "scipy", "numba"))
    return int(any(row["peak memory, GiB"] > arguments.limit_gb for row in rows))


if __name__ == "__main__":
    sys.exit(main())
