"""LightGCN with the published BPR settings on Gowalla, for a few epochs, beside the log of the PyTorch repository.

    GRAPHEMB_DATA=... python benchmarks/lightgcn_bpr.py [--epochs 5]

B = 2048, lr 0.001, L2 0.0001, 3 layers, 64 dimensions: the repository's log has recall@20 .10711, NDCG@20 .08941 and precision@20 .03315
after epoch 5 (gusye1234/LightGCN-PyTorch, seed 2020). Two starts: N(0, 0.1), which that code has today, and N(0, 0.0082), the deviation of
the Xavier start that the paper names. Nothing is chosen on the test split: the epochs are counted.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from harness import data_folder, versions, write

from graphemb.data.interactions import Interactions
from graphemb.datasets.registry import load_dataset
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import VectorItems
from graphemb.recommend.lightgcn import LightGCN

PUBLISHED = {5: (0.10711, 0.08941, 0.03315)}
METRICS = ("recall@20", "ndcg@20", "precision@20")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--starts", type=float, nargs="+", default=[0.1, 0.0082], help="standard deviations of layer 0")
    chosen = parser.parse_args()
    data_folder("rec", "gowalla")
    data = load_dataset("gowalla")
    rows = [fitted(data, start, chosen.epochs, chosen.n_jobs) for start in chosen.starts]
    write(
        "lightgcn_bpr",
        "LightGCN, BPR as published, on Gowalla",
        rows,
        notes=f"{(__doc__ or '').strip().splitlines()[0]} {chosen.n_jobs} thread(s), other work on the machine; all users with test items.",
        packages=versions("torch"),
    )


def fitted(data: Interactions, start: float, epochs: int, n_jobs: int) -> dict[str, float]:
    """One fit: its price, what it is worth, and the log's figures where it has any."""
    wall, cpu = time.perf_counter(), time.process_time()

    def told(epoch: int, epochs: int, loss: float | None) -> None:
        print(f"epoch {epoch}/{epochs} loss {loss:.5f}, {time.perf_counter() - wall:.0f} s", flush=True)

    model = LightGCN(64, loss="bpr", sampler="pytorch", epochs=epochs, select=None, n_jobs=n_jobs, random_state=2020, init_std=start)
    vectors = model.fit(data, callback=told).embedding_.vectors
    row = {"start": start, "epochs": epochs, "seconds": time.perf_counter() - wall, "processor seconds": time.process_time() - cpu}
    row |= metrics(data, vectors)
    if epochs in PUBLISHED:
        row |= {f"log's {name}": value for name, value in zip(METRICS, PUBLISHED[epochs], strict=True)}
    return row


def metrics(data: Interactions, vectors: np.ndarray) -> dict[str, float]:
    """Means over all users with test items, ranked among all items but those of training."""
    users = np.flatnonzero(np.diff(data.test.indptr))
    ranked = rank_items(VectorItems(vectors[: data.n_users], vectors[data.n_users :]), users, data.train, 20)
    found = ranking_metrics(ranked, data.test[users], [20])
    return {name: float(found[name].mean()) for name in METRICS}


if __name__ == "__main__":
    main()
