"""LPCA until it is exact: seconds, evaluations of the loss, and the certificate, on graphs below ``$GRAPHEMB_DATA``.

    python benchmarks/lossless.py ca-grqc 16
    python benchmarks/lossless.py wiki-vote auto [--solver full] [--epochs 200]

One graph and one number of columns at a time; the row joins those already in ``results/lossless.json``. Each fit runs in this process,
with as many threads as there are cores; seconds of the processor are those of all threads, which other programs hardly touch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import numpy as np
from harness import RESULTS, data_folder, versions, write

from graphemb.data.graph import Graph
from graphemb.datasets.registry import load_dataset
from graphemb.nodes.lpca import LPCA

NOTES = """LPCA(dim), random_state 0, from the graph in memory to the embedding with its certificate. `wall` and `cpu` are seconds, `cpu`
summed over threads; where `wall` is far above half of `cpu` on two cores, the machine was busy with something else. `dim` is what was asked
for; `columns` what came out. Compiling (once a machine, then cached) is left out by a fit of a small graph before."""


def warm_up() -> None:
    """Compile, or load what was compiled."""
    rng = np.random.default_rng(0)
    upper = np.triu(rng.random((50, 50)) < 0.1, 1)
    LPCA(dim=50).fit(Graph((upper | upper.T).astype(float)))


def measure(name: str, dim: int | str, solver: str, epochs: int) -> dict[str, Any]:
    """One fit."""
    graph = load_dataset(name)
    assert isinstance(graph, Graph), "a benchmark of graphs"
    warm_up()
    wall, cpu = time.perf_counter(), time.process_time()
    e = LPCA(dim=dim, solver=solver, epochs=epochs).fit(graph, progress=sys.stderr.isatty()).embedding_
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    certificate, notes = e.meta["certificate"], e.meta["notes"]
    counts = {key: certificate[key] for key in ("pairs", "edges", "exact", "false", "missing", "undecided", "closest")}
    tries = "; ".join(f"{t['dim']}: {'exact' if t['exact'] else 'not'} in {t['evaluations']}" for t in notes.get("tries", []))
    work = {"evaluations": notes["evaluations"], "epochs": len(notes["losses"]), "wall": round(wall, 1), "cpu": round(cpu, 1)}
    return {
        "graph": name,
        "nodes": graph.n_nodes,
        "dim": dim,
        "solver": notes["solver"],
        "columns": e.dim,
        **counts,
        **work,
        "tries": tries,
    }


def key(row: dict[str, Any]) -> tuple[str, str, str]:
    """What makes a row another row."""
    return row["graph"], str(row["dim"]), row.get("solver", "mined")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph")
    parser.add_argument("dim")
    parser.add_argument("--solver", default="auto")
    parser.add_argument("--epochs", type=int, default=200)
    asked = parser.parse_args()
    data_folder("graphs")
    row = measure(asked.graph, "auto" if asked.dim == "auto" else int(asked.dim), asked.solver, asked.epochs)
    kept = RESULTS / "lossless.json"
    rows = json.loads(kept.read_text(encoding="utf-8"))["rows"] if kept.is_file() else []
    rows = sorted([r for r in rows if key(r) != key(row)] + [row], key=key)
    write("lossless", "LPCA until it is exact", rows, notes=NOTES, packages=versions("torch"))


if __name__ == "__main__":
    main()
