"""LPCA on a generated graph of 100,000 nodes and 1,000,000 edges, as far as a limit of time allows: wrong pairs by complete scans.

    python benchmarks/lossless_large.py [--dim 96] [--minutes 60] [--nodes 100000] [--edges 1000000]

The graph is the Chung-Lu graph of ``large_graph.py``: endpoints drawn proportional to rank^-0.4. But for its degrees it is random,
so that nothing in it can be compressed: the hardest kind for few columns. The fit keeps a checkpoint, so that a run that
was cut off goes on; the minutes of all its runs are added up.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

from harness import HERE, versions, write
from large_graph import generate, load

from graphemb.errors import ConvergenceWarning
from graphemb.nodes.lpca import LPCA


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after the first epoch that ends beyond")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(arguments.nodes, arguments.edges, Path(folder, "edges.npy"))
        graph = load(arguments.nodes, Path(folder, "edges.npy"))
    cache = HERE / ".cache"
    cache.mkdir(exist_ok=True)
    checkpoint = cache / f"lossless-large-{arguments.nodes}-{arguments.edges}-{arguments.dim}.safetensors"
    clock = checkpoint.with_suffix(".json")
    before = json.loads(clock.read_text()) if checkpoint.exists() and clock.exists() else {"wall": 0.0, "cpu": 0.0}
    started, used = time.perf_counter(), time.process_time()

    def taken() -> dict[str, float]:
        return {"wall": before["wall"] + time.perf_counter() - started, "cpu": before["cpu"] + time.process_time() - used}

    def watch(epoch: int, epochs: int, loss: float | None) -> bool:
        clock.write_text(json.dumps(taken()))
        print(f"epoch {epoch}: loss {loss:.4f}, {taken()['wall']:.0f} s, {taken()['cpu']:.0f} processor s", file=sys.stderr)
        return taken()["wall"] > 60 * arguments.minutes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the counts are in the table
        method = LPCA(dim=arguments.dim, solver="mined", epochs=arguments.epochs)
        meta = method.fit(graph, checkpoint=checkpoint, callback=watch).embedding_.meta
    certificate, seconds = meta["certificate"], taken()
    degrees = graph.degree()
    row = {
        "nodes": graph.n_nodes,
        "edges": graph.n_edges,
        "largest degree": int(degrees.max()),
        "dim": arguments.dim,
        "steps": meta["notes"]["evaluations"],
        "ordered pairs": certificate["pairs"],
        "false": certificate["false"],
        "missing": certificate["missing"],
        "exact": str(certificate["exact"]),
        "minutes": seconds["wall"] / 60,
        "processor minutes": seconds["cpu"] / 60,
        "peak memory, GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    notes = "A random graph, degrees by a power law. Both orders of an edge are counted; the machine did other work at the same time."
    write("lossless_large", "Logistic factorization of 100,000 nodes", [row], notes=notes, packages=versions("torch"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
