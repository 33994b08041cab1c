"""restore on a generated graph of a million nodes against the bare matrix product of the same blocks, and the memory it takes.

    python benchmarks/restore_speed.py [--nodes 1000000] [--rounds 3]

GEM's evaluator on ca-grqc is in ``gem.py``.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
import scipy.sparse as sp
from harness import median, versions, write

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.reconstruction.ranking import rows_per_block
from graphemb.reconstruction.restore import restore

SOURCES, DIM, DEGREE = 1_400, 128, 10


def main() -> None:
    """Measure in turn, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    graph, embedding = generated(options.nodes)
    restore(embedding, graph, sources=20)  # compile
    products, totals, memory = [], [], []
    for _ in range(options.rounds):
        products.append(measured(lambda: bare_product(embedding.vectors))[0])
        took, beyond = measured(lambda: restore(embedding, graph, sources=SOURCES))
        totals.append(took)
        memory.append(beyond / 1e6)
    row = {
        "nodes": graph.n_nodes,
        "edges": graph.n_edges,
        "dim": DIM,
        "sources": SOURCES,
        "bare product, s": median(products),
        "restore, s": median(totals),
        "ratio": median(totals) / median(products),
        "target ratio": 3,
        "memory beyond graph and embedding, MB": max(memory),
        "target MB": 1000,
        "embedding, MB": embedding.vectors.nbytes / 1e6,
    }
    notes = (
        f"Random vectors and a random graph with heavy-tailed degrees. Median of {options.rounds} rounds, product and restore in turn. "
        "The product computes the same scores in blocks of the same number of rows into one buffer, by the same BLAS. Restore draws the "
        "sources in two phases, finds their neighbours and counts every metric over all candidates; no baselines. Memory is the growth "
        "of the resident set while it runs."
    )
    write("restore_speed", "restore against the bare matrix product", [row], notes=notes, packages=versions())


def generated(n: int) -> tuple[Graph, Embedding]:
    """Edges between nodes drawn by weight, and random vectors."""
    rng = np.random.default_rng(0)
    weight = np.arange(1, n + 1) ** -0.4
    ends = rng.choice(n, size=(2, n * DEGREE // 2), p=weight / weight.sum()).astype(np.int32)
    one_way = sp.csr_array((np.ones(ends.shape[1], dtype=np.float32), (ends[0], ends[1])), shape=(n, n))
    both = one_way + one_way.T
    both.data[:] = 1
    graph = Graph(both).without_self_loops()
    return graph, Embedding(graph.names, rng.standard_normal((n, DIM), dtype=np.float32))


def bare_product(vectors: np.ndarray) -> None:
    """The scores of as many sources, block by block of the same size, into one buffer."""
    n = len(vectors)
    step = rows_per_block(n)
    buffer = np.empty((step, n), dtype=np.float32)
    for start in range(0, SOURCES, step):
        block = vectors[start : min(start + step, SOURCES)]
        np.matmul(block, vectors.T, out=buffer[: len(block)])


def measured(work: Callable[[], Any]) -> tuple[float, int]:
    """Seconds, and by how many bytes the resident set grew at the most, looked at every 5 ms."""
    process, done = psutil.Process(), threading.Event()
    before = process.memory_info().rss
    most = [before]

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    work()
    took = time.perf_counter() - started
    done.set()
    watcher.join()
    return took, most[0] - before


if __name__ == "__main__":
    main()
