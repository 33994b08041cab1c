"""LightGCN's default loss on two cores: what each part of it gives, and what it reaches on the test split.

    GRAPHEMB_DATA=... python benchmarks/lightgcn_softmax.py [--dataset gowalla] [--only NAME ...] [--n-jobs 2]

Every variant is fitted without a tenth of each user's training items and judged on that tenth; only the default is then fitted on the
whole training split and judged on the test split, once. No fit looks at what it is judged on: the number of epochs is fixed beforehand.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from harness import data_folder, versions, write

from graphemb.data.interaction_splits import hold_out
from graphemb.data.interactions import Interactions
from graphemb.datasets.registry import load_dataset
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import VectorItems
from graphemb.recommend.lightgcn import LightGCN

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "no propagation": {"layers": 0},
    "one layer": {"layers": 1},
    "no L2": {"l2": 0},
    "a tenth of the learning rate": {"lr": 0.008},
    "constant learning rate": {"schedule": "constant"},
    "half the epochs": {"epochs": 14},
    "cosine, temperature 0.1, root of the length kept": {
        "loss": "softmax:similarity=cosine,temperature=0.1",
        "lr": 0.01,
        "l2": 0,
        "length": 0.5,
    },
    "softmax within the batch (ssm)": {"loss": "ssm"},
}
K = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="gowalla")
    parser.add_argument("--only", nargs="+", choices=[*VARIANTS, "test"], help="variants, or 'test' for the default on the test split")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=300.0, help="seconds after which a fit is stopped; said in its row")
    chosen = parser.parse_args()
    data_folder("rec", chosen.dataset)
    data = load_dataset(chosen.dataset)
    assert isinstance(data, Interactions)
    wanted = chosen.only or [*VARIANTS, "test"]
    held = hold_out(data.replace(splits=without_validation(data)), 0.1, random_state=0)
    rows = [run(name, VARIANTS[name], held, "validation", chosen) for name in VARIANTS if name in wanted]
    if "test" in wanted:
        rows.append(run("default", {}, data, "test", chosen))
    write(
        f"lightgcn_softmax_{chosen.dataset}",
        f"LightGCN on {chosen.dataset}, 64 columns, {chosen.n_jobs} threads",
        rows,
        notes=" ".join((__doc__ or "").split("\n\n")[2].split()),
        packages=versions("torch"),
        script="lightgcn_softmax",
    )


def without_validation(data: Interactions) -> dict[str, slice]:
    """The splits with validation put back into training, for data that come with one."""
    return {"train": slice(0, data.splits["validation"].stop), "test": data.splits["test"]}


def run(name: str, settings: dict[str, Any], data: Interactions, split: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """One fit: its price and what it is worth."""
    model = LightGCN(64, select=None, n_jobs=chosen.n_jobs, random_state=0, **settings)
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(data, callback=lambda *_: time.perf_counter() - wall > chosen.budget)
    row = {"variant": name, "judged on": split, "seconds": time.perf_counter() - wall, "processor seconds": time.process_time() - cpu}
    notes = model.embedding_.meta["notes"]
    row["epochs"] = f"{notes['epochs']} of {notes['settings']['epochs']}"
    vectors, relevant = model.embedding_.vectors, data.split(split)
    users = np.flatnonzero(np.diff(relevant.indptr))
    ranked = rank_items(VectorItems(vectors[: data.n_users], vectors[data.n_users :]), users, data.train, K)
    found = ranking_metrics(ranked, relevant[users], [K])
    row |= {metric: float(found[metric].mean()) for metric in (f"recall@{K}", f"ndcg@{K}")}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
