"""Every measure of word lists and every closed-form edit on 400,000 GloVe vectors: time and memory of each, and of all together.

    GRAPHEMB_DATA=... python benchmarks/bias_speed.py

Measures that need the neighbours of names among all names are timed apart, and so are edits that iterate (soft, INLP, Double-Hard, RAN).
Targets are the published 320 professions where ``$GRAPHEMB_DATA`` has them, else our occupations.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from harness import versions, write

import graphemb as ge
from graphemb import registry
from graphemb.analysis.bias.named import measure
from graphemb.analysis.edits.named import edit
from graphemb.datasets.concepts import figure_names, list_names
from graphemb.errors import GraphembError

SIDES = ("weat", "generalised-weat")
FIGURES = ("wefat", "outside-correlation")
NEIGHBOURS = ("proximity-bias", "gipe", "pmn", "neighbour-bias", "eqt")
OF_LISTS = ("direct-bias", "indirect-bias", *SIDES, "wefat", "outside-correlation", "rnd", "rnsb", "mac", "ect", "ripa", "same", "sembias")
ITERATIVE = ("soft", "inlp", "double-hard", "ran")
LIMIT_S, LIMIT_GIB = 120, 4


def main() -> None:
    """Time each once, as a user would wait for it; print and keep the table."""
    registered = [entry.name for entry in registry.entries("measure")]
    e, rows = ge.load_dataset("glove-6b-50d"), []
    started = time.perf_counter()
    worked = time.process_time()
    for name in (name for name in OF_LISTS if name in registered):
        rows.append(timed("measure", name, lambda name=name: of_lists(name, e)))
    for entry in registry.entries("edit"):
        if entry.name not in ITERATIVE:
            rows.append(timed("closed-form edit", entry.name, lambda name=entry.name: edited(name, e)))
    total = {"what": "all of these", "name": "", "s": time.perf_counter() - started, "processor s": time.process_time() - worked}
    whole = {**total, "peak of the process, GiB": peak()}
    rows.append(whole)
    for name in (name for name in NEIGHBOURS if name in registered):
        rows.append(timed("measure of neighbours, apart", name, lambda name=name: measure(name, e, "gender", targets(), random_state=0)))
    met = total["processor s"] < LIMIT_S and whole["peak of the process, GiB"] < LIMIT_GIB
    notes = (
        f"400,000 x 50 GloVe vectors, concept gender, {len(targets())} targets; edits are fitted and applied to all rows. All of these "
        f"within {LIMIT_S} s of the processor and {LIMIT_GIB} GiB, the vectors included: {'yes' if met else 'no'}. One run each, nothing "
        "warmed up but the vectors read. Other programs lengthen the wall clock's seconds; they hardly touch the processor's, which are "
        "summed over threads."
    )
    write("bias_speed", "Measures and edits of 400,000 vectors", rows, notes=notes, packages=versions())


def targets() -> str | tuple[str, ...]:
    """The list of names that is there."""
    return ge.load_names("professions" if "professions" in list_names() else "occupations")


def of_lists(name: str, e: ge.Embedding) -> Any:
    """One measure, of the lists that suit it."""
    if name in SIDES:
        return measure(name, e, "weat-7", random_state=0)
    if name in FIGURES and "winobias-labour" in figure_names():
        return measure(name, e, "gender", data=ge.load_figures("winobias-labour"), random_state=0)
    return measure(name, e, "gender" if name != "sembias" else None, targets() if name != "sembias" else None, random_state=0)


def edited(name: str, e: ge.Embedding) -> Any:
    """One edit, fitted and applied."""
    entry = registry.find("edit", name)
    concept = "weat-7" if name == "oscar" else "gender"  # it turns two concepts to right angles
    return edit(name).fit_transform(e, concept if entry.takes else None)


def timed(what: str, name: str, run: Callable[[], Any]) -> dict[str, Any]:
    """Seconds of the wall clock and the processor, and the most memory so far; what could not run says why."""
    gc.collect()
    started, worked = time.perf_counter(), time.process_time()
    try:
        run()
    except GraphembError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return {"what": what, "name": f"{name} (left out: {error})"}
    taken = {"s": time.perf_counter() - started, "processor s": time.process_time() - worked}
    return {"what": what, "name": name, **taken, "peak of the process, GiB": peak()}


def peak() -> float:
    """The most memory that the process has held, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
