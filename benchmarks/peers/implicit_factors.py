"""implicit's ALS and BPR, timed in implicit's own environment.

Input: the training matrix as scipy's .npz. Output: after each of the iterations asked for ``FOLDER/ITERATION-users.npy`` and
``-items.npy``, and one line of JSON. The seconds of a snapshot are those of the fit up to it, without the writing of earlier snapshots.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from threadpoolctl import threadpool_limits

parser = argparse.ArgumentParser()
parser.add_argument("--train", required=True)
parser.add_argument("--model", required=True, choices=["als", "bpr"])
parser.add_argument("--settings", required=True, help="of the model, as JSON")
parser.add_argument("--snapshots", required=True, help="iterations, as JSON; the last is where it ends")
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--folder", required=True)
args = parser.parse_args()

train = sp.csr_matrix(sp.load_npz(args.train))
wanted = json.loads(args.snapshots)
settings = {"iterations": wanted[-1], "random_state": 0, "num_threads": args.threads, "use_gpu": False, **json.loads(args.settings)}
model = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}[args.model](**settings)
taken, writing, started, processor = [], 0.0, 0.0, 0.0


def keep(iteration: int, *_: object) -> None:
    """Write the factors of an iteration down, if it is one that was asked for."""
    global writing
    if iteration + 1 in wanted:
        now = time.perf_counter()
        taken.append({"iteration": iteration + 1, "seconds": now - started - writing, "processor": time.process_time() - processor})
        np.save(Path(args.folder, f"{iteration + 1}-users.npy"), np.asarray(model.user_factors))
        np.save(Path(args.folder, f"{iteration + 1}-items.npy"), np.asarray(model.item_factors))
        writing += time.perf_counter() - now


with threadpool_limits(1, user_api="blas"):  # implicit's own advice: its threads are over users
    started, processor = time.perf_counter(), time.process_time()
    model.fit(train, show_progress=False, callback=keep)
print(json.dumps({"snapshots": taken, "versions": {p: version(p) for p in ("implicit", "numpy", "scipy")}}))
