"""Recommenders beside implicit's ALS and BPR and PyG's LightGCN: quality, and time to quality, on one split by one evaluator.

    GRAPHEMB_DATA=... python benchmarks/recommenders.py --dataset ml-1m|gowalla [--budget 600] [--methods gf-cf bspm ...]

Every fit gets the training part of the published split and is judged by ``graphemb.evaluate``. implicit's regularisation and ALS's
confidence are chosen on a tenth of the training items, held out, from a few values; the time of that search is not counted, nor is
that of choosing our defaults. A trained peer is judged at several points of its fit: recall@20 after so many seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from harness import data_folder, peer_python, run_peer, versions, write

import graphemb as ge
from graphemb import registry
from graphemb.data.interaction_splits import hold_out
from graphemb.data.interactions import Interactions
from graphemb.kernels.recommender import user_item_embedding
from graphemb.kernels.threads import thread_count

IMPLICIT = ["implicit==0.7.3"]
OURS = ("gf-cf", "bspm", "filtered-svd:filter=ideal,asymmetric=True", "lightgcn")
PEERS = ("implicit-als", "implicit-bpr", "pyg-lightgcn")
DIM = 64
SNAPSHOTS = {"als": [1, 3, 8, 15], "bpr": [10, 30, 100]}
GRID = {
    "als": [{"alpha": a, "regularization": r} for a in (1.0, 10.0) for r in (0.01, 10.0, 50.0)],
    "bpr": [{"learning_rate": 0.05, "regularization": r} for r in (0.001, 0.01, 0.05)],
}
PYG = {"dim": DIM, "layers": 3, "batch": 8192}


def main() -> None:
    """Fit, judge, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="ml-1m", choices=["ml-1m", "gowalla"])
    parser.add_argument("--methods", nargs="+", default=[*OURS, *PEERS], help="specifications of ours, and names of peers")
    parser.add_argument("--budget", type=float, default=600.0, help="seconds that PyG's LightGCN may train")
    parser.add_argument("--n-jobs", type=int, default=-1)
    chosen = parser.parse_args()
    data_folder("rec", chosen.dataset)
    data = ge.load_dataset(chosen.dataset)
    threads = thread_count(chosen.n_jobs)
    rows: list[dict[str, Any]] = []
    used: dict[str, str] = {}
    for method in chosen.methods:
        found = peer(method, data, threads, chosen.budget, used) if method in PEERS else ours(method, data, threads)
        for row in found:
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    notes = (
        f"{chosen.dataset}: {data.n_users:,} users, {data.n_items:,} items, {data.size('train'):,} training and {data.size('test'):,} test "
        f"interactions; means over all users with test items, all items but the training ones ranked. {threads} thread(s). Seconds are of "
        "the fit alone, on the same machine one after the other; where other programs ran on it, processor seconds say more."
    )
    write(
        f"recommenders_{chosen.dataset}",
        f"Recommenders on {chosen.dataset}",
        rows,
        notes=notes,
        packages={**versions("torch"), **used},
        script="recommenders",
    )


def ours(spec: str, data: Interactions, threads: int) -> Iterator[dict[str, Any]]:
    """The one row of a method of ours."""
    method = registry.build("method", spec, n_jobs=threads)
    started, processor = time.perf_counter(), time.process_time()
    embedding = method.fit(data).embedding_
    spent = {"seconds": time.perf_counter() - started, "processor": time.process_time() - processor}
    yield row(spec, "", embedding, data, spent)


def peer(name: str, data: Interactions, threads: int, budget: float, used: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A row for each snapshot of a peer's fit."""
    settings: dict[str, Any] = {}
    if name != "pyg-lightgcn":
        model = name.removeprefix("implicit-")
        settings = best_settings(model, data, threads)
    for iteration, embedding, spent in snapshots(name, data, settings, threads, budget, used):
        unit = "steps" if name == "pyg-lightgcn" else "iterations"
        what = ", ".join(f"{key}={value:g}" for key, value in {unit: iteration, **settings}.items())
        yield row(name, what, embedding, data, spent)


def best_settings(model: str, data: Interactions, threads: int) -> dict[str, Any]:
    """Those of the grid with the best NDCG@20 on held-out training items, at the end of the fit."""
    part = hold_out(data, 0.1, random_state=0)
    scores = []
    for settings in GRID[model]:
        *_, (_, embedding, _) = snapshots(f"implicit-{model}", part, settings, threads, 0.0, {})
        scores.append(judged(embedding, part, "validation")[1])
        print(f"{model} {settings}: validation NDCG@20 {scores[-1]:.4f}", file=sys.stderr, flush=True)
    return GRID[model][int(np.argmax(scores))]


def snapshots(
    name: str, data: Interactions, settings: dict[str, Any], threads: int, budget: float, used: dict[str, str]
) -> Iterator[tuple[int, ge.Embedding, dict[str, float]]]:
    """Iteration, embedding and seconds so far, at several points of one fit of a peer."""
    with tempfile.TemporaryDirectory() as folder:
        train = Path(folder, "train.npz")
        sp.save_npz(train, data.train)
        if name == "pyg-lightgcn":
            answer = run_peer(Path(sys.executable), "pyg_lightgcn.py", train=train, budget=budget, threads=threads, folder=folder, **PYG)
        else:
            model = name.removeprefix("implicit-")
            answer = run_peer(
                peer_python("implicit", IMPLICIT),
                "implicit_factors.py",
                train=train,
                model=model,
                settings=json.dumps({"factors": DIM, **settings}),
                snapshots=json.dumps(SNAPSHOTS[model]),
                threads=threads,
                folder=folder,
            )
        used |= {f"{name}'s {package}": number for package, number in answer["versions"].items()}
        for snapshot in answer["snapshots"]:
            users, items = (np.load(Path(folder, f"{snapshot['iteration']}-{side}.npy")) for side in ("users", "items"))
            yield snapshot["iteration"], user_item_embedding(data, users, items), snapshot


def judged(embedding: ge.Embedding, data: Interactions, split: str = "test") -> tuple[float, float]:
    """Recall@20 and NDCG@20, by our evaluator."""
    result = ge.evaluate({"it": embedding}, data, split=split, baselines=(), groups=False)
    return result["it", "recall@20"].mean, result["it", "ndcg@20"].mean


def row(method: str, settings: str, embedding: ge.Embedding, data: Interactions, spent: dict[str, float]) -> dict[str, Any]:
    """One line of the table."""
    recall, ndcg = judged(embedding, data)
    return {
        "method": method,
        "settings": settings,
        "fit, s": round(spent["seconds"], 1),
        "processor, s": round(spent["processor"], 1),
        "recall@20": f"{recall:.4f}",
        "NDCG@20": f"{ndcg:.4f}",
    }


if __name__ == "__main__":
    main()
