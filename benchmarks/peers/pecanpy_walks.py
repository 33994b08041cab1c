"""PecanPy's walks, timed in PecanPy's own environment.

PecanPy builds new closures, and so compiles anew, at every call of ``simulate_walks``. "kernel" therefore times its compiled loop
alone, called a second time with the same closures; "call" times what its user waits for, compilation and names included.
PecanPy counts steps where graphemb counts nodes, so a walk of 80 nodes is one of 79 steps here.
"""

import argparse
import json
import time
from importlib.metadata import version

import numpy as np
import scipy.sparse as sp
from numba_progress import ProgressBar
from pecanpy import pecanpy

parser = argparse.ArgumentParser()
parser.add_argument("--adjacency", required=True)
parser.add_argument("--mode", required=True, choices=["FirstOrderUnweighted", "SparseOTF", "PreComp"])
parser.add_argument("--p", type=float, default=1.0)
parser.add_argument("--q", type=float, default=1.0)
parser.add_argument("--n-walks", type=int, required=True)
parser.add_argument("--nodes", type=int, required=True, help="nodes of a walk")
parser.add_argument("--repeats", type=int, required=True)
args = parser.parse_args()

adjacency = sp.csr_array(sp.load_npz(args.adjacency))
model = getattr(pecanpy, args.mode)(p=args.p, q=args.q, random_state=0)
model.set_node_ids([str(i) for i in range(adjacency.shape[0])])
model.indptr, model.indices = adjacency.indptr.astype(np.uint32), adjacency.indices.astype(np.uint32)
model.data = adjacency.data.astype(np.float32)

started = time.perf_counter()
model.preprocess_transition_probs()
preprocessing = time.perf_counter() - started
model._preprocessed = True

starts = np.tile(np.arange(adjacency.shape[0], dtype=np.uint32), args.n_walks)
np.random.default_rng(0).shuffle(starts)
has_nbrs, move_forward = model.get_has_nbrs(), model.get_move_forward()


def kernel(starts):
    with ProgressBar(total=starts.size, disable=True) as progress:
        return model._random_walks(starts.size, args.nodes - 1, 0, starts, has_nbrs, move_forward, progress)


kernel(starts[:100])
times, processor = [], []
for _ in range(args.repeats):
    started, worked = time.perf_counter(), time.process_time()
    walks = kernel(starts)
    times.append(time.perf_counter() - started)
    processor.append(time.process_time() - worked)
started = time.perf_counter()
model.simulate_walks(args.n_walks, args.nodes - 1)
call = time.perf_counter() - started

packages = {p: version(p) for p in ("pecanpy", "numba", "numpy")}
print(
    json.dumps(
        {
            "kernel_seconds": times,
            "processor_seconds": processor,
            "preprocessing_seconds": preprocessing,
            "call_seconds": call,
            "steps": int(walks.shape[0] * (args.nodes - 1)),
            "versions": packages,
        }
    )
)
