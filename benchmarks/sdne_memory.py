"""Peak memory and time of an epoch of SDNE on blogcatalog and on a generated graph of 50,000 nodes and 500,000 edges.

    GRAPHEMB_DATA=... python benchmarks/sdne_memory.py [--epochs 2] [--limit-gb 8]

Each fit runs in a process of its own that reads or makes its graph; peak memory is that whole process's largest resident set as the kernel
counts it. Epochs after the first cost the same, and their number does not touch the memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import scipy.sparse as sp
from harness import data_folder, versions, write

from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph
from graphemb.nodes.sdne import SDNE

SETTINGS: dict[str, dict[str, Any]] = {
    "blogcatalog": {"dim": 100, "hidden": (1000,), "n_jobs": 1},
    "generated": {"dim": 128, "hidden": (500,), "n_jobs": 1},
}


def generated(n: int = 50_000, m: int = 500_000) -> Graph:
    """Endpoints drawn proportional to rank^-0.4, loops and repeated pairs left out, m edges kept."""
    rng = np.random.default_rng(0)
    cumulative = np.cumsum(np.arange(1, n + 1) ** -0.4)
    u, v = (np.searchsorted(cumulative, rng.random(2 * m) * cumulative[-1]) for _ in range(2))
    keys = np.unique((np.minimum(u, v) * n + np.maximum(u, v))[u != v])
    keys = rng.permutation(keys)[:m]
    half = sp.csr_array((np.ones(m), (keys // n, keys % n)), shape=(n, n))
    return Graph.from_scipy(half + half.T)


def child(name: str, epochs: int) -> None:
    """Fit and tell what it cost, as JSON on the last line."""
    graph = generated() if name == "generated" else read_graph(data_folder("graphs", name) / "edges.tsv.gz")
    started = time.process_time()
    method = SDNE(**SETTINGS[name], epochs=epochs, random_state=0).fit(graph)
    taken = time.process_time() - started
    print(
        json.dumps(
            {
                "graph": name,
                "nodes": graph.n_nodes,
                "edges": graph.n_edges,
                "settings": ", ".join(f"{k}={v!r}" for k, v in SETTINGS[name].items()),
                "batch_size": method.embedding_.meta["notes"]["batch_size"],
                "columns": method.embedding_.meta["notes"]["columns"],
                "epochs": epochs,
                "CPU seconds": round(taken, 1),
                "peak memory, GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
            }
        )
    )


def main() -> int:
    """Run each graph in a process of its own; status 1 where a peak is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit-gb", type=float, default=8.0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.epochs)
        return 0
    rows = []
    for name in SETTINGS:
        command = [sys.executable, __file__, "--child", name, "--epochs", str(arguments.epochs)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    notes = "Memory is of the whole process: interpreter, torch, graph, fit. CPU seconds are of the fit, start weights included."
    write("sdne_memory", "SDNE: memory", rows, notes=notes, packages=versions("torch"))
    return int(any(row["peak memory, GiB"] > arguments.limit_gb for row in rows))


if __name__ == "__main__":
    sys.exit(main())
