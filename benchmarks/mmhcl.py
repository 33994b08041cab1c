"""MMHCL on TikTok with and without its branches, over three seeds, and on a large split with the branch of users alone.

    GRAPHEMB_DATA=... python benchmarks/mmhcl.py [--seeds 0 1 2] [--threads 1] [--sports]

The epoch is chosen on validation; figures are of the test split. It can be stopped and started again: a run that stands in
``results/mmhcl.json`` is not made again, unless its settings changed.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from harness import RESULTS, data_folder, versions, write

from graphemb.data.interactions import Interactions
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataWarning
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import item_scorer
from graphemb.recommend.lightgcn import LightGCN
from graphemb.recommend.mmhcl import MMHCL

NAME = "mmhcl"
VARIANTS: dict[str, dict[str, Any]] = {
    "both branches": {},
    "without i2i": {"i2i": False},
    "without u2u": {"u2u": False},
    "neither (LightGCN)": {"u2u": False, "i2i": False},
}
OTHER_LOSS = "LightGCN, its own defaults"
"""No branch and no features, but the softmax over all items where MMHCL has BPR: how much of a gain is the loss's."""
SPORTS: dict[str, Any] = {"u2u_layers": 2, "u2u_weight": 0.3, "tau": 0.5, "penalty": 1e-5, "epochs": 2, "batch_size": 16_384}
"""The published settings for that split, but for large batches, and as many epochs as show that it runs."""


def measured(data: Interactions, method: LightGCN | MMHCL, file: Path | None) -> dict[str, Any]:
    """One fit and what its embedding is worth."""
    wall, work = time.perf_counter(), time.process_time()
    embedding = method.fit(data).embedding_
    if file is not None:
        embedding.save(file)
    notes = embedding.meta["notes"]
    row: dict[str, Any] = {
        "epochs": len(notes["losses"]),
        "best_epoch": notes.get("best_epoch"),
        "cpu_seconds": round(time.process_time() - work, 1),
        "seconds": round(time.perf_counter() - wall, 1),
    }
    scorer, train = item_scorer(embedding, data), data.train
    cold = np.asarray(train.sum(axis=0)).ravel() == 0
    never = sp.csr_array(data.test.multiply(cold[None, :]))
    never.eliminate_zeros()
    for words, relevant, candidates in (
        ("", data.validation, None),
        ("", data.test, None),
        ("of items never trained", never, None),
        ("among items never trained", never, cold),
    ):
        users = np.flatnonzero(np.diff(relevant.indptr))
        if not len(users):
            continue
        ranked = rank_items(scorer, users, train, 20, candidates=candidates, n_jobs=method.n_jobs)
        found = ranking_metrics(ranked, relevant[users], [20])
        if words:
            row[f"recall {words}"] = round(float(found["recall@20"].mean()), 4)
            continue
        split = "validation " if relevant is data.validation else ""
        row |= {f"{split}{name}": round(float(found[f"{name}@20"].mean()), 4) for name in ("recall", "ndcg")}
    return {**row, "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def kept() -> list[dict[str, Any]]:
    """Rows of earlier runs."""
    file = RESULTS / f"{NAME}.json"
    return json.loads(file.read_text())["rows"] if file.is_file() else []


def means(rows: list[dict[str, Any]]) -> str:
    """Mean and standard deviation over seeds, in words for the notes."""
    said = []
    for variant in [*VARIANTS, OTHER_LOSS]:
        found = np.array([row["recall"] for row in rows if row["variant"] == variant])
        if len(found) > 1:
            said.append(f"{variant} {found.mean():.4f} +- {found.std(ddof=1):.4f} ({len(found)} seeds)")
    return "Recall@20 on the test split: " + "; ".join(said) + "." if said else ""


def save(rows: list[dict[str, Any]]) -> None:
    """The table so far."""
    notes = (
        "MMHCL(**settings), in the last variant LightGCN(**settings), on TikTok (visual and acoustic features) unless the data say "
        "otherwise. recall and ndcg are at 20, of "
        "the test split, all items ranked but those of training; the epoch is the best on validation. 'recall of items never trained': of "
        "test items without training interactions, against all items; 'among' them: against one another. cpu_seconds are of all threads, "
        f"seconds those of a machine that did other work too; peak_rss_mb is of the process so far. {means(rows)}"
    )
    write(NAME, "MMHCL with and without its branches", rows, notes=notes, packages=versions("torch"))


def main() -> None:
    """Run what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to write the embeddings, if anywhere")
    parser.add_argument("--sports", action="store_true", help="two epochs on the Amazon Sports split, which has no features")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)  # the counts of cold users and items stand in the notes of every fit
    data_folder("rec")
    name = "sports" if arguments.sports else "tiktok"
    variants = {"u2u alone": SPORTS} if arguments.sports else {**VARIANTS, OTHER_LOSS: {}}
    data, rows = load_dataset(name), kept()
    for seed in arguments.seeds[:1] if arguments.sports else arguments.seeds:
        for variant, changes in variants.items():
            settings = {**changes, "random_state": seed, "n_jobs": arguments.threads}
            method = (LightGCN if variant == OTHER_LOSS else MMHCL)(**settings)
            full = {k: v for k, v in method.get_params().items() if k != "n_jobs"}
            if any(row["data"] == name and row["settings"] == full for row in rows):
                continue
            rows = [row for row in rows if (row["data"], row["variant"], row["seed"]) != (name, variant, seed)]
            file = arguments.keep / f"{name} {variant} {seed}.arrow" if arguments.keep else None
            rows.append({"data": name, "variant": variant, "seed": seed, **measured(data, method, file), "settings": full})
            save(rows)


if __name__ == "__main__":
    main()
