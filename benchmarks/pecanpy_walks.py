"""PecanPy against graphemb on blogcatalog: 10 walks of 80 nodes from every node.

    GRAPHEMB_DATA=... python benchmarks/pecanpy_walks.py

Compilation is left out on both sides. PecanPy's "kernel" is its compiled loop over integers alone; graphemb's time is the
whole call of ``random_walks``, integers too. PecanPy's "call" adds what its user always waits for: it compiles anew at
each call and turns numbers into names.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import scipy.sparse as sp
from harness import data_folder, median, peer_python, run_peer, seconds, versions, write

import graphemb as ge
from graphemb.kernels.walks import random_walks

PECANPY = ["pecanpy==2.0.9"]
N_WALKS, NODES, REPEATS = 10, 80, 7
CASES = [
    ("first order", "FirstOrderUnweighted", 1.0, 1.0, REPEATS, 1.0),
    ("p = 0.5, q = 2", "SparseOTF", 0.5, 2.0, 3, 5.0),
    ("p = 0.5, q = 2", "PreComp", 0.5, 2.0, 3, 5.0),
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
            ours = median(
                seconds(lambda p=p, q=q: random_walks(graph, n_walks=N_WALKS, walk_length=NODES, p=p, q=q, random_state=0), repeats=REPEATS)
            )
            kernel = median(peer["kernel_seconds"]) + peer["preprocessing_seconds"]
            packages |= {f"PecanPy's {k}": v for k, v in peer["versions"].items()}
            rows.append(
                {
                    "walks": what,
                    "PecanPy's mode": mode,
                    "PecanPy kernel, s": kernel,
                    "PecanPy call, s": peer["call_seconds"] + peer["preprocessing_seconds"],
                    "graphemb, s": ours,
                    "ratio to kernel": kernel / ours,
                    "ratio to call": (peer["call_seconds"] + peer["preprocessing_seconds"]) / ours,
                    "target ratio": target,
                    "million steps/s": peer["steps"] / ours / 1e6,
                }
            )
    notes = (
        f"blogcatalog ({graph.n_nodes:,} nodes, {graph.n_edges:,} edges), {N_WALKS} walks of {NODES} nodes from each node; both on "
        f"every core. Medians of {REPEATS} runs (3 of PecanPy's second-order walks) after one "
        "that does not count. PreComp's time holds the building of its tables."
    )
    write("pecanpy_walks", "PecanPy and graphemb: random walks", rows, notes=notes, packages=packages)


if __name__ == "__main__":
    main()
