"""QuatE of 64 quaternions on FB15k-237 by the full softmax: an epoch and an evaluation of ours beside the bare products and PyKEEN.

    GRAPHEMB_DATA=... python benchmarks/knowledge_speed.py [--threads 2] [--rows 20000] [--steps 4] [--triples 128]

Every part runs in a process of its own, one after the other, so that its peak memory is its own. ``--rows`` takes that many training
triples, drawn at random, and scales by the distinct queries: for a quick look, as are fewer ``--steps`` and ``--triples`` of PyKEEN's.
Without $GRAPHEMB_DATA the triples are random ones of the size of FB15k-237. PyKEEN is that of the extra "oracles".
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import best, run_peer, seconds, versions, write

import graphemb as ge
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.kernels.device import torch_threads
from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
from graphemb.kernels.known_answers import known_answers
from graphemb.kernels.triple_queries import triple_queries
from graphemb.kernels.triple_ranking import rank_triples

QUATERNIONS = 64
DIM = 4 * QUATERNIONS
BATCH, PEER_BATCH = 1024, 256
SIZES = {"train": 272_115, "valid": 17_535, "test": 20_466}
ENTITIES, RELATIONS = 14_541, 237
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
SHARED = 256
"""Triples whose ranks, by both, are compared."""


def data(rows: int | None) -> KnowledgeGraph:
    """FB15k-237 or random triples of its size; of the training split so many triples."""
    if os.environ.get("GRAPHEMB_DATA"):
        whole = ge.load_dataset("fb15k-237")
        assert isinstance(whole, KnowledgeGraph)
        triples, splits = whole.triples, whole.splits
    else:
        rng = np.random.default_rng(0)
        drawn = rng.integers([[ENTITIES], [RELATIONS], [ENTITIES]], size=(3, sum(SIZES.values())))
        ends = np.cumsum([0, *SIZES.values()])
        triples, splits = drawn, {name: slice(a, b) for name, a, b in zip(SIZES, ends[:-1], ends[1:], strict=True)}
    parts = {name: triples[:, part] for name, part in splits.items()}
    if rows is not None and rows < parts["train"].shape[1]:
        chosen = np.sort(np.random.default_rng(0).choice(parts["train"].shape[1], rows, replace=False))
        parts["train"] = parts["train"][:, chosen]
    names = [f"e{i}" for i in range(ENTITIES)], [f"r{i}" for i in range(RELATIONS)]
    ends = np.cumsum([0, *(part.shape[1] for part in parts.values())])
    kept = {name: slice(a, b) for name, a, b in zip(parts, ends[:-1], ends[1:], strict=True)}
    return KnowledgeGraph(*names, np.concatenate([*parts.values()], axis=1), splits=kept)


# -- the parts, each in a process of its own


def products(precision: str, steps: int, threads: int) -> dict[str, Any]:
    """The best time of the three products of a step, S = Q E', dQ = S E, dE = S' Q, and nothing else."""
    kind = PRECISIONS[precision]
    rng = torch.Generator().manual_seed(0)
    Q, E = (torch.randn(rows, DIM, generator=rng).to(kind) for rows in (BATCH, ENTITIES))
    S, dQ, dE = torch.empty(BATCH, ENTITIES, dtype=kind), torch.empty_like(Q), torch.empty_like(E)

    def step() -> None:
        torch.mm(Q, E.T, out=S)
        torch.mm(S, E, out=dQ)
        torch.mm(S.T, Q, out=dE)

    with torch_threads(threads):
        wall = best(seconds(step, repeats=steps))
        processor = best(seconds(step, repeats=steps, clock=time.process_time))
    return {"seconds": wall, "processor": processor}


def trained(precision: str, rows: int | None, threads: int) -> dict[str, Any]:
    """The best time of an epoch, the first of which does not count."""
    train = data(rows)
    clocks: list[tuple[float, float]] = []

    def look(*_: Any) -> None:
        clocks.append((time.perf_counter(), time.process_time()))

    method = ge.QuatE(
        dim=DIM, loss="softmax", batch_size=BATCH, epochs=4, schedule="constant", select=None, precision=precision, n_jobs=threads
    )
    embedding = method.fit(train, callback=look).embedding_
    wall, processor = (min(np.diff(taken).tolist()) for taken in zip(*clocks, strict=True))
    return {"seconds": wall, "processor": processor, "queries": embedding.meta["notes"]["settings"]["queries"]}


def evaluated(threads: int) -> dict[str, Any]:
    """The time of a filtered evaluation of the whole test split, intervals and chance levels included."""
    whole = data(None)
    rng = np.random.default_rng(0)
    relation = rng.standard_normal((2 * RELATIONS, DIM)).astype(np.float32)
    notes = {"relations": list(whole.relations), "scoring": {"product": "hamilton", "score": "dot", "reciprocal": True}}
    vectors = rng.standard_normal((ENTITIES, DIM)).astype(np.float32)
    random = Embedding(whole.entities, vectors, decoder="hypercomplex", parameters={"relation": relation}, meta={"notes": notes})
    wall, processor = time.perf_counter(), time.process_time()
    ge.evaluate({"quate": random}, whole, baselines=(), groups=False, n_jobs=threads)
    return {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}


def agreement() -> dict[str, Any]:
    """Whether PyKEEN's ranks of the same scores are ours. Vectors of small whole numbers make exact scores and many ties."""
    from pykeen.evaluation.evaluator import create_sparse_positive_filter_, filter_scores_
    from pykeen.evaluation.ranks import Ranks

    whole = data(None)
    rng = np.random.default_rng(0)
    vectors, relation = (rng.integers(-2, 3, size=(rows, 8)).astype(np.float32) for rows in (ENTITIES, RELATIONS))
    scorer = HypercomplexScorer(vectors, relation, product="hamilton")
    triples = whole.split("test")[:, :SHARED]
    ours = rank_triples(scorer, triples, known_answers(whole))
    everything, batch = (torch.from_numpy(columns.T.copy()) for columns in (whole.triples, triples))
    same = []
    for side, column in enumerate((2, 0)):
        scores = torch.from_numpy(scorer.tails(triples[0], triples[1]) if column == 2 else scorer.heads(triples[1], triples[2]))
        true = scores[torch.arange(SHARED), batch[:, column]]
        known, _ = create_sparse_positive_filter_(batch, everything, filter_col=column)
        scores = filter_scores_(scores, known)
        scores[torch.arange(SHARED), batch[:, column]] = true
        theirs = Ranks.from_scores(true[:, None], scores)
        same += [
            np.array_equal(getattr(ours, name)[side], getattr(theirs, name).numpy()) for name in ("optimistic", "realistic", "pessimistic")
        ]
        same.append(np.array_equal(ours.candidates[side], theirs.number_of_options.numpy()))
    return {"agree": all(same), "tied": int((ours.optimistic < ours.pessimistic).sum()), "queries": 2 * SHARED}


def part(name: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """One part, in this process, with its peak memory."""
    kind, _, precision = name.partition(":")
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "products": lambda: products(precision, chosen.steps, chosen.threads),
        "train": lambda: trained(precision, chosen.rows, chosen.threads),
        "evaluate": lambda: evaluated(chosen.threads),
        "agreement": agreement,
    }
    found = parts[kind]()
    return {**found, "peak, GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)}


# -- all of them


def apart(name: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """A part in a process of its own."""
    print(name, file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--part", name, "--steps", str(chosen.steps), "--threads", str(chosen.threads)]
    command += [] if chosen.rows is None else ["--rows", str(chosen.rows)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peer(name: str, whole: KnowledgeGraph, measured: int, threads: int) -> dict[str, Any]:
    """A part of PyKEEN's, in a process of its own."""
    print(f"pykeen, {name}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "triples.npz")
        arrays: dict[str, Any] = {split: whole.split(split) for split in SIZES}
        np.savez(path, **arrays, n_entities=whole.n_entities, n_relations=whole.n_relations)
        settings = {"dim": QUATERNIONS, "batch": PEER_BATCH, "measured": measured, "threads": threads}
        return run_peer(Path(sys.executable), "pykeen_quate.py", part=name, triples=path, **settings)


def line(who: str, found: dict[str, Any], scale: float, measured: str) -> dict[str, Any]:
    """A row of the table: seconds, scaled."""
    return {
        "who": who,
        "seconds": round(found["seconds"] * scale, 1),
        "processor seconds": round(found["processor"] * scale, 1),
        "peak memory, GiB": found["peak, GiB"],
        "measured": measured,
    }


def main() -> None:
    """Measure all parts, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rows", type=int, help="training triples; all")
    parser.add_argument("--steps", type=int, default=8, help="of the bare products, and of PyKEEN's training")
    parser.add_argument("--triples", type=int, default=512, help="that PyKEEN ranks")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(part(chosen.part, chosen)))
        return
    whole = data(None)
    queries = len(triple_queries(whole.split("train"), ENTITIES, RELATIONS))
    rows = []
    for precision in PRECISIONS:
        found = apart(f"products:{precision}", chosen)
        rows.append(line(f"three bare products, {precision}", found, queries / BATCH, f"a step of {BATCH:,} rows"))
    for precision in PRECISIONS:
        found = apart(f"train:{precision}", chosen)
        measured = "an epoch" if chosen.rows is None else f"{found['queries']:,} queries"
        rows.append(line(f"graphemb, epoch, {precision}", found, queries / found["queries"], measured))
    theirs = peer("train", whole, chosen.steps, chosen.threads)
    measured = f"{chosen.steps} steps of {PEER_BATCH} rows"
    assert theirs["pairs"] == queries
    rows.append(line("PyKEEN, epoch, its LCWA loop", theirs, theirs["pairs"] / PEER_BATCH, measured))
    rows.append(line("PyKEEN, as many rows as triples", theirs, theirs["rows"] / PEER_BATCH, measured))
    rows.append(line("graphemb, evaluation", apart("evaluate", chosen), 1, "all of it"))
    judged = peer("evaluate", whole, chosen.triples, chosen.threads)
    rows.append(line("PyKEEN, evaluation", judged, judged["triples"] / judged["measured"], f"{judged['measured']:,} test triples"))
    same = apart("agreement", chosen)
    notes = [
        f"{DIM} columns, {ENTITIES:,} entities, {theirs['rows']:,} training rows (both directions of every triple), which ask {queries:,} "
        f"distinct queries; ours are steps of {BATCH:,}. {chosen.threads} thread(s). Where less was measured than is told, it was "
        f"scaled to all rows, or to all {judged['triples']:,} test triples.",
        "PyKEEN's LCWA loop joins equal queries too, so an epoch of it has as many rows as ours; a loop without that has as many as "
        "there are triples. Its loss is the cross entropy, by Adagrad.",
        ratios(rows),
        f"Ranks (realistic, optimistic, pessimistic) and candidates of {same['queries']} queries by the same scores, {same['tied']} with "
        f"ties: {'equal' if same['agree'] else 'NOT EQUAL'} to PyKEEN's.",
    ]
    write(
        "knowledge_speed",
        "QuatE on FB15k-237: time and memory of an epoch and of an evaluation",
        rows,
        notes="\n\n".join(notes),
        packages={**versions("torch"), **theirs["versions"]},
    )


def ratios(rows: list[dict[str, Any]]) -> str:
    """What is told of the rows: how many times one is another, by the wall's clock and by the processor's."""
    by = {row["who"]: row for row in rows}

    def times(one: str, other: str) -> str:
        return " / ".join(f"{by[one][clock] / by[other][clock]:.2f}" for clock in ("seconds", "processor seconds"))

    def of_epochs(one: Callable[[str], str], other: Callable[[str], str]) -> str:
        return "; ".join(f"{precision} {times(one(precision), other(precision))}" for precision in PRECISIONS)

    def ours(precision: str) -> str:
        return f"graphemb, epoch, {precision}"

    said = [f"Ratios of seconds / of processor seconds. Epoch over bare products: {of_epochs(ours, 'three bare products, {}'.format)}."]
    for theirs in ("PyKEEN, epoch, its LCWA loop", "PyKEEN, as many rows as triples"):
        said.append(f"{theirs}, over ours: {of_epochs(lambda _, who=theirs: who, ours)}.")  # type: ignore[misc]
    said.append(f"PyKEEN's evaluation over ours: {times('PyKEEN, evaluation', 'graphemb, evaluation')}.")
    return " ".join(said)


if __name__ == "__main__":
    main()
