"""WEFE against graphemb: the time of one permutation of WEAT, and 200,000 of them.

    GRAPHEMB_DATA=... python benchmarks/weat_speed.py

Both test flowers and insects (25 words each) and male and female names (8 each) on googlenews-13k. graphemb's time is the whole call of
``weat`` with 200,000 random splits: look-up, effect size, interval and test.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import best, data_folder, peer_python, run_peer, seconds, versions, write

import graphemb as ge
from graphemb.analysis.bias.weat import weat
from graphemb.data.concept import Concept

WEFE = ["wefe==1.0.1"]
DRAWS, REPEATS = 200_000, 5
CASES = [("weat-1", 200), ("weat-6", 500)]


def main() -> None:
    """Time both in each case, print and keep the table."""
    e = ge.Embedding.load(data_folder("words", "googlenews-13k") / "vectors.bin.gz")
    python, rows, packages = peer_python("wefe", WEFE), [], versions()
    with tempfile.TemporaryDirectory() as folder:
        for name, iterations in CASES:
            concept = ge.load_concept(name)
            peer = run_peer(python, "wefe_weat.py", **files(e, concept, Path(folder)), iterations=iterations)
            packages |= {f"WEFE's {k}" if k != "wefe" else k: v for k, v in peer["versions"].items()}
            rows.append(row(e, concept, iterations, peer))
    notes = (
        f"WEAT on googlenews-13k. WEFE's time is that of its p-value alone, graphemb's the whole call with {DRAWS:,} random splits (exact "
        f"tests switched off), fastest of {REPEATS}. Other programs lengthen the wall clock's seconds; they hardly touch the processor's. "
        "WEFE draws both sets with replacement, and its effect size divides by the population's standard deviation, so neither p nor d "
        "is the same."
    )
    write("weat_speed", "WEFE and graphemb: permutations of WEAT", rows, notes=notes, packages=packages)


def files(e: ge.Embedding, concept: Concept, folder: Path) -> dict[str, Path]:
    """The words of a test and their vectors, as both programs read them."""
    assert concept.targets is not None
    sets = [list(names) for side in (concept.targets, concept) for names in side.groups.values()]
    vectors, listed = folder / f"{concept.name}.vec", folder / f"{concept.name}.json"
    e.subset([name for names in sets for name in names]).save(vectors)
    listed.write_text(json.dumps(sets), encoding="utf-8")
    return {"vectors": vectors, "sets": listed}


def row(e: ge.Embedding, concept: Concept, iterations: int, peer: dict[str, Any]) -> dict[str, Any]:
    """Ours beside the peer's."""

    def ours() -> Any:
        return weat(e, concept, draws=DRAWS, exact_up_to=0)

    wall, processor = best(seconds(ours, repeats=REPEATS)), best(seconds(ours, repeats=REPEATS, clock=time.process_time))
    found = ours()
    return {
        "test": concept.name,
        "WEFE's permutations": iterations,
        "WEFE, s": peer["seconds"],
        "graphemb's permutations": DRAWS,
        "graphemb, s": wall,
        "graphemb, processor s": processor,
        "ratio a permutation": (peer["seconds"] / iterations) / (wall / DRAWS),
        "ratio in processor time": (peer["processor_seconds"] / iterations) / (processor / DRAWS),
        "WEFE's d": peer["effect_size"],
        "d": found.value,
        "WEFE's p": peer["p"],
        "p": found.p,
    }


if __name__ == "__main__":
    main()
