"""PyG's LightGCN, trained as PyG's own example trains it, until a time is over.

Input: the training matrix as scipy's .npz. Output: ``FOLDER/STEP-users.npy`` and ``-items.npy`` after each quarter of the time, and one
line of JSON. The seconds are those of the steps; reading out and writing are not counted.
"""

import argparse
import json
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
from torch_geometric.nn import LightGCN

parser = argparse.ArgumentParser()
parser.add_argument("--train", required=True)
parser.add_argument("--dim", type=int, required=True)
parser.add_argument("--layers", type=int, required=True)
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--budget", type=float, required=True, help="seconds; the step in which they end is completed")
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--folder", required=True)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
train = sp.coo_array(sp.load_npz(args.train))
n, m = train.shape
pairs = torch.stack([torch.from_numpy(train.row).long(), torch.from_numpy(train.col).long() + n])
edges = torch.cat([pairs, pairs.flip(0)], dim=1)
model = LightGCN(n + m, args.dim, args.layers)
adam = torch.optim.Adam(model.parameters(), lr=0.001)


def batches() -> Iterator[torch.Tensor]:
    """Epoch after epoch in a new order, without an end."""
    while True:
        yield from torch.randperm(pairs.shape[1]).split(args.batch)


taken, spent, processor, steps = [], 0.0, 0.0, 0
marks = [args.budget * quarter / 4 for quarter in (1, 2, 3, 4)]
for batch in batches():
    started, cpu = time.perf_counter(), time.process_time()
    positive = pairs[:, batch]
    negative = torch.stack([positive[0], torch.randint(n, n + m, (len(batch),))])
    both = torch.cat([positive, negative], dim=1)
    adam.zero_grad()
    better, worse = model(edges, both).chunk(2)
    model.recommendation_loss(better, worse, node_id=both.unique()).backward()
    adam.step()
    spent, processor, steps = spent + time.perf_counter() - started, processor + time.process_time() - cpu, steps + 1
    if spent < marks[0]:
        continue
    marks = [mark for mark in marks if mark > spent]
    taken.append({"iteration": steps, "seconds": spent, "processor": processor})
    with torch.no_grad():
        vectors = model.get_embedding(edges).numpy()
    np.save(Path(args.folder, f"{steps}-users.npy"), vectors[:n])
    np.save(Path(args.folder, f"{steps}-items.npy"), vectors[n:])
    if not marks:
        break
print(json.dumps({"snapshots": taken, "versions": {p: version(p) for p in ("torch", "torch-geometric")}}))
