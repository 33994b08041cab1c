"""PyKEEN's QuatE: steps of its LCWA loop with the softmax over all tails, or a filtered evaluation by its RankBasedEvaluator.

Input: the triples by number, as .npz (train, valid, test: (3, m); n_entities, n_relations). Output: one line of JSON. Only some steps, or
some triples, are done; what scales them to all is told.
"""

import argparse
import json
import resource
import statistics
import time
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from pykeen.evaluation import RankBasedEvaluator
from pykeen.models import QuatE
from pykeen.training import LCWATrainingLoop
from pykeen.training.callbacks import TrainingCallback
from pykeen.triples import CoreTriplesFactory

parser = argparse.ArgumentParser()
parser.add_argument("--part", required=True, choices=["train", "evaluate"])
parser.add_argument("--triples", required=True)
parser.add_argument("--dim", type=int, required=True, help="quaternions")
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--measured", type=int, required=True, help="steps, or triples of the test split")
parser.add_argument("--threads", type=int, required=True)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
stored = np.load(args.triples)
train, valid, test = (torch.from_numpy(stored[name].T.copy()) for name in ("train", "valid", "test"))
n, n_relations = int(stored["n_entities"]), int(stored["n_relations"])


class Clock(TrainingCallback):
    """Wall and processor time after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.wall: list[float] = []
        self.processor: list[float] = []

    def post_batch(self, epoch: int, batch: Any, **kwargs: Any) -> None:
        """Look at the clocks."""
        self.wall.append(time.perf_counter())
        self.processor.append(time.process_time())


def trained() -> dict[str, Any]:
    """Median seconds of a step, after two that do not count; the triples of randomly chosen pairs (h, r), both directions."""
    both = torch.cat([train, train[:, [2, 1, 0]] + torch.tensor([0, n_relations, 0])])
    keys, pairs = torch.unique(both[:, 1] * n + both[:, 0], return_inverse=True)
    wanted = torch.zeros(len(keys), dtype=torch.bool)
    wanted[torch.randperm(len(keys))[: (args.measured + 2) * args.batch]] = True
    factory = CoreTriplesFactory(both[wanted[pairs]], num_entities=n, num_relations=2 * n_relations)
    model = QuatE(triples_factory=factory, embedding_dim=args.dim, loss="crossentropy", random_seed=0)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
    clock = Clock()
    loop = LCWATrainingLoop(model=model, triples_factory=factory, optimizer=optimizer)
    loop.train(factory, num_epochs=1, batch_size=args.batch, use_tqdm=False, callbacks=[clock], pin_memory=False)
    steps = {
        name: statistics.median(np.diff(taken)[1:].tolist()) for name, taken in (("seconds", clock.wall), ("processor", clock.processor))
    }
    return {**steps, "pairs": len(keys), "rows": len(both)}


def evaluated() -> dict[str, Any]:
    """Seconds for the first triples of the test split, both sides."""
    factory = CoreTriplesFactory(train, num_entities=n, num_relations=n_relations, create_inverse_triples=True)
    model = QuatE(triples_factory=factory, embedding_dim=args.dim, random_seed=0)
    evaluator = RankBasedEvaluator(filtered=True)
    known = [train, valid, test]
    evaluator.evaluate(model, test[:2], batch_size=2, additional_filter_triples=known, use_tqdm=False)
    wall, processor = time.perf_counter(), time.process_time()
    evaluator.evaluate(model, test[: args.measured], batch_size=args.batch, additional_filter_triples=known, use_tqdm=False)
    taken = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
    return {**taken, "measured": min(args.measured, len(test)), "triples": len(test)}


found = trained() if args.part == "train" else evaluated()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({**found, "peak, GiB": round(peak, 2), "versions": {"pykeen": version("pykeen")}}))
