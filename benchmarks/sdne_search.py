"""SDNE's settings on ca-grqc and blogcatalog: one change at a time from a base, mAP by RESTORE over all nodes.

    GRAPHEMB_DATA=... python benchmarks/sdne_search.py [--graph ca-grqc] [--threads 2]

The search can be stopped and started again: a setting that stands in ``results/sdne_search.json`` is not run again, and one that was
interrupted goes on after its last epoch. A line of the table is
one fit with ``random_state=0`` and 100 numbers a code, judged by its own decoder (which stores 501 numbers a node with ``hidden=(500,)``).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

from harness import RESULTS, data_folder, versions, write

from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph
from graphemb.nodes.sdne import SDNE
from graphemb.reconstruction.restore import restore

NAME = "sdne_search"
BASE: dict[str, dict[str, Any]] = {
    "ca-grqc": {"hidden": (500,), "alpha": 0.0, "beta": 5.0, "nu": 0.0, "lr": 0.01, "batch_size": 256, "columns": 1024, "epochs": 30},
    "blogcatalog": {"hidden": (1000,), "alpha": 0.0, "beta": 5.0, "nu": 0.0, "lr": 0.01, "batch_size": 512, "columns": 1024, "epochs": 10},
}
CHANGES: dict[str, list[dict[str, Any]]] = {
    "ca-grqc": [
        {},
        {"beta": 2.0},
        {"beta": 3.0},
        {"beta": 10.0},
        {"beta": 20.0},
        {"lr": 0.003},
        {"lr": 0.02},
        {"lr": 0.04},
        {"columns": 256},
        {"columns": None},
        {"batch_size": 128},
        {"batch_size": 512},
        {"alpha": 1e-4},
        {"alpha": 0.01},
        {"alpha": 0.1},
        {"alpha": 1.0},
        {"alpha": 10.0},
        {"nu": 1e-4},
        {"nu": 0.01},
        {"nu": 0.1},
        {"pretrain": 1},
        {"pretrain": 5},
        {"hidden": ()},
        {"hidden": (500, 200)},
        {"epochs": 10},
        {"epochs": 50},
        {"epochs": 50, "alpha": 1e-4, "nu": 1e-4},
    ],
    "blogcatalog": [
        {},
        {"epochs": 40},
        {"epochs": 40, "batch_size": 256},
        {"epochs": 40, "beta": 3.0},
        {"epochs": 40, "beta": 10.0},
        {"epochs": 40, "lr": 0.005},
    ],
}


def main() -> None:
    """Run what is not there yet, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", choices=tuple(BASE), help="search on this graph only")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    rows = finished()
    for name in [arguments.graph] if arguments.graph else BASE:
        graph = None
        for change in CHANGES[name]:
            settings = {**BASE[name], **change}
            if any(row["graph"] == name and row["settings"] == text(settings) for row in rows):
                continue
            graph = graph or read_graph(data_folder("graphs", name) / "edges.tsv.gz")
            row = {"graph": name, "changed": text(change) or "base", **judge(graph, settings, arguments.threads)}
            rows = [*finished(), row]  # another process may search on the other graph
            keep(rows)
    keep(finished())


def judge(graph: Graph, settings: dict[str, Any], threads: int) -> dict[str, Any]:
    """One fit, its mAP and its cost."""
    started = time.process_time()
    method = SDNE(dim=100, **settings, n_jobs=threads, random_state=0)
    name = f"sdne-{graph.fingerprint[:8]}-{zlib.crc32(text(settings).encode()):08x}.safetensors"
    embedding = method.fit(graph, checkpoint=Path(tempfile.gettempdir(), name)).embedding_
    taken = time.process_time() - started
    table = restore(embedding, graph, hops=(1,), sources="all").to_frame()
    return {
        "mAP": f"{table.loc[0, 'mAP']:.4f}",
        "last loss": round(embedding.meta["notes"]["losses"][-1]),
        "CPU seconds": round(taken, 1),
        "settings": text(settings),
    }


def text(settings: dict[str, Any]) -> str:
    """Settings as one writes them in Python."""
    return ", ".join(f"{key}={value!r}" for key, value in settings.items())


def finished() -> list[dict[str, Any]]:
    """The rows of an earlier run."""
    path = RESULTS / f"{NAME}.json"
    return list(json.loads(path.read_text(encoding="utf-8"))["rows"]) if path.is_file() else []


def keep(rows: list[dict[str, Any]]) -> None:
    """Write the table, graph by graph in the order of the list above."""
    order = {(name, text({**BASE[name], **change})): i for name in BASE for i, change in enumerate(CHANGES[name])}
    rows.sort(key=lambda row: (list(BASE).index(row["graph"]), order.get((row["graph"], row["settings"]), len(order))))
    bases = "; ".join(f"{name}: {text(settings)}" for name, settings in BASE.items())
    notes = (
        f"One change at a time. Bases: {bases}. dim=100, random_state=0, scored by the stored decoder, exact mAP at one hop over all "
        "nodes. CPU seconds are of the fit, summed over its threads."
    )
    write(NAME, "Settings of SDNE", rows, notes=notes, packages=versions("torch"))


if __name__ == "__main__":
    main()
