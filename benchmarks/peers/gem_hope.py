"""GEM's HOPE and its reconstruction evaluator, timed in GEM's own environment.

Input: the adjacency matrix as scipy's .npz. Output: GEM's vectors as .npy and one line of JSON. Everything GEM prints goes to stderr.
"""

import argparse
import contextlib
import json
import sys
import time
from importlib.metadata import version

import networkx as nx
import numpy as np
import scipy.sparse as sp
from gem.embedding.hope import HOPE
from gem.evaluation.evaluate_graph_reconstruction import evaluateStaticGraphReconstruction

parser = argparse.ArgumentParser()
parser.add_argument("--adjacency", required=True)
parser.add_argument("--d", type=int, required=True, help="both sides together")
parser.add_argument("--beta", type=float, required=True)
parser.add_argument("--repeats", type=int, required=True, help="of the fit; the evaluator runs once")
parser.add_argument("--vectors", required=True)
args = parser.parse_args()

with contextlib.redirect_stdout(sys.stderr):
    graph = nx.from_scipy_sparse_array(sp.load_npz(args.adjacency), create_using=nx.DiGraph)
    fits = []
    for _ in range(args.repeats):
        model = HOPE(d=args.d, beta=args.beta)
        started = time.perf_counter()
        vectors = model.learn_embedding(graph=graph)
        fits.append(time.perf_counter() - started)
    started = time.perf_counter()
    evaluated = evaluateStaticGraphReconstruction(graph, model, vectors, is_undirected=True)
    evaluator = time.perf_counter() - started

np.save(args.vectors, np.asarray(vectors, dtype=np.float64))
packages = {p: version(p) for p in ("nxt-gem", "networkx", "numpy", "scipy")}
print(json.dumps({"fit_seconds": fits, "evaluator_seconds": evaluator, "MAP": evaluated[0], "versions": packages}))
