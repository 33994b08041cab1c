"""PecanPy against graphemb on blogcatalog: 10 walks of 80 nodes from every node.

    GRAPHEMB_DATA=... python benchmarks/pecanpy_walks.py

Compilation is left out on both sides. PecanPy's "kernel" is its compiled loop over integers alone; graphemb's time is the
whole call of ``random_walks``, integers too. PecanPy's "call" adds what its user always waits for: it compiles anew at
each call and turns numbers into names.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import scipy.sparse as sp
from harness import best, data_folder, peer_python, run_peer, seconds, versions, write

import graphemb as ge
from graphemb.kernels.walks import random_walks

PECANPY = ["pecanpy==2.0.9"]
N_WALKS, NODES, REPEATS = 10, 80, 15
CASES = [
    ("first order", "FirstOrderUnweighted", 1.0, 1.0, REPEATS, 1.0),
    ("p = 0.5, q = 2", "SparseOTF", 0.5, 2.0, 1, 5.0),
    ("p = 0.5, q = 2", "PreComp", 0.5, 2.0, 1, 5.0),
]


def main() -> None:
    """Time both in each case, print and keep the table."""
    graph = ge.read_graph(data_folder("graphs", "blogcatalog") / "edges.tsv.gz")
    python, rows = peer_python("pecanpy", PECANPY), []
    packages: dict[str, str] = versions()
    with tempfile.TemporaryDirectory() as folder:
        adjacency = Path(folder, "adjacency.npz")
        sp.save_npz(adjacency, graph.adjacency)
        for what, mode, p, q, repeats, target in CASES:
            peer = run_peer(
                python, "pecanpy_walks.py", adjacency=adjacency, mode=mode, p=p, q=q, n_walks=N_WALKS, nodes=NODES, repeats=repeats
            )
            packages |= {f"PecanPy's {k}": v for k, v in peer["versions"].items()}
            rows.append(row(what, mode, target, peer, graph, p, q))
    notes = (
        f"blogcatalog ({graph.n_nodes:,} nodes, {graph.n_edges:,} edges), {N_WALKS} walks of {NODES} nodes from each node; both on "
        f"every core. Fastest of {REPEATS} runs (one of PecanPy's second-order walks) after one "
        "that does not count. PreComp's time holds the building of its tables. "
        "Other programs lengthen the wall clock's seconds; they hardly touch the processor's, which are summed over threads."
    )
    write("pecanpy_walks", "PecanPy and graphemb: random walks", rows, notes=notes, packages=packages)


def row(what: str, mode: str, target: float, peer: dict[str, Any], graph: ge.Graph, p: float, q: float) -> dict[str, Any]:
    """Ours beside the peer's: wall clock, and the processor's seconds over all threads."""

    def walk() -> None:
        random_walks(graph, n_walks=N_WALKS, walk_length=NODES, p=p, q=q, random_state=0)

    ours, processor = best(seconds(walk, repeats=REPEATS)), best(seconds(walk, repeats=REPEATS, clock=time.process_time))
    tables = peer["preprocessing_seconds"]
    return {
        "walks": what,
        "PecanPy's mode": mode,
        "PecanPy call, s": peer["call_seconds"] + tables,
        "PecanPy kernel, s": best(peer["kernel_seconds"]) + tables,
        "graphemb, s": ours,
        "call ratio": (peer["call_seconds"] + tables) / ours,
        "kernel ratio": (best(peer["kernel_seconds"]) + tables) / ours,
        "kernel ratio in processor time": (best(peer["processor_seconds"]) + tables) / processor,
        "target ratio": target,
        "million steps/s": peer["steps"] / ours / 1e6,
    }


if __name__ == "__main__":
    main()
